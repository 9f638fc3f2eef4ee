"""Finds the rows that a session has returned."""

from collections.abc import Sequence
from typing import Any

from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.following import in_plain_form, kind
from lessons.kit.ledger.explaining.shelf.tracked import Shelf, Tracked


def match_returned(
    shelf: Shelf, items: Sequence[Any], being_stored: Sequence[Tracked] = (), branch: str | None = None
) -> list[Tracked]:
    """The row of each returned item, in order. Sessions return rows in stored order, so matching starts at the newest.

    Your own class can return them in any order. `being_stored` are items that other runs are storing at this time: one
    can be returned before the call that stores it has finished. `branch` is the branch that the call named, if it did.
    """
    found: list[Tracked | None] = []
    stored = shelf.rows if branch is None else [row for row in shelf.rows if branch in row.branches]
    at = len(stored) - 1
    for value in reversed(items):
        place = _place(shelf, stored, at, value, any_branch=branch is not None)
        found.append(stored[place] if place is not None else None)
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
    """The item for a returned value whose row was not found in stored order. A new item is also added to `unknown`."""
    early = next((one for one in being_stored if not one.stored and one.value == value), None)
    if early is not None:
        early.stored = early.returned_early = True
        unknown.append(early)
        return early
    row = next((row for row in reversed(rows) if row.value == value), None)
    if row is None and shelf.source is None:
        row = next((row for row in reversed(rows) if has_more(value, row.value)), None)
    if row is None:
        row = Tracked(value, "stored before", stored=True)
        unknown.append(row)
        return row
    rows.remove(row)
    row.value = value
    return row


def has_more(value: Any, known: Any) -> bool:
    """Whether `value` is the known item with something that a service or another class has added."""
    if not (isinstance(value, dict) and isinstance(known, dict) and known and kind(value) == kind(known)):
        return False
    return all(value.get(name, value) == one for name, one in known.items()) or in_plain_form(value) == in_plain_form(
        known
    )


def _place(shelf: Shelf, rows: Sequence[Tracked], at: int, value: Any, *, any_branch: bool) -> int | None:
    """The place of the newest row up to `at` that contains this item, None if there is none."""
    for place in range(at, -1, -1):
        row = rows[place]
        if row.value == value and (row.unread is None or shelf.source is None or any_branch):
            return place
    if at < 0 or shelf.source is None or not isinstance(value, dict):
        return None
    # A service that keeps a conversation can return an item in another form than it lists it.
    plain = in_plain_form(value)
    return next((place for place in range(at, -1, -1) if rows[place].in_plain_form == plain), None)


def _shelve_unknown(shelf: Shelf, found: list[Tracked], unknown: list[Tracked]) -> None:
    """Put items without a known row before the item that follows them. Items older than all known rows are not listed."""
    wanted, follower = {id(item) for item in unknown}, None
    oldest_seen = shelf.rows[0] if shelf.rows else None
    for item in reversed(found):
        if id(item) not in wanted:
            follower = item
            continue
        if follower is not None and follower is oldest_seen and not shelf.is_complete:
            return  # this item and those before it are among the older rows
        place = shelf.rows.index(follower) if follower is not None else len(shelf.rows)
        listed = listed_before(shelf, follower)
        shelf.rows.insert(place, item)
        if item.is_listed:  # it was listed as the input of the run that stores it
            shelf.listed.remove(item)
            listed = listed_before(shelf, follower)
        shelf.listed.insert(listed, item)
        item.is_listed, follower = True, item


def listed_before(shelf: Shelf, follower: Tracked | None) -> int:
    """The place in `listed` for an item before `follower`. Items that only a pop has shown were newer and come after it."""
    at = shelf.listed.index(follower) if follower is not None else len(shelf.listed)
    while at and _shown_by_a_pop(shelf.listed[at - 1]):
        at -= 1
    return at


def _shown_by_a_pop(item: Tracked) -> bool:
    is_popped = item.gone is not None and item.gone.cause is Cause.POPPED
    return is_popped and item.key is None and item.origin == "stored before" and not item.returned
