"""Walking a lesson: the verdict of a step, its record and the place in the lesson, and only then the next step."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from agents import Runner

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import load_records
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.progress import Progress
from tests.support.turns import another_process, keys

FULL = Problem("Your folder is full.", "Everything stored so far is kept.", "Make room.")


def at(desk, provider, *holds):
    """A walk through the basic lesson, whose first steps are judged by `holds`."""
    lesson = load_lesson("basic")
    judged = [replace(step, holds=one) for step, one in zip(lesson.steps, holds, strict=False)]
    return walk.Walk(replace(lesson, steps=(*judged, *lesson.steps[len(judged) :])), desk, "sqlite_file", provider)


def walked(here, first, last):
    """Run the steps until nothing runs any more, and return all records."""
    turn = walk.start_steps(here, first, last)
    while turn is not None:
        turn.result(60)
        turn = next(iter(here.desk.running()), None)
    return here.desk.records


def raises(record):
    raise KeyError("turn_usage")


def test_a_verdict_that_raises_keeps_what_happened_and_says_so_on_the_step(desk, provider):
    """It was recorded as "nothing was stored" while two rows were."""
    (record,) = walked(at(desk, provider, raises), 0, 0)
    assert record.verdict_problem.what == "The check of this step raised KeyError: 'turn_usage'"
    assert "rows 1, 2" in record.verdict_problem.kept
    assert (record.step, record.held, record.problem) == (0, None, None)
    assert [row.key for row in record.added] == keys(desk, session_id=record.session_id) == [1, 2]
    assert record.reply
    assert record.called == ["get_items", "add_items", "add_items"]
    assert len(record.requests) == 1
    assert len(record.ledger.lines) == 2
    assert load_records(desk.folder / "records") == [record]


def test_a_verdict_that_raises_stops_the_steps_that_follow(desk, provider):
    """Step 2 ran all the same."""
    here = at(desk, provider, raises)
    assert [record.step for record in walked(here, 0, 2)] == [0]
    assert desk.progress.steps_done == 1  # the step itself has run
    assert [record.step for record in walked(here, 1, 1)] == [0, 1]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ("DELETE FROM agent_messages WHERE id = 1", 'row 1 of alice (user: "My name is Alice") was removed.'),
        ("INSERT INTO agent_messages (session_id, message_data) SELECT 'alice', message_data FROM agent_messages WHERE id = 1",
         'row 4 of alice (user: "My name is Alice") was added.'),
        ("UPDATE agent_messages SET message_data = replace(message_data, 'Nice', 'Glad') WHERE id = 2",
         'row 2 of alice (assistant: "Glad to meet you, Alice.") was added.'),
    ],
    ids=["deletes", "adds", "changes"],
)  # fmt: skip
def test_rows_that_something_else_changes_while_a_step_runs_are_named_and_the_step_has_not_shown_it(
    desk, provider, other, named
):
    """The step was said to be shown by rows that another program had written."""
    here = at(desk, provider)
    walked(here, 0, 0)
    with closing(sqlite3.connect(desk.folder / "chat.db")) as file:  # the moment is the same in every run
        file.execute(f"CREATE TRIGGER other AFTER INSERT ON agent_messages WHEN NEW.id = 3 BEGIN {other}; END")
    record = walked(here, 1, 1)[-1]
    assert here.lesson.steps[1].holds(record)
    assert record.held is False
    assert record.why_not.startswith("Something other than the calls of this step changed the storage while it ran: ")
    assert named in record.why_not


def test_a_row_that_something_else_adds_is_named_also_where_a_run_sent_it_as_it_is(desk, provider):
    """Its line says nothing, since the row was returned and sent: the step was said to be shown."""

    async def tell_again(agent, session):
        await session.get_items()
        with closing(sqlite3.connect(desk.folder / "chat.db", isolation_level=None)) as other:
            columns = "session_id, message_data"
            other.execute(f"INSERT INTO agent_messages ({columns}) SELECT {columns} FROM agent_messages WHERE id = 1")
        await Runner.run(agent, "Hello", session=session)

    here = at(desk, provider)
    walked(here, 0, 0)
    told, ask, *others = here.lesson.steps
    steps = (told, replace(ask, run=tell_again, holds=lambda seen: True), *others)
    record = walked(replace(here, lesson=replace(here.lesson, steps=steps)), 1, 1)[-1]
    assert record.held is False
    assert 'row 3 of alice (user: "My name is Alice") was added.' in record.why_not


def test_a_verdict_that_raises_shows_no_secret(desk, provider, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "abcdefgh12345678")

    def tells(record):
        raise ValueError("the key is abcdefgh12345678")

    (record,) = walked(at(desk, provider, tells), 0, 0)
    assert record.verdict_problem.what == "The check of this step raised ValueError: the key is [hidden]"


def test_a_step_that_did_not_hold_is_followed_by_the_next(desk, provider):
    records = walked(at(desk, provider, lambda record: False), 0, 1)
    assert [(record.step, record.held) for record in records] == [(0, False), (1, True)]


def test_a_step_is_judged_and_its_record_stored_before_the_next_starts(desk, provider):
    """The next step started before the verdict of the one before it."""
    seen = []

    def holds(record):
        seen.append((len(desk.running()), desk.progress.steps_done, desk.records))
        return True

    def holds_second(record):
        seen.append((desk.progress.steps_done, [one.held for one in load_records(desk.folder / "records")]))
        return True

    walked(at(desk, provider, holds, holds_second), 0, 1)
    assert seen == [(1, 0, ()), (1, [True])]


def test_something_is_always_running_between_two_steps(desk, provider):
    """A page that saw nothing running would stop following the walk."""
    here = at(desk, provider)
    first = walk.start_steps(here, 0, 1)
    first.result(60)
    assert desk.running() or len(desk.records) == 2
    assert len(walked(here, 2, 2)) == 3


@pytest.fixture
def no_room_after_the_first(monkeypatch):
    asked = []

    def check_room(self):
        asked.append(self)
        if len(asked) > 1:
            raise Refused(FULL)

    monkeypatch.setattr("lessons.kit.turns.desk.check_room", check_room)


def test_a_refusal_of_the_second_step_is_on_its_own_record(desk, provider, no_room_after_the_first):
    """It landed on the record of step 1, which then had no verdict."""
    first, second = walked(at(desk, provider), 0, 2)
    assert (first.step, first.held, first.problem) == (0, True, None)
    assert (second.step, second.held, second.problem, second.calls) == (1, None, FULL, ())
    assert desk.progress.steps_done == 1
    assert load_records(desk.folder / "records") == [first, second]


def test_a_refusal_of_the_first_step_is_raised(desk, provider, no_room_after_the_first):
    desk.check_can_start()
    with pytest.raises(Refused):
        walk.start_steps(at(desk, provider), 0, 1)
    assert desk.records == ()


def test_a_stop_that_comes_too_late_for_a_step_still_stops_those_that_follow(desk, provider):
    def stop_all(record):
        for turn in desk.running():
            turn.stop()
        return True

    assert [record.held for record in walked(at(desk, provider, stop_all), 0, 2)] == [True]


class Killed(BaseException):
    """The end of the process."""


def test_a_kill_between_the_record_and_the_progress_does_not_undo_the_step(desk, provider, monkeypatch):
    """Running the step again would store its rows twice."""

    def killed(self, change):
        raise Killed

    monkeypatch.setattr(Desk, "advance", killed)
    turn = walk.start_steps(at(desk, provider), 0, 1)
    turn.result(60)
    monkeypatch.undo()
    assert not (desk.folder / "progress.json").exists()
    again = another_process(desk)
    assert [(record.step, record.held) for record in again.records] == [(0, True)]
    assert again.progress.steps_done == 1
    assert walk.step_back(again)
    assert (keys(again), again.records, again.progress) == ([], (), Progress())
    again.close()


def test_a_kill_between_the_rows_and_the_record_leaves_a_step_that_can_be_undone(desk, provider, monkeypatch):
    def killed(self, record, store):
        raise Killed

    monkeypatch.setattr(Desk, "_keep", killed)
    here = at(desk, provider)
    walk.start_steps(here, 0, 1).result(60)
    monkeypatch.undo()
    again = another_process(desk)
    assert (keys(again, session_id=here.lesson.session_id), again.progress) == ([1, 2], Progress())
    assert walk.step_back(again)
    assert keys(again, session_id=here.lesson.session_id) == []
    again.close()


def test_the_progress_is_not_moved_by_a_step_that_failed_or_lies_elsewhere(desk, provider):
    (record,) = walked(at(desk, provider), 0, 0)
    path = desk.folder / "records" / f"{record.id}.json"
    (desk.folder / "progress.json").write_text('{"steps_done": 0, "solved": []}')
    for change in ({"problem": {"what": "a", "kept": "b", "next": "c"}}, {"stopped": True}, {"step": 4}):
        path.write_text(json.dumps({**json.loads(path.read_bytes()), "problem": None, "stopped": False, **change}))
        assert another_process(desk).records != ()
        assert another_process(desk).progress == Progress()
