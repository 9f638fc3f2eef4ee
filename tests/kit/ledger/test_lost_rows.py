"""Rows that go without a call of the session: with their handle, when they expire, or through other code.

Also rows that are on no branch.
"""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from agents import Runner, SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, RedisSession, SQLAlchemySession
from fakeredis import FakeAsyncRedis
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from lessons.kit.ledger import Cause, observe
from lessons.kit.ledger.row_sources import source_of
from tests.support.scripted import assistant, make_agent, user
from tests.support.turns import do

PAIR = [user("I am Ann"), assistant("Hello Ann")]


def test_rows_that_expire_in_the_storage():
    async def run():
        session = RedisSession("chat", redis_client=FakeAsyncRedis(), ttl=1)
        async with observe(session) as seen:
            await Runner.run(make_agent(), "Hi", session=session)
            await asyncio.sleep(1.1)
        return seen.ledger.lines

    assert [(line.mark, line.cause) for line in asyncio.run(run())] == [("removed", Cause.EXPIRED_IN_STORAGE)] * 2


def test_rows_of_a_list_that_began_again_after_it_had_expired():
    """The keys are places in the list, so the new rows have the keys of the old ones."""

    async def run():
        session = RedisSession("chat", redis_client=FakeAsyncRedis(), ttl=1)
        async with observe(session) as seen:
            await session.add_items(PAIR)
            await asyncio.sleep(1.1)
            await Runner.run(make_agent(), "Hi", session=session)
        return seen.ledger.lines

    assert [(line.row.key, line.mark, line.cause) for line in asyncio.run(run())] == [
        (1, "removed", Cause.EXPIRED_IN_STORAGE),
        (2, "removed", Cause.EXPIRED_IN_STORAGE),
        (1, "added", Cause.NEW_INPUT),
        (2, "added", Cause.REPLY),
    ]


def test_a_database_in_memory_goes_with_its_engine():
    async def run():
        session = SQLAlchemySession.from_url("chat", url="sqlite+aiosqlite:///:memory:", create_tables=True)
        async with observe(session) as seen:
            await session.add_items(PAIR)
            await session.engine.dispose()
        return seen.ledger.lines

    assert [(line.mark, line.cause) for line in asyncio.run(run())] == [("removed", Cause.LOST_WITH_HANDLE)] * 2


@pytest.mark.parametrize(
    ("url", "in_memory"),
    [
        ("sqlite+aiosqlite://", True),
        ("sqlite+aiosqlite:///chat.db", False),
        ("postgresql+asyncpg://", False),  # where a function of the application connects
        ("mysql+aiomysql://", False),
    ],
)
def test_only_a_database_of_sqlite_is_in_memory(url, in_memory):
    session = SQLAlchemySession("chat", engine=create_async_engine(url))
    assert source_of(session).in_memory is in_memory


@pytest.mark.parametrize("database", [":memory:", "chat.db"])
def test_looking_at_the_rows_of_an_engine_that_was_disposed_of_leaves_no_connection(tmp_path, database):
    """Such a connection would have a thread, and a place on a server, that the application does not know of."""
    path = database if database == ":memory:" else tmp_path / database

    async def run():
        session = SQLAlchemySession.from_url("chat", url=f"sqlite+aiosqlite:///{path}", create_tables=True)
        events = []
        for name in ("connect", "close"):
            event.listen(session.engine.sync_engine, name, lambda *_, name=name: events.append(name))
        async with observe(session) as seen:
            await session.add_items(PAIR)
            await session.engine.dispose()
            await Runner.run(make_agent(), "Hi", session=SQLiteSession("other"))
        return [
            line.mark for line in seen.ledger.lines if line.row is not None and line.row.session_id == "chat"
        ], events

    marks, events = asyncio.run(run())
    assert marks == ["removed" if database == ":memory:" else "added"] * 2
    assert events.count("connect") == events.count("close") > 0


def test_an_engine_that_is_used_again_after_it_was_disposed_of_keeps_its_connection(tmp_path):
    async def run():
        session = SQLAlchemySession.from_url(
            "chat", url=f"sqlite+aiosqlite:///{tmp_path / 'chat.db'}", create_tables=True
        )
        async with observe(session) as seen:
            await session.add_items(PAIR)
            await session.engine.dispose()
            await session.add_items(PAIR)
        kept = session.engine.pool.checkedin()
        await session.engine.dispose()
        return len(seen.ledger.lines), kept

    assert asyncio.run(run()) == (4, 1)


def test_a_restart_of_the_app_loses_what_was_in_memory(desk, provider):
    async def tell(agent, session):
        return await Runner.run(agent, "My name is Alice", session=session)

    async def restart_and_ask(agent, open_session, restart):
        restart()
        return await Runner.run(agent, "What's my name?", session=open_session("alice"))

    do(desk, provider, tell, store="sqlite_memory")
    record = do(desk, provider, restart_and_ask, store="sqlite_memory")
    lines = [(line.row.key, line.mark, line.returned, line.cause) for line in record.ledger.lines]
    assert lines == [
        (1, "removed", False, Cause.LOST_WITH_HANDLE),
        (2, "removed", False, Cause.LOST_WITH_HANDLE),
        (1, "added", False, Cause.NEW_INPUT),
        (2, "added", False, Cause.REPLY),
    ]
    (restart,), (run,) = record.restarts, record.ledger.runs
    assert restart < run.began
    assert run.read == 0


def test_rows_that_are_deleted_past_the_sdk_are_gone_and_no_call_is_blamed(tmp_path):
    async def run():
        session = SQLiteSession("chat", tmp_path / "chat.db")
        async with observe(session) as seen:
            await session.add_items(PAIR)
            with closing(sqlite3.connect(tmp_path / "chat.db")) as file, file:
                file.execute("DELETE FROM agent_messages WHERE id = 1")
        return seen.ledger.lines

    first, second = asyncio.run(run())
    assert (first.mark, first.cause) == ("removed", Cause.UNKNOWN)
    assert first.why.endswith("gone at the last look: no watched call has removed it")
    assert second.mark == "added"


def test_a_row_without_structure_is_on_no_branch(tmp_path):
    async def run():
        session = AdvancedSQLiteSession(session_id="chat", db_path=tmp_path / "chat.db", create_tables=True)
        await SQLiteSession("chat", tmp_path / "chat.db").add_items(PAIR[:1])
        async with observe(session) as seen:
            await Runner.run(make_agent(), "Hi", session=session)
        return seen.ledger.lines

    line = asyncio.run(run())[0]
    assert (line.row.key, line.returned, line.cause) == (1, False, Cause.NO_STRUCTURE)
