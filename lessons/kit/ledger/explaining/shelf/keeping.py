"""Finds the rows that a call has stored, and says how a row came that no watched call has stored."""

from collections.abc import Callable, Sequence
from typing import Any

from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.following import SAME, kind
from lessons.kit.ledger.explaining.shelf.taking_out import take_out_awaited
from lessons.kit.ledger.explaining.shelf.tracked import Shelf, Told, Tracked
from lessons.kit.ledger.rows import Rows, StoredItem

ELSEWHERE = Told(
    Cause.UNKNOWN, "not there when the ledger first looked: no watched call has stored it", by_no_call=True
)
NOT_SEEN = Told(Cause.UNKNOWN, "stored before or in this turn: the rows could not be read when it began")


def keep_new_rows(
    shelf: Shelf,
    rows: Rows,
    given: list[tuple[Tracked, Any]],
    rewritten_by: str = "",
    of_others: Callable[[], Sequence[Any]] = tuple,
) -> None:
    """Give the keys of new rows to the items that were passed to the session. `given` has each item with its value.

    A row belongs to an item if a check of SAME says so: in the item's own form, by its id, or in the form of a service. An
    item for which no row is found stays without a key. Pairs that are found are removed from `given`. `rewritten_by` names a
    class that can store an item in any form: then new rows belong to the items if number and kinds are the same. Rows with a
    value of `of_others`, which other calls store, are not counted.
    """
    known = {row.key for row in shelf.rows}
    fresh = [(row, shelf.track(row, rows.at, "elsewhere")) for row in rows.items if row.key not in known]
    for is_same in SAME:
        for one in list(fresh):
            row, tracked = one
            pair = next((pair for pair in given if is_same(pair[1], tracked.value)), None)
            if pair is None:
                continue  # the row of another writer, or of a call that has not finished
            given.remove(pair)
            fresh.remove(one)
            _keep(shelf, pair[0], row, tracked, rows.began)
    if not (rewritten_by and fresh and given):
        return
    others = of_others()
    fresh = [one for one in fresh if one[1].value not in others]
    if [kind(tracked.value) for _, tracked in fresh] == [kind(value) for _, value in given]:
        for (row, tracked), (item, _) in zip(fresh, given, strict=True):
            _keep(shelf, item, row, tracked, rows.began)
            item.note = f"stored in another form by add_items() of {rewritten_by}"
        given.clear()


def _keep(shelf: Shelf, item: Tracked, row: StoredItem, tracked: Tracked, looked_for: float) -> None:
    item.key, item.text, item.unread, item.apart = row.key, row.text, tracked.unread, tracked.apart
    item.branches = row.branches
    item.looked_for = looked_for
    if tracked.unread is None:
        item.value = tracked.value
    if item.gone is not None and item.gone_at < looked_for:  # an earlier look had missed it
        item.gone, item.stored = None, False
    if not item.stored:
        shelf.put([item])


def _came(shelf: Shelf, key: int) -> Told:
    """The cause for a row that no watched call is known to have stored."""
    if not shelf.seen:
        return NOT_SEEN
    if key in shelf.brought:
        own = shelf.brought[key]
        return Told(Cause.UNKNOWN, f"there after add_items() of {own}, which is not a class of the SDK, and not before")
    gone = (row.gone for row in shelf.listed if row.key == key and row.gone is not None)
    if any(one.has_changed for one in gone):
        why = f"what row {key} has now: no watched call has changed it"
        return Told(Cause.UNKNOWN, why, by_no_call=True)
    return ELSEWHERE


def set_apart(shelf: Shelf, rows: Rows) -> None:
    """Note the rows that the session does not return for a reason outside of their text, such as another branch."""
    now = {row.key: row for row in rows.items}
    for row in shelf.rows:
        found = now.get(row.key) if row.key is not None else None
        row.branches = found.branches if found is not None else row.branches
        if found is not None and (found.unread is not None or row.apart is not None):
            row.apart = Told(found.unread, found.why) if found.unread is not None else None
            row.unread = row.apart
            shelf.look_again(row, rows.at)


def complete(shelf: Shelf) -> None:
    """Add the rows of the last look that no watched call is known to have stored, and put all rows in stored order."""
    rows = shelf.newest
    if rows is not None:
        without_key = [(row, row.value) for row in shelf.rows if row.key is None]
        keep_new_rows(shelf, rows, [*shelf.awaited, *without_key])
        for found, _ in without_key:
            if found.origin == "stored before" and found.key is not None and shelf.seen:
                found.added = ELSEWHERE
        known = {row.key for row in shelf.rows}
        for row in rows.items:
            if row.key not in known and (shelf.oldest_key is None or row.key > shelf.oldest_key):
                item = shelf.track(row, rows.at, "elsewhere")
                item.added = _came(shelf, row.key)
                shelf.put([item])
        place = {row.key: number for number, row in enumerate(rows.items)}
        keyed = sorted((row for row in shelf.rows if row.key is not None), key=lambda row: place.get(row.key or 0, -1))
        in_order = iter(keyed)
        shelf.rows = [next(in_order) if row.key is not None else row for row in shelf.rows]
    for item, _ in shelf.awaited:
        if not item.stored:
            take_out_awaited(shelf, item)
        if not item.stored and item.origin != "callback":
            item.added = None
