"""Storage that fails: locked, damaged, foreign, read-only, gone or full."""

import os
import shutil
import sqlite3
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from agents import Runner

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.problems.problem import Refused
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.damage import damages_of, settle
from tests.support.kills import in_fork
from tests.support.turns import ask_name, do, insert_row, start, stored, tell


@pytest.fixture
def lesson():
    return load_lesson("basic")


@contextmanager
def locked(path):
    """Another program is in the middle of a write."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


def test_a_lock_that_is_released_in_time_is_waited_for(told, provider):
    connection = sqlite3.connect(told.store("sqlite_file").path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    turn = start(told, provider, ask_name)
    threading.Timer(0.3, connection.rollback).start()
    record = turn.result(60)
    connection.close()
    assert record.problem is None
    assert record.milliseconds > 200


@pytest.mark.matrix  # the SDK waits five seconds for a lock
def test_a_locked_database_fails_the_turn_and_nobody_else(told, provider):
    other = open_desk(new_visitor(), "basic")
    with locked(told.store("sqlite_file").path):
        turn = start(told, provider, ask_name)
        assert do(other, provider, tell).problem is None
        assert told.running() == [turn]
        assert len(stored(told)) == 2  # and the page can still be drawn
        record = turn.result(60)
    assert "locked" in record.problem.what
    assert record.problem.kept == "Nothing was stored in this turn; all rows that were there before are kept."
    assert "end its transaction" in record.problem.next
    assert do(told, provider, ask_name).was_sent("alice")
    other.close()


def damage(path):
    path.write_bytes(b"this is not a database" * 500)


def test_a_damaged_file_is_told_and_a_reset_makes_a_new_one(desk, provider):
    path = desk.store("sqlite_file").path
    damage(path)
    with pytest.raises(Refused) as refused:
        desk.store("sqlite_file").page("alice")
    assert "not a usable SQLite database" in refused.value.problem.what
    record = do(desk, provider, tell)
    assert "not a usable SQLite database" in record.problem.what
    assert record.session_id == "alice"
    desk.reset()
    assert do(desk, provider, tell).problem is None
    assert len(stored(desk)) == 2


def test_a_damaged_file_that_is_moved_away_is_forgotten(desk, provider):
    path = desk.store("sqlite_file").path
    damage(path)
    with pytest.raises(Refused):
        desk.store("sqlite_file").page("alice")
    path.rename(path.with_suffix(".broken"))
    assert do(desk, provider, tell).problem is None
    assert len(stored(desk)) == 2


def test_a_file_that_is_damaged_during_the_turn_does_not_cost_the_reply(desk, provider):
    async def run_and_damage(agent, session):
        result = await Runner.run(agent, "My name is Alice", session=session)
        path = Path(session.db_path)
        session.close()
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(name).unlink(missing_ok=True)
        damage(path)
        return result

    record = do(desk, provider, run_and_damage)
    assert "Alice" in record.reply
    assert record.problem.what
    assert record.requests[0].count == 1


def test_a_file_that_another_has_replaced_is_read(desk, provider):
    do(desk, provider, tell)
    store = desk.store("sqlite_file")
    assert len(stored(desk)) == 2
    with closing(sqlite3.connect(store.path)) as live, closing(sqlite3.connect(f"{store.path}.other")) as other:
        live.backup(other)
        other.execute("DELETE FROM agent_messages WHERE id = 2")
        other.commit()
    store.close_sessions()
    for end in ("-wal", "-shm"):
        Path(f"{store.path}{end}").unlink(missing_ok=True)
    Path(f"{store.path}.other").replace(store.path)
    assert len(stored(desk)) == 1


def test_a_step_on_a_damaged_file_fails_and_stepping_back_deletes_nothing(desk, provider, lesson):
    do(desk, provider, tell, store="sqlite_custom_tables")
    damage(desk.store("sqlite_file").path)
    record = walk.start_step(walk.Walk(lesson, desk, "sqlite_file", provider), 0).result(60)
    assert "not a usable SQLite database" in record.problem.what
    assert desk.progress.steps_done == 0
    assert walk.step_back(desk) is False
    assert len(stored(desk, "sqlite_custom_tables")) == 2
    assert desk.store("sqlite_file").path.read_bytes().startswith(b"this is not a database")


def test_a_foreign_database_keeps_its_tables(desk, provider):
    path = desk.store("sqlite_file").path
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE cities (name TEXT)")
        other.execute("INSERT INTO cities VALUES ('Oslo')")
    assert stored(desk) == []
    assert desk.store("sqlite_file").session_ids() == []
    assert do(desk, provider, tell).problem is None
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT * FROM cities").fetchall() == [("Oslo",)]


def test_a_foreign_table_of_the_same_name_is_told_and_left_alone(desk, provider):
    path = desk.store("sqlite_file").path
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE agent_messages (number INTEGER, body TEXT)")
        other.execute("INSERT INTO agent_messages VALUES (1, 'mine')")
    with pytest.raises(Refused) as refused:
        stored(desk)
    assert "no such column" in refused.value.problem.what
    record = do(desk, provider, tell)
    assert "no such column" in record.problem.what
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT * FROM agent_messages").fetchall() == [(1, "mine")]


def test_rows_that_are_no_items_do_not_stop_a_turn(told, provider):
    path = told.store("sqlite_file").path
    for data in ("{broken", "null", b"\xff\xfe", 7, '{"role": "assistant", "content": [1, null]}'):
        insert_row(path, "alice", data)
    record = do(told, provider, ask_name)
    assert len(record.ledger.lines) >= 8
    page = told.store("sqlite_file").page("alice")
    assert page.total == len(page.rows)


def test_a_data_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SESSIONS_DATA_DIR", str(tmp_path / "file" / "data"))
    with pytest.raises(Refused) as refused:
        open_desk(new_visitor(), "basic")
    assert "Not a directory" in refused.value.problem.what
    assert str(tmp_path) not in refused.value.problem.what
    assert "SESSIONS_DATA_DIR" in refused.value.problem.next


def refused_as_nobody(visitor):
    """What a process says that may read the data folder and not write it. It is not root, who may write everywhere."""

    def opened():
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        try:
            open_desk(visitor, "basic")
        except Refused as refused:
            return refused.problem.what
        return "it was opened"

    # A fork has the locks of this process and none of the threads that would release them. If it waits for ever, it is ended.
    return in_fork(opened)[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="another user's process is made with fork()")
def test_a_data_folder_that_may_not_be_written(told, data_folder):
    """Nothing is lost when the folder becomes read-only: the visitor is refused, and has the rows afterwards."""
    inside = [path for path in (data_folder, *data_folder.rglob("*")) if path.is_dir()]
    above = [folder for folder in data_folder.parents if folder.stat().st_uid == os.getuid()]
    modes = {folder: folder.stat().st_mode for folder in (*inside, *above)}
    try:
        for folder in inside:
            folder.chmod(0o555)
        for folder in above:
            folder.chmod(modes[folder] | 0o555)
        said = refused_as_nobody(told.workspace.visitor)
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)
    assert said == "The data folder cannot be written: Permission denied (data)."
    assert len(stored(told)) == 2


def test_a_data_folder_that_is_deleted_while_the_app_runs(told, provider, data_folder):
    visitor = told.workspace.visitor
    shutil.rmtree(data_folder)
    again = open_desk(visitor, "basic")
    assert again.records == ()
    assert do(again, provider, tell).problem is None
    assert [row.key for row in again.store("sqlite_file").page("alice").rows] == [1, 2]
    again.close()


def test_records_that_cannot_be_saved_do_not_cost_the_turn(told, provider):
    folder = told.folder / "records"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file where the folder should be")
    record = do(told, provider, ask_name)
    assert "Alice" in record.reply
    assert record.problem.what.startswith("The record of this turn was not saved.")
    assert len(told.records) == 2  # once, and not once as a success and once as a failure
    folder.unlink()
    assert do(told, provider, ask_name).problem is None


def test_a_full_folder_takes_no_more_and_loses_nothing(told, provider, lesson, monkeypatch):
    monkeypatch.setenv("SESSIONS_VISITOR_LIMIT_MB", "0.01")
    desk = open_desk(told.workspace.visitor, "full")
    desk.make_folder()
    (desk.folder / "large.bin").write_bytes(b"0" * 20_000)
    with pytest.raises(Refused) as refused:
        walk.start_message(walk.Walk(lesson, desk, "sqlite_file", provider), "Hello", "alice")
    assert "Your storage is full" in refused.value.problem.what
    assert desk.running() == []
    assert len(stored(told)) == 2
    assert (desk.folder / "large.bin").stat().st_size == 20_000
    desk.reset()
    desk.close()


@pytest.mark.parametrize(
    ("store", "pattern"),
    [("sqlite_file", "chat.db"), ("json_files", "alice*.json"), ("hosted_emulated", "sessions.json")],
)
@pytest.mark.parametrize("damage", ["text", "truncated", "folder", "named pipe"])
def test_stepping_back_puts_a_copy_in_the_place_of_what_is_damaged(desk, provider, store, pattern, damage):
    do(desk, provider, tell, store=store)
    do(desk, provider, ask_name, store=store, snapshot="one")
    desk.close()
    (path,) = [found for found in desk.folder.rglob(pattern) if "snapshots" not in found.parts]
    settle(path)
    damages_of(path)[damage](path)
    assert desk.restore("one")
    assert len(stored(desk, store)) == 2
    assert do(desk, provider, ask_name, store=store).problem is None
