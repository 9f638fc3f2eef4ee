"""Which items a callback or a filter kept, changed, moved, removed and added."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lessons.kit.items import fingerprint
from lessons.kit.ledger.watching.events import Seen


@dataclass(frozen=True)
class Followed:
    """What a function did to a list. `places` has, for each returned item, its place among the given ones; None if it is new.

    The others are places among the given items. `edited`: the same object came back with other content. `copied`: an edited
    copy came back, with the place of that copy among the returned items. `removed`: the item did not come back. `moved`: the
    item came back in another order; where two changed places, both are in it.
    """

    places: tuple[int | None, ...]
    edited: frozenset[int]
    copied: dict[int, int]
    removed: frozenset[int]
    moved: frozenset[int]


def follow(given: Sequence[Seen], returned: Sequence[Seen]) -> Followed:
    """Compare what a function was given with what it returned: first by object, then by content, each given item once."""
    left = dict.fromkeys(range(len(given)))
    places: list[int | None] = [None] * len(returned)
    place_of = {id(one.item): place for place, one in enumerate(given)}
    for at, one in enumerate(returned):
        place = place_of.get(id(one.item))
        if place is not None and place in left:
            places[at] = place
            del left[place]
    for at, one in enumerate(returned):
        if places[at] is None:
            places[at] = next((place for place in left if given[place].value == one.value), None)
            left.pop(places[at], None)  # type: ignore[arg-type]  # None is not in it
    edited = frozenset(
        place for at, place in enumerate(places) if place is not None and given[place].value != returned[at].value
    )
    copied = _copies(given, returned, places, list(left))
    kept = [place for place in places if place is not None]
    return Followed(
        tuple(places),
        edited,
        copied,
        frozenset(left) - frozenset(copied),
        frozenset(kept) - _in_order(kept),
    )


SHARED_ID = "__fake_id__"
"""The id that the SDK gives to the items of a Chat Completions model, the same for all of them."""


def kind(item: Any) -> tuple[Any, Any]:
    """The type and the role of an item, as the API sees them. A value that is not a dict has the name of its class as type."""
    if not isinstance(item, dict):
        return type(item).__name__, None
    role = item.get("role")
    return ("message" if role is not None else item.get("type")), role


def same_identity(one: Any, other: Any) -> bool:
    """Whether two items have the same id or call id, and are of the same kind."""
    if not (isinstance(one, dict) and isinstance(other, dict)) or kind(one) != kind(other):
        return False
    return any(
        one.get(name) not in (None, SHARED_ID) and one.get(name) == other.get(name) for name in ("id", "call_id")
    )


ADDED_BY_A_SERVICE = ("id", "status", "provider_data")


def in_plain_form(item: dict[str, Any]) -> dict[str, Any]:
    """The item without what a service adds: id, status, provider_data, the type of a message, and the types of text parts."""
    plain = {name: value for name, value in item.items() if name not in ADDED_BY_A_SERVICE}
    if plain.get("type") == "message":
        del plain["type"]
    if isinstance(plain.get("content"), list):
        plain["content"] = [_plain_part(part) for part in plain["content"]]
    elif isinstance(plain.get("content"), str):
        plain["content"] = [plain["content"]]
    return plain


SAME: tuple[Callable[[Any, Any], bool], ...] = (
    lambda one, other: bool(one == other),
    lambda one, other: fingerprint(one) == fingerprint(other),
    same_identity,
    lambda one, other: isinstance(one, dict) and isinstance(other, dict) and in_plain_form(one) == in_plain_form(other),
)
"""Checks of whether two items are the same, the most reliable first."""


def _plain_part(part: Any) -> Any:
    is_text = isinstance(part, dict) and part.get("type") in ("input_text", "output_text", "text")
    return part.get("text") if is_text else part


def _copies(
    given: Sequence[Seen], returned: Sequence[Seen], places: Sequence[int | None], removed: Sequence[int]
) -> dict[int, int]:
    """Pairs a removed item with its edited copy: same id, or as many items of the same kinds between the same neighbours."""
    found: dict[int, int] = {}
    new = [at for at, place in enumerate(places) if place is None]
    for place in removed:
        at = next(
            (at for at in new if at not in found.values() and same_identity(given[place].value, returned[at].value)),
            None,
        )
        if at is not None:
            found[place] = at
    gaps: dict[int, tuple[list[int], list[int]]] = {}
    anchors = sorted((place, at) for at, place in enumerate(places) if place is not None)
    for place in removed:
        before = max((one for one, _ in anchors if one < place), default=-1)
        gaps.setdefault(before, ([], []))[0].append(place)
    for at in new:
        before = max((one for one, there in anchors if there < at), default=-1)
        gaps.setdefault(before, ([], []))[1].append(at)
    for out, into in gaps.values():
        pairs = [(place, at) for place, at in zip(out, into, strict=False)]
        alike = len(out) == len(into) and all(
            kind(given[place].value) == kind(returned[at].value) for place, at in pairs
        )
        if alike:
            found |= {place: at for place, at in pairs if place not in found and at not in found.values()}
    return found


def _in_order(places: Sequence[int]) -> frozenset[int]:
    """The places that kept their order: those that are in every longest increasing subsequence of `places`."""
    if all(one < other for one, other in pairwise(places)):
        return frozenset(places)
    up_to = _lengths(places)
    from_here = _lengths([-place for place in reversed(places)])[::-1]
    longest = max(up_to)
    in_one = [
        (place, length)
        for place, length, rest in zip(places, up_to, from_here, strict=True)
        if length + rest - 1 == longest
    ]
    counts = Counter(length for _, length in in_one)
    return frozenset(place for place, length in in_one if counts[length] == 1)


def _lengths(places: Sequence[int]) -> list[int]:
    """For each place, the length of the longest increasing subsequence that ends there."""
    ends: list[int] = []
    lengths = []
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
        lengths.append(at + 1)
    return lengths


def take_equal(values: list[Any], value: Any) -> bool:
    """Remove one equal value from the list. Returns whether there was one."""
    try:
        values.remove(value)
    except ValueError:
        return False
    return True
