"""The loop of the dry runs: the turns of visitors run on another, and do not wait for a long session that somebody inspects."""

import threading
from functools import cache

from lessons.kit.background import Background

_guard = threading.Lock()
_made = cache(Background)


def apart() -> Background:
    """The one of this process, made when it is first used."""
    with _guard:
        return _made()
