"""Calls of a database in memory, made where they are asked for. Through a thread, they take a fifth of a short dry run."""

import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    import aiosqlite

_is_at_once: contextvars.ContextVar[bool] = contextvars.ContextVar("at_once", default=False)


@contextmanager
def at_once() -> Iterator[None]:
    """In this context, and in the tasks that it starts, an executor of BlockingCalls uses no thread."""
    token = _is_at_once.set(True)
    try:
        yield
    finally:
        _is_at_once.reset(token)


class BlockingCalls(ThreadPoolExecutor):
    """Calls made with asyncio.to_thread(): in a thread, or inside `at_once()` at once."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if not _is_at_once.get():
            return super().submit(call, *args, **kwargs)
        done: Future[Any] = Future()
        try:
            done.set_result(call(*args, **kwargs))
        except BaseException as error:
            done.set_exception(_not_from_here(error))
        return done


async def connected_in_memory() -> "aiosqlite.Connection":
    """A new database in memory. Its calls block the loop, and use no thread if aiosqlite has the names that are known here."""
    import aiosqlite

    # aiosqlite makes all of its calls through the queue `_tx`, and so does SQLAlchemy. `_connect()` does not start the thread.
    connection: Any = aiosqlite.connect(":memory:", check_same_thread=False)
    if not isinstance(getattr(connection, "_tx", None), SimpleQueue) or not hasattr(connection, "_connect"):
        connection = await connection
    else:
        connection._tx = _AtOnce()
        await connection._connect()
    opened: aiosqlite.Connection = connection
    return opened


class _AtOnce:
    """Takes the place of the queue between a connection and its thread."""

    def put_nowait(self, work: "tuple[asyncio.Future[Any] | None, Callable[[], Any]]") -> None:
        future, call = work
        try:
            result = call()
        except Exception as error:
            if future is None:
                raise
            future.set_exception(_not_from_here(error))
        else:
            if future is not None:
                future.set_result(result)


def _not_from_here(error: BaseException) -> BaseException:
    """The error without the frame that caught it: where an error was raised says whether it tells of a run."""
    at = error.__traceback__
    return error.with_traceback(at.tb_next if at is not None else None)
