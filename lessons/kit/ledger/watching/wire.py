"""Sees the bodies that the SDK's own model classes pass to the HTTP client, after everything that prepares them.

It also sees how streamed answers end: the SDK stores a Chat Completions answer that breaks off as if it were complete.
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
"""Called with a path and a JSON body. The function that it returns is called with the streamed answer when that ends."""

_guard = threading.Lock()
_listening = 0
_stood_before: Any = None


@contextmanager
def bodies_seen(seen: Seen) -> Iterator[None]:
    """Inside, `seen(path, body)` is called for every JSON body that an async client of OpenAI's library sends.

    It replaces `request` on the class, which is looked up in every request. The methods that call it are bound when a client
    is first used, so replacing them would come too late.
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
                del AsyncOpenAI.request  # the method is inherited again
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
    """Have `at_end` called when a streamed answer ends. For a stream, the client returns an object around the open response."""
    response = getattr(answered, "http_response", None) or getattr(answered, "response", None)
    # The app's own HTTP client follows each answer already, and the turn says how it ended.
    if isinstance(response, httpx2.Response) and not response.is_stream_consumed and not is_followed(response):
        answer = ServiceAnswer(response.status_code, response.headers.get("content-type", ""), has_limit=False)
        follow(response, answer, lambda: at_end(answer))
