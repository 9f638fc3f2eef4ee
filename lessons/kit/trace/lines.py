"""The lines of a trace while it is made, and when two items count as the same."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lessons.kit.items import Item, describe, read
from lessons.kit.ledger.ledger import Mark

NOT_JSON = object()
"""Stands for the value of a row that is not JSON."""

SHARED_ID = "__fake_id__"
"""The id that the SDK gives to every item of a Chat Completions model."""

ADDED_BY_A_SERVICE = ("id", "status", "provider_data")


@dataclass(frozen=True)
class StoredRow:
    """One row of the turn's session, whether the turn added or removed it, and why, if that is known.

    `unread` says why the session does not return it, limit or not: what has expired, or lies on another branch.
    """

    key: int
    data: str
    mark: Mark
    why: str = ""
    unread: str = ""


@dataclass(frozen=True)
class Read:
    """What one get_items() returned, the newest items of it, with the limit that applied.

    `stored_before` are the items that the same turn had stored before it read. `by_hand` says that no run read, but the code
    of the turn.
    """

    items: Sequence[Any]
    limit: int | None
    stored_before: Sequence[Any] = ()
    by_hand: bool = False


@dataclass(frozen=True)
class Request:
    """The newest items of one model request, its number in the turn, and whether its run had the session.

    `answered` are the items of the answer, and `ended_early` says why it is not whole, '' if it is.
    """

    number: int
    items: Sequence[Any]
    in_session: bool = True
    answered: tuple[Item, ...] = ()
    ended_early: str = ""


@dataclass(eq=False)
class Line:
    """One line of a trace that is being made. `value` is the decoded item; what is not JSON has `text` instead."""

    value: Any
    key: int | None = None
    mark: Mark = ""
    returned: bool = False
    in_hand: bool = False
    sent: tuple[int, ...] = ()
    why: str = ""
    unread: str = ""
    text: str = ""

    @cached_property
    def item(self) -> Item:
        # Only the lines that are shown are described.
        return read(self.text) if self.value is NOT_JSON else describe(self.value)

    @cached_property
    def bare(self) -> dict[str, Any] | None:
        return bare_item(self.value) if isinstance(self.value, dict) else None


def line_of_row(row: StoredRow) -> Line:
    """The line of a stored row, decoded."""
    try:
        value = json.loads(row.data)
    except (ValueError, RecursionError):
        return Line(NOT_JSON, row.key, row.mark, why=row.why, unread=row.unread, text=row.data)
    return Line(value, row.key, row.mark, why=row.why, unread=row.unread)


def line_of_reply(reply: str, why: str) -> Line:
    """The line of a reply that no row holds."""
    return Line({"role": "assistant", "content": reply}, why=why)


def bare_item(item: dict[str, Any]) -> dict[str, Any]:
    """The item without what a service adds: an id, a type, a status, and content as a list of parts."""
    bare = {name: value for name, value in item.items() if name not in ADDED_BY_A_SERVICE}
    if bare.get("type") == "message":
        del bare["type"]
    if isinstance(bare.get("content"), list):
        bare["content"] = [_bare_part(part) for part in bare["content"]]
    elif isinstance(bare.get("content"), str):
        bare["content"] = [bare["content"]]
    return bare


def _bare_part(part: Any) -> Any:
    text = isinstance(part, dict) and part.get("type") in ("input_text", "output_text", "text")
    return part.get("text") if text else part


def same_item(stored: Any, sent: Any) -> bool:
    if not (isinstance(stored, dict) and isinstance(sent, dict)) or stored.get("type") != sent.get("type"):
        return False
    return any(
        stored.get(name) not in (None, SHARED_ID) and stored.get(name) == sent.get(name) for name in ("id", "call_id")
    )
