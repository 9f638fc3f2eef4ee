"""What is imported after the first page was drawn: the SDK, and the rest that the first turn needs."""

import gc
import sys
import threading
from functools import cache

from lessons.kit.models.providers import active_provider
from lessons.kit.records import load_reader

_importing = threading.Lock()
_loader: threading.Thread | None = None
_may_begin = threading.Event()

FIRST_PAGE_SECONDS = 3.0
"""How long a new server waits for its first page before it loads the SDK: at the same time, each takes twice as long."""

YOUNG_OBJECTS = 5_000
"""How many objects are made between two garbage collections.

With 700, as before Python 3.13, they take a tenth of a dry run.
"""

YOUNG_COLLECTIONS, MIDDLE_COLLECTIONS = 5, 20
"""How many collections of young objects come between two of middle ones, and how many of these between two full ones.

Everybody waits for a full one: with sixty visitors for 0.1 to 0.2 s. With 2,000 young objects and Python's own 10 and 10, it
came each 8.5 seconds then; now it is each 21. If it were much rarer, the memory of closed tabs would be free too late.
"""

SWITCH_SECONDS = 0.0005
"""How long the import goes on while another thread waits. With Python's own 5 ms, a page would wait so hundreds of times."""


def load_sdk() -> None:
    """Import the SDK, in one thread at a time.

    Its modules import each other. If two threads import them at the same moment, as for the pages of the first two visitors,
    Python lets one go on with half a module instead of waiting for ever, and both fail with ImportError.
    """
    begin_loading()
    if _loader is not None and _loader is not threading.current_thread():
        _loader.join()
    load_reader()
    with _importing:
        _import()


def freeze_imports() -> None:
    """Load the SDK, then make the garbage collector ignore everything that was imported. Done once in a process.

    A collection walks every object, while all other threads wait: without the imported ones, 200 ms became 35 (tests/bench).
    """
    load_reader()
    with _importing:
        _import_and_freeze()


def load_in_background() -> None:
    """Load the SDK in its own thread, once the first page has been drawn or nobody comes for FIRST_PAGE_SECONDS."""
    global _loader
    active_provider()  # it turns tracing off, before the SDK is there
    _loader = threading.Thread(target=_load, name="load-sdk", daemon=True)
    _loader.start()


def begin_loading() -> None:
    """Let the thread of load_in_background() begin now: the first page has been drawn, or needs the SDK."""
    _may_begin.set()


def is_loading() -> bool:
    """Whether the SDK is being loaded in the background. If that was not started, the first use loads it."""
    return _loader is not None and _loader.is_alive()


def _load() -> None:
    _may_begin.wait(FIRST_PAGE_SECONDS)
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        freeze_imports()
    finally:
        sys.setswitchinterval(before)


def _import() -> None:
    # The package first, as a whole. To import one of its modules locks that module and waits for the package. The thread that
    # imports the package would wait for the module, and Python lets one of the two go on with half of it.
    import agents  # noqa: F401

    import lessons.kit.models.offline.model
    import lessons.kit.turns.run_turn  # noqa: F401


@cache
def _import_and_freeze() -> None:
    _import()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, YOUNG_COLLECTIONS, MIDDLE_COLLECTIONS)
