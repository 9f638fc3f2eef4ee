"""What the steps of What real models store look at: the items in the rows that a turn added."""

import json
from typing import Any

from lessons.kit.records import TurnRecord


def added(seen: TurnRecord) -> list[str]:
    """The kinds of the rows that the turn added, in stored order."""
    return [line.item.kind for line in seen.ledger.lines if line.mark == "added"]


def removed(seen: TurnRecord) -> list[str]:
    """The kinds of the rows that the turn removed, in stored order."""
    return [line.item.kind for line in seen.ledger.lines if line.mark == "removed"]


def data_of(seen: TurnRecord) -> str:
    """The stored text of all rows that the turn added."""
    return " ".join((row.after or {})["message_data"] for row in seen.added)


def stored_word_for_word(seen: TurnRecord, *texts: str) -> bool:
    """Whether the rows that the turn added have all of these texts in them."""
    return all(text in data_of(seen) for text in texts)


def ids_of(seen: TurnRecord, kind: str) -> list[Any]:
    """The ids of the added items of a type or role, None for an item without one."""
    items = [json.loads((row.after or {})["message_data"]) for row in seen.added]
    return [item.get("id") for item in items if kind in (item.get("type"), item.get("role"))]


def sent_data(seen: TurnRecord, text: str) -> bool:
    """Whether the last request has the text in an item that is not a message of the user."""
    return any(text in item.text for item in seen.sent if item.kind != "user")


def sent_raw(seen: TurnRecord, text: str) -> bool:
    """Whether any item of the last request has the text in its JSON."""
    return any(text in item for item in seen.requests[-1].raw)


def parts_of(seen: TurnRecord) -> list[str]:
    """The types of the parts of the first added message, in stored order."""
    item = json.loads((seen.added[0].after or {})["message_data"])
    return [part["type"] for part in item["content"]]
