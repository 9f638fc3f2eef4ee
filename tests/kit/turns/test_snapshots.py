"""Snapshots of a desk, starting over, and setting aside."""

import os
import shutil
import threading
from dataclasses import replace

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.deleting import discard
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import store_kinds, usable_kinds
from lessons.kit.turns import desk as desk_module
from lessons.kit.turns.desk import Progress
from lessons.kit.turns.planned_turn import PlannedTurn
from lessons.kit.turns.snapshots import one_snapshot, restoring
from tests.support.stores import all_kinds_in_two_parts
from tests.support.turns import (
    FailingModel,
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

STORES = sorted(usable_kinds())


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


@pytest.mark.parametrize("stores", all_kinds_in_two_parts())
def test_a_snapshot_is_restored_exactly_after_a_restart_of_the_server(desk, provider, stores):
    for store in {*stores, "sqlite_memory"}:
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
    assert record.problem.what == "The disk is full, or the quota on it is used up."
    assert desk.restore("one") is False
    assert keys(desk) == [1, 2]
    assert keys(desk, "sqlite_custom_tables") == [1, 2]


def test_restoring_waits_for_the_turn_that_is_running(desk, provider):
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
    assert model.asked.wait(60)
    for action in (desk.set_aside, desk.bring_back, lambda: desk.restore("one")):
        with pytest.raises(Refused) as refused:
            action()
        assert refused.value.problem.what == "A turn is still running."
    turn.stop()
    turn.result(60)
    assert keys(desk) == [1, 2, 3]
    assert desk.restore("one")


# Starting over, and setting aside.


@pytest.mark.parametrize("stores", all_kinds_in_two_parts())
def test_starting_over_clears_all_that_is_stored(desk, provider, stores):
    """The best-known tutorial's "Clear All Sessions" clears only what this tab has touched."""
    for store in stores:
        do(desk, provider, tell, store=store, session_id="first tab")
    do(desk, provider, tell, snapshot="step-1")
    desk.set_aside()
    desk.close()
    again = another_process(desk)  # which has touched none of it
    again.reset()
    assert not any(again.store(store).session_ids() for store in stores)
    assert (again.records, again.progress, again.has_set_aside) == ((), Progress(), False)
    left = [path for path in again.folder.rglob("*") if path.is_file() and path.stat().st_size]
    assert left == []  # empty files remain: they name the stores that were opened
    record = do(again, provider, ask_name)
    assert record.returned == ()
    assert [row.key for row in record.added] == [1, 2]
    again.close()


@pytest.mark.parametrize("store", STORES)
def test_after_starting_over_the_numbering_begins_again(desk, provider, store):
    """This is so also where the sessions were open, and in memory."""
    do(desk, provider, tell, store=store)
    desk.reset()
    assert keys(desk, store) == []
    record = do(desk, provider, ask_name, store=store)
    assert (record.returned, record.problem) == ((), None)
    assert keys(desk, store) == [1, 2]


def test_starting_over_stops_what_is_running(desk, provider):
    model, never = SilentModel(), SilentModel()
    first = start(desk, provider, tell, make_agent=with_model(model))
    second = start(desk, provider, tell, make_agent=with_model(never))
    assert model.asked.wait(60)
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


@pytest.mark.parametrize("stores", all_kinds_in_two_parts())
def test_what_was_set_aside_comes_back_exactly(desk, provider, stores):
    for store in stores:
        do(desk, provider, tell, store=store)
    desk.advance(lambda now: Progress(4, (0,)))
    before, records = dump_desk(desk), desk.records
    desk.set_aside()
    assert not any(keys(desk, store) for store in stores)
    assert (desk.records, desk.progress, desk.has_set_aside) == (
        (),
        Progress(4, (0,)),
        True,
    )  # the place in the lesson stays
    do(desk, provider, tell, session_id="bob")
    desk.set_aside()  # what was set aside first stays
    desk.advance(lambda now: Progress(0, (0, 1)))
    assert desk.bring_back()
    assert dump_desk(desk) == before
    assert (desk.records, desk.progress, desk.has_set_aside) == (records, Progress(4, (0, 1)), False)
    assert desk.bring_back() is False


@pytest.fixture
def unsynced(monkeypatch):
    """A function that tells what a power cut could still undo at or below a path. SQLite itself syncs its files."""
    kept, fsync = set(), os.fsync

    def watched(number):
        kept.add(os.fstat(number).st_ino)
        fsync(number)

    monkeypatch.setattr(os, "fsync", watched)
    return lambda path: [
        one for one in [path, *path.rglob("*")] if one.stat().st_ino not in kept and ".db" not in one.name
    ]


@pytest.mark.parametrize("operation", ["restore", "set aside", "bring back", "step"])
def test_a_power_cut_finds_the_copy_or_the_rows(desk, provider, monkeypatch, unsynced, operation):
    """Nothing is deleted before what replaces it would outlive the cut."""
    kinds = ["sqlite_file", "json_files", "hosted_emulated"]
    for store in kinds:
        do(desk, provider, tell, store=store)
    here = walk.Walk(load_lesson("basic"), desk, "sqlite_file", provider)
    if operation == "step":
        walk.start_message(here, "I like tea", "alice").result(60)
    else:
        do(desk, provider, ask_name, snapshot="one")
    if operation == "bring back":
        desk.set_aside()
    copy = desk.folder / {"restore": "snapshots/one", "step": "snapshots/step-1"}.get(operation, "aside")
    looked = []

    def is_there(deleting):
        def delete(*given):
            looked.append(unsynced(copy))
            return deleting(*given)

        return delete

    def is_back(path, *into):
        if path == copy:
            looked.extend(unsynced(desk.folder / name) for name in ("records", "json_sessions", "progress.json"))
        discard(path, *into)

    for store in map(desk.store, kinds):
        for name in ("erase", "restore_from"):
            monkeypatch.setattr(store, name, is_there(getattr(store, name)))
    monkeypatch.setattr(restoring, "discard", is_back)
    monkeypatch.setattr(one_snapshot, "discard", is_back)
    {
        "restore": lambda: desk.restore("one"),
        "set aside": desk.set_aside,
        "bring back": desk.bring_back,
        "step": lambda: walk.start_step(here, 0).result(60),
    }[operation]()
    assert len(looked) >= len(kinds)
    assert [found for found in looked if found] == []


def test_steps_can_still_be_taken_back_after_a_challenge(desk, provider):
    """A step that is run on the empty tables of a challenge brings back the tables of the lesson first."""
    lesson = load_lesson("basic")
    do(desk, provider, tell, session_id="my own")
    states = []
    for index in range(2):
        states.append((dump_desk(desk), desk.progress))
        walk.start_step(walk.Walk(lesson, desk, "sqlite_file", provider), index).result(60)
    desk_before = dump_desk(desk)
    desk.set_aside()
    assert walk.step_back(desk) is False  # nothing was done on these tables
    do(desk, provider, tell, session_id="of the challenge")
    states.append((desk_before, Progress(2, store="sqlite_file")))
    assert walk.start_step(walk.Walk(lesson, desk, "sqlite_file", provider), 2).result(60).held
    assert not desk.has_set_aside
    for expected in reversed(states):
        assert walk.step_back(desk)
        assert (dump_desk(desk), desk.progress) == expected
    assert keys(desk, session_id="my own") == [1, 2]
    assert walk.step_back(desk) is False


def test_a_failed_step_is_taken_back_by_itself(desk, provider):
    lesson = load_lesson("basic")
    walk.start_step(walk.Walk(lesson, desk, "sqlite_file", provider), 0).result(60)
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
    assert desk.progress.steps_done == 1
    assert walk.step_back(desk)
    assert desk.progress == Progress(0)
    assert keys(desk) == []


@pytest.mark.parametrize("tries", [1, 3])
def test_messages_before_a_step_that_failed_come_back_after_it_was_run_again(desk, provider, tries):
    """Each try takes a copy of what is there. Only the copy of the first try had the messages, and the next one replaced it."""
    here = walk.Walk(load_lesson("basic"), desk, "sqlite_file", provider)
    failing = replace(here, lesson=replace(here.lesson, make_agent=with_model(FailingModel(RuntimeError("no")))))
    states = []
    for number in range(tries):
        assert walk.start_message(here, f"I like tea {number}", "alice").result(60).problem is None
        states.append((dump_desk(desk), desk.progress))
        assert walk.start_step(failing, 0).result(60).problem is not None
    states.append((dump_desk(desk), desk.progress))
    again = another_process(desk)
    here = replace(here, desk=again)
    assert walk.start_step(here, 0).result(60).held
    for expected in reversed(states):
        assert walk.step_back(again)
        assert (dump_desk(again), again.progress) == expected
    assert walk.step_back(again) is False
    again.close()


# Kills and failures. tests/kit/turns/test_kills.py has a kill at every call.


class Killed(BaseException):
    """Stands for the end of the process."""


def killed(*_given, **_options):
    raise Killed


def three_turns_and_a_snapshot(desk, provider):
    for _ in range(3):
        do(desk, provider, tell)
    do(desk, provider, ask_name, snapshot="one")
    assert keys(desk) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_kill_while_a_copy_is_deleted_loses_no_row(desk, provider, monkeypatch):
    """Half a copy was put back by the next step back: 0 of 6 rows were left, and it reported success."""
    three_turns_and_a_snapshot(desk, provider)
    rmtree = shutil.rmtree

    def half_deleted(path, **options):
        rmtree(path / "sqlite_file" if (path / "sqlite_file").exists() else path, **options)
        if path.exists():
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", half_deleted)
        with pytest.raises(Killed):
            another_process(desk)._snapshots.restore("one")
    again = another_process(desk)
    again.finish_begun()
    assert keys(again) == [1, 2, 3, 4, 5, 6]
    assert again.restore("one") is False
    assert keys(again) == [1, 2, 3, 4, 5, 6]
    again.close()


def test_a_step_back_that_a_kill_ended_is_finished_before_the_desk_is_used(desk, provider, monkeypatch):
    do(desk, provider, tell, store="json_files")
    three_turns_and_a_snapshot(desk, provider)
    do(desk, provider, ask_name, store="json_files")
    with monkeypatch.context() as patched:
        patched.setattr("lessons.kit.stores.sqlite.sqlite_file.SQLiteFile.restore_from", killed)
        with pytest.raises(Killed):
            another_process(desk)._snapshots.restore("one")
    again = another_process(desk)
    assert (keys(again), keys(again, "json_files")) == ([1, 2, 3, 4, 5, 6, 7, 8], [1, 2])
    record = do(again, provider, ask_name)
    assert record.problem is None
    assert len(record.returned) == 6
    assert keys(again, "json_files") == [1, 2]
    again.close()


def test_a_kill_while_a_step_is_given_what_the_last_step_left_loses_no_message(desk, provider, monkeypatch):
    here = walk.Walk(load_lesson("basic"), desk, "sqlite_file", provider)
    walk.start_step(here, 0).result(60)
    walk.start_message(here, "I like tea", "alice").result(60)
    before = dump_desk(desk)
    ready = PlannedTurn("", ask_name, "alice", "sqlite_file", provider, plain_agent, snapshot="step-2", step=1)
    with monkeypatch.context() as patched:
        patched.setattr("lessons.kit.turns.snapshots.restoring.put_back_records", killed)
        with pytest.raises(Killed):
            another_process(desk)._snapshots.make_ready(ready, desk.progress)
    assert dump_desk(desk) != before
    again = another_process(desk)
    again.finish_begun()
    assert dump_desk(again) == before
    assert [record.message for record in again.records] == ["My name is Alice", "I like tea"]
    again.close()


def test_setting_aside_that_a_kill_ended_before_the_copy_was_whole_has_changed_nothing(desk, provider, monkeypatch):
    do(desk, provider, tell)
    with monkeypatch.context() as patched:
        patched.setattr(one_snapshot.json, "dumps", killed)  # the manifest comes last
        with pytest.raises(Killed):
            another_process(desk)._snapshots.set_aside()
    again = another_process(desk)
    again.finish_begun()
    assert (keys(again), again.has_set_aside, len(again.records)) == ([1, 2], False, 1)
    again.close()


@pytest.mark.parametrize("harm", ["file", "cut", "manifest"])
def test_a_copy_that_is_not_whole_is_not_put_back(desk, provider, harm):
    three_turns_and_a_snapshot(desk, provider)
    copy = desk.folder / "snapshots" / "one"
    if harm == "cut":
        (copy / "sqlite_file" / "chat.db").write_bytes(b"")
    else:
        (copy / {"file": "sqlite_file/chat.db", "manifest": "manifest.json"}[harm]).unlink()
    with pytest.raises(Refused) as refused:
        desk.restore("one")
    assert refused.value.problem.what == "The copy 'one' is not whole: a file of it is missing or has changed."
    assert keys(desk) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert do(desk, provider, ask_name).problem is None
    desk.reset()
    assert not copy.exists()


def test_rows_of_a_store_that_cannot_be_used_now_stay_in_their_copy(desk, provider, monkeypatch):
    """Bringing back left them out and deleted the copy."""
    do(desk, provider, tell)
    do(desk, provider, tell, store="json_files")
    desk.set_aside()
    kinds = store_kinds()
    away = replace(kinds["json_files"], missing=lambda: "Set THE_VARIABLE.")
    monkeypatch.setattr(restoring, "store_kinds", lambda: {**kinds, "json_files": away})
    with pytest.raises(Refused) as refused:
        desk.bring_back()
    assert refused.value.problem.next == "Set THE_VARIABLE."
    assert (keys(desk), desk.has_set_aside) == ([], True)
    monkeypatch.undo()
    assert desk.bring_back()
    assert (keys(desk), keys(desk, "json_files")) == ([1, 2], [1, 2])


def test_a_step_back_that_is_half_done_is_finished_by_the_next_turn(desk, provider, monkeypatch):
    """The second store cannot be written: no turn may add rows that the end of the step back would delete."""
    do(desk, provider, tell, store="json_files")
    three_turns_and_a_snapshot(desk, provider)
    do(desk, provider, tell, store="json_files")
    monkeypatch.setattr(desk.store("sqlite_file"), "restore_from", lambda folder: no_room())
    with pytest.raises(Refused) as refused:
        desk.restore("one")
    assert refused.value.problem.kept == "It may be only half done."
    record = do(desk, provider, ask_name)
    assert record.problem.what == "The disk is full, or the quota on it is used up."
    assert (keys(desk), keys(desk, "json_files")) == ([1, 2, 3, 4, 5, 6, 7, 8], [1, 2])
    monkeypatch.undo()
    assert len(do(desk, provider, ask_name).returned) == 6
    assert desk.restore("one") is False


def no_room():
    raise OSError(28, "No space left on device", "chat.db")


def test_what_is_refused_before_anything_was_changed_is_not_tried_again(desk, provider, monkeypatch):
    three_turns_and_a_snapshot(desk, provider)
    monkeypatch.setattr(desk.store("sqlite_file"), "restore_from", lambda folder: no_room())
    with pytest.raises(Refused):
        desk.restore("one")
    assert do(desk, provider, ask_name).problem is None
    assert len(keys(desk)) == 10
    monkeypatch.undo()
    assert desk.restore("one")
    assert keys(desk) == [1, 2, 3, 4, 5, 6]
