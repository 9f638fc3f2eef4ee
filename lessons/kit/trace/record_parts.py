"""The parts of a turn's record that come from what was seen: its session calls, what was returned, and the trace."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lessons.kit.items import Item, describe, read
from lessons.kit.ledger.recorder import CallLog
from lessons.kit.ledger.session_methods import REMOVING_METHODS
from lessons.kit.records import SessionCall, TableChanges, Trace
from lessons.kit.row_ref import RowRef
from lessons.kit.stores.rows import ReadBack, TablePicture
from lessons.kit.trace.causes import GONE_WITH_ITS_HANDLE, REMOVED, why_compacted
from lessons.kit.trace.lines import Read, Request, StoredRow
from lessons.kit.trace.model_watch import SentRequest
from lessons.kit.trace.trace import trace


def session_calls(logs: Iterable[CallLog]) -> tuple[SessionCall, ...]:
    return tuple(
        SessionCall(
            session_id=log.session_id,
            method=log.method,
            arguments=", ".join(f"{name}={value!r}" for name, value in log.arguments.items())[:200],
            rows=log.count,
            milliseconds=log.milliseconds,
            error=log.error[:300] if log.error else None,
            depth=log.depth,
            exchange=log.exchange,
        )
        for log in sorted(logs, key=lambda log: log.order)
    )


def _reads(logs: Iterable[CallLog]) -> list[CallLog]:
    """The get_items() calls from outside that returned."""
    return [log for log in logs if log.method == "get_items" and log.depth == 1 and log.error is None]


def returned_items(logs: Iterable[CallLog]) -> tuple[Item, ...]:
    """What the last get_items() of the turn gave."""
    reads = _reads(logs)
    return tuple(describe(item) for item in reads[-1].items) if reads else ()


@dataclass(frozen=True)
class SeenRows:
    """What was seen of one session's rows in one turn. `store` is the name of its store.

    `before` and `after` are its tables, `lost` what a restart in the turn has changed, `changes` what the whole turn has
    changed, in any session. `read_back` says what the session reads from stored rows, given by key.
    """

    store: str
    session_id: str
    before: Sequence[TablePicture]
    after: Sequence[TablePicture]
    lost: Sequence[TableChanges]
    changes: Sequence[TableChanges]
    read_back: Callable[[Mapping[int, str]], Mapping[int, ReadBack]]


def turn_trace(
    seen: SeenRows, logs: Sequence[CallLog], sent: Sequence[SentRequest], reply: str | None, *, failed: bool
) -> Trace:
    """The trace of one session: its rows, its calls in `logs`, and the requests in `sent`.

    Requests of runs with other sessions are left out. `failed` says that the turn did not come to its end.
    """
    calls = [log for log in logs if log.session_id == seen.session_id and log.error is None]
    calls.sort(key=lambda log: log.order)
    reads = _reads(calls)
    given = [(log.order, _given(log, seen)) for log in calls if log.method == "add_items"]
    orders, taken = {log.order for log in reads}, {request.read for request in sent}
    rows = _rows(seen, called_to_remove=any(log.method in REMOVING_METHODS for log in calls))
    return trace(
        _compacted(rows) if any(log.method == "run_compaction" for log in calls) else rows,
        [Read(log.items, log.limit, _until(log.order, given), log.order not in taken) for log in reads],
        [
            Request(number, request.items, request.read is not None, request.answered, request.ended_early)
            for number, request in enumerate(sent, start=1)
            if request.read is None or request.read in orders
        ],
        stored=_until(math.inf, given),
        reply=reply if sent and (sent[-1].read is None or sent[-1].read in orders) else None,
        failed=failed,
        ref=partial(RowRef, seen.store, seen.session_id),
    )


def _given(log: CallLog, seen: SeenRows) -> list[Any]:
    """The items that one add_items() call brought into the storage, as the session decodes them."""
    if log.past_the_wrapper:
        stored = {number: json.dumps(item, default=str) for number, item in enumerate(log.items)}
        return [json.loads(one.data or stored[number]) for number, one in seen.read_back(stored).items()]
    return list(log.items) if log.depth == 1 else []


def _until(order: float, given: Iterable[tuple[int, list[Any]]]) -> list[Any]:
    """The items that were given before the call with this order."""
    return [item for before, items in given if before < order for item in items]


def _rows(seen: SeenRows, *, called_to_remove: bool) -> list[StoredRow]:
    """The rows before, after and in between, in stored order. `called_to_remove`: a session call may have removed some."""
    gone = _removed(seen.lost, seen.session_id, GONE_WITH_ITS_HANDLE)
    changes_now = [table for table in seen.changes if table not in seen.lost]
    removed_now = _removed(changes_now, seen.session_id, REMOVED)
    if removed_now and not called_to_remove:
        causes = seen.read_back({row.key: row.data for row in removed_now})
        removed_now = [replace(row, why=causes[row.key].gone or row.why) for row in removed_now]
    gone += removed_now
    added = {
        row.key
        for table in seen.changes
        if table.session_id == seen.session_id
        for row in table.added
        if "message_data" in (row.after or {})
    }
    removed = {row.key for row in gone}
    now = seen.after[0].rows if seen.after else {}
    pictures = {**(seen.before[0].rows if seen.before else {}), **now}
    rows = [
        StoredRow(int(key), row["message_data"], "added" if key in added else "")
        for key, row in pictures.items()
        if key in now or key not in removed
    ]
    # Removed rows were the newest of the old ones, or all of them. Their keys may have been given out again.
    read = _read_back(gone, seen) + _read_back(rows, seen)
    return sorted(read, key=lambda row: (row.mark == "added", row.key))


def _compacted(rows: list[StoredRow]) -> list[StoredRow]:
    """The rows, with what a compaction of this turn did to each, if there was one."""
    made = max((row.key for row in rows if row.mark == "added" and read(row.data).kind == "compaction"), default=None)
    if made is None:
        return rows
    return [replace(row, why=why_compacted(row, made) or row.why) for row in rows]


def _read_back(rows: list[StoredRow], seen: SeenRows) -> list[StoredRow]:
    """The rows with the items that the session decodes from them, where it can, and why it does not return them."""
    found = seen.read_back({row.key: row.data for row in rows})
    return [row if found[row.key] == ReadBack(row.data) else _as_read(row, found[row.key]) for row in rows]


def _as_read(row: StoredRow, made: ReadBack) -> StoredRow:
    return replace(row, data=made.data if made.data is not None else row.data, unread=made.why)


def _removed(changes: Iterable[TableChanges], session_id: str, why: str) -> list[StoredRow]:
    return [
        StoredRow(int(row.key), row.before["message_data"], "removed", why)
        for table in changes
        if table.session_id == session_id
        for row in table.removed
        if row.before and "message_data" in row.before
    ]
