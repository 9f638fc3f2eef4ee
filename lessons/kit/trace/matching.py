"""Finds the row of each item that was returned or sent.

Rows, returned items and sent items carry no common id, so they are matched by content, from the newest backwards. A service
that keeps a conversation gives items another form and its own ids: where nothing is equal, what both sides carry decides.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from lessons.kit.items import describe
from lessons.kit.trace.causes import (
    ADDED_BY_CALLBACK,
    CHANGED,
    MOVED,
    NO_SESSION,
    REMOVED_AGAIN,
    REPLACED_AGAIN,
)
from lessons.kit.trace.lines import Line, Read, Request, bare_item, same_item


def mark_returned(lines: list[Line], read: Read) -> None:
    added = [line for line in lines if line.mark == "added"]
    early = [line for line, _ in _matches(added, read.stored_before)]
    there = [line for line in lines if line.mark != "added" or line in early]
    for line, _ in _likely_matches(there, read.items):
        line.returned = True
        line.in_hand = line.in_hand or read.by_hand


def mark_sent(lines: list[Line], request: Request, stored: Sequence[Any]) -> None:
    # Without the session only what was read from it by hand can come from a row; equal words do not.
    known = [line for line in lines if request.in_session or line.in_hand or line.key is None]
    matched = _likely_matches(known, request.items)
    for line, _ in matched:
        line.sent += (request.number,)
    taken = {index for _, index in matched}
    for index in range(len(request.items)):
        if index not in taken:
            _mark_unmatched(lines, request, index, stored)


def _mark_unmatched(lines: list[Line], request: Request, index: int, stored: Sequence[Any]) -> None:
    """Add the line of a sent item that has no row in its place: it was moved, changed, added by a callback, or never stored."""
    item, number = request.items[index], request.number
    if request.in_session:
        moved = next((line for line in lines if number not in line.sent and line.value == item), None)
        if moved is not None:
            moved.sent += (number,)
            moved.why = moved.why if moved.key is None else MOVED
            return
        changed = next((line for line in lines if number not in line.sent and same_item(line.value, item)), None)
        if changed is not None:
            changed.sent, changed.why = (*changed.sent, number), CHANGED
            return
    why = NO_SESSION
    if request.in_session:
        why = REMOVED_AGAIN if _holds(stored, item) else ADDED_BY_CALLBACK
        if describe(item).kind == "compaction":
            why = REPLACED_AGAIN
    follower = request.items[index + 1 : index + 2]
    position = next((at for at, line in enumerate(lines) if line.value in follower), len(lines))
    lines.insert(position, Line(item, sent=(number,), why=why))


def _likely_matches(lines: list[Line], items: Sequence[Any]) -> list[tuple[Line, int]]:
    """The pairs in rows that the session returns now, unless more are found with the others: it returned those then."""
    readable = [line for line in lines if not line.unread]
    found = [list(_matches(some, items)) for some in ((readable, lines) if len(readable) < len(lines) else (lines,))]
    return max(found, key=len)


def _holds(items: Sequence[Any], wanted: Any) -> bool:
    """Whether one of the items is equal to this one, or says the same in the form of a service."""
    if wanted in items:
        return True
    return isinstance(wanted, dict) and any(
        isinstance(one, dict) and bare_item(one) == bare_item(wanted) for one in items
    )


def _matches(lines: list[Line], items: Sequence[Any]) -> Iterable[tuple[Line, int]]:
    """Pairs of a line and the index of the item that is equal to it, newest first, each used once and in order.

    Where no line is equal, one that says the same in the form of a service.
    """
    at = len(lines) - 1
    for index in range(len(items) - 1, -1, -1):
        wanted = items[index]
        found = next((one for one in range(at, -1, -1) if lines[one].value == wanted), None)
        if found is None and isinstance(wanted, dict):
            bare = bare_item(wanted)
            found = next((one for one in range(at, -1, -1) if lines[one].bare == bare), None)
        if found is not None:
            yield lines[found], index
            at = found - 1
