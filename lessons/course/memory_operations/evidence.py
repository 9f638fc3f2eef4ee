"""What the steps of Memory operations look at: the rows that a turn added, removed, returned and sent."""

import json

from lessons.kit.items import describe
from lessons.kit.records import TurnRecord


def kinds(seen: TurnRecord, mark: str) -> list[str]:
    """The kinds of the rows that the turn added or removed, in stored order."""
    return [line.item.kind for line in seen.ledger.lines if line.mark == mark]


def stored(seen: TurnRecord) -> list[str]:
    """The kinds of the rows that were there after the turn."""
    return [line.item.kind for line in seen.ledger.lines if line.row is not None and line.mark != "removed"]


def texts(seen: TurnRecord) -> str:
    return " ".join(line.item.text for line in seen.ledger.lines if line.row is not None and line.mark != "removed")


def stored_pair(seen: TurnRecord) -> bool:
    return kinds(seen, "added") == ["user", "assistant"]


def sessions_rows_gone(seen: TurnRecord) -> bool:
    """Where the store has a table of sessions, the row of this one was removed, and not only changed."""
    return all(table.removed for table in seen.changes if table.table.endswith("sessions"))


def never_sent(seen: TurnRecord) -> list[str]:
    """The kinds of the rows that the session returned and the model was not sent."""
    return [line.item.kind for line in seen.ledger.lines if line.returned and not line.sent]


def returned_kinds(seen: TurnRecord) -> list[str]:
    """The kinds of the items that the code of the step returned."""
    return [describe(item).kind for item in json.loads(seen.result or "[]")]


def changed_sessions(seen: TurnRecord) -> set[str]:
    """The ids of the sessions of which any table has changed."""
    return {table.session_id for table in seen.changes}


TOOL_TURN = ["user", "tool call", "tool output", "assistant"]
