"""Empty places of sessions to export, move, clean up and erase: files, and servers whose address is in the environment."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from agents import SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession

from lessons.kit.life_cycle.places.addresses import ADVANCED, PLAIN, SQLALCHEMY, open_place
from lessons.kit.life_cycle.places.place import Place

ITEMS: list[Any] = [
    {"role": "user", "content": "Wie geht's, Zoë? 🙂"},
    {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": '{"city": "Oslo"}'},
    {"type": "function_call_output", "call_id": "c1", "output": "4 °C"},
    {"role": "assistant", "content": [{"type": "output_text", "text": "4 °C", "annotations": []}]},
]

FILES = {"sqlite": PLAIN, "advanced": ADVANCED, "sqlalchemy": SQLALCHEMY}
KINDS = (
    "sqlite",
    "advanced",
    pytest.param("sqlalchemy", marks=pytest.mark.matrix),
    pytest.param("postgresql", marks=pytest.mark.servers),
    pytest.param("mysql", marks=[pytest.mark.servers, pytest.mark.matrix]),
    pytest.param("redis", marks=pytest.mark.servers),
)


@contextmanager
def empty_place(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An empty place of that kind; what is on a server is dropped afterwards."""
    if kind in FILES:
        yield open_place(str(folder / f"{kind}_{uuid4().hex[:6]}.db"), session_class=FILES[kind])
        return
    variable = {"postgresql": "POSTGRES_URL", "mysql": "MYSQL_URL", "redis": "REDIS_URL"}[kind]
    url = os.environ.get(variable)
    if not url:
        pytest.skip(f"{variable} names no server")
    name = f"lab_test_{uuid4().hex[:10]}"
    with _made(kind, url, name) as made:
        monkeypatch.setenv(f"PLACE_{name}", made)
        yield open_place(f"PLACE_{name}", prefix=name)


@contextmanager
def _made(kind: str, url: str, name: str) -> Iterator[str]:
    if kind == "postgresql":
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
            try:
                yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
            finally:
                connection.execute(f"DROP SCHEMA {name} CASCADE")
    elif kind == "mysql":
        from sqlalchemy import create_engine, make_url, text

        at = make_url(url).set(drivername="mysql+pymysql")
        engine = create_engine(at)
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield at.set(database=name).render_as_string(hide_password=False).replace("mysql+pymysql", "mysql")
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name}"))
            engine.dispose()
    else:
        import redis

        client = redis.Redis.from_url(url)
        try:
            yield url
        finally:
            with suppress(redis.RedisError):
                for key in client.scan_iter(f"{name}*"):
                    client.delete(key)
            client.close()


def dump(place: Place) -> list[Any]:
    """Everything that is stored of sessions."""
    if not place.exists():
        return []
    with place.reading():
        return [
            (info, list(place.rows(info.session_id)), list(place.more(info.session_id)))
            for info in list(place.sessions())
        ]


def filled(path: Path, *, session_id: str = "s", items: list[Any]) -> Place:
    """A file to which a SQLiteSession has added items."""

    async def fill() -> None:
        session = SQLiteSession(session_id, path)
        await session.add_items(items)
        session.close()

    asyncio.run(fill())
    return open_place(str(path))


async def branched(path: Path) -> None:
    """Store a session "s" with two branches, and the usage of a turn."""
    session = AdvancedSQLiteSession(session_id="s", db_path=path, create_tables=True)
    await session.add_items([*ITEMS, {"role": "user", "content": "And Rome?"}])
    usage = SimpleNamespace(requests=1, input_tokens=3, output_tokens=4, total_tokens=7)
    usage.input_tokens_details = usage.output_tokens_details = None
    result: Any = SimpleNamespace(context_wrapper=SimpleNamespace(usage=usage))
    await session.store_run_usage(result)
    await session.create_branch_from_turn(2, "other")
    await session.add_items([{"role": "user", "content": "And Paris?"}])
    session.close()


def items(place: Place, session_id: str = "s") -> list[Any]:
    """What the SDK's class returns of a session."""

    async def read() -> list[Any]:
        async with place.opened(session_id) as session:
            return await session.get_items()

    return asyncio.run(read())


def run_sql(path: Path, *statements: str, values: tuple[Any, ...] = ()) -> None:
    """Change a file without any session class."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement, values)
