"""What was found in sessions, kept while their rows are the same: a page that is drawn again does not repeat the dry run.

The rows are read each time and compared with the earlier ones, unless the storage proves that nothing was written
(`Storage.version`). Nothing is kept if a key is given or a row is encrypted: such
findings also depend on the time.
"""

import marshal
import threading
from collections import OrderedDict
from collections.abc import Hashable
from hashlib import blake2b
from typing import Generic, TypeVar

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.stored import StoredSession

T = TypeVar("T")


class Kept(Generic[T]):
    """The results that were last asked for, up to a sum of their weights of `room`."""

    def __init__(self, room: int) -> None:
        self._room, self._weight = room, 0
        self._results: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, name: Hashable) -> T | None:
        """The result for these rows, None if there is none."""
        with self._guard:
            if name not in self._results:
                return None
            self._results.move_to_end(name)
            return self._results[name][0]

    def put(self, name: Hashable, result: T, weight: int) -> None:
        """Keep it unless it is too heavy."""
        if weight > self._room:
            return
        with self._guard:
            _, before = self._results.pop(name, (None, 0))
            self._results[name] = result, weight
            self._weight += weight - before
            while self._weight > self._room:
                self._weight -= self._results.popitem(last=False)[1][1]


def can_be_kept(case: Case) -> bool:
    """Whether what is found stays the same while the rows do, and tells nothing of a key."""
    return not case.is_encrypted and case.settings.key is None


def name_of(stored: StoredSession, settings: Settings) -> bytes:
    """A hash of everything that the findings depend on, apart from the time."""
    rows = [
        (row.key, type(row.data).__name__, row.data if type(row.data) is str else repr(row.data), row.created)
        for row in stored.rows
    ]
    structure = [(row.key, row.message, row.branch, row.sequence, row.turn, row.values) for row in stored.structure]
    rest = repr((stored.head, stored.is_whole, stored.id_kind, structure, stored.usage, settings, settings.key))
    # In version 0 equal values have the same bytes; a repr of the rows takes ten times as long.
    return blake2b(marshal.dumps((rest, rows), 0), digest_size=32).digest()
