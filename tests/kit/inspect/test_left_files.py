"""A file with a -wal next to it, which a killed program or a copy has left there."""

import shutil
import sqlite3

import pytest

from lessons.kit.inspect.opening import sqlite_file
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.stored import CannotRead
from tests.support.checked_sessions import found
from tests.support.stored_sessions import assistant, store, user


@pytest.fixture
def left(tmp_path):
    """A file with a -wal that holds its newest change, and no -shm."""
    path = store(tmp_path / "a.db", [user(), assistant()])
    writing = sqlite3.connect(path)
    writing.execute("PRAGMA journal_mode = WAL")
    writing.execute("UPDATE agent_messages SET message_data = '{half' WHERE id = 2")
    writing.commit()
    folder = tmp_path / "left"
    folder.mkdir()
    for name in ("a.db", "a.db-wal"):
        shutil.copyfile(tmp_path / name, folder / name)
    writing.close()
    return folder


def test_its_newest_change_is_read_and_no_file_is_made_next_to_it(left):
    before = {one.name: one.read_bytes() for one in left.iterdir()}
    assert ("warning", "not-json", (2,)) in found(left / "a.db")
    assert {one.name: one.read_bytes() for one in left.iterdir()} == before


def test_one_that_is_too_large_to_be_copied_is_refused_in_words(left, monkeypatch):
    monkeypatch.setattr(sqlite_file, "COPIED_BYTES", 10)
    with pytest.raises(CannotRead, match="too large to be copied"):
        SQLiteStorage(left / "a.db")
