"""What the steps of When a run fails look at: the rows that a failed run left, and what was sent after it."""

from lessons.kit.records import TurnRecord


def added(seen: TurnRecord) -> list[str]:
    """The kinds of the rows that the turn added, in stored order."""
    return [line.item.kind for line in seen.ledger.lines if line.mark == "added"]


def texts(seen: TurnRecord, kind: str) -> list[str]:
    """The texts of the rows of this kind that the turn added, in stored order."""
    return [line.item.text for line in seen.ledger.lines if line.mark == "added" and line.item.kind == kind]


def failed_with(seen: TurnRecord, *errors: str) -> bool:
    """Whether the code of the turn caught one of these errors: its result names it."""
    return any(error in (seen.result or "") for error in errors)


def asked_once(seen: TurnRecord) -> bool:
    """Whether the turn added one question as its first row, and an answer as its last."""
    kinds = added(seen)
    return kinds.count("user") == 1 and kinds[0] == "user" and kinds[-1] == "assistant"


TOOL_ROUND = ["user", "tool call", "tool output"]
