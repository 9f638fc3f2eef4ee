"""The steps that depend on the kind of model show what they promise with a Chat Completions model too."""

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.models.providers import read_provider
from tests.support.model_endpoint import ModelEndpoint


@pytest.fixture(scope="module")
def chat_completions():
    with ModelEndpoint() as endpoint:
        yield read_provider(
            {"COMPATIBLE_BASE_URL": endpoint.url, "COMPATIBLE_MODEL": "llama3.2", "COMPATIBLE_API_KEY": "any"}
        )


@pytest.mark.parametrize(
    ("slug", "title"),
    [
        ("long_conversations", "Have it compacted"),
        ("hosted", "Compact by hand"),
        ("hosted", "Compact with a limit"),
        ("memory_operations", "Keep the newest two"),
        ("memory_operations", "Add a prepared exchange"),
        ("multi_session", "Filter the handoff"),
        ("multi_session", "An agent as a tool"),
        ("basic", "Leave a stream early"),
    ],
)
def test_a_step_shows_what_it_promises(at, chat_completions, slug, title):
    lesson = load_lesson(slug)
    (index,) = [at for at, step in enumerate(lesson.steps) if step.title == title]
    desk = at(slug)
    record = walk.start_step(walk.Walk(lesson, desk, lesson.walk_stores[0], chat_completions), index).result(60)
    assert record.problem is None
    assert record.held, record


def test_a_run_with_a_chat_completions_model_raises_on_the_replies_of_a_conversation(at, chat_completions):
    """The SDK sends them without their ids, and for such a model it knows a reply by its id."""
    lesson, desk = load_lesson("hosted"), at("hosted")
    here = walk.Walk(lesson, desk, lesson.walk_stores[0], chat_completions)
    assert walk.start_step(here, 0).result(60).held
    record = walk.start_step(here, 1).result(60)
    assert record.problem.what.startswith("UserError: Unhandled item type")
    assert record.reply is None


def test_the_solution_compacts(at, chat_completions):
    lesson = load_lesson("hosted")
    (number,) = [at for at, one in enumerate(lesson.challenges) if one.store == "compaction_emulated"]
    desk, challenge = at("hosted"), lesson.challenges[number]
    walked = walk.Walk(lesson, desk, lesson.walk_stores[0], chat_completions)
    assert walk.start_solution(walked, challenge).result(60).problem is None
    assert walk.check(desk, challenge, number, lesson.walk_stores[0]) is None
