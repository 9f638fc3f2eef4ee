"""One event loop, in one thread, for the whole process.

A database engine, an HTTP client or a lock belongs to the loop that first used it: on another loop it waits forever or raises
RuntimeError. Streamlit gives every browser tab its own loop. So everything asynchronous runs here.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import cache, wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

BLOCKING_THREADS = 4
"""How many threads there are for calls that block.

Each opens its own connection to a file that it reads for a SQLiteSession.
"""


class Background:
    """Runs coroutines for callers that are not async. `threads` is the class of the executor for calls that block."""

    def __init__(self, threads: type[ThreadPoolExecutor] = ThreadPoolExecutor) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(threads(BLOCKING_THREADS, "blocking"))
        threading.Thread(target=self._serve, name="background", daemon=True).start()
        self.start(_limit_threads_of_libraries())

    def _serve(self) -> None:
        while True:
            try:
                self._loop.run_forever()
            except (SystemExit, KeyboardInterrupt):
                continue  # asyncio raises them out of the loop; they are also the result of the work that raised them

    def start(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Begin `work` and return at once."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T], timeout: float | None = 30) -> T:
        """Wait for `work`, at most `timeout` seconds; cancel it when the caller is interrupted or the time is up.

        Raises: whatever `work` raises, and TimeoutError.
        """
        future = self.start(work)
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise

    def call_after(self, seconds: float, call: Callable[[], object]) -> "Timer":
        """Call `call` on the loop after `seconds`, unless it is cancelled first. `call` must not block. This uses no thread."""
        timer = Timer(self._loop)
        self._loop.call_soon_threadsafe(timer.begin, seconds, call)
        return timer

    def is_here(self) -> bool:
        """Whether the caller runs on this loop."""
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def settle(self, work: Coroutine[Any, Any, None], timeout: float = 10) -> None:
        """Wait for `work`; on the loop itself, which cannot wait for itself, only begin it."""
        if self.is_here():
            self.start(work)
        else:
            self.run(work, timeout)


class Timer:
    """A call that a loop will make later. Can be cancelled from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None

    def begin(self, seconds: float, call: Callable[[], object]) -> None:
        """Start the timer. Runs on the loop."""
        self._handle = self._loop.call_later(seconds, call)

    def cancel(self) -> None:
        self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._handle is not None:  # begin() has run before: the loop keeps the order of the calls
            self._handle.cancel()


async def _limit_threads_of_libraries() -> None:
    """Let anyio use one thread. Each client of OpenAI looks at the platform in a thread, and anyio would keep up to forty."""
    from anyio import to_thread

    to_thread.current_default_thread_limiter().total_tokens = 1


def background() -> Background:
    """The background loop of this process. It is not in st.cache_resource, which any visitor can clear for everybody."""
    with _guard:
        return _made()


_guard = threading.Lock()
_made = cache(Background)
"""Without the guard, two threads that come at the same time would make one each."""


def kept_on(
    loop: asyncio.AbstractEventLoop, call: Callable[..., Coroutine[Any, Any, T]]
) -> Callable[..., Coroutine[Any, Any, T]]:
    """The same function, which runs on `loop` whatever loop awaits it: clients and connections belong to one loop."""

    @wraps(call)
    async def call_there(*args: Any, **kwargs: Any) -> T:
        if asyncio.get_running_loop() is loop:
            return await call(*args, **kwargs)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(*args, **kwargs), loop))

    return call_there


async def in_thread(call: Callable[[], T], stop: Callable[[], None] = lambda: None) -> T:
    """Wait for `call` in its own thread, with the caller's context: it may take as long as a turn.

    If it is cancelled, it calls `stop` and still waits for the end: nothing may be written after the turn.
    """
    outcome: Future[T] = Future()

    def settle() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=copy_context().run, args=(settle,), name="turn", daemon=True).start()
    return await _to_its_end(asyncio.wrap_future(outcome), stop)


async def in_blocking_thread(call: Callable[[], T]) -> T:
    """Wait for `call` in one of the loop's blocking threads, with the caller's context, and to its end even if cancelled."""
    working = asyncio.get_running_loop().run_in_executor(None, copy_context().run, call)
    return await _to_its_end(working, lambda: None)


async def _to_its_end(working: "asyncio.Future[T]", stop: Callable[[], None]) -> T:
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        stop()
        await asyncio.wait([working])
        if not working.cancelled():
            working.exception()  # read, so that asyncio does not log it as never retrieved
        raise


class AtOnce:
    """A limit for work that runs at the same time on one loop: `async with limit():` around each piece of work."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    def __call__(self) -> asyncio.Semaphore:
        return self._of_loops.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._most))


async def in_thread_with_loop(call: Callable[[], T]) -> T:
    """Call code that blocks, as Runner.run_sync does, in a thread whose default loop can be stopped."""
    loop = asyncio.new_event_loop()

    def call_with_loop() -> T:
        asyncio.set_event_loop(loop)
        try:
            return call()
        finally:
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(loop.shutdown_default_executor())
            asyncio.set_event_loop(None)
            loop.close()

    def stop_all() -> None:
        for task in asyncio.all_tasks(loop):
            task.cancel()

    def stop() -> None:
        with suppress(RuntimeError):  # the loop is closed: the call has just ended
            loop.call_soon_threadsafe(stop_all)

    return await in_thread(call_with_loop, stop)
