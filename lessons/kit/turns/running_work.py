"""Work that is queued or running: a turn, or long work. The background loop changes it, and any number of pages read it."""

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
"""The most characters of a reply that are kept here while it arrives. What is stored of it is in the session."""


LONG_WORKS = AtOnce(2)
"""Only two long works of all visitors run at once, since each has a thread and uses the processor fully."""


class State(StrEnum):
    """The state of a piece of work."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class RunningWork:
    """The base class of a turn and of long work: a state, a way to stop it, and a way to wait for a change.

    `asked_at` is the time.monotonic() at which it was queued. It continues if the page that started it is redrawn or closed.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.asked_at = time.monotonic()
        self.state = State.QUEUED
        self._version = 0
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        # A separate condition, so that changes do not wake those who wait only for the end: waking them slows the work.
        self._over = threading.Condition(lock)
        self._cancel: Callable[[], object] | None = None
        self._stop_asked = False

    @property
    def version(self) -> int:
        """Increases on every change. Pass it to `wait`."""
        return self._version

    @property
    def stop_asked(self) -> bool:
        """Whether a stop was asked for, even if that came too late."""
        return self._stop_asked

    def begin(self, cancel: Callable[[], object]) -> None:
        """Note that it starts to run. `cancel` ends it early, and is called at once if a stop was asked for before."""
        with self._changed:
            self.state = State.RUNNING
            stop_now = self._stop_asked
            self._cancel = None if stop_now else cancel
            self._announce()
        if stop_now:
            cancel()

    def stop(self) -> None:
        """End it early. Any thread can call this at any time, also more than once."""
        with self._changed:
            self._stop_asked = True
            cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()

    def wait(self, version: int, seconds: float) -> bool:
        """Wait at most `seconds` until something has changed since `version`. Returns whether it has changed."""
        with self._changed:
            return self._changed.wait_for(lambda: self._version != version, seconds)

    def wait_until_done(self, seconds: float | None = None) -> None:
        """Wait for the end. Raises TimeoutError after `seconds`. None waits without a limit."""
        with self._over:
            if not self._over.wait_for(lambda: self.state is State.DONE, seconds):
                raise TimeoutError(f'"{self.title}" was not done after {seconds} s')

    def _announce(self) -> None:
        self._version += 1
        self._changed.notify_all()
        if self.state is State.DONE:
            self._over.notify_all()


class RunningTurn(RunningWork):
    """One turn from its start to its record. `record` is set as soon as the record is kept.

    `store_changes` counts how often the stored rows can have changed. `asking_since` is the time.monotonic() at which the model
    was asked, None if no request is waiting for an answer.
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
        """The reply so far, at most about SAID_LIMIT characters. A character that was split over two pieces is whole again."""
        with self._changed:
            self._pieces = ["".join(self._pieces)]
            return printable(self._pieces[0])

    @property
    def said(self) -> int:
        """The number of characters that have arrived."""
        return self._said

    def say(self, text: str) -> None:
        """Add a piece of the reply."""
        with self._changed:
            if self._said < SAID_LIMIT:
                self._pieces.append(text[:SAID_LIMIT])
            self._said += len(text)
            self._announce()

    def notice(self, phase: Phase) -> None:
        """Set what the turn is doing now. A streamed run can store its input while the model is asked: it stays ASKING then."""
        with self._changed:
            if phase is Phase.ASKING:
                self.asking_since = self.asking_since or time.monotonic()
            elif phase in (
                Phase.ANSWERED,
                Phase.READING,
            ):  # a new run reads first, also after a run that failed
                self.asking_since = None
            self.phase = phase if self.asking_since is None else Phase.ASKING
            self.store_changes += phase.may_have_stored
            self._announce()

    def finish(self, record: TurnRecord | None) -> None:
        """Note the end. `record` is None only if the app itself failed."""
        with self._changed:
            self.record, self.state = record, State.DONE
            self._announce()

    def result(self, seconds: float | None = None) -> TurnRecord | None:
        """Wait for the end and return the record. Raises TimeoutError."""
        self.wait_until_done(seconds)
        return self.record


class LongWork(RunningWork):
    """Work that is not a turn and takes long. It has no record.

    `share` is the part that is done, from 0 to 1, and `progress` says it in words. `problem` says why it ended early, None if
    it did not. `made` is the content of a file that it has made for the visitor, b"" for none.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.share = 0.0
        self.progress = ""
        self.problem: Problem | None = None
        self.made = b""

    def advance(self, share: float, progress: str) -> None:
        """Set how much of it is done."""
        with self._changed:
            self.share, self.progress = share, progress
            self._announce()

    def finish(self, problem: Problem | None = None) -> None:
        """Note the end. `problem` says why it ended early."""
        with self._changed:
            self.problem, self.state = problem, State.DONE
            self._announce()
