"""What the steps of Analytics look at: rows of the tables, and what the code returned."""

import json
from typing import Any

from lessons.kit.records import TurnRecord


def rows(seen: TurnRecord, table: str, mark: str = "added") -> list[dict[str, str]]:
    """The rows of a table that the turn added or removed, over all sessions, as columns to values."""
    changes = [row for found in seen.changes if found.table == table for row in getattr(found, mark)]
    return [row.after or row.before or {} for row in changes]


def values(seen: TurnRecord, table: str, column: str, mark: str = "added") -> set[str]:
    return {row[column] for row in rows(seen, table, mark)}


def returned(seen: TurnRecord) -> Any:
    """What the code of the step returned."""
    return json.loads(seen.result or "null")


def branches(listed: list[dict[str, Any]]) -> set[str]:
    return {branch["branch_id"] for branch in listed}


def current(listed: list[dict[str, Any]]) -> list[str]:
    return [branch["branch_id"] for branch in listed if branch["is_current"]]


def costs_more_each_turn(usage: list[dict[str, Any]]) -> bool:
    tokens = [turn["input_tokens"] for turn in usage]
    return len(tokens) == 3 and tokens == sorted(set(tokens))
