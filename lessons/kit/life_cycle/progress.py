"""How far long work on stored sessions is, and the way to stop it: between two rows, inside a long statement, while waiting."""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TypeVar

from lessons.kit.problems.problem import Problem, Refused

T = TypeVar("T")

EVERY = 500
"""Rows between two checks whether to stop."""

SECONDS = 0.1
"""Between two attempts to interrupt a statement: an attempt between two statements has no effect."""

STOPPED = Problem("It was stopped.", "Nothing was changed.", "Start it again when you want.")

Said = Callable[[str, int, int], object]
"""Told what is being done, as "rows copied", how much of it is done, and of how much; 0 if that is not known."""


class Progress:
    """Long work reports to it, and asks it whether to go on. `stop` is set from another thread."""

    def __init__(self, said: Said = lambda what, done, total: None, stop: threading.Event | None = None) -> None:
        self._said, self._stop = said, stop

    @property
    def is_stopped(self) -> bool:
        """Whether it should end."""
        return self._stop is not None and self._stop.is_set()

    def __call__(self, what: str, done: int, total: int = 0) -> None:
        """Say how much is done. Raises Refused if it should stop."""
        self.check()
        self._said(what, done, total)
        self.check()

    def check(self) -> None:
        """Raises Refused if it should stop."""
        if self.is_stopped:
            raise Refused(STOPPED)

    def each(self, rows: Iterable[T], what: str, total: int = 0, before: int = 0) -> Iterator[T]:
        """The same rows, reported as they are taken; `before` were reported already."""
        count = before
        for row in rows:
            count += 1
            if count % EVERY == 0:
                self(what, count, total)
            yield row
        self(what, count, total)

    def load(self, modules: Iterable[str]) -> None:
        """Import these in another thread, so that a stop does not wait for them: nothing can end an import. Raises Refused."""
        wanted = [name for name in modules if name not in sys.modules]
        if not wanted:
            return

        def load() -> None:
            with suppress(Exception):  # what cannot be imported fails again where it is needed, and is described there
                for name in wanted:
                    import_module(name)

        loading = threading.Thread(target=load, name="load", daemon=True)
        loading.start()
        while loading.is_alive():
            self.check()
            loading.join(SECONDS)

    def run(self, work: Coroutine[object, object, T]) -> T:
        """What a coroutine returns, run in this thread. Raises Refused if it should stop; what it waits for is cancelled."""

        async def until_stopped() -> T:
            task = asyncio.ensure_future(work)
            while not task.done():
                await asyncio.wait({task}, timeout=SECONDS)
                if self.is_stopped and not task.done():
                    task.cancel()
                    await asyncio.wait({task})
            if self.is_stopped and (task.cancelled() or task.exception() is not None):
                raise Refused(STOPPED)
            return task.result()

        return asyncio.run(until_stopped())

    @contextmanager
    def interrupting(self, interrupt: Callable[[], object]) -> Iterator[None]:
        """While this is open, a stop calls `interrupt`, which ends what a database is doing. Raises Refused then."""
        if self._stop is None:
            yield
            return
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(interrupt, over), name="stop", daemon=True)
        watcher.start()
        try:
            yield
        except Exception as error:
            if self.is_stopped:
                raise Refused(STOPPED) from error
            raise
        finally:
            over.set()
            watcher.join()

    def _watch(self, interrupt: Callable[[], object], over: threading.Event) -> None:
        while not over.wait(SECONDS):
            if self.is_stopped:
                with suppress(Exception):  # it may be over at this moment
                    interrupt()
