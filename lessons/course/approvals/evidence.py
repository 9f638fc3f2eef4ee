"""What the steps of Approvals look at: what is stored while a call waits, and after it was decided."""

from collections.abc import Sequence

from lessons.kit.records import TurnRecord


def rows_of(seen: TurnRecord, session_id: str | None = None) -> list[str]:
    """The kinds of the rows that the turn added to a session, by default its own, in stored order."""
    ledgers = (seen.ledger, *seen.other_ledgers)
    wanted = session_id or seen.session_id
    return [
        line.item.kind
        for ledger in ledgers
        if ledger.session_id == wanted
        for line in ledger.lines
        if line.mark == "added"
    ]


def outputs(seen: TurnRecord, session_id: str | None = None) -> list[str]:
    """The texts of the tool outputs that the turn has stored in a session, by default its own, in stored order."""
    wanted = session_id or seen.session_id
    ledgers = (ledger for ledger in (seen.ledger, *seen.other_ledgers) if ledger.session_id == wanted)
    lines = (line for ledger in ledgers for line in ledger.lines if line.mark == "added")
    return [line.item.text for line in lines if line.item.kind == "tool output"]


def says(seen: TurnRecord, *words: str) -> bool:
    """What the code of the turn returned has these words."""
    return all(word in (seen.result or "") for word in words)


def booked(texts: Sequence[str]) -> bool:
    """Every one of these outputs is that of a tool that ran."""
    return bool(texts) and all("Booked" in text for text in texts)


WAITING = ["user", "tool call"]
DECIDED = [*WAITING, "tool output", "assistant"]
