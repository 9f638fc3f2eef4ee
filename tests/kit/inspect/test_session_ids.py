"""Every session that a list shows can be opened, whatever type its id has, and the dry run sends what the SDK would."""

import asyncio
import os
import sqlite3
from contextlib import closing

import pytest
from agents import SQLiteSession
from redis import Redis
from sqlalchemy import text

from lessons.kit.inspect.browse import open_session, picture_of
from lessons.kit.inspect.check import check_storage
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.listing import list_sessions, list_unlisted
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.opening.storage import open_storage
from lessons.kit.inspect.stored import CannotRead, NotUtf8
from lessons.kit.inspect.taking_away.fixture_file import fixture_of
from lessons.kit.inspect.wanted import Wanted
from lessons.terminal.own_sessions.inspect import main
from tests.support.checked_sessions import ITEMS, found, with_ids
from tests.support.database_servers import tables_on_a_server

IDS = [
    1,
    10**15,
    -3,
    1.5,
    1e20,
    b"bytes",
    b"\xff\xfe",
    NotUtf8(b"\xfd text"),
    "a text",
    "007",
    "a/b",
    "50 %",
    "\N{GRINNING FACE}",
    "",
    "x" * 10_000,
    "a\0b",
]


def returned(path, session_id):
    session = SQLiteSession(session_id, path)
    try:
        return len(asyncio.run(session.get_items()))
    finally:
        session.close()


@pytest.mark.parametrize("listed", [True, False], ids=["listed", "not listed"])
@pytest.mark.parametrize("kind", ["INTEGER", "REAL", "TEXT", "BLOB", "NUMERIC", ""])
def test_what_is_listed_can_be_opened_and_the_dry_run_sends_what_the_sdk_returns(tmp_path, kind, listed):
    ids = [one for one in IDS if isinstance(one, int)] if kind == "INTEGER" else IDS
    path = with_ids(tmp_path / "a.db", kind, ids, listed=listed)
    with closing(SQLiteStorage(path)) as storage:
        shown = list_sessions(storage, Settings()).sessions if listed else list_unlisted(storage, Settings())
        assert len(shown) == len(ids)
        for look in shown:
            picture = open_session(storage, look.head.session_id, None, Settings())
            assert (look.items, len(picture.rows)) == (2, 2), look.head
            assert picture.sent == returned(path, look.head.session_id), look.head
            assert bool(picture.sent) == ("id-not-text" not in [one.code for one in picture.findings]), look.head
            assert [row.key for row in storage.page(look.head, 5, after=0)] == [row.key for row in picture.rows]
            assert storage.size(look.head, 5) == (2, sum(map(len, ITEMS)))


@pytest.mark.parametrize("words", ["order", "1"], ids=["in the text", "in the id"])
def test_a_search_finds_ids_that_are_numbers_and_bytes(tmp_path, words):
    with closing(SQLiteStorage(with_ids(tmp_path / "a.db", "BLOB", [1, b"bytes 1", b"\xff 1"]))) as storage:
        looks = list_sessions(storage, Settings(), words=words).sessions
        assert sorted(look.head.session_id for look in looks) == ["1", "bytes 1", "\N{REPLACEMENT CHARACTER} 1"]
        assert [look.items for look in looks] == [2, 2, 2]
        assert all(storage.find(look.head.pair, look.head.session_id) == look.head for look in looks)


def test_a_number_and_the_same_text_are_two_sessions(tmp_path):
    with closing(SQLiteStorage(with_ids(tmp_path / "a.db", "", [1, "1"]))) as storage:
        looks = list_sessions(storage, Settings()).sessions
        assert [(look.items, look.head.stored_id) for look in looks] == [(2, 1), (2, None)]
        (pair,) = storage.pairs()
        assert storage.find(pair, "1") == looks[1].head  # the one that the SDK finds
        findings = check_storage(storage, Settings(), Wanted()).findings
        assert [(one.code, one.rows) for one in findings] == [("id-not-text", (1, 2))]


def test_the_terminal_opens_an_id_that_is_a_number(tmp_path, capsys):
    path = str(with_ids(tmp_path / "a.db", "BLOB", [1]))
    assert main([path, "--session", "1", "--next", "hello", "--fail-on", "warning"]) == 1
    said = capsys.readouterr().out
    assert "stored as a number, and the SDK asks for a text" in said
    assert "CAST(session_id AS TEXT)" in said
    assert "pop_item() deletes nothing" in said


@pytest.mark.parametrize(("session_id", "casts"), [(1, True), (b"bytes 1", True), (b"\x9f\x8a" * 8, False)])
def test_a_cast_is_advised_only_where_it_makes_the_text_that_is_asked_for(tmp_path, session_id, casts):
    """The bytes of a UUID are no text: a cast leaves an id that no code asks for."""
    with closing(SQLiteStorage(with_ids(tmp_path / "a.db", "BLOB", [session_id]))) as storage:
        (finding,) = check_storage(storage, Settings(), Wanted()).findings
    assert ("CAST(session_id AS TEXT)" in finding.says) == casts
    assert ("a cast makes no text of such bytes" in finding.says) != casts


def test_no_fixture_is_made_of_it(tmp_path):
    with closing(SQLiteStorage(with_ids(tmp_path / "a.db", "BLOB", [1]))) as storage:
        (look,) = list_sessions(storage, Settings()).sessions
        with pytest.raises(CannotRead, match="The id of a fixture is a text"):
            fixture_of(storage.read(look.head), Settings())


NUMBERED = (
    "CREATE TABLE {name}_sessions (session_id INTEGER PRIMARY KEY, created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL)",
    "CREATE TABLE {name}_messages (id INTEGER PRIMARY KEY, session_id INTEGER, message_data TEXT,"
    " created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
    "INSERT INTO {name}_sessions (session_id) VALUES (7)",
)


@pytest.fixture(params=["POSTGRES_URL", "MYSQL_URL"])
def numbered(request):
    """A pair of tables whose ids are numbers, on a server: the variable of its address, and the name."""
    with tables_on_a_server(request.param, *NUMBERED) as (engine, name):
        with engine.begin() as connection:
            insert = text(f"INSERT INTO {name}_messages (id, session_id, message_data) VALUES (:id, :one, :data)")
            for at, one, data in ((1, 7, ITEMS[0]), (2, 7, ITEMS[1]), (3, 8, ITEMS[0])):
                connection.execute(insert, {"id": at, "one": one, "data": data})
        yield request.param, name


@pytest.mark.servers
def test_a_number_on_a_server_is_opened_and_the_dry_run_does_as_the_sdk_does(numbered):
    variable, name = numbered
    with closing(open_storage(variable, os.environ)) as storage:
        (pair,) = [pair for pair in storage.pairs() if pair.messages == f"{name}_messages"]
        (head,) = storage.listing(pair, 5).heads
        (other,) = storage.unlisted(pair, 5)
        assert (head.session_id, other.session_id) == ("7", "8")
        assert storage.overviews(pair, [head])[head].items == 2
        assert (storage.find(pair, "7"), storage.find(pair, "seven")) == (head, None)
        assert [hit.session_id for hit in storage.search(pair, "order", 5)] == ["8", "7"]
        assert [hit.key for hit in storage.search(pair, "7", 5)] == [None]
        assert [row.key for row in storage.page(head, 5, after=0)] == [1, 2]
        assert storage.changed("7") == storage.changed("7")
        stored = storage.read(head)
        assert storage.read_together([head]) == {head: stored}
        picture = picture_of(stored, Settings())
        assert (len(stored.rows), picture.sent, picture.raises) == (2, *asyncio.run(what_the_sdk_does(variable, name)))
        assert [one.code for one in picture.findings] == (["id-not-text"] if picture.raises else [])


async def what_the_sdk_does(variable, name):
    """How many items of session 7 SQLAlchemySession returns, and what it raises."""
    from agents.extensions.memory import SQLAlchemySession
    from sqlalchemy.exc import DBAPIError

    driver = "postgresql+psycopg" if variable == "POSTGRES_URL" else "mysql+aiomysql"
    url = f"{driver}://{os.environ[variable].partition('://')[2]}"
    session = SQLAlchemySession.from_url(
        "7", url=url, sessions_table=f"{name}_sessions", messages_table=f"{name}_messages"
    )
    try:
        return len(await session.get_items()), ""
    except DBAPIError as error:
        return 0, f"{type(error).__name__}: {str(error.orig).partition(chr(10))[0]}"
    finally:
        await session.engine.dispose()


@pytest.mark.servers
def test_a_key_of_redis_that_is_not_utf_8_is_opened_and_one_without_a_prefix_is_not_a_session(own_redis):
    with closing(Redis.from_url(own_redis.url)) as client:
        client.rpush(b"agents:session:\xff\xfe:messages", *ITEMS)
        client.rpush("plain:messages", "1")
        client.rpush("just:messages:messages", *ITEMS)
    with closing(open_storage("OWN_URL", {"OWN_URL": own_redis.url})) as storage:
        shown = list_sessions(storage, Settings()).sessions
        ids = {look.head.session_id: look.items for look in shown}
        assert "plain" not in ids
        assert ids["\N{REPLACEMENT CHARACTER}" * 2] == ids["messages"] == 2
    for session_id, sent in (("\N{REPLACEMENT CHARACTER}" * 2, 0), ("messages", 2)):
        with closing(open_storage("OWN_URL", {"OWN_URL": own_redis.url})) as storage:
            picture = open_session(storage, session_id, None, Settings())
            assert (len(picture.rows), picture.sent) == (2, sent)
            assert ("id-not-text" in [one.code for one in picture.findings]) == (not sent)


def test_sessions_without_a_time_are_checked_too(tmp_path):
    with closing(SQLiteStorage(with_ids(tmp_path / "a.db", "TEXT", ["a", "b"]))) as storage:
        assert check_storage(storage, Settings(), Wanted()).sessions == 2
        assert check_storage(storage, Settings(), Wanted(since="2026-11-01 09:00:00")).sessions == 0


def test_ids_that_were_made_texts_are_found(tmp_path):
    path = with_ids(tmp_path / "a.db", "BLOB", [1, b"bytes"])
    assert (returned(path, "1"), returned(path, "bytes")) == (0, 0)
    with closing(sqlite3.connect(path)) as connection:
        for table in ("agent_messages", "agent_sessions"):
            connection.execute(f"UPDATE {table} SET session_id = CAST(session_id AS TEXT)")
        connection.commit()
    assert (returned(path, "1"), returned(path, "bytes")) == (2, 2)
    assert found(path) == []
