"""Which row is meant. Its key alone does not say it: another session or another store can have the same key."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RowRef:
    """One item row of a visitor at one lesson: the name of its store, the id of its session, and its key in there."""

    store: str
    session_id: str
    key: int

    def is_in(self, store: str, session_id: str) -> bool:
        """Whether it is a row of that session in that store."""
        return (self.store, self.session_id) == (store, session_id)


def rows_in_words(rows: Sequence[RowRef], among: Iterable[RowRef] | None = None) -> str:
    """The rows in their order: "row 3", "rows 1, 2 of alice, row 1 of bob", "rows 5–49"; '' when there are none.

    If the rows of `among` (by default `rows`) are of several sessions, each session is named, since each has its own keys.
    """
    of: dict[str, list[int]] = {}
    for row in rows:
        of.setdefault(row.session_id, []).append(row.key)
    several = len({row.session_id for row in (rows if among is None else among)}) > 1
    return ", ".join(_keys(keys, session_id if several else "") for session_id, keys in of.items())


def refs_in_words(rows: Sequence[RowRef]) -> str:
    """The same, with the session named in every case: for words that stand apart from the rows."""
    of: dict[str, list[int]] = {}
    for row in rows:
        of.setdefault(row.session_id, []).append(row.key)
    return ", ".join(_keys(keys, session_id) for session_id, keys in of.items())


def _keys(keys: Sequence[int], session_id: str) -> str:
    one = "row" if len(keys) == 1 else "rows"
    return f"{one} {', '.join(_shortened(keys))}{f' of {session_id}' if session_id else ''}"


MANY = 6


def _shortened(keys: Sequence[int]) -> Iterator[str]:
    """Each key; of MANY or more that follow each other only the first and the last: the keys of 45 rows took two lines."""
    runs: list[list[int]] = []
    for key in keys:
        if runs and runs[-1][-1] == key - 1:
            runs[-1].append(key)
        else:
            runs.append([key])
    for run in runs:
        yield from (f"{run[0]}–{run[-1]}",) if len(run) >= MANY else map(str, run)
