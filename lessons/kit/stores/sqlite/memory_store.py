"""The store with SQLiteSession in memory. Every session has its own database, which is lost when its handle is dropped."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lessons.kit.problems.problem import Problem
from lessons.kit.stores.as_stored import KeepsOnlyItems
from lessons.kit.stores.kind import IN_MEMORY, LASTING, SHARED, StoreKind
from lessons.kit.stores.rows import Row, RowPage, Size, TablePicture
from lessons.kit.stores.sdk_private import locked_connection
from lessons.kit.stores.session_list import SessionPage, SessionSummary, Sort, list_page
from lessons.kit.stores.sqlite.reading import read_page, read_picture, read_schema, read_total
from lessons.kit.stores.sqlite.session_list import summarise
from lessons.kit.stores.table_names import Tables
from lessons.kit.stores.whole_sessions import WholeSession

if TYPE_CHECKING:
    from agents import SQLiteSession

T = TypeVar("T")

_ONLY_IN_FILES = Problem(
    "A session in memory has its own database, which knows one id and no other table.",
    "Nothing was changed.",
    "Choose a store in a file.",
)

MOST = 1_000_000
"""The most sessions that are read where all of them are wanted."""

_IDS = "sessions.json"
"""The file in a copy with the session ids, in the order of its other files. An id can be too long for a file name."""


class SQLiteMemoryStore(KeepsOnlyItems):
    """Sessions whose rows are only in this process."""

    name = "sqlite_memory"
    label = "In memory"
    session_type = "SQLiteSession"
    medium = "memory"
    only_items = _ONLY_IN_FILES

    def __init__(self) -> None:
        self._sessions: dict[str, SQLiteSession] = {}
        self._lock = threading.RLock()  # a page can read while a restart drops the handles

    def open_session(self, session_id: str) -> "SQLiteSession":
        if session_id not in self._sessions:
            from agents import SQLiteSession

            self._sessions[session_id] = SQLiteSession(session_id)
        return self._sessions[session_id]

    def opening_code(self, session_id: str) -> str:
        return f'SQLiteSession("{session_id}")'

    def session_ids(self, limit: int = 100) -> list[str]:
        stored = [name for name, session in list(self._sessions.items()) if self.page(name, limit=1).rows]
        return stored[::-1][:limit]

    def sessions(self, search: str = "", sort: Sort = "last used", page: int = 1) -> SessionPage:
        found = filter(None, map(self._summary, self.session_ids(10_000)))
        return list_page(sorted(found, key=lambda one: one.updated_at, reverse=True), search, sort, page)

    def page(self, session_id: str, before: int | None = None, after: int | None = None, limit: int = 50) -> RowPage:
        def read(reader: sqlite3.Connection) -> RowPage:
            page = read_page(reader, Tables(), session_id, before, after, limit)
            return RowPage(page.rows, read_total(reader, Tables(), session_id), page.has_older, page.has_newer)

        return self._read(session_id, read, RowPage())

    def newest_rows(self, limit: int = 50) -> tuple[Row, ...]:
        # Each session has its own database, and there is no order between databases.
        return tuple(row for session_id in self.session_ids() for row in self.page(session_id).rows)[-limit:]

    def picture(self, session_id: str) -> tuple[TablePicture, ...]:
        nothing = (TablePicture(Tables().messages, {}), TablePicture(Tables().sessions, {}))
        return self._read(session_id, lambda reader: read_picture(reader, Tables(), session_id), nothing)

    def schema(self) -> str:
        any_session = next(iter(self._sessions), "")
        return self._read(any_session, read_schema, "")

    def size(self) -> Size:
        pages = (self._read(name, _page_bytes, 0) for name in list(self._sessions))
        return Size(sum(pages), "the database pages in memory")

    def close(self) -> list[str]:
        with self._lock:
            dropped = [f"{session_id} in memory" for session_id in self._sessions]
            for session in self._sessions.values():
                session.close()
            self._sessions.clear()
        return dropped

    def release(self) -> None:
        pass  # a database in memory has no file and is lost when its connection is closed

    def loses_when_closed(self) -> bool:
        return bool(self.session_ids(limit=1))

    def erase(self) -> None:
        self.close()

    def save_to(self, folder: Path) -> None:
        if self._sessions:
            (folder / _IDS).write_text(json.dumps(list(self._sessions)))
        for number, session in enumerate(self._sessions.values()):
            with _read_only(session) as memory, closing(sqlite3.connect(folder / f"{number}.db")) as copy:
                memory.backup(copy)

    def restore_from(self, folder: Path) -> None:
        saved = json.loads((folder / _IDS).read_text()) if (folder / _IDS).exists() else []
        with self._lock:
            for session_id in [name for name in self._sessions if name not in saved]:
                self._sessions.pop(session_id).close()
        for number, session_id in enumerate(saved):
            session = self.open_session(session_id)
            with closing(sqlite3.connect(folder / f"{number}.db")) as source, locked_connection(session) as memory:
                source.backup(memory)

    def whole_sessions(self) -> Iterator[WholeSession]:
        for session_id in self.session_ids(MOST)[::-1]:
            whole = self._read(session_id, lambda reader, name=session_id: _whole(reader, name), None)  # type: ignore[misc]
            if whole is not None:
                yield whole

    def replace_sessions(self, changed: Iterable[tuple[str, WholeSession | None]]) -> None:
        with self._lock, ExitStack() as stack:
            used = []
            try:
                for session_id, whole in changed:
                    memory = stack.enter_context(locked_connection(self.open_session(session_id)))
                    used.append(memory)
                    _replace(memory, session_id, whole)
            except BaseException:
                for memory in used:
                    memory.rollback()
                raise
            for memory in used:
                memory.commit()

    def _summary(self, session_id: str) -> SessionSummary | None:
        return self._read(session_id, lambda reader: summarise(reader, Tables(), session_id), None)

    def _read(self, session_id: str, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        with self._lock:
            session = self._sessions.get(session_id)
            if session is None:
                return nothing
            with _read_only(session) as reader:
                return work(reader)


def _whole(reader: sqlite3.Connection, session_id: str) -> WholeSession:
    made, used = reader.execute("SELECT created_at, updated_at FROM agent_sessions").fetchone() or ("", "")
    rows = reader.execute("SELECT id, CAST(message_data AS BLOB), created_at FROM agent_messages ORDER BY id")
    # As bytes, since another program can have stored text that is not UTF-8.
    texts = ((key, data.decode("utf-8", "surrogateescape"), time) for key, data, time in rows)
    return WholeSession(session_id, made, used, [Row(key, session_id, data, time) for key, data, time in texts])


def _replace(memory: sqlite3.Connection, session_id: str, whole: WholeSession | None) -> None:
    """Begin a transaction that replaces the one session of this database. The caller commits it."""
    for table in ("agent_messages", "agent_sessions"):
        memory.execute(f"DELETE FROM {table}")
    if whole is None:
        return
    memory.execute("INSERT INTO agent_sessions VALUES (?, ?, ?)", (session_id, whole.created_at, whole.updated_at))
    memory.executemany(
        "INSERT INTO agent_messages VALUES (?, ?, CAST(? AS TEXT), ?)",
        ((row.key, session_id, row.data.encode("utf-8", "surrogateescape"), row.created_at) for row in whole.rows),
    )


def _page_bytes(reader: sqlite3.Connection) -> int:
    pages, each = (int(reader.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
    return pages * each


@contextmanager
def _read_only(session: "SQLiteSession") -> Iterator[sqlite3.Connection]:
    # A private in-memory database has only the session's own connection: a second, read-only one is not possible.
    # So this uses that connection under the session's lock, and forbids writing for the time of the read.
    with locked_connection(session) as connection:
        connection.execute("PRAGMA query_only = ON")
        try:
            yield connection
        finally:
            connection.execute("PRAGMA query_only = OFF")


KIND: StoreKind = StoreKind(
    SQLiteMemoryStore.name,
    SQLiteMemoryStore.label,
    lambda folder: SQLiteMemoryStore(),
    script_path='":memory:"',
    notice=IN_MEMORY,
    lacks=(LASTING, SHARED),
)
