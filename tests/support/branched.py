"""A session with two branches and tools, stored by real runs, for the tests of what is read from it."""

import asyncio
from typing import Any

from agents import Runner

from lessons.kit.models.offline.model import OfflineModel
from lessons.kit.stores.sqlite.advanced_store import AdvancedSQLiteStore
from tests.support.turns import weather_agent

MAIN_TURNS = ("My name is Alice", "What's the weather in Oslo?", "What's 2 + 2?")
ROME_TURNS = ("What's the weather in Rome and Lima?", "What's 3 + 3?")


def branched(store: AdvancedSQLiteStore, session_id: str = "alice", *, usage: bool = True) -> Any:
    """Store three turns on main, and two on "rome", a branch from turn 3. Returns the session, which is on rome."""

    async def fill() -> Any:
        session = store.open_session(session_id)
        for message in MAIN_TURNS:
            await turn(session, message, usage=usage)
        await session.create_branch_from_turn(3, "rome")
        for message in ROME_TURNS:
            await turn(session, message, usage=usage)
        return session

    return asyncio.run(fill())


async def turn(session: Any, message: str, *, usage: bool = True) -> None:
    result = await Runner.run(weather_agent(OfflineModel()), message, session=session)
    if usage:
        await session.store_run_usage(result)
