"""The rows behind a session of the SDK's own classes, read from its storage and not through its methods.

A class that is not known here has no source: its items are known only as far as its methods give them.
"""

import asyncio
import functools
import json
import sqlite3
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from lessons.kit.ledger.cause import Cause
from lessons.kit.stores.sdk_private import (
    connected,
    current_branch,
    locked_connection,
    message_table,
    redis_client,
    redis_list,
    unwrapped,
)

NEWEST_ROWS = 1_000
"""Rows of a session that are read. Older ones are not looked at, and nothing is said of them."""

NO_ITEM = object()
"""Stands for the item of a row from which the session gets none."""


@dataclass(frozen=True)
class StoredItem:
    """One row: its key, its text, and why the session does not return it (None where it does)."""

    key: int
    text: str
    unread: Cause | None = None
    why: str = ""


@dataclass(frozen=True)
class Rows:
    """The newest rows of one session in stored order, whether that is all of them, and when they were read (Unix time).

    `after` is set where only the rows with a higher key were looked for: nothing is said of the others.
    """

    items: tuple[StoredItem, ...]
    complete: bool
    at: float
    after: int | None = None


@dataclass(frozen=True)
class Decoded:
    """The item that a session makes of a row's text, NO_ITEM where it makes none, with the cause and its words."""

    value: Any
    unread: Cause | None = None
    why: str = ""


class RowSource(Protocol):
    """Where the rows of one session lie. `identity` is equal for two handles on the same rows."""

    @property
    def store(self) -> str: ...

    @property
    def session_id(self) -> str: ...

    @property
    def identity(self) -> Hashable: ...

    async def read(self, after: int | None = None, limit: int = NEWEST_ROWS) -> Rows:
        """The newest rows as they are stored now, those after a key if it is given. Raises what the storage raises."""

    def decode(self, text: str, at: float) -> Decoded:
        """What the session made of a row's text at that time."""

    async def exists(self) -> bool:
        """Whether the table or list of the rows is there. Looking makes nothing."""

    def close(self) -> None:
        """Close what was opened to read."""


def decode_json(text: str) -> Decoded:
    """The item of a row that is stored as JSON, as all classes but EncryptedSession do it."""
    try:
        return Decoded(json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return Decoded(NO_ITEM, Cause.UNREADABLE, "not JSON: the session skips it")


@dataclass(frozen=True)
class _JsonRows:
    """Rows of JSON. `read_rows(limit, after)` reads those with a higher key, newest first and at most so many."""

    store: str
    session_id: str
    identity: Hashable
    read_rows: Callable[[int, int], Any]
    is_there: Callable[[], Any] = lambda: True
    close: Callable[[], None] = lambda: None

    async def read(self, after: int | None = None, limit: int = NEWEST_ROWS) -> Rows:
        found = self.read_rows(limit + 1, -1 if after is None else after)
        newest: list[StoredItem] = await found if asyncio.iscoroutine(found) else found
        return Rows(tuple(reversed(newest[:limit])), len(newest) <= limit, time.time(), after)

    async def exists(self) -> bool:
        found = self.is_there()
        return bool(await found if asyncio.iscoroutine(found) else found)

    def decode(self, text: str, at: float) -> Decoded:
        return decode_json(text)


@dataclass(frozen=True)
class _EncryptedRows:
    """The rows of the session that an EncryptedSession wraps, decrypted by its key."""

    inner: RowSource
    session: Any

    @property
    def store(self) -> str:
        return self.inner.store

    @property
    def session_id(self) -> str:
        return self.inner.session_id

    @property
    def identity(self) -> Hashable:
        return self.inner.identity

    async def read(self, after: int | None = None, limit: int = NEWEST_ROWS) -> Rows:
        return await self.inner.read(after, limit)

    async def exists(self) -> bool:
        return await self.inner.exists()

    def close(self) -> None:
        self.inner.close()

    def decode(self, text: str, at: float) -> Decoded:
        from cryptography.fernet import InvalidToken

        envelope = self.inner.decode(text, at)
        if envelope.unread is not None:
            return envelope
        token = envelope.value.get("payload") if isinstance(envelope.value, dict) else None
        if token is None or not envelope.value.get("__enc__"):
            returned = unwrapped(self.session, envelope.value) if isinstance(envelope.value, dict) else None
            if returned is not None:
                return Decoded(returned)  # SDK 0.22 returns what is not encrypted
            return Decoded(envelope.value, Cause.NOT_ENCRYPTED, "not encrypted: the session skips it")
        cipher, ttl = self.session.cipher, self.session.ttl
        try:
            item = json.loads(cipher.decrypt(token.encode()))
        except (InvalidToken, ValueError, AttributeError):
            return Decoded(envelope.value, Cause.WRONG_KEY, "this key does not open it")
        if ttl is not None and cipher.extract_timestamp(token.encode()) + ttl < int(at):
            return Decoded(item, Cause.EXPIRED, f"older than the ttl of {ttl} seconds")
        return Decoded(item)


def source_of(session: Any) -> RowSource | None:
    """The rows behind a session, or None for a class that is not known here, or that says that it touches no storage."""
    if getattr(type(session), "touches_no_storage", False):
        return None
    for base in type(session).__mro__:
        make = _SOURCES.get(f"{base.__module__}.{base.__qualname__}")
        if make is not None:
            found: RowSource | None = make(session)
            return found
    return None


class _ReadingConnection:
    """A connection to a SQLite file that cannot write, opened when it is first used and kept until `close`."""

    def __init__(self, path: str) -> None:
        self._uri = f"{Path(path).absolute().as_uri()}?mode=ro"
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def __call__(self) -> Iterator[sqlite3.Connection]:
        if self._connection is None:
            self._connection = sqlite3.connect(self._uri, uri=True, timeout=0.5, check_same_thread=False)
        yield self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _nothing() -> None:
    pass


def _sqlite(session: Any) -> RowSource:
    """The rows of SQLiteSession, AsyncSQLiteSession and AdvancedSQLiteSession, which has one table more."""
    path, table = str(session.db_path), session.messages_table
    in_memory = path == ":memory:"
    reading: Any = functools.partial(locked_connection, session) if in_memory else _ReadingConnection(path)
    place: Hashable = id(session) if in_memory else str(Path(path).absolute())
    identity = (place, table, session.session_id)
    query = f"SELECT id, message_data, 0 FROM {table} WHERE session_id = ? AND id > ? ORDER BY id DESC LIMIT ?"
    branched = hasattr(session, "_current_branch_id")
    if branched:
        query = (
            f"SELECT m.id, m.message_data, group_concat(s.branch_id, char(10)) FROM {table} m"
            " LEFT JOIN message_structure s ON s.message_id = m.id WHERE m.session_id = ? AND m.id > ?"
            " GROUP BY m.id ORDER BY m.id DESC LIMIT ?"
        )

    def read(limit: int, after: int) -> list[StoredItem]:
        try:
            with reading() as connection:
                found = connection.execute(query, (session.session_id, after, limit)).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error) or "unable to open" in str(error):
                return []  # AsyncSQLiteSession makes both with its first call
            raise
        rows = [StoredItem(key, _text(data)) for key, data, _ in found]
        if not branched:
            return rows
        here = current_branch(session, "main")
        return [_on_branch(row, branches, here) for row, (_, _, branches) in zip(rows, found, strict=True)]

    def is_there() -> bool:
        try:
            with reading() as connection:
                return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone())
        except sqlite3.OperationalError:
            return False

    close = getattr(reading, "close", _nothing)
    return _JsonRows(_file_name(path), session.session_id, identity, read, is_there, close)


def _async_sqlite(session: Any) -> RowSource | None:
    # In memory, its connection belongs to one loop.
    return _sqlite(session) if str(session.db_path) != ":memory:" else None


def _on_branch(row: StoredItem, branches: str | None, here: str) -> StoredItem:
    if branches is None:
        return replace(row, unread=Cause.NO_STRUCTURE, why="no branch holds it: it has no row in message_structure")
    if here not in branches.split("\n"):
        return replace(row, unread=Cause.OTHER_BRANCH, why=f"on the branch {', '.join(branches.split(chr(10)))}")
    return row


def _sqlalchemy(session: Any) -> RowSource:
    from sqlalchemy import inspect, select
    from sqlalchemy.exc import OperationalError, ProgrammingError

    table = message_table(session)

    async def read(limit: int, after: int) -> list[StoredItem]:
        query = (
            select(table.c.id, table.c.message_data)
            .where(table.c.session_id == session.session_id, table.c.id > after)
            .order_by(table.c.created_at.desc(), table.c.id.desc())
            .limit(limit)
        )
        try:
            async with connected(session) as connection:
                return [StoredItem(key, _text(data)) for key, data in (await connection.execute(query)).all()]
        except (OperationalError, ProgrammingError):
            return []  # it makes its tables with its first call

    url = session.engine.url
    in_memory = url.database in (None, "", ":memory:")

    async def is_there() -> bool:
        if url.get_backend_name() == "sqlite" and not in_memory and not Path(str(url.database)).exists():
            return False  # connecting would make the file
        async with session.engine.connect() as connection:
            return bool(await connection.run_sync(lambda sync: inspect(sync).has_table(table.name)))

    store = url.database or url.render_as_string(hide_password=True)
    place: Hashable = id(session.engine) if in_memory else str(url)
    return _JsonRows(_file_name(store), session.session_id, (place, table.name, session.session_id), read, is_there)


def _redis(session: Any) -> RowSource:
    client, name = redis_client(session), redis_list(session)

    async def read(limit: int, after: int) -> list[StoredItem]:
        texts: Sequence[Any] = await client.lrange(name, -limit, -1)
        total = await client.llen(name)
        first = total - len(texts) + 1
        rows = [StoredItem(first + place, _text(text)) for place, text in reversed(list(enumerate(texts)))]
        return [row for row in rows if row.key > after]

    return _JsonRows("redis", session.session_id, (id(client), name), read)


def _encrypted(session: Any) -> RowSource | None:
    inner = source_of(session.underlying_session)
    return _EncryptedRows(inner, session) if inner is not None else None


def _compaction(session: Any) -> RowSource | None:
    return source_of(session.underlying_session)


_SOURCES: dict[str, Callable[[Any], RowSource | None]] = {
    "agents.memory.sqlite_session.SQLiteSession": _sqlite,
    "agents.extensions.memory.advanced_sqlite_session.AdvancedSQLiteSession": _sqlite,
    "agents.extensions.memory.async_sqlite_session.AsyncSQLiteSession": _async_sqlite,
    "agents.extensions.memory.sqlalchemy_session.SQLAlchemySession": _sqlalchemy,
    "agents.extensions.memory.redis_session.RedisSession": _redis,
    "agents.extensions.memory.encrypt_session.EncryptedSession": _encrypted,
    "agents.memory.openai_responses_compaction_session.OpenAIResponsesCompactionSession": _compaction,
}
"""By name, so that a class of an extension is not imported for a session of another."""


def _file_name(path: str) -> str:
    return Path(path).name or path


def _text(data: object) -> str:
    if isinstance(data, bytes):
        return data.decode(errors="replace")
    return "" if data is None else str(data)
