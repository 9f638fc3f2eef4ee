"""The list of sessions: a page at once, which reads little, and what is found after that."""

import asyncio
import sqlite3
import threading

import pytest
from agents import SQLiteSession

from lessons.kit.inspect.browse import open_session, picture_of, read_again
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.listing import checked, days_of, list_sessions, list_unlisted
from lessons.kit.inspect.opening import sqlite_lists
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.running.apart import SHORT, apart
from lessons.kit.inspect.running.kept import Kept
from lessons.kit.inspect.stored import CannotRead, StoredSession
from tests.support.stored_sessions import assistant, output, store, user


def many(path, count, text="Where is my order?"):
    for number in range(count):
        times = [f"2026-11-{1 + number // 30:02} 09:{number % 30:02}:00"] * 2
        store(path, [user(text), assistant(id_=f"msg_{number}")], f"s{number:02}", times=times)
    return path


def ids(shown):
    return [look.head.session_id for look in shown.sessions]


@pytest.fixture
def storage(tmp_path):
    storage = SQLiteStorage(many(tmp_path / "a.db", 120))
    yield storage
    storage.close()


def test_a_page_is_listed_without_reading_a_session(storage, monkeypatch):
    monkeypatch.setattr(storage, "read", lambda *_: pytest.fail("a session was read"))
    first, second, last = (list_sessions(storage, Settings(), page) for page in (1, 2, 3))
    assert ids(first) + ids(second) + ids(last) == [f"s{number:02}" for number in reversed(range(120))]
    assert (first.total, first.is_more) == (120, False)
    assert {(look.first, look.items, look.findings) for look in first.sessions} == {("Where is my order?", 2, None)}
    assert ids(list_sessions(storage, Settings(), 1, day="2026-11-01")) == [f"s{n:02}" for n in reversed(range(30))]
    assert days_of(storage) == {f"2026-11-0{day}": 30 for day in (1, 2, 3, 4)}


def test_a_search_stops_at_the_end_of_its_page(storage):
    first, last = (list_sessions(storage, Settings(), page, "order") for page in (1, 3))
    assert ids(first) == [f"s{number:02}" for number in reversed(range(70, 120))]
    assert (first.total, first.is_more) == (50, True)
    assert (ids(last), last.total, last.is_more) == ([f"s{number:02}" for number in reversed(range(20))], 120, False)
    on_a_day = list_sessions(storage, Settings(), 1, "order", "2026-11-01")
    assert (ids(on_a_day), on_a_day.is_more) == ([f"s{number:02}" for number in reversed(range(30))], False)


def test_findings_come_after_the_list_and_what_cannot_be_read_is_named(tmp_path, monkeypatch):
    path = store(tmp_path / "a.db", [user(), output(), assistant()], "wrong", times=["2026-11-01 09:00:00"] * 3)
    store(path, [user(), assistant(id_="msg_2")], "fine", times=["2026-11-02 09:00:00"] * 2)
    storage = SQLiteStorage(path)
    shown = list_sessions(storage, Settings())
    *_, whole = checked(storage, shown, Settings())
    assert [[one.code for one in look.findings] for look in whole.sessions] == [[], ["output-without-call"]]
    assert [(look.turns, look.characters > 0) for look in whole.sessions] == [(1, True), (1, True)]
    read = storage.read

    def refuse(head, *more):
        if head.session_id == "fine":
            raise CannotRead("a.db is damaged.")
        return read(head, *more)

    monkeypatch.setattr(storage, "read", refuse)
    *_, part = checked(storage, shown, Settings())
    assert [look.findings is None for look in part.sessions] == [True, False]
    assert part.incomplete == ("Session fine: a.db is damaged.",)
    storage.close()


@pytest.mark.parametrize("look_up", [1, 1_000], ids=["long sessions", "short sessions"])
def test_sessions_that_no_row_lists_are_found_by_themselves_and_by_a_search(tmp_path, monkeypatch, look_up):
    monkeypatch.setattr(sqlite_lists, "_LOOK_UP", look_up)
    path = many(tmp_path / "a.db", 2)
    store(path, [user("Lost?")], "s00 lost")  # neither the first nor the last id
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM agent_sessions WHERE session_id = 's00 lost'")
    storage = SQLiteStorage(path)
    assert ids(list_sessions(storage, Settings())) == ["s01", "s00"]
    assert [look.head.session_id for look in list_unlisted(storage, Settings())] == ["s00 lost"]
    for words in ("lost", "ost?"):
        assert ids(list_sessions(storage, Settings(), 1, words)) == ["s00 lost"]
    storage.close()


def test_several_pairs_of_tables_are_one_list_in_the_order_of_their_last_use(tmp_path):
    path = many(tmp_path / "a.db", 60)
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "CREATE TABLE b_sessions AS SELECT 'b' || session_id AS session_id, created_at, updated_at FROM agent_sessions;"
            "CREATE TABLE b_messages (id INTEGER PRIMARY KEY, session_id TEXT, message_data TEXT, created_at TEXT,"
            " FOREIGN KEY (session_id) REFERENCES b_sessions (session_id));"
        )
    storage = SQLiteStorage(path)
    pages = [list_sessions(storage, Settings(), page) for page in (1, 2, 3)]
    assert [len(page.sessions) for page in pages] == [50, 50, 20]
    used = [look.head.used for page in pages for look in page.sessions]
    assert used == sorted(used, reverse=True)
    assert len({one for page in pages for one in ids(page)}) == pages[0].total == 120
    storage.close()


def test_a_change_of_the_file_between_two_looks_is_seen(tmp_path):
    path = many(tmp_path / "a.db", 2)
    storage = SQLiteStorage(path)
    assert [look.items for look in list_sessions(storage, Settings()).sessions] == [2, 2]
    store(path, [user("more")], "s00", listed=False, times=["2026-12-01 09:00:00"])
    store(path, [user("new")], "new", times=["2026-12-02 09:00:00"])
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE agent_sessions SET updated_at = '2026-12-01 09:00:00' WHERE session_id = 's00'")
    shown = list_sessions(storage, Settings())
    assert [(look.head.session_id, look.items) for look in shown.sessions] == [("new", 1), ("s00", 3), ("s01", 2)]
    storage.close()


def test_a_list_of_a_file_to_which_nothing_was_written_is_not_read_again(tmp_path, monkeypatch):
    """A page is drawn again with each click. What another process writes is seen, and what was read with a key is not kept."""
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_file._COARSE_NANOSECONDS", 0)
    path = many(tmp_path / "a.db", 3)
    read = []
    monkeypatch.setattr(
        SQLiteStorage,
        "listing",
        lambda self, *asked, listing=SQLiteStorage.listing: read.append(1) or listing(self, *asked),
    )

    def look(settings=Settings(), words=""):  # noqa: B008
        storage = SQLiteStorage(path)
        try:
            return ids(list_sessions(storage, settings, 1, words)), days_of(storage), list_unlisted(storage, settings)
        finally:
            storage.close()

    first = look()
    assert first == (["s02", "s01", "s00"], {"2026-11-01": 3}, ())
    assert look() == first
    assert len(read) == 1
    assert look(words="s01")[0] == ["s01"]
    look(Settings(key="secret"))
    look(Settings(key="secret"))
    assert len(read) == 3
    store(path, [user("Later")], "later", times=["2026-11-09 09:00:00"])
    assert look()[0] == ["later", "s02", "s01", "s00"]


def test_a_session_of_a_file_to_which_nothing_was_written_is_not_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_file._COARSE_NANOSECONDS", 0)
    path = store(tmp_path / "a.db", [user(), assistant()])
    read = []
    monkeypatch.setattr(
        SQLiteStorage, "read", lambda self, *asked, own=SQLiteStorage.read: read.append(1) or own(self, *asked)
    )

    def look(settings=Settings()):  # noqa: B008
        storage = SQLiteStorage(path)
        try:
            found = read_again(storage, "s", None, settings)
            return picture_of(found, settings) if isinstance(found, StoredSession) else found
        finally:
            storage.close()

    first = look()
    assert look() is first
    assert len(read) == 1
    assert look(Settings(limit=1)).sent == 1
    for _ in range(2):
        look(Settings(key="secret"))
    assert len(read) == 4
    store(path, [user("Later")], "s", listed=False)
    assert [row.item.text for row in look().rows] == [*(row.item.text for row in first.rows), "Later"]


def test_the_kept_lists_take_no_more_memory_than_their_room(tmp_path, monkeypatch):
    """A first line can have thousands of characters: fifty of them on each of five hundred kept pages were 50 MB."""
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_file._COARSE_NANOSECONDS", 0)
    monkeypatch.setattr("lessons.kit.inspect.listing._lists", kept := Kept(60_000))
    storage = SQLiteStorage(many(tmp_path / "a.db", 20, text="x" * 5_000))
    for number in range(5):
        list_sessions(storage, Settings(message=f"Message {number}"))
    storage.close()
    assert sum(len(one.first) for (found, _) in kept._results.values() for one in found.sessions) <= 60_000
    assert len(kept._results) == 1


def test_a_short_session_is_opened_while_the_dry_run_of_a_long_one_runs(tmp_path):
    storage = SQLiteStorage(store(tmp_path / "a.db", [user(), assistant()]))
    over = threading.Event()

    async def long_one():
        over.wait(60)

    running = apart(SHORT + 1).start(long_one())
    assert open_session(storage, "s", None, Settings()).sent == 2
    assert not running.done()
    over.set()
    running.result(60)
    storage.close()


@pytest.mark.parametrize("stored", ["NaN", '{"role": "user", "content": "x", "n": [NaN]}'])
def test_a_row_of_nan_is_returned_and_given_to_the_package_that_raises(tmp_path, stored):
    path = store(tmp_path / "a.db", [user(), stored, assistant()])
    storage, session = SQLiteStorage(path), SQLiteSession("s", path)
    assert len(asyncio.run(session.get_items())) == 3
    session.close()
    picture = open_session(storage, "s", None, Settings())
    assert [(row.key, row.returned, row.sent) for row in picture.rows] == [
        (1, True, True),
        (2, True, False),
        (3, True, True),
    ]
    assert "which raises ValueError" in picture.rows[1].why
    assert picture.raises.startswith("ValueError")
    storage.close()
