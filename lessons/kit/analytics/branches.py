"""The branches of an AdvancedSQLiteSession, read from message_structure: which rows they share, and where they part.

The class does not store from which branch a branch was made. A new branch has the same row ids as that branch, for all turns
before the chosen one. So the tree is read from the rows: a row belongs to the branch in which it was stored first.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lessons.kit.items import Kind, read
from lessons.kit.stores.rows import as_text

TEXT_SHOWN = 90


@dataclass(frozen=True)
class Segment:
    """Neighbouring turns of a branch. All of their rows were stored first in the branch `owner`."""

    owner: str
    first_turn: int
    last_turn: int
    rows: int
    first_row: int
    last_row: int


@dataclass(frozen=True)
class Branch:
    """One branch. `rows` and `turns` count all of it; `segments` say in which branch its rows were stored first.

    `created_at` is the time of its first row in message_structure: that is when the branch was made.
    """

    name: str
    rows: int
    turns: int
    last_turn: int
    created_at: str
    segments: tuple[Segment, ...] = ()

    @property
    def shared(self) -> tuple[Segment, ...]:
        return tuple(segment for segment in self.segments if segment.owner != self.name)

    @property
    def parent(self) -> str | None:
        """The branch that its newest shared row belongs to."""
        return max(self.shared, key=lambda segment: segment.last_turn).owner if self.shared else None

    @property
    def parts_after(self) -> int:
        """The last turn that it shares; 0 if it shares none."""
        return max((segment.last_turn for segment in self.shared), default=0)


@dataclass(frozen=True)
class RowMark:
    """One row in a lane of the tree. `also_in` names the branches that have it too and are not lanes of the same cell."""

    key: int
    kind: Kind
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """The rows of one turn, in `span` lanes side by side from `lane` on: lanes of one cell have the very same rows."""

    lane: int
    span: int
    rows: tuple[RowMark, ...]
    text: str


@dataclass(frozen=True)
class TurnOfTree:
    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Copied:
    """What create_branch_from_turn(turn) would include from a branch, and what it would leave out."""

    branch: str
    turn: int
    rows: tuple[int, ...]
    turns: int
    left: tuple[int, ...]
    text: str


def read_branches(connection: sqlite3.Connection, session_id: str) -> tuple[Branch, ...]:
    """The branches in the order of the tree's lanes: each after its parent, so that branches with shared rows are near."""
    query = (
        "SELECT branch_id, COUNT(*), COUNT(CASE WHEN message_type = 'user' THEN 1 END), MAX(user_turn_number), "
        "MIN(created_at) FROM message_structure WHERE session_id = ? GROUP BY branch_id ORDER BY MIN(id)"
    )
    found = connection.execute(query, (session_id,)).fetchall()
    segments = _segments(connection, session_id)
    branches = [
        Branch(as_text(name), rows, turns, last or 0, as_text(created), tuple(segments.get(as_text(name), ())))
        for name, rows, turns, last, created in found
    ]
    return tuple(_in_lanes(branches))


def _segments(connection: sqlite3.Connection, session_id: str) -> dict[str, list[Segment]]:
    """The segments of each branch. One pass in the order of storing: SQL would join the table to itself, without an index."""
    fields = "message_id, branch_id, COALESCE(user_turn_number, 0)"
    query = f"SELECT {fields} FROM message_structure WHERE session_id = ? ORDER BY id"
    owners: dict[int, str] = {}
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for key, branch, turn in connection.execute(query, (session_id,)):
        found.setdefault((branch, owners.setdefault(key, branch)), []).append((turn, key))
    segments: dict[str, list[Segment]] = {}
    for (branch, owner), rows in found.items():
        turns, keys = [turn for turn, _ in rows], [key for _, key in rows]
        segment = Segment(as_text(owner), min(turns), max(turns), len(rows), min(keys), max(keys))
        segments.setdefault(as_text(branch), []).append(segment)
    return segments


def _in_lanes(branches: Sequence[Branch]) -> list[Branch]:
    names = [branch.name for branch in branches]
    children: dict[str | None, list[Branch]] = {}
    for branch in branches:
        parent = branch.parent
        children.setdefault(parent if parent in names else None, []).append(branch)
    ordered: list[Branch] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        branch = waiting.pop()
        ordered.append(branch)
        # The child that parts last comes first: it shares the most.
        waiting += sorted(children.get(branch.name, []), key=lambda child: child.parts_after)
    return ordered


def read_tree(
    connection: sqlite3.Connection, session_id: str, lanes: Sequence[str], first: int, last: int
) -> tuple[TurnOfTree, ...]:
    """The turns `first` to `last` of these branches. Neighbours with the same rows in a turn share one cell."""
    marks = ", ".join("?" * len(lanes))
    query = (
        "SELECT s.user_turn_number, s.branch_id, s.message_id, m.message_data FROM message_structure s "
        "LEFT JOIN agent_messages m ON m.id = s.message_id "
        f"WHERE s.session_id = ? AND s.branch_id IN ({marks}) AND s.user_turn_number BETWEEN ? AND ? "
        "ORDER BY s.sequence_number"
    )
    turns: dict[int, dict[str, list[int]]] = {}
    items: dict[int, tuple[Kind, str]] = {}
    for number, branch, key, data in connection.execute(query, (session_id, *lanes, first, last)):
        turns.setdefault(number, {}).setdefault(as_text(branch), []).append(key)
        if key not in items:
            item = read(as_text(data))
            items[key] = item.kind, item.text
    return tuple(TurnOfTree(number, tuple(_cells(turns[number], lanes, items))) for number in sorted(turns))


def _cells(rows: dict[str, list[int]], lanes: Sequence[str], items: dict[int, tuple[Kind, str]]) -> list[Cell]:
    cells: list[Cell] = []
    for lane, name in enumerate(lanes):
        keys = rows.get(name, [])
        before = cells[-1] if cells else None
        if before and before.rows and keys == [row.key for row in before.rows] and before.lane + before.span == lane:
            cells[-1] = replace(before, span=before.span + 1)
        else:
            said = next((items[key][1] for key in keys if items[key][0] == "user"), "")
            cells.append(Cell(lane, 1, tuple(RowMark(key, items[key][0]) for key in keys), said[:TEXT_SHOWN]))
    return [_with_other_sharers(cell, rows, lanes) for cell in cells]


def _with_other_sharers(cell: Cell, rows: dict[str, list[int]], lanes: Sequence[str]) -> Cell:
    """Branches can share some rows of a turn, or have lanes apart. Then each row says which others have it."""
    own = lanes[cell.lane : cell.lane + cell.span]
    others = [name for name in lanes if name not in own]
    marked = (
        replace(row, also_in=tuple(name for name in others if row.key in rows.get(name, ()))) for row in cell.rows
    )
    return replace(cell, rows=tuple(marked))


def read_copied(connection: sqlite3.Connection, session_id: str, branch: str, turn: int) -> Copied | None:
    """What a branch from `turn` would include; None if that turn has no message of a user."""
    query = (
        "SELECT m.message_data FROM message_structure s JOIN agent_messages m ON m.id = s.message_id "
        "WHERE s.session_id = ? AND s.branch_id = ? AND s.branch_turn_number = ? AND s.message_type = 'user'"
    )
    said = connection.execute(query, (session_id, branch, turn)).fetchone()
    if said is None:
        return None
    query = (
        "SELECT message_id, branch_turn_number, message_type FROM message_structure "
        "WHERE session_id = ? AND branch_id = ? ORDER BY sequence_number"
    )
    rows = connection.execute(query, (session_id, branch)).fetchall()
    taken = [(key, kind) for key, number, kind in rows if number < turn]
    return Copied(
        branch,
        turn,
        tuple(key for key, _ in taken),
        sum(kind == "user" for _, kind in taken),
        tuple(key for key, number, _ in rows if number >= turn),
        read(as_text(said[0])).text[:TEXT_SHOWN],
    )


def read_used_names(connection: sqlite3.Connection, session_id: str) -> frozenset[str]:
    """The branch names that this session can never take again; clearing it or deleting branches frees no name."""
    query = "SELECT branch_id FROM branch_reservations WHERE session_id = ?"
    return frozenset(as_text(name) for (name,) in connection.execute(query, (session_id,)))


def in_ranges(numbers: Sequence[int]) -> str:
    """Row ids as "1–6, 9, 11–12"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [f"{first}–{last}" if first != last else str(first) for first, last in runs[:8]]
    return ", ".join(shown) + (f" and {len(runs) - 8} more runs" if len(runs) > 8 else "")
