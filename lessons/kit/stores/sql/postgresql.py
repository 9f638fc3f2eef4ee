"""The store with SQLAlchemySession on PostgreSQL: asyncpg for sessions, psycopg for reading and copying rows."""

import math
import os
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from lessons.kit.background import background
from lessons.kit.stores.kind import StoreKind
from lessons.kit.stores.sql import limits
from lessons.kit.stores.sql.database_url import configured, missing
from lessons.kit.stores.sql.server_store import DatabaseServerStore
from lessons.kit.stores.sql.tables import DialectName
from lessons.kit.stores.table_names import CUSTOM_TABLES

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": f"{limits.ANSWER_SECONDS * 1000:.0f}",
    "application_name": "sessions-lab",
}


@dataclass(frozen=True)
class PostgreSQL:
    """The server at an address in the form of libpq. The repr hides the address, which can have a password."""

    _url: str = field(repr=False)
    dialect: ClassVar[DialectName] = "postgresql"
    medium: ClassVar[str] = "PostgreSQL"

    def address(self) -> str:
        return "postgresql+asyncpg://"

    async def connect(self) -> Any:
        import asyncpg

        return await asyncpg.connect(self._url, server_settings=_SETTINGS)

    def cut(self, connection: Any) -> None:
        connection.terminate()

    def reader(self) -> "Engine":
        return _reader(self._url)

    def writer(self) -> "Engine":
        return _writer(self._url)

    def describe(self, connection: "Connection", schema: str) -> str:
        columns: dict[str, list[str]] = {}
        for table, line in connection.exec_driver_sql(_COLUMNS, (schema,)):
            columns.setdefault(table, []).append(line)
        for table, line in connection.exec_driver_sql(_CONSTRAINTS, (schema,)):
            if table in columns:  # otherwise the table was created between the two queries
                columns[table].append(line)
        made = [f"CREATE TABLE {table} (\n    " + ",\n    ".join(lines) + "\n);" for table, lines in columns.items()]
        made += [f"{line};" for (line,) in connection.exec_driver_sql(_INDEXES, (schema,))]
        return "\n\n".join(made).replace(f"{schema}.", "")

    def size(self, connection: "Connection", schema: str) -> int:
        return int(connection.exec_driver_sql(_SIZE, (schema,)).scalar_one())

    def counter(self, connection: "Connection", schema: str, table: str) -> Any:
        found = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {schema}.{table}_id_seq").one()
        return list(found)

    def set_counter(self, connection: "Connection", schema: str, table: str, value: Any) -> None:
        connection.exec_driver_sql("SELECT setval(%s::regclass, %s, %s)", (f"{schema}.{table}_id_seq", *value))

    def make_schema(self, connection: "Connection", schema: str) -> None:
        # Checked first: a user can have the right to use a schema without the right to create one.
        if not connection.exec_driver_sql(f"SELECT 1 FROM pg_namespace WHERE nspname = '{schema}'").first():
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")

    def drop_schema(self, connection: "Connection", schema: str) -> None:
        connection.exec_driver_sql("SET lock_timeout = '3s'")
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


@cache
def _reader(url: str) -> "Engine":
    from sqlalchemy import create_engine

    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: _connect(url, "-c default_transaction_read_only=on"),
        isolation_level="AUTOCOMMIT",  # each statement takes one round trip to the server
        pool_reset_on_return=None,  # nothing to roll back, and a rollback fails if the server is gone
        pool_size=3,
        max_overflow=7,
        pool_timeout=limits.CONNECT_SECONDS,
    )
    _limit(engine)
    return engine


@cache
def _writer(url: str) -> "Engine":
    from sqlalchemy import NullPool, create_engine

    engine = create_engine("postgresql+psycopg://", creator=lambda: _connect(url, ""), poolclass=NullPool)
    _limit(engine)
    return engine


def _connect(url: str, options: str) -> Any:
    import psycopg

    settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    whole = math.ceil(limits.CONNECT_SECONDS)  # libpq takes whole seconds only
    # A statement that was prepared before a table was changed would fail on this connection from then on.
    return psycopg.connect(url, connect_timeout=whole, options=f"{settings} {options}", prepare_threshold=None)


def _limit(engine: "Engine") -> None:
    """After ANSWER_SECONDS, stop waiting for a server that does not answer. libpq itself would wait forever."""
    from sqlalchemy import event

    @event.listens_for(engine, "checkout")
    def begin(connection: Any, record: Any, proxy: Any) -> None:
        record.info["timer"] = background().call_after(limits.ANSWER_SECONDS, partial(shut, connection))

    @event.listens_for(engine, "checkin")
    def end(connection: Any, record: Any) -> None:
        timer = record.info.pop("timer", None)
        if timer is not None:
            timer.cancel()


def shut(connection: Any) -> None:
    """End every wait on this psycopg connection, in any thread."""
    with suppress(Exception), socket.socket(fileno=os.dup(connection.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)


_COLUMNS = """
SELECT c.relname, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
       || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = 'r' ORDER BY c.relname DESC, a.attnum
"""

_CONSTRAINTS = """
SELECT c.relname, pg_get_constraintdef(k.oid) FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid
WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = 'r' AND k.contype IN ('p', 'f')
ORDER BY c.relname, k.contype DESC
"""

_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c
WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = 'r'
"""

_INDEXES = """
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = to_regnamespace(%s) AND NOT i.indisprimary ORDER BY 1
"""

KIND: StoreKind = StoreKind(
    "postgresql",
    "PostgreSQL",
    lambda folder: DatabaseServerStore(KIND.name, KIND.label, PostgreSQL(configured("postgresql")), folder),
    missing=lambda: missing("postgresql"),
    on_a_server=True,
    more_tables=(CUSTOM_TABLES.messages,),
)
