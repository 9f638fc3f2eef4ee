"""How far a check is, on a terminal, and its end after Ctrl+C."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lessons.kit.inspect.wanted import NotChecked, Report

_EVERY = 0.5
"""Seconds."""


class CheckProgress:
    """One line on the standard error, rewritten and at the end removed. It is shown only on a terminal."""

    def __init__(self, report: Report, stopped: threading.Event) -> None:
        self._report, self._stopped = report, stopped
        self._said_before = 0
        self._last = 0.0
        self._is_shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __call__(self, done: int, total: int) -> None:
        """Raises KeyboardInterrupt after Ctrl+C: an exception in a statement of SQLite can get lost."""
        if self._stopped.is_set():
            raise KeyboardInterrupt
        self._said_before = len(self._report.incomplete)
        if time.monotonic() - self._last > _EVERY:
            self._last = time.monotonic()
            self._show(f"{done:,} of {total:,} sessions checked")

    @contextmanager
    def shown(self) -> Iterator[None]:
        """While this is open, the line is there. Ctrl+C ends it without an exception, and `stopped` is set."""
        self._show("Looking for sessions")
        try:
            yield
        except KeyboardInterrupt:
            self._stopped.set()
        finally:
            self._show("")

    def stop(self) -> None:
        """Say in the report that it was stopped, in place of what an interrupted statement said."""
        del self._report.incomplete[self._said_before :]
        count = self._report.sessions
        why = f"Stopped with Ctrl+C after {count:,} session{'s' if count != 1 else ''}."
        self._report.incomplete.append(NotChecked(why))

    def _show(self, words: str) -> None:
        if self._is_shown:
            print(f"\r{words}\x1b[K", end="", file=sys.stderr, flush=True)
