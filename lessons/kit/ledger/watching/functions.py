"""Wraps the functions of a caller's RunConfig, and the input filters of handoffs, to note what they do."""

import copy
import functools
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from agents import RunConfig
from agents.exceptions import UserError

from lessons.kit.ledger.watching.context import note, noted_runs
from lessons.kit.ledger.watching.events import CallbackRan, FilterRan, HandoffFiltered, copied, seen, settled


def watched_config(config: Any) -> Any:
    # None stays None: only then does the runner own its model provider and close it.
    if isinstance(config, dict) and any(config.get(name) is not None for name in _WATCHED):
        config = RunConfig(**config)
    if config is None or isinstance(config, dict):
        return config
    wrapped = {
        name: wrap(_unwrapped(getattr(config, name)))
        for name, wrap in _WATCHED.items()
        if callable(getattr(config, name, None))
    }
    if not wrapped:
        return config
    watched = copy.copy(config)  # to make another would check it again
    for name, function in wrapped.items():
        setattr(watched, name, function)
    return watched


SERVER_MANAGED = ("conversation_id", "previous_response_id", "auto_previous_response_id")
"""The options of a run with which the service keeps the conversation."""


def as_config(config: Any) -> Any:
    """The RunConfig that the runner makes of a dict, None if the dict is invalid: then the runner raises the error itself."""
    try:
        return RunConfig(**config) if isinstance(config, dict) else config
    except (TypeError, ValueError, UserError):
        return None


def _unwrapped(function: Any) -> Any:
    """The caller's own function: an agent as a tool inherits a configuration whose functions are wrapped already."""
    return getattr(function, "watched_function", function)


def name_of(function: Any) -> str:
    """The name that the code of the caller gives a function, or the name of its class."""
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__name__", None) or type(function).__name__)


def _watching(function: Any, call: Any) -> Any:
    if hasattr(function, "__name__"):
        functools.update_wrapper(call, function)
    call.watched_function = function
    return call


@contextmanager
def _named(words: str) -> Iterator[None]:
    """Note the name of a function of the caller that raises an error."""
    try:
        yield
    except Exception as error:
        for _, run in noted_runs():
            run.failed_in = f"{words} failed", error
        raise


def _returned_no(expected: str, words: str, returned: Any) -> None:
    """Note the name of a function whose result the SDK refuses: the SDK's error does not name it."""
    for _, run in noted_runs():
        run.failed_in = f"{words} returned {type(returned).__name__} and no {expected}, which the SDK refuses", None


def _watched_callback(function: Any) -> Any:
    async def call(history: list[Any], new: list[Any]) -> Any:
        given_history, given_new = seen(history), seen(new)
        words = f"the session_input_callback {name_of(function)}"
        with _named(words):
            returned = await settled(function(history, new))
        if isinstance(returned, list):
            result = seen(returned)
            note(lambda run: CallbackRan(run, name_of(function), given_history, given_new, result))
        else:
            _returned_no("list", words, returned)
        return returned

    return _watching(function, call)


def _watched_filter(function: Any) -> Any:
    async def call(data: Any) -> Any:
        given = seen(data.model_data.input)
        words = f"the call_model_input_filter {name_of(function)}"
        with _named(words):
            returned = await settled(function(data))
        items = getattr(returned, "input", None)
        if isinstance(items, list):
            result = seen(items)
            note(lambda run: FilterRan(run, name_of(function), given, result))
        else:
            _returned_no("ModelInputData with a list", words, returned)
        return returned

    return _watching(function, call)


def _handed(data: Any) -> dict[Any, Any]:
    """The items that a handoff passes on, by a key that stays the same if an input filter keeps the item."""
    history = getattr(data, "input_history", ())
    items = [{"role": "user", "content": history}] if isinstance(history, str) else list(history)
    made = (getattr(data, name, None) or () for name in ("pre_handoff_items", "new_items", "input_items"))
    counts: Counter[str] = Counter()
    found: dict[Any, Any] = {}
    for item in items:
        text = json.dumps(item, sort_keys=True, default=str)
        counts[text] += 1
        found[text, counts[text]] = copied(item)
    return found | {id(one): one.to_input_item() for one in itertools.chain(*made) if hasattr(one, "to_input_item")}


def watched_handoff(function: Any) -> Any:
    async def call(data: Any) -> Any:
        given = _handed(data)
        with _named(f"the input filter {name_of(function)} of the handoff"):
            returned = await settled(function(data))
        added = [value for key, value in _handed(returned).items() if key not in given]
        note(lambda run: HandoffFiltered(run, name_of(function), added))
        return returned

    return _watching(function, call)


_WATCHED: dict[str, Callable[[Any], Any]] = {
    "session_input_callback": _watched_callback,
    "call_model_input_filter": _watched_filter,
    "handoff_input_filter": watched_handoff,
}
