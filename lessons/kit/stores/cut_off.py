"""Makes a server unreachable for one session only: the connection goes through a relay in this process that can be cut.

The server, the driver and the error are real. The emulated Redis has no connection: it refuses to answer instead.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.sdk_private import redis_client, set_engine, set_redis_client
from lessons.kit.stores.sql.database_url import configured

PORTS = {"postgresql": 5432, "mysql": 3306}


class Relay:
    """Passes bytes on to a server. `cut` closes the open connections and accepts no more."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._to = host, port
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def begin(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far, to = await asyncio.open_connection(self._host, self._to)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, to}
        for source, target in ((reader, to), (far, writer)):
            task = asyncio.create_task(_pass_on(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    target.transport.abort()


def _address(url: str) -> SplitResult:
    """The parsed URL. Raises Refused if the relay cannot pass it on: a socket file, or TLS that checks the host."""
    at = urlsplit(url)
    options = parse_qs(at.query)
    by_file = at.scheme == "unix" or {"host", "unix_socket"} & set(options)
    checked = at.scheme == "rediss" or any("verify" in value for value in options.get("sslmode", ()))
    if by_file or checked or any(name.startswith("ssl_") for name in options):
        raise Refused(
            Problem(
                "The address of this server names a socket file, or TLS that checks the host: a connection of that kind cannot "
                "be cut here.",
                "Nothing was changed.",
                "Choose another store for this failure, or give the server an address with a host and a port.",
            )
        )
    return at


@asynccontextmanager
async def can_be_cut(session: Any) -> AsyncIterator[Callable[[], None]]:
    """Yields a function that makes the server unreachable for this session. After the block, the server is reachable again.

    Raises Refused if the address does not work through the relay.
    """
    if type(session).__name__ == "RedisSession":
        server = redis_client(session).connection_pool.connection_kwargs.get("server")
        if server is not None:
            async with _emulated(server) as cut:
                yield cut
            return
        at = _address(os.environ["REDIS_URL"])
        relay = Relay(at.hostname or "127.0.0.1", at.port or 6379)
    else:
        dialect = session.engine.dialect.name
        at = _address(configured(dialect))
        relay = Relay(at.hostname or "127.0.0.1", at.port or PORTS[dialect])
        async with session.engine.connect():
            pass  # the app creates the schema at the first connection of its engine
    await relay.begin()
    put_back = _through(session, relay)
    try:
        yield relay.cut
    finally:
        await put_back()
        relay.cut()


@asynccontextmanager
async def _emulated(server: Any) -> AsyncIterator[Callable[[], None]]:
    def go_away() -> None:
        server.connected = False

    try:
        yield go_away
    finally:
        server.connected = True


def _through(session: Any, relay: Relay) -> Callable[[], Any]:
    """Give the session a connection through the relay. Returns an async function that puts its own connection back."""
    if type(session).__name__ == "RedisSession":
        client, before = _redis(relay), redis_client(session)
        set_redis_client(session, client)

        async def put_redis_back() -> None:
            set_redis_client(session, before)
            await client.aclose()

        return put_redis_back
    engine, had = _engine(session.engine, relay), session.engine
    set_engine(session, engine)

    async def put_engine_back() -> None:
        set_engine(session, had)
        with suppress(Exception):  # the relay can be cut, so closing can fail
            await engine.dispose()

    return put_engine_back


def _redis(relay: Relay) -> Any:
    from redis.asyncio import Redis
    from redis.asyncio.connection import ConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.maint_notifications import MaintNotificationsConfig

    pool = ConnectionPool.from_url(
        os.environ["REDIS_URL"],
        max_connections=1,
        retry=Retry(NoBackoff(), 0),
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    pool.connection_kwargs.update(host="127.0.0.1", port=relay.port)
    return Redis.from_pool(pool)


def _engine(had: Any, relay: Relay) -> Any:
    """An engine with one connection, in the schema of the engine that it replaces. It does not test the connection first."""
    from sqlalchemy.ext.asyncio import create_async_engine

    from lessons.kit.stores.sql.mysql import connection_arguments

    dialect = had.dialect.name
    url = configured(dialect)

    async def connect() -> Any:
        if dialect == "mysql":
            import aiomysql

            at = {**connection_arguments(url), "host": "127.0.0.1", "port": relay.port}
            return await aiomysql.connect(**at, db=None, init_command="SET time_zone = '+00:00'")
        import asyncpg

        return await asyncpg.connect(url, host="127.0.0.1", port=relay.port)

    name = {"mysql": "mysql+aiomysql://", "postgresql": "postgresql+asyncpg://"}[dialect]
    engine = create_async_engine(name, async_creator=connect, pool_size=1, max_overflow=0)
    return engine.execution_options(**had.sync_engine.get_execution_options())
