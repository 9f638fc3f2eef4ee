"""The sessions of a fixture: SQL statements or JSON. The fixture is run into a private file, and that file is read."""

import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from lessons.kit.inspect.opening.sqlite_file import STATEMENT_SECONDS, trust_no_schema
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.stored import CannotRead
from lessons.kit.inspect.taking_away.fixture_forms import from_json

ENDING, JSON_ENDING = ".sql", ".json"
_BEGINS = '{"class":'
"""How a fixture of JSON begins, spaces aside."""
BYTES_LIMIT = 50_000_000
_PAGES = 250_000
"""The largest database that the statements may make, in pages of 4,096 bytes."""
_DENIED = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
"""These reach other files; VACUUM INTO needs the first."""
_PRAGMAS = ("foreign_keys", "writable_schema")
"""The only pragmas that are allowed: a dump of SQLite has them."""


class ScriptStorage(SQLiteStorage):
    """The database that a fixture makes, or any file of statements for SQLite. Raises CannotRead if they make none."""

    def __init__(self, path: Path) -> None:
        self._script = path
        folder = tempfile.TemporaryDirectory(prefix="sessions-inspect-")
        try:
            made = Path(folder.name) / path.name
            _run(_statements(path), made, path.name)
            super().__init__(made)
        except BaseException:
            folder.cleanup()
            raise
        self._copy = folder

    def changed(self, session_id: str | None) -> str:
        """Tells of the fixture, since the private file is made from it each time it is opened."""
        seen = self._script.stat()
        return f"{seen.st_size} {seen.st_mtime_ns}"


def is_json_fixture(path: Path) -> bool:
    """Whether a file of JSON begins like a fixture: a folder may have other JSON files too."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return "".join(file.read(100).split()).startswith(_BEGINS)
    except OSError:
        return False


def _statements(path: Path) -> str:
    text = _text(path)
    if path.suffix != JSON_ENDING:
        return text
    try:
        return from_json(text).as_sql()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, sqlite3.Error) as error:
        raise CannotRead(f"{path.name} is not a whole fixture ({type(error).__name__}: {error}).") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > BYTES_LIMIT:
            raise CannotRead(f"{path.name} has more than {BYTES_LIMIT:,} bytes, which is too large for a fixture.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CannotRead(f"{path.name} cannot be read ({type(error).__name__}).") from None
    except UnicodeDecodeError:
        raise CannotRead(f"{path.name} is not a text.") from None


def _run(statements: str, made: Path, label: str) -> None:
    end = time.monotonic() + STATEMENT_SECONDS
    with closing(sqlite3.connect(made)) as connection:
        trust_no_schema(connection)
        connection.execute(f"PRAGMA max_page_count = {_PAGES}")
        connection.set_progress_handler(lambda: time.monotonic() > end, 20_000)
        connection.set_authorizer(_allowed)
        try:
            connection.executescript(statements)
            connection.set_authorizer(None)
            connection.commit()
        except (sqlite3.Error, ValueError) as error:
            raise CannotRead(f"{label} cannot be run by SQLite: {error}.") from None


def _allowed(action: int, name: str | None, *_: object) -> int:
    is_denied = action in _DENIED or (action == sqlite3.SQLITE_PRAGMA and str(name).lower() not in _PRAGMAS)
    return sqlite3.SQLITE_DENY if is_denied else sqlite3.SQLITE_OK
