"""A SQLite file, opened so that nothing of it can change: not the file, and no file next to it."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from lessons.kit.inspect.opening.shapes import Table, find_pairs
from lessons.kit.inspect.opening.words import escaped, like
from lessons.kit.inspect.stored import (
    CHARACTERS_LIMIT,
    ROWS_LIMIT,
    CannotRead,
    Head,
    Hit,
    Medium,
    Pair,
    StoredRow,
    StoredSession,
    StructureRow,
    TimeIsUp,
    TurnTokens,
)

T = TypeVar("T")
STATEMENT_SECONDS = 30.0
"""For one statement."""
BUSY_SECONDS = 2.0
_STEPS = 20_000
"""Steps of SQLite's machine between two looks at the clock."""


class SQLitePlace:
    """The sessions of one file. Raises CannotRead if it is not a SQLite database, or is locked."""

    medium: Medium = "SQLite"

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise CannotRead(f"{path.name} does not exist." if not path.exists() else f"{path.name} is not a file.")
        self.label = path.name
        self._path = path.absolute()
        self._connection, self._seen = self._open()

    def _open(self) -> tuple[sqlite3.Connection, object]:
        """A connection that cannot write, and what the file looked like if it was opened as one that does not change.

        A reader of a file in WAL mode makes a -wal and a -shm file, and leaves them behind. So a file that nobody has open is
        read as it is, and each look checks afterwards that it has not changed; one that is in use is read as any reader does.
        """
        seen = self._fingerprint()
        mode = "immutable=1" if seen is not None else "mode=ro"
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?{mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            check_same_thread=False,
            isolation_level=None,
        )
        connection.text_factory = lambda data: data.decode(errors="replace")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        return connection, seen

    def _fingerprint(self) -> object:
        """Size, time and place of the file, None while another process has it open or has left work to finish."""
        if any(self._path.with_name(self._path.name + end).exists() for end in ("-wal", "-journal")):
            return None
        at = self._path.stat()
        return at.st_ino, at.st_size, at.st_mtime_ns

    def execute(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """The rows of one statement."""
        return self._looked(lambda: self._connection.execute(query, values).fetchall())

    def _looked(self, look: Callable[[], T]) -> T:
        try:
            with self._timed():
                found = look()
        except sqlite3.Error:
            if self._seen is None or self._seen == self._fingerprint():
                raise
        else:
            if self._seen is None or self._seen == self._fingerprint():
                return found
        # It has been opened, and perhaps written, by another process since.
        self._connection.close()
        self._connection, self._seen = self._open()
        with self._timed():
            return look()

    @contextmanager
    def _timed(self) -> Iterator[None]:
        end = time.monotonic() + STATEMENT_SECONDS
        self._connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            yield
        finally:
            self._connection.set_progress_handler(None, 0)

    def pairs(self) -> list[Pair]:
        with _in_words(self.label):
            names = [
                name
                for name, sql in self.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name")
                if not (sql or "").upper().startswith("CREATE VIRTUAL") and not name.startswith("sqlite_")
            ]
            tables = {name: self._describe(name) for name in names}
            return find_pairs(tables, self._has_rowid)

    def _describe(self, name: str) -> Table:
        columns = {row[1]: row[2] for row in self.execute(f"PRAGMA table_info({quoted(name)})")}
        refers_to = {row[3]: row[2] for row in self.execute(f"PRAGMA foreign_key_list({quoted(name)})")}
        return Table(columns, refers_to)

    def _has_rowid(self, name: str) -> bool:
        try:
            self.execute(f"SELECT rowid FROM {quoted(name)} LIMIT 0")
        except sqlite3.OperationalError:
            return False
        return True

    def newest(self, pair: Pair, limit: int, since: str = "") -> list[Head]:
        with _in_words(self.label):
            listed: list[Head] = []
            messages, created = quoted(pair.messages), pair.created or "''"
            if pair.sessions is not None:
                used = pair.updated or "created_at"
                query = (
                    f"SELECT session_id, {used}, created_at FROM {quoted(pair.sessions)} WHERE session_id IS NOT NULL"
                    f" AND replace({used}, 'T', ' ') >= ? ORDER BY {used} DESC LIMIT ?"
                )
                listed = [
                    Head(pair, text(one), text(at), created=text(made))
                    for one, at, made in self.execute(query, (since, limit))
                ]
            known = (
                f" WHERE NOT EXISTS (SELECT 1 FROM {quoted(pair.sessions)} s WHERE s.session_id = m.session_id)"
                if pair.sessions is not None
                else ""
            )
            newest = (
                f"SELECT {created} FROM {messages} t WHERE t.session_id = m.session_id ORDER BY {pair.key} DESC LIMIT 1"
            )
            query = f"{self._ids(pair)} SELECT m.session_id, ({newest}) FROM ids m{known or ' WHERE 1'}"
            query += " AND m.session_id IS NOT NULL LIMIT ?"
            others = [
                Head(pair, text(one), text(at), is_listed=pair.sessions is None)
                for one, at in self.execute(query, (limit,))
                if text(at).replace("T", " ") >= since
            ]
            # Sessions that no row lists come first: nobody else finds them.
            return [*others, *listed][:limit]

    def _ids(self, pair: Pair) -> str:
        """The ids that the rows name. In the SDK's index each id is looked up once, and not once for each of its rows."""
        messages = quoted(pair.messages)
        indexes = [name for _, name, *_ in self.execute(f"PRAGMA index_list({messages})")]
        first = [self.execute(f"PRAGMA index_info({quoted(name)})")[0][2] for name in indexes]
        if "session_id" not in first:
            return f"WITH ids AS (SELECT DISTINCT session_id FROM {messages})"
        return (
            f"WITH RECURSIVE ids(session_id) AS (SELECT min(session_id) FROM {messages} UNION ALL"
            f" SELECT (SELECT min(session_id) FROM {messages} WHERE session_id > ids.session_id) FROM ids"
            " WHERE ids.session_id IS NOT NULL)"
        )

    def find(self, pair: Pair, session_id: str) -> Head | None:
        with _in_words(self.label):
            if pair.sessions is not None:
                used = pair.updated or "created_at"
                query = f"SELECT {used}, created_at FROM {quoted(pair.sessions)} WHERE session_id = ?"
                for at, made in self.execute(query, (session_id,)):
                    return Head(pair, session_id, text(at), created=text(made))
            query = f"SELECT 1 FROM {quoted(pair.messages)} WHERE session_id = ? LIMIT 1"
            found = self.execute(query, (session_id,))
            return Head(pair, session_id, is_listed=pair.sessions is None) if found else None

    def read(self, head: Head, rows_limit: int = ROWS_LIMIT) -> StoredSession:
        with _in_words(self.label):
            return self._looked(lambda: self._read(head, rows_limit))

    def _read(self, head: Head, rows_limit: int) -> StoredSession:
        pair, ask = head.pair, self._connection.execute
        ask("BEGIN")  # one state of the file for all that follows
        try:
            query = (
                f"SELECT {pair.key}, message_data, {pair.created or 'NULL'} FROM {quoted(pair.messages)}"
                f" WHERE session_id = ? ORDER BY {pair.key} DESC LIMIT ?"
            )
            rows: list[StoredRow] = []
            room, is_whole = CHARACTERS_LIMIT, True
            for key, data, created in ask(query, (head.session_id, rows_limit + 1)):
                room -= len(data or "") if isinstance(data, str | bytes | None) else 0
                if len(rows) == rows_limit or room < 0:
                    is_whole = False
                    break
                rows.append(StoredRow(key, data, text(created)))
            structure: list[StructureRow] = []
            usage: list[TurnTokens] = []
            if pair.structure is not None:
                found = ask(f"SELECT * FROM {quoted(pair.structure)} WHERE session_id = ?", (head.session_id,))
                names = [name for name, *_ in found.description]
                structure = [_structure(dict(zip(names, row, strict=True))) for row in found]
            if pair.usage is not None:
                found = ask(f"SELECT * FROM {quoted(pair.usage)} WHERE session_id = ?", (head.session_id,))
                names = [name for name, *_ in found.description]
                usage = [_tokens(dict(zip(names, row, strict=True))) for row in found]
        finally:
            ask("COMMIT")
        return StoredSession(head, tuple(reversed(rows)), is_whole, tuple(structure), tuple(usage))

    def size(self, head: Head, limit: int) -> tuple[int, int]:
        with _in_words(self.label):
            part = f"SELECT message_data FROM {quoted(head.pair.messages)} WHERE session_id = ? LIMIT ?"
            query = f"SELECT count(*), sum(length(message_data)) FROM ({part})"
            ((items, characters),) = self.execute(query, (head.session_id, limit))
            return items, characters or 0

    def search(self, pair: Pair, words: str, limit: int) -> list[Hit]:
        found: dict[str, Hit] = {}
        with _in_words(self.label):
            messages = quoted(pair.messages)
            if pair.sessions is not None:
                query = f"SELECT session_id FROM {quoted(pair.sessions)} WHERE session_id LIKE ? ESCAPE '!' LIMIT ?"
                for (one,) in self.execute(query, (like(words), limit)):
                    found[text(one)] = Hit(text(one), None, text(one))
            # Of the columns that are not asked for, SQLite keeps those of the row that has the max().
            query = (
                f"SELECT session_id, max({pair.key}), message_data FROM {messages} WHERE session_id IS NOT NULL"
                " AND (message_data LIKE ? ESCAPE '!' OR message_data LIKE ? ESCAPE '!' OR session_id LIKE ? ESCAPE '!')"
                " GROUP BY session_id LIMIT ?"
            )
            for one, key, data in self.execute(query, (like(words), like(escaped(words)), like(words), limit)):
                found.setdefault(text(one), Hit(text(one), key, text(data)))
        return list(found.values())[:limit]

    def newest_rows(self, pair: Pair, limit: int) -> list[tuple[str, StoredRow]]:
        with _in_words(self.label):
            query = (
                f"SELECT session_id, {pair.key}, message_data, {pair.created or 'NULL'} FROM {quoted(pair.messages)}"
                f" ORDER BY {pair.key} DESC LIMIT ?"
            )
            rows = self.execute(query, (limit,))
            return [(text(one), StoredRow(key, data, text(created))) for one, key, data, created in rows]

    def changed(self, session_id: str | None) -> str:
        ends = [self._path.with_name(self._path.name + end) for end in ("", "-wal")]
        seen = [path.stat() for path in ends if path.exists()]
        return " ".join(f"{one.st_size} {one.st_mtime_ns}" for one in seen)

    def close(self) -> None:
        self._connection.close()


def _structure(values: dict[str, Any]) -> StructureRow:
    return StructureRow(
        values.get("id", 0),
        values["message_id"],
        values["branch_id"],
        values["sequence_number"],
        values.get("user_turn_number"),
        values,
    )


def _tokens(values: dict[str, Any]) -> TurnTokens:
    counts = [values.get(name) or 0 for name in ("input_tokens", "output_tokens", "total_tokens")]
    return TurnTokens(values["branch_id"], values["user_turn_number"], *counts)


@contextmanager
def _in_words(label: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise TimeIsUp(f"{label}: a statement took longer than {STATEMENT_SECONDS:g} seconds.") from error
        if "locked" in str(error) or "busy" in str(error):
            raise CannotRead(f"{label} is locked by another program. Try again when it has finished.") from error
        raise CannotRead(f"{label} cannot be read: {error}.") from error
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise CannotRead(f"{label} is not a SQLite database, or the whole file is encrypted.") from error
        raise CannotRead(f"{label} is damaged: {error}.") from error


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else "" if value is None else str(value)
