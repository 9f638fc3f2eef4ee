"""Keeps the rows of a shelf: which row a call has stored, which one was returned, and which are gone."""

from collections.abc import Sequence
from typing import Any

from lessons.kit.items import fingerprint
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.following import in_plain_form, same_identity
from lessons.kit.ledger.explaining.tracked import Shelf, Told, Tracked
from lessons.kit.ledger.rows import Rows
from lessons.kit.ledger.watching.events import Called

GONE_BY = {
    "pop_item": (Cause.POPPED, "taken out by pop_item()"),
    "clear_session": (Cause.CLEARED, "taken out by clear_session()"),
    "run_compaction": (Cause.COMPACTED, "replaced by the compaction"),
    "delete_branch": (Cause.BRANCH_DELETED, "taken out with its branch by delete_branch()"),
}
NOBODY = Cause.UNKNOWN, "gone, and no call that was watched has removed it"
LOST = Cause.LOST_WITH_HANDLE, "lost with its handle: it was only in memory"
EXPIRED = Cause.EXPIRED_IN_STORAGE, "expired: the storage deleted the whole list when its time was over"


def keep_new_rows(shelf: Shelf, rows: Rows, given: list[tuple[Tracked, Any]]) -> None:
    """Give the items that were handed to the session, each with its value, the keys of the rows that are new.

    A row belongs to an item if it says the same, in the item's own form or in that of a service. Where no row does, the item
    stays without one. Pairs that are found are taken out of `given`.
    """
    known = {row.key for row in shelf.rows}
    fresh = [(row, shelf.track(row, rows.at, "elsewhere")) for row in rows.items if row.key not in known]
    for is_same in _SAME:
        for one in list(fresh):
            row, tracked = one
            pair = next((pair for pair in given if is_same(pair[1], tracked.value)), None)
            if pair is None:
                continue  # another writer's, or a call's that is not done yet
            given.remove(pair)
            fresh.remove(one)
            item = pair[0]
            item.key, item.text, item.unread, item.apart = row.key, row.text, tracked.unread, tracked.apart
            if tracked.unread is None:
                item.value = tracked.value
            if not item.stored:
                shelf.put([item])


_SAME = (
    lambda one, other: one == other,
    lambda one, other: fingerprint(one) == fingerprint(other),
    same_identity,
    lambda one, other: isinstance(one, dict) and isinstance(other, dict) and in_plain_form(one) == in_plain_form(other),
)
"""When two items are the same, the surest first."""


def match_returned(shelf: Shelf, items: Sequence[Any], being_stored: Sequence[Tracked] = ()) -> list[Tracked]:
    """The row of each returned item, in order. Sessions return rows in stored order, so they are matched from the newest.

    `being_stored` are items that other runs store at this time: one can be returned before the call that stores it is done.
    """
    found: list[Tracked] = []
    at = len(shelf.rows) - 1
    unknown: list[Tracked] = []
    for value in reversed(items):
        place = _place(shelf, at, value)
        if place is not None:
            found.append(shelf.rows[place])
            at = place - 1
            continue
        early = (one for one in being_stored if not one.stored and one.value == value)
        item = next(early, None)
        if item is not None:
            item.stored = item.returned_early = True
        else:
            item = Tracked(value, "stored before", stored=True)
        found.append(item)
        unknown.append(item)
    found.reverse()
    if unknown:
        _shelve_unknown(shelf, found, unknown)
    return found


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
    """Items whose rows were not seen: they stand before what follows them. Those older than all seen rows are not listed."""
    wanted, follower = {id(item) for item in unknown}, None
    oldest_seen = shelf.rows[0] if shelf.rows else None
    for item in reversed(found):
        if id(item) not in wanted:
            follower = item
            continue
        if follower is not None and follower is oldest_seen and not shelf.is_complete:
            return  # it is one of the older rows, and so are those before it
        place = shelf.rows.index(follower) if follower is not None else len(shelf.rows)
        listed = shelf.listed.index(follower) if follower is not None else len(shelf.listed)
        shelf.rows.insert(place, item)
        if item.is_listed:  # as the input of the run that stores it
            shelf.listed.remove(item)
            listed = shelf.listed.index(follower) if follower is not None else len(shelf.listed)
        shelf.listed.insert(listed, item)
        item.is_listed, follower = True, item


def take_out_missing(shelf: Shelf, rows: Rows, call: Called | None = None) -> None:
    """Mark the rows that are no longer there after a call, or at the last look."""
    if rows.after is not None:
        return
    now = {row.key: row.text for row in rows.items}
    oldest = min(now, default=None)
    missing = [
        row
        for row in shelf.rows
        if row.key is not None
        # Some stores give a key out again: then another text is there.
        and now.get(row.key) != row.text
        and (rows.complete or oldest is None or row.key >= oldest)
    ]
    if not missing:
        return
    run = call.by_run.number if call is not None and call.by_run is not None else None
    cause, why = _what_takes_out(shelf, rows, call)
    for row in missing:
        row.gone = Told(cause, why, run)
    if cause is Cause.POPPED and call is not None:
        _tell_popped(shelf, missing, call)
    gone = {id(row) for row in missing}
    shelf.rows = [row for row in shelf.rows if id(row) not in gone]


def _tell_popped(shelf: Shelf, missing: Sequence[Tracked], call: Called) -> None:
    """A pop takes out one row and returns what was in it. An encrypted one goes on over rows that it cannot return."""
    run = call.by_run.number if call.by_run is not None else None
    popped = next((place for place in range(len(missing) - 1, -1, -1) if missing[place].value in call.items), -1)
    for place, row in enumerate(missing):
        shelf.look_again(row, call.at)
        if place == popped:
            continue
        if place > popped and row.unread is not None:
            row.gone = Told(Cause.POPPED, f"taken out by pop_item(), and not returned: {row.unread.why}", run)
        else:
            row.gone = Told(*NOBODY, run)


def _what_takes_out(shelf: Shelf, rows: Rows, call: Called | None) -> tuple[Cause, str]:
    if call is not None and call.method in GONE_BY:
        return GONE_BY[call.method]
    if rows.is_lost:
        return LOST
    if shelf.expires_at is not None and shelf.expires_at <= rows.at:
        return EXPIRED
    if call is None:
        return NOBODY
    if _brought_a_compaction(shelf, rows):
        return GONE_BY["run_compaction"]
    return Cause.UNKNOWN, f"gone after {call.method}(), which removes nothing"


def _brought_a_compaction(shelf: Shelf, rows: Rows) -> bool:
    """Whether a call that stores has left a compaction among the new rows, as EncryptedSession does within add_items()."""
    known = {row.key: row.text for row in shelf.rows}
    new = [shelf.track(row, rows.at, "made") for row in rows.items if known.get(row.key) != row.text]
    return any(isinstance(item.value, dict) and item.value.get("type") == "compaction" for item in new)


def guess_gone(shelf: Shelf, call: Called) -> None:
    """Without rows to look at: what the call itself says."""
    if call.error is not None:
        return
    cause, why = GONE_BY.get(call.method, (Cause.UNKNOWN, f"gone after {call.method}()"))
    gone: list[Tracked] = []
    if call.method == "clear_session":
        gone = list(shelf.rows)
    elif call.method == "pop_item" and call.items:
        gone = [row for row in reversed(shelf.rows) if row.value == call.items[0]][:1]
    for row in gone:
        row.gone = Told(cause, why, call.by_run.number if call.by_run is not None else None)
        shelf.rows.remove(row)
