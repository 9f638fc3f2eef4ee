"""Steps and solutions show what they promise with a reasoning model: each of its answers begins with a reasoning item."""

import pytest

from lessons.course.index import LESSONS, load_lesson
from lessons.frame import walk
from lessons.frame.why_not import why_not
from lessons.kit.models.providers import read_provider
from tests.course.false_records import parts as part
from tests.support.model_endpoint import ModelEndpoint

LOADED = {entry.slug: load_lesson(entry.slug) for entry in LESSONS}
SOLUTIONS = [(slug, number) for slug, lesson in LOADED.items() for number in range(len(lesson.challenges))]


@pytest.fixture(scope="module")
def thinking():
    with ModelEndpoint(thinks=True) as endpoint:
        yield read_provider({"OPENAI_BASE_URL": endpoint.url, "OPENAI_API_KEY": "any"})


def walked(at, provider, slug, *indexes):
    """The records of these steps of a lesson, or of all."""
    lesson = LOADED[slug]
    here = walk.Walk(lesson, at(slug), lesson.walk_stores[0], provider)
    return [walk.start_step(here, index).result(60) for index in indexes or range(len(lesson.steps))]


@pytest.mark.parametrize("title", ["Tell it your name", "Run it streamed"])
def test_the_reasoning_is_stored_before_the_reply(at, thinking, title):
    (index,) = [index for index, step in enumerate(LOADED["basic"].steps) if step.title == title]
    *_, seen = walked(at, thinking, "basic", *dict.fromkeys((0, index)))
    assert [line.item.kind for line in seen.ledger.lines if line.mark == "added"] == ["user", "reasoning", "assistant"]


def test_the_newest_two_items_of_a_reasoning_model_are_its_reply_and_its_reasoning(at, thinking):
    seen = {one.title: one for one in walked(at, thinking, "memory_operations", *range(9))}
    gone = [line.item.kind for line in seen["Pop twice, as guides teach"].ledger.lines if line.mark == "removed"]
    assert gone == ["reasoning", "assistant"]
    assert seen["Ask after popping twice"].sent_kinds[-3:] == ["tool call", "tool output", "user"]
    assert seen["Keep the newest two"].sent_kinds == ["reasoning", "assistant", "user"]


def test_a_reasoning_item_is_sent_to_a_hosted_conversation_with_its_id_and_no_other_item_is(at, thinking):
    _, seen = walked(at, thinking, "hosted", 0, 1)
    stored = [call.exchange.request for call in seen.exchanges if call.method.startswith("POST")]
    assert ['"rs_' in body for body in stored] == [False, True]
    assert not any('"msg_' in body for body in stored)


@pytest.mark.parametrize("slug", LOADED)
def test_every_step_shows_what_it_promises(at, thinking, slug):
    refused = [
        f"{seen.step + 1} {seen.title}: {seen.verdict_problem or seen.problem or seen.why_not}"
        for seen in walked(at, thinking, slug)
        if not seen.held
    ]
    assert refused == []


@pytest.mark.parametrize(("slug", "number"), SOLUTIONS)
def test_the_solution_of_a_challenge_passes(at, thinking, slug, number):
    lesson, desk = LOADED[slug], at(slug)
    challenge, store = lesson.challenges[number], lesson.walk_stores[0]
    assert walk.start_solution(walk.Walk(lesson, desk, store, thinking), challenge).result(60).problem is None
    assert walk.check(desk, challenge, number, store) is None


def test_a_no_names_the_row_that_is_in_the_way_and_not_the_reasoning(at, thinking):
    (seen,) = walked(at, thinking, "approvals", 0)
    said = why_not(LOADED["approvals"].steps[0].holds, part.one_more("assistant")(seen))
    assert "(assistant: " in said
    assert "was added, one more than expected" in said
