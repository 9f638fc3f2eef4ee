"""Sees the bodies that the SDK's own model classes hand to the HTTP client, below all that prepares them.

It also sees how streamed answers end: the SDK stores one of Chat Completions that stops in a sentence as a whole one.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from openai import AsyncOpenAI

from lessons.kit.models.service_answer import ServiceAnswer, follow, is_followed

AtEnd = Callable[[ServiceAnswer], None]
Seen = Callable[[str, dict[str, Any]], AtEnd | None]
"""Is called with a path and a JSON body; what it returns is called with the streamed answer at its end."""

_guard = threading.Lock()
_listening = 0
_stood_before: Any = None


@contextmanager
def bodies_seen(seen: Seen) -> Iterator[None]:
    """While inside, `seen(path, body)` is called for every JSON body that a client of OpenAI's library sends.

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


def _watched(request: Any, seen: Seen) -> Any:
    async def watched(client: Any, cast_to: Any, options: Any, **more: Any) -> Any:
        at_end = seen(options.url, options.json_data) if isinstance(options.json_data, dict) else None
        answered = await request(client, cast_to, options, **more)
        if at_end is not None:
            _look(answered, at_end)
        return answered

    return watched


def _look(answered: Any, at_end: AtEnd) -> None:
    """For a stream the client returns an object around a response that is still to be read."""
    response = getattr(answered, "http_response", None) or getattr(answered, "response", None)
    # The client of the app's own turns looks at each answer already, and the turn tells how it ended.
    if isinstance(response, httpx2.Response) and not response.is_stream_consumed and not is_followed(response):
        answer = ServiceAnswer(response.status_code, response.headers.get("content-type", ""), has_limit=False)
        follow(response, answer, lambda: at_end(answer))
