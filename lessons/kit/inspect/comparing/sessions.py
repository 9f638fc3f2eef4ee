"""Two sessions item by item: which rows are in both, and which are in one of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from lessons.kit.inspect.browse import describe_row
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.stored import StoredSession
from lessons.kit.items import Item, describe

ROWS = 2_000
"""How many rows of each session are compared: the newest."""
_NOT_COMPARED = {"id", "call_id", "status", "provider_data"}
"""Fields that a model or the SDK makes for each item. They are not part of what was said."""
_NOT_COMPARED_IN_PARTS = ("annotations", "logprobs")


@dataclass(frozen=True)
class Side:
    """A row of one session: its key and its item. The key is None for an item that is not stored."""

    key: int | None
    item: Item


@dataclass(frozen=True)
class PairOfRows:
    """Two different rows at the same position. One of them is None if that session has no row there."""

    first: Side | None
    second: Side | None


@dataclass(frozen=True)
class Comparison:
    """The rows that differ, how many are the same, and whether all rows were compared."""

    rows: tuple[PairOfRows, ...]
    same: int
    is_whole: bool


def compare_sessions(first: StoredSession, second: StoredSession, settings: Settings) -> Comparison:
    """Compare both in the order in which the class of the settings returns them. Ids that differ for each item do not count."""
    mine, its = Case(first, settings).visible, Case(second, settings).visible
    whole = first.is_whole and second.is_whole and max(len(mine), len(its)) <= ROWS
    return compare_values([_side(one) for one in mine[-ROWS:]], [_side(one) for one in its[-ROWS:]], whole)


def _side(item: Seen) -> tuple[Side, Any]:
    return Side(item.key, describe_row(item)), item.value


def new_side(value: Any) -> tuple[Side, Any]:
    """An item that is not stored, as a side with its value."""
    return Side(None, describe(value)), value


def compare_values(
    first: Sequence[tuple[Side, Any]], second: Sequence[tuple[Side, Any]], is_whole: bool = True
) -> Comparison:
    """The sides whose values differ, in order."""
    mine, its = ([_told(value) for _, value in one] for one in (first, second))
    rows: list[PairOfRows] = []
    same = 0
    for what, a, b, c, d in SequenceMatcher(None, mine, its, autojunk=False).get_opcodes():
        if what == "equal":
            same += b - a
            continue
        for one, two in zip_longest(first[a:b], second[c:d]):
            rows.append(PairOfRows(one[0] if one else None, two[0] if two else None))
    return Comparison(tuple(rows), same, is_whole)


def _told(value: Any) -> str:
    """What an item says to a reader, as text that can be compared."""
    if not isinstance(value, dict):
        return json.dumps(value, default=str)
    kept = {name: _plain(one) for name, one in value.items() if name not in _NOT_COMPARED}
    return json.dumps(kept, sort_keys=True, default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [
            {name: inner for name, inner in one.items() if name not in _NOT_COMPARED_IN_PARTS}
            if isinstance(one, dict)
            else one
            for one in value
        ]
    return value
