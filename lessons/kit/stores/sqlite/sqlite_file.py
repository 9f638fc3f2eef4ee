"""Reads, searches, describes and copies one SQLite file with the tables of a session class."""

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lessons.kit.deleting import discard
from lessons.kit.files import check_is_file
from lessons.kit.problems.disk_errors import OWN_MISTAKES, damaged, unreadable
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.as_stored import ReturnsAsStored
from lessons.kit.stores.rows import Row, RowPage, Size, TablePicture, size_of_files
from lessons.kit.stores.session_list import Metadata, SessionPage, Sort, cut_page
from lessons.kit.stores.sqlite.foreign_values import foreign_value
from lessons.kit.stores.sqlite.open_readers import is_closed, looking, looks
from lessons.kit.stores.sqlite.reading import has_table, read_newest, read_page, read_picture, read_schema, read_total
from lessons.kit.stores.sqlite.session_list import (
    METADATA_TABLE,
    find_session_ids,
    rename,
    summarise,
    write_metadata,
)
from lessons.kit.stores.table_names import Tables

if TYPE_CHECKING:
    pass

T = TypeVar("T")

KEPT_SEARCHES = 20
KEPT_LOOKS = 60
WAITS_SECONDS = 5.0
"""How long a look of a page waits for a locked file."""


class SQLiteFile(ReturnsAsStored, ABC):
    """The base class of all stores in a SQLite file. Rows are read through a second connection that cannot write.

    A subclass opens and closes the sessions, and names the further tables of its session class.
    """

    medium = "file"
    keeps_metadata = True
    more_tables: tuple[str, ...] = ()
    """Tables that the session class has in addition to its two, each with a column session_id."""

    def __init__(self, name: str, label: str, path: Path, tables: Tables | None = None) -> None:
        self.name, self.label, self.path, self.tables = name, label, path, tables or Tables()
        self._reader: sqlite3.Connection | None = None
        self._reads: tuple[int, int] | None = None
        self._reader_lock = threading.RLock()
        self._totals: dict[str, tuple[int, int]] = {}
        self._searched: tuple[int, dict[tuple[str, Sort], list[str]]] | None = None
        self._looked: tuple[int, dict[Hashable, Any]] | None = None

    @abstractmethod
    def close_sessions(self) -> list[str]:
        """Drop every handle. Returns the names of the sessions that were open."""

    @abstractmethod
    def release_sessions(self) -> None:
        """Close the connections of the sessions for `release`. The handles stay."""

    def session_ids(self, limit: int = 100) -> list[str]:
        return self._read(lambda reader: self._found(reader, "", "last used")[:limit], [])

    def sessions(self, search: str = "", sort: Sort = "last used", page: int = 1) -> SessionPage:
        def read(reader: sqlite3.Connection) -> SessionPage:
            ids, number = cut_page(self._found(reader, search, sort), page)
            summaries = (summarise(reader, self.tables, session_id) for session_id in ids)
            return SessionPage(tuple(filter(None, summaries)), len(self._found(reader, search, sort)), number)

        return self._read(read, SessionPage())

    def rename(self, session_id: str, new_id: str) -> None:
        def write(connection: sqlite3.Connection) -> None:
            if not rename(connection, self.tables, session_id, new_id, self.more_tables):
                raise Refused(
                    Problem(f"There is a session {new_id!r} already.", "Nothing was changed.", "Choose another id.")
                )

        self._write(write)

    def describe(self, session_id: str, metadata: Metadata) -> None:
        def write(connection: sqlite3.Connection) -> None:
            if not write_metadata(connection, self.tables, session_id, metadata):
                raise Refused(
                    Problem(
                        f"There is no session {session_id!r}.", "Nothing was changed.", "Store an item in it first."
                    )
                )

        self._write(write)

    def page(self, session_id: str, before: int | None = None, after: int | None = None, limit: int = 50) -> RowPage:
        def read(reader: sqlite3.Connection) -> RowPage:
            page = read_page(reader, self.tables, session_id, before, after, limit)
            return RowPage(page.rows, self._total(reader, session_id), page.has_older, page.has_newer)

        return self._read(read, RowPage())

    def newest_rows(self, limit: int = 50) -> tuple[Row, ...]:
        return self._read(lambda reader: read_newest(reader, self.tables, limit), ())

    def picture(self, session_id: str) -> tuple[TablePicture, ...]:
        nothing = (TablePicture(self.tables.messages, {}), TablePicture(self.tables.sessions, {}))
        return self._read(lambda reader: read_picture(reader, self.tables, session_id, self.more_tables), nothing)

    def schema(self) -> str:
        return self._read(read_schema, "")

    def size(self) -> Size:
        return size_of_files(self._files(), "the file with its log (-wal, -shm)")

    def close(self) -> list[str]:
        dropped = self.close_sessions()
        with self._reader_lock:
            self._close_reader()
        return dropped

    def release(self) -> None:
        self.release_sessions()
        self.close_reader(patience=1)

    def close_reader(self, patience: float = 0) -> bool:
        """Close the connection for reading, unless it stays in use for longer than `patience` seconds.

        Returns whether it is closed.
        """
        free = self._reader_lock.acquire(timeout=patience)
        if free:
            try:
                self._close_reader()
            finally:
                self._reader_lock.release()
        return free

    def loses_when_closed(self) -> bool:
        return False

    def save_to(self, folder: Path) -> None:
        if not self.path.exists():
            return
        with self._reader_lock, closing(sqlite3.connect(folder / self.path.name)) as copy:
            self._read(lambda reader: reader.backup(copy), None)

    def restore_from(self, folder: Path) -> None:
        # The backup writes into the live file, so open handles stay valid, and sqlite_sequence is restored too.
        saved = folder / self.path.name
        if saved.exists():
            if self._is_damaged():
                self.erase()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(saved)) as source, closing(sqlite3.connect(self.path)) as live:
                source.backup(live)
        else:
            self.erase()

    def _is_damaged(self) -> bool:
        """Whether the file has to be replaced, since it is not a file or not a database."""
        try:
            self._read(read_schema, "")
        except Refused as refused:
            return refused.problem.start_over
        return False

    def erase(self) -> None:
        with self._reader_lock:  # so that no page opens the old file again in between
            self.close()
            for path in self._files():
                discard(path)

    def look(self, what: Hashable, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        """What `work` reads on a read-only connection, `nothing` if the file or its tables do not exist yet.

        The result is kept under `what`, and read again only if the file has changed. Raises Refused.
        """

        def read(reader: sqlite3.Connection) -> T:
            version = _version(reader)
            if self._looked is None or self._looked[0] != version or len(self._looked[1]) > KEPT_LOOKS:
                self._looked = version, {}
            known = self._looked[1]
            if what not in known:
                known[what] = work(reader)
            found: T = known[what]
            return found

        return self._read(read, nothing)

    @contextmanager
    def reading(self, patience: float) -> Iterator[sqlite3.Connection]:
        """The connection with which pages read, for queries of the caller.

        It waits `patience` seconds for another look, and as long for a locked file. Raises sqlite3.Error, OSError and Refused.
        """
        if not self._reader_lock.acquire(timeout=patience):
            raise sqlite3.OperationalError("another look at the file takes longer")
        try:
            if not check_is_file(self.path):
                raise sqlite3.OperationalError("unable to open the file: it does not exist")
            reader = self._open_reader()
            reader.execute(f"PRAGMA busy_timeout = {patience * 1_000:.0f}")
            yield reader
            reader.execute(f"PRAGMA busy_timeout = {WAITS_SECONDS * 1_000:.0f}")
        except BaseException:
            self._close_reader()  # the file can be replaced before the next look
            raise
        finally:
            self._reader_lock.release()

    def _files(self) -> list[Path]:
        return [self.path.with_name(self.path.name + suffix) for suffix in ("", "-wal", "-shm")]

    def _found(self, reader: sqlite3.Connection, search: str, sort: Sort) -> list[str]:
        """The ids that match a search. Each search runs once for each state of the file."""
        version = _version(reader)
        if self._searched is None or self._searched[0] != version or len(self._searched[1]) > KEPT_SEARCHES:
            self._searched = version, {}
        found = self._searched[1]
        if (search, sort) not in found:
            found[search, sort] = find_session_ids(reader, self.tables, search, sort)
        return found[search, sort]

    def _write(self, work: Callable[[sqlite3.Connection], None]) -> None:
        try:
            # mode=rw does not create the file: without the SDK's tables, there is no session to describe.
            address = f"{self.path.resolve().as_uri()}?mode=rw"
            with closing(sqlite3.connect(address, uri=True)) as connection, connection:
                work(connection)
        except OWN_MISTAKES:
            raise
        except sqlite3.Error as error:
            raise unreadable(self.path, error) from error

    def _total(self, reader: sqlite3.Connection, session_id: str) -> int:
        """The number of rows of a session, counted once for each state of the file: a count of a million rows is slow."""
        version = _version(reader)
        known = self._totals.get(session_id)
        if known is None or known[0] != version:
            known = self._totals[session_id] = version, read_total(reader, self.tables, session_id)
        return known[1]

    def _read(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        """Do `work` on a read-only connection. Returns `nothing` if the file or its tables do not exist yet.

        Raises Refused for what the file or its content causes. Any other error of `work` is raised as it is.
        """
        with self._reader_lock, looking():
            try:
                if not check_is_file(self.path):
                    return nothing
                return work(self._open_reader())
            except (sqlite3.Error, OSError) as error:
                if isinstance(error, OWN_MISTAKES):
                    self._close_reader()
                    raise
                no_table = "no such table" in str(error)
                lost = self._lost_table() if no_table else None
                self._close_reader()  # the file can be replaced before the next look
                if lost is not None:
                    what = f"The file {self.path.name} has no table {lost}, and has rows that belong to it"
                    raise damaged(what) from error
                if no_table:
                    return nothing
                raise unreadable(self.path, error) from error
            except Refused:
                raise
            except Exception as error:
                foreign = self._foreign_value()
                self._close_reader()
                if foreign:
                    raise damaged(f"The file {self.path.name} is damaged: {foreign}") from error
                raise

    def _foreign_value(self) -> str:
        """What is wrong with a value that the session class does not write, '' if there is no such value in the file."""
        tables = self.tables.sessions, self.tables.messages, METADATA_TABLE, *self.more_tables
        try:
            return foreign_value(self._open_reader(), tables)
        except (sqlite3.Error, OSError) as error:
            raise unreadable(self.path, error) from error

    def _lost_table(self) -> str | None:
        """The table of the session class that is missing while the other one has rows. None if there is no such table."""
        reader, tables = self._open_reader(), (self.tables.sessions, self.tables.messages)
        there = [name for name in tables if has_table(reader, name)]
        if len(there) != 1 or reader.execute(f"SELECT 1 FROM {there[0]} LIMIT 1").fetchone() is None:
            return None
        # Both are made before a row is stored: where they were made during this look, both are there by now.
        return next((name for name in tables if not has_table(reader, name)), None)

    def check(self) -> None:
        """Raises Refused if something at the path is not a regular file. SQLite would wait for data from a named pipe."""
        try:
            for path in self._files():
                check_is_file(path)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def _open_reader(self) -> sqlite3.Connection:
        looks(self)
        if self._reader is not None and self._reads != _identity(self.path):
            self._close_reader()  # another file stands there now
        if self._reader is None:
            self.check()
            address = f"{self.path.resolve().as_uri()}?mode=ro"
            self._reads = _identity(self.path)
            self._reader = sqlite3.connect(address, timeout=WAITS_SECONDS, uri=True, check_same_thread=False)
            # Other programs can store text that is not UTF-8. It is shown with replacement characters.
            self._reader.text_factory = lambda data: data.decode(errors="replace")
        return self._reader

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            is_closed(self)
        self._reader = None
        self._totals.clear()
        self._searched = None
        self._looked = None


def _identity(path: Path) -> tuple[int, int]:
    """What distinguishes a file from another one of the same name."""
    found = path.stat()
    return found.st_dev, found.st_ino


def _version(reader: sqlite3.Connection) -> int:
    """A number that changes whenever another connection changes the file."""
    return int(reader.execute("PRAGMA data_version").fetchone()[0])
