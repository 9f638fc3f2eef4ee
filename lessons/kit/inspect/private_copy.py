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
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from lessons.kit.inspect.running.apart import SHORT, is_apart
from lessons.kit.inspect.running.at_once import at_once, connected_in_memory
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
    async with _opened_once(stored, "SQLiteSession") as opened:
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

    async with _opened_once(stored, "SQLAlchemySession") as opened:
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


@dataclass(frozen=True, eq=False)
class _Opened:
    """A database in memory: a session on it, the statements that make its tables or empty them, and what closes it."""

    session: Any
    script: str
    close: Callable[[], Awaitable[None]]


_spare: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Opened]] = WeakKeyDictionary()
"""At most one of each class."""


@asynccontextmanager
async def _opened_once(stored: StoredSession, class_name: ClassName) -> AsyncIterator[_Opened]:
    """A database for one copy. On a loop that lasts, it is kept for the next one: making it takes a part of a short dry run.

    It is not kept after an error, nor after many rows, since SQLite does not give back their memory.
    """
    loop = asyncio.get_running_loop()
    kept = _spare.setdefault(loop, {})
    opened = kept.pop(class_name, None)
    if opened is None:
        opened = _sqlite_session() if class_name == "SQLiteSession" else await _sqlalchemy_session()
    is_kept = False
    try:
        yield opened
        is_small = len(stored.rows) <= SHORT and sum(len(row.text) for row in stored.rows) <= _KEPT_CHARACTERS
        is_kept = is_small and is_apart() and class_name not in kept
    finally:
        if is_kept:
            spare = kept[class_name] = replace(opened, script=_EMPTIED)
            loop.call_later(_KEPT_SECONDS, lambda: loop.create_task(_forget(kept, class_name, spare)))
        else:
            await opened.close()


async def _forget(kept: dict[str, _Opened], class_name: ClassName, spare: _Opened) -> None:
    if kept.get(class_name) is spare:
        del kept[class_name]
        await spare.close()


def _sqlite_session() -> _Opened:
    from agents import SQLiteSession

    session = SQLiteSession("", ":memory:")

    async def close() -> None:
        session.close()

    return _Opened(session, "", close)


async def _sqlalchemy_session() -> _Opened:
    from agents.extensions.memory import SQLAlchemySession

    engine = _memory()
    return _Opened(SQLAlchemySession("", engine=engine), await _tables_of_sqlalchemy(), engine.dispose)


def _memory() -> Any:
    from sqlalchemy import StaticPool
    from sqlalchemy.ext.asyncio import create_async_engine

    return create_async_engine("sqlite+aiosqlite:///:memory:", poolclass=StaticPool, async_creator=connected_in_memory)


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
