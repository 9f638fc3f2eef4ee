"""Stored → returned → sent, with the cause of every difference.

Rows, returned items and sent items carry no common id, so they are matched by content, from the newest backwards.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lessons.kit.items import TEXT_LIMIT, Item, describe, fingerprint, read
from lessons.kit.records import Mark, Trace, TraceLine

SHOWN_LINES = 60


@dataclass(frozen=True)
class StoredRow:
    """One row of the turn's session, whether the turn added or removed it, and why, if that is known."""

    key: int
    data: str
    mark: Mark
    why: str = ""


@dataclass(frozen=True)
class Returned:
    """What get_items() gave the run: the newest items of `count`, and the limit that it was called with."""

    items: Sequence[Any]
    count: int
    limit: int | None


@dataclass
class _Line:
    item: Item
    value: Any
    key: int | None = None
    mark: Mark = ""
    returned: bool = False
    sent: tuple[int, ...] = ()
    why: str = ""


def trace(
    rows: Sequence[StoredRow],
    returned: Returned | None,
    requests: Sequence[Sequence[Any]],
    *,
    reply: str | None = None,
    failed: bool = False,
) -> Trace:
    """Line up the newest rows of a session with what one run was returned and what each request was sent.

    `rows` are in stored order, removed ones included. `requests` are the items of each model request. `reply` is what was
    said, stored or not; `failed` says that the run did not come to its end.
    """
    lines = [_stored(row) for row in rows]
    history = [line for line in lines if line.mark != "added"]
    if returned is not None:
        _mark_returned(history, returned.items)
    for number, items in enumerate(requests, start=1):
        _mark_sent(lines, items, number)
    for line in lines:
        line.why = _why(line, lines, returned, bool(requests), failed)
    if reply and not any(line.mark == "added" and line.item.kind == "assistant" for line in lines):
        why = "never stored: this run had no session" if returned is None else "said, but not stored: the run did not end"
        lines.append(_Line(Item("assistant", reply[:TEXT_LIMIT], len(reply)), _NOT_JSON, why=why))
    shown = lines[-SHOWN_LINES:]
    return Trace(
        tuple(TraceLine(line.item, line.key, line.mark, line.returned, line.sent, line.why) for line in shown),
        has_earlier=len(lines) > len(shown),
    )


def _stored(row: StoredRow) -> _Line:
    try:
        value = json.loads(row.data)
    except (ValueError, RecursionError):
        value = _NOT_JSON
    return _Line(read(row.data), value, row.key, row.mark, why=row.why)


_NOT_JSON = object()


def _mark_returned(history: list[_Line], items: Sequence[Any]) -> None:
    for line, _ in _matches(history, items):
        line.returned = True


def _mark_sent(lines: list[_Line], items: Sequence[Any], number: int) -> None:
    matched = list(_matches(lines, items))
    for line, _ in matched:
        line.sent += (number,)
    taken = {index for _, index in matched}
    for index, item in enumerate(items):
        if index not in taken:
            _add_unstored(lines, items, index, item, number)


def _add_unstored(lines: list[_Line], items: Sequence[Any], index: int, item: Any, number: int) -> None:
    """A sent item that is no row: changed by a callback, added by one, or the input of a run without a session."""
    changed = next((line for line in lines if not line.sent and _same_item(line.value, item)), None)
    if changed is not None:
        changed.sent, changed.why = (number,), "changed by a callback before it was sent"
        return
    known = next((line for line in lines if line.key is None and fingerprint(line.value) == fingerprint(item)), None)
    if known is not None:
        known.sent += (number,)
        return
    followers = (fingerprint(later) for later in items[index + 1 :])
    follower = next(followers, None)
    place = next((at for at, line in enumerate(lines) if fingerprint(line.value) == follower), len(lines))
    lines.insert(place, _Line(describe(item), item, sent=(number,)))


def _matches(lines: list[_Line], items: Sequence[Any]) -> Iterable[tuple[_Line, int]]:
    """Pairs of a line and the index of the item that is equal to it, newest first, each used once and in order."""
    at = len(lines) - 1
    prints = [fingerprint(line.value) if line.value is not _NOT_JSON else None for line in lines]
    for index in range(len(items) - 1, -1, -1):
        wanted = fingerprint(items[index])
        found = next((place for place in range(at, -1, -1) if prints[place] == wanted), None)
        if found is not None:
            yield lines[found], index
            at = found - 1


def _same_item(stored: Any, sent: Any) -> bool:
    if not (isinstance(stored, dict) and isinstance(sent, dict)):
        return False
    return any(
        stored.get(name) is not None and stored.get(name) == sent.get(name) and stored.get("type") == sent.get("type")
        for name in ("id", "call_id")
    )


def _why(line: _Line, lines: list[_Line], returned: Returned | None, asked: bool, failed: bool) -> str:
    if line.why:
        return line.why
    if line.mark == "removed":
        return "removed in this turn"
    if line.key is None:
        return "never stored: this run had no session" if returned is None else "added by a callback, not stored"
    if line.mark == "added":
        return _why_added(line, failed)
    if returned is None:
        return "this run did not read the session"
    if not line.returned:
        return _why_not_returned(line, returned)
    if line.sent or not asked:
        return ""
    return _why_not_sent(line, lines)


def _why_added(line: _Line, failed: bool) -> str:
    match line.item.kind:
        case "user":
            return "new input, stored before the model was asked"
        case "assistant":
            return "the reply, stored after the run"
        case "handoff":
            return "the handoff, stored in this run"
        case "tool call" | "tool output" if not line.sent and failed:
            return "stored in this run, which then failed"
        case "tool call" | "tool output":
            return "stored in this run, sent in the next request" if line.sent else "stored in this run"
        case _:
            return "added in this turn"


def _why_not_returned(line: _Line, returned: Returned) -> str:
    if line.value is _NOT_JSON:
        return "not JSON: the session skips it"
    if returned.limit is not None:
        return f"over the limit of {returned.limit}"
    return "not returned by the session"


def _why_not_sent(line: _Line, lines: list[_Line]) -> str:
    partner = {"function_call": "function_call_output", "function_call_output": "function_call"}
    type_ = line.value.get("type") if isinstance(line.value, dict) else None
    if type_ in partner:
        partners = [
            other
            for other in lines
            if isinstance(other.value, dict)
            and other.value.get("type") == partner[type_]
            and other.value.get("call_id") == line.value.get("call_id")
            and other.returned
        ]
        if not partners:
            missing = "output" if type_ == "function_call" else "call"
            return f"this row will never be sent: its {missing} is missing"
    return "dropped by a callback before the model was asked"
