"""A desk: who shares it, its queue, and what is still there after a reload, a restart and a damaged file."""

import json
import shutil
import threading

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.records import KEPT_RECORDS
from lessons.kit.turns import open_desks
from lessons.kit.turns.desk import Progress
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.planned_turn import PlannedTurn
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.ledger.ledger_lines import ledger_lines
from lessons.ui.ledger.shown_rows import ShownRows
from tests.support.stores import all_kinds_in_two_parts
from tests.support.turns import (
    SilentModel,
    another_process,
    ask_name,
    do,
    dump_desk,
    keys,
    plain_agent,
    start,
    tell,
    with_model,
)


def kinds_stored(desk, session_id="alice"):
    rows = desk.store("sqlite_file").page(session_id).rows
    return [json.loads(row.data)["role"] for row in rows]


# Who sees what.


def test_the_tabs_of_one_visitor_share_a_desk(desk):
    assert open_desk(desk.workspace.visitor, "basic") is desk


@pytest.mark.parametrize("stores", all_kinds_in_two_parts())
def test_visitors_do_not_share_a_session(desk, provider, stores):
    """In the best-known tutorial every visitor reads and writes the same constant session ids."""
    other = open_desk(new_visitor(), "basic")
    for store in stores:
        do(desk, provider, tell, store=store)
        record = do(other, provider, ask_name, store=store)
        assert record.returned == ()
        assert "Alice" not in record.reply
    other.reset()
    assert [keys(desk, store) for store in stores] == [[1, 2]] * len(stores)
    other.close()


def test_two_lessons_of_one_visitor_do_not_touch_each_other(desk, provider):
    other = open_desk(desk.workspace.visitor, "another")
    do(desk, provider, tell)
    do(other, provider, tell)
    before = dump_desk(desk)
    desk.set_aside()
    desk.bring_back()
    other.reset()
    assert dump_desk(desk) == before
    assert keys(other) == []
    assert len(desk.records) == 1
    assert other.records == ()
    other.close()


def test_a_turn_at_one_lesson_does_not_wait_for_another(desk, provider):
    other = open_desk(desk.workspace.visitor, "another")
    model = SilentModel()
    turn = start(desk, provider, tell, make_agent=with_model(model))
    assert model.asked.wait(60)
    assert do(other, provider, tell).problem is None
    turn.stop()
    turn.result(60)
    other.close()


# The queue.


def test_messages_at_once_never_interleave(desk, provider):
    """Without the queue three runs at once would store u0, u1, u2, a0, a1, a2, and none of them would see another."""
    lesson = load_lesson("basic")
    ready = threading.Barrier(4)
    turns = []

    def send(number):
        ready.wait()
        turns.append(
            walk.start_message(walk.Walk(lesson, desk, "sqlite_file", provider), f"I like number {number}", "alice")
        )

    senders = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    records = [turn.result(60) for turn in turns]
    assert kinds_stored(desk) == ["user", "assistant"] * 4
    assert sorted(len(record.returned) for record in records) == [0, 2, 4, 6]
    assert len(desk.records) == 4
    assert desk.running() == []


def test_a_queued_turn_says_so_and_runs_afterwards(desk, provider):
    model = SilentModel()
    first = start(desk, provider, tell, make_agent=with_model(model))
    assert model.asked.wait(60)
    second = start(desk, provider, tell)
    assert desk.running() == [first, second]
    assert (first.state, second.state) == ("running", "queued")
    first.stop()
    assert second.result(60).problem is None
    assert kinds_stored(desk) == ["user", "user", "assistant"]
    assert desk.running() == []


def test_a_turn_that_is_kept_and_still_among_those_that_run_is_drawn_once(desk, provider, monkeypatch):
    """The next turn is queued before this one leaves: for that moment its question and its reply were drawn a second time."""
    seen = []

    def look(planned, turn):
        page, records = desk.store("sqlite_file").page("alice"), desk.records
        lines = ledger_lines(ShownRows("sqlite_file", "alice", page, records=records), running=desk.running())
        seen.append((turn in desk.running(), [line["text"] for line in lines if line["type"] == "item"]))

    monkeypatch.setattr(desk, "_start_following", look)
    do(desk, provider, tell, following=PlannedTurn("ask", ask_name, "alice", "sqlite_file", provider, plain_agent))
    assert seen == [(True, ["My name is Alice", "Nice to meet you, Alice."])]


def test_starting_a_turn_does_not_wait_for_the_model(desk, provider):
    model = SilentModel()
    turn = start(desk, provider, tell, make_agent=with_model(model))
    assert desk.running() == [turn]
    turn.stop()
    turn.result(60)


# Records and progress.


def test_after_a_restart_the_history_of_the_file_is_there(desk, provider):
    """The best-known tutorial shows "No conversation history yet" over a file with rows, until a message is sent."""
    do(desk, provider, tell)
    desk.advance(lambda now: Progress(3, (1,)))
    desk.close()
    again = another_process(desk)
    assert keys(again) == [1, 2]
    assert again.store("sqlite_file").session_ids() == ["alice"]
    assert again.records == desk.records
    assert again.progress == Progress(3, (1,))
    assert "Alice" in do(again, provider, ask_name).reply
    again.close()


def test_only_the_last_records_are_kept(desk, provider):
    async def nothing(session):
        return None

    for _ in range(KEPT_RECORDS + 3):
        do(desk, provider, nothing)
    assert len(desk.records) == KEPT_RECORDS
    assert [record.id for record in another_process(desk).records] == [record.id for record in desk.records]
    assert len(list((desk.folder / "records").iterdir())) == KEPT_RECORDS


def test_damaged_records_cost_a_trace_and_nothing_else(desk, provider):
    first, second = do(desk, provider, tell), do(desk, provider, ask_name)
    folder = desk.folder / "records"
    (folder / f"{first.id}.json").write_text('{"id": "2026')
    (folder / "0.json").write_bytes(b"\xff\xfe\x00")
    (folder / "1.json").write_text('{"id": 5}')
    (folder / "2.json").mkdir()
    again = another_process(desk)
    assert again.records == (second,)
    assert keys(again) == [1, 2, 3, 4]
    assert do(again, provider, ask_name).problem is None
    again.close()


DAMAGED = ["", "{", "null", "[]", '{"steps_done": "x", "solved": []}', '{"steps_done": Infinity, "solved": []}']
DAMAGED += ['{"solved": 1}', '{"steps_done": 1, "solved": null}']


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_progress_begins_again(desk, provider, text):
    do(desk, provider, tell)
    (desk.folder / "progress.json").write_text(text)
    again = another_process(desk)
    assert again.progress == Progress()
    assert keys(again) == [1, 2]
    again.advance(lambda now: Progress(1))
    assert another_process(desk).progress == Progress(1)


def test_a_place_before_the_first_step_is_the_first_step(desk):
    (desk.folder / "progress.json").write_text('{"steps_done": -4, "solved": [0]}')
    assert another_process(desk).progress == Progress(0, (0,))


def test_changes_of_progress_from_two_threads_are_both_kept(desk):
    ready = threading.Barrier(8)

    def solve(number):
        ready.wait()
        desk.advance(lambda now: Progress(now.steps_done + 1, (*now.solved, number)))

    threads = [threading.Thread(target=solve, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.progress.steps_done == 8
    assert sorted(desk.progress.solved) == list(range(8))
    assert another_process(desk).progress == desk.progress


# Opening and closing.


def test_a_desk_that_nobody_looks_at_is_closed_and_opens_again_with_its_rows(desk, provider, monkeypatch):
    do(desk, provider, tell)
    handle = desk.store("sqlite_file").open_session("alice")
    monkeypatch.setattr(open_desks, "CLOSED_AFTER", -1)
    open_desks.close_unused()
    assert handle._closed
    again = open_desk(desk.workspace.visitor, "basic")
    assert keys(again) == [1, 2]
    assert [record.message for record in again.records] == ["My name is Alice"]


def test_a_desk_with_a_running_turn_is_not_closed(desk, provider, monkeypatch):
    monkeypatch.setattr(open_desks, "CLOSED_AFTER", -1)
    model = SilentModel()
    turn = start(desk, provider, tell, make_agent=with_model(model))
    assert model.asked.wait(60)
    open_desks.close_unused()
    assert turn.state == "running"
    turn.stop()
    turn.result(60)
    assert open_desk(desk.workspace.visitor, "basic") is desk


def test_closing_stops_what_is_running(desk, provider):
    model = SilentModel()
    turn = start(desk, provider, tell, make_agent=with_model(model))
    assert model.asked.wait(60)
    desk.close()
    assert turn.result(1).stopped


def test_a_store_that_does_not_exist(desk):
    with pytest.raises(KeyError):
        desk.store("postgres")


def test_a_folder_that_is_gone_is_begun_again(desk, provider):
    do(desk, provider, tell)
    shutil.rmtree(desk.folder)
    again = open_desk(desk.workspace.visitor, "basic")
    assert keys(again) == []
    assert do(again, provider, tell).problem is None
    again.close()
