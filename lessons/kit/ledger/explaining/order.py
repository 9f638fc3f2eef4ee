"""The order of the lines of a ledger: rows as they are stored, and what is not a row where it happened."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from lessons.kit.ledger.explaining.requests import Requests
from lessons.kit.ledger.explaining.shelf.tracked import Shelf, Tracked, take_same

PUT_IN = ("filter", "handoff")
"""The origins of items that were put into a request: one can stand before what its run was given."""


def in_order(shelf: Shelf, runs: Sequence[Requests]) -> list[Tracked]:
    """All items: rows in stored order, removed rows where they stood, and the others after the item that they followed."""
    rows = [item for item in shelf.listed if item.stored]
    place = {id(row): number for number, row in enumerate(shelf.rows)}
    ordered: list[Tracked] = []
    gone: list[Tracked] = []
    for row in rows:
        if id(row) in place:
            ordered.append(row)
        else:
            gone.append(row)
    ordered.sort(key=lambda row: place[id(row)])
    keys = [row.key for row in rows if row.key is not None]
    is_unique = len(set(keys)) == len(keys)
    number = {id(row): at for at, row in enumerate(rows)}
    for row in gone:
        before = (at + 1 for at, one in enumerate(ordered) if _is_before(one, row, number, by_key=is_unique))
        ordered.insert(max(before, default=0), row)
    previous: Tracked | None = None
    for item in shelf.listed:
        if not item.stored:
            ordered.insert(_place(item, previous, ordered, runs), item)
        previous = item
    return ordered


def _is_before(one: Tracked, row: Tracked, listed: Mapping[int, int], *, by_key: bool) -> bool:
    """Whether a row stands before another one. They are listed in another order if calls at the same time stored them."""
    if by_key and one.key is not None and row.key is not None:
        return one.key < row.key
    return one.put < row.put if one.put and row.put else listed[id(one)] < listed[id(row)]


def _place(item: Tracked, previous: Tracked | None, ordered: Sequence[Tracked], runs: Sequence[Requests]) -> int:
    """The place of an item that is not a row. `previous` is the item listed before it."""
    if item.after is not None and item.after in ordered:
        return ordered.index(item.after) + 1
    of_run = [place for place, one in enumerate(ordered) if one.of_run is item.of_run and one.origin != "state"]
    if item.origin in PUT_IN:
        behind = {id(one) for one in _behind(item, runs)}
        came_before = (place + 1 for place in of_run if ordered[place].came < item.came)
        return next((place for place in of_run if id(ordered[place]) in behind), max(came_before, default=0))
    if item.origin == "state":  # older than everything that its run has made
        return of_run[0] if of_run else len(ordered)
    return ordered.index(previous) + 1 if previous is not None else 0


def _behind(item: Tracked, runs: Sequence[Requests]) -> list[Tracked]:
    """The items that stood behind an item in the first request that sent it."""
    sent = (pairs for run in runs for number, pairs in run.sent.items() if number in item.sent[:1])
    items = [one for one, _ in next(sent, ())]
    return items[items.index(item) + 1 :] if item in items else []


def together(items: Sequence[Tracked], elsewhere: Sequence[Tracked], runs: Sequence[Requests]) -> list[Tracked]:
    """The items of a session, with each item of a run without a session after those that were there when it came."""
    came = _moments([*items, *elsewhere], runs)
    for item, following in reversed([*pairwise(elsewhere)]):
        if item.origin in PUT_IN and item.of_run is following.of_run:  # it stands before the other
            came[id(item)] = min(came[id(item)], came[id(following)])
    # For each item, the earliest moment from its place on: rows do not always stand in the order in which they came.
    from_here = [*accumulate((came[id(item)] for item in reversed(items)), min)][::-1]
    found: list[Tracked] = []
    done = 0
    for item in sorted(elsewhere, key=lambda item: came[id(item)]):
        place = bisect_right(from_here, came[id(item)])
        found += [*items[done:place], item]
        done = max(done, place)
    return [*found, *items[done:]]


def _moments(items: Sequence[Tracked], runs: Sequence[Requests]) -> dict[int, int]:
    """When each item came, by its id(). A model's item came with the answer, also if it was stored later or never."""
    came = {id(item): item.came for item in items}
    for run in runs:
        made = [item for item in items if item.of_run is run.run and item.origin == "made"]
        for item in made:
            if item.after is not None:  # what had arrived of an answer
                came[id(item)] = came.get(id(item.after), item.came)
        for number, answer in run.answers.items():
            for value in answer:
                found = take_same(made, value)
                if found is not None:
                    came[id(found)] = run.answered_at[number]
    return came
