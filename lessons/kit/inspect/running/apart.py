"""The event loops of the dry runs. The turns of visitors run on another loop, so they do not wait for an inspection."""

import threading
from functools import cache

from lessons.kit.background import Background

SHORT = 400
"""Rows. A dry run of more rows can take seconds. It has another loop, so that short ones do not wait for it."""
_guard = threading.Lock()
_made = cache(lambda is_long: Background())


def apart(rows: int = 0) -> Background:
    """The loop of this process for a session of `rows` rows, made when it is first used."""
    with _guard:
        return _made(rows > SHORT)
