"""What the steps of Life cycle look at: the rows of each session, and the numbers that the code has counted."""

import json
from typing import Any

from lessons.kit.ledger.cause import Cause
from lessons.kit.records import TurnRecord


def counted(seen: TurnRecord) -> dict[str, Any]:
    """What the code of the turn returned, by name."""
    found = json.loads(seen.result or "null")
    return found if isinstance(found, dict) else {}


def texts(seen: TurnRecord, session_id: str, mark: str = "added") -> list[str]:
    """The texts of the rows that the turn added to a session, or removed from it, in stored order."""
    return [
        line.item.text
        for ledger in (seen.ledger, *seen.other_ledgers)
        if ledger.session_id == session_id
        for line in ledger.lines
        if line.mark == mark
    ]


def causes(seen: TurnRecord, session_id: str) -> list[Cause | None]:
    """Why each row of a session was returned or not, in stored order."""
    ledgers = (ledger for ledger in (seen.ledger, *seen.other_ledgers) if ledger.session_id == session_id)
    return [line.cause for ledger in ledgers for line in ledger.lines]


def branches(seen: TurnRecord) -> list[str]:
    """The branch of each row that the turn added to message_structure."""
    tables = (table for table in seen.changes if table.table == "message_structure")
    return [(row.after or {})["branch_id"] for table in tables for row in table.added]


def in_its_own_rows(seen: TurnRecord, session_id: str, other: str) -> bool:
    """Whether two sessions have no row id in common, or the ids are only places: 1, 2, 3, as in a store without a table."""
    ids, others = (
        [row.key for table in seen.item_changes if table.session_id == one for row in table.added]
        for one in (session_id, other)
    )
    return not set(ids) & set(others) or ids == [*range(1, len(ids) + 1)]


def same_rows(seen: TurnRecord, session_id: str, other: str) -> bool:
    """Whether the rows that the turn added to two sessions store the same texts, byte for byte."""
    stored = [
        [
            (row.after or {})["message_data"]
            for table in seen.item_changes
            if table.session_id == one
            for row in table.added
        ]
        for one in (session_id, other)
    ]
    return bool(stored[0]) and stored[0] == stored[1]


def has_a_session_row(seen: TurnRecord, session_id: str) -> bool:
    """Whether the turn added a row to the table of sessions for this one, and left it there."""
    tables = [table for table in seen.changes if table.table.endswith("sessions")]
    return any(table.session_id == session_id and table.added for table in tables)


SAID = ["My number is 555-0142", "Noted."]
