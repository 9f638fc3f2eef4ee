"""What is imported after the first page was drawn: the SDK, and the rest that the first turn needs."""

import gc
import threading
from functools import cache

_importing = threading.Lock()


def load_sdk() -> None:
    """Import the SDK, in one thread at a time.

    Its modules import each other. Where two threads import them at the same moment, Python lets one go on with half a module
    instead of waiting for ever, and both fail with ImportError: the pages of two visitors who come first.
    """
    with _importing:
        import lessons.kit.models.offline.model
        import lessons.kit.turns.turn  # noqa: F401


@cache
def freeze_imports() -> None:
    """Load the SDK, then take all that was imported out of the garbage collector's sight.

    Once in a process. A collection walks every imported object, with all other threads waiting: 200 ms became 35
    (tests/bench).
    """
    load_sdk()
    gc.collect()
    gc.freeze()
