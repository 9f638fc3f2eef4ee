"""What a callback did to the items that it was given: kept, edited, replaced by an edited copy, moved, removed, added."""

from itertools import combinations, permutations
from typing import Any

import pytest

from lessons.kit.items import Item
from lessons.kit.ledger.explaining.following import Followed, follow
from lessons.kit.ledger.watching.events import seen


def user(text: str, **more: str) -> Item:
    return {"role": "user", "content": text, **more}


def done(given: list[Any], *returned: Any) -> Followed:
    return follow(seen(given), seen(returned))


HI, OTHER_HI, BYE = user("Hi"), user("Hi"), user("Bye")
CALL: Item = {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"}


def test_equal_items_that_come_back_as_copies_are_each_found_once() -> None:
    followed = done([HI, OTHER_HI, BYE], user("Hi"), user("Hi"), user("Bye"))
    assert followed == Followed((0, 1, 2), frozenset(), {}, frozenset(), frozenset())
    assert done([HI, OTHER_HI, BYE], user("Hi"), user("Bye")).removed == {1}
    assert done([HI], HI, user("Hi")).places == (0, None)
    assert done([HI], HI, HI).places == (0, None)


def test_the_same_object_is_found_before_an_equal_one() -> None:
    assert done([HI, OTHER_HI], OTHER_HI).places == (1,)
    assert done([HI, OTHER_HI], OTHER_HI, user("Hi")).places == (1, 0)


def test_an_object_with_other_content_is_edited() -> None:
    shortened = user("A long question")
    given = seen([BYE, shortened])
    shortened["content"] = "A…"
    followed = follow(given, seen([BYE, shortened]))
    assert (followed.places, followed.edited, followed.removed) == ((0, 1), {1}, frozenset())


@pytest.mark.parametrize(
    ("given", "returned", "copied"),
    [
        # the same call id, wherever it stands
        ([CALL, HI], [HI, {**CALL, "arguments": '{"city": "Oslo"}'}], {0: 1}),
        # where two share it, one copy replaces one of them
        ([CALL, {**CALL, "name": "time"}, HI], [HI, {**CALL, "arguments": ""}], {0: 1}),
        ([user("One", id="m1"), user("Two", id="m2")], [user("2", id="m2"), user("1", id="m1")], {0: 1, 1: 0}),
        # an item of the same kind between the same neighbours
        ([HI, user("A long question"), BYE], [HI, user("A…"), BYE], {1: 1}),
        ([HI, user("A long question"), BYE], [HI, user("A…", type="message"), BYE], {1: 1}),
        # two of them, in their order
        ([HI, user("One"), user("Two")], [HI, user("1"), user("2")], {1: 1, 2: 2}),
        # between other neighbours, of another kind, or not as many
        ([user("A long question"), HI], [HI, user("A…")], {}),
        ([HI, user("A long question")], [HI, {"role": "system", "content": "A…"}], {}),
        ([HI, user("One"), user("Two")], [HI, user("Both")], {}),
        ([HI, "A line of text"], [HI, 7], {}),
    ],
)
def test_an_edited_copy_belongs_to_the_item_that_it_replaces(
    given: list[Any], returned: list[Any], copied: dict[int, int]
) -> None:
    followed = done(given, *returned)
    assert followed.copied == copied
    gone = {place for place in range(len(given)) if place not in followed.places}
    assert followed.removed == gone - set(copied)


def test_an_id_finds_an_edited_copy_among_other_neighbours_but_not_one_that_all_items_share() -> None:
    given = [HI, user("One", id="__fake_id__"), BYE]
    assert done(given, user("Two", id="__fake_id__"), HI, BYE).copied == {}
    own = [HI, user("One", id="msg_1"), BYE]
    assert done(own, user("Two", id="msg_1"), HI, BYE).copied == {1: 0}
    assert done(own, user("Two", id="msg_2"), HI, BYE).copied == {}


def longest_in_order(places: tuple[int, ...]) -> list[tuple[int, ...]]:
    for length in range(len(places), 0, -1):
        found = [chosen for chosen in combinations(places, length) if list(chosen) == sorted(chosen)]
        if found:
            return found
    return [()]


def test_what_moved_is_what_not_every_longest_run_in_order_has() -> None:
    items = [user(f"{number}") for number in range(5)]
    for length in range(6):
        for places in permutations(range(5), length):
            stayed = set.intersection(*map(set, longest_in_order(places)))
            followed = done(items, *(items[place] for place in places))
            assert followed.moved == set(places) - stayed, places
            assert followed.removed == set(range(5)) - set(places)
