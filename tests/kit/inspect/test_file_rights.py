"""Files and folders that the user may read or write only in part: what can be read is read, the rest is said in words."""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from lessons.kit.inspect.offered import FOLDER, offered, why_no_files
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.opening.storage import open_storage
from lessons.kit.inspect.stored import CannotRead
from tests.support.stored_sessions import assistant, store, user


@pytest.fixture
def folder(tmp_path):
    """A folder that can be removed afterwards, whatever rights a test gives it."""
    yield tmp_path
    for one in (tmp_path, *tmp_path.rglob("*")):
        one.chmod(0o700)


def left_by_a_writer(folder, ends):
    """A file in WAL mode as a writer that has it open leaves it, with those of its -wal and -shm that `ends` names."""
    with tempfile.TemporaryDirectory() as live:
        path = store(Path(live) / "a.db", [user()])
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("INSERT INTO agent_messages (session_id, message_data) VALUES ('s', '{}')")
            connection.commit()
            for end in ("", *ends):
                shutil.copyfile(f"{path}{end}", folder / f"a.db{end}")


def closed_wal(folder):
    path = store(folder / "a.db", [user(), assistant()])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


FILES = {
    "rollback": lambda folder: store(folder / "a.db", [user(), assistant()]),
    "WAL": closed_wal,
    "WAL with -wal": lambda folder: left_by_a_writer(folder, ["-wal"]),
    "WAL with -wal and -shm": lambda folder: left_by_a_writer(folder, ["-wal", "-shm"]),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_in_a_folder_that_cannot_be_written_is_read_and_nothing_is_left(folder, name):
    FILES[name](folder)
    for one in folder.iterdir():
        one.chmod(0o444)
    folder.chmod(0o555)
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    with closing(SQLiteStorage(folder / "a.db")) as storage:
        (pair,) = storage.pairs()
        (head,) = storage.newest(pair, 5)
        assert [row.key for row in storage.read(head).rows] == [1, 2]
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
def test_the_file_that_may_not_be_read_is_named(folder, end):
    left_by_a_writer(folder, ["-wal", "-shm"])
    (folder / f"a.db{end}").chmod(0)
    with pytest.raises(CannotRead, match=rf"^a\.db{end} may not be read by this user\.$"):
        SQLiteStorage(folder / "a.db").pairs()


def test_a_wal_that_may_not_be_read_and_has_no_shm_is_named(folder):
    left_by_a_writer(folder, ["-wal"])
    (folder / "a.db-wal").chmod(0)
    with pytest.raises(CannotRead, match=r"^a\.db-wal may not be read by this user\.$"):
        SQLiteStorage(folder / "a.db")


def test_without_room_for_a_copy_it_is_said_what_is_missing(folder, monkeypatch):
    left_by_a_writer(folder, ["-wal"])
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "none"))
    with pytest.raises(CannotRead, match=r"cannot be written to the folder for temporary files: No such file"):
        SQLiteStorage(folder / "a.db")


@pytest.mark.parametrize("rights", [0o000, 0o444, 0o111], ids=["none", "r", "x"])
def test_a_folder_that_is_closed_offers_nothing_and_the_page_says_why(folder, rights):
    inside = folder / "inside"
    inside.mkdir()
    store(inside / "a.db", [user()])
    environment = {FOLDER: str(inside)}
    assert (offered(environment), why_no_files(environment, ["a.db"])) == (("a.db",), "")
    inside.chmod(rights)
    assert offered(environment) == ()
    for names in ((), ("CHAT_URL",)):
        assert "that the app may not read: it needs the rights r and x" in why_no_files(environment, names)


def test_a_folder_that_is_closed_while_a_file_is_open_is_told_in_words(folder):
    inside = folder / "inside"
    inside.mkdir()
    store(inside / "a.db", [user()])
    storage = open_storage(str(inside / "a.db"), {})
    inside.chmod(0)
    for look in (storage.pairs, lambda: storage.changed(None), lambda: SQLiteStorage(inside / "a.db")):
        with pytest.raises(CannotRead, match=r"a\.db is in a folder that may not be read by this user"):
            look()
    storage.close()
    (folder / "inside").chmod(0o700)


def test_a_folder_without_files_and_one_that_does_not_exist_are_told_apart(folder):
    assert "has no file that ends in .db, .sqlite" in why_no_files({FOLDER: str(folder)}, ())
    assert why_no_files({FOLDER: str(folder / "none")}, ()) == f"{FOLDER} names a folder that does not exist."
    assert why_no_files({}, ()) == ""
