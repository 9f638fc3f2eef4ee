"""Finds the rows of sessions of the SDK's own classes and reads them from the storage, not through the session's methods.

A class that is not known here has no source. Then only the items that its methods return are known.
"""

import functools
import math
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, ref

from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.rows import EncryptedRows, JsonRows, Newest, RowSource, StoredItem
from lessons.kit.problems.sql_server_errors import NO_TABLE_CODES, server_code
from lessons.kit.stores.rows import as_text
from lessons.kit.stores.sdk_private import (
    connected,
    current_branch,
    free_connection,
    locked_connection,
    message_table,
    redis_client,
    redis_list,
)

Otherwise = Callable[[Any], RowSource | None]

Reading = Callable[[float], AbstractContextManager[sqlite3.Connection]]
"""A connection to a SQLite file that can only read, for use in `with`. It is given how many seconds it may wait for a lock."""


def _unknown(session: Any) -> RowSource | None:
    return None


def source_of(session: Any, otherwise: Otherwise = _unknown, reading: Reading | None = None) -> RowSource | None:
    """The rows behind a session. None for a session that says that it touches no storage.

    `otherwise` is called for a session of a class that is not known here, also if another session wraps it. `reading` is the
    caller's own connection to the SQLite file of the session, for a session that the caller opened on that file. Without it,
    one is opened.
    """
    if getattr(type(session), "touches_no_storage", False):
        return None
    for base in type(session).__mro__:
        make = _SOURCES.get(f"{base.__module__}.{base.__qualname__}")
        if make is not None:
            return make(session, otherwise, reading)
    return otherwise(session)


def underlying(session: Any) -> Any:
    """The session that an EncryptedSession or a compaction session of the SDK wraps, None for any other session."""
    names = {f"{base.__module__}.{base.__qualname__}" for base in type(session).__mro__}
    return getattr(session, "underlying_session", None) if names & _AROUND_ANOTHER else None


def place_of(session: Any, source: RowSource | None) -> Hashable:
    """Identifies the place of a session's rows. Where that is not known, the innermost session stands for it."""
    if source is not None:
        return source.place, source.name
    while (wrapped := underlying(session)) is not None:
        session = wrapped
    return "session", id(session)


LOCKED_SECONDS = 0.5
"""Seconds that a read waits for a file that is locked."""


class _OwnConnection:
    """A read-only connection to a SQLite file. It is opened at the first use and kept until `close`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._patience: float | None = None
        self._guard = threading.Lock()

    @contextmanager
    def __call__(self, patience: float) -> Iterator[sqlite3.Connection]:
        with self._guard:
            if self._connection is None:
                self._connection = sqlite3.connect(f"{_uri(self._path)}?mode=ro", uri=True, check_same_thread=False)
                self._patience = None
            if self._patience != patience:
                self._connection.execute(f"PRAGMA busy_timeout = {patience * 1_000:.0f}")
                self._patience = patience
            yield self._connection

    def close(self) -> None:
        with self._guard:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


@functools.lru_cache(maxsize=256)
def _uri(absolute: str) -> str:
    return Path(absolute).as_uri()


def _rows(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> list[Any]:
    try:
        return connection.execute(query, values).fetchall()
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
    stood_before = connection.text_factory
    # Other programs can store text that is not UTF-8. A Python function for each text takes longer than the whole read, so
    # the first try does without one.
    connection.text_factory = _as_unicode
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.text_factory = stood_before


def _as_unicode(data: bytes) -> str:
    return data.decode(errors="replace")


def _sqlite(session: Any, otherwise: Otherwise, opened: Reading | None) -> RowSource:
    """The rows of SQLiteSession, AsyncSQLiteSession and AdvancedSQLiteSession. The last has branches in message_structure."""
    path, table = str(session.db_path), session.messages_table
    in_memory = path == ":memory:"
    absolute = os.path.join(os.getcwd(), path)  # takes a fifth of the time of Path.absolute()
    file = _OwnConnection(absolute)
    reading: Reading = (lambda patience: locked_connection(session)) if in_memory else opened or file
    place: Hashable = id(session) if in_memory else absolute
    query = f"SELECT id, message_data FROM {table} WHERE session_id = ? AND id > ? ORDER BY id DESC LIMIT ?"
    branched = hasattr(session, "_current_branch_id")
    if branched:
        query = (
            f"SELECT m.id, m.message_data, group_concat(s.branch_id, char(10)) FROM {table} m"
            " LEFT JOIN message_structure s ON s.message_id = m.id WHERE m.session_id = ? AND m.id > ?"
            " GROUP BY m.id ORDER BY m.id DESC LIMIT ?"
        )

    def read(limit: int, after: int, reading: Reading = reading, patience: float = LOCKED_SECONDS) -> Newest:
        try:
            with reading(patience) as connection:
                found = _rows(connection, query, (session.session_id, after, limit))
        except sqlite3.OperationalError as error:
            if "no such table" in str(error) or "unable to open" in str(error):
                return Newest([], is_there=False)  # AsyncSQLiteSession creates file and tables at its first call
            raise
        if not branched:
            return Newest(found)
        here = current_branch(session, "main")
        return Newest([_on_branch(StoredItem(key, as_text(data)), branches, here) for key, data, branches in found])

    def read_at_once(limit: int, after: int) -> Newest | None:
        if in_memory:
            with free_connection(session) as connection:
                return read(limit, after, lambda patience: nullcontext(connection)) if connection is not None else None
        try:
            return read(limit, after, patience=0.0)
        except sqlite3.OperationalError:  # locked, or an error that the read that waits will raise
            return None

    def is_there() -> bool:
        try:
            with reading(LOCKED_SECONDS) as connection:
                return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone())
        except sqlite3.OperationalError:
            return False

    name = table, session.session_id
    rows = JsonRows(_file_name(path), session.session_id, place, name, read, is_there, in_memory=in_memory)
    rows = replace(rows, read_at_once=read_at_once)
    return rows if in_memory else replace(rows, close=file.close)


def _async_sqlite(session: Any, otherwise: Otherwise, opened: Reading | None) -> RowSource | None:
    # In memory, only its own connection sees the rows, and that belongs to one event loop.
    return _sqlite(session, otherwise, opened) if str(session.db_path) != ":memory:" else None


def _on_branch(row: StoredItem, branches: str | None, here: str) -> StoredItem:
    if branches is None:
        return row._replace(unread=Cause.NO_STRUCTURE, why="no branch holds it: it has no row in message_structure")
    names = tuple(branches.split("\n"))
    if here not in names:
        where = "another branch" if len(names) == 1 else "other branches"
        row = row._replace(unread=Cause.OTHER_BRANCH, why=f"on {where}: {', '.join(names)}")
    return row._replace(branches=names)


def _sqlalchemy(session: Any, otherwise: Otherwise, opened: Reading | None) -> RowSource:
    from sqlalchemy import select
    from sqlalchemy.exc import DBAPIError

    table = message_table(session)
    _count_connections(session.engine)

    async def read(limit: int, after: int) -> Newest:
        engine = session.engine
        disposed = _is_disposed(engine)
        if disposed and in_memory:
            return Newest([], is_there=False)  # an in-memory database is gone with its last connection
        try:
            return await look(limit, after)
        finally:
            if disposed and _connections_since_disposal[engine.sync_engine] == 1:
                await engine.dispose()  # closes the connection of this read, which the application does not know of

    async def look(limit: int, after: int) -> Newest:
        query = (
            select(table.c.id, table.c.message_data)
            .where(table.c.session_id == session.session_id, table.c.id > after)
            .order_by(table.c.created_at.desc(), table.c.id.desc())
            .limit(limit)
        )
        try:
            async with connected(session) as connection:
                found = (await connection.execute(query)).all()
        except DBAPIError as error:
            if "no such table" in str(error) or server_code(error) in NO_TABLE_CODES:
                return Newest([], is_there=False)  # the session creates its tables at its first call
            raise

        return Newest([StoredItem(key, as_text(data)) for key, data in found])

    url = session.engine.url
    is_named = url.database not in (None, "", ":memory:")
    # The URL of a server can leave out the database: the driver, or a function that connects, can know it.
    in_memory = url.get_backend_name() == "sqlite" and not is_named

    async def is_there() -> bool:
        if url.get_backend_name() == "sqlite" and not in_memory and not Path(str(url.database)).exists():
            return False  # connecting would create the file
        # A read finds the table in the schema that the session itself uses.
        return (await read(1, 0)).is_there

    store = url.database or url.render_as_string(hide_password=True)
    place: Hashable = str(url) if is_named else id(session.engine)
    name = table.name, session.session_id
    return JsonRows(_file_name(store), session.session_id, place, name, read, is_there, in_memory=in_memory)


_connections_since_disposal: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
"""For each engine through which rows were read: the connections made since it was disposed, infinite before that."""


def _count_connections(engine: Any) -> None:
    """From now on, count the connections that an AsyncEngine makes after it was disposed."""
    from sqlalchemy import event

    if engine.sync_engine in _connections_since_disposal:
        return
    _connections_since_disposal[engine.sync_engine] = math.inf
    of_the_pool = ref(engine.sync_engine)  # the pool must not keep its engine

    @event.listens_for(engine.sync_engine, "engine_disposed")
    def begin(disposed: Any) -> None:
        _connections_since_disposal[disposed] = 0

    @event.listens_for(engine.sync_engine, "connect")
    def count(connection: Any, record: Any) -> None:
        sync_engine = of_the_pool()
        if sync_engine is not None:
            _connections_since_disposal[sync_engine] += 1


def _is_disposed(engine: Any) -> bool:
    return _connections_since_disposal.get(engine.sync_engine) == 0


def _redis(session: Any, otherwise: Otherwise, opened: Reading | None) -> RowSource:
    client, name = redis_client(session), redis_list(session)

    async def read(limit: int, after: int) -> Newest:
        async with client.pipeline(transaction=False) as asked:
            asked.lrange(name, -limit, -1).llen(name).pttl(name)
            found: tuple[Sequence[Any], int, int] = await asked.execute()
        texts, total, left = found
        first = total - len(texts) + 1
        rows = [StoredItem(first + place, as_text(text)) for place, text in reversed(list(enumerate(texts)))]
        expires_at = time.time() + left / 1_000 if left >= 0 else None
        return Newest([row for row in rows if row.key > after], expires_at)

    return JsonRows("redis", session.session_id, id(client), name, read, keys_are_places=True)


def _encrypted(session: Any, otherwise: Otherwise, opened: Reading | None) -> RowSource | None:
    inner = source_of(session.underlying_session, otherwise, opened)
    return EncryptedRows(inner, session) if inner is not None else None


def _compaction(session: Any, otherwise: Otherwise, opened: Reading | None) -> RowSource | None:
    return source_of(session.underlying_session, otherwise, opened)


_AROUND_ANOTHER = {
    "agents.extensions.memory.encrypt_session.EncryptedSession",
    "agents.memory.openai_responses_compaction_session.OpenAIResponsesCompactionSession",
}
_SOURCES: dict[str, Callable[[Any, Otherwise, Reading | None], RowSource | None]] = {
    "agents.memory.sqlite_session.SQLiteSession": _sqlite,
    "agents.extensions.memory.advanced_sqlite_session.AdvancedSQLiteSession": _sqlite,
    "agents.extensions.memory.async_sqlite_session.AsyncSQLiteSession": _async_sqlite,
    "agents.extensions.memory.sqlalchemy_session.SQLAlchemySession": _sqlalchemy,
    "agents.extensions.memory.redis_session.RedisSession": _redis,
    "agents.extensions.memory.encrypt_session.EncryptedSession": _encrypted,
    "agents.memory.openai_responses_compaction_session.OpenAIResponsesCompactionSession": _compaction,
}
"""Keyed by the name of the class, so that no extension has to be imported for a session of another class."""


def _file_name(path: str) -> str:
    return os.path.basename(path) or path
