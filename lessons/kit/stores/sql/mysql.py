"""The store with SQLAlchemySession on MySQL or MariaDB.

The app creates the tables itself: the SDK's own definition has a VARCHAR without a length, which MySQL refuses.
"""

import re
import ssl
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from lessons.kit.stores.kind import StoreKind
from lessons.kit.stores.sql import limits
from lessons.kit.stores.sql.database_url import configured, missing
from lessons.kit.stores.sql.server_store import DatabaseServerStore
from lessons.kit.stores.sql.tables import DialectName
from lessons.kit.stores.table_names import CUSTOM_TABLES

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

PORT = 3306


@dataclass(frozen=True)
class MySQL:
    """The server at an address. The repr hides the address, which can have a password. On MySQL, a schema is a database."""

    _url: str = field(repr=False)
    dialect: ClassVar[DialectName] = "mysql"
    medium: ClassVar[str] = "MySQL"

    def address(self) -> str:
        return "mysql+aiomysql://"

    async def connect(self) -> Any:
        import aiomysql

        return await aiomysql.connect(**connection_arguments(self._url), db=None, init_command=_UTC)

    def cut(self, connection: Any) -> None:
        connection.close()

    def reader(self) -> "Engine":
        return _reader(self._url)

    def writer(self) -> "Engine":
        return _writer(self._url)

    def describe(self, connection: "Connection", schema: str) -> str:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s ORDER BY table_name DESC"
        names = [name for (name,) in connection.exec_driver_sql(query, (schema,))]
        return "\n\n".join(f"{_shown(connection, schema, name)};" for name in names)

    def size(self, connection: "Connection", schema: str) -> int:
        query = (
            "SELECT coalesce(sum(data_length + index_length), 0) FROM information_schema.tables WHERE table_schema = %s"
        )
        return int(connection.exec_driver_sql(query, (schema,)).scalar_one())

    def counter(self, connection: "Connection", schema: str, table: str) -> Any:
        found = re.search(r"AUTO_INCREMENT=(\d+)", _shown(connection, schema, table))
        return int(found[1]) if found else 1

    def set_counter(self, connection: "Connection", schema: str, table: str, value: Any) -> None:
        connection.exec_driver_sql(f"ALTER TABLE {schema}.{table} AUTO_INCREMENT = {int(value)}")

    def make_schema(self, connection: "Connection", schema: str) -> None:
        query = f"SELECT 1 FROM information_schema.schemata WHERE schema_name = '{schema}'"
        # Checked first: a user can have the right to use a schema without the right to create one.
        if not connection.exec_driver_sql(query).first():
            connection.exec_driver_sql(f"CREATE DATABASE IF NOT EXISTS {schema}")

    def drop_schema(self, connection: "Connection", schema: str) -> None:
        connection.exec_driver_sql("SET lock_wait_timeout = 3")
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {schema}")


# MySQL caches the sizes of tables for a day, unless this is set. MariaDB skips a comment of this kind.
_UTC = (
    "SET time_zone = '+00:00', innodb_lock_wait_timeout = 3, sql_notes = 0 "
    "/*!80000 , information_schema_stats_expiry = 0 */"
)


def _shown(connection: "Connection", schema: str, table: str) -> str:
    return str(connection.exec_driver_sql(f"SHOW CREATE TABLE {schema}.{table}").one()[1])


@cache
def _reader(url: str) -> "Engine":
    from sqlalchemy import create_engine

    return create_engine(
        "mysql+pymysql://",
        creator=lambda: _connect(url, read_only=True),
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,  # nothing to roll back, and a rollback fails if the server is gone
        pool_size=3,
        max_overflow=7,
        pool_timeout=limits.CONNECT_SECONDS,
    )


@cache
def _writer(url: str) -> "Engine":
    from sqlalchemy import create_engine

    return create_engine(
        "mysql+pymysql://",
        creator=lambda: _connect(url, read_only=False),
        pool_size=1,  # PyMySQL reads all root certificates for a new connection: ten times the time of a step back
        max_overflow=9,
        pool_timeout=limits.CONNECT_SECONDS,
        pool_pre_ping=True,
    )


def _connect(url: str, read_only: bool) -> Any:
    import pymysql

    connection = pymysql.connect(
        **connection_arguments(url),
        read_timeout=limits.ANSWER_SECONDS,
        write_timeout=limits.ANSWER_SECONDS,
        init_command=_UTC,
    )
    if read_only:
        connection.query("SET SESSION TRANSACTION READ ONLY")
    return connection


def connection_arguments(url: str) -> dict[str, Any]:
    from sqlalchemy.engine import make_url

    at = make_url(url)
    # An option that is given several times has a tuple of values, of which the last one counts.
    options = {name: value if isinstance(value, str) else value[-1] for name, value in at.query.items()}
    arguments: dict[str, Any] = {
        "host": at.host,
        "port": at.port or PORT,
        "user": at.username,
        "password": at.password or "",
        "charset": options.get("charset", "utf8mb4"),
        "connect_timeout": limits.CONNECT_SECONDS,
    }
    if "unix_socket" in options:
        arguments["unix_socket"] = options["unix_socket"]
    if options.get("ssl", "").lower() in ("1", "true", "required") or "ssl_ca" in options:
        arguments["ssl"] = ssl.create_default_context(cafile=options.get("ssl_ca"))
    return arguments


KIND: StoreKind = StoreKind(
    "mysql",
    "MySQL or MariaDB",
    lambda folder: DatabaseServerStore(KIND.name, KIND.label, MySQL(configured("mysql")), folder),
    missing=lambda: missing("mysql"),
    on_a_server=True,
    more_tables=(CUSTOM_TABLES.messages,),
)
