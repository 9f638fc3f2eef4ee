"""The run to which the current code belongs, as each observer knows it, and the observers that are informed."""

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lessons.kit.ledger.watching.events import Event, WatchedRun
from lessons.kit.ledger.watching.observer import Observer

current_runs: contextvars.ContextVar[dict[Observer, WatchedRun]] = contextvars.ContextVar("watched_runs", default={})  # noqa: B039
"""The innermost run of this context for each observer. The dict is replaced and never changed in place."""
current_observers: contextvars.ContextVar[tuple[Observer, ...]] = contextvars.ContextVar("observers", default=())
only_observer: contextvars.ContextVar[Observer | None] = contextvars.ContextVar("only_observer", default=None)


def run_of(observer: Observer) -> WatchedRun | None:
    """The innermost run to which this code belongs, as the observer knows it. None outside of a watched run."""
    return current_runs.get().get(observer)


def may_note(observer: Observer, *, is_private: bool) -> bool:
    """Whether the observer is informed of what this code does. A private one is informed only inside `seen_only_by`."""
    only = only_observer.get()
    return only is observer if only is not None or is_private else True


@contextmanager
def seen_only_by(observer: Observer) -> Iterator[None]:
    """Only this observer notes the runs inside. It is for runs that are made just to look at something, as in next_run."""
    token = only_observer.set(observer)
    try:
        yield
    finally:
        only_observer.reset(token)


def noted_runs() -> list[tuple[Observer, WatchedRun]]:
    """Each observer that is informed of the current code, with the run to which the code belongs."""
    only = only_observer.get()
    return [(observer, run) for observer, run in current_runs.get().items() if only is None or only is observer]


def note(make: Callable[[WatchedRun], Event]) -> None:
    """Have every informed observer note an event of the run to which this code belongs."""
    for observer, run in noted_runs():
        observer.note(make(run))


def note_asked() -> None:
    """Note that the run to which this code belongs asks a model now."""
    for _, run in noted_runs():
        if run.preparing is not None:
            run.asked.add(run.preparing)
