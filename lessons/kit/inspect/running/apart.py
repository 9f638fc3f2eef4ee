"""The event loops of the dry runs. The turns of visitors run on another loop, so they do not wait for an inspection."""

import threading

from lessons.kit.background import Background
from lessons.kit.inspect.running.at_once import BlockingCalls

SHORT = 400
"""Rows. A dry run of more rows can take seconds. It has another loop, so that short ones do not wait for it."""
_guard = threading.Lock()
_made: dict[bool, Background] = {}


def apart(rows: int = 0) -> Background:
    """The loop of this process for a session of `rows` rows, made when it is first used."""
    is_long = rows > SHORT
    with _guard:
        if is_long not in _made:
            _made[is_long] = Background(BlockingCalls)
        return _made[is_long]


def is_apart() -> bool:
    """Whether the caller runs on one of these loops, which do not end before the process does."""
    return any(loop.is_here() for loop in tuple(_made.values()))
