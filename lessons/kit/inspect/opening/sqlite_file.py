"""A connection to a SQLite file that changes nothing: not the file, and no file next to it."""

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from lessons.kit.inspect.stored import CannotRead, TimeIsUp, text_or_bytes

T = TypeVar("T")
STATEMENT_SECONDS = 30.0
"""For one statement."""
BUSY_SECONDS = 2.0
"""How long a look waits for a lock."""
_BUSY_AGAIN_SECONDS = 0.05
"""How long a look waits for a lock, if the file was still locked at the look before."""
COPIED_BYTES = 1_000_000_000
_BETWEEN_TRIES = 0.0002
"""Seconds: a writer that never stops leaves less than a millisecond between two transactions."""
_COARSE_NANOSECONDS = 3_000_000_000
"""Some file systems keep the time of a change only to two seconds."""
_STEPS = 20_000
"""Steps of SQLite's machine between two looks at the clock."""


class SQLiteFile:
    """One file, opened to read. Raises CannotRead if it does not exist or cannot be opened.

    A file that is not a SQLite database, or is locked, raises sqlite3.Error at a statement: `in_words` makes CannotRead of it.
    """

    def __init__(self, path: Path) -> None:
        self.label = path.name
        with self._there():
            if not path.is_file():
                raise CannotRead(f"{path.name} does not exist." if not path.exists() else f"{path.name} is not a file.")
        self._path = path.absolute()
        self._wal, self._shm, self._journal = (f"{self._path}{end}" for end in ("-wal", "-shm", "-journal"))
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._is_locked = False
        self._connection, self._seen = self._open()

    def _open(self, is_written: bool = False) -> tuple[sqlite3.Connection, object]:
        """A connection that cannot write, and the fingerprint of the file if it was opened as one that does not change.

        A reader of a file in WAL mode makes a -wal and a -shm file, and leaves them behind. So a file that no process has open
        is opened as immutable, and each look checks afterwards that it has not changed. A file that is in use is opened as any
        reader does, and so is a file that has changed more than once during a look. A file with a -wal file and no -shm file is
        read from a private copy.
        """
        seen = None if is_written else self._fingerprint()
        mode = "immutable=1" if seen is not None else "mode=ro"
        path = self._path
        if self._has_work_of_nobody():
            path, mode = self._copied(), "mode=ro"
        return self._connected(path, mode), seen

    def _connected(self, path: Path, mode: str) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                f"{path.as_uri()}?{mode}", uri=True, timeout=0, check_same_thread=False, isolation_level=None
            )
        except sqlite3.OperationalError as error:
            raise CannotRead(_why_not(path)) from error
        connection.text_factory = text_or_bytes
        connection.execute("PRAGMA query_only = ON")
        trust_no_schema(connection)
        return connection

    def _has_work_of_nobody(self) -> bool:
        """Whether the file has a -wal without its -shm: no program has it open, and any reader would make the -shm."""
        return _seen(self._wal) is not None and _seen(self._shm) is None

    def _copied(self) -> Path:
        """A private copy of the file and its -wal, which is read instead of them."""
        files = [self._path, Path(self._wal)]
        if sum(one.stat().st_size for one in files) > COPIED_BYTES:
            raise CannotRead(
                f"{self.label} has a -wal file and no -shm file, and is too large to be copied. Open and close it once with "
                "the program that writes it."
            )
        try:
            self._copy = self._copy or tempfile.TemporaryDirectory(prefix="sessions-inspect-")
            for one in files:
                shutil.copyfile(one, Path(self._copy.name) / one.name)
        except OSError as error:
            if unread := next(filter(None, map(_unread, files)), ""):
                raise CannotRead(unread) from None
            raise CannotRead(
                f"{self.label} has a -wal file and no -shm file, so it is read from a copy, which cannot be written to the "
                f"folder for temporary files: {error.strerror or type(error).__name__}."
            ) from None
        return Path(self._copy.name) / self._path.name

    def _fingerprint(self) -> object:
        """Identity, size and time of the file; None if another process has it open or has left work to finish."""
        with self._there():
            if _seen(self._wal) is not None or _seen(self._journal) is not None:
                return None
            at = os.stat(self._path)
            return at.st_ino, at.st_size, at.st_mtime_ns

    def is_empty(self) -> bool:
        """Whether the file has no bytes."""
        with self._there():
            return self._path.stat().st_size == 0

    @contextmanager
    def _there(self) -> Iterator[None]:
        """Raises CannotRead if the file does not exist, or its folder may not be read: both can happen after it was opened."""
        try:
            yield
        except PermissionError:
            raise CannotRead(f"{self.label} is in a folder that may not be read by this user.") from None
        except OSError:
            raise CannotRead(f"{self.label} does not exist.") from None

    def execute(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """The rows of one statement."""
        return self.from_one_state(lambda: self._connection.execute(query, values).fetchall())

    def from_one_state(self, look: Callable[[], T]) -> T:
        """What `look` returns of one state of the file. It is called again while another process writes."""
        end = time.monotonic() + (BUSY_SECONDS if not self._is_locked else _BUSY_AGAIN_SECONDS)
        changes = 0
        while True:
            try:
                with self._timed():
                    found = look()
            except sqlite3.Error as error:
                if _is_busy(error) and time.monotonic() < end:
                    # SQLite itself would try every 0.1 seconds, and miss the moment between two transactions.
                    time.sleep(_BETWEEN_TRIES)
                    continue
                self._is_locked = _is_busy(error)
                if self._is_as_seen():
                    if "unable to open" in str(error) and (unread := self._unread_part()):
                        raise CannotRead(unread) from None
                    raise
            else:
                if self._is_as_seen():
                    self._is_locked = False
                    return found
            # Another process has opened the file since, and perhaps written to it.
            self._connection.close()
            changes += 1
            self._connection, self._seen = self._open(is_written=changes > 1)

    @contextmanager
    def one_transaction(self) -> Iterator[None]:
        """One state of the file for all statements in it."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    def _is_as_seen(self) -> bool:
        return self._seen is None or self._seen == self._fingerprint()

    @contextmanager
    def _timed(self) -> Iterator[None]:
        end = time.monotonic() + STATEMENT_SECONDS
        self._connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            yield
        finally:
            self._connection.set_progress_handler(None, 0)

    def _unread_part(self) -> str:
        """What is wrong with a file next to this one that is needed to read it; '' for nothing."""
        return next(filter(None, (_unread(Path(end)) for end in (self._wal, self._shm))), "")

    def changed(self, session_id: str | None) -> str:
        with self._there():
            seen = filter(None, map(_seen, (str(self._path), self._wal)))
            return " ".join(f"{one.st_size} {one.st_mtime_ns}" for one in seen)

    def version(self) -> str:
        """Device, inode, size and change time of the file and its -wal; '' if these do not prove that nothing was written.

        They prove it because a program can set the time of the last write, but not the change time (ctime). They do not on
        Windows, while a -journal or a private copy exists, and within _COARSE_NANOSECONDS of the last change.
        """
        if self._copy is not None or os.name == "nt":
            return ""
        with self._there():
            if _seen(self._journal) is not None:
                return ""
            seen = list(filter(None, map(_seen, (str(self._path), self._wal))))
        if not seen or time.time_ns() - max(one.st_ctime_ns for one in seen) < _COARSE_NANOSECONDS:
            return ""  # a write at this moment could have the same time
        return " ".join(f"{one.st_dev} {one.st_ino} {one.st_size} {one.st_ctime_ns}" for one in seen)

    def close(self) -> None:
        self._connection.close()
        if self._copy is not None:
            self._copy.cleanup()


def _seen(path: str) -> os.stat_result | None:
    """What the system says of a file; None if it does not exist. Raises OSError if it may not be asked."""
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def trust_no_schema(connection: sqlite3.Connection) -> None:
    """Let tables and views call only functions that SQLite counts as harmless, if its own JSON functions are among them.

    If they are not, SQLite could not read a file with a column that a JSON function generates, so nothing is set. SQL can do no
    harm then either: Python does not let it load an extension, and gives it no other harmful function.
    """
    if _trusts_its_json():
        connection.execute(_TRUST_NO_SCHEMA)


_TRUST_NO_SCHEMA = "PRAGMA trusted_schema = OFF"


@cache
def _trusts_its_json() -> bool:
    """Whether SQLite counts its JSON functions as harmless: 3.40 does not. It is tried, as the version does not tell."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(_TRUST_NO_SCHEMA)
        connection.execute("CREATE VIEW asks AS SELECT json_extract('[1]', '$[0]')")
        try:
            connection.execute("SELECT * FROM asks")
        except sqlite3.OperationalError:
            return False
    return True


def _why_not(path: Path) -> str:
    return _unread(path) or f"{path.name} cannot be opened."


def _unread(path: Path) -> str:
    """Why nothing can be read of the file; '' if it can, or does not exist."""
    try:
        path.open("rb").close()
    except FileNotFoundError:
        return ""
    except PermissionError:
        return f"{path.name} may not be read by this user."
    except OSError as error:
        return f"{path.name} cannot be opened ({type(error).__name__})."
    return ""


def _is_busy(error: sqlite3.Error) -> bool:
    return "locked" in str(error) or "busy" in str(error)


@contextmanager
def in_words(label: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise TimeIsUp(f"{label}: a statement took longer than {STATEMENT_SECONDS:g} seconds.") from error
        if _is_busy(error):
            raise CannotRead(f"{label} is locked by another program. Try again when it has finished.") from error
        if "readonly" in str(error):
            raise CannotRead(
                f"{label} has a -journal or -wal file that another program has left behind. Open and close it once with the "
                "program that writes it."
            ) from error
        raise CannotRead(f"{label} cannot be read: {error}.") from error
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise CannotRead(
                f"{label} is not a SQLite database, its beginning is damaged, or the whole file is encrypted."
            ) from error
        raise CannotRead(
            f"{label} is damaged: {error}. The command .recover of sqlite3 saves what can still be read."
        ) from error


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else "" if value is None else str(value)
