"""Databases in memory for private copies, used one after the other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from lessons.kit.inspect.running.apart import SHORT, is_apart
from lessons.kit.inspect.running.at_once import connected_in_memory
from lessons.kit.inspect.stored import ClassName, StoredSession

NEEDS_TEXT, TAKES_NULL = "message_data TEXT NOT NULL", "message_data TEXT"
"""A part of the statement that makes the table of the items, and what stands there for rows without a text."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A database in memory: a session on it, the statements that make its tables or empty them, and what closes it."""

    session: Any
    script: str
    close: Callable[[], Awaitable[None]]


_spare: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Opened]] = WeakKeyDictionary()
"""At most one of each class."""


@asynccontextmanager
async def opened_once(stored: StoredSession, class_name: ClassName) -> AsyncIterator[Opened]:
    """A database for one copy. On a loop that lasts, it is kept for the next one: making it takes a part of a short dry run.

    It is not kept after an error, nor after many rows, since SQLite does not give back their memory.
    """
    loop = asyncio.get_running_loop()
    kept = _spare.setdefault(loop, {})
    opened = kept.pop(class_name, None)
    if opened is None:
        opened = _sqlite_session() if class_name == "SQLiteSession" else await _sqlalchemy_session()
    is_kept = False
    try:
        yield opened
        is_small = len(stored.rows) <= SHORT and sum(len(row.text) for row in stored.rows) <= _KEPT_CHARACTERS
        is_kept = is_small and is_apart() and class_name not in kept
    finally:
        if is_kept:
            spare = kept[class_name] = replace(opened, script=_EMPTIED)
            loop.call_later(_KEPT_SECONDS, lambda: loop.create_task(_forget(kept, class_name, spare)))
        else:
            await opened.close()


async def _forget(kept: dict[str, Opened], class_name: ClassName, spare: Opened) -> None:
    if kept.get(class_name) is spare:
        del kept[class_name]
        await spare.close()


def _sqlite_session() -> Opened:
    from agents import SQLiteSession

    session = SQLiteSession("", ":memory:")

    async def close() -> None:
        session.close()

    return Opened(session, "", close)


async def _sqlalchemy_session() -> Opened:
    from agents.extensions.memory import SQLAlchemySession

    engine = _memory()
    return Opened(SQLAlchemySession("", engine=engine), await _tables_of_sqlalchemy(), engine.dispose)


def _memory() -> Any:
    from sqlalchemy import StaticPool
    from sqlalchemy.ext.asyncio import create_async_engine

    return create_async_engine("sqlite+aiosqlite:///:memory:", poolclass=StaticPool, async_creator=connected_in_memory)


_KEPT_SECONDS, _KEPT_CHARACTERS = 60.0, 1_000_000
_EMPTIED = "DELETE FROM agent_messages; DELETE FROM agent_sessions; DELETE FROM sqlite_sequence;"


async def _tables_of_sqlalchemy() -> str:
    """The statements with which the class makes its tables. It takes the class longer than a dry run to make them itself."""
    if not _made:
        from agents.extensions.memory import SQLAlchemySession
        from sqlalchemy import text

        engine = _memory()
        try:
            await SQLAlchemySession("", engine=engine, create_tables=True).get_items(1)
            async with engine.connect() as connection:
                found = await connection.execute(text("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%'"))
                _made.append("".join(f"{sql};" for (sql,) in found).replace(NEEDS_TEXT, TAKES_NULL))
        finally:
            await engine.dispose()
    return _made[0]


_made: list[str] = []
