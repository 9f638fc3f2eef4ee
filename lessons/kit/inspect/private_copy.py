"""A session's rows, copied into memory (for AsyncSQLiteSession into a private file) and opened as any class of the SDK."""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from lessons.kit.inspect.running.apart import SHORT, is_apart
from lessons.kit.inspect.stored import ClassName, NotUtf8, Pair, StoredSession
from lessons.kit.stores.encrypted.envelope import OpensOnce
from lessons.kit.stores.sdk_private import connected, locked_connection

NO_LIMIT_TTL = 2**40
"""Seconds: a ttl that hides no row, to see everything that a key opens."""


@dataclass(frozen=True)
class Copy:
    """A private copy. `session` is the session on it. `keys()` returns the keys of the rows that it still has."""

    session: Any
    keys: Callable[[], Awaitable[list[int]]]


@asynccontextmanager
async def private_copy(
    stored: StoredSession,
    class_name: ClassName,
    key: str | None = None,
    ttl: int | None = None,
    branch: str = "",
    cipher: OpensOnce | None = None,
) -> AsyncIterator[Copy]:
    """A copy of the rows, opened as `class_name`; with a key as EncryptedSession around it. Nothing reaches the source.

    `branch` is a branch of an AdvancedSQLiteSession, '' for main. `cipher` is for the key, and remembers rows that it has
    opened before. Raises what the class raises when it is opened. If the id of the session is not a text, the copy has no rows:
    the class asks for a text, and does not find them.
    """
    if stored.id_kind:
        stored = replace(stored, rows=(), structure=())
    async with _OPEN[class_name](stored) as copy:
        if branch and class_name == "AdvancedSQLiteSession":
            await copy.session.switch_to_branch(branch)
        if key is None:
            yield copy
            return
        from agents.extensions.memory import EncryptedSession

        session = EncryptedSession(
            stored.session_id, copy.session, encryption_key=key, ttl=NO_LIMIT_TTL if ttl is None else ttl
        )
        if cipher is not None:
            session.cipher = cipher  # type: ignore[assignment]
        yield Copy(session, copy.keys)


@asynccontextmanager
async def _sqlite(stored: StoredSession) -> AsyncIterator[Copy]:
    from agents import SQLiteSession

    session = SQLiteSession(stored.session_id, ":memory:")
    with locked_connection(session) as connection:
        _fill(connection, stored)
    try:
        yield Copy(session, _keys_in(session))
    finally:
        session.close()


@asynccontextmanager
async def _advanced(stored: StoredSession) -> AsyncIterator[Copy]:
    from agents.extensions.memory import AdvancedSQLiteSession

    session = AdvancedSQLiteSession(session_id=stored.session_id, db_path=":memory:", create_tables=True)
    with locked_connection(session) as connection:
        _fill(connection, stored)
        there = {row[1] for row in connection.execute("PRAGMA table_info(message_structure)")}
        for row in stored.structure:
            values = {name: value for name, value in row.values.items() if name in there}
            marks = ", ".join("?" * len(values))
            connection.execute(
                f"INSERT INTO message_structure ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
            )
        connection.commit()
    try:
        yield Copy(session, _keys_in(session))
    finally:
        session.close()


@lru_cache(64)
def why_not_opened(pair: Pair) -> str:
    """What AdvancedSQLiteSession raises when it opens such tables, '' if it opens them. Tried on tables without rows."""
    from agents.extensions.memory import AdvancedSQLiteSession

    if not pair.statements or pair.sessions is None:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.db"
        try:
            with closing(sqlite3.connect(path)) as connection:
                for statement in pair.statements:
                    connection.execute(statement)
                connection.commit()
        except sqlite3.Error:
            return ""  # such as a collation of the application: then the answer is not known
        names = {"sessions_table": pair.sessions, "messages_table": pair.messages}
        more: dict[str, Any] = {"db_path": path, "create_tables": True, **names}
        try:
            AdvancedSQLiteSession(session_id="s", **more).close()
        except (ValueError, sqlite3.Error) as error:
            return f"{type(error).__name__}: {str(error).replace(f' in {path}', '')}"
    return ""


@asynccontextmanager
async def _async_sqlite(stored: StoredSession) -> AsyncIterator[Copy]:
    """In a folder that only this user can read. In memory, no other connection could read the rows for `keys`."""
    from agents import SQLiteSession
    from agents.extensions.memory import AsyncSQLiteSession

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.db"
        SQLiteSession(stored.session_id, path).close()  # makes the tables
        connection = sqlite3.connect(path)
        _fill(connection, stored)

        async def keys() -> list[int]:
            return [key for (key,) in connection.execute("SELECT id FROM agent_messages ORDER BY id")]

        session = AsyncSQLiteSession(stored.session_id, path)
        try:
            yield Copy(session, keys)
        finally:
            await session.close()
            connection.close()


@asynccontextmanager
async def _sqlalchemy(stored: StoredSession) -> AsyncIterator[Copy]:
    from sqlalchemy import text

    async with _opened_once(stored) as (engine, base, script):
        async with engine.connect() as connection:
            # Each call goes through a thread, so one script is faster than a call for each statement.
            driver = (await connection.get_raw_connection()).driver_connection
            await driver.executescript(script)
            await driver.executemany(_HEAD, _heads(stored))
            await driver.executemany(_ROW, _values(stored))
            for row in stored.rows:
                if isinstance(row.data, NotUtf8):
                    await driver.execute(_AS_TEXT, (bytes(row.data), row.key))
            await driver.commit()
        session = copy(base)
        session.session_id = stored.session_id

        async def keys() -> list[int]:
            async with connected(session) as opened:
                return list((await opened.execute(text("SELECT id FROM agent_messages ORDER BY id"))).scalars())

        yield Copy(session, keys)


_Opened = tuple[Any, Any, str]
"""An engine in memory, a SQLAlchemySession on it, and the statements that make its tables, or empty them."""
_spare: WeakKeyDictionary[asyncio.AbstractEventLoop, _Opened] = WeakKeyDictionary()


@asynccontextmanager
async def _opened_once(stored: StoredSession) -> AsyncIterator[_Opened]:
    """An engine for one copy. On a loop that lasts, it is kept for the next one: making it takes half of a short dry run.

    It is not kept after an error, nor after many rows, since SQLite does not give back their memory.
    """
    from agents.extensions.memory import SQLAlchemySession

    loop = asyncio.get_running_loop()
    opened = _spare.pop(loop, None)
    if opened is None:
        engine = _memory()
        opened = engine, SQLAlchemySession("", engine=engine), await _tables_of_sqlalchemy()
    is_kept = False
    try:
        yield opened
        is_small = len(stored.rows) <= SHORT and sum(len(row.text) for row in stored.rows) <= _KEPT_CHARACTERS
        is_kept = is_small and is_apart() and loop not in _spare
    finally:
        if is_kept:
            spare = _spare[loop] = *opened[:2], _EMPTIED
            loop.call_later(_KEPT_SECONDS, lambda: loop.create_task(_dispose(loop, spare)))
        else:
            await opened[0].dispose()


async def _dispose(loop: asyncio.AbstractEventLoop, spare: _Opened) -> None:
    if _spare.get(loop) is spare:
        del _spare[loop]
        await spare[0].dispose()


def _memory() -> Any:
    from sqlalchemy import StaticPool
    from sqlalchemy.ext.asyncio import create_async_engine

    return create_async_engine("sqlite+aiosqlite:///:memory:", poolclass=StaticPool)


_KEPT_SECONDS, _KEPT_CHARACTERS = 60.0, 1_000_000
_EMPTIED = "DELETE FROM agent_messages; DELETE FROM agent_sessions; DELETE FROM sqlite_sequence;"


async def _tables_of_sqlalchemy() -> str:
    """The statements with which the class makes its tables. It takes the class longer than a dry run to make them itself."""
    if not _made:
        from agents.extensions.memory import SQLAlchemySession
        from sqlalchemy import text

        engine = _memory()
        try:
            await SQLAlchemySession("", engine=engine, create_tables=True).get_items(1)
            async with engine.connect() as connection:
                found = await connection.execute(text("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%'"))
                _made.append("".join(f"{sql};" for (sql,) in found).replace(_NEEDS_TEXT, _TAKES_NULL))
        finally:
            await engine.dispose()
    return _made[0]


_made: list[str] = []


@asynccontextmanager
async def _redis(stored: StoredSession) -> AsyncIterator[Copy]:
    from agents.extensions.memory import RedisSession
    from fakeredis import FakeAsyncRedis, FakeServer

    client = FakeAsyncRedis(server=FakeServer())
    session = RedisSession(stored.session_id, redis_client=client)
    name = f"agents:session:{stored.session_id}:messages"
    if stored.rows:
        await client.rpush(name, *(row.text for row in stored.rows))

    async def keys() -> list[int]:
        # pop_item() takes the newest entry, clear_session() all of them: the oldest rows are left.
        return [row.key for row in stored.rows[: await client.llen(name)]]

    try:
        yield Copy(session, keys)
    finally:
        await client.aclose()


_HEAD = "INSERT OR IGNORE INTO agent_sessions (session_id) VALUES (?)"
_ROW = "INSERT INTO agent_messages (id, session_id, message_data, created_at) VALUES (?, ?, ?, ?)"
_AS_TEXT = "UPDATE agent_messages SET message_data = CAST(? AS TEXT) WHERE id = ?"


def _heads(stored: StoredSession) -> list[tuple[str]]:
    """One row if the source lists the session, else none: without it, some classes delete nothing."""
    return [(stored.session_id,)] if stored.head.is_listed and stored.pair.sessions is not None else []


def _values(stored: StoredSession) -> list[tuple[Any, ...]]:
    return [(row.key, stored.session_id, row.data, row.created) for row in stored.rows]


def _fill(connection: sqlite3.Connection, stored: StoredSession) -> None:
    if any(row.data is None for row in stored.rows):
        _let_text_be_null(connection)
    connection.executemany(_HEAD, _heads(stored))
    connection.executemany(_ROW, _values(stored))
    for row in stored.rows:
        if isinstance(row.data, NotUtf8):
            connection.execute(_AS_TEXT, (bytes(row.data), row.key))
    connection.commit()


_NEEDS_TEXT, _TAKES_NULL = "message_data TEXT NOT NULL", "message_data TEXT"


def _let_text_be_null(connection: sqlite3.Connection) -> None:
    """Makes the empty table of the items again, for rows without a text: a table that another program made can have them."""
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = 'agent_messages' AND sql IS NOT NULL ORDER BY type DESC"
    statements = [sql for (sql,) in connection.execute(query)]
    connection.execute("DROP TABLE agent_messages")
    for sql in statements:  # the table, then its indexes
        connection.execute(sql.replace(_NEEDS_TEXT, _TAKES_NULL))


def _keys_in(session: Any) -> Callable[[], Awaitable[list[int]]]:
    async def keys() -> list[int]:
        with locked_connection(session) as connection:
            return [key for (key,) in connection.execute("SELECT id FROM agent_messages ORDER BY id")]

    return keys


_OPEN: dict[ClassName, Callable[[StoredSession], Any]] = {
    "SQLiteSession": _sqlite,
    "AsyncSQLiteSession": _async_sqlite,
    "SQLAlchemySession": _sqlalchemy,
    "AdvancedSQLiteSession": _advanced,
    "RedisSession": _redis,
}
