"""Which run the code that is running now belongs to, as each observer knows it, and who is informed of what it does."""

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lessons.kit.ledger.watching.events import Event, WatchedRun
from lessons.kit.ledger.watching.observer import Observer

current_runs: contextvars.ContextVar[dict[Observer, WatchedRun]] = contextvars.ContextVar("watched_runs", default={})  # noqa: B039
"""The innermost run of this context for each observer. Never changed in place."""
current_observers: contextvars.ContextVar[tuple[Observer, ...]] = contextvars.ContextVar("observers", default=())
only_observer: contextvars.ContextVar[Observer | None] = contextvars.ContextVar("only_observer", default=None)


def run_of(observer: Observer) -> WatchedRun | None:
    """The innermost run that this code belongs to, as the observer knows it."""
    return current_runs.get().get(observer)


def may_note(observer: Observer, *, is_private: bool) -> bool:
    """Whether the observer is informed of what this code does."""
    only = only_observer.get()
    return only is observer if only is not None or is_private else True


@contextmanager
def seen_only_by(observer: Observer) -> Iterator[None]:
    """Runs inside are noted by this observer and by no other: they are made to look at something."""
    token = only_observer.set(observer)
    try:
        yield
    finally:
        only_observer.reset(token)


def noted_runs() -> list[tuple[Observer, WatchedRun]]:
    """The run that this code belongs to, as each observer that is informed of it knows it."""
    only = only_observer.get()
    return [(observer, run) for observer, run in current_runs.get().items() if only is None or only is observer]


def note(make: Callable[[WatchedRun], Event]) -> None:
    """Have every observer note something of the run that this code belongs to."""
    for observer, run in noted_runs():
        observer.note(make(run))


def note_asked() -> None:
    """A model is asked by the run that this code belongs to."""
    for _, run in noted_runs():
        if run.preparing is not None:
            run.asked.add(run.preparing)
