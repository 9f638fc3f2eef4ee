"""What the steps of Multiple sessions look at: the sessions that a turn changed, and what each agent was sent."""

from lessons.kit.records import ModelRequest, TurnRecord


def touched(seen: TurnRecord) -> set[str]:
    """The ids of the sessions that the turn stored rows in."""
    return {table.session_id for table in seen.changes if table.added}


def sent_no_answer(request: ModelRequest) -> bool:
    return all(item.kind != "assistant" for item in request.items)


def agents(seen: TurnRecord) -> list[str]:
    return [request.agent for request in seen.requests]


def added(seen: TurnRecord) -> list[str]:
    """The kinds of the rows that the turn added to its own session, in stored order."""
    return [line.item.kind for line in seen.ledger.lines if line.mark == "added"]
