"""Opens a place by its address: the path of a SQLite file or of a folder of JSON files, or the name of an environment variable
that holds a URL.

An address itself is never taken from a command line or a page, where others can read it, and never shown.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from lessons.kit.life_cycle.places.advanced_writing import AdvancedWriting
from lessons.kit.life_cycle.places.dialects import MySQL, PostgreSQL, SQLite
from lessons.kit.life_cycle.places.json_place import JSON_FILES, json_place
from lessons.kit.life_cycle.places.place import MORE_TABLES, Place, refuse
from lessons.kit.life_cycle.places.redis_place import RedisPlace
from lessons.kit.life_cycle.places.sql_place import ADVANCED, PLAIN, SQLALCHEMY, SqlPlace
from lessons.kit.life_cycle.places.sql_writing import SqlWriting
from lessons.kit.stores.json_files.store import JsonFilesStore
from lessons.kit.stores.table_names import Tables

CLASSES = (PLAIN, ADVANCED, SQLALCHEMY)
"""The session classes whose tables a SQLite file can have. AsyncSQLiteSession has those of SQLiteSession."""

PREFIX = "agents:session"

MEMORY = ":memory:"


def open_place(
    address: str,
    *,
    session_class: str | None = None,
    tables: Tables | None = None,
    prefix: str = PREFIX,
    environment: Mapping[str, str] = os.environ,
) -> Place:
    """The place at an address. Does not connect to a server, and makes nothing.

    `session_class` is one of CLASSES, for a SQLite file that has no tables yet, or JSON_FILES for a folder that does not exist
    yet. Raises Refused if it is not an address.
    """
    if address == MEMORY:
        raise _in_memory()
    if "://" in address:
        raise refuse(
            "This is an address itself, which others could read on this computer.",
            "Put it into an environment variable, and give the name of the variable.",
        )
    names = tables or Tables()
    url = environment.get(address, "") if re.fullmatch(r"[A-Za-z_]\w*", address) else ""
    if not url and (session_class == JSON_FILES or Path(address).is_dir()):
        return _folder(Path(address), session_class)
    if not url:
        return sqlite_place(Path(address), session_class, names)
    scheme = url.partition("://")[0].lower().partition("+")[0]
    if scheme == "sqlite":
        path = url.partition(":///")[2].partition("?")[0]
        if path in ("", MEMORY):
            raise _in_memory()
        return sqlite_place(Path(path), session_class, names)
    if scheme in ("postgresql", "postgres"):
        return server_place(url, _label(address, "PostgreSQL"), names)
    if scheme in ("mysql", "mariadb"):
        return server_place(url, _label(address, "MySQL"), names)
    if scheme in ("redis", "rediss", "unix"):
        return redis_place(url, _label(address, "Redis"), prefix)
    raise refuse(
        f"The variable {address} does not hold an address of a known kind.",
        "It must begin with sqlite:///, postgresql://, mysql:// or redis://.",
    )


def _in_memory() -> Exception:
    return refuse(
        "A database in memory ends with its process, so it has no address.",
        "Name a file. Sessions in the memory of the app can be moved with the tool Operate.",
    )


def _folder(path: Path, session_class: str | None) -> Place:
    if session_class not in (None, JSON_FILES):
        raise refuse(f"{path} is a folder, and {session_class} keeps its rows in a file.", "Name a file.")
    if path.exists() and not path.is_dir():
        raise refuse(f"{path} is not a folder.", f"Name a folder: {JSON_FILES} keeps each session in its own file.")
    return json_place(JsonFilesStore(path.absolute()), f"{path} ({JSON_FILES})")


def sqlite_place(
    path: Path, session_class: str | None = None, tables: Tables | None = None, label: str = ""
) -> SqlPlace:
    """The sessions in a SQLite file. Its tables show their class; `session_class` is for a file that has no tables yet.

    Raises Refused if the file is not a SQLite database, or if its tables are those of another class.
    """
    names = tables or Tables()
    found = class_of(path, names)
    wanted = session_class or found or PLAIN
    if found is not None and wanted != found:
        raise refuse(
            f"{path} has the tables of {found}, and not those of {wanted}.",
            f"Move its sessions to a new file, as {wanted}: opened as another class, rows would be lost.",
        )
    writer = AdvancedWriting if wanted == ADVANCED else SqlWriting
    return SqlPlace(
        SQLite(path, named=label),
        names,
        wanted,
        writer,
        _sqlite_opener(path, wanted, names),
        _make_sqlite(wanted, names, path),
    )


def class_of(path: Path, tables: Tables) -> str | None:
    """The class whose tables a SQLite file has, None if it has none. Raises Refused if it is not a database."""
    if not path.exists():
        return None
    if not path.is_file():
        raise refuse(f"{path} is not a file.", "Name a SQLite file.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    except sqlite3.Error as error:
        raise refuse(f"{path} cannot be read as a SQLite database: {error}.", "Name another file.") from error
    if not {tables.sessions, tables.messages} <= set(found):
        return None
    if set(MORE_TABLES[:2]) & set(found):
        return ADVANCED
    return SQLALCHEMY if "VARCHAR" in found[tables.messages].upper() else PLAIN


def server_place(url: str, label: str, tables: Tables, schema: str | None = None) -> SqlPlace:
    """The sessions on a PostgreSQL or MySQL server, in `schema`; None: where a connection to this address finds them."""
    if url.partition("://")[0].lower().startswith("postgres"):
        return _server(PostgreSQL(url, label, schema), tables, _postgresql_engine(url, schema))
    return _server(MySQL(url, label, schema), tables, _mysql_engine(url, schema))


def _server(database: PostgreSQL | MySQL, tables: Tables, engine: Callable[[], Any]) -> SqlPlace:
    def make(connection: Any) -> None:
        from lessons.kit.stores.sql.tables import make_if_missing, statements

        schema = database.schema
        if isinstance(database, MySQL):
            if schema:
                database.execute(connection, f"CREATE DATABASE IF NOT EXISTS `{schema}`")
            else:
                schema = database.execute(connection, "SELECT database()")[0][0]
            made = make_if_missing(tables, f"`{schema}`")
        else:
            made = statements(tables, "postgresql")
            if schema:
                database.execute(connection, f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
                database.execute(connection, f'SET LOCAL search_path TO "{schema}"')
        for statement in made:
            database.execute(connection, statement)

    return SqlPlace(database, tables, SQLALCHEMY, SqlWriting, _engine_opener(engine, tables), make)


def redis_place(url: str, label: str, prefix: str) -> RedisPlace:
    """The sessions of a Redis server under a prefix."""

    def connect() -> Any:
        from redis import Redis

        return Redis.from_url(url, socket_connect_timeout=10)

    def connect_async() -> Any:
        from redis.asyncio import Redis

        return Redis.from_url(url, socket_connect_timeout=10)

    return RedisPlace(label, prefix, connect, connect_async)


def _make_sqlite(session_class: str, tables: Tables, path: Path) -> Callable[[Any], None]:
    """Makes the tables as the SDK's own class defines them."""

    def make(connection: Any) -> None:
        for statement in _definitions(session_class, tables):
            connection.execute(statement)

    return make


def _definitions(session_class: str, tables: Tables) -> list[str]:
    from agents import SQLiteSession
    from agents.extensions.memory import AdvancedSQLiteSession

    from lessons.kit.stores.sdk_private import locked_connection
    from lessons.kit.stores.sql.tables import statements

    if session_class == SQLALCHEMY:
        return list(statements(tables, "sqlite"))
    named: dict[str, Any] = {"sessions_table": tables.sessions, "messages_table": tables.messages}
    made: Any = (
        AdvancedSQLiteSession(session_id="tables", create_tables=True, **named)
        if session_class == ADVANCED
        else SQLiteSession("tables", **named)
    )
    with closing(made), locked_connection(made) as connection:
        query = (
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, rowid"
        )
        return [statement for (statement,) in connection.execute(query)]


def _sqlite_opener(path: Path, session_class: str, tables: Tables) -> Any:
    if session_class == SQLALCHEMY:
        return _engine_opener(lambda: _sqlite_engine(path), tables)

    @asynccontextmanager
    async def opened(session_id: str) -> Any:
        from agents import SQLiteSession
        from agents.extensions.memory import AdvancedSQLiteSession

        named: dict[str, Any] = {"sessions_table": tables.sessions, "messages_table": tables.messages}
        session: Any = (
            AdvancedSQLiteSession(session_id=session_id, db_path=path, create_tables=True, **named)
            if session_class == ADVANCED
            else SQLiteSession(session_id, path, **named)
        )
        with closing(session):
            yield session

    return opened


def _engine_opener(engine: Callable[[], Any], tables: Tables) -> Any:
    @asynccontextmanager
    async def opened(session_id: str) -> Any:
        from agents.extensions.memory import SQLAlchemySession

        made = engine()
        try:
            named: dict[str, Any] = {"sessions_table": tables.sessions, "messages_table": tables.messages}
            yield SQLAlchemySession(session_id, engine=made, **named)
        finally:
            await made.dispose()

    return opened


def _sqlite_engine(path: Path) -> Any:
    from sqlalchemy.ext.asyncio import create_async_engine

    return create_async_engine(f"sqlite+aiosqlite:///{path}")


def _postgresql_engine(url: str, schema: str | None) -> Callable[[], Any]:
    def make() -> Any:
        import asyncpg
        from sqlalchemy.ext.asyncio import create_async_engine

        plain = re.sub(r"^[a-z+]+://", "postgresql://", url)
        made = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(plain))
        return made.execution_options(schema_translate_map={None: schema})

    return make


def _mysql_engine(url: str, schema: str | None) -> Callable[[], Any]:
    def make() -> Any:
        import aiomysql
        from sqlalchemy.engine import make_url
        from sqlalchemy.ext.asyncio import create_async_engine

        from lessons.kit.stores.sql.mysql import connection_arguments

        database = make_url(url).database
        given = connection_arguments(url)
        made = create_async_engine("mysql+aiomysql://", async_creator=lambda: aiomysql.connect(**given, db=database))
        return made.execution_options(schema_translate_map={None: schema})

    return make


def _label(variable: str, kind: str) -> str:
    return f"{kind} of {variable}"
