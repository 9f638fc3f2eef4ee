"""What the steps of Long conversations look at: how much each request was sent, and what was left out."""

from lessons.kit.records import TurnRecord


def kinds(seen: TurnRecord, mark: str) -> list[str]:
    """The kinds of the rows that the turn added or removed, in stored order."""
    return [line.item.kind for line in seen.ledger.lines if line.mark == mark]


def counts(seen: TurnRecord) -> list[int]:
    """How many items each request of the turn was sent."""
    return [request.count for request in seen.requests]


def never_sent(seen: TurnRecord) -> list[str]:
    return [line.item.kind for line in seen.ledger.lines if line.returned and not line.sent]


def knew_the_name(seen: TurnRecord) -> bool:
    return any("Alice" in item.text for item in seen.sent)
