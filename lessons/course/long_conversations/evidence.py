"""What the steps of Long conversations look at: how much each request sent, and what was left out."""

from lessons.kit.ledger.ledger import LedgerLine
from lessons.kit.records import TurnRecord


def kinds(seen: TurnRecord, mark: str) -> list[str]:
    """The kinds of the rows that the turn added or removed, in stored order."""
    return [line.item.kind for line in seen.ledger.lines if line.mark == mark]


def counts(seen: TurnRecord) -> list[int]:
    """How many items each request of the turn sent."""
    return [request.count for request in seen.requests]


def never_sent(seen: TurnRecord) -> list[str]:
    return [line.item.kind for line in seen.ledger.lines if line.returned and not line.sent]


def each_sent_all_before(seen: TurnRecord) -> bool:
    """Every run read all rows of the runs before it, and sent them with its question."""
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
    """Of the rows from before the turn, the newest `count` were returned. No other was returned or sent."""
    before = stored_before(seen)
    return all(line.returned for line in before[-count:]) and not any(
        line.returned or line.sent for line in before[:-count]
    )


def newest_turns_sent(seen: TurnRecord, count: int) -> bool:
    """The last request begins with the newest `count` turns of those that were returned, whole, and then has the question."""
    starts = [at for at, item in enumerate(seen.returned) if item.kind == "user"]
    if len(starts) < count:
        return False
    turns = seen.returned[starts[-count] :]
    return seen.sent[: len(turns)] == turns != seen.returned and seen.sent_kinds[len(turns) :][:1] == ["user"]


def summaries(seen: TurnRecord) -> list[str]:
    """What the model replied in runs without a session. No row has these replies."""
    return [line.item.text for line in seen.ledger.lines if line.row is None and line.item.kind == "assistant"]


def sent_but_not_stored(seen: TurnRecord) -> bool:
    """The model's summary was sent before the question, and the turn has stored only the question and its reply."""
    added = kinds(seen, "added")
    return seen.sent[0].text in summaries(seen) and "system" not in added and added.count("user") == 1


def summary_and_newest_turn(seen: TurnRecord) -> bool:
    """All rows from before are gone. The first added rows are the model's summary and the newest turn from before."""
    texts = {
        mark: [line.item.text for line in seen.ledger.lines if line.mark == mark and line.row is not None]
        for mark in ("removed", "added")
    }
    kept = len(seen.returned) - 1
    return (
        all(line.mark == "removed" for line in stored_before(seen))
        and kinds(seen, "added")[:2] == ["system", "user"]
        and kinds(seen, "added")[1 : 1 + kept].count("user") == 1
        and texts["added"][0] in summaries(seen)
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
    """The session returned all messages of the six turns, word for word, and one item K. Only these stand before K."""
    messages = [item.text for item in seen.returned if item.kind == "user"]
    before = seen.returned_kinds[: seen.returned_kinds.index("compaction")] if was_compacted(seen) else ["none"]
    return messages == list(SAID) and seen.returned_kinds.count("compaction") == 1 and set(before) == {"user"}


def was_compacted(seen: TurnRecord) -> bool:
    return "compaction" in seen.returned_kinds
