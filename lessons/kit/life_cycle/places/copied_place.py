"""Sessions of a store without tables, as a place: all of them are copied into a SQLite file, changed there, and put back.

What the store keeps is changed in one step, after everything that was written is known to be right.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lessons.kit.life_cycle.places.dialects import SQLite
from lessons.kit.life_cycle.places.place import Row, SessionInfo, is_json
from lessons.kit.life_cycle.places.sql_place import PLAIN, SqlPlace
from lessons.kit.life_cycle.places.sql_writing import SqlWriting
from lessons.kit.stores.rows import Row as StoredRow
from lessons.kit.stores.table_names import Tables
from lessons.kit.stores.whole_sessions import KeepsWholes, WholeSession

if TYPE_CHECKING:
    from agents import Session

OF_A_SESSION = 1 << 40
"""Each session counts its own row ids. In the copy, those of two sessions are this far apart."""


def as_json(data: str) -> str:
    """The text of a row as a JSON file gives it back."""
    return json.dumps(json.loads(data))


@dataclass(frozen=True)
class Kept:
    """What a store without tables keeps: which of KEEPS, which texts, and in which form it gives them back.

    `files` are the files with everything that is stored. `why_no_proof` says why the bytes cannot be searched, '' if they can.
    """

    keeps: frozenset[str]
    takes: Callable[[str], bool] = is_json
    form: Callable[[str], str] = as_json
    files: Callable[[], list[Path]] = list
    why_no_proof: str = ""


Opener = Callable[[str, "CopiedPlace"], "AbstractAsyncContextManager[Session]"]


class CopiedPlace(SqlPlace):
    """The sessions of `store`. `open_` opens one as the SDK's class does, given its id and this place."""

    def __init__(self, label: str, store: KeepsWholes, kept: Kept, open_: Opener) -> None:
        super().__init__(
            SQLite(Path(), named=label), Tables(), PLAIN, _Writing, lambda session_id: open_(session_id, self), _make
        )
        self.label, self.store, self.keeps = label, store, kept.keeps
        self._kept = kept
        self._touched: set[str] = set()
        self._interrupted = False

    def interrupt(self) -> None:
        self._interrupted = True
        super().interrupt()

    @property
    def file(self) -> Path | None:
        return None

    @property
    def why_no_proof(self) -> str:
        return self._kept.why_no_proof

    def files(self) -> list[Path]:
        return self._kept.files()

    def takes(self, data: str) -> bool:
        return self._kept.takes(data)

    def form(self, data: str) -> str:
        return self._kept.form(data) if self.takes(data) else data

    def exists(self) -> bool:
        return next(iter(self.store.whole_sessions()), None) is not None

    def rows(self, session_id: str) -> Iterator[Row]:
        has_keys, has_times = "keys" in self.keeps, "times" in self.keeps
        for row in super().rows(session_id):
            key = (row.key or 0) % OF_A_SESSION
            yield replace(row, key=key if has_keys else None, at=row.at if has_times else None)

    def visible(self, session_id: str) -> Iterator[Row]:
        return self.rows(session_id)

    def touched(self, session_id: str) -> None:
        """Note that what is written changes this session."""
        self._touched.add(session_id)

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """A SQLite file with all sessions as they are now."""
        with tempfile.TemporaryDirectory(prefix="sessions-copy-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "sessions.db"
            path.touch(0o600)
            with closing(SQLite(path).connect()) as connection:
                _make(connection)
                connection.execute("BEGIN")
                for number, whole in enumerate(self.store.whole_sessions(), start=1):
                    self._check()
                    _fill(connection, whole, number * OF_A_SESSION)
                connection.execute("COMMIT")
            yield path

    @contextmanager
    def _connected(self, *, writing: bool) -> Iterator[Any]:
        self._interrupted = False  # a caller that still wants to stop calls `interrupt` again
        with self.copy() as path:
            self.database, self._touched = SQLite(path, named=self.label), set()
            with super()._connected(writing=writing) as connection:
                yield connection
                if writing:
                    self.store.replace_sessions(self._changed())

    def _changed(self) -> Iterable[tuple[str, WholeSession | None]]:
        for session_id in sorted(self._touched):
            self._check()
            info = self.session(session_id)
            rows = list(super().rows(session_id))
            if info is None:
                yield session_id, None
                continue
            yield (
                session_id,
                WholeSession(session_id, info.created_at or "", info.updated_at or "", _stored(info, rows)),
            )

    def _check(self) -> None:
        """Raises InterruptedError if `interrupt` was called."""
        if self._interrupted:
            raise InterruptedError


class _Writing(SqlWriting):
    """One transaction, which notes the sessions that it changes."""

    place: CopiedPlace

    def add_session(self, info: SessionInfo) -> None:
        self.place.touched(info.session_id)
        super().add_session(info)

    def add_rows(self, info: SessionInfo, rows: Callable[[], Iterator[Row]], *, keep_keys: bool) -> tuple[int, bool]:
        self.place.touched(info.session_id)
        count, kept = super().add_rows(info, rows, keep_keys=keep_keys and "keys" in self.place.keeps)
        return count, kept

    def remove(self, session_id: str, unused_since: str | None = None) -> int:
        count = super().remove(session_id, unused_since)
        if count >= 0:
            self.place.touched(session_id)
        return count

    def remove_rows(self, session_id: str, rows: Sequence[Row]) -> None:
        self.place.touched(session_id)
        for row in rows:
            which = f"id % {OF_A_SESSION} = ?" if row.key is not None else "message_data = ?"
            self.ask(
                f"DELETE FROM {self.messages} WHERE session_id = ? AND {which}",
                [session_id, row.data if row.key is None else row.key],
            )


def _stored(info: SessionInfo, rows: Sequence[Row]) -> list[StoredRow]:
    """The rows with the ids that they have in their session: their own, or the next free one."""
    last, found = 0, []
    for row in rows:
        key = (row.key or 0) % OF_A_SESSION
        last = key if key > last else last + 1
        found.append(StoredRow(last, info.session_id, row.data, row.at or info.updated_at or ""))
    return found


def _make(connection: Any) -> None:
    connection.execute("CREATE TABLE agent_sessions (session_id TEXT PRIMARY KEY, created_at TEXT, updated_at TEXT)")
    connection.execute(
        "CREATE TABLE agent_messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, message_data TEXT,"
        " created_at TEXT)"
    )
    connection.execute("CREATE INDEX idx_agent_messages_session_id ON agent_messages (session_id, id)")


def _fill(connection: Any, whole: WholeSession, first: int) -> None:
    database = SQLite(Path())
    database.execute(
        connection,
        "INSERT INTO agent_sessions VALUES (?, ?, ?)",
        [whole.session_id, whole.created_at, whole.updated_at],
    )
    database.many(
        connection,
        "INSERT INTO agent_messages VALUES (?, ?, CAST(? AS TEXT), ?)",
        (
            (first + row.key % OF_A_SESSION, whole.session_id, row.data, row.created_at or whole.updated_at)
            for row in whole.rows
        ),
    )
