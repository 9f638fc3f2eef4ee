"""Stored → returned → sent, with the cause of every difference."""

from collections.abc import Callable, Sequence
from typing import Any

from lessons.kit.items import describe
from lessons.kit.records import Trace, TraceLine
from lessons.kit.row_ref import RowRef
from lessons.kit.trace.causes import ENDED_EARLY, NO_SESSION, REPLY_NOT_STORED, why
from lessons.kit.trace.lines import Line, Read, Request, StoredRow, line_of_reply, line_of_row
from lessons.kit.trace.matching import mark_returned, mark_sent

SHOWN_LINES = 60


def trace(
    rows: Sequence[StoredRow],
    reads: Sequence[Read],
    requests: Sequence[Request],
    *,
    stored: Sequence[Any] = (),
    reply: str | None = None,
    failed: bool = False,
    ref: Callable[[int], RowRef],
) -> Trace:
    """Line up the newest rows of a session with what it returned in one turn and what each model request was sent.

    `rows` are in stored order, removed ones included. `stored` are all items that the turn gave to the session, also those
    that are gone again. `reply` is what was said, stored or not; `failed` says that the turn did not come to its end.
    `ref` names a row of the session by its key.
    """
    lines = [line_of_row(row) for row in rows]
    for one in reads:
        mark_returned(lines, one)
    for request in requests:
        mark_sent(lines, request, stored)
    asked = any(request.in_session for request in requests)
    if reply and requests and not requests[-1].in_session:
        lines.append(line_of_reply(reply, NO_SESSION))
    elif reply and failed and not any(describe(item) == line_of_reply(reply, "").item for item in stored):
        lines.append(line_of_reply(reply, REPLY_NOT_STORED))
    shown = lines[-SHOWN_LINES:]
    for line in shown:
        line.why = line.why or why(line, lines, reads, asked, failed)
    for request in requests:
        if request.ended_early:
            _say_ended_early(shown, request, is_last=request is requests[-1])
    return Trace(
        tuple(
            TraceLine(
                line.item,
                None if line.key is None else ref(line.key),
                line.mark,
                line.returned,
                line.sent,
                line.why,
            )
            for line in shown
        ),
        has_earlier=len(lines) > len(shown),
    )


def _say_ended_early(lines: Sequence[Line], request: Request, *, is_last: bool) -> None:
    """Say it of the rows of the answer; of the reply that no row holds, if nothing of the last answer was stored."""
    new = [line for line in lines if line.mark == "added" and line.item in request.answered]
    unstored = [line for line in lines[-1:] if is_last and line.key is None and not line.sent]
    for line in new or unstored:
        line.why = f"{line.why}; {ENDED_EARLY}{request.ended_early}"
