"""The verdict of a step says no, and raises nothing, if a learner has changed the session that it is about."""

import pytest

from lessons.course.index import LESSONS, load_lesson
from lessons.frame import walk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.by_hand import add, by_hand

NINE = [add({"role": "user", "content": f"Note {number}"}) for number in range(9)]


@pytest.mark.parametrize(
    ("slug", "title", "before"),
    [
        ("memory_operations", "Read the newest one", []),
        ("long_conversations", "Keep whole turns", []),
        ("redis", "Let it expire", NINE),
    ],
    ids=["no row to return", "no turn to keep", "keys that had no expiry"],
)
def test_a_verdict_says_no_to_a_session_that_a_learner_has_changed(data_folder, provider, slug, title, before):
    lesson, desk = load_lesson(slug), open_desk(new_visitor(), slug)
    here = walk.Walk(lesson, desk, lesson.walk_stores[0], provider)
    by_hand(desk, here, before)
    index = next(index for index, step in enumerate(lesson.steps) if step.title == title)
    record = walk.start_step(here, index).result(60)
    desk.close()
    assert record.problem is None
    assert record.verdict_problem is None
    assert record.held is False


def test_a_long_message_of_a_learner_does_not_hide_that_the_server_answered(data_folder, provider):
    """The result of the step is cut then, and was decoded."""
    lesson, desk = load_lesson("redis"), open_desk(new_visitor(), "redis")
    here = walk.Walk(lesson, desk, "redis_fake", provider)
    by_hand(desk, here, [add({"role": "user", "content": "x" * 9_000})] * 2)
    index = next(index for index, step in enumerate(lesson.steps) if step.title == "Close a handle, go on")
    record = walk.start_step(here, index).result(60)
    desk.close()
    assert record.verdict_problem is None
    assert record.held


@pytest.mark.matrix
@pytest.mark.parametrize("slug", [entry.slug for entry in LESSONS])
def test_a_step_whose_earlier_steps_were_not_run_gets_a_verdict(data_folder, provider, slug):
    lesson = load_lesson(slug)
    for index, step in enumerate(lesson.steps):
        desk = open_desk(new_visitor(), slug)
        record = walk.start_step(walk.Walk(lesson, desk, lesson.walk_stores[0], provider), index).result(60)
        desk.close()
        assert record.verdict_problem is None, step.title
