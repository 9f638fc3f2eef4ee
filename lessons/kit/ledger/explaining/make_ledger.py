"""Makes the ledger of one session from the items that were followed: its lines in stored order, the requests and the runs."""

from collections.abc import Container, Sequence
from typing import Any

from lessons.kit.items import describe, handoffs_among, read
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.cause_words import ended_by
from lessons.kit.ledger.explaining.ends import handoff_ids
from lessons.kit.ledger.explaining.order import in_order, together
from lessons.kit.ledger.explaining.requests import Requests
from lessons.kit.ledger.explaining.shelf.keeping import NOT_SEEN
from lessons.kit.ledger.explaining.shelf.tracked import Shelf, Told, Tracked
from lessons.kit.ledger.ledger import Ledger, LedgerLine, LedgerRun, Mark, SentItem
from lessons.kit.ledger.rows import NO_ITEM
from lessons.kit.row_ref import RowRef
from lessons.kit.stores.sdk_private import is_cancelled


def make_ledger(
    shelf: Shelf, runs: Sequence[Requests], elsewhere: Shelf | None = None, newest: int | None = None
) -> Ledger:
    """The ledger of a shelf. Call it after every event has been followed. `elsewhere` has the items of runs without a session.

    `newest` makes only that many lines, the last ones. None makes all.
    """
    items = in_order(shelf, runs)
    if elsewhere is not None and elsewhere.listed:
        items = together(items, in_order(elsewhere, runs), runs)
    left_out = max(0, len(items) - newest) if newest is not None else 0
    items = items[left_out:]
    handoffs = handoffs_among(item.value for item in items) | _handed_off(runs)
    place = {id(item): number for number, item in enumerate(items)}
    requests = {
        number: tuple(SentItem(place[id(item)], value) for item, value in pairs if id(item) in place)
        for run in runs
        for number, pairs in run.sent.items()
        if not pairs or any(id(item) in place for item, _ in pairs)
    }
    return Ledger(
        shelf.session_id or None,
        tuple(_line(item, shelf, handoffs) for item in items),
        not shelf.is_complete or left_out > 0,
        requests,
        tuple(map(_run, runs)),
    )


def _run(requests: Requests) -> LedgerRun:
    run, shelf = requests.run, requests.shelf
    stored = [item for item in requests.stored if item.stored]
    return LedgerRun(
        number=run.number,
        agent=run.agent,
        session_id=shelf.session_id if run.session is not None else None,
        kind=run.kind,
        resumed=run.resumed,
        read=requests.read_count,
        limit=requests.limit,
        whose_limit=requests.whose_limit,
        requests=tuple(requests.sent),
        sent=tuple(map(len, requests.sent.values())),
        stored=tuple(RowRef(shelf.store, shelf.session_id, item.key) for item in stored if item.key is not None),
        stored_count=len(stored),
        within=run.within,
        began=run.began,
        ended=run.ended,
        ended_by="" if run.failure is None and not is_cancelled(run.result) else ended_by(run),
    )


def _handed_off(runs: Sequence[Requests]) -> frozenset[str]:
    """The call ids of the runs' handoffs, from the answers and from the items of the runs: either can lack one."""
    made = (value for run in runs for answer in run.answers.values() for value in answer if _hands_off(value, run))
    ids = [*(value["call_id"] for value in made), *(call_id for run in runs for call_id in handoff_ids(run.run))]
    return frozenset(call_id for call_id in ids if isinstance(call_id, str))


def _hands_off(value: Any, requests: Requests) -> bool:
    is_call = isinstance(value, dict) and value.get("type") == "function_call" and "call_id" in value
    return is_call and value.get("name") in requests.run.handoff_tools


def _line(item: Tracked, shelf: Shelf, handoffs: Container[str]) -> LedgerLine:
    told = cause_of(item, shelf)
    return LedgerLine(
        item=read(item.text) if item.value is NO_ITEM else describe(item.value, handoffs),
        row=RowRef(shelf.store, shelf.session_id, item.key) if item.key is not None else None,
        mark=_mark(item),
        returned=item.returned,
        sent=tuple(item.sent),
        cause=told.cause if told is not None else None,
        why=_why(item, told),
        risk="; ".join(dict.fromkeys(filter(None, (risks.at(place) for risks, place in item.risks)))),
        by_no_call=any(told is not None and told.by_no_call for told in (item.added, item.gone)),
        value=item.value,
    )


def _mark(item: Tracked) -> Mark:
    if item.gone is not None:
        return "removed"
    is_new = item.added is not None and item.added is not NOT_SEEN
    return "added" if is_new and item.stored else ""


def _why(item: Tracked, told: Told | None) -> str:
    why = told.why if told is not None else ""
    if told is not None and told.cause is Cause.SAME_ID:
        why += _sent_instead(item)
    if told is not None and told is item.gone and item.added is not None:
        why = f"{item.added.why}, then {why}"
    of_runs = [one for one in item.told if one.run is not None]
    if told is None and of_runs:  # told about a run before the last one
        why = f"in run {of_runs[-1].run}: {of_runs[-1].why}"
    if told is not None and told is item.added:
        later = next((one for one in reversed(item.told) if one.run not in (None, told.run)), None)
        why = f"{why}; in run {later.run}: {later.why}" if later is not None else why
    elif (
        told is not None
        and told in item.told
        and item.returned
        and (told.run or 0) < item.sent_by
        and told.run is not None
    ):
        why = f"in run {told.run}: {why}; in run {item.sent_by}: read and sent again"
    elif told is not None and told in item.told and item.sent and item.sent_by < (told.run or 0):
        why = f"in run {told.run}: {why}"  # an earlier run sent it
    note = item.note or _marked(item.value)
    return f"{why}; {note}" if why and note else why or note


def _sent_instead(item: Tracked) -> str:
    """The row that was sent instead of an item, or how an item without a row came into the request."""
    instead, seen = item.instead, {id(item)}
    while instead is not None and instead.key is None and instead.instead is not None and id(instead) not in seen:
        seen.add(id(instead))
        instead = instead.instead  # a later request left that one out too
    if instead is None or (instead.key is None and not instead.told):
        return ""
    return f": row {instead.key}" if instead.key is not None else f": the one that was {instead.told[-1].why}"


def _marked(value: Any) -> str:
    """What the row itself says of an incomplete answer. It is the only sign where nobody saw how the answer ended."""
    is_part = isinstance(value, dict) and value.get("status") == "incomplete"
    return "not whole: its service marked it as incomplete" if is_part else ""


def cause_of(item: Tracked, shelf: Shelf) -> Told | None:
    """The one cause that a line names: how the row was removed, why the last run did not send it unchanged, or how it came."""
    if item.gone is not None:
        return item.gone
    if item.added is not None and item.added.cause is Cause.UNKNOWN and item.returned and item.sent and not item.told:
        return None  # other code stored it, and it was sent unchanged
    if item.added is not None and item.added.cause is not Cause.STORED_BY_HAND:
        of_its_run = [told for told in item.told if told.run == item.added.run]
        return of_its_run[-1] if of_its_run else item.added
    of_runs = [told for told in item.told if told.run is not None]
    if of_runs and not (item.returned and item.sent and (of_runs[-1].run or 0) < item.sent_by):
        return of_runs[-1]
    if item.told and not (item.returned and item.sent):  # told after a read by the code of the turn
        return item.told[-1]
    if item.added is not None:
        return item.added
    if item.unread is not None and not item.returned:
        return item.unread
    if not item.stored:
        return Told(Cause.UNKNOWN, "not stored, and no cause was seen")
    if item.returned and item.sent:
        return None
    if not shelf.read:
        return Told(Cause.NOT_READ, _not_read(shelf))
    if not item.sent:
        return Told(Cause.NOT_READ, "returned to the code of the turn, and no run with the session sent it")
    return None


def _not_read(shelf: Shelf) -> str:
    if not shelf.methods:
        return "this turn did not read the session"
    counts = {name: shelf.methods.count(name) for name in shelf.methods}
    calls = ", ".join(f"{name}()" if count == 1 else f"{name}() {count} times" for name, count in counts.items())
    return f"this turn did not read the session: {calls}, no run"
