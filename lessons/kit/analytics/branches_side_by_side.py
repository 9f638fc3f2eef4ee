"""Two branches beside each other: what they begin with in common, and how each goes on.

A branch shares the very rows of the branch that it was made from. A session that was copied item by item has rows of its own
with the same contents. Both begin alike; only the row ids tell them apart.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from lessons.kit.items import Kind, read
from lessons.kit.stores.rows import as_text

TURNS_SHOWN = 8
TEXT_SHOWN = 300


@dataclass(frozen=True)
class Side:
    """One branch of one session."""

    session_id: str
    branch: str


@dataclass(frozen=True)
class ComparedRow:
    key: int
    kind: Kind
    text: str


@dataclass(frozen=True)
class ComparedTurn:
    """A turn of both sides; a side without it has no rows."""

    number: int
    left: tuple[ComparedRow, ...]
    right: tuple[ComparedRow, ...]


@dataclass(frozen=True)
class Comparison:
    """`common` pairs the row ids of the rows that both begin with, `same` says whether they are the same rows.

    `turns` is one page, counted from 1, of the turns after those; `left_rows` and `right_rows` count all rows of each tail.
    """

    common: tuple[tuple[int, int], ...]
    same: bool
    left_rows: int
    right_rows: int
    turns: tuple[ComparedTurn, ...]
    page: int
    pages: int


_Line = tuple[int, int]


def compare(connection: sqlite3.Connection, left: Side, right: Side, page: int) -> Comparison:
    """Compare two branches by their rows; branches of two sessions by what is stored in the rows."""
    lines = [_lines(connection, side) for side in (left, right)]
    same = left.session_id == right.session_id
    common = _common(connection, *lines, by_content=not same)
    tails = [side[common:] for side in lines]
    numbers = sorted({turn for tail in tails for _, turn in tail})
    pages = max(1, -(-len(numbers) // TURNS_SHOWN))
    page = min(max(1, page), pages)
    shown = numbers[(page - 1) * TURNS_SHOWN : page * TURNS_SHOWN]
    parts = [{turn: [key for key, number in tail if number == turn] for turn in shown} for tail in tails]
    texts = _texts(connection, [key for part in parts for keys in part.values() for key in keys])
    return Comparison(
        tuple((ours, theirs) for (ours, _), (theirs, _) in zip(lines[0][:common], lines[1][:common], strict=True)),
        same,
        len(tails[0]),
        len(tails[1]),
        tuple(
            ComparedTurn(turn, *(tuple(texts[key] for key in part[turn] if key in texts) for part in parts))
            for turn in shown
        ),
        page,
        pages,
    )


def _lines(connection: sqlite3.Connection, side: Side) -> list[_Line]:
    query = (
        "SELECT message_id, user_turn_number FROM message_structure WHERE session_id = ? AND branch_id = ? "
        "ORDER BY sequence_number"
    )
    return [(key, turn or 0) for key, turn in connection.execute(query, (side.session_id, side.branch))]


def _common(connection: sqlite3.Connection, left: list[_Line], right: list[_Line], by_content: bool) -> int:
    """How many rows both begin with."""
    count = 0
    for (ours, _), (theirs, _) in zip(left, right, strict=False):
        if ours != theirs and not (by_content and _data(connection, ours) == _data(connection, theirs)):
            break
        count += 1
    return count


def _data(connection: sqlite3.Connection, key: int) -> str:
    found = connection.execute("SELECT message_data FROM agent_messages WHERE id = ?", (key,)).fetchone()
    return as_text(found[0]) if found else ""


def _texts(connection: sqlite3.Connection, keys: Sequence[int]) -> dict[int, ComparedRow]:
    marks = ", ".join("?" * len(keys))
    found = connection.execute(f"SELECT id, message_data FROM agent_messages WHERE id IN ({marks})", tuple(keys))
    items = {key: read(as_text(data)) for key, data in found}
    return {key: ComparedRow(key, item.kind, item.text[:TEXT_SHOWN]) for key, item in items.items()}
