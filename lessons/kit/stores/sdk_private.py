"""The private names of the SDK that the app uses, each in one function: the SDK has no public names for these things.

A new minor version of the SDK can rename them. Then the test of the function fails.
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

    The database of a session in memory has no other connection.
    """
    return session._locked_connection()


@contextlib.contextmanager
def free_connection(session: "SQLiteSession") -> "Iterator[sqlite3.Connection | None]":
    """`_lock`: the same without waiting. Yields None if another thread is using the connection."""
    if not session._lock.acquire(blocking=False):
        yield None
        return
    try:
        with session._locked_connection() as connection:
            yield connection
    finally:
        session._lock.release()


def close_connections(session: "SQLiteSession") -> None:
    """`_connections`: close the connections of a session in a file. Does nothing while one of this file is in use.

    close() would end the session for good. After this function, the next call connects again. `_local` has each thread's own
    connection, and `_connection_owners` (since 0.23) the owners. Every call of the session holds `_lock`, so no connection is
    in use while this function holds it.
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
    """`_connection`: close it, which also ends its thread, unless it is in use. The next call opens a new one."""
    if session._lock.locked():
        return
    async with session._lock:
        connection, session._connection = session._connection, None
        if connection is not None:
            await connection.close()


def current_branch(session: "Session | None", otherwise: str) -> str:
    """`_current_branch_id`: the branch that an AdvancedSQLiteSession reads and writes, `otherwise` for any other object.

    list_branches() leaves out a branch without turns, even if it is the current one.
    """
    branch: str = getattr(session, "_current_branch_id", otherwise)
    return branch


def clear_generation(session: "AdvancedSQLiteSession") -> int:
    """`_generation`: the number of times that the session was cleared, as this handle last read it."""
    return session._generation


def set_branch_state(session: "AdvancedSQLiteSession", branch: str, generation: int) -> None:
    """`_branch_state`: put a handle on a branch. It also works for a branch without turns, which switch_to_branch() refuses.

    SDK 0.22 does not have this attribute. There, `_current_branch_id` and `_generation` are attributes, not properties.
    """
    if hasattr(session, "_branch_state"):
        session._branch_state = (branch, generation)
    else:
        vars(session).update(_current_branch_id=branch, _generation=generation)


def conversation(session: "OpenAIConversationsSession") -> str | None:
    """`_session_id`: the conversation id of a session, None before its first call, when the property session_id raises."""
    return session._session_id


def set_conversation(session: "OpenAIConversationsSession", conversation_id: str | None) -> None:
    """`_session_id`: set the conversation id. With None, which the property's type excludes, the next call makes a new one."""
    session._session_id = conversation_id


def forget_session_items(session: "OpenAIResponsesCompactionSession") -> None:
    """`_session_items`: drop the copy of its rows that the session keeps, after the rows were changed without it."""
    session._session_items = None


def forget_compaction_candidates(session: "OpenAIResponsesCompactionSession") -> None:
    """`_compaction_candidate_items`: drop the items that the session counts to decide whether to compact."""
    session._compaction_candidate_items = None


def table_definitions(session: "SQLAlchemySession") -> "MetaData":
    """`_metadata`: the tables as the SDK defines them for all dialects."""
    return session._metadata


def message_table(session: "SQLAlchemySession") -> "Table":
    """`_messages`: the table of the items, with the name that the session was given."""
    return session._messages


def connected(session: "SQLAlchemySession") -> "AsyncSession":
    """`_session_factory`: a new database session on the engine, for use in `async with`."""
    return session._session_factory()


def redis_client(session: "RedisSession") -> Any:
    """`_redis`: the client of a RedisSession."""
    return session._redis


def set_redis_client(session: "RedisSession", client: Any) -> None:
    """`_redis`: give the session another client of the same server."""
    session._redis = client


def set_engine(session: "SQLAlchemySession", engine: Any) -> None:
    """`_engine`, `_session_factory`: give the session another engine of the same database."""
    from sqlalchemy.ext.asyncio import async_sessionmaker

    session._engine = engine
    session._session_factory = async_sessionmaker(engine, expire_on_commit=False)


def redis_list(session: "RedisSession") -> str:
    """`_messages_key`: the key of the list with its items."""
    name: str = session._messages_key
    return name


def unwrapped(session: "EncryptedSession", stored: Any) -> Any:
    """`_unwrap`: the item that the session makes of a stored item, None if it makes none."""
    return session._unwrap(stored)


def is_cancelled(result: Any) -> bool:
    """`_cancel_mode`: whether cancel() was called on the result of a streamed run, or the task of the run was cancelled."""
    task = getattr(result, "run_loop_task", None)
    if task is not None and task.cancelled():
        return True
    return getattr(result, "_cancel_mode", "none") not in (None, "none")


def stored_exception(result: Any) -> BaseException | None:
    """`_stored_exception`: the error that ended a streamed run, even if nothing has read its events. Otherwise None."""
    found: BaseException | None = getattr(result, "_stored_exception", None)
    return found


def structure_of(item: Any) -> tuple[str, str | None, bool]:
    """`_classify_message_type`, `_extract_tool_name`, `_is_user_message`: what message_structure has for an item.

    Returns its type, its tool and whether it begins a turn. The three methods do not use the state of their session.
    """
    from agents.extensions.memory import AdvancedSQLiteSession

    blank: Any = object.__new__(AdvancedSQLiteSession)
    return blank._classify_message_type(item), blank._extract_tool_name(item), blank._is_user_message(item)
