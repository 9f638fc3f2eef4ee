"""Keeps the rows of a shelf: which row a call has stored, which one was returned, and which are gone."""

from collections.abc import Sequence
from typing import Any

from lessons.kit.ledger.caller import is_sdk_method
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.following import SAME, in_plain_form, kind
from lessons.kit.ledger.explaining.tracked import Shelf, Told, Tracked
from lessons.kit.ledger.rows import Rows, StoredItem
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
ELSEWHERE = Cause.UNKNOWN, "not there at the first look: no watched call has stored it"
NOT_SEEN = Cause.UNKNOWN, "stored before or in this turn: the rows could not be read when it began"


def keep_new_rows(shelf: Shelf, rows: Rows, given: list[tuple[Tracked, Any]], rewritten_by: str = "") -> None:
    """Give the items that were handed to the session, each with its value, the keys of the rows that are new.

    A row belongs to an item if it says the same, in the item's own form or in that of a service. Where no row does, the item
    stays without one. Pairs that are found are taken out of `given`. `rewritten_by` names a class that can store an item in
    any form: as many new rows as items, of the same kinds, are theirs.
    """
    known = {row.key for row in shelf.rows}
    fresh = [(row, shelf.track(row, rows.at, "elsewhere")) for row in rows.items if row.key not in known]
    for is_same in SAME:
        for one in list(fresh):
            row, tracked = one
            pair = next((pair for pair in given if is_same(pair[1], tracked.value)), None)
            if pair is None:
                continue  # another writer's, or a call's that is not done yet
            given.remove(pair)
            fresh.remove(one)
            _keep(shelf, pair[0], row, tracked, rows.began)
    kinds = [kind(tracked.value) for _, tracked in fresh]
    if rewritten_by and kinds == [kind(value) for _, value in given]:
        for (row, tracked), (item, _) in zip(fresh, given, strict=True):
            _keep(shelf, item, row, tracked, rows.began)
            item.note = f"stored in another form by add_items() of {rewritten_by}"
        given.clear()


def _keep(shelf: Shelf, item: Tracked, row: StoredItem, tracked: Tracked, looked_for: float) -> None:
    item.key, item.text, item.unread, item.apart = row.key, row.text, tracked.unread, tracked.apart
    item.looked_for = looked_for
    if tracked.unread is None:
        item.value = tracked.value
    if not item.stored:
        shelf.put([item])


def match_returned(shelf: Shelf, items: Sequence[Any], being_stored: Sequence[Tracked] = ()) -> list[Tracked]:
    """The row of each returned item, in order. Sessions return rows in stored order, so they are matched from the newest.

    A class of one's own can return them in any order. `being_stored` are items that other runs store at this time: one can be
    returned before the call that stores it is done.
    """
    found: list[Tracked | None] = []
    at = len(shelf.rows) - 1
    for value in reversed(items):
        place = _place(shelf, at, value)
        found.append(shelf.rows[place] if place is not None else None)
        at = place - 1 if place is not None else at
    found.reverse()
    matched = [item for item in found if item is not None]
    if len(matched) == len(found):
        return matched
    unknown: list[Tracked] = []
    taken = {id(item) for item in matched}
    rows = [row for row in shelf.rows if id(row) not in taken and (row.unread is None or shelf.source is None)]
    for place in range(len(items) - 1, -1, -1):
        if found[place] is None:
            found[place] = _elsewhere(shelf, items[place], rows, being_stored, unknown)
    whole = [item for item in found if item is not None]
    if unknown:
        _shelve_unknown(shelf, whole, unknown)
    return whole


def _elsewhere(
    shelf: Shelf, value: Any, rows: list[Tracked], being_stored: Sequence[Tracked], unknown: list[Tracked]
) -> Tracked:
    """The item of a returned value for which no row was found in stored order. One that is new is added to `unknown`."""
    early = next((one for one in being_stored if not one.stored and one.value == value), None)
    if early is not None:
        early.stored = early.returned_early = True
        unknown.append(early)
        return early
    row = next((row for row in reversed(rows) if row.value == value), None)
    if row is None and shelf.source is None:
        row = next((row for row in reversed(rows) if _has_more(value, row.value)), None)
    if row is None:
        row = Tracked(value, "stored before", stored=True)
        unknown.append(row)
        return row
    rows.remove(row)
    row.value = value
    return row


def _has_more(value: Any, known: Any) -> bool:
    """Whether it is the item that is known, with what a service or another class has added to it."""
    if not (isinstance(value, dict) and isinstance(known, dict) and known and kind(value) == kind(known)):
        return False
    return all(value.get(name, value) == one for name, one in known.items()) or in_plain_form(value) == in_plain_form(
        known
    )


def _place(shelf: Shelf, at: int, value: Any) -> int | None:
    """The place of the newest row up to `at` that holds this item, None if none does."""
    for place in range(at, -1, -1):
        row = shelf.rows[place]
        if row.value == value and (row.unread is None or shelf.source is None):
            return place
    if at < 0 or shelf.source is None or not isinstance(value, dict):
        return None
    # A service that keeps a conversation can return another form than it lists.
    plain = in_plain_form(value)
    return next((place for place in range(at, -1, -1) if shelf.rows[place].in_plain_form == plain), None)


def _shelve_unknown(shelf: Shelf, found: list[Tracked], unknown: list[Tracked]) -> None:
    """Items whose rows were not seen: they come before what follows them. Those older than all seen rows are not listed."""
    wanted, follower = {id(item) for item in unknown}, None
    oldest_seen = shelf.rows[0] if shelf.rows else None
    for item in reversed(found):
        if id(item) not in wanted:
            follower = item
            continue
        if follower is not None and follower is oldest_seen and not shelf.is_complete:
            return  # it is one of the older rows, and so are those before it
        place = shelf.rows.index(follower) if follower is not None else len(shelf.rows)
        listed = _listed_before(shelf, follower)
        shelf.rows.insert(place, item)
        if item.is_listed:  # as the input of the run that stores it
            shelf.listed.remove(item)
            listed = _listed_before(shelf, follower)
        shelf.listed.insert(listed, item)
        item.is_listed, follower = True, item


def _listed_before(shelf: Shelf, follower: Tracked | None) -> int:
    """Where an item is listed that comes before this one, and before what a pop has shown first: that was the newest."""
    at = shelf.listed.index(follower) if follower is not None else len(shelf.listed)
    while at and _shown_by_a_pop(shelf.listed[at - 1]):
        at -= 1
    return at


def _shown_by_a_pop(item: Tracked) -> bool:
    is_popped = item.gone is not None and item.gone.cause is Cause.POPPED
    return is_popped and item.key is None and item.origin == "stored before" and not item.returned


def take_out_missing(shelf: Shelf, rows: Rows, call: Called | None = None) -> None:
    """Mark the rows that are no longer there after a call, or at the last look."""
    if rows.after is not None:
        return
    if call is not None and call.method in ("pop_item", "clear_session"):
        _claim_gone(shelf, call)
    cut = _give_new_places(shelf, rows) if call is None or call.method not in GONE_BY else []
    now = {row.key: row.text for row in rows.items}
    oldest = min(now, default=None)
    missing = [
        row
        for row in shelf.rows
        if row in cut
        or (
            row.key is not None
            and not _is_newer(row, rows)
            # Some stores give a key out again: then another text is there.
            and now.get(row.key) != row.text
            and (rows.complete or oldest is None or row.key >= oldest)
        )
    ]
    if not missing:
        return
    run = call.by_run.number if call is not None and call.by_run is not None else None
    told = _what_takes_out(shelf, rows, call, run)
    for row in missing:
        row.gone, row.gone_at = told, rows.at
        if told.by_no_call and row.key in now and row not in cut:
            is_other = f"row {row.key} has another text now, and no watched call has changed it"
            row.gone = Told(Cause.UNKNOWN, is_other, run, "changed")
    if told.cause is Cause.POPPED and call is not None:
        _tell_popped(shelf, missing, call)
    gone = {id(row) for row in missing}
    shelf.rows = [row for row in shelf.rows if id(row) not in gone]


def _is_newer(row: Tracked, rows: Rows) -> bool:
    """Whether a look that began later showed the row first. Of two calls at once, the older look can be told of last."""
    return rows.began < row.looked_for


def _claim_gone(shelf: Shelf, call: Called) -> None:
    """Another call that was done before this one can have missed the rows that this one took out."""
    began = call.at - call.milliseconds / 1_000
    early = [
        row for row in reversed(shelf.listed) if row.gone is not None and row.gone.by_no_call and row.gone_at >= began
    ]
    if call.method == "pop_item":
        early = [row for row in early if row.value in call.items][:1]
    for row in early:
        row.gone = Told(*GONE_BY[call.method], call.by_run.number if call.by_run is not None else None)


def _tell_popped(shelf: Shelf, missing: Sequence[Tracked], call: Called) -> None:
    """A pop takes out one row and returns what was in it.

    An encrypted one goes on over rows that it cannot return. One of a class with branches also deletes what is on no branch.
    """
    run = call.by_run.number if call.by_run is not None else None
    popped = next((place for place in range(len(missing) - 1, -1, -1) if missing[place].value in call.items), -1)
    for place, row in enumerate(missing):
        shelf.look_again(row, call.at)
        if place == popped:
            continue
        if row.unread is not None and (place > popped or row.unread.cause is Cause.NO_STRUCTURE):
            row.gone = Told(Cause.POPPED, f"taken out by pop_item(), and not returned: {row.unread.why}", run)
        else:
            why = f"gone after pop_item(), which took out another row: {BY_NO_CALL}"
            row.gone = Told(Cause.UNKNOWN, why, run, "removed")


def _what_takes_out(shelf: Shelf, rows: Rows, call: Called | None, run: int | None) -> Told:
    if call is not None and call.method in GONE_BY:
        return Told(*GONE_BY[call.method], run)
    if rows.is_lost:
        return Told(*LOST, run)
    if shelf.expires_at is not None and shelf.expires_at <= rows.at:
        return Told(*EXPIRED, run)
    if _brought_a_compaction(shelf, rows):
        return Told(*GONE_BY["run_compaction"], run)
    if call is None:
        return Told(Cause.UNKNOWN, f"gone at the last look: {BY_NO_CALL}", run, "removed")
    if not is_sdk_method(call.session, call.method):
        of_its_own = f"{type(call.session).__name__}, which is not a class of the SDK"
        return Told(Cause.UNKNOWN, f"gone after {call.method}() of {of_its_own}", run)
    why = f"gone after {call.method}(), which removes nothing: {BY_NO_CALL}"
    return Told(Cause.UNKNOWN, why, run, "removed")


def _give_new_places(shelf: Shelf, rows: Rows) -> list[Tracked]:
    """Where a key is a place in a list, other code that takes the first items out gives all others a new one.

    Returns those that were taken out.
    """
    if shelf.source is None or not shelf.source.keys_are_places or not rows.complete:
        return []
    if any(_is_newer(row, rows) for row in shelf.rows):
        return []
    # Of two calls at once, the one that stored later can be told of first.
    keyed = sorted((row for row in shelf.rows if row.key is not None), key=lambda row: row.key or 0)
    old, new = [row.text for row in keyed], [row.text for row in rows.items]
    cut = next((cut for cut in range(len(old)) if old[cut:] == new[: len(old) - cut]), 0)
    if cut:
        for row, now in zip(keyed[cut:], rows.items, strict=False):
            row.key = now.key
    return keyed[:cut]


def _brought_a_compaction(shelf: Shelf, rows: Rows) -> bool:
    """Whether a call that stores has left a compaction among the new rows, as EncryptedSession does within add_items()."""
    known = {row.key: row.text for row in shelf.rows}
    new = [shelf.track(row, rows.at, "made") for row in rows.items if known.get(row.key) != row.text]
    return any(isinstance(item.value, dict) and item.value.get("type") == "compaction" for item in new)


def take_out_compacted(shelf: Shelf, returned: Sequence[Tracked], call: Called) -> None:
    """Without rows to look at: what a compaction has replaced shows when the session returns the compaction."""
    first = next(
        (one for one in returned if isinstance(one.value, dict) and one.value.get("type") == "compaction"), None
    )
    if shelf.may_be_compacted and first is not None and first.origin == "stored before" and not first.sent:
        there = {id(one) for one in returned}
        for row in [row for row in shelf.rows if id(row) not in there]:
            row.gone = Told(*GONE_BY["run_compaction"], call.by_run.number if call.by_run is not None else None)
            shelf.rows.remove(row)
        shelf.may_be_compacted = False


def guess_gone(shelf: Shelf, call: Called) -> None:
    """Without rows to look at: what the call itself says."""
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
        gone = gone or [row for row in newest_first if _has_more(popped, row.value)][:1]
        if not gone:  # it was there, and nothing had shown it before
            item = Tracked(popped, "stored before", stored=True, is_listed=True)
            shelf.listed.insert(_listed_before(shelf, None), item)
            shelf.rows.append(item)
            gone = [item]
    for row in gone:
        row.gone = Told(cause, why, call.by_run.number if call.by_run is not None else None)
        shelf.rows.remove(row)


def came(shelf: Shelf, key: int) -> Told:
    """How a row came that no watched call is known to have stored."""
    if not shelf.seen:
        return Told(*NOT_SEEN)
    if key in shelf.brought:
        own = shelf.brought[key]
        return Told(Cause.UNKNOWN, f"there after add_items() of {own}, which is not a class of the SDK, and not before")
    gone = (row.gone for row in shelf.listed if row.key == key and row.gone is not None)
    if any(one.by_no_call == "changed" for one in gone):
        return Told(Cause.UNKNOWN, f"what row {key} has now: no watched call has changed it")
    return Told(*ELSEWHERE)
