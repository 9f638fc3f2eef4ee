"""Findings are kept while the rows are the same, and are never shown for rows that have changed."""

import os
import sqlite3
import time

import pytest

from lessons.kit.inspect import browse, listing
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.running.kept import Kept, can_be_kept, name_of
from tests.support.checked_sessions import KEY, advanced, envelope
from tests.support.stored_sessions import assistant, call, output, store, user


@pytest.fixture
def runs(monkeypatch):
    """The calls so far that looked into a session."""
    made = []
    for module, name in ((listing, "findings_in"), (browse, "look_at")):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *of, real=real: (made.append(of), real(*of))[1])
    return made


def codes(path, settings=Settings()):  # noqa: B008
    """What the list says, and what the page of the session "s" says."""
    storage = SQLiteStorage(path)
    try:
        *_, shown = listing.checked(storage, listing.list_sessions(storage, settings), settings)
        found = browse.open_session(storage, "s", None, settings).findings
    finally:
        storage.close()
    (listed,) = [look.findings for look in shown.sessions if look.head.session_id == "s"]
    assert [one.code for one in listed] == [one.code for one in found]
    return [one.code for one in found]


def change(path, statement):
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("statement", "after"),
    [
        # The same length and the same time of last use as before.
        ("UPDATE agent_messages SET message_data = replace(message_data, 'call_1', 'call_2') WHERE id = 2", ["output"]),
        ("DELETE FROM agent_messages WHERE id = 2", ["output"]),
        ("DELETE FROM agent_messages WHERE id > 1", ["unanswered"]),
        ("DELETE FROM agent_sessions", ["message"]),
    ],
)
def test_the_same_rows_are_looked_into_once_and_changed_rows_again(tmp_path, runs, statement, after):
    path = store(tmp_path / "a.db", [user("Where?"), call(), output(), assistant("There.", f"msg_{tmp_path.name}")])
    assert codes(path) == codes(path) == []
    assert len(runs) == 2  # the list's, and that of the page
    change(path, statement)
    storage = SQLiteStorage(path)
    found = browse.open_session(storage, "s", None, Settings()).findings
    storage.close()
    assert {one.code.partition("-")[0] for one in found} >= set(after)
    assert len(runs) == 3


class Reads(SQLiteStorage):
    """Notes which sessions were read."""

    def __init__(self, path):
        self.ids = []
        super().__init__(path)

    def read(self, head, *limit):
        self.ids.append(head.session_id)
        return super().read(head, *limit)


def listed(path, settings=Settings()):  # noqa: B008
    """The sessions as the list has them at first and at the end, and the ids of those that it read."""
    storage = Reads(path)
    try:
        shown = listing.list_sessions(storage, settings)
        looks = [one.sessions for one in listing.checked(storage, shown, settings)]
    finally:
        storage.close()
    return looks[0], looks[-1], storage.ids


def is_old(monkeypatch):
    """By the app's clock, every file was last written long ago."""
    at = time.time_ns
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_file.time.time_ns", lambda: at() + 10**11)


def test_sessions_of_a_file_that_nobody_has_written_are_not_read_again(tmp_path, monkeypatch):
    path = store(tmp_path / "a.db", [user(), output(), assistant("There.", f"msg_{tmp_path.name}")])
    is_old(monkeypatch)
    _, looks, read = listed(path)
    assert read == ["s"]
    assert listed(path) == (looks, looks, [])
    assert [one.code for one in looks[0].findings] == ["output-without-call"]
    assert listed(path, Settings(limit=5))[2] == ["s"]


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_sessions_of_a_file_that_was_written_are_read_again(tmp_path, monkeypatch, mode):
    path = store(tmp_path / "a.db", [user(), output(), assistant("There.", f"msg_{tmp_path.name}")])
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute(f"PRAGMA journal_mode = {mode}")
    is_old(monkeypatch)
    try:
        listed(path)
        before = path.stat()
        # The same length and time of last use as before, and the time of the file is set back.
        writer.execute(
            "UPDATE agent_messages SET message_data = replace(message_data, 'call_1', 'call_2') WHERE id = 2"
        )
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert listed(path)[2] == ["s"]
    finally:
        writer.close()


def test_sessions_of_a_file_that_has_just_been_written_are_read_again(tmp_path, monkeypatch):
    path = store(tmp_path / "a.db", [user(), output(), assistant("There.", f"msg_{tmp_path.name}")])
    at = path.stat().st_ctime_ns + 10**9
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_file.time.time_ns", lambda: at)
    assert listed(path)[2] == listed(path)[2] == ["s"]


def test_other_settings_are_looked_into_for_themselves(tmp_path, runs):
    path = store(tmp_path / "a.db", [user(), output(), assistant("There.", f"msg_{tmp_path.name}")])
    assert codes(path) == ["output-without-call"]
    storage = SQLiteStorage(path)
    limited = browse.open_session(storage, "s", None, Settings(limit=5)).findings
    storage.close()
    assert [one.level for one in limited] == ["warning"]
    assert len(runs) == 3


def test_a_change_of_the_structure_alone_is_seen(tmp_path):
    path = advanced(tmp_path / "a.db", [user(), assistant("There.", f"msg_{tmp_path.name}")])
    assert codes(path) == []
    change(path, "DELETE FROM message_structure WHERE message_id = 1")
    assert codes(path) == ["rows-without-structure"]
    storage = SQLiteStorage(path)
    (head,) = storage.newest(storage.pairs()[0], 1)
    before = name_of(storage.read(head), Settings())
    change(path, "UPDATE message_structure SET tool_name = 'look'")
    assert name_of(storage.read(head), Settings()) != before
    storage.close()


def test_rows_that_expire_are_looked_into_each_time(tmp_path, monkeypatch):
    path = store(tmp_path / "a.db", [envelope(user()), envelope(assistant())])
    assert codes(path, Settings(ttl=60)) == ["encrypted"]
    (before,) = says(path)
    now = time.time()
    monkeypatch.setattr("lessons.kit.inspect.findings.encryption.time.time", lambda: now + 100)
    (after,) = says(path)
    assert "2 of 2 are older" not in before
    assert "2 of 2 are older" in after


def says(path):
    storage = SQLiteStorage(path)
    found = [one.says for one in browse.open_session(storage, "s", None, Settings(ttl=60)).findings]
    storage.close()
    return found


def test_nothing_is_kept_with_a_key_and_what_was_not_asked_for_goes_first(tmp_path):
    storage = SQLiteStorage(store(tmp_path / "a.db", [user()]))
    (head,) = storage.newest(storage.pairs()[0], 1)
    stored = storage.read(head)
    storage.close()
    assert can_be_kept(Case(stored, Settings()))
    assert not can_be_kept(Case(stored, Settings(key=KEY)))
    kept = Kept[str](10)
    kept.put(b"a", "a", 5)
    kept.put(b"b", "b", 5)
    assert kept.get(b"a") == "a"
    kept.put(b"c", "c", 5)
    kept.put(b"too heavy", "d", 11)
    assert [kept.get(name) for name in (b"a", b"b", b"c", b"too heavy")] == ["a", None, "c", None]
