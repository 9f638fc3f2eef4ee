"""Sees the bodies that the SDK's own model classes hand to the HTTP client, below all that prepares them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from openai import AsyncOpenAI

_guard = threading.Lock()
_listening = 0
_stood_before: Any = None


@contextmanager
def bodies_seen(seen: Callable[[str, dict[str, Any]], None]) -> Iterator[None]:
    """While inside, `seen(path, body)` is told of every JSON body that a client of OpenAI's library sends.

    `request` is looked up with every request; the methods above it are bound when a client is first used.
    """
    global _listening, _stood_before
    with _guard:
        if _listening == 0:
            _stood_before = vars(AsyncOpenAI).get("request")
            AsyncOpenAI.request = _watched(AsyncOpenAI.request, seen)  # type: ignore[method-assign]
        _listening += 1
    try:
        yield
    finally:
        with _guard:
            _listening -= 1
            if _listening == 0 and _stood_before is None:
                del AsyncOpenAI.request  # the class below it has it
            elif _listening == 0:
                AsyncOpenAI.request = _stood_before  # type: ignore[method-assign]


def _watched(request: Any, seen: Callable[[str, dict[str, Any]], None]) -> Any:
    async def watched(client: Any, cast_to: Any, options: Any, **more: Any) -> Any:
        if isinstance(options.json_data, dict):
            seen(options.url, options.json_data)
        return await request(client, cast_to, options, **more)

    return watched
