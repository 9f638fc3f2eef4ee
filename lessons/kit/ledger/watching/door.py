"""Takes the place of the SDK's default runner while something is observed, and passes everything on to it."""

import contextvars
import dataclasses
import functools
import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from agents import RunConfig, RunState
from agents.items import ItemHelpers
from agents.lifecycle import RunHooksBase
from agents.run import get_default_agent_runner, set_default_agent_runner

from lessons.kit.ledger.ledger import RunKind
from lessons.kit.ledger.watching.events import (
    CallbackRan,
    Event,
    FilterRan,
    HandoffFiltered,
    Posted,
    RunBegan,
    WatchedRun,
    copied,
    seen,
    settled,
)
from lessons.kit.ledger.watching.hooks import WatchingHooks
from lessons.kit.ledger.watching.observer import Observer
from lessons.kit.ledger.watching.wire import bodies_seen

if TYPE_CHECKING:
    from collections.abc import Iterator

_runs: contextvars.ContextVar[dict["Observer", WatchedRun]] = contextvars.ContextVar("watched_runs", default={})  # noqa: B039
"""The innermost run of this context for each observer. Never changed in place."""
_observers: contextvars.ContextVar[tuple["Observer", ...]] = contextvars.ContextVar("observers", default=())
_only: contextvars.ContextVar["Observer | None"] = contextvars.ContextVar("only_observer", default=None)


def run_of(observer: Observer) -> WatchedRun | None:
    """The innermost run that this code belongs to, as the observer knows it."""
    return _runs.get().get(observer)


def may_note(observer: Observer, *, is_private: bool) -> bool:
    """Whether the observer is told of what this code does."""
    only = _only.get()
    return only is observer if only is not None or is_private else True


@contextmanager
def seen_only_by(observer: Observer) -> "Iterator[None]":
    """Runs inside are noted by this observer and by no other: they are made to look at something."""
    token = _only.set(observer)
    try:
        yield
    finally:
        _only.reset(token)


class Door:
    """Stands where the default runner stood (`inner`). Only run, run_sync and run_streamed are looked at."""

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
            for run in runs:
                run.result = result
            return result


@contextmanager
def _entered(
    kind: RunKind, agent: Any, input: Any, options: dict[str, Any]
) -> "Iterator[tuple[list[WatchedRun], dict[str, Any]]]":
    """The run as each observer knows it, and the options with our functions around those of the caller."""
    session = options.get("session")
    only = _only.get()
    known = (*_observers.get(), *_observed.get(id(session), ())) if only is None else (only,)
    observers = list(dict.fromkeys(known))
    if not observers:
        yield [], options
        return
    watched = {**options, "run_config": _watched_config(options.get("run_config"))}
    resumed = isinstance(input, RunState)
    given = [] if resumed else ItemHelpers.input_to_new_input_list(input)
    runs = []
    for observer in observers:
        if session is not None:
            observer.watch(session)
        around = _runs.get().get(observer)
        run = WatchedRun(
            observer.next_run(),
            kind,
            agent.name,
            session,
            input,
            watched["run_config"],
            resumed,
            within=around.number if around is not None else None,
            began=observer.next_order(),
        )
        runs.append(run)
        hooks = watched.get("hooks")
        if hooks is None or isinstance(hooks, RunHooksBase):  # the SDK refuses anything else, in its own words
            watched["hooks"] = WatchingHooks(run, observer, hooks, _watched_handoff, note_asked)
        observer.note(RunBegan(run, [one.value for one in seen(given)]))
    token = _runs.set({**_runs.get(), **dict(zip(observers, runs, strict=True))})
    try:
        yield runs, watched
    except BaseException as error:
        for run in runs:
            run.error = error
        raise
    finally:
        _runs.reset(token)
        for observer, run in zip(observers, runs, strict=True):
            _note_end(observer, run)


def _note_end(observer: Observer, run: WatchedRun) -> None:
    """Note when the run ends: now, or when its stream does."""

    def ended(task: Any = None) -> None:
        run.ended = observer.next_order()

    task = getattr(run.result, "run_loop_task", None)
    if task is None or task.done():
        ended()
    else:
        task.add_done_callback(ended)


def _note(make: Callable[[WatchedRun], Event]) -> None:
    """Have every observer note something of the run that this code belongs to."""
    only = _only.get()
    for observer, run in _runs.get().items():
        if only is None or only is observer:
            observer.note(make(run))


def note_asked() -> None:
    """A model is asked by the run that this code belongs to."""
    only = _only.get()
    for observer, run in _runs.get().items():
        if run.preparing is not None and (only is None or only is observer):
            run.asked.add(run.preparing)


def _watched_config(config: Any) -> Any:
    # None stays None: only then the runner owns its model provider, and closes it.
    if isinstance(config, dict) and any(config.get(name) is not None for name in _WATCHED):
        config = RunConfig(**config)
    if config is None or isinstance(config, dict):
        return config
    wrapped = {
        name: wrap(_unwrapped(getattr(config, name)))
        for name, wrap in _WATCHED.items()
        if callable(getattr(config, name, None))
    }
    return dataclasses.replace(config, **wrapped) if wrapped else config


def _unwrapped(function: Any) -> Any:
    """An agent as a tool inherits a configuration whose functions are watched already."""
    return getattr(function, "watched_function", function)


def name_of(function: Any) -> str:
    """The name by which the learner knows a function."""
    return str(getattr(function, "__name__", None) or type(function).__name__)


def _watching(function: Any, call: Any) -> Any:
    if hasattr(function, "__name__"):
        functools.update_wrapper(call, function)
    call.watched_function = function
    return call


def _watched_callback(function: Any) -> Any:
    async def call(history: list[Any], new: list[Any]) -> Any:
        given_history, given_new = seen(history), seen(new)
        returned = await settled(function(history, new))
        if isinstance(returned, list):
            result = seen(returned)
            _note(lambda run: CallbackRan(run, name_of(function), given_history, given_new, result))
        return returned

    return _watching(function, call)


def _watched_filter(function: Any) -> Any:
    async def call(data: Any) -> Any:
        given = seen(data.model_data.input)
        returned = await settled(function(data))
        items = getattr(returned, "input", None)
        if isinstance(items, list):
            result = seen(items)
            _note(lambda run: FilterRan(run, name_of(function), given, result))
        return returned

    return _watching(function, call)


def _watched_handoff(function: Any) -> Any:
    async def call(data: Any) -> Any:
        returned = await settled(function(data))
        _note(lambda run: HandoffFiltered(run, name_of(function)))
        return returned

    return _watching(function, call)


_WATCHED: dict[str, Callable[[Any], Any]] = {
    "session_input_callback": _watched_callback,
    "call_model_input_filter": _watched_filter,
    "handoff_input_filter": _watched_handoff,
}

_observed: dict[int, tuple[Observer, ...]] = {}
"""The observers of watched sessions by the session's id(): a run in another thread has no context of ours."""
_guard = threading.Lock()
_open_observations = 0
_runner_before: Any = None


def remember(session: Any, observer: Observer) -> None:
    """Have every run on this session noted by the observer, whatever thread it is in."""
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
    """While inside, runs can be noted. The runner that was there before stands there again after the last observation."""
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


def _note_body(path: str, body: dict[str, Any]) -> None:
    items = body.get("input", body.get("messages"))
    if isinstance(items, list) and path in ("/responses", "/chat/completions"):
        kept = copied(items)
        _note(lambda run: Posted(run, path, str(body.get("model")), kept))


@contextmanager
def noted_by(observer: Observer) -> "Iterator[None]":
    """Have every run of this context noted by the observer."""
    token = _observers.set((*_observers.get(), observer))
    try:
        yield
    finally:
        _observers.reset(token)
