"""The interface of an observer of runs and sessions. Observation implements it."""

from collections.abc import Callable
from typing import Any, Protocol

from lessons.kit.ledger.phase import Phase
from lessons.kit.ledger.watching.events import Event


class Observer(Protocol):
    """Notes the events of runs and session calls, and gives the numbers of runs and requests."""

    def note(self, event: Event) -> None: ...

    def notice(self, phase: Phase) -> None:
        """Called when a session call or a model request begins, and when it ends."""

    def next_run(self) -> int: ...

    def next_request(self) -> int: ...

    def next_order(self) -> int:
        """The place of what begins or ends now, in the order of session calls, runs and restarts, from 1."""

    def watch(self, session: Any) -> None: ...

    def undo_later(self, undo: Callable[[], None]) -> None: ...
