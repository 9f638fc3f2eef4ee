"""The engines of a store and the sessions on them. Use them only on the background loop, to which the connections belong."""

import asyncio
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, Unpack
from weakref import WeakKeyDictionary

from lessons.kit.background import background
from lessons.kit.problems.sql_server_errors import ServerFault, connection_words, silent
from lessons.kit.stores.sql import limits

if TYPE_CHECKING:
    from agents import SessionSettings
    from agents.extensions.memory import SQLAlchemySession
    from sqlalchemy.ext.asyncio import AsyncEngine

SHARED_POOL = {"pool_size": 5, "max_overflow": 10, "pool_timeout": 5}
"""The pool for all visitors of a server. Servers often allow about 100 connections. A session call uses one for a few ms."""

OWN_POOL = {"pool_size": 2, "max_overflow": 3, "pool_timeout": 5}
"""The pool of an engine with its own options. It can be small, since a visitor's turns run one after the other."""


class SQLAlchemyOptions(TypedDict, total=False):
    """The options of SQLAlchemySession except those that choose its engine."""

    create_tables: bool
    sessions_table: str
    messages_table: str
    session_settings: "SessionSettings | None"
    ensure_ascii: bool


class Handles:
    """The sessions of one store and their engines: one shared engine, and one for each set of engine options."""

    def __init__(self, make_engine: Callable[[dict[str, Any]], "AsyncEngine"], where: str) -> None:
        self._make_engine, self._where = make_engine, where
        self._engines: dict[str, AsyncEngine] = {}
        self._sessions: dict[tuple[str, str], SQLAlchemySession] = {}

    def open(
        self,
        session_id: str,
        engine: "AsyncEngine | None",
        engine_kwargs: dict[str, Any] | None,
        **options: Unpack[SQLAlchemyOptions],
    ) -> "SQLAlchemySession":
        """The handle with these options: the open one or a new one. Opens no connection.

        It uses `engine`, or if that is None, the engine of this store with `engine_kwargs`.
        """
        key = session_id, repr((engine, engine_kwargs, sorted(options.items())))
        if key not in self._sessions:
            from agents.extensions.memory import SQLAlchemySession

            self._sessions[key] = SQLAlchemySession(
                session_id, engine=engine or self._engine(engine_kwargs or {}), **options
            )
        return self._sessions[key]

    def close(self) -> list[str]:
        """Drop every handle and dispose of the engines. Returns the names of the sessions that were open."""
        dropped = [f"{session_id} in {self._where}" for session_id, _ in self._sessions]
        engines = list(self._engines.values())
        self._sessions.clear()
        self._engines.clear()
        if engines:
            background().settle(_dispose(engines))
        return list(dict.fromkeys(dropped))

    def release(self) -> None:
        """Close the idle connections of pools that have none in use. Handles and engines stay and connect again."""
        engines = list(self._engines.values())
        if engines:
            background().settle(_dispose_unused(engines))

    def _engine(self, wanted: dict[str, Any]) -> "AsyncEngine":
        key = repr(sorted(wanted.items()))
        if key not in self._engines:
            self._engines[key] = counting_disposals(self._make_engine(wanted))
        return self._engines[key]


_disposals: WeakKeyDictionary[Any, int] = WeakKeyDictionary()


def counting_disposals(engine: "AsyncEngine") -> "AsyncEngine":
    """The same engine. From now on, `disposals` counts how often it is disposed of."""
    from sqlalchemy import event

    @event.listens_for(engine.sync_engine, "engine_disposed")
    def count(disposed: Any) -> None:
        _disposals[disposed] = _disposals.get(disposed, 0) + 1

    return engine


def disposals(session: Any) -> int:
    """How often the engine of a session was disposed of. 0 if the session has no engine, or one that was made elsewhere."""
    engine = getattr(getattr(session, "engine", None), "sync_engine", None)
    return 0 if engine is None else _disposals.get(engine, 0)


async def _dispose(engines: "list[AsyncEngine]") -> None:
    for engine in engines:
        # Closing fails if the server does not answer.
        with suppress(Exception):
            async with asyncio.timeout(limits.CLOSE_SECONDS):
                await engine.dispose()


async def _dispose_unused(engines: "list[AsyncEngine]") -> None:
    from sqlalchemy import QueuePool

    unused = [engine for engine in engines if isinstance(engine.pool, QueuePool) and not engine.pool.checkedout()]
    await _dispose(unused)


class Connector(Hashable, Protocol):
    """Connects to one server. Two connectors for the same address are equal."""

    def address(self) -> str:
        """A URL for the engine that names only dialect and driver."""

    async def connect(self) -> Any:
        """A connection of the async driver, without a schema. Raises what the driver raises."""

    def cut(self, connection: Any) -> None:
        """Close the driver's connection at once."""


@cache
def shared_engine(server: Connector) -> "AsyncEngine":
    """The engine of all visitors of a server. Its pool keeps its connections when one of them disposes of the engine."""
    from sqlalchemy import AsyncAdaptedQueuePool

    class VisitorsPool(AsyncAdaptedQueuePool):
        def dispose(self) -> None:
            pass

        def recreate(self) -> "VisitorsPool":
            return self

    return engine_of(server, poolclass=VisitorsPool, **SHARED_POOL)


def engine_of(server: Connector, **options: Any) -> "AsyncEngine":
    """A new engine for this server. `options` are passed to create_async_engine."""
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(server.address(), async_creator=partial(_connection, server), **options)
    _watch(engine, server.cut)
    return engine


async def _connection(server: Connector) -> Any:
    """A connection of the async driver. Raises ServerFault after CONNECT_SECONDS and for errors that the app can explain."""
    try:
        async with asyncio.timeout(limits.CONNECT_SECONDS):
            return await server.connect()
    except Exception as error:
        words = connection_words(error)
        if words is None:
            raise
        raise ServerFault(words) from error


def _watch(engine: "AsyncEngine", cut: Callable[[Any], None]) -> None:
    """Give up on a server that does not answer, and connect again when it is back.

    A session uses a connection for one call, so ANSWER_SECONDS limits one call. After that, `cut` closes the driver's
    connection at once. A connection that was used before is tested before it is used again.
    """
    from sqlalchemy import event
    from sqlalchemy.exc import DisconnectionError

    def give_up(dbapi_connection: Any, record: Any) -> None:
        record.info["given up"] = True
        cut(dbapi_connection.driver_connection)

    @event.listens_for(engine.sync_engine, "connect")
    def connected(dbapi_connection: Any, record: Any) -> None:
        record.info["new"] = True

    @event.listens_for(engine.sync_engine, "checkout")
    def begin(dbapi_connection: Any, record: Any, proxy: Any) -> None:
        loop = asyncio.get_running_loop()
        if not record.info.pop("new", False):
            timer = loop.call_later(limits.PING_SECONDS, cut, dbapi_connection.driver_connection)
            try:
                engine.sync_engine.dialect.do_ping(dbapi_connection)
            except Exception as error:
                raise DisconnectionError from error  # then the pool makes a new connection
            finally:
                timer.cancel()
        record.info["timer"] = loop.call_later(limits.ANSWER_SECONDS, give_up, dbapi_connection, record)

    @event.listens_for(engine.sync_engine, "checkin")
    def end(dbapi_connection: Any, record: Any) -> None:
        timer = record.info.pop("timer", None)
        if timer is not None:
            timer.cancel()

    @event.listens_for(engine.sync_engine, "handle_error")
    def explain(context: Any) -> None:
        connection = context.connection
        if connection is not None and not connection.closed and connection.info.pop("given up", False):
            context.chained_exception = silent()
