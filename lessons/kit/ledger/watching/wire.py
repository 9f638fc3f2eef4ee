"""Sees the bodies that the SDK's own model classes hand to the HTTP client, below all that prepares them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from openai._base_client import AsyncAPIClient

_guard = threading.Lock()
_listening = 0
_post: Any = None


@contextmanager
def bodies_seen(seen: Callable[[str, dict[str, Any]], None]) -> Iterator[None]:
    """While inside, `seen(path, body)` is told of every JSON body that a client of OpenAI's library posts."""
    global _listening, _post
    with _guard:
        if _listening == 0:
            _post = AsyncAPIClient.post
            AsyncAPIClient.post = _watched(_post, seen)  # type: ignore[method-assign]
        _listening += 1
    try:
        yield
    finally:
        with _guard:
            _listening -= 1
            if _listening == 0:
                AsyncAPIClient.post = _post  # type: ignore[method-assign]


def _watched(post: Any, seen: Callable[[str, dict[str, Any]], None]) -> Any:
    async def watched(client: Any, path: str, *args: Any, **options: Any) -> Any:
        body = options.get("body")
        if isinstance(body, dict):
            seen(path, body)
        return await post(client, path, *args, **options)

    return watched
