"""Work that is queued or running: a turn, or long work. The background loop writes it, any number of pages read it."""

import threading
import time
from collections.abc import Callable
from enum import StrEnum

from lessons.kit.background import AtOnce
from lessons.kit.ledger.phase import Phase
from lessons.kit.problems.problem import Problem
from lessons.kit.records import TurnRecord
from lessons.kit.seen_text import printable

SAID_LIMIT = 2_000_000
"""Characters of a reply that are kept while it arrives. What is stored of it is in the session."""


LONG_WORKS = AtOnce(2)
"""Long works of all visitors have a thread each, and use the processor as much as they can."""


class State(StrEnum):
    """How far a piece of work is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class RunningWork:
    """What a turn and long work share: their state, the way to stop them, and the way to wait for a change.

    `asked_at` is the time.monotonic() at which it was queued. It goes on when the page that started it is redrawn or closed.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.asked_at = time.monotonic()
        self.state = State.QUEUED
        self._version = 0
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        # Apart, so that whoever waits for the end is not woken by each change: that takes the time from the work.
        self._over = threading.Condition(lock)
        self._cancel: Callable[[], object] | None = None
        self._stop_asked = False

    @property
    def version(self) -> int:
        """Increases on every change. Pass it to `wait`."""
        return self._version

    @property
    def stop_asked(self) -> bool:
        """Whether somebody has asked to stop it, even if that came too late for it."""
        return self._stop_asked

    def begin(self, cancel: Callable[[], object]) -> None:
        """Its place in the queue has come. `cancel` ends it early; it is called at once if a stop was asked for before."""
        with self._changed:
            self.state = State.RUNNING
            stop_now = self._stop_asked
            self._cancel = None if stop_now else cancel
            self._announce()
        if stop_now:
            cancel()

    def stop(self) -> None:
        """End it early. Safe from any thread, at any time, more than once."""
        with self._changed:
            self._stop_asked = True
            cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()

    def wait(self, version: int, seconds: float) -> bool:
        """Wait until something has changed since `version`, at most `seconds`. Returns whether it has."""
        with self._changed:
            return self._changed.wait_for(lambda: self._version != version, seconds)

    def wait_until_done(self, seconds: float | None = None) -> None:
        """Wait for the end. Raises TimeoutError after `seconds`; None waits for as long as it takes."""
        with self._over:
            if not self._over.wait_for(lambda: self.state is State.DONE, seconds):
                raise TimeoutError(f'"{self.title}" was not done after {seconds} s')

    def _announce(self) -> None:
        self._version += 1
        self._changed.notify_all()
        if self.state is State.DONE:
            self._over.notify_all()


class RunningTurn(RunningWork):
    """One turn from its start to its record, which is there as soon as it is kept.

    `store_changes` counts how often the stored rows may have changed. `asking_since` is the time.monotonic() at which the model
    was asked, while it has not answered.
    """

    def __init__(self, title: str, message: str, session_id: str, store: str) -> None:
        super().__init__(title)
        self.message, self.session_id, self.store = message, session_id, store
        self.phase = Phase.STARTED
        self.store_changes = 0
        self.record: TurnRecord | None = None
        self._pieces: list[str] = []
        self._said = 0
        self.asking_since: float | None = None

    @property
    def text(self) -> str:
        """The reply as far as it has arrived, at most about SAID_LIMIT characters. A pair of two pieces is one character."""
        with self._changed:
            self._pieces = ["".join(self._pieces)]
            return printable(self._pieces[0])

    @property
    def said(self) -> int:
        """How many characters have arrived."""
        return self._said

    def say(self, text: str) -> None:
        """Add a piece of the reply."""
        with self._changed:
            if self._said < SAID_LIMIT:
                self._pieces.append(text[:SAID_LIMIT])
            self._said += len(text)
            self._announce()

    def notice(self, phase: Phase) -> None:
        """Say what the turn is doing now. A streamed run may store its input while the model is asked: that goes on."""
        with self._changed:
            if phase is Phase.ASKING:
                self.asking_since = self.asking_since or time.monotonic()
            elif phase in (
                Phase.ANSWERED,
                Phase.READING,
            ):  # a new run reads first, also when the one before it has failed
                self.asking_since = None
            self.phase = phase if self.asking_since is None else Phase.ASKING
            self.store_changes += phase.may_have_stored
            self._announce()

    def finish(self, record: TurnRecord | None) -> None:
        """It is over. `record` is None only if the app itself failed."""
        with self._changed:
            self.record, self.state = record, State.DONE
            self._announce()

    def result(self, seconds: float | None = None) -> TurnRecord | None:
        """Wait for the end and return the record. Raises TimeoutError."""
        self.wait_until_done(seconds)
        return self.record


class LongWork(RunningWork):
    """Work that is not a turn and takes long. It has no record: what it has stored tells.

    `share` is how much of it is done, from 0 to 1, and `progress` says the same in words. `problem` says why it ended early.
    `made` is a file that it has made for its visitor, b"" for none.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.share = 0.0
        self.progress = ""
        self.problem: Problem | None = None
        self.made = b""

    def advance(self, share: float, progress: str) -> None:
        """Say how much of it is done."""
        with self._changed:
            self.share, self.progress = share, progress
            self._announce()

    def finish(self, problem: Problem | None = None) -> None:
        """It is over; `problem` says why it ended early."""
        with self._changed:
            self.problem, self.state = problem, State.DONE
            self._announce()
