"""The session classes that need no server, each ready to be checked against the contract."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lessons.kit.contract.contract import Finding, check_contract

MakeSession = Callable[[str], Any]

CLASSES = (
    "JsonFileSession",
    "SQLiteSession in a file",
    "SQLiteSession in memory",
    "AsyncSQLiteSession",
    "SQLAlchemySession",
    "AdvancedSQLiteSession",
    "EncryptedSession over SQLiteSession",
    "RedisSession on fakeredis",
)


async def check_class(name: str) -> list[Finding]:
    """Check the class of that name in its own folder, which is deleted afterwards. Raises KeyError for another name."""
    with tempfile.TemporaryDirectory(prefix="sessions-lab-", ignore_cleanup_errors=True) as folder:
        async with _maker(name, Path(folder)) as make_session:
            return await check_contract(make_session)


@asynccontextmanager
async def _maker(name: str, folder: Path) -> AsyncIterator[MakeSession | Callable[[str], Awaitable[Any]]]:
    from agents import SQLiteSession
    from agents.extensions.memory import (
        AdvancedSQLiteSession,
        AsyncSQLiteSession,
        EncryptedSession,
        RedisSession,
        SQLAlchemySession,
    )
    from fakeredis import FakeAsyncRedis, FakeServer
    from sqlalchemy.ext.asyncio import create_async_engine

    from lessons.kit.stores.json_files.session import JsonFileSession

    file = folder / "sessions.db"
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'sqlalchemy.db'}")
    if name == "SQLAlchemySession":
        # Makes the tables once, before the check uses many handles at the same time.
        await SQLAlchemySession("first", engine=engine, create_tables=True).get_items()
    redis = FakeAsyncRedis(server=FakeServer())
    makers: dict[str, MakeSession] = {
        "JsonFileSession": lambda session_id: JsonFileSession(session_id, folder),
        "SQLiteSession in a file": lambda session_id: SQLiteSession(session_id, file),
        "SQLiteSession in memory": SQLiteSession,
        "AsyncSQLiteSession": lambda session_id: AsyncSQLiteSession(session_id, file),
        "SQLAlchemySession": lambda session_id: SQLAlchemySession(session_id, engine=engine),
        "AdvancedSQLiteSession": lambda session_id: AdvancedSQLiteSession(
            session_id=session_id, db_path=file, create_tables=True
        ),
        "EncryptedSession over SQLiteSession": lambda session_id: EncryptedSession(
            session_id, SQLiteSession(session_id, file), encryption_key="a key for this check only"
        ),
        "RedisSession on fakeredis": lambda session_id: RedisSession(session_id, redis_client=redis),
    }
    try:
        yield makers[name]
    finally:
        await engine.dispose()
        await redis.aclose()
