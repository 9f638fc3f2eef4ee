"""What the steps of Encrypted sessions look at: stored rows, why some were not read, and what the code returned."""

import base64
import json
from collections.abc import Sequence
from typing import Any

from lessons.kit.ledger.ledger import LedgerLine
from lessons.kit.records import ChangedRow, TurnRecord


def stored(seen: TurnRecord) -> list[LedgerLine]:
    """The lines of the rows that were there after the turn."""
    return [line for line in seen.ledger.lines if line.row is not None and line.mark != "removed"]


def are_envelopes(rows: Sequence[ChangedRow]) -> bool:
    """Whether each of these added rows has its item in an encrypted payload, with no readable word about a name."""
    return all('"__enc__":' in text and '"payload":' in text and " name" not in text for text in stored_texts(rows))


def stored_texts(rows: Sequence[ChangedRow]) -> list[str]:
    """The stored text of each of these added rows."""
    return [(row.after or {})["message_data"] for row in rows]


def are_plain(seen: TurnRecord, words: str) -> bool:
    """Whether the turn added one row without encryption, and it has these words."""
    plain = [text for text in stored_texts(seen.added) if '"__enc__":' not in text]
    return len(plain) == 1 and words in plain[0]


def copied_from(seen: TurnRecord, session_id: str) -> bool:
    """Whether the turn's own session has the payloads of all rows of the other session, in the same order."""
    (source,) = [ledger for ledger in seen.other_ledgers if ledger.session_id == session_id]
    return [line.item.text for line in stored(seen)] == [line.item.text for line in source.lines if line.row]


def one_bit_differs(seen: TurnRecord) -> bool:
    """Whether the first row that was added and the first that was removed differ in one bit of their payloads."""
    before, after = (
        next(base64.urlsafe_b64decode(line.item.text) for line in seen.ledger.lines if line.mark == mark)
        for mark in ("removed", "added")
    )
    return (int.from_bytes(before, "big") ^ int.from_bytes(after, "big")).bit_count() == 1


def unread(seen: TurnRecord, cause: str) -> bool:
    """Whether a row is stored and was not returned and not sent, for this cause (a value of Cause)."""
    return any(line.cause == cause and not line.returned and not line.sent for line in stored(seen))


def result_says(seen: TurnRecord, *words: str) -> bool:
    return seen.result is not None and all(word in seen.result for word in words)


def found_without_a_key(seen: TurnRecord) -> list[dict[str, Any]]:
    """What the code read of each row without the key."""
    found: list[dict[str, Any]] = json.loads(seen.result or "[]")
    return found


def copied_and_popped(seen: TurnRecord) -> dict[str, Any]:
    """How many rows were copied, what the pop returned, and how many rows it left."""
    found: dict[str, Any] = json.loads(seen.result or "{}")
    return found


def what_pops_gave(seen: TurnRecord) -> list[list[Any]]:
    """For each pop of the step: what it returned, and how many rows it left."""
    return list(json.loads(seen.result or "{}").values())


def pops_of_mixed() -> list[str]:
    """What the code of pop_what_another_wrote does: three rows are added, each is popped, and the rows are counted."""
    added = ("add_items(1) inside mixed", "add_items(1) inside mixed", "add_items(1) of mixed")
    return [words for add in added for words in (add, "pop_item() of mixed", "get_items() inside mixed")]
