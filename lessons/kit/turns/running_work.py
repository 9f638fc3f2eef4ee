"""A turn that is under way: written by the background loop, read by any number of pages."""

import threading
import time
from collections.abc import Callable
from typing import Literal

from lessons.kit.problems.problem import Problem
from lessons.kit.records import TurnRecord

State = Literal["queued", "running", "done"]


class RunningTurn:
    """One turn from its start to its record. It goes on when the page that started it is redrawn or closed.

    `asked_at` is the time.monotonic() of its start.
    A long work has no record: it says how much of it is done in `share`, from 0 to 1, and why it ended early in `problem`.
    """

    def __init__(self, title: str, message: str, session_id: str | None, store: str, *, long: bool = False) -> None:
        self.title, self.message, self.session_id, self.store = title, message, session_id, store
        self.long = long
        self.asked_at = time.monotonic()
        self.state: State = "queued"
        self.phase = ""
        self.record: TurnRecord | None = None
        self.share = 0.0
        self.problem: Problem | None = None
        self._text = ""
        self._version = 0
        self._changed = threading.Condition()
        self._cancel: Callable[[], object] | None = None
        self._stop_asked = False

    @property
    def text(self) -> str:
        """The reply as far as it has arrived."""
        return self._text

    @property
    def version(self) -> int:
        """Grows with every change; to be given to `wait`."""
        return self._version

    def say(self, text: str) -> None:
        """Add a piece of the reply."""
        with self._changed:
            self._text += text
            self._announce()

    def notice(self, phase: str) -> None:
        """Say what the turn is doing now."""
        with self._changed:
            self.phase = phase
            self._announce()

    def advance(self, share: float, phase: str) -> None:
        """Say how much of a long work is done."""
        with self._changed:
            self.share, self.phase = share, phase
            self._announce()

    def begin(self, cancel: Callable[[], object]) -> None:
        """It is this turn's turn. `cancel` ends it early; it is called at once when a stop was asked for before."""
        with self._changed:
            self.state = "running"
            stop_now = self._stop_asked
            self._cancel = None if stop_now else cancel
            self._announce()
        if stop_now:
            cancel()

    def finish(self, record: TurnRecord | None) -> None:
        with self._changed:
            self.record, self.state = record, "done"
            self._announce()

    def stop(self) -> None:
        """End the turn early. Safe from any thread, at any time, more than once."""
        with self._changed:
            self._stop_asked = True
            cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()

    def wait(self, version: int, seconds: float) -> bool:
        """Wait until something has changed since `version`, at most `seconds`. Whether it has."""
        with self._changed:
            return self._changed.wait_for(lambda: self._version != version, seconds)

    def result(self, seconds: float | None = None) -> TurnRecord | None:
        """Wait for the end. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.state == "done", seconds):
                raise TimeoutError(f"the turn was not done after {seconds} s")
        return self.record

    def _announce(self) -> None:
        self._version += 1
        self._changed.notify_all()
