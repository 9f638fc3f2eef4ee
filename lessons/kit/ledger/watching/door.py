"""Replaces the SDK's default runner while something is observed, and passes everything on to it."""

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from agents import RunState
from agents.items import ItemHelpers
from agents.lifecycle import RunHooksBase
from agents.run import get_default_agent_runner, set_default_agent_runner

from lessons.kit.ledger.ledger import RunKind
from lessons.kit.ledger.watching.context import (
    current_observers,
    current_runs,
    note,
    note_asked,
    noted_runs,
    only_observer,
)
from lessons.kit.ledger.watching.events import EndedEarly, Posted, RunBegan, WatchedRun, copied, seen
from lessons.kit.ledger.watching.functions import SERVER_MANAGED, as_config, watched_config, watched_handoff
from lessons.kit.ledger.watching.hooks import WatchingHooks
from lessons.kit.ledger.watching.observer import Observer
from lessons.kit.ledger.watching.streams import heard_of
from lessons.kit.ledger.watching.wire import AtEnd, bodies_seen
from lessons.kit.models.providers import redact
from lessons.kit.models.service_answer import ServiceAnswer
from lessons.kit.seen_text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator


class Door:
    """Stands in for the default runner, `inner`. It watches run, run_sync and run_streamed."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def run(self, starting_agent: Any, input: Any, **options: Any) -> Any:
        with _entered("run", starting_agent, input, options) as (runs, watched):
            result = await self.inner.run(starting_agent, input, **watched)
            for run in runs:
                run.result = result
            return result

    def run_sync(self, starting_agent: Any, input: Any, **options: Any) -> Any:
        with _entered("run_sync", starting_agent, input, options) as (runs, watched):
            result = self.inner.run_sync(starting_agent, input, **watched)
            for run in runs:
                run.result = result
            return result

    def run_streamed(self, starting_agent: Any, input: Any, **options: Any) -> Any:
        with _entered("run_streamed", starting_agent, input, options) as (runs, watched):
            result = self.inner.run_streamed(starting_agent, input, **watched)
            heard = heard_of(result) if runs else None
            for run in runs:
                run.result, run.heard = result, heard
            return result


@contextmanager
def _entered(
    kind: RunKind, agent: Any, input: Any, options: dict[str, Any]
) -> "Iterator[tuple[list[WatchedRun], dict[str, Any]]]":
    """The run as each observer knows it, and the options in which our functions wrap those of the caller."""
    session = options.get("session")
    only = only_observer.get()
    known = (*current_observers.get(), *_observed.get(id(session), ())) if only is None else (only,)
    observers = list(dict.fromkeys(known))
    if not observers:
        yield [], options
        return
    watched = {**options, "run_config": watched_config(options.get("run_config"))}
    resumed = isinstance(input, RunState)
    given = [] if resumed else ItemHelpers.input_to_new_input_list(input)
    runs = []
    for observer in observers:
        if session is not None:
            observer.watch(session)
        around = current_runs.get().get(observer)
        run = WatchedRun(
            observer.next_run(),
            kind,
            str(getattr(agent, "name", "")),
            session,
            input,
            as_config(watched["run_config"]),
            resumed,
            within=around.number if around is not None else None,
            began=observer.next_order(),
            is_server_managed=any(options.get(name) for name in SERVER_MANAGED),
        )
        runs.append(run)
        hooks = watched.get("hooks")
        if hooks is None or isinstance(hooks, RunHooksBase):  # the SDK raises its own error for anything else
            watched["hooks"] = WatchingHooks(run, observer, hooks, watched_handoff, note_asked)
        observer.note(RunBegan(run, [one.value for one in seen(given)]))
    token = current_runs.set({**current_runs.get(), **dict(zip(observers, runs, strict=True))})
    try:
        yield runs, watched
    except BaseException as error:
        for run in runs:
            run.error = error
        raise
    finally:
        current_runs.reset(token)
        for observer, run in zip(observers, runs, strict=True):
            _note_end(observer, run)


def _note_end(observer: Observer, run: WatchedRun) -> None:
    """Note the end of the run: now, or at the end of its stream."""

    def ended(task: Any = None) -> None:
        run.ended = observer.next_order()

    task = getattr(run.result, "run_loop_task", None)
    if task is None or task.done():
        ended()
    else:
        task.add_done_callback(ended)


_observed: dict[int, tuple[Observer, ...]] = {}
"""The observers of watched sessions, by the session's id(). A run in another thread can lack our context variables."""
_guard = threading.Lock()
_open_observations = 0
_runner_before: Any = None


def remember(session: Any, observer: Observer) -> None:
    """Have the observer note every run on this session, in any thread."""
    with _guard:
        _observed[id(session)] = (*_observed.get(id(session), ()), observer)


def forget(session: Any, observer: Observer) -> None:
    with _guard:
        left = tuple(one for one in _observed.get(id(session), ()) if one is not observer)
        if left:
            _observed[id(session)] = left
        else:
            _observed.pop(id(session), None)


@contextmanager
def open_door() -> "Iterator[None]":
    """Runs can be noted inside. The runner from before is put back when the last observation ends."""
    global _open_observations, _runner_before
    with _guard:
        if _open_observations == 0:
            _runner_before = get_default_agent_runner()
            set_default_agent_runner(cast(Any, Door(_runner_before)))
        _open_observations += 1
    try:
        with bodies_seen(_note_body):
            yield
    finally:
        with _guard:
            _open_observations -= 1
            if _open_observations == 0:
                set_default_agent_runner(_runner_before)


def _note_body(path: str, body: dict[str, Any]) -> AtEnd | None:
    items = body.get("input", body.get("messages"))
    if not isinstance(items, list) or path not in ("/responses", "/chat/completions"):
        return None
    kept = copied(items)
    note(lambda run: Posted(run, path, str(body.get("model")), kept))
    asked = [(observer, run.preparing) for observer, run in noted_runs() if run.preparing is not None]

    def ended(answer: ServiceAnswer) -> None:
        if early := printable(redact(answer.ended_early)):
            for observer, number in asked:
                observer.note(EndedEarly(number, early))

    return ended


@contextmanager
def noted_by(observer: Observer) -> "Iterator[None]":
    """Have the observer note every run of this context."""
    token = current_observers.set((*current_observers.get(), observer))
    try:
        yield
    finally:
        current_observers.reset(token)
