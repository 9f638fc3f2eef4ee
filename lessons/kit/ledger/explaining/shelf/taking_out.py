"""Finds the rows that are gone, and the call that removed each. Calls can overlap, and their events come in any order."""

from collections.abc import Sequence

from lessons.kit.ledger.caller import is_sdk_method
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.shelf.matching import has_more, listed_before
from lessons.kit.ledger.explaining.shelf.tracked import Shelf, Taker, Told, Tracked, take_same
from lessons.kit.ledger.rows import Rows
from lessons.kit.ledger.watching.events import Called

GONE_BY = {
    "pop_item": (Cause.POPPED, "taken out by pop_item()"),
    "clear_session": (Cause.CLEARED, "taken out by clear_session()"),
    "run_compaction": (Cause.COMPACTED, "replaced by the compaction"),
    "delete_branch": (Cause.BRANCH_DELETED, "taken out with its branch by delete_branch()"),
}
BY_NO_CALL = "no watched call has removed it"
LOST = Cause.LOST_WITH_HANDLE, "lost with its handle: it was only in memory"
EXPIRED = Cause.EXPIRED_IN_STORAGE, "expired: the storage deleted the whole list when its time was over"


def take_out_missing(shelf: Shelf, rows: Rows, call: Called | None = None) -> None:
    """Mark the rows that are gone after a call, or at the last look if `call` is None."""
    if rows.after is not None:
        return
    cut = _give_new_places(shelf, rows) if call is None or call.method not in GONE_BY else []
    missing = [row for row in shelf.rows if row in cut or _is_missing(row, rows)]
    missing += _missing_without_key(shelf, rows)
    gone = {id(row) for row in missing}
    shelf.rows = [row for row in shelf.rows if id(row) not in gone]
    for row in shelf.rows:
        row.looked_for = max(row.looked_for, rows.began)
    told = _what_takes_out(shelf, rows, call) if missing else None
    for row in missing:
        row.gone, row.gone_at = told, rows.at
    if call is not None and call.method in ("pop_item", "clear_session"):
        taker = Taker(call, Told(*GONE_BY[call.method], call.run_number), rows.began)
        _claim(shelf, taker, missing)
        shelf.takers.append(taker)
    own = call is not None and not is_sdk_method(call.session, call.method)
    for row in filter(_is_unexplained, missing):
        is_changed = not own and told is not None and told.cause is Cause.UNKNOWN and row.key in rows.texts
        row.gone = _taken_at_once(shelf, row) or (_changed_text(row) if is_changed and row not in cut else row.gone)


def take_out_awaited(shelf: Shelf, item: Tracked) -> None:
    """Mark an item that a call stored and that no look has shown, if another call removed it in the meantime."""
    taker = _taker_of(shelf, item)
    if taker is not None:
        item.stored, item.gone, item.gone_at = True, taker.told, taker.done
        shelf.list(item)


def _is_missing(row: Tracked, rows: Rows) -> bool:
    """Whether a look shows that a row is gone. Of two looks that overlap, the event of the earlier one can come last."""
    if row.key is None or rows.began < row.looked_for:
        return False
    if row.key in rows.texts:  # some stores use a key again: then the row has another text
        return rows.texts[row.key] != row.text
    return rows.complete or not rows.texts or row.key >= min(rows.texts)


def _missing_without_key(shelf: Shelf, rows: Rows) -> list[Tracked]:
    """Rows that a read returned, that no look has shown and that are gone. The event of the call that stored them comes later.

    A read that ended after the look began can have returned newer rows. Those are not counted.
    """
    early = [row for row in shelf.rows if row.key is None and row.looked_for < rows.began]
    if not early or not rows.complete:
        return []
    known = {(row.key, row.text) for row in shelf.rows}
    there = [shelf.track(row, rows.at, "elsewhere") for row in rows.items if (row.key, row.text) not in known]
    return [row for row in early if take_same(there, row.value) is None]


def _is_unexplained(row: Tracked) -> bool:
    return row.gone is not None and row.gone.cause is Cause.UNKNOWN


def _claim(shelf: Shelf, taker: Taker, missing: Sequence[Tracked]) -> None:
    """Decide which rows the call removed, of those that its own look misses and those that another call's look missed."""
    call, told = taker.call, taker.told
    here = {id(row) for row in missing}
    early = [
        row
        for row in reversed(shelf.listed)
        if row.gone is not None and row.gone_at >= call.began and id(row) not in here
    ]
    unexplained = [row for row in early if _is_unexplained(row)]
    if call.method == "clear_session":
        for row in unexplained:
            row.gone = told
        return
    # A pop returns the item that it removed. A clear at the same time does not name any.
    cleared = [row for row in early if row.gone is not None and row.gone.cause is Cause.CLEARED]
    awaited = [item for item, _ in shelf.awaited if item.gone is None and not item.stored]
    returned = [row for row in reversed(shelf.rows) if row.key is None]
    candidates = (*reversed(missing), *unexplained, *reversed(awaited), *returned, *cleared)
    popped = next((row for row in candidates if row.value in call.items), None)
    taker.is_free = popped is None
    if popped is not None:
        popped.stored, popped.gone = True, told
        popped.gone_at = popped.gone_at or taker.done
        shelf.list(popped)
        shelf.rows = [row for row in shelf.rows if row is not popped]
    place = next((place for place, row in enumerate(missing) if row is popped), -1)
    for at, row in enumerate(missing):
        shelf.look_again(row, call.at)
        # EncryptedSession pops rows until it can return one. AdvancedSQLiteSession also deletes rows that are on no branch.
        if row is popped:
            continue
        if row.unread is not None and (at > place or row.unread.cause is Cause.NO_STRUCTURE):
            row.gone = Told(Cause.POPPED, f"taken out by pop_item(), and not returned ({row.unread.why})", told.run)
        else:
            why = f"gone after pop_item(), which took out another row: {BY_NO_CALL}"
            row.gone = Told(Cause.UNKNOWN, why, told.run, by_no_call=True)


def _taken_at_once(shelf: Shelf, row: Tracked) -> Told | None:
    taker = _taker_of(shelf, row)
    return taker.told if taker is not None else None


def _taker_of(shelf: Shelf, row: Tracked) -> Taker | None:
    """The call that removed a row before the row was known here, since the event of the call that stored it came later."""
    could = [taker for taker in shelf.takers if taker.done > row.looked_for]
    popped = next((taker for taker in could if taker.is_free and row.value in taker.call.items), None)
    if popped is not None:
        popped.is_free = False
    return popped or next((taker for taker in could if taker.call.method == "clear_session"), None)


def _changed_text(row: Tracked) -> Told:
    run = row.gone.run if row.gone is not None else None
    why = f"row {row.key} has another text now, and no watched call has changed it"
    return Told(Cause.UNKNOWN, why, run, by_no_call=True, has_changed=True)


def _what_takes_out(shelf: Shelf, rows: Rows, call: Called | None) -> Told:
    run = call.run_number if call is not None else None
    if call is not None and call.method in GONE_BY:
        return Told(*GONE_BY[call.method], run)
    if rows.is_lost:
        return Told(*LOST, run)
    if shelf.expires_at is not None and shelf.expires_at <= rows.at:
        return Told(*EXPIRED, run)
    if _brought_a_compaction(shelf, rows):
        return Told(*GONE_BY["run_compaction"], run)
    if call is None:
        return Told(Cause.UNKNOWN, f"gone at the last look: {BY_NO_CALL}", run, by_no_call=True)
    if not is_sdk_method(call.session, call.method):
        custom_class = f"{type(call.session).__name__}, which is not a class of the SDK"
        return Told(Cause.UNKNOWN, f"gone after {call.method}() of {custom_class}", run)
    why = f"gone after {call.method}(), which removes nothing: {BY_NO_CALL}"
    return Told(Cause.UNKNOWN, why, run, by_no_call=True)


def _give_new_places(shelf: Shelf, rows: Rows) -> list[Tracked]:
    """Give rows their new keys where a key is a place in a list and other code has removed the first items.

    Returns the rows that were removed.
    """
    if shelf.source is None or not shelf.source.keys_are_places or not rows.complete:
        return []
    if any(rows.began < row.looked_for for row in shelf.rows):
        return []
    # Of two calls that overlap, the event of the one that stored later can come first.
    keyed = sorted((row for row in shelf.rows if row.key is not None), key=lambda row: row.key or 0)
    old, new = [row.text for row in keyed], [row.text for row in rows.items]
    cut = next((cut for cut in range(len(old)) if old[cut:] == new[: len(old) - cut]), 0)
    if cut:
        for row, now in zip(keyed[cut:], rows.items, strict=False):
            row.key = now.key
    return keyed[:cut]


def _brought_a_compaction(shelf: Shelf, rows: Rows) -> bool:
    """Whether the new rows include a compaction, as after add_items() of an EncryptedSession that compacts within the call."""
    known = {row.key: row.text for row in shelf.rows}
    new = [shelf.track(row, rows.at, "made") for row in rows.items if known.get(row.key) != row.text]
    return any(isinstance(item.value, dict) and item.value.get("type") == "compaction" for item in new)


def take_out_compacted(shelf: Shelf, returned: Sequence[Tracked], call: Called) -> None:
    """Where rows cannot be read: mark what a compaction replaced, once the session returns the compaction."""
    first = next(
        (one for one in returned if isinstance(one.value, dict) and one.value.get("type") == "compaction"), None
    )
    if shelf.may_be_compacted and first is not None and first.origin == "stored before" and not first.sent:
        there = {id(one) for one in returned}
        for row in [row for row in shelf.rows if id(row) not in there]:
            row.gone = Told(*GONE_BY["run_compaction"], call.run_number)
            shelf.rows.remove(row)
        shelf.may_be_compacted = False


def guess_gone(shelf: Shelf, call: Called) -> None:
    """Where rows cannot be read: mark as gone what the call itself says it removes."""
    if call.error is not None:
        return
    shelf.may_be_compacted |= call.method == "run_compaction"
    cause, why = GONE_BY.get(call.method, (Cause.UNKNOWN, f"gone after {call.method}()"))
    gone: list[Tracked] = []
    if call.method == "clear_session":
        gone = list(shelf.rows)
    elif call.method == "pop_item" and call.items:
        popped, newest_first = call.items[0], shelf.rows[::-1]
        gone = [row for row in newest_first if row.value == popped][:1]
        gone = gone or [row for row in newest_first if has_more(popped, row.value)][:1]
        if not gone:  # it was stored, and no read had shown it
            item = Tracked(popped, "stored before", stored=True, is_listed=True)
            shelf.listed.insert(listed_before(shelf, None), item)
            shelf.rows.append(item)
            gone = [item]
    for row in gone:
        row.gone = Told(cause, why, call.run_number)
        shelf.rows.remove(row)
