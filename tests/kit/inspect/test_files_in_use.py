"""A SQLite file that another program writes: a look at it is short, since without WAL it makes the writer wait."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from lessons.kit.inspect.check import check_storage
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.opening import sqlite_lists, sqlite_storage
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.stored import TimeIsUp
from lessons.kit.inspect.wanted import Wanted
from tests.support.stored_sessions import store, user


@pytest.fixture
def path(tmp_path):
    """Thirty sessions, and some whose id, time or row is missing or strange."""
    made = tmp_path / "a.db"
    for number in range(30):
        store(made, [user(f"Hello {number}")] * (1 + number % 3), f"s{number:02}")
    odd_ids = [("b", b"bytes"), ("n", 7), ("r", 2.5)]
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("UPDATE agent_sessions SET updated_at = '2026-11-0' || (rowid % 4)")
        for one, used in (
            ("s05", "NULL"),
            ("s06", "7"),
            ("s07", "x'ff'"),
            ("s08", "CAST(x'ff' AS TEXT)"),
            ("s09", "2.5"),
        ):
            connection.execute(f"UPDATE agent_sessions SET updated_at = {used} WHERE session_id = '{one}'")
        connection.execute("DELETE FROM agent_sessions WHERE session_id IN ('s00', 's11', 's12', 's29')")
        connection.execute("DELETE FROM agent_sessions WHERE rowid BETWEEN 14 AND 20")
        connection.execute("INSERT INTO agent_sessions (rowid, session_id) VALUES (-3, 'below zero')")
        connection.executemany(
            "INSERT INTO agent_messages (session_id, message_data, created_at) VALUES (?2, '{}', ?1)", odd_ids
        )
        connection.commit()
    return made


def lists(path):
    with closing(SQLiteStorage(path)) as storage:
        (pair,) = storage.pairs()
        return (
            storage.newest(pair, 100),
            storage.newest(pair, 7, "2026-11-02"),
            [storage.listing(pair, 5, first, day) for first in (0, 3, 18, 40) for day in ("", "2026-11-02")],
            [sorted(map(str, storage.unlisted(pair, limit))) for limit in (100, -1)],
            len(storage.unlisted(pair, 2)),
            storage.days(pair),
        )


@pytest.mark.parametrize("look_up", [1, 1_000], ids=["long sessions", "short sessions"])
@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_lists_that_are_read_in_slices_are_the_same(path, monkeypatch, size, look_up):
    whole = lists(path)
    assert len(whole[0]) > 30
    monkeypatch.setattr(sqlite_lists, "_LOOK_UP", look_up)
    monkeypatch.setattr(sqlite_lists, "_LISTED_SLICE", size)
    monkeypatch.setattr(sqlite_lists, "_IDS_SLICE", size)
    assert lists(path) == whole


def found(path):
    with closing(SQLiteStorage(path)) as storage:
        (pair,) = storage.pairs()
        return (
            [
                storage.search(pair, words, limit)
                for words in ("hello", "Hello 7", "s1", "7", "none")
                for limit in (3, 90)
            ],
            [storage.newest_rows(pair, limit) for limit in (1, 7, 100)],
        )


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_search_that_is_read_in_slices_finds_the_same(path, monkeypatch, count):
    monkeypatch.setattr(sqlite_storage.SQLiteStorage, "_is_in_key_order", lambda *_: False)
    whole = found(path)
    assert [len(hits) for hits in whole[0]][:4] == [3, 30, 1, 1]
    monkeypatch.undo()
    monkeypatch.setattr(sqlite_storage, "_FIRST_SLICE", count)
    monkeypatch.setattr(sqlite_storage, "_TOGETHER_SECONDS", 0)
    assert found(path) == whole


def test_a_search_in_a_file_that_is_written_all_the_time_takes_short_looks_and_is_not_refused(path, monkeypatch):
    """Between two statements of one look, a writer must not come: the second one would find the file locked."""
    monkeypatch.setattr(sqlite_storage, "_FIRST_SLICE", 3)
    monkeypatch.setattr(sqlite_storage, "_TOGETHER_SECONDS", 0)
    looks = list[int]()
    with (
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as writer,
        closing(SQLiteStorage(path)) as storage,
    ):
        (pair,) = storage.pairs()
        writer.execute("PRAGMA journal_mode = DELETE")
        storage._connection, storage._seen = storage._open(is_written=True)
        text, look = storage._search_text, storage.from_one_state

        def search(*given):
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                writer.execute("UPDATE agent_messages SET id = id")
            return text(*given)

        monkeypatch.setattr(storage, "_search_text", search)

        def counted(one):
            writer.execute("UPDATE agent_messages SET id = id")
            looks.append(1)
            return look(one)

        monkeypatch.setattr(storage, "from_one_state", counted)
        assert len(storage.search(pair, "hello", 90)) == 30
    assert len(looks) > 20


@pytest.mark.parametrize("key", ["id INTEGER", "id BIGINT PRIMARY KEY", "id INT"])
def test_rows_that_are_not_in_the_order_of_their_keys_are_searched_in_one_look(tmp_path, key, monkeypatch):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE own_messages ({key}, session_id TEXT, message_data TEXT)")
        rows = [(5, "a", "hello"), (9, "b", "hello"), (2, "c", "hello"), (7, "a", "hello")]
        connection.executemany("INSERT INTO own_messages VALUES (?, ?, ?)", rows)
        connection.commit()
    monkeypatch.setattr(sqlite_storage, "_FIRST_SLICE", 1)
    with closing(SQLiteStorage(path)) as storage:
        (pair,) = storage.pairs()
        looks, look = list[Any](), storage._search_text
        monkeypatch.setattr(storage, "_search_text", lambda *given: looks.append(given) or look(*given))
        assert [(hit.session_id, hit.key) for hit in storage.search(pair, "hello", 5)] == [("b", 9), ("a", 7), ("c", 2)]
        assert len(looks) == 1
        assert [row.key for _, row in storage.newest_rows(pair, 3)] == [9, 7, 5]


def test_a_search_ends_when_the_time_for_it_is_up(path, monkeypatch):
    monkeypatch.setattr(sqlite_storage, "_FIRST_SLICE", 3)
    monkeypatch.setattr(sqlite_storage, "STATEMENT_SECONDS", -1)
    with closing(SQLiteStorage(path)) as storage:
        (pair,) = storage.pairs()
        with pytest.raises(TimeIsUp, match=r"a\.db: a statement took longer"):
            storage.search(pair, "none", 5)


def test_each_slice_is_read_in_another_look(path, monkeypatch):
    def looks():
        with closing(SQLiteStorage(path)) as storage:
            pairs, seen = storage.pairs(), []
            look = storage.from_one_state
            monkeypatch.setattr(storage, "from_one_state", lambda one: seen.append(one) or look(one))
            storage.newest(pairs[0], 5)
            return len(seen)

    before = looks()
    monkeypatch.setattr(sqlite_lists, "_LISTED_SLICE", 5)
    monkeypatch.setattr(sqlite_lists, "_IDS_SLICE", 5)
    assert looks() > before + 5


def test_without_an_index_and_without_row_ids_the_lists_are_read_in_one_look(path, monkeypatch):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DROP INDEX idx_agent_messages_session_id; ALTER TABLE agent_sessions RENAME TO before;"
            "CREATE TABLE agent_sessions (session_id TEXT PRIMARY KEY, created_at TEXT, updated_at TEXT) WITHOUT ROWID;"
            "INSERT INTO agent_sessions SELECT * FROM before; DROP TABLE before;"
        )
    whole = lists(path)
    monkeypatch.setattr(sqlite_lists, "_LISTED_SLICE", 2)
    monkeypatch.setattr(sqlite_lists, "_IDS_SLICE", 2)
    assert lists(path) == whole


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_the_sessions_of_a_file_in_use_are_read_in_few_looks(path, monkeypatch, mode):
    with closing(sqlite3.connect(path)) as writer:
        writer.execute(f"PRAGMA journal_mode = {mode}")
        writer.execute("UPDATE agent_messages SET id = id")  # a transaction that has not ended
        with closing(SQLiteStorage(path)) as storage:
            seen, look = [], storage.from_one_state
            monkeypatch.setattr(storage, "from_one_state", lambda one: seen.append(one) or look(one))
            report = check_storage(storage, Settings(), Wanted())
            assert report.sessions > 30
            assert report.is_complete
            assert len(seen) < report.sessions / 2


def test_sessions_of_many_characters_are_read_in_several_looks_and_none_is_left_out(path, monkeypatch):
    with closing(SQLiteStorage(path)) as storage:
        whole = check_storage(storage, Settings(), Wanted())
        monkeypatch.setattr(sqlite_storage, "_TOGETHER_CHARACTERS", 50)
        (pair,) = storage.pairs()
        assert len(storage.read_together(storage.newest(pair, 20))) < 5
        assert check_storage(storage, Settings(), Wanted()) == whole


def test_a_session_that_cannot_be_read_takes_no_other_session_with_it(path, monkeypatch):
    with closing(SQLiteStorage(path)) as storage:
        rows = storage._rows_of

        def damaged(head, limit):
            if head.session_id == "s07":
                raise sqlite3.DatabaseError("database disk image is malformed")
            return rows(head, limit)

        whole = check_storage(storage, Settings(), Wanted()).sessions
        monkeypatch.setattr(storage, "_rows_of", damaged)
        report = check_storage(storage, Settings(), Wanted())
        assert report.sessions == whole - 1
        assert [one.sessions for one in report.incomplete] == [("s07",)]


def test_sessions_and_rows_that_are_deleted_while_they_are_checked_end_no_check(path):
    with closing(SQLiteStorage(path)) as storage, closing(sqlite3.connect(path, isolation_level=None)) as writer:
        deleted = []

        def delete(stored):
            deleted.append(stored.session_id)
            writer.execute("DELETE FROM agent_messages WHERE session_id NOT LIKE ?", (stored.session_id,))

        report = check_storage(storage, Settings(), Wanted(), delete)
        assert report.sessions == len(deleted) > 30
        assert report.is_complete
