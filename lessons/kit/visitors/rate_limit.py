"""How many turns a minute a visitor, and all visitors together, may start: hosted models cost whoever runs the server money."""

import math
import threading
import time
from collections import deque

from lessons.kit.environment import whole_number
from lessons.kit.problems.problem import Problem, Refused

_SECONDS = 60.0

_recent: deque[tuple[float, str]] = deque()
"""When the turns of the last minute started, and whose they are."""
_guard = threading.Lock()


def check_pace(visitor: str) -> None:
    """Raises Refused when a turn of this visitor would be one too many within a minute."""
    with _guard:
        _check(visitor, time.monotonic())


def count_turn(visitor: str) -> None:
    """Count a turn that starts now. Raises Refused, and counts nothing, when it would be one too many within a minute."""
    now = time.monotonic()
    with _guard:
        _check(visitor, now)
        _recent.append((now, visitor))


def _check(visitor: str, now: float) -> None:
    while _recent and now - _recent[0][0] >= _SECONDS:
        _recent.popleft()
    own, limit = [at for at, whose in _recent if whose == visitor], whole_number("SESSIONS_TURNS_A_MINUTE")
    if len(own) >= limit:
        raise _too_many("You have started", len(own), own[-limit], now, "SESSIONS_TURNS_A_MINUTE")
    limit = whole_number("SESSIONS_ALL_TURNS_A_MINUTE")
    if len(_recent) >= limit:
        first = _recent[-limit][0]
        raise _too_many("All visitors together have started", len(_recent), first, now, "SESSIONS_ALL_TURNS_A_MINUTE")


def _too_many(who: str, turns: int, first: float, now: float, variable: str) -> Refused:
    seconds = max(1, math.ceil(first + _SECONDS - now))
    return Refused(
        Problem(
            f"{who} {turns:,} turn{'s' if turns > 1 else ''} within a minute. This server allows no more.",
            "Nothing was stored.",
            f"Wait {seconds} second{'s' if seconds > 1 else ''} and send it again. {variable} sets the limit.",
        )
    )
