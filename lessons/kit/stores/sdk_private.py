"""The private names of the SDK that the app uses, one function each: the SDK has no public name for these things.

A new minor of the SDK can rename them. A test of each function says so.
"""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

    from agents import OpenAIConversationsSession, OpenAIResponsesCompactionSession, Session, SQLiteSession
    from agents.extensions.memory import (
        AdvancedSQLiteSession,
        AsyncSQLiteSession,
        EncryptedSession,
        RedisSession,
        SQLAlchemySession,
    )
    from sqlalchemy import MetaData, Table
    from sqlalchemy.ext.asyncio import AsyncSession


def locked_connection(session: "SQLiteSession") -> "AbstractContextManager[sqlite3.Connection]":
    """`_locked_connection`: the session's own connection, which no other thread uses in the meantime.

    A session in memory has no other: its database belongs to this one connection.
    """
    return session._locked_connection()


@contextlib.contextmanager
def free_connection(session: "SQLiteSession") -> "Iterator[sqlite3.Connection | None]":
    """`_lock`: the same, None where another thread uses it at this moment: nobody waits."""
    if not session._lock.acquire(blocking=False):
        yield None
        return
    try:
        with session._locked_connection() as connection:
            yield connection
    finally:
        session._lock.release()


def close_connections(session: "SQLiteSession") -> None:
    """`_connections`: close those of a session in a file, unless one of this file is in use at this moment.

    close() would end the session for good; this way the next call connects again. `_local` is each thread's own connection,
    `_connection_owners` (from 0.23 on) says whose they are. Every call of the session
    takes `_lock`: under it, none is in use.
    """
    if not session._lock.acquire(blocking=False):
        return
    try:
        for connection in session._connections:
            connection.close()
        session._connections.clear()
        getattr(session, "_connection_owners", {}).clear()
        session._local = threading.local()
    finally:
        session._lock.release()


async def close_async_connection(session: "AsyncSQLiteSession") -> None:
    """`_connection`: close it, which ends its thread, unless it is in use at this moment. The next call opens another."""
    if session._lock.locked():
        return
    async with session._lock:
        connection, session._connection = session._connection, None
        if connection is not None:
            await connection.close()


def current_branch(session: "Session | None", otherwise: str) -> str:
    """`_current_branch_id`: the branch that an AdvancedSQLiteSession reads and writes; `otherwise` for any other object.

    list_branches() leaves out a branch without turns, even if it is the current one.
    """
    branch: str = getattr(session, "_current_branch_id", otherwise)
    return branch


def clear_generation(session: "AdvancedSQLiteSession") -> int:
    """`_generation`: how often the session had been cleared when this handle last looked."""
    return session._generation


def set_branch_state(session: "AdvancedSQLiteSession", branch: str, generation: int) -> None:
    """`_branch_state`: put a handle on a branch, also on one without turns, where switch_to_branch() refuses.

    SDK 0.22 has no such attribute: there `_current_branch_id` and `_generation` are attributes, and not properties.
    """
    if hasattr(session, "_branch_state"):
        session._branch_state = (branch, generation)
    else:
        vars(session).update(_current_branch_id=branch, _generation=generation)


def conversation(session: "OpenAIConversationsSession") -> str | None:
    """`_session_id`: the conversation of a session, None before its first call. The property session_id raises then."""
    return session._session_id


def set_conversation(session: "OpenAIConversationsSession", conversation_id: str | None) -> None:
    """`_session_id`: the conversation of a session; None: the next call makes one. The property session_id refuses None."""
    session._session_id = conversation_id


def forget_session_items(session: "OpenAIResponsesCompactionSession") -> None:
    """`_session_items`: have the session read its rows again. It keeps a copy, and they were changed without it."""
    session._session_items = None


def forget_compaction_candidates(session: "OpenAIResponsesCompactionSession") -> None:
    """`_compaction_candidate_items`: the same for the items that it counts to decide whether to compact."""
    session._compaction_candidate_items = None


def table_definitions(session: "SQLAlchemySession") -> "MetaData":
    """`_metadata`: the tables as the SDK defines them, before any database has seen them."""
    return session._metadata


def message_table(session: "SQLAlchemySession") -> "Table":
    """`_messages`: the table of the items, under the name that the session was given."""
    return session._messages


def connected(session: "SQLAlchemySession") -> "AsyncSession":
    """`_session_factory`: a new connection of the session's engine, to be used in `async with`."""
    return session._session_factory()


def redis_client(session: "RedisSession") -> Any:
    """`_redis`: the client of a RedisSession."""
    return session._redis


def set_redis_client(session: "RedisSession", client: Any) -> None:
    """`_redis`: the same session on another client of the same server."""
    session._redis = client


def set_engine(session: "SQLAlchemySession", engine: Any) -> None:
    """`_engine`, `_session_factory`: the same session on another engine of the same database."""
    from sqlalchemy.ext.asyncio import async_sessionmaker

    session._engine = engine
    session._session_factory = async_sessionmaker(engine, expire_on_commit=False)


def redis_list(session: "RedisSession") -> str:
    """`_messages_key`: the name of the list that holds its items."""
    name: str = session._messages_key
    return name


def unwrapped(session: "EncryptedSession", stored: Any) -> Any:
    """`_unwrap`: the item that the session makes of what is stored, None where it makes none."""
    return session._unwrap(stored)


def is_cancelled(result: Any) -> bool:
    """`_cancel_mode`: whether cancel() was called on the result of a streamed run, or what read its events was cancelled."""
    task = getattr(result, "run_loop_task", None)
    if task is not None and task.cancelled():
        return True
    return getattr(result, "_cancel_mode", "none") not in (None, "none")


def stored_exception(result: Any) -> BaseException | None:
    """`_stored_exception`: what ended a streamed run, also if nobody has read its events; None for anything else."""
    found: BaseException | None = getattr(result, "_stored_exception", None)
    return found


def structure_of(item: Any) -> tuple[str, str | None, bool]:
    """`_classify_message_type`, `_extract_tool_name`, `_is_user_message`: what message_structure says of an item.

    Its type, its tool, and whether it begins a turn. The three methods use nothing of their session.
    """
    from agents.extensions.memory import AdvancedSQLiteSession

    blank: Any = object.__new__(AdvancedSQLiteSession)
    return blank._classify_message_type(item), blank._extract_tool_name(item), blank._is_user_message(item)
