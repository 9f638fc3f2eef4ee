"""The thread in which the rules run. It can tell a call that blocks the thread from a call that only takes long."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import FrameType
from typing import Any

ANSWER_SECONDS = 0.2
"""How long the loop may take to answer before it counts as blocked."""

ENDS_THE_PROCESS = (SystemExit, KeyboardInterrupt)


class OutOfTime(Exception):
    """The work did not end in its time; the message says where it blocks.

    It is not a TimeoutError, because a session may raise that.
    """


class Worker:
    """An event loop in its own thread, for code that may block it or try to end the process.

    Code that exits or is interrupted ends its own work, not the loop. A worker whose loop is blocked is `lost`: its thread
    cannot be ended from outside, but it does not keep the process alive.
    """

    def __init__(self) -> None:
        self.lost = False
        self._ended = False
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(_DaemonThreads())
        # Errors in tasks that a wrong class leaves behind are not logged: the finding already tells of them.
        self._loop.set_exception_handler(lambda loop, context: None)
        self._thread = threading.Thread(target=self._serve, name="contract", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        while not self._ended:
            try:
                self._loop.run_forever()
            except ENDS_THE_PROCESS:
                continue  # asyncio raises them out of the loop; they are also the result of the task that raised them

    def do(self, work: Coroutine[Any, Any, Any], seconds: float) -> Any:
        """Returns what `work` returns and raises what it raises, also SystemExit. Raises OutOfTime after `seconds`."""
        started: Future[asyncio.Task[Any]] = Future()
        ended: Future[None] = Future()

        def begin() -> None:
            task = self._loop.create_task(work)
            task.add_done_callback(lambda done: ended.set_result(None))
            started.set_result(task)

        self._loop.call_soon_threadsafe(begin)
        wait([ended], max(seconds - ANSWER_SECONDS, seconds / 2))  # the rest is for asking the loop
        if ended.done():
            task = started.result()
            if task.cancelled():
                raise asyncio.CancelledError
            return task.result()
        if not self._answers():
            self.lost = True
            raise OutOfTime(f": the event loop was blocked{_place(self._thread)}")
        self._loop.call_soon_threadsafe(started.result().cancel)
        raise OutOfTime("")

    def _answers(self) -> bool:
        answered = threading.Event()
        self._loop.call_soon_threadsafe(answered.set)
        return answered.wait(ANSWER_SECONDS)

    def end(self) -> None:
        """Cancel what is left, and end the thread, unless it is lost."""
        self._ended = True
        self._loop.call_soon_threadsafe(_cancel_all, self._loop)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
    # Cancelled tasks need one more turn of the loop to end.
    loop.call_later(0.01, loop.stop)


class _DaemonThreads(ThreadPoolExecutor):
    """A daemon thread for each call: the process can end although the call never does."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()

        def call() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=call, name="contract-call", daemon=True).start()
        return future


_STANDARD_LIBRARY = Path(os.__file__).parent


def _place(thread: threading.Thread) -> str:
    """Where the thread stands, as file, line and function; '' if the blocking call has ended and the loop goes on."""
    frame: FrameType | None = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path == Path(__file__):
            return ""
        if _STANDARD_LIBRARY not in path.parents or "site-packages" in path.parts:
            return f" at {path.name}:{frame.f_lineno}, in {frame.f_code.co_name}()"
        frame = frame.f_back
    return ""
