"""The table of session types: cells about servers say what the installed SDK does on real ones."""

import asyncio
import multiprocessing
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from agents import Session
from agents.extensions.memory import RedisSession, SQLAlchemySession
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from lessons.guides import how_to_open
from lessons.guides.cell import TriedOnServers
from lessons.guides.session_type_table import COLUMNS
from tests.support.redis_server import OwnRedis

pytestmark = pytest.mark.servers


def messages(*texts: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": one} for one in texts]


@dataclass(frozen=True)
class Databases:
    """The address of a new, empty database on each of these."""

    sqlite: URL
    postgresql: URL
    mysql: URL


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Databases]:
    servers = [os.environ["POSTGRES_URL"], os.environ["MYSQL_URL"]]
    if not all(servers):
        pytest.skip("no PostgreSQL or no MySQL server")
    postgresql, mysql = map(make_url, servers)
    name = f"cells_{uuid.uuid4().hex[:12]}"
    login = {"host": mysql.host, "port": mysql.port or 3306, "user": mysql.username, "password": mysql.password or ""}
    with psycopg.connect(servers[0], autocommit=True) as one, pymysql.connect(**login, autocommit=True) as other:
        one.execute(f"CREATE DATABASE {name}")
        other.cursor().execute(f"CREATE DATABASE {name}")
        try:
            yield Databases(
                URL.create("sqlite+aiosqlite", database=str(tmp_path / "chat.db")),
                postgresql.set(drivername="postgresql+asyncpg", database=name),
                mysql.set(drivername="mysql+aiomysql", database=name),
            )
        finally:
            one.execute(f"DROP DATABASE {name} WITH (FORCE)")
            other.cursor().execute(f"DROP DATABASE {name}")


def opened(url: URL, **engine: Any) -> SQLAlchemySession:
    return SQLAlchemySession.from_url(
        "alice", url=url.render_as_string(hide_password=False), create_tables=True, engine_kwargs=engine
    )


def databases_with_rows(at: Databases) -> str:
    """Each of them keeps the row of one add; MySQL in tables that were made beforehand, as the guide says."""
    return asyncio.run(_add_to_each(at))


async def _add_to_each(at: Databases) -> str:
    names = []
    for url in (at.postgresql, at.mysql, at.sqlite):
        address = url.render_as_string(hide_password=False)
        session = (how_to_open.in_mysql if url is at.mysql else how_to_open.in_a_database)("alice", address)
        async with session.engine.begin() as connection:
            if url is at.mysql:
                for table in MYSQL_TABLES:
                    await connection.execute(text(table))
        await session.add_items(messages("one"))
        async with session.engine.connect() as connection:
            assert await connection.scalar(text("SELECT COUNT(*) FROM agent_messages")) == 1
        await session.engine.dispose()
        names.append(NAMES[session.engine.dialect.name])
    return ", ".join(names)


NAMES = {"postgresql": "PostgreSQL", "mysql": "MySQL, MariaDB", "mariadb": "MySQL, MariaDB", "sqlite": "SQLite"}
MYSQL_TABLES = (
    "CREATE TABLE agent_sessions (session_id VARCHAR(255) PRIMARY KEY, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, "
    "updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
    "CREATE TABLE agent_messages (id INTEGER AUTO_INCREMENT PRIMARY KEY, session_id VARCHAR(255), message_data LONGTEXT, "
    "created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
)


def in_a_process(work: Callable[[], list[str]]) -> list[str]:
    """What `work` returns, done in a process: connections that are left open on a closed event loop end with it."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sender.send(work()))
    process.start()
    try:
        assert receiver.poll(30), "the process has not answered in 30 seconds"
        found: list[str] = receiver.recv()
        return found
    finally:
        process.kill()
        process.join(30)


def on_new_loops(open_session: Callable[[], Session], calls: int) -> list[str]:
    """Read one session on that many event loops, one after the other: the error of each, '' where there is none."""

    def read_all() -> list[str]:
        session, errors = open_session(), []
        for _ in range(calls):
            try:
                asyncio.run(session.get_items())
            except RuntimeError as error:
                errors.append(str(error))
            else:
                errors.append("")
        return errors

    return in_a_process(read_all)


def loops_of_databases(at: Databases) -> str:
    assert on_new_loops(lambda: opened(at.sqlite), 3) == [""] * 3
    first, second = on_new_loops(lambda: opened(at.postgresql), 2)
    assert first == ""
    assert "attached to a different loop" in second
    assert on_new_loops(lambda: opened(at.postgresql, poolclass=NullPool), 3) == [""] * 3
    return "SQLite: any; asyncpg: one only"


def limit_of_minus_one(at: Databases) -> str:
    async def read(url: URL) -> list[str]:
        session = opened(url)
        try:
            await session.add_items(messages("one", "two", "three"))
            return [item["content"] for item in await session.get_items(-1)]
        finally:
            await session.engine.dispose()

    assert asyncio.run(read(at.sqlite)) == ["one", "two", "three"]
    with pytest.raises(DBAPIError, match="LIMIT must not be negative"):
        asyncio.run(read(at.postgresql))
    return "SQLite: all; PostgreSQL: an error"


ON_DATABASES = {
    ("Database", "SQLAlchemySession"): databases_with_rows,
    ("Event loops", "SQLAlchemySession"): loops_of_databases,
    ("limit=-1", "SQLAlchemySession"): limit_of_minus_one,
}
ON_REDIS = ("Event loops", "RedisSession")
CELLS = {(of.name, name): cell for of in COLUMNS for name, cell in of.cells.items()}


@pytest.mark.parametrize(("column", "name"), ON_DATABASES)
def test_a_cell_says_what_the_sdk_does_on_a_database_server(column: str, name: str, databases: Databases) -> None:
    assert ON_DATABASES[column, name](databases) == CELLS[column, name].says


def test_a_redis_session_works_on_one_event_loop(own_redis: OwnRedis) -> None:
    closed = "Event loop is closed"
    found = on_new_loops(lambda: RedisSession.from_url("alice", url=own_redis.url), 4)
    assert found == ["", closed, "", closed]
    assert CELLS[ON_REDIS].says == "one only"


def test_every_cell_that_is_tried_on_servers_has_its_test_here() -> None:
    tried = {at for at, cell in CELLS.items() if isinstance(cell.source, TriedOnServers)}
    assert tried == {*ON_DATABASES, ON_REDIS}
