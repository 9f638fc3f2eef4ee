"""The loops of the dry runs: the turns of visitors run on another, and do not wait for a session that somebody inspects."""

import threading
from functools import cache

from lessons.kit.background import Background

SHORT = 400
"""Rows. A dry run of more has a loop that short ones do not wait for: it can take seconds."""
_guard = threading.Lock()
_made = cache(lambda is_long: Background())


def apart(rows: int = 0) -> Background:
    """The one of this process for a session of so many rows, made when it is first used."""
    with _guard:
        return _made(rows > SHORT)
