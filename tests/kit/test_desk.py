"""A desk: its queue, its snapshots, and what is still there after a reload, a restart and a damaged file."""

import json
import shutil
import threading
import time

import pytest
from agents import Runner

from lessons import walk
from lessons.course import load_lesson
from lessons.kit import desk as desk_module
from lessons.kit.desk import Desk, Progress, open_desk
from lessons.kit.records import KEPT_RECORDS, Refused
from lessons.kit.stores import store_kinds
from lessons.kit.workspace import new_visitor
from tests.turns import FailingModel, SilentModel, do, dump_desk, start, with_model

STORES = sorted(store_kinds())


async def tell(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


async def ask_name(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


def keys(desk, store="sqlite_file", session_id="alice"):
    return [row.key for row in desk.store(store).page(session_id).rows]


def kinds_stored(desk, session_id="alice"):
    rows = desk.store("sqlite_file").page(session_id).rows
    return [json.loads(row.data)["role"] for row in rows]


def another_process(desk):
    """The same visitor and lesson in a server that has just been started."""
    return Desk(desk.workspace, desk.lesson)


# Who sees what.


def test_the_tabs_of_one_visitor_share_a_desk(desk):
    assert open_desk(desk.workspace.visitor, "basic") is desk


def test_visitors_do_not_share_a_session(desk, provider):
    """In the best-known tutorial every visitor reads and writes the same constant session ids."""
    other = open_desk(new_visitor(), "basic")
    for store in STORES:
        do(desk, provider, tell, store=store)
        record = do(other, provider, ask_name, store=store)
        assert record.returned == ()
        assert "Alice" not in record.reply
    other.reset()
    assert [keys(desk, store) for store in STORES] == [[1, 2]] * len(STORES)
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
    assert model.asked.wait(10)
    assert do(other, provider, tell).problem is None
    turn.stop()
    turn.result(5)
    other.close()


# The queue.


def test_two_messages_at_once_never_interleave(desk, provider):
    """Three runs at once store u0, u1, u2, a0, a1, a2, and none of them sees another."""
    lesson = load_lesson("basic")
    ready = threading.Barrier(4)
    turns = []

    def send(number):
        ready.wait()
        turns.append(walk.start_message(desk, lesson, f"I like number {number}", "alice", "sqlite_file", provider))

    senders = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    records = [turn.result(10) for turn in turns]
    assert kinds_stored(desk) == ["user", "assistant"] * 4
    assert sorted(len(record.returned) for record in records) == [0, 2, 4, 6]
    assert len(desk.records) == 4
    assert desk.under_way() == []


def test_a_queued_turn_says_so_and_runs_afterwards(desk, provider):
    model = SilentModel()
    first = start(desk, provider, tell, make_agent=with_model(model))
    assert model.asked.wait(10)
    second = start(desk, provider, tell)
    assert desk.under_way() == [first, second]
    assert (first.state, second.state) == ("running", "queued")
    first.stop()
    assert second.result(5).problem is None
    assert kinds_stored(desk) == ["user", "user", "assistant"]
    assert desk.under_way() == []


def test_starting_a_turn_returns_at_once(desk, provider):
    model = SilentModel()
    began = time.monotonic()
    turn = start(desk, provider, tell, make_agent=with_model(model))
    assert time.monotonic() - began < 0.5
    turn.stop()
    turn.result(5)


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


# Snapshots.


@pytest.mark.parametrize("store", STORES)
def test_a_snapshot_is_restored_exactly(desk, provider, store):
    do(desk, provider, tell, store=store)
    before, records, progress = dump_desk(desk), desk.records, desk.progress
    do(desk, provider, ask_name, store=store, snapshot="one")
    desk.advance(lambda now: Progress(5))
    do(desk, provider, tell, store=store, session_id="carol")
    assert desk.restore("one")
    assert dump_desk(desk) == before
    assert (desk.records, desk.progress) == (records, progress)
    assert desk.restore("one") is False
    record = do(desk, provider, ask_name, store=store)
    assert [row.key for row in record.added] == [3, 4]


def test_a_snapshot_is_restored_exactly_after_a_restart_of_the_server(desk, provider):
    for store in STORES:
        do(desk, provider, tell, store=store)
    before = dump_desk(desk)
    do(desk, provider, ask_name, snapshot="one")
    desk.close()
    again = another_process(desk)
    assert keys(again, "sqlite_memory") == []  # gone with the process
    assert again.restore("one")
    assert dump_desk(again) == before
    assert "Alice" in do(again, provider, ask_name, store="sqlite_memory").reply
    again.close()


def test_half_a_snapshot_is_never_restored(desk, provider, monkeypatch):
    """The disk is full while the second store is copied."""
    do(desk, provider, tell)
    do(desk, provider, tell, store="sqlite_custom_tables")
    store = desk.store("sqlite_custom_tables")

    def no_room(folder):
        raise OSError(28, "No space left on device", "own_tables.db")

    monkeypatch.setattr(store, "save_to", no_room)
    record = do(desk, provider, ask_name, snapshot="one")
    assert record.problem.what == "A file could not be read or written: No space left on device."
    assert desk.restore("one") is False
    assert keys(desk) == [1, 2]
    assert keys(desk, "sqlite_custom_tables") == [1, 2]


def test_restoring_waits_for_the_turn_that_is_under_way(desk, provider):
    do(desk, provider, tell)
    do(desk, provider, ask_name, snapshot="one")
    turn = start(desk, provider, ask_name)
    assert desk.restore("one")
    assert turn.state == "done"
    assert keys(desk) == [1, 2]


def test_a_turn_that_does_not_end_is_not_waited_for_endlessly(desk, provider, monkeypatch):
    monkeypatch.setattr(desk_module, "PATIENCE_SECONDS", 0.05)
    do(desk, provider, tell, snapshot="one")
    model = SilentModel()
    turn = start(desk, provider, ask_name, make_agent=with_model(model))
    assert model.asked.wait(10)
    for action in (desk.set_aside, desk.bring_back, lambda: desk.restore("one")):
        with pytest.raises(Refused) as refused:
            action()
        assert refused.value.problem.what == "A turn is still under way."
    turn.stop()
    turn.result(5)
    assert keys(desk) == [1, 2, 3]
    assert desk.restore("one")


# Starting over, and setting aside.


def test_starting_over_clears_all_that_is_stored(desk, provider):
    """The best-known tutorial's "Clear All Sessions" clears only what this tab has touched."""
    for store in STORES:
        do(desk, provider, tell, store=store, session_id="first tab")
    do(desk, provider, tell, snapshot="step-1")
    desk.set_aside()
    desk.close()
    again = another_process(desk)  # which has touched none of it
    again.reset()
    assert not any(again.store(store).session_ids() for store in STORES)
    assert (again.records, again.progress, again.has_set_aside) == ((), Progress(), False)
    assert list(again.folder.rglob("*")) == []
    record = do(again, provider, ask_name)
    assert record.returned == ()
    assert [row.key for row in record.added] == [1, 2]
    again.close()


@pytest.mark.parametrize("store", STORES)
def test_after_starting_over_the_numbering_begins_again(desk, provider, store):
    """Also where the sessions were open, and in memory."""
    do(desk, provider, tell, store=store)
    desk.reset()
    assert keys(desk, store) == []
    record = do(desk, provider, ask_name, store=store)
    assert (record.returned, record.problem) == ((), None)
    assert keys(desk, store) == [1, 2]


def test_starting_over_stops_what_is_under_way(desk, provider):
    model, never = SilentModel(), SilentModel()
    first = start(desk, provider, tell, make_agent=with_model(model))
    second = start(desk, provider, tell, make_agent=with_model(never))
    assert model.asked.wait(10)
    desk.reset()
    assert first.result(1).stopped
    assert second.result(1).stopped
    assert not never.asked.is_set()
    assert (keys(desk), desk.records) == ([], ())


def test_a_page_that_reads_while_all_is_deleted_shows_no_old_rows(desk, provider):
    done, errors = threading.Event(), []

    def look():
        try:
            while not done.wait(0.001):
                keys(desk)
        except Exception as error:
            errors.append(error)

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(5):
        do(desk, provider, tell)
        desk.reset()
        assert keys(desk) == []
        do(desk, provider, tell)
        desk.set_aside()
        assert keys(desk) == []
        desk.reset()
    done.set()
    reader.join()
    assert errors == []


def test_what_was_set_aside_comes_back_exactly(desk, provider):
    for store in STORES:
        do(desk, provider, tell, store=store)
    desk.advance(lambda now: Progress(4, (0,)))
    before, records = dump_desk(desk), desk.records
    desk.set_aside()
    assert not any(keys(desk, store) for store in STORES)
    assert (desk.records, desk.progress, desk.has_set_aside) == ((), Progress(0, (0,)), True)
    do(desk, provider, tell, session_id="bob")
    desk.set_aside()  # what was set aside first stays
    desk.advance(lambda now: Progress(0, (0, 1)))
    assert desk.bring_back()
    assert dump_desk(desk) == before
    assert (desk.records, desk.progress, desk.has_set_aside) == (records, Progress(4, (0, 1)), False)
    assert desk.bring_back() is False


def test_steps_can_still_be_taken_back_after_a_challenge(desk, provider):
    """What is walked on the empty tables of a challenge does not replace the snapshots of the lesson."""
    lesson = load_lesson("basic")
    do(desk, provider, tell, session_id="of my own")
    states = []
    for index in range(2):
        states.append((dump_desk(desk), desk.progress))
        walk.start_step(desk, lesson, index, "sqlite_file", provider).result(10)
    desk.set_aside()
    assert walk.step_back(desk) is False  # nothing was done on these tables
    walk.start_step(desk, lesson, 0, "sqlite_file", provider).result(10)
    desk.bring_back()
    for expected in reversed(states):
        assert walk.step_back(desk)
        assert (dump_desk(desk), desk.progress) == expected
    assert keys(desk, session_id="of my own") == [1, 2]
    assert walk.step_back(desk) is False


def test_a_failed_step_is_taken_back_by_itself(desk, provider):
    lesson = load_lesson("basic")
    walk.start_step(desk, lesson, 0, "sqlite_file", provider).result(10)
    before = dump_desk(desk)
    do(
        desk,
        provider,
        ask_name,
        make_agent=with_model(FailingModel(RuntimeError("no"))),
        snapshot="step-2",
    )
    assert keys(desk) == [1, 2, 3]
    assert walk.step_back(desk)
    assert dump_desk(desk) == before
    assert desk.progress == Progress(1)
    assert walk.step_back(desk)
    assert desk.progress == Progress(0)
    assert keys(desk) == []


# Opening and closing.


def test_a_desk_that_nobody_looks_at_is_closed_and_opens_again_with_its_rows(desk, provider, monkeypatch):
    do(desk, provider, tell)
    handle = desk.store("sqlite_file").open_session("alice")
    monkeypatch.setattr(desk_module, "IDLE_SECONDS", 0)
    open_desk(new_visitor(), "basic").close()
    assert handle._closed
    again = open_desk(desk.workspace.visitor, "basic")
    assert again is not desk
    assert keys(again) == [1, 2]
    assert again.records == desk.records
    again.close()


def test_a_desk_with_a_turn_under_way_is_not_closed(desk, provider, monkeypatch):
    monkeypatch.setattr(desk_module, "IDLE_SECONDS", 0)
    model = SilentModel()
    turn = start(desk, provider, tell, make_agent=with_model(model))
    assert model.asked.wait(10)
    open_desk(new_visitor(), "basic").close()
    assert turn.state == "running"
    turn.stop()
    turn.result(5)
    assert open_desk(desk.workspace.visitor, "basic") is desk


def test_closing_stops_what_is_under_way(desk, provider):
    model = SilentModel()
    turn = start(desk, provider, tell, make_agent=with_model(model))
    assert model.asked.wait(10)
    desk.close()
    assert turn.result(1).stopped


def test_a_store_that_there_is_not(desk):
    with pytest.raises(KeyError):
        desk.store("postgres")


def test_a_folder_that_is_gone_is_begun_again(desk, provider):
    do(desk, provider, tell)
    shutil.rmtree(desk.folder)
    again = open_desk(desk.workspace.visitor, "basic")
    assert keys(again) == []
    assert do(again, provider, tell).problem is None
    again.close()
