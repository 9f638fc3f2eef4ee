"""How SQLite, PostgreSQL and MySQL differ for the operations of this folder: connecting, quoting, and the time now."""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from lessons.kit.life_cycle.places.place import BATCH, refuse

UTC_TEXT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?")


class Database(Protocol):
    """A database that speaks SQL. Statements are written with `?` for values, and give rows as tuples.

    `modules` are those of its driver, `tables` the names of the tables that exist. `begin` starts a transaction; if that only
    reads, everything it reads is of one moment.
    """

    modules: ClassVar[tuple[str, ...]]

    @property
    def label(self) -> str: ...
    def connect(self) -> Any: ...
    def execute(self, connection: Any, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]: ...
    def many(self, connection: Any, statement: str, values: Iterable[Iterable[Any]]) -> None: ...
    def begin(self, connection: Any, *, writing: bool) -> None: ...
    def interrupt(self, connection: Any) -> None:
        """End the statement that runs on the connection, from another thread."""

    def tables(self, connection: Any) -> set[str]: ...
    def name(self, table: str) -> str: ...
    def utc(self, column: str) -> str:
        """The time of a column as text in UTC."""

    def stored_time(self) -> str:
        """An expression with one `?` for a time in UTC, in the form of a column."""

    def ago(self) -> str:
        """An expression for the time `?` seconds ago, as text in UTC."""

    def bytes_of(self, column: str) -> str: ...


@dataclass
class SQLite:
    """One SQLite file. `named` is its label, '' for the path. With `secure_delete`, deleted data is overwritten with zeros."""

    modules: ClassVar[tuple[str, ...]] = ()

    path: Path
    secure_delete: bool = False
    named: str = ""

    @property
    def label(self) -> str:
        return self.named or str(self.path)

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw", uri=True, timeout=5, isolation_level=None
        )
        if self.secure_delete:
            connection.execute("PRAGMA secure_delete = ON")
        # Other programs can store text that is not UTF-8: it is copied byte by byte.
        connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        return connection

    def execute(self, connection: Any, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = connection.execute(statement, tuple(map(_storable, values))).fetchall()
        return found

    def many(self, connection: Any, statement: str, values: Iterable[Iterable[Any]]) -> None:
        connection.executemany(statement, [tuple(map(_storable, row)) for row in values])

    def begin(self, connection: Any, *, writing: bool) -> None:
        connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")

    def interrupt(self, connection: Any) -> None:
        connection.interrupt()

    def tables(self, connection: Any) -> set[str]:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def name(self, table: str) -> str:
        return f'"{table}"'

    def utc(self, column: str) -> str:
        return column

    def stored_time(self) -> str:
        return "?"

    def ago(self) -> str:
        return "datetime('now', (-?) || ' seconds')"

    def bytes_of(self, column: str) -> str:
        return f"length(CAST({column} AS BLOB))"


@dataclass
class PostgreSQL:
    """A PostgreSQL database. A time without a zone is in the time zone of the connection that wrote it."""

    modules: ClassVar[tuple[str, ...]] = ("psycopg", "asyncpg")

    url: str = field(repr=False)
    label: str
    schema: str | None = None

    def connect(self) -> Any:
        import psycopg

        return psycopg.connect(_libpq(self.url), connect_timeout=10, autocommit=True)

    def execute(self, connection: Any, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("%", "%%").replace("?", "%s"), tuple(values))
            return list(cursor.fetchall()) if cursor.description else []

    def many(self, connection: Any, statement: str, values: Iterable[Iterable[Any]]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(statement.replace("%", "%%").replace("?", "%s"), [tuple(row) for row in values])

    def begin(self, connection: Any, *, writing: bool) -> None:
        connection.execute(f"BEGIN ISOLATION LEVEL {'READ COMMITTED' if writing else 'REPEATABLE READ READ ONLY'}")

    def interrupt(self, connection: Any) -> None:
        connection.cancel()

    def tables(self, connection: Any) -> set[str]:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = coalesce(?, current_schema())"
        return {name for (name,) in self.execute(connection, query, [self.schema])}

    def name(self, table: str) -> str:
        return f'"{self.schema}"."{table}"' if self.schema else f'"{table}"'

    def utc(self, column: str) -> str:
        return f"({column} AT TIME ZONE current_setting('TimeZone')) AT TIME ZONE 'UTC'"

    def stored_time(self) -> str:
        return "(CAST(? AS timestamp) AT TIME ZONE 'UTC') AT TIME ZONE current_setting('TimeZone')"

    def ago(self) -> str:
        return "(now() AT TIME ZONE 'UTC') - CAST(? AS double precision) * interval '1 second'"

    def bytes_of(self, column: str) -> str:
        return f"octet_length({column})"


@dataclass
class MySQL:
    """A database of MySQL or MariaDB, connected in UTC: a TIMESTAMP is converted, a DATETIME is taken to be UTC."""

    modules: ClassVar[tuple[str, ...]] = ("pymysql", "aiomysql")

    url: str = field(repr=False)
    label: str
    schema: str | None = None

    def connect(self) -> Any:
        import pymysql
        from sqlalchemy.engine import make_url

        from lessons.kit.stores.sql.mysql import connection_arguments

        arguments = connection_arguments(self.url)
        database = make_url(self.url).database
        return pymysql.connect(**arguments, database=database, autocommit=True, init_command="SET time_zone = '+00:00'")

    def execute(self, connection: Any, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("%", "%%").replace("?", "%s"), tuple(values))
            return list(cursor.fetchall())

    def many(self, connection: Any, statement: str, values: Iterable[Iterable[Any]]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(statement.replace("%", "%%").replace("?", "%s"), [tuple(row) for row in values])

    def begin(self, connection: Any, *, writing: bool) -> None:
        if not writing:
            self.execute(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        self.execute(connection, "START TRANSACTION" if writing else "START TRANSACTION WITH CONSISTENT SNAPSHOT")

    def interrupt(self, connection: Any) -> None:
        with closing(self.connect()) as other:
            self.execute(other, f"KILL QUERY {int(connection.thread_id())}")

    def tables(self, connection: Any) -> set[str]:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = coalesce(?, database())"
        return {name for (name,) in self.execute(connection, query, [self.schema])}

    def name(self, table: str) -> str:
        return f"`{self.schema}`.`{table}`" if self.schema else f"`{table}`"

    def utc(self, column: str) -> str:
        return column

    def stored_time(self) -> str:
        return "?"

    def ago(self) -> str:
        return "utc_timestamp(6) - INTERVAL ? SECOND"

    def bytes_of(self, column: str) -> str:
        return f"octet_length({column})"


def batches(rows: Iterable[Any], size: int = BATCH) -> Iterator[list[Any]]:
    """The rows in lists of at most `size`."""
    part: list[Any] = []
    for row in rows:
        part.append(row)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def as_utc_text(value: Any) -> str | None:
    """A time from a driver as text, None if it is not a time."""
    if value is None:
        return None
    text = value.isoformat(sep=" ") if hasattr(value, "isoformat") else str(value)
    return text if UTC_TEXT.match(text) else None


def close(connection: Any) -> None:
    """Close a connection and ignore its errors."""
    with suppress(Exception), closing(connection):
        pass


def _libpq(url: str) -> str:
    return re.sub(r"^[a-z+]+://", "postgresql://", url)


def _storable(value: Any) -> Any:
    """The value. A text that was not UTF-8 is given as its original bytes, which SQLite keeps as they are."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-8", "surrogateescape")
    return value


def is_of_a_driver(error: Exception) -> bool:
    """Whether a driver of a database, or the system, has raised it."""
    package = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError) or package in ("sqlite3", "psycopg", "pymysql", "redis")


def wrong(label: str, error: Exception) -> Exception:
    """The error of a driver in words, without any part of an address."""
    if _is_of_a_rule(error):
        said = str(error.args[-1]).splitlines()[0]
        return refuse(
            f"A rule of the database refuses the change in {label}: {said}.",
            "Look at the triggers and the foreign keys of its tables.",
        )
    said = str(error).splitlines()[0] if isinstance(error, sqlite3.Error) and str(error) else type(error).__name__
    return refuse(
        f"{label} cannot be used: {said}.", "Check that it exists, that it is not locked, and that you may use it."
    )


def _is_of_a_rule(error: Exception) -> bool:
    """Whether a trigger, a foreign key or another constraint has refused what was asked."""
    state = getattr(error, "sqlstate", None) or ""
    raised = type(error).__module__.startswith("pymysql") and error.args[:1] == (_SIGNAL,)
    return type(error).__name__ == "IntegrityError" or state.startswith("23") or state == _RAISED or raised


_RAISED, _SIGNAL = "P0001", 1644
"""What a trigger raises on PostgreSQL, and on MySQL and MariaDB."""
