"""What the steps of Long conversations look at: how much each request was sent, and what was left out."""

from lessons.kit.ledger.ledger import LedgerLine
from lessons.kit.records import TurnRecord


def kinds(seen: TurnRecord, mark: str) -> list[str]:
    """The kinds of the rows that the turn added or removed, in stored order."""
    return [line.item.kind for line in seen.ledger.lines if line.mark == mark]


def counts(seen: TurnRecord) -> list[int]:
    """How many items each request of the turn was sent."""
    return [request.count for request in seen.requests]


def never_sent(seen: TurnRecord) -> list[str]:
    return [line.item.kind for line in seen.ledger.lines if line.returned and not line.sent]


def each_sent_all_before(seen: TurnRecord) -> bool:
    """Every run was returned all rows of the runs before it, and sent them with its question."""
    stored = 0
    for run in seen.ledger.runs:
        if run.read != stored or run.sent[:1] != (stored + 1,):
            return False
        stored += run.stored_count
    return True


def stored_before(seen: TurnRecord) -> list[LedgerLine]:
    """The lines of the rows that were stored before the turn, in stored order."""
    return [line for line in seen.ledger.lines if line.row is not None and line.mark != "added"]


def newest_alone(seen: TurnRecord, count: int) -> bool:
    """Of the rows from before the turn the newest were returned, this many, and no other was returned or sent."""
    before = stored_before(seen)
    return all(line.returned for line in before[-count:]) and not any(
        line.returned or line.sent for line in before[:-count]
    )


def summary_and_newest_turn(seen: TurnRecord) -> bool:
    """All rows from before are gone, and the first that were added are a system row and what those before ended with."""
    texts = {
        mark: [line.item.text for line in seen.ledger.lines if line.mark == mark and line.row is not None]
        for mark in ("removed", "added")
    }
    kept = len(seen.returned) - 1
    return (
        all(line.mark == "removed" for line in stored_before(seen))
        and kinds(seen, "added")[:2] == ["system", "user"]
        and texts["added"][1 : 1 + kept] == texts["removed"][-kept:]
    )


def knew_the_name(seen: TurnRecord) -> bool:
    return any("Alice" in item.text for item in seen.sent)


SAID = (
    "My name is Alice",
    "I work as a developer",
    "What city is the Golden Gate Bridge in?",
    "What state is it in?",
    "What's 2 + 2?",
    "What's the weather in Oslo?",
)


def six_turns(session_id: str) -> list[str]:
    """What the code of talk_for_six_turns does in a session."""
    return [f"run in {session_id}: {message}" for message in SAID]


def one_item_for_all_others(seen: TurnRecord) -> bool:
    """What was returned: every message of the six turns, word for word, and before the one item K nothing else."""
    messages = [item.text for item in seen.returned if item.kind == "user"]
    before = seen.returned_kinds[: seen.returned_kinds.index("compaction")] if was_compacted(seen) else ["none"]
    return messages == list(SAID) and seen.returned_kinds.count("compaction") == 1 and set(before) == {"user"}


def was_compacted(seen: TurnRecord) -> bool:
    return "compaction" in seen.returned_kinds
