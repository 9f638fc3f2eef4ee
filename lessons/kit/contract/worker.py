"""The thread in which the rules run, and what tells a call that blocks it from one that only takes long."""

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
    """The work did not end in its time; the message says where it blocks. Not TimeoutError, which a session may raise."""


class Worker:
    """An event loop in its own thread, for code that may block it or try to end the process.

    What exits or is interrupted ends its own work and not the loop. A worker whose loop is blocked is `lost`: its thread cannot
    be ended from outside, and does not keep the process from ending.
    """

    def __init__(self) -> None:
        self.lost = False
        self._ended = False
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(_DaemonThreads())
        # What is left behind by a wrong class is not reported: its rule has said it.
        self._loop.set_exception_handler(lambda loop, context: None)
        self._thread = threading.Thread(target=self._serve, name="contract", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        while not self._ended:
            try:
                self._loop.run_forever()
            except ENDS_THE_PROCESS:
                continue  # asyncio raises them out of the loop; the work that raised them has them as its outcome

    def do(self, work: Coroutine[Any, Any, Any], seconds: float) -> Any:
        """What `work` returns. Raises what it raises, SystemExit too, and OutOfTime when it has not ended in time."""
        started: Future[asyncio.Task[Any]] = Future()
        ended: Future[None] = Future()

        def begin() -> None:
            task = self._loop.create_task(work)
            task.add_done_callback(lambda done: ended.set_result(None))
            started.set_result(task)

        self._loop.call_soon_threadsafe(begin)
        wait([ended], max(seconds - ANSWER_SECONDS, seconds / 2))  # so that a block is told within the time
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
    # Cancelled work goes on once more, to its end.
    loop.call_later(0.01, loop.stop)


class _DaemonThreads(ThreadPoolExecutor):
    """A thread for each call, for which the end of the process does not wait: the call may never end."""

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
    """Where the thread stands, as file, line and function; '' if it has gone on."""
    frame: FrameType | None = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if _STANDARD_LIBRARY not in path.parents or "site-packages" in path.parts:
            return f" at {path.name}:{frame.f_lineno}, in {frame.f_code.co_name}()"
        frame = frame.f_back
    return ""
