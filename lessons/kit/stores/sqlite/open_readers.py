"""Limits the read-only connections with which pages read SQLite files. Few are open at a time, for any number of pages."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

READERS = 6
"""Readers that stay open. Each has three files open. Opening one again takes less than a millisecond and a count of rows."""

PATIENCE_SECONDS = 1.0
"""Seconds that a look waits for its turn. Then it continues without one, since it can be inside another look."""


class Reader(Protocol):
    """Something with a connection that can be closed at any time. The next look opens it again."""

    def close_reader(self, patience: float = 0) -> bool:
        """Close the connection, unless it stays in use for longer than `patience` seconds. Returns whether it is closed."""


_open: "OrderedDict[Reader, None]" = OrderedDict()
"""The open readers, the least recently used first."""
_guard = threading.Lock()
_looking = threading.Semaphore(READERS)


@contextmanager
def looking() -> Iterator[None]:
    """Wait until few other looks run. A reader in use cannot be closed, and a whole class can look at the same moment."""
    is_turn = _looking.acquire(timeout=PATIENCE_SECONDS)
    try:
        yield
    finally:
        if is_turn:
            _looking.release()


def looks(reader: Reader) -> None:
    """Note that a reader is used now. If too many are open, close the least recently used ones."""
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
    """Note that a reader has closed its connection."""
    with _guard:
        _open.pop(reader, None)
