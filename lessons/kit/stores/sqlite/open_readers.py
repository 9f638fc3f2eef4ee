"""The read-only connections that pages look at SQLite files with. Few are open at the same time, however many pages look."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

READERS = 6
"""Each has three files open. Opening one again takes a fraction of a millisecond, and a count of the rows."""

PATIENCE_SECONDS = 1.0
"""How long a look waits for the others. Then it goes on: it can be one inside another one."""


class Reader(Protocol):
    """Something with a connection that can be closed at any time, and is opened again by the next look."""

    def close_reader(self, patience: float = 0) -> bool:
        """Close it, unless it is in use for longer than `patience` seconds. Returns whether it is closed."""


_open: "OrderedDict[Reader, None]" = OrderedDict()
"""The least recently used first."""
_guard = threading.Lock()
_looking = threading.Semaphore(READERS)


@contextmanager
def looking() -> Iterator[None]:
    """Look at a file, when few others do: a reader in use cannot be closed, and a whole class may look at the same moment."""
    is_turn = _looking.acquire(timeout=PATIENCE_SECONDS)
    try:
        yield
    finally:
        if is_turn:
            _looking.release()


def looks(reader: Reader) -> None:
    """Note that a reader is used now, and close the one that was not used for longest if there are too many."""
    with _guard:
        _open[reader] = None
        _open.move_to_end(reader)
        oldest = [_open.popitem(last=False)[0] for _ in range(len(_open) - READERS)]
    for one in oldest:
        if not one.close_reader():
            with _guard:
                _open.setdefault(one)
                _open.move_to_end(one, last=False)


def is_closed(reader: Reader) -> None:
    """Note that a reader has nothing open any more."""
    with _guard:
        _open.pop(reader, None)
