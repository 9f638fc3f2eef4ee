"""Walking the steps of a lesson solves none of its challenges: only what the learner does counts."""

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.course import test_challenges_about_items, test_challenges_in_other_words
from tests.support.by_hand import by_hand

CHALLENGES = [*test_challenges_in_other_words.CHALLENGES, *test_challenges_about_items.CHALLENGES]
LESSONS = [
    "basic",
    "memory_operations",
    "multi_session",
    "encrypted",
    "analytics",
    "long_conversations",
    "failures",
    "approvals",
    "life_cycle",
    "databases",
    "hosted",
]


@pytest.mark.parametrize("slug", LESSONS)
def test_walking_the_steps_solves_no_challenge_and_hinders_none(data_folder, provider, slug):
    """After all steps no challenge is solved, and the learner's own turns can still solve one."""
    lesson, desk = load_lesson(slug), open_desk(new_visitor(), slug)
    walked = walk.Walk(lesson, desk, lesson.walk_stores[0], provider)
    for index in range(len(lesson.steps)):
        assert walk.start_step(walked, index).result(60).held
    reasons = [walk.check(desk, one, number, one.store or walked.store) for number, one in enumerate(lesson.challenges)]
    assert all(reasons), reasons
    wanted = 1 if slug == "analytics" else 0  # its first challenge counts turns of a session that the steps use too
    actions = next(right[0] for name, number, right, _ in CHALLENGES if (name, number) == (slug, wanted))
    by_hand(desk, walked, actions)
    assert walk.check(desk, lesson.challenges[wanted], wanted, walked.store) is None
    desk.close()
