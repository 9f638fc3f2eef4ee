"""What the steps of Approvals look at: what is stored while a call waits, and after it was decided."""

from collections.abc import Sequence

from lessons.frame.evidence import without_thoughts
from lessons.kit.items import Item
from lessons.kit.records import TurnRecord


def _added(seen: TurnRecord, session_id: str | None) -> list[Item]:
    """The items that the turn added to a session, by default its own, in stored order."""
    wanted = session_id or seen.session_id
    ledgers = (ledger for ledger in (seen.ledger, *seen.other_ledgers) if ledger.session_id == wanted)
    return [line.item for ledger in ledgers for line in ledger.lines if line.mark == "added"]


def rows_of(seen: TurnRecord, session_id: str | None = None) -> list[str]:
    """The kinds of the rows that the turn added to a session, by default its own, in stored order, without reasoning items."""
    return without_thoughts(item.kind for item in _added(seen, session_id))


def outputs(seen: TurnRecord, session_id: str | None = None) -> list[str]:
    """The texts of the tool outputs that the turn has stored in a session, by default its own, in stored order."""
    return [item.text for item in _added(seen, session_id) if item.kind == "tool output"]


def answered(seen: TurnRecord, session_id: str | None = None, calls_in: str | None = None) -> list[int]:
    """The number of the call, from 1, that each stored output of a session belongs to; 0 if there is no such call.

    The calls are those of the same session, or of `calls_in`.
    """
    calls = [item.call_id for item in _added(seen, calls_in or session_id) if item.kind == "tool call"]
    ids = [item.call_id for item in _added(seen, session_id) if item.kind == "tool output"]
    return [calls.index(one) + 1 if one in calls else 0 for one in ids]


def stored_by_runs(seen: TurnRecord) -> list[int]:
    """How many rows each run of the turn has stored in the turn's own session, reasoning items not counted."""
    thoughts = {line.row for line in seen.ledger.lines if line.item.kind == "reasoning"}
    return [run.stored_count - len(thoughts.intersection(run.stored)) for run in seen.ledger.runs]


def says(seen: TurnRecord, *words: str) -> bool:
    """Whether the text that the code of the turn returned has all of these words."""
    return all(word in (seen.result or "") for word in words)


def booked(texts: Sequence[str]) -> bool:
    """Whether there are outputs, and each of them is that of a tool that ran."""
    return bool(texts) and all("Booked" in text for text in texts)


WAITING = ["user", "tool call"]
DECIDED = [*WAITING, "tool output", "assistant"]
