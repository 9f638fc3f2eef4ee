"""The database servers that the tests talk to: those of this machine, unless the environment names others.

A server that does not answer is not tested, and the end of the run says so; with CI=true it fails the run.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from unittest import mock
from uuid import uuid4

import pytest

from lessons.kit.stores.registry import store_kinds

if TYPE_CHECKING:
    from sqlalchemy import Engine

SECONDS = 3


@dataclass(frozen=True)
class ServerUnderTest:
    """One server: the variable that names it, where it is by default, and a call that raises when it cannot be used."""

    variable: str
    default: str
    try_it: Callable[[str], None]


def _try_postgresql(url: str) -> None:
    import psycopg

    psycopg.connect(url, connect_timeout=SECONDS).close()


def _try_mysql(url: str) -> None:
    import pymysql
    from sqlalchemy.engine import make_url

    at = make_url(url)
    pymysql.connect(
        host=at.host,
        port=at.port or 3306,
        user=at.username,
        password=at.password or "",
        database=at.database,
        connect_timeout=SECONDS,
    ).close()


def _try_redis(url: str) -> None:
    import redis

    redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS).ping()


SERVERS = (
    ServerUnderTest("POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test", _try_postgresql),
    ServerUnderTest("MYSQL_URL", "mysql://root@127.0.0.1:3306/test", _try_mysql),
    ServerUnderTest("REDIS_URL", "redis://127.0.0.1:6379/0", _try_redis),
)

not_tested: list[str] = []
"""Why a server is not tested, a sentence each."""


def find_servers() -> None:
    """Set the variable of each server that can be used, and empty the others. Call it once, before the app is imported.

    Raises pytest.UsageError with CI=true when one cannot be used.
    """
    for server in SERVERS:
        url = os.environ.setdefault(server.variable, server.default)
        if not url:
            not_tested.append(f"{server.variable} is empty, so its server is not tested.")
            continue
        try:
            server.try_it(url)
        except Exception as error:
            # The class alone: the text of the error may hold the password.
            not_tested.append(f"{server.variable}: no usable server ({type(error).__name__}), so it is not tested.")
            os.environ[server.variable] = ""
    if not_tested and os.environ.get("CI") == "true":
        raise pytest.UsageError(" ".join(not_tested))


@cache
def is_on_a_server(kind: str) -> bool:
    """Whether this kind of store is there only because the environment names a server or a service."""
    with mock.patch.dict(os.environ, clear=True):
        return bool(store_kinds()[kind].missing())


@contextmanager
def tables_on_a_server(variable: str, *statements: str) -> "Iterator[tuple[Engine, str]]":
    """Make `{name}_sessions` and `{name}_messages` with these statements on the server of a variable, and drop them at the end.

    Yields an engine and the name, which no other test has. Skips the test if the variable names no server.
    """
    from sqlalchemy import create_engine, text

    url = os.environ.get(variable, "")
    if not url:
        pytest.skip(f"{variable} names no server that can be used")
    driver = "postgresql+psycopg" if variable == "POSTGRES_URL" else "mysql+pymysql"
    engine = create_engine(f"{driver}://{url.partition('://')[2]}")
    name = f"inspected_{uuid4().hex[:12]}"
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement.format(name=name)))
    yield engine, name
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {name}_messages"))
        connection.execute(text(f"DROP TABLE {name}_sessions"))
    engine.dispose()
