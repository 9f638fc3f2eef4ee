"""Six questions about all sessions of a storage, answered from its newest items."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lessons.kit.inspect.stored import Storage
from lessons.kit.inspect.wanted import found_pairs
from lessons.kit.items import Item, describe, read

NEWEST = 10_000
"""How many items are read for an answer: the newest of all sessions, for each pair of tables."""
LINES = 50


@dataclass(frozen=True)
class Stored:
    """One item that was read."""

    session: str
    key: int
    day: str
    characters: int
    item: Item


@dataclass(frozen=True)
class Answer:
    """A table. The last column is the number that a chart shows; the first names what it is about.

    `items` counts the items that were read. `is_whole` says whether those are all that are stored.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    items: int
    is_whole: bool


Ask = Callable[[Sequence[Stored]], tuple[tuple[str, ...], list[tuple[str | int, ...]]]]


def answer(storage: Storage, question: str) -> Answer:
    """The answer to one of QUESTIONS. Raises CannotRead and TimeIsUp; KeyError if the question does not exist."""
    ask = QUESTIONS[question]
    seen: list[Stored] = []
    whole = True
    for pair in found_pairs(storage):
        rows = storage.newest_rows(pair, NEWEST + 1)
        whole = whole and len(rows) <= NEWEST
        seen += [
            Stored(session, row.key, row.created[:10], len(row.text), _described(row.text))
            for session, row in rows[:NEWEST]
        ]
    columns, lines = ask(seen)
    return Answer(columns, tuple(lines[:LINES]), len(seen), whole)


def _described(text: str) -> Item:
    with suppress(ValueError, RecursionError):
        return describe(json.loads(text))
    return read(text)


def _largest_sessions(seen: Sequence[Stored]) -> Any:
    items: Counter[str] = Counter(one.session for one in seen)
    size: Counter[str] = Counter()
    for one in seen:
        size[one.session] += one.characters
    return ("Session", "Items", "Characters"), [(name, items[name], count) for name, count in size.most_common(LINES)]


def _most_used_tools(seen: Sequence[Stored]) -> Any:
    calls = [one for one in seen if one.item.kind in ("tool call", "handoff") and one.item.name]
    sessions: dict[str, set[str]] = defaultdict(set)
    for one in calls:
        sessions[str(one.item.name)].add(one.session)
    counts = Counter(str(one.item.name) for one in calls)
    return ("Tool", "Sessions", "Calls"), [(name, len(sessions[name]), n) for name, n in counts.most_common(LINES)]


def _sessions_a_day(seen: Sequence[Stored]) -> Any:
    days: dict[str, set[str]] = defaultdict(set)
    items = Counter(one.day for one in seen)
    for one in seen:
        days[one.day].add(one.session)
    return ("Day", "Items", "Sessions"), [(day, items[day], len(days[day])) for day in sorted(days, reverse=True)]


def _items_by_kind(seen: Sequence[Stored]) -> Any:
    counts = Counter(one.item.kind for one in seen)
    size: Counter[str] = Counter()
    for one in seen:
        size[one.item.kind] += one.characters
    return ("Kind", "Characters", "Items"), [(kind, size[kind], count) for kind, count in counts.most_common()]


def _largest_items(seen: Sequence[Stored]) -> Any:
    largest = sorted(seen, key=lambda one: one.characters, reverse=True)[:LINES]
    return (
        ("Item", "Kind", "Characters"),
        [(f"row {one.key} of {one.session}", one.item.kind, one.characters) for one in largest],
    )


def _longest_conversations(seen: Sequence[Stored]) -> Any:
    turns = Counter(one.session for one in seen if one.item.kind == "user")
    items = Counter(one.session for one in seen)
    return ("Session", "Items", "Turns"), [(name, items[name], count) for name, count in turns.most_common(LINES)]


QUESTIONS: dict[str, Ask] = {
    "Which sessions are the largest?": _largest_sessions,
    "Which sessions have the most turns?": _longest_conversations,
    "Which tools are used most?": _most_used_tools,
    "How many sessions are used each day?": _sessions_a_day,
    "What kinds of items are stored?": _items_by_kind,
    "Which items are the largest?": _largest_items,
}
