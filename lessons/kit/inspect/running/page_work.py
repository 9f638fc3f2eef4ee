"""Work that a page waits for: it says how far it is, can be stopped, and stops once nobody has the page open."""

import threading
from collections.abc import Callable
from typing import Any

from lessons.kit.inspect.stored import CannotRead, TimeIsUp

AT_ONCE = 4
"""How many pieces of work run at the same time, for all visitors together."""
LOOK_SECONDS, LOOKS = 2.0, 3
"""A tab that is not open at this many looks in a row was closed. After fewer looks it may only have lost its connection."""


class PageWork:
    """One piece of work, in its own thread. `of` says what it is for; `result` is what it has returned.

    `share` is how much of it is done, from 0 to 1, and `progress` says the same in words. `failed` says why it has no result.
    """

    def __init__(self, of: Any, work: Callable[["PageWork"], Any], is_open: Callable[[], bool]) -> None:
        self.of = of
        self.share, self.progress = 0.0, "It begins"
        self.result: Any = None
        self.failed = ""
        self.stopped, self.ended = threading.Event(), threading.Event()
        self._work = work
        threading.Thread(target=self._run, name="page work", daemon=True).start()
        stop_once_closed(self.stop, self.ended, is_open)

    def advance(self, share: float, progress: str) -> None:
        """Say how much of the work is done."""
        self.share, self.progress = share, progress

    def stop(self) -> None:
        """Ask the work to end. It looks at `stopped` itself."""
        self.stopped.set()

    def _run(self) -> None:
        try:
            self.result = self._work(self)
        except (CannotRead, TimeIsUp) as error:
            self.failed = str(error)
        except Exception as error:  # the page must hear of it
            self.failed = f"It ended with {type(error).__name__}."
        if self.stopped.is_set():
            self.result, self.failed = None, "It was stopped."
        self.ended.set()


def start_page_work(of: Any, work: Callable[[PageWork], Any], is_open: Callable[[], bool]) -> PageWork | None:
    """Start the work. None if AT_ONCE pieces are already running."""
    with _guard:
        _running[:] = [one for one in _running if not one.ended.is_set()]
        if len(_running) >= AT_ONCE:
            return None
        _running.append(PageWork(of, work, is_open))
        return _running[-1]


def stop_once_closed(stop: Callable[[], None], ended: threading.Event, is_open: Callable[[], bool]) -> None:
    """Call `stop` once the tab that wanted the work is closed, in a thread that ends with the work."""

    def look() -> None:
        missing = 0
        while not ended.wait(LOOK_SECONDS):
            missing = 0 if is_open() else missing + 1
            if missing == LOOKS:
                stop()
                return

    threading.Thread(target=look, name="page work", daemon=True).start()


_running: list[PageWork] = []
_guard = threading.Lock()
