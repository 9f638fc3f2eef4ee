"""Sessions in the tables of SQLiteSession, AdvancedSQLiteSession or SQLAlchemySession, read in batches from one snapshot."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lessons.kit.life_cycle.places.dialects import (
    Database,
    MySQL,
    SQLite,
    as_utc_text,
    batches,
    close,
    is_of_a_driver,
    wrong,
)
from lessons.kit.life_cycle.places.place import (
    BATCH,
    MORE_TABLES,
    STRUCTURE,
    Row,
    SessionInfo,
    Summary,
    Values,
    Writing,
    is_json,
)
from lessons.kit.stores.table_names import Tables

if TYPE_CHECKING:
    from agents import Session

ADVANCED, SQLALCHEMY, PLAIN = "AdvancedSQLiteSession", "SQLAlchemySession", "SQLiteSession"

ON_A_SERVER = (
    "The server keeps deleted rows in its own files until it reuses their place (PostgreSQL: until VACUUM), and in its log, "
    "its replicas and its backups. None of these can be looked at from here."
)

Opener = Callable[[str], "AbstractAsyncContextManager[Session]"]
Writer = Callable[["SqlPlace", Any], Writing]


class SqlPlace:
    """Sessions in one database. `write` makes the writer of a connection in a transaction; `open_` opens a session.

    `makes_folder` says that the folder of a new file is made too, if it does not exist.
    `after_writing` is called when something was written: handles on the same rows may have a copy of them.
    """

    def __init__(
        self,
        database: Database,
        tables: Tables,
        session_class: str,
        write: Writer,
        open_: Opener,
        make: Callable[[Any], None],
    ) -> None:
        self.database, self.tables, self.session_class = database, tables, session_class
        self.label = f"{database.label} ({session_class})"
        branches = {"branches", "usage"} if session_class == ADVANCED else set[str]()
        self.keeps = frozenset({"keys", "times", "form"} | branches)
        self._write, self._open, self._make = write, open_, make
        self._connection: Any = None
        self.makes_folder = False
        self.after_writing: Callable[[], object] = lambda: None

    @property
    def modules(self) -> tuple[str, ...]:
        """What has to be imported to reach it."""
        return self.database.modules

    @property
    def file(self) -> Path | None:
        return self.database.path if isinstance(self.database, SQLite) else None

    @property
    def why_no_proof(self) -> str:
        return "" if isinstance(self.database, SQLite) else ON_A_SERVER

    def files(self) -> list[Path]:
        path = self.file
        return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-journal", "-shm")] if path else []

    def takes(self, data: str) -> bool:
        # A row without structure would be deleted by the next pop of AdvancedSQLiteSession.
        return self.session_class != ADVANCED or is_json(data)

    def form(self, data: str) -> str:
        return data

    def interrupt(self) -> None:
        if self._connection is not None:
            self.database.interrupt(self._connection)

    def exists(self) -> bool:
        if isinstance(self.database, SQLite) and not self.database.path.exists():
            return False
        with self.reading():
            return self._has_tables()

    @contextmanager
    def reading(self) -> Iterator[None]:
        if self._connection is not None:  # inside another reading: the same moment
            yield
            return
        with self._connected(writing=False):
            yield

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        with self._connected(writing=True) as connection:
            self._make_tables()
            yield self._write(self, connection)
        self.after_writing()

    def sessions(self) -> Iterator[SessionInfo]:
        after: str | None = None
        while True:
            where, values = ("", []) if after is None else ("WHERE session_id > ?", [after])
            found = self.ask(f"{self._select_sessions()} {where} ORDER BY session_id LIMIT {BATCH}", values)
            yield from map(_info, found)
            if len(found) < BATCH:
                return
            after = found[-1][0]

    def session(self, session_id: str) -> SessionInfo | None:
        found = self.ask(f"{self._select_sessions()} WHERE session_id = ?", [session_id])
        return next(map(_info, found), None)

    def rows(self, session_id: str) -> Iterator[Row]:
        order = ("created_at", "id") if self.session_class == SQLALCHEMY else ("id",)
        return self._paged(self._select_rows(), "m", order, session_id)

    def visible(self, session_id: str) -> Iterator[Row]:
        yield from self.visible_after(session_id, None)

    def visible_after(self, session_id: str, after: int | None) -> Iterator[Row]:
        """The rows that a new handle returns; if `after` is given, only those after that row id."""
        where = "" if after is None else f"AND m.id > {int(after)}"
        if self.session_class != ADVANCED:
            order = ("created_at", "id") if self.session_class == SQLALCHEMY else ("id",)
            yield from self._paged(f"{self._select_rows()} {where}", "m", order, session_id)
            return
        query = self._select_rows().replace(
            " WHERE ", f" JOIN {self.database.name(STRUCTURE)} s ON s.message_id = m.id AND s.branch_id = 'main' WHERE "
        )
        yield from self._paged(f"{query} {where}", "s", ("sequence_number", "id"), session_id)

    def more(self, session_id: str) -> Iterator[tuple[str, Values]]:
        if self.session_class != ADVANCED:
            return
        there = self.database.tables(self._connection)
        for table in MORE_TABLES:
            if table in there:
                yield from ((table, values) for values in self._more_of(table, session_id))

    def count(self, session_ids: Sequence[str] | None) -> int:
        if session_ids is None:
            return int(self.ask(f"SELECT count(*) FROM {self.database.name(self.tables.messages)}")[0][0])
        found = 0
        for part in batches(session_ids):
            marks = ", ".join("?" * len(part))
            query = f"SELECT count(*) FROM {self.database.name(self.tables.messages)} WHERE session_id IN ({marks})"
            found += int(self.ask(query, part)[0][0])
        return found

    def summary(self, session_id: str) -> Summary:
        info = self.session(session_id) or SessionInfo(session_id)
        size = self.database.bytes_of("message_data")
        messages = self.database.name(self.tables.messages)
        query = f"SELECT count(*), coalesce(sum({size}), 0) FROM {messages} WHERE session_id = ?"
        rows, bytes_ = self.ask(query, [session_id])[0]
        return Summary(info, int(rows), int(bytes_))

    def unused(self, days: float) -> Iterator[Summary]:
        cutoff = self.cutoff(days)
        last = self.last_used("t")
        after = ""
        while True:
            found = self.ask(
                f"SELECT session_id FROM {self.database.name(self.tables.sessions)} t"
                f" WHERE session_id > ? AND {last} < ? ORDER BY session_id LIMIT {BATCH}",
                [after, cutoff],
            )
            for (session_id,) in found:
                yield self.summary(session_id)
            if len(found) < BATCH:
                return
            after = found[-1][0]

    def cutoff(self, days: float) -> str:
        return str(as_utc_text(self.ask(f"SELECT {self.database.ago()}", [round(days * 86_400)])[0][0]))

    def last_used(self, alias: str) -> str:
        """When something was last added to the session of that alias: the later of its own time and that of its newest row."""
        name, utc = self.database.name, self.database.utc
        newest = (
            f"SELECT max({utc('created_at')}) FROM {name(self.tables.messages)} WHERE session_id = {alias}.session_id"
        )
        own = utc(f"{alias}.updated_at")
        if isinstance(self.database, SQLite):
            # datetime() reads ISO 8601, also with an offset. What is not a time gives NULL, which never counts as old.
            newest, own = newest.replace("max(created_at)", "max(datetime(created_at))"), f"datetime({own})"
            return f"max({own}, coalesce(({newest}), {own}))"
        return f"greatest({own}, coalesce(({newest}), {own}))"

    def counted(self) -> tuple[int, int]:
        sessions = self.database.name(self.tables.sessions)
        tomorrow = self.cutoff(-1)
        future = self.ask(f"SELECT count(*) FROM {sessions} t WHERE {self.last_used('t')} > ?", [tomorrow])
        return int(self.ask(f"SELECT count(*) FROM {sessions}")[0][0]), int(future[0][0])

    def opened(self, session_id: str) -> "AbstractAsyncContextManager[Session]":
        return self._open(session_id)

    def ask(self, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """What a statement finds, in the reading or writing that is open."""
        return self.database.execute(self._connection, statement, values)

    def _has_tables(self) -> bool:
        return {self.tables.sessions, self.tables.messages} <= self.database.tables(self._connection)

    def _make_tables(self) -> None:
        if not self._has_tables():
            self._make(self._connection)

    def _select_sessions(self) -> str:
        utc = self.database.utc
        return f"SELECT session_id, {utc('created_at')}, {utc('updated_at')} FROM {self.database.name(self.tables.sessions)}"

    def _select_rows(self) -> str:
        time = self.database.utc("m.created_at")
        messages = self.database.name(self.tables.messages)
        return f"SELECT m.id, m.message_data, {time} FROM {messages} m WHERE m.session_id = ?"

    def _paged(self, query: str, alias: str, order: tuple[str, ...], session_id: str) -> Iterator[Row]:
        """The rows of a query, in batches that begin after the last row of the one before."""
        places = ", ".join(f"{alias}.{column}" for column in order)
        query = query.replace(" FROM ", f", {places} FROM ", 1)
        marks = ", ".join("?" * len(order))
        at: tuple[Any, ...] = ()
        while True:
            where = f"AND ({places}) > ({marks})" if at else ""
            found = self.ask(f"{query} {where} ORDER BY {places} LIMIT {BATCH}", [session_id, *at])
            for key, data, time, *_ in found:
                yield Row(key, _text(data), as_utc_text(time))
            if len(found) < BATCH:
                return
            at = found[-1][3:]

    def _more_of(self, table: str, session_id: str) -> Iterator[Values]:
        name = self.database.name(table)
        after = 0
        while True:
            cursor = self._connection.execute(
                f"SELECT rowid AS _at, * FROM {name} WHERE session_id = ? AND rowid > ? ORDER BY rowid LIMIT {BATCH}",
                (session_id, after),
            )
            columns = [column for column, *_ in cursor.description]
            found = [dict(zip(columns, values, strict=True)) for values in cursor.fetchall()]
            for values in found:
                after = values.pop("_at")
                values.pop("id", None)
                yield values
            if len(found) < BATCH:
                return

    @contextmanager
    def _connected(self, *, writing: bool) -> Iterator[Any]:
        try:
            self._connection = self.database.connect()
            if writing and isinstance(self.database, MySQL):
                self._make_tables()  # before the transaction, which it would end
            self.database.begin(self._connection, writing=writing)
            try:
                yield self._connection
            except BaseException:
                with suppress(Exception):  # a stop can interrupt it; what is closed is rolled back too
                    self.database.execute(self._connection, "ROLLBACK")
                raise
            self.database.execute(self._connection, "COMMIT" if writing else "ROLLBACK")
        except Exception as error:
            if is_of_a_driver(error):
                raise wrong(self.label, error) from error
            raise
        finally:
            if self._connection is not None:
                close(self._connection)
            self._connection = None


def _info(found: tuple[Any, ...]) -> SessionInfo:
    session_id, created, updated = found
    return SessionInfo(session_id, as_utc_text(created), as_utc_text(updated))


def _text(data: Any) -> str:
    return data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else "" if data is None else str(data)
