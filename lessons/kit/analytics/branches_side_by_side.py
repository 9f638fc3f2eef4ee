"""Two branches side by side: the rows that both begin with, and how each goes on (its tail).

A branch has the very same rows as the branch that it was made from. A session that was copied item by item has its own rows,
with the same contents. In both cases the contents begin alike; only the row ids tell the two cases apart.
"""

import sqlite3
from collections.abc import Mapping, Sequence
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
class TailRow:
    """One row of a tail: its id, the kind of its item, and the item's text, cut at TEXT_SHOWN characters."""

    key: int
    kind: Kind
    text: str


@dataclass(frozen=True)
class TailTurn:
    """A turn after the common rows; a side without this turn has no rows."""

    number: int
    left: tuple[TailRow, ...]
    right: tuple[TailRow, ...]


@dataclass(frozen=True)
class SideBySide:
    """`common` pairs the row ids of the rows that both begin with, `same` says whether they are the same rows.

    `turns` are one page of the turns after these rows: page `page`, from 1 to `pages`. `left_rows` and `right_rows` count all
    rows of each tail.
    """

    common: tuple[tuple[int, int], ...]
    same: bool
    left_rows: int
    right_rows: int
    turns: tuple[TailTurn, ...]
    page: int
    pages: int


_Line = tuple[int, int]
"""The id of a row of a branch, and the number of its turn."""


def read_side_by_side(connection: sqlite3.Connection, left: Side, right: Side, page: int) -> SideBySide:
    """Compare two branches of one session by row id, or branches of two sessions by the stored text of their rows."""
    left_lines, right_lines = _lines(connection, left), _lines(connection, right)
    same = left.session_id == right.session_id
    common = _common(connection, left_lines, right_lines, by_content=not same)
    tails = left_lines[common:], right_lines[common:]
    numbers = sorted({turn for tail in tails for _, turn in tail})
    pages = max(1, -(-len(numbers) // TURNS_SHOWN))
    page = min(max(1, page), pages)
    shown = numbers[(page - 1) * TURNS_SHOWN : page * TURNS_SHOWN]
    texts = _texts(connection, [key for tail in tails for key, turn in tail if turn in shown])
    return SideBySide(
        tuple((ours, theirs) for (ours, _), (theirs, _) in zip(left_lines[:common], right_lines[:common], strict=True)),
        same,
        len(tails[0]),
        len(tails[1]),
        tuple(TailTurn(turn, *(_rows_of_turn(tail, turn, texts) for tail in tails)) for turn in shown),
        page,
        pages,
    )


def _rows_of_turn(tail: Sequence[_Line], turn: int, texts: Mapping[int, TailRow]) -> tuple[TailRow, ...]:
    return tuple(texts[key] for key, number in tail if number == turn and key in texts)


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


def _texts(connection: sqlite3.Connection, keys: Sequence[int]) -> dict[int, TailRow]:
    marks = ", ".join("?" * len(keys))
    found = connection.execute(f"SELECT id, message_data FROM agent_messages WHERE id IN ({marks})", tuple(keys))
    items = {key: read(as_text(data)) for key, data in found}
    return {key: TailRow(key, item.kind, item.text[:TEXT_SHOWN]) for key, item in items.items()}
