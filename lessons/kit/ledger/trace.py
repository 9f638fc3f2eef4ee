"""Stored → returned → sent, with the cause of every difference.

Rows, returned items and sent items carry no common id, so they are matched by content, from the newest backwards. A service
that keeps a conversation gives items another form and ids of its own: where nothing is equal, what both sides carry decides.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lessons.kit.items import Item, describe, read
from lessons.kit.records import Mark, Trace, TraceLine

SHOWN_LINES = 60


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
    """What one get_items() returned, the newest items of it, with the limit that held.

    `stored_before` are the items that the same turn had stored before it read. `by_hand` says that no run read, but the code
    of the turn.
    """

    items: Sequence[Any]
    limit: int | None
    stored_before: Sequence[Any] = ()
    by_hand: bool = False


@dataclass(frozen=True)
class Request:
    """The newest items of one model request, its number in the turn, and whether its run had the session."""

    number: int
    items: Sequence[Any]
    in_session: bool = True


@dataclass(eq=False)
class _Line:
    """One line to be. `value` is the decoded item; what is not JSON has `text` instead."""

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
        return read(self.text) if self.value is _NOT_JSON else describe(self.value)

    @cached_property
    def bare(self) -> dict[str, Any] | None:
        return _bare(self.value) if isinstance(self.value, dict) else None


def trace(
    rows: Sequence[StoredRow],
    reads: Sequence[Read],
    requests: Sequence[Request],
    *,
    stored: Sequence[Any] = (),
    reply: str | None = None,
    failed: bool = False,
) -> Trace:
    """Line up the newest rows of a session with what it returned in one turn and what each model request was sent.

    `rows` are in stored order, removed ones included. `stored` are all items that the turn gave to the session, also those
    that are gone again. `reply` is what was said, stored or not; `failed` says that the turn did not come to its end.
    """
    lines = [_stored(row) for row in rows]
    for one in reads:
        _mark_returned(lines, one)
    for request in requests:
        _mark_sent(lines, request, stored)
    asked = any(request.in_session for request in requests)
    if reply and requests and not requests[-1].in_session:
        lines.append(_said(reply, NO_SESSION))
    elif reply and failed and not any(describe(item) == _said(reply).item for item in stored):
        lines.append(_said(reply, "said, but not stored: the run did not end"))
    shown = lines[-SHOWN_LINES:]
    for line in shown:
        line.why = line.why or _why(line, lines, reads, asked, failed)
    return Trace(
        tuple(TraceLine(line.item, line.key, line.mark, line.returned, line.sent, line.why) for line in shown),
        has_earlier=len(lines) > len(shown),
    )


NO_SESSION = "never stored: this run had no session"


def _said(reply: str, why: str = "") -> _Line:
    return _Line({"role": "assistant", "content": reply}, why=why)


def _stored(row: StoredRow) -> _Line:
    try:
        value = json.loads(row.data)
    except (ValueError, RecursionError):
        return _Line(_NOT_JSON, row.key, row.mark, why=row.why, unread=row.unread, text=row.data)
    return _Line(value, row.key, row.mark, why=row.why, unread=row.unread)


_NOT_JSON = object()


def _mark_returned(lines: list[_Line], read: Read) -> None:
    added = [line for line in lines if line.mark == "added"]
    early = [line for line, _ in _matches(added, read.stored_before)]
    there = [line for line in lines if line.mark != "added" or line in early]
    for line, _ in _likely_matches(there, read.items):
        line.returned = True
        line.in_hand = line.in_hand or read.by_hand


def _mark_sent(lines: list[_Line], request: Request, stored: Sequence[Any]) -> None:
    # Without the session only what was read from it by hand can come from a row; equal words do not.
    known = [line for line in lines if request.in_session or line.in_hand or line.key is None]
    matched = _likely_matches(known, request.items)
    for line, _ in matched:
        line.sent += (request.number,)
    taken = {index for _, index in matched}
    for index in range(len(request.items)):
        if index not in taken:
            _mark_unmatched(lines, request, index, stored)


def _mark_unmatched(lines: list[_Line], request: Request, index: int, stored: Sequence[Any]) -> None:
    """A sent item that is no row in its place: moved, changed or added by a callback, gone again, or never stored."""
    item, number = request.items[index], request.number
    if request.in_session:
        moved = next((line for line in lines if number not in line.sent and line.value == item), None)
        if moved is not None:
            moved.sent += (number,)
            moved.why = moved.why if moved.key is None else "sent in another place than it is stored"
            return
        changed = next((line for line in lines if number not in line.sent and _same_item(line.value, item)), None)
        if changed is not None:
            changed.sent, changed.why = (*changed.sent, number), "changed by a callback before it was sent"
            return
    why = NO_SESSION
    if request.in_session:
        why = "stored and removed again in this turn" if _holds(stored, item) else "added by a callback, not stored"
        if describe(item).kind == "compaction":
            why = "stored by a compaction of this turn, and replaced by the next"
    follower = request.items[index + 1 : index + 2]
    place = next((at for at, line in enumerate(lines) if line.value in follower), len(lines))
    lines.insert(place, _Line(item, sent=(number,), why=why))


def _likely_matches(lines: list[_Line], items: Sequence[Any]) -> list[tuple[_Line, int]]:
    """The pairs in rows that the session returns now, unless more are found with the others: it returned those then."""
    readable = [line for line in lines if not line.unread]
    found = [list(_matches(some, items)) for some in ((readable, lines) if len(readable) < len(lines) else (lines,))]
    return max(found, key=len)


def _holds(items: Sequence[Any], wanted: Any) -> bool:
    """Whether one of the items is equal to this one, or says the same in the form of a service."""
    if wanted in items:
        return True
    return isinstance(wanted, dict) and any(isinstance(one, dict) and _bare(one) == _bare(wanted) for one in items)


def _matches(lines: list[_Line], items: Sequence[Any]) -> Iterable[tuple[_Line, int]]:
    """Pairs of a line and the index of the item that is equal to it, newest first, each used once and in order.

    Where no line is equal, one that says the same in the form of a service.
    """
    at = len(lines) - 1
    for index in range(len(items) - 1, -1, -1):
        wanted = items[index]
        found = next((place for place in range(at, -1, -1) if lines[place].value == wanted), None)
        if found is None and isinstance(wanted, dict):
            bare = _bare(wanted)
            found = next((place for place in range(at, -1, -1) if lines[place].bare == bare), None)
        if found is not None:
            yield lines[found], index
            at = found - 1


def _bare(item: dict[str, Any]) -> dict[str, Any]:
    """The item without what a service adds: an id, a type, a status, and content as a list of parts."""
    bare = {name: value for name, value in item.items() if name not in _ADDED}
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


_ADDED = ("id", "status", "provider_data")


def _same_item(stored: Any, sent: Any) -> bool:
    if not (isinstance(stored, dict) and isinstance(sent, dict)) or stored.get("type") != sent.get("type"):
        return False
    return any(
        stored.get(name) not in (None, SHARED_ID) and stored.get(name) == sent.get(name) for name in ("id", "call_id")
    )


SHARED_ID = "__fake_id__"
"""The id that the SDK gives to every item of a Chat Completions model."""


def _why(line: _Line, lines: list[_Line], reads: Sequence[Read], asked: bool, failed: bool) -> str:
    if line.mark == "added":
        return _why_added(line, asked, failed)
    if not reads:
        return line.unread or "this run did not read the session"
    if not line.returned:
        return _why_not_returned(line, reads[-1])
    if line.sent or not asked:
        return ""
    return _why_not_sent(line, lines)


def _why_added(line: _Line, asked: bool, failed: bool) -> str:
    if line.returned:
        return "stored earlier in this turn"
    match line.item.kind:
        case "user" if line.sent:
            return "new input, stored before the model was asked"
        case "assistant" if asked:
            return "the reply, stored after the run"
        case "handoff":
            return "the handoff, stored in this run"
        case "tool call" | "tool output" if line.sent:
            return "stored in this run, sent in the next request"
        case "tool call" | "tool output" if asked:
            return "stored in this run, which then failed" if failed else "stored in this run"
        case _:
            return f"added in this turn; {line.unread}" if line.unread else "added in this turn"


def _why_not_returned(line: _Line, read: Read) -> str:
    if line.value is _NOT_JSON:
        return "not JSON: the session skips it"
    if line.unread:
        return line.unread
    if read.limit is not None:
        return f"over the limit of {read.limit}"
    return "not returned by the session"


def _why_not_sent(line: _Line, lines: list[_Line]) -> str:
    others = [other for other in lines if other is not line]
    if any(_same_item(line.value, other.value) and other.sent for other in others):
        return "left out: another item with the same id was sent"
    missing = _MISSING.get(str(line.value.get("type"))) if isinstance(line.value, dict) else None
    if missing is not None:
        type_, name = missing
        partners = [
            other
            for other in others
            if isinstance(other.value, dict)
            and other.value.get("type") == type_
            and other.value.get("call_id") == line.value.get("call_id")
        ]
        if not partners and name == "output":
            return "this row will never be sent: its output is missing"
        if not partners:
            return "not sent without its call, which is missing"
        if not any(other.returned for other in partners):
            return f"not sent without its {name}, which was not returned"
    return "dropped by a callback before the model was asked"


_MISSING = {"function_call": ("function_call_output", "output"), "function_call_output": ("function_call", "call")}
