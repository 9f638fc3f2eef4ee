"""What the steps of SQL databases look at: the tables, the sessions and the columns that a turn wrote."""

from lessons.kit.records import TurnRecord


def tables_added_to(seen: TurnRecord) -> set[tuple[str, str]]:
    """The tables that the turn added rows to, each with the session of these rows."""
    return {(table.table, table.session_id) for table in seen.changes if table.added}


def sessions_added_to(seen: TurnRecord) -> int:
    return len({table.session_id for table in seen.changes if table.table == "agent_messages" and table.added})


def stored_as(seen: TurnRecord) -> list[str]:
    return [(row.after or {})["message_data"] for row in seen.added]


def batch_times(seen: TurnRecord) -> list[str]:
    return [(row.after or {})["created_at"] for row in seen.added]


def all_at_once(seen: TurnRecord) -> bool:
    """Whether every run began before any of them had ended."""
    runs = seen.ledger.runs
    return max(run.began for run in runs) < min(run.ended or 0 for run in runs)


def rows_follow_on(seen: TurnRecord) -> bool:
    """Whether the rows that the runs stored have the keys 1, 2, 3 and so on: they share one database."""
    keys = [ref.key for run in seen.ledger.runs for ref in run.stored]
    return keys == list(range(1, len(keys) + 1))


def returned_two_stored_rows(seen: TurnRecord) -> bool:
    """Whether the session returned two items, and both are rows that were stored before the turn."""
    found = [line for line in seen.ledger.lines if line.returned]
    return len(found) == len(seen.returned) == 2 and all(line.row is not None and not line.mark for line in found)
