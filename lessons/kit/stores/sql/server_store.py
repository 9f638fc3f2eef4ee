"""The store with SQLAlchemySession on a database server of any dialect. Each visitor has a schema for each lesson."""

import hashlib
import json
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, Unpack

from lessons.kit.deleting import home_of
from lessons.kit.problems.disk_errors import damaged
from lessons.kit.problems.explain import explain
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.problems.sql_server_errors import (
    ALREADY_MADE_CODES,
    FOREIGN_TABLE_CODES,
    NO_TABLE_CODES,
    connection_words,
    server_code,
    server_said,
    silent,
)
from lessons.kit.stores.as_stored import KeepsOnlyItems
from lessons.kit.stores.rows import Row, RowPage, Size, TablePicture
from lessons.kit.stores.session_list import SessionPage, Sort
from lessons.kit.stores.sql import limits
from lessons.kit.stores.sql.copying import read_copy, write_copy
from lessons.kit.stores.sql.engine import OWN_POOL, Connector, Handles, SQLAlchemyOptions, engine_of, shared_engine
from lessons.kit.stores.sql.reading import (
    ForeignValue,
    read_newest,
    read_page,
    read_picture,
    read_session_ids,
    read_sessions,
)
from lessons.kit.stores.sql.tables import Defined, DialectName, define, make_if_missing
from lessons.kit.stores.table_names import CUSTOM_TABLES, Tables

if TYPE_CHECKING:
    from agents.extensions.memory import SQLAlchemySession
    from sqlalchemy import Connection, Engine, Table
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

_OWN = Tables()
KNOWN_TABLES = (_OWN, CUSTOM_TABLES)
"""The pairs of tables that a visitor's schema can have."""

REFUSED_SECONDS = 3
"""Seconds for which a server that could not be reached is not asked again, since a page looks several times."""

_AT_ONCE = 1.0

_SEEN_LATER = "The rows there are kept, and cannot be looked at now."

_ONLY_ITEMS = Problem(
    "On a server this app keeps the tables of the SDK alone: they know no title and no owner, and no other id.",
    "Nothing was changed.",
    "Choose a store in a SQLite file.",
)


class DatabaseServer(Connector, Protocol):
    """One database server with the commands of its dialect. Two of the same kind and address are equal."""

    dialect: ClassVar[DialectName]
    medium: ClassVar[str]

    def reader(self) -> "Engine":
        """The engine for reading, one for all visitors. Its connections cannot write and do not wait long."""

    def writer(self) -> "Engine":
        """The engine for restoring a copy and for erasing."""

    def describe(self, connection: "Connection", schema: str) -> str:
        """The tables as the server itself describes them, '' if there are none."""

    def size(self, connection: "Connection", schema: str) -> int:
        """The bytes of the tables with their indexes."""

    def counter(self, connection: "Connection", schema: str, table: str) -> Any:
        """The state of the counter for ids of new rows, as a JSON value."""

    def set_counter(self, connection: "Connection", schema: str, table: str, value: Any) -> None:
        """Set the counter to a state that `counter` has returned."""

    def make_schema(self, connection: "Connection", schema: str) -> None:
        """Create the schema if it does not exist. Can raise an error of ALREADY_MADE_CODES if another call was faster."""

    def drop_schema(self, connection: "Connection", schema: str) -> None:
        """Delete the schema with all its tables, if it exists."""


class DatabaseServerStore(KeepsOnlyItems):
    """The sessions of one visitor at one lesson, on a server, in their own schema.

    The table names have no prefix, so names, keys and indexes are the same as in any project with the SDK, and the code on the
    page works unchanged. One statement deletes everything.
    """

    session_type = "SQLAlchemySession"
    only_items = _ONLY_ITEMS

    def __init__(self, name: str, label: str, server: DatabaseServer, folder: Path) -> None:
        self.name, self.label, self.medium, self.server = name, label, server.medium, server
        self.schema_name = f"lab_{hashlib.sha256(str(home_of(folder).resolve()).encode()).hexdigest()[:16]}"
        self._has_schema = False
        self._tables_to_make: list[Tables] = []
        self._handles = Handles(self._make_engine, server.medium)
        self._writing = threading.Lock()
        self._refused: tuple[float, Refused] | None = None

    def open_session(
        self,
        session_id: str,
        *,
        engine: "AsyncEngine | None" = None,
        engine_kwargs: dict[str, Any] | None = None,
        **options: Unpack[SQLAlchemyOptions],
    ) -> "SQLAlchemySession":
        """The handle with these options of SQLAlchemySession. `engine_kwargs` are the same as for its from_url()."""
        tables = Tables(
            options.get("sessions_table", Tables().sessions), options.get("messages_table", Tables().messages)
        )
        if self.server.dialect == "mysql":
            # create_tables=True fails on MySQL: the SDK declares a VARCHAR without a length.
            if options.setdefault("create_tables", False) is False and tables != Tables():
                self._tables_to_make.append(tables)
        else:
            options.setdefault("create_tables", True)
        return self._handles.open(session_id, engine, engine_kwargs, **options)

    def opening_code(self, session_id: str) -> str:
        tables = "" if self.server.dialect == "mysql" else ", create_tables=True"
        return f'SQLAlchemySession("{session_id}", engine=engine{tables})'

    def sessions(self, search: str = "", sort: Sort = "last used", page: int = 1) -> SessionPage:
        return self._read(lambda reader: read_sessions(reader, self._tables, search, sort, page), SessionPage())

    def session_ids(self, limit: int = 100) -> list[str]:
        return self._read(lambda reader: read_session_ids(reader, self._tables, limit), [])

    def page(self, session_id: str, before: int | None = None, after: int | None = None, limit: int = 50) -> RowPage:
        return self._read(lambda reader: read_page(reader, self._tables, session_id, before, after, limit), RowPage())

    def newest_rows(self, limit: int = 50) -> tuple[Row, ...]:
        return self._read(lambda reader: read_newest(reader, self._tables, limit), ())

    def picture(self, session_id: str) -> tuple[TablePicture, ...]:
        def pictures(tables: Tables, nothing: tuple[TablePicture, ...]) -> tuple[TablePicture, ...]:
            defined = define(tables, self.server.dialect)
            return self._read(lambda reader: read_picture(reader, defined, session_id), nothing, tables)

        names = Tables()
        return (
            *pictures(names, (TablePicture(names.messages, {}), TablePicture(names.sessions, {}))),
            *pictures(CUSTOM_TABLES, ()),
        )

    def schema(self) -> str:
        return self._read(lambda reader: self.server.describe(reader, self.schema_name), "")

    def size(self) -> Size:
        measured = "the tables with their indexes, as the server counts them"
        return Size(self._read(lambda reader: self.server.size(reader, self.schema_name), 0), measured)

    def close(self) -> list[str]:
        self._has_schema = False
        return self._handles.close()

    def release(self) -> None:
        self._handles.release()

    def loses_when_closed(self) -> bool:
        return False

    def erase(self) -> None:
        self.close()
        self._write(lambda writer: self.server.drop_schema(writer, self.schema_name))

    def save_to(self, folder: Path) -> None:
        kept = {}
        for tables in KNOWN_TABLES:
            defined = define(tables, self.server.dialect)
            copy = self._read(partial(self._copy, defined=defined), None, tables)
            if copy is not None:
                kept[tables.messages] = copy
        if kept:
            (folder / _COPY).write_text(json.dumps(kept))

    def restore_from(self, folder: Path) -> None:
        kept = json.loads((folder / _COPY).read_text()) if (folder / _COPY).exists() else {}
        if any(tables.messages not in kept for tables in KNOWN_TABLES if self._exists(tables)):
            self.close()  # handles remember that their tables exist
        if not kept:
            self.erase()
            return

        def put_back(writer: "Connection") -> None:
            # On MySQL, each change of a table ends the transaction. So the rows change in one transaction, after all changes
            # of tables and before the counters.
            self.server.make_schema(writer, self.schema_name)
            held = {tables: kept[tables.messages] for tables in KNOWN_TABLES if tables.messages in kept}
            for tables in KNOWN_TABLES:
                metadata = define(tables, self.server.dialect).metadata
                metadata.create_all(writer) if tables in held else metadata.drop_all(writer)
            for tables, copy in held.items():
                write_copy(writer, define(tables, self.server.dialect), copy)
            for tables, copy in held.items():
                self.server.set_counter(writer, self.schema_name, tables.messages, copy["counter"])

        self._write(put_back)

    @property
    def _tables(self) -> Defined:
        return define(Tables(), self.server.dialect)

    def _copy(self, reader: "Connection", defined: Defined) -> dict[str, Any] | None:
        copy = read_copy(reader, defined)
        return {**copy, "counter": self.server.counter(reader, self.schema_name, defined.messages.name)}

    def _exists(self, tables: Tables) -> bool:
        defined = define(tables, self.server.dialect)
        return self._read(lambda reader: read_newest(reader, defined, 1) is not None, False, tables)

    def _make_engine(self, wanted: dict[str, Any]) -> "AsyncEngine":
        from sqlalchemy import event

        pooled = engine_of(self.server, **{**OWN_POOL, **wanted}) if wanted else shared_engine(self.server)
        # Every statement names the schema, so a connection keeps nothing of the visitor who used it before.
        engine = pooled.execution_options(schema_translate_map={None: self.schema_name})
        # The SDK keeps a lock for each address. The schema in the address gives each visitor their own lock.
        engine.sync_engine.url = pooled.url.update_query_dict({"schema": self.schema_name})
        event.listen(engine.sync_engine, "engine_connect", self._prepare)
        return engine

    def _prepare(self, connection: "Connection") -> None:
        """Create the visitor's schema before its first use, and on MySQL the tables."""
        if self._has_schema and not self._tables_to_make:
            return
        try:
            self.server.make_schema(connection, self.schema_name)
            if self.server.dialect == "mysql":
                for tables in (Tables(), *self._tables_to_make):
                    for statement in make_if_missing(tables, self.schema_name):
                        connection.exec_driver_sql(statement)
            connection.commit()
        except Exception as error:
            connection.rollback()
            if server_code(error) not in ALREADY_MADE_CODES:
                connection.close()  # give it back to the pool, since SQLAlchemy has not returned it to anyone yet
                raise
        self._has_schema = True
        self._tables_to_make.clear()

    def _read(self, work: Callable[["Connection"], T], nothing: T, tables: Tables = _OWN) -> T:
        """Do `work` on a connection that cannot write. Returns `nothing` if `tables` do not exist yet. Raises Refused."""
        refused = self._refused
        if refused is not None and time.monotonic() < refused[0]:
            raise Refused(refused[1].problem)
        start = time.monotonic()
        try:
            return self._do_again(self.server.reader(), work)
        except Exception as error:
            if server_code(error) in NO_TABLE_CODES:
                if tables == _OWN:  # most lessons do not have the others, which are read after these
                    self._check_tables()
                return nothing
            # For the drivers, a connection that the app gave up looks like one that was closed.
            late = time.monotonic() - start >= limits.ANSWER_SECONDS
            given_up = late and getattr(error, "connection_invalidated", False)
            refusal = self._refusal(silent() if given_up else error, _SEEN_LATER)
            if given_up or connection_words(error) is not None:  # only faults of the server, not of this query
                self._refused = time.monotonic() + REFUSED_SECONDS, refusal
            raise refusal from error

    def _check_tables(self) -> None:
        """Raises Refused if one table of the session class is missing and the other one has rows."""
        from sqlalchemy import literal, select

        def has_row(table: "Table") -> bool | None:
            query = select(literal(1)).select_from(table).limit(1)
            try:
                return self._do(self.server.reader(), lambda reader: reader.execute(query).first()) is not None
            except Exception as error:
                if server_code(error) in NO_TABLE_CODES:
                    return None
                raise self._refusal(error, _SEEN_LATER) from error

        found = {table: has_row(table) for table in (self._tables.sessions, self._tables.messages)}
        for gone in (table for table, has in found.items() if has is None):
            # Both are made before a row is stored: where they were made during this look, both are there by now.
            if any(found.values()) and has_row(gone) is None:
                raise damaged(f"The schema {self.schema_name} has no table {gone.name}, and has rows that belong to it")

    def _write(self, work: Callable[["Connection"], None]) -> None:
        with self._writing:
            try:
                self._do(self.server.writer(), work)
            except Exception as error:
                raise self._refusal(error, "It may be only half done.") from error

    def _do_again(self, engine: "Engine", work: Callable[["Connection"], T]) -> T:
        """The same as `_do`. If the connection was already closed, it tries once more with a new one."""
        start = time.monotonic()
        try:
            return self._do(engine, work)
        except Exception as error:
            if not getattr(error, "connection_invalidated", False) or time.monotonic() - start > _AT_ONCE:
                raise
            return self._do(engine, work)

    def _refusal(self, error: Exception, kept: str) -> Refused:
        if isinstance(error, Refused):
            return error
        if isinstance(error, ForeignValue) or server_code(error) in FOREIGN_TABLE_CODES:
            said = server_said(error)
            return damaged(f"A table of the schema {self.schema_name} is not as its session class makes it: {said}")
        what, next_ = connection_words(error) or (explain(error).what, explain(error).next)
        return Refused(Problem(what, kept, next_))

    def _do(self, engine: "Engine", work: Callable[["Connection"], T]) -> T:
        with engine.connect() as connection:
            found = work(connection.execution_options(schema_translate_map={None: self.schema_name}))
            connection.commit()
            return found


_COPY = "rows.json"
