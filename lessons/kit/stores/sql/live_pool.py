"""Ten runs at the same time on one engine, and how its pool is used. The tables are deleted afterwards."""

import asyncio
import tempfile
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons.kit.background import background
from lessons.kit.models.providers import make_model, read_provider
from lessons.kit.problems.explain import explain
from lessons.kit.problems.problem import Problem
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.stores.sql.server_store import DatabaseServerStore
from lessons.kit.stores.sql.sqlite_store import SQLAlchemySQLiteStore

RUNS = 10
KINDS = ("sqlalchemy_sqlite", "postgresql", "mysql")
"""The kinds of store whose sessions use an engine."""
SECONDS = 60


@dataclass(frozen=True)
class PoolUse:
    """The pool of the engine at one moment.

    `in_use` and `idle` are its connections now, `opened` are all that were opened, and `highest` is the most in use at once.
    `calls` is the number of times that a connection was taken, `done` the number of runs that have ended well. `times` has the
    seconds from the start and the connections in use at each change. `seconds` is the time of the runs so far.
    """

    in_use: int
    idle: int
    opened: int
    highest: int
    calls: int
    done: int
    times: tuple[tuple[float, int], ...]
    seconds: float


class LivePool:
    """Ten runs, while they run and afterwards. `start` makes it, and any thread can read it."""

    def __init__(self, pool_size: int, max_overflow: int) -> None:
        self.pool_size, self.max_overflow = pool_size, max_overflow
        self.problem: Problem | None = None
        self.seconds = 0.0
        self._begun = time.perf_counter()
        self._times: list[tuple[float, int]] = [(0.0, 0)]
        self._done = self._opened = self._calls = self._out = 0
        self._pool: Any = None
        self._ended: Future[None] | None = None

    @property
    def ended(self) -> bool:
        return self._ended is not None and self._ended.done()

    def use(self) -> PoolUse:
        """The pool now, as its events have counted it."""
        times = tuple(self._times)
        return PoolUse(
            in_use=self._out,
            idle=self._pool.checkedin() if self._pool is not None and not self.ended else 0,
            opened=self._opened,
            highest=max(out for _, out in times),
            calls=self._calls,
            done=self._done,
            times=times,
            seconds=self.seconds or time.perf_counter() - self._begun,
        )

    async def run(self, store: SQLAlchemySQLiteStore | DatabaseServerStore) -> None:
        """Do the runs on the store, count, and erase the store. The first error is kept in `problem`."""
        from agents import Agent, Runner

        provider = read_provider({"SESSIONS_MODEL_PROVIDER": "offline"})
        pool = {"pool_size": self.pool_size, "max_overflow": self.max_overflow, "pool_timeout": 30}
        sessions = [store.open_session(f"guest_{number}", engine_kwargs=pool) for number in range(RUNS)]
        self._watch(sessions[0].engine)

        async def one(session: Any) -> None:
            agent = Agent(name="Assistant", instructions="Reply in one short sentence.", model=make_model(provider))
            await Runner.run(agent, f"My name is {session.session_id}", session=session)
            self._done += 1

        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(*map(one, sessions))
        except Exception as error:
            self.problem = explain(error)
        self.seconds = time.perf_counter() - self._begun
        try:
            await asyncio.to_thread(store.erase)
        except Exception as error:
            self.problem = self.problem or explain(error)

    def _watch(self, engine: Any) -> None:
        from sqlalchemy import event

        self._pool = engine.pool

        def opened(connection: Any, record: Any) -> None:
            self._opened += 1

        def taken(connection: Any, record: Any, proxy: Any) -> None:
            self._calls += 1
            self._count(1)

        def given_back(connection: Any, record: Any) -> None:
            self._count(-1)

        event.listen(engine.sync_engine, "connect", opened)
        event.listen(engine.sync_engine, "checkout", taken)
        event.listen(engine.sync_engine, "checkin", given_back)

    def _count(self, more: int) -> None:
        self._out += more
        self._times.append((time.perf_counter() - self._begun, self._out))


def start(kind: str, pool_size: int, max_overflow: int) -> LivePool:
    """Begin ten runs on a store of one of KINDS, in a temporary folder, on a server in its own schema."""
    live = LivePool(pool_size, max_overflow)

    async def run() -> None:
        with tempfile.TemporaryDirectory(prefix="sessions-lab-", ignore_cleanup_errors=True) as folder:
            store = usable_kinds()[kind].open(Path(folder))
            if not isinstance(store, SQLAlchemySQLiteStore | DatabaseServerStore):
                raise TypeError(f"the sessions of {kind} are not on an engine")
            await live.run(store)

    live._ended = background().start(run())
    return live
