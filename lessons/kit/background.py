"""One event loop, in one thread, for the whole process.

Database engines, HTTP clients and locks belong to the loop that first used them (sdk-facts 1.4), and Streamlit gives every
browser tab a loop of its own. So everything asynchronous runs here.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """Runs coroutines for callers that are not async."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="background", daemon=True).start()

    def start(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Begin `work` and return at once."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T], timeout: float | None = 30) -> T:
        """Wait for `work`, at most `timeout` seconds; cancel it when the caller is interrupted or the time is up.

        Raises: whatever `work` raises, and TimeoutError.
        """
        future = self.start(work)
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise


@cache
def background() -> Background:
    """The one of this process. Not st.cache_resource: any visitor can clear that, for everybody."""
    return Background()
