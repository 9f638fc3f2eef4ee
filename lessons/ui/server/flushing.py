"""How Streamlit sends what pages have drawn: message by message, and in between everything else of its loop.

Under load, a thread that draws a page keeps Python to itself for 5 ms at each of these moments. So the loop sent 200 messages a
second, and what 300 visitors saw was up to 30 seconds old.
"""

import asyncio
import time
from typing import Any

from streamlit.runtime import runtime

NAME = "asyncio"

IN_ONE_GO_SECONDS = 0.005
"""How long messages are sent before the loop does everything else: as long as it waits for a thread that draws."""


class FewerMoments:
    """The module asyncio, in which `sleep(0)` does nothing until IN_ONE_GO_SECONDS have passed."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        if seconds == 0 and time.monotonic() - self._last < IN_ONE_GO_SECONDS:
            return
        await asyncio.sleep(seconds)
        self._last = time.monotonic()


def flush_in_one_go() -> None:
    """Have Streamlit's loop that sends messages let everything else in once in IN_ONE_GO_SECONDS."""
    setattr(runtime, NAME, FewerMoments())
