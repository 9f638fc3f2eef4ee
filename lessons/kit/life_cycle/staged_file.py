"""An exported file, checked as a whole and laid out on disk, so that its sessions can be read like those of any place."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from lessons.kit.life_cycle.export_file import Part, check_room, read_export
from lessons.kit.life_cycle.places.dialects import batches
from lessons.kit.life_cycle.places.place import STRUCTURE, Row, SessionInfo, Values, refuse
from lessons.kit.life_cycle.places.sql_place import ADVANCED
from lessons.kit.life_cycle.progress import Progress

_TABLES = """
CREATE TABLE sessions (session_id TEXT PRIMARY KEY, created_at TEXT, updated_at TEXT, expires_at TEXT);
CREATE TABLE rows (place INTEGER PRIMARY KEY, session_id TEXT, key INTEGER, data BLOB, at TEXT);
CREATE TABLE more (place INTEGER PRIMARY KEY, session_id TEXT, name TEXT, row_values TEXT);
CREATE TABLE main (session_id TEXT, sequence INTEGER, key INTEGER);
"""
_INDEXES = """
CREATE INDEX rows_of ON rows (session_id, place);
CREATE INDEX row_of ON rows (session_id, key);
CREATE INDEX more_of ON more (session_id, place);
CREATE INDEX main_of ON main (session_id, sequence);
"""


CHECKED = "rows checked"

_QUIET = Progress()


@contextmanager
def staged(path: Path, progress: Progress = _QUIET) -> Iterator["StagedFile"]:
    """The sessions of an exported file, which is read to its end first. Raises Refused if anything in it is wrong."""
    session_class, parts = read_export(path)
    with tempfile.TemporaryDirectory(prefix="sessions-import-", ignore_cleanup_errors=True) as folder:
        check_room(path, Path(folder))
        with closing(sqlite3.connect(Path(folder) / "staged.db", isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(_TABLES)
            with progress.interrupting(connection.interrupt):
                _fill(connection, path, parts, progress)
                connection.executescript(_INDEXES)
            yield StagedFile(str(path), session_class, connection)


def _fill(connection: sqlite3.Connection, path: Path, parts: Iterator[Part], progress: Progress) -> None:
    connection.execute("BEGIN")
    session_id, count = "", 0
    try:
        for batch in batches(parts):
            rows: list[tuple[Any, ...]] = []
            for part in batch:
                match part:
                    case SessionInfo():
                        session_id = part.session_id
                        values = (part.session_id, part.created_at, part.updated_at, part.expires_at)
                        connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", tuple(map(_kept, values)))
                    case Row():
                        rows.append((_kept(session_id), part.key, part.data.encode("utf-8", "surrogatepass"), part.at))
                    case (table, values):
                        _add_more(connection, session_id, table, values)
            connection.executemany("INSERT INTO rows (session_id, key, data, at) VALUES (?, ?, ?, ?)", rows)
            count += len(rows)
            progress(CHECKED, count)
    except sqlite3.IntegrityError as error:
        raise refuse(f"{path} is damaged: it has a session twice.", "Export the sessions again.") from error
    connection.execute("COMMIT")


def _add_more(connection: sqlite3.Connection, session_id: str, table: str, values: Values) -> None:
    given = (_kept(session_id), table, json.dumps(values))
    connection.execute("INSERT INTO more (session_id, name, row_values) VALUES (?, ?, ?)", given)
    if table == STRUCTURE and values.get("branch_id") == "main":
        place = (_kept(session_id), values.get("sequence_number"), values.get("message_id"))
        connection.execute("INSERT INTO main VALUES (?, ?, ?)", place)


def _kept(text: Any) -> Any:
    """A text as SQLite can keep it, whatever half of a surrogate pair is in it."""
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text


class StagedFile:
    """The sessions of an exported file."""

    def __init__(self, label: str, session_class: str, connection: sqlite3.Connection) -> None:
        self.label, self.session_class, self._connection = label, session_class, connection

    @contextmanager
    def reading(self) -> Iterator[None]:
        yield

    def sessions(self) -> Iterator[SessionInfo]:
        for found in self._connection.execute("SELECT * FROM sessions ORDER BY rowid"):
            yield SessionInfo(*map(_text, found))

    def session(self, session_id: str) -> SessionInfo | None:
        found = self._connection.execute("SELECT * FROM sessions WHERE session_id = ?", (_kept(session_id),)).fetchone()
        return SessionInfo(*map(_text, found)) if found else None

    def count(self, session_ids: Sequence[str] | None) -> int:
        if session_ids is None:
            return int(self._connection.execute("SELECT count(*) FROM rows").fetchone()[0])
        query = "SELECT count(*) FROM rows WHERE session_id = ?"
        return sum(self._connection.execute(query, (_kept(one),)).fetchone()[0] for one in session_ids)

    def rows(self, session_id: str) -> Iterator[Row]:
        query = "SELECT key, data, at FROM rows WHERE session_id = ? ORDER BY place"
        for key, data, at in self._connection.execute(query, (_kept(session_id),)):
            yield Row(key, str(_text(data)), at)

    def visible(self, session_id: str) -> Iterator[Row]:
        if self.session_class != ADVANCED:
            yield from self.rows(session_id)
            return
        query = (
            "SELECT r.key, r.data, r.at FROM main m JOIN rows r ON r.session_id = m.session_id AND r.key = m.key"
            " WHERE m.session_id = ? ORDER BY m.sequence"
        )
        for key, data, at in self._connection.execute(query, (_kept(session_id),)):
            yield Row(key, str(_text(data)), at)

    def more(self, session_id: str) -> Iterator[tuple[str, Values]]:
        query = "SELECT name, row_values FROM more WHERE session_id = ? ORDER BY place"
        for table, values in self._connection.execute(query, (_kept(session_id),)):
            yield table, json.loads(values)


def _text(data: Any) -> Any:
    return data.decode("utf-8", "surrogatepass") if isinstance(data, bytes) else data
