"""How the rules of the session contract are checked: those with several session ids, handles or calls at once."""

import asyncio
from typing import Any

from lessons.kit.contract.single_session_checks import Broken, Open, expect, new_id, shown, users

CONCURRENT_ADDS = 20
LONG_ID_CHARACTERS = 400


class NotShared(Exception):
    """The rule is for shared storage, and every handle of this class keeps its own items."""


async def isolation(open: Open) -> str:
    one, other = await open(), await open()
    await one.add_items(users("mine"))
    expect("get_items() of another id", await other.get_items(), [])
    await other.add_items(users("yours"))
    expect("get_items() of the first id", await one.get_items(), users("mine"))
    expect("pop_item() of the other id", await other.pop_item(), *users("yours"))
    await other.clear_session()
    expect("get_items() after clear_session() of the other id", await one.get_items(), users("mine"))
    return "add, pop and clear on one id did nothing to another"


async def similar_ids(open: Open) -> str:
    start = new_id()
    endings = ("", "/a", "_a", ":a", "/A", "/á", "/a ", "/../a", "%2Fa")
    first, *others = await _keep_apart(open, [start + ending for ending in endings])
    await first.clear_session()
    for number, session in enumerate(others, start=1):
        doing = f"get_items() of {shown(endings[number])} after clear_session() of the id that it begins with"
        expect(doing, await session.get_items(), users(f"of id {number}"))
    return f"{len(endings)} ids kept their items apart, also when the shortest was cleared"


async def long_ids(open: Open) -> str:
    start = new_id().ljust(LONG_ID_CHARACTERS - 1, "x")
    await _keep_apart(open, [f"{start}1", f"{start}2"])
    return f"two ids of {LONG_ID_CHARACTERS} characters, different in the last, kept their items apart"


async def concurrent_adds(open: Open) -> str:
    return await _add_at_once([await open()])


async def second_handle(open: Open) -> str:
    one, other = await _two_handles(open)
    expect("get_items() of the first handle", await one.get_items(), users("from the first"))
    await other.add_items(users("from the second"))
    expect("get_items() of the first handle", await one.get_items(), users("from the first", "from the second"))
    expect("pop_item() of the first handle", await one.pop_item(), *users("from the second"))
    await one.clear_session()
    expect("get_items() of the second handle after clear_session()", await other.get_items(), [])
    return "each handle saw what the other had added, popped and cleared"


async def two_handles_at_once(open: Open) -> str:
    handles = await _two_handles(open)
    await handles[0].clear_session()
    return await _add_at_once(handles)


async def _keep_apart(open: Open, ids: list[str]) -> list[Any]:
    sessions = [await open(session_id) for session_id in ids]
    for number, session in enumerate(sessions):
        await session.add_items(users(f"of id {number}"))
    for number, session in enumerate(sessions):
        expect(f"get_items() of {shown(ids[number])}", await session.get_items(), users(f"of id {number}"))
    return sessions


async def _two_handles(open: Open) -> list[Any]:
    """Two handles on one id, with one item. Raises NotShared when the second does not see the item of the first."""
    session_id = new_id()
    one = await open(session_id)
    await one.add_items(users("from the first"))
    other = await open(session_id)
    seen = await other.get_items()
    if seen == []:
        raise NotShared("not shared: a second handle sees no items, so use one handle for each id")
    expect("get_items() of a second handle", seen, users("from the first"))
    return [one, other]


async def _add_at_once(handles: list[Any]) -> str:
    """Begin CONCURRENT_ADDS adds of two items before the first is done."""
    batches = [users(f"{number} a", f"{number} b") for number in range(CONCURRENT_ADDS)]
    adds = [handles[number % len(handles)].add_items(batch) for number, batch in enumerate(batches)]
    errors = [error for error in await asyncio.gather(*adds, return_exceptions=True) if error is not None]
    if errors:
        first = f"{type(errors[0]).__name__}: {errors[0]}"
        raise Broken(f"{CONCURRENT_ADDS} adds at once: expected no error, got {len(errors)}, the first {first}")
    came = [item["content"] for item in await handles[0].get_items()]
    wanted = [item["content"] for batch in batches for item in batch]
    if sorted(came) != sorted(wanted):
        lost = [text for text in wanted if text not in came]
        raise Broken(
            f"{CONCURRENT_ADDS} adds at once: expected {len(wanted)} items, got {len(came)}; lost: {shown(lost)}"
        )
    turned = [number for number in range(CONCURRENT_ADDS) if came.index(f"{number} a") > came.index(f"{number} b")]
    if turned:
        raise Broken(f"{CONCURRENT_ADDS} adds at once: expected the items of each in their order, got {shown(came)}")
    return f"{CONCURRENT_ADDS} adds at once stored {len(wanted)} items, those of each add in their order"
