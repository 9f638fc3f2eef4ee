"""A session's rows, copied into memory (for AsyncSQLiteSession into a private file) and opened as any class of the SDK."""

import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lessons.kit.inspect.running.at_once import at_once
from lessons.kit.inspect.running.in_memory import NEEDS_TEXT, TAKES_NULL, opened_once
from lessons.kit.inspect.stored import ClassName, NotUtf8, Pair, StoredSession
from lessons.kit.stores.encrypted.envelope import OpensOnce
from lessons.kit.stores.rows import as_text
from lessons.kit.stores.sdk_private import locked_connection

if TYPE_CHECKING:
    from lessons.kit.ledger.rows import RowSource

NO_LIMIT_TTL = 2**40
"""Seconds: a ttl that hides no row, to see everything that a key opens."""


@dataclass(frozen=True)
class Copy:
    """A private copy. `session` is the session on it. `keys()` returns the keys of the rows that it still has.

    `rows` reads its rows for a ledger; None: the ledger finds them itself.
    """

    session: Any
    keys: Callable[[], Awaitable[list[int]]]
    rows: "RowSource | None" = None


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

        from lessons.kit.ledger.rows import EncryptedRows

        session = EncryptedSession(
            stored.session_id, copy.session, encryption_key=key, ttl=NO_LIMIT_TTL if ttl is None else ttl
        )
        if cipher is not None:
            session.cipher = cipher  # type: ignore[assignment]
        yield Copy(session, copy.keys, EncryptedRows(copy.rows, session) if copy.rows is not None else None)


@asynccontextmanager
async def _sqlite(stored: StoredSession) -> AsyncIterator[Copy]:
    async with opened_once(stored, "SQLiteSession") as opened:
        session = copy(opened.session)
        session.session_id = stored.session_id
        with locked_connection(session) as connection:
            connection.executescript(opened.script)
            _fill(connection, stored)
        with at_once():
            yield Copy(session, _keys_in(session))


@asynccontextmanager
async def _advanced(stored: StoredSession) -> AsyncIterator[Copy]:
    from agents.extensions.memory import AdvancedSQLiteSession

    session = AdvancedSQLiteSession(session_id=stored.session_id, db_path=":memory:", create_tables=True)
    with locked_connection(session) as connection:
        _fill(connection, stored)
        # pop_item() returns such a row, whatever session it is of.
        connection.executemany(_ROW, [(key, other, "{}", "") for key, other in stored.elsewhere])
        there = {row[1] for row in connection.execute("PRAGMA table_info(message_structure)")}
        for row in stored.structure:
            values = {name: value for name, value in row.values.items() if name in there}
            marks = ", ".join("?" * len(values))
            connection.execute(
                f"INSERT INTO message_structure ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
            )
        connection.commit()
    try:
        with at_once():
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
    from lessons.kit.ledger.rows import JsonRows, Newest, StoredItem

    async with opened_once(stored, "SQLAlchemySession") as opened:
        engine = opened.session.engine
        async with engine.connect() as connection:
            # Each call goes through a thread, so one script is faster than a call for each statement.
            driver = (await connection.get_raw_connection()).driver_connection
            await driver.executescript(opened.script)
            await driver.executemany(_HEAD, _heads(stored))
            await driver.executemany(_ROW, _values(stored))
            for row in stored.rows:
                if isinstance(row.data, NotUtf8):
                    await driver.execute(_AS_TEXT, (bytes(row.data), row.key))
            await driver.commit()
        session = copy(opened.session)
        session.session_id = stored.session_id

        async def keys() -> list[int]:
            return [key for (key,) in await driver.execute_fetchall("SELECT id FROM agent_messages ORDER BY id")]

        async def newest(limit: int, after: int) -> "Newest":
            found = await driver.execute_fetchall(_NEWEST, (stored.session_id, after, limit))
            return Newest([StoredItem(key, as_text(data)) for key, data in found])

        # SQLAlchemy takes longer for it than for all that the session itself does.
        rows = JsonRows(":memory:", stored.session_id, id(engine), "agent_messages", newest, in_memory=True)
        yield Copy(session, keys, rows)


@asynccontextmanager
async def _redis(stored: StoredSession) -> AsyncIterator[Copy]:
    from agents.extensions.memory import RedisSession
    from fakeredis import FakeAsyncRedis, FakeServer

    client = FakeAsyncRedis(server=FakeServer())
    session = RedisSession(stored.session_id, redis_client=client)
    name = f"agents:session:{stored.session_id}:messages"
    if stored.rows:
        await client.rpush(name, *(row.data if isinstance(row.data, NotUtf8) else row.text for row in stored.rows))

    async def keys() -> list[int]:
        # pop_item() takes the newest entry, clear_session() all of them: the oldest rows are left.
        return [row.key for row in stored.rows[: await client.llen(name)]]

    try:
        yield Copy(session, keys)
    finally:
        await client.aclose()


_HEAD = "INSERT OR IGNORE INTO agent_sessions (session_id) VALUES (?)"
_ROW = "INSERT INTO agent_messages (id, session_id, message_data, created_at) VALUES (?, ?, ?, ?)"
_NEWEST = (
    "SELECT id, message_data FROM agent_messages WHERE session_id = ? AND id > ?"
    " ORDER BY created_at DESC, id DESC LIMIT ?"
)
"""As SQLAlchemySession orders its rows."""
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


def _let_text_be_null(connection: sqlite3.Connection) -> None:
    """Makes the empty table of the items again, for rows without a text: a table that another program made can have them."""
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = 'agent_messages' AND sql IS NOT NULL ORDER BY type DESC"
    statements = [sql for (sql,) in connection.execute(query)]
    connection.execute("DROP TABLE agent_messages")
    for sql in statements:  # the table, then its indexes
        connection.execute(sql.replace(NEEDS_TEXT, TAKES_NULL))


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
