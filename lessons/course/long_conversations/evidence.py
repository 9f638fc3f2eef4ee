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


def six_turns(session_id: str) -> list[str]:
    """What the code of talk_for_six_turns does in a session."""
    said = (
        "My name is Alice",
        "I work as a developer",
        "What city is the Golden Gate Bridge in?",
        "What state is it in?",
        "What's 2 + 2?",
        "What's the weather in Oslo?",
    )
    return [f"run in {session_id}: {message}" for message in said]
