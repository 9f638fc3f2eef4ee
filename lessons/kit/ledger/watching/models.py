"""Sees whether a model was asked: it wraps the two methods of the model object.

The SDK looks at the class of a model, so a wrapper object would change what the SDK does.
"""

import functools
from collections.abc import Callable
from typing import Any

from agents.models.interface import Model

_METHODS = ("get_response", "stream_response")


def watch_model(model: Any, asked: Callable[[], None]) -> Callable[[], None] | None:
    """Call `asked` whenever the model is asked. Returns the function that undoes this, None if the model cannot be watched.

    A model that is given by its name or left to the default cannot be watched: a provider makes it during the run.
    """
    if not isinstance(model, Model) or not hasattr(model, "__dict__"):
        return None
    if all(hasattr(vars(model).get(name), "watched_method") for name in _METHODS):
        return _nothing
    stood_before = {name: vars(model).get(name) for name in _METHODS}
    for name in _METHODS:
        vars(model)[name] = _watched(getattr(model, name), asked)

    def undo() -> None:
        for name, before in stood_before.items():
            if before is None:
                vars(model).pop(name, None)
            else:
                vars(model)[name] = before

    return undo


def _nothing() -> None:
    pass


def _watched(method: Any, asked: Callable[[], None]) -> Any:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        asked()
        return method(*args, **kwargs)

    call.watched_method = method  # type: ignore[attr-defined]
    return call
