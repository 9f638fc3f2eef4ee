"""The engine of one store and the sessions on it. It is used on the background loop only, where its connections belong."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from lessons.kit.background import background
from lessons.kit.problems.sql_errors import silent
from lessons.kit.stores.sql import limits

if TYPE_CHECKING:
    from agents import SessionSettings
    from agents.extensions.memory import SQLAlchemySession
    from sqlalchemy.ext.asyncio import AsyncEngine

POOL = {"pool_size": 2, "max_overflow": 3, "pool_timeout": 5}
"""A visitor's turns wait for each other, and a server has about a hundred connections for all visitors."""


class SQLAlchemyOptions(TypedDict, total=False):
    """The options of SQLAlchemySession, apart from those that choose its engine."""

    create_tables: bool
    sessions_table: str
    messages_table: str
    session_settings: "SessionSettings | None"
    ensure_ascii: bool


class Handles:
    """The sessions of one store, and their engines: one for all, and one for each set of engine options asked for."""

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

        It is on `engine`, or else on the engine of this store that was made with `engine_kwargs`.
        """
        key = session_id, repr((engine, engine_kwargs, sorted(options.items())))
        if key not in self._sessions:
            from agents.extensions.memory import SQLAlchemySession

            self._sessions[key] = SQLAlchemySession(
                session_id, engine=engine or self._engine(engine_kwargs or {}), **options
            )
        return self._sessions[key]

    def close(self) -> list[str]:
        """Drop every handle and dispose of the engines; name the sessions that were open."""
        dropped = [f"{session_id} in {self._where}" for session_id, _ in self._sessions]
        engines = list(self._engines.values())
        self._sessions.clear()
        self._engines.clear()
        if engines:
            background().settle(_dispose(engines))
        return list(dict.fromkeys(dropped))

    def _engine(self, wanted: dict[str, Any]) -> "AsyncEngine":
        key = repr(sorted(wanted.items()))
        if key not in self._engines:
            self._engines[key] = self._make_engine(wanted)
        return self._engines[key]


async def _dispose(engines: "list[AsyncEngine]") -> None:
    for engine in engines:
        # A server that does not answer cannot be told goodbye.
        with suppress(Exception):
            async with asyncio.timeout(limits.CLOSE_SECONDS):
                await engine.dispose()


def watch(engine: "AsyncEngine", cut: Callable[[Any], None], prepare: list[str]) -> None:
    """Give up on a server that does not answer, and connect again after it was away.

    A session holds a connection for one call, so that is what ANSWER_SECONDS limits: `cut` closes the driver's connection
    at once, whatever waits for it. An old connection is tried before it is used. `prepare` are statements to be done once,
    before the next use.
    """
    from sqlalchemy import event
    from sqlalchemy.exc import DisconnectionError

    given_up: list[bool] = []

    def give_up(dbapi_connection: Any) -> None:
        given_up.append(True)
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
                raise DisconnectionError from error  # the pool takes a new connection in its place
            finally:
                timer.cancel()
        record.info["timer"] = loop.call_later(limits.ANSWER_SECONDS, give_up, dbapi_connection)
        while prepare:
            cursor = dbapi_connection.cursor()
            cursor.execute(prepare[0])
            cursor.close()
            prepare.pop(0)

    @event.listens_for(engine.sync_engine, "checkin")
    def end(dbapi_connection: Any, record: Any) -> None:
        timer = record.info.pop("timer", None)
        if timer is not None:
            timer.cancel()

    @event.listens_for(engine.sync_engine, "handle_error")
    def explain(context: Any) -> None:
        if given_up:
            given_up.clear()
            context.chained_exception = silent()
