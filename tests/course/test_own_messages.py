"""A learner's own messages before and between the steps break no step. No step, and no Step back, loses them silently."""

from dataclasses import replace

import pytest

from lessons.course.index import LESSONS, load_lesson
from lessons.frame import walk
from lessons.frame.own_turns import in_the_way, in_words
from lessons.frame.why_not import why_not
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor


@pytest.fixture
def at(data_folder, monkeypatch):
    """Opens a lesson for a new visitor, on the lesson's own store."""
    monkeypatch.setenv("SESSIONS_TURNS_A_MINUTE", "10000")
    opened = []

    def open_at(slug, provider):
        lesson = load_lesson(slug)
        opened.append(open_desk(new_visitor(), slug))
        return walk.Walk(lesson, opened[-1], lesson.walk_stores[0], provider)

    yield open_at
    for desk in opened:
        desk.close()


def say(here, text, session_id, store=None):
    record = walk.start_message(replace(here, store=store or here.store), text, session_id).result(60)
    assert record.problem is None
    return record


def told(here, session_id, store=None):
    """What the learner has said in a session, as it is stored now."""
    opened = here.desk.store(store or here.store)
    return [row.data for row in opened.page(session_id).rows]


@pytest.mark.parametrize("slug", [one.slug for one in LESSONS])
def test_own_messages_before_and_between_all_steps_break_none(at, provider, slug):
    here = at(slug, provider)
    before = None
    for index, step in enumerate(here.lesson.steps):
        session_id, store = step.session_id or here.lesson.session_id, step.store or here.store
        say(here, "hello", here.lesson.entry.session_id)
        say(here, "My name is Mallory", session_id, store)
        assert 'your message "My name is Mallory" (' in in_words(in_the_way(here.lesson.entry, here.desk))
        record = walk.start_step(here, index).result(60)
        assert record.problem is None, (step.title, record.problem)
        assert record.held, (step.title, record.why_not)
        assert here.desk.progress.steps_done == index + 1
        # The verdict of another step says no to this record, and `why_not` names what is in the way.
        if before is not None and not before.holds(record):
            words = why_not(before.holds, record)
            keys = {str(row.key) for row in (*record.added_rows, *record.removed_rows)}
            assert "“" in words or any(f" {key} " in words for key in keys) or "returned " in words, words
        before = step


@pytest.mark.parametrize(
    "slug", [pytest.param(one.slug, marks=() if one.slug == "analytics" else pytest.mark.matrix) for one in LESSONS]
)
def test_the_deeper_steps_can_be_left_out_with_own_messages_in_between(at, provider, slug):
    here = at(slug, provider)
    last = len(here.lesson.steps) - 1
    left_out = here.lesson.left_out(0, last)
    say(here, "My name is Mallory", here.lesson.session_id)
    turn = walk.start_steps(here, 0, last, left_out)
    while turn is not None:
        turn.result(60)
        turn = next(iter(here.desk.running()), None)
    records = [record for record in here.desk.records if record.step is not None]
    assert [record.step for record in records] == [at for at in range(last + 1) if at not in left_out]
    assert [(record.step, record.problem, record.why_not) for record in records if not record.held] == []
    assert (here.desk.progress.steps_done, here.desk.progress.left_out) == (last + 1, left_out)
    assert walk.step_back(here.desk)
    assert here.desk.progress.steps_done == records[-2].step + 1


def test_step_back_brings_back_what_a_step_has_started_without(at, provider):
    here = at("basic", provider)
    walk.start_step(here, 0).result(60)
    say(here, "I like tea", "alice")
    kept = told(here, "alice")
    walk.start_step(here, 1).result(60)
    assert not any("tea" in row for row in told(here, "alice"))
    assert in_the_way(here.lesson.entry, here.desk) == []
    assert walk.step_back(here.desk)
    assert told(here, "alice") == kept
    assert in_words(in_the_way(here.lesson.entry, here.desk)) == 'your message "I like tea" (rows 3, 4 of alice)'
    assert walk.start_step(here, 1).result(60).held


def test_a_step_that_failed_starts_again_from_what_was_there_before_it(at, provider):
    here = at("basic", provider)
    walk.start_step(here, 0).result(60)
    steps = here.lesson.steps

    async def fail(agent, session):
        await session.add_items([{"role": "user", "content": "half of it"}])
        raise RuntimeError("as when the connection breaks")

    broken = replace(here, lesson=replace(here.lesson, steps=(steps[0], replace(steps[1], run=fail), *steps[2:])))
    assert walk.start_step(broken, 1).result(60).problem is not None
    assert in_words(in_the_way(here.lesson.entry, here.desk)) == "what step 2 did before it ended (row 3 of alice)"
    say(here, "and a message after that", "alice")
    record = walk.start_step(here, 1).result(60)
    assert record.held
    assert not any("half of it" in row for row in told(here, "alice"))
    assert walk.step_back(here.desk)
    assert [row for row in told(here, "alice") if "half of it" in row or "after that" in row]


def test_several_own_messages_are_counted_and_all_their_rows_are_named(at, provider):
    """The first message was quoted, and "what came after it" named neither how many there were nor their rows."""
    here = at("basic", provider)
    walk.start_step(here, 0).result(60)
    for number in range(3):
        say(here, f"I like tea {number} times a day", "alice")
    assert in_words(in_the_way(here.lesson.entry, here.desk)) == "your 3 messages (rows 3–8 of alice)"


def test_messages_in_the_learners_own_session_stay_where_they_are(at, provider):
    here = at("basic", provider)
    walk.start_step(here, 0).result(60)
    say(here, "hello", "my_chat")
    kept = told(here, "my_chat")
    assert in_the_way(here.lesson.entry, here.desk) == []
    assert walk.start_step(here, 1).result(60).held
    assert told(here, "my_chat") == kept


def test_resetting_a_challenge_leaves_the_steps_where_they_are(at, provider):
    here = at("basic", provider)
    for index in range(3):
        walk.start_step(here, index).result(60)
    stored = told(here, "alice")
    here.desk.set_aside()
    say(here, "My name is Bob", "alice")
    here.desk.set_aside()  # Reset, a second time
    assert (here.desk.progress.steps_done, told(here, "alice")) == (3, [])
    assert walk.start_step(here, 3).result(60).held
    assert (here.desk.progress.steps_done, told(here, "alice")) == (4, stored)


def test_the_steps_go_on_in_the_store_in_which_they_began(at, provider):
    here = replace(at("basic", provider), store="sqlite_custom_tables")
    walk.start_step(here, 0).result(60)
    assert here.desk.progress.store == "sqlite_custom_tables"
    walk.start_step(here, 1).result(60)
    assert walk.step_back(here.desk)
    assert here.desk.progress.store == "sqlite_custom_tables"
    here.desk.reset()
    assert here.desk.progress.store == ""
