"""What the steps of Multiple sessions look at: the sessions that a turn changed, and what each agent was sent."""

from lessons.frame.evidence import reads, sent_all_that_was_read
from lessons.kit.records import ModelRequest, TurnRecord


def touched(seen: TurnRecord) -> set[str]:
    """The ids of the sessions that the turn stored rows in."""
    return {table.session_id for table in seen.changes if table.added}


def pairs(count: int) -> list[str]:
    """The kinds of the rows of so many turns without a tool."""
    return ["user", "assistant"] * count


def sent_no_answer(request: ModelRequest) -> bool:
    return all(item.kind != "assistant" for item in request.items)


def agents(seen: TurnRecord) -> list[str]:
    return [request.agent for request in seen.requests]


def first_and_then_more(seen: TurnRecord) -> bool:
    """The first run found nothing, and each that followed was sent all earlier rows: more than the one before it."""
    found = reads(seen)
    return found[0] == 0 and sent_all_that_was_read(seen) and found == sorted({one or 0 for one in found})


def called_in(seen: TurnRecord, kind: str) -> list[str]:
    """The texts of the rows of a kind that the turn added to its own session."""
    return [line.item.text for line in seen.ledger.lines if line.mark == "added" and line.item.kind == kind]


def added(seen: TurnRecord) -> list[str]:
    """The kinds of the rows that the turn added to its own session, in stored order."""
    return [line.item.kind for line in seen.ledger.lines if line.mark == "added"]
