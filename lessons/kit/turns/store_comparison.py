"""Compares the same turn on several stores: what each store keeps, and whether the items are the same."""

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from typing import Any, TypeVar

from lessons.kit.items import fingerprint
from lessons.kit.problems.explain import explain
from lessons.kit.problems.problem import Problem
from lessons.kit.records import TurnRecord
from lessons.kit.stores.rows import ReadBack, RowPage, Size
from lessons.kit.stores.store import Store
from lessons.kit.turns.desk import Desk

T = TypeVar("T")

PATIENCE_SECONDS = 10
"""Seconds to wait for each store. All stores are read at the same time."""

COUNTED_ROWS = 2_000
"""About how many of the newest rows are read to count their bytes. A comparison usually has few rows."""


@dataclass(frozen=True)
class Kept:
    """What a store has stored of one session, read from the storage.

    `read_back` is what the session returns for the rows of `page`, and `items` are the decoded items of these. `first` is the
    text of the oldest row that was read. `opening` is the code that opens the session. `item_bytes` are the bytes of the stored
    text of the newest `counted` rows.
    """

    page: RowPage
    read_back: Mapping[int, ReadBack]
    items: tuple[Any, ...]
    first: str
    opening: str
    item_bytes: int
    counted: int
    size: Size | None
    schema: str


@dataclass(frozen=True)
class Column:
    """One store in the comparison: what it has stored or why that cannot be read, and its turns, oldest first."""

    store: Store
    records: tuple[TurnRecord, ...]
    kept: Kept | None = None
    problem: Problem | None = None

    @property
    def record(self) -> TurnRecord | None:
        return self.records[-1] if self.records else None


def read_columns(desks: Mapping[str, Desk], session_id: str) -> dict[str, Column]:
    """Read the stores at the same time. `desks` are by the name of the store, and so is the result.

    It waits at most PATIENCE_SECONDS for each store. A store that was not read in time has a `problem`.
    """
    readers = ThreadPoolExecutor(max(1, len(desks)), "comparison")
    reading = {name: readers.submit(_read, desk.store(name), session_id) for name, desk in desks.items()}
    readers.shutdown(wait=False)
    return {name: _column(desk.store(name), desk.records, reading[name]) for name, desk in desks.items()}


def _column(store: Store, records: Iterable[TurnRecord], reading: "Future[Kept]") -> Column:
    try:
        return Column(store, tuple(records), kept=reading.result(PATIENCE_SECONDS))
    except NotInTime:
        problem = Problem(
            f"The store was not read within {PATIENCE_SECONDS} seconds.",
            "What is stored is kept.",
            "Check that its server answers, then look again.",
        )
    except Exception as error:
        problem = explain(error)
    return Column(store, tuple(records), problem=problem)


def _read(store: Store, session_id: str) -> Kept:
    page = store.page(session_id)
    made = store.read_back(session_id, {row.key: row.data for row in page.rows})
    counted, older = list(page.rows), page
    while older.has_older and len(counted) < COUNTED_ROWS:
        older = store.page(session_id, before=older.rows[0].key)
        counted[:0] = older.rows
    return Kept(
        page,
        made,
        tuple(_decoded(made[row.key].data if row.key in made else None) for row in page.rows),
        first=counted[0].data if counted else "",
        opening=store.opening_code(session_id),
        item_bytes=sum(len(row.data.encode()) for row in counted),
        counted=len(counted),
        size=store.size(),
        schema=store.schema(),
    )


def _decoded(data: str | None) -> Any:
    try:
        return json.loads(data) if data is not None else None
    except (ValueError, RecursionError):
        return data


@dataclass(frozen=True)
class Sameness:
    """Whether two sessions returned the same items, and a clause that says so."""

    equal: bool
    words: str


def same_items(column: Column, reference: Column, name: str) -> Sameness:
    """Whether both sessions returned the same items in their last turn. The words call the reference by `name`.

    Two runs give their items different ids. So call ids are compared by the items that they connect, not by their text.
    """
    mine, theirs = _returned(column), _returned(reference)
    if len(mine) != len(theirs):
        words = (
            f"{_items(len(mine))}, not the {len(theirs)} of {name}: {_turns(column)} here, {_turns(reference)} there"
        )
        return Sameness(False, words)
    differ = [number for number, pair in enumerate(zip(mine, theirs, strict=True), start=1) if pair[0] != pair[1]]
    if differ:
        numbers = ", ".join(map(str, differ))
        words = f"{_items(len(mine))}, as many as {name}; {'item' if len(differ) == 1 else 'items'} {numbers} differ"
        return Sameness(False, words)
    return Sameness(True, f"the same {_items(len(mine))} as {name}{_written(column, reference)}")


def _written(column: Column, reference: Column) -> str:
    """How the stored form of the same items differs, in words, '' if it does not."""
    if column.kept is None or reference.kept is None or len(column.kept.items) != len(reference.kept.items):
        return ""
    more: set[str] = set()
    fewer: set[str] = set()
    other: set[str] = set()
    for mine, theirs in zip(column.kept.items, reference.kept.items, strict=True):
        if not (isinstance(mine, dict) and isinstance(theirs, dict)):
            continue
        more |= mine.keys() - theirs.keys()
        fewer |= theirs.keys() - mine.keys()
        shared = (mine.keys() & theirs.keys()) - _IDS
        other |= {key for key in shared if fingerprint(mine[key]) != fingerprint(theirs[key])}
    words = [
        f"{verb} {', '.join(sorted(keys))}"
        for verb, keys in (("with", more), ("without", fewer), ("another form of", other))
        if keys
    ]
    return f"; {'; '.join(words)}" if words else ""


_IDS = frozenset({"id", "call_id"})


def _returned(column: Column) -> list[tuple[Any, ...]]:
    """What the last get_items() of the last turn returned. Call ids are replaced by their order, from 0."""
    if column.record is None:
        return []
    calls: dict[str, int] = {}
    return [
        (item.kind, item.name, item.text, item.length, calls.setdefault(item.call_id, len(calls)))
        if item.call_id is not None
        else (item.kind, item.name, item.text, item.length)
        for item in column.record.returned
    ]


def _items(count: int) -> str:
    return f"{count} {'item' if count == 1 else 'items'}"


def _turns(column: Column) -> str:
    return f"{len(column.records)} {'turn' if len(column.records) == 1 else 'turns'}"


def shares(columns: Iterable[Column], figure: Callable[[Column], float | None]) -> dict[str, float]:
    """For each store, by name: its `figure` divided by the largest one, from 0 to 1. Stores without a figure are left out."""
    figures = {column.store.name: figure(column) for column in columns}
    known = {name: value for name, value in figures.items() if value is not None}
    greatest = max(known.values(), default=0) or 1
    return {name: value / greatest for name, value in known.items()}
