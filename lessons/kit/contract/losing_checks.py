"""How the rules of the session contract are checked: those that find classes which lose items."""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_type_hints

from agents.items import TResponseInputItem

from lessons.kit.contract.single_session_checks import Broken, Open, expect, shown, users
from lessons.kit.items import fingerprint

MANY = 1_100
"""More items than a default limit or a trimmed list is likely to keep."""
ROLES = ("user", "assistant", "system", "developer")
NAMED_ITEMS = 40
"""If more items are lost, only the first two and the last are named."""
FAKE_ID = "__fake_id__"
"""The id of each item that a Chat Completions model makes (agents.models.fake_id)."""


async def no_limit(open: Open) -> str:
    session, wanted = await open(), _numbered()
    await session.add_items(wanted)
    expect_none_lost("get_items() without an argument", await session.get_items(), await _with_a_limit(session, wanted))
    return f"get_items() returned as many of {MANY:,} items as get_items({MANY}) did"


async def long_sessions(open: Open) -> str:
    session, wanted = await open(), _numbered()
    await session.add_items(wanted)
    without, with_limit = await session.get_items(), await _with_a_limit(session, wanted)
    came = max(without, with_limit, key=len)
    expect_none_lost(f"after {MANY:,} items were added", came, wanted)
    return f"{MANY:,} items came back in order"


async def said_twice(open: Open) -> str:
    session = await open()
    wanted = [*_exchange("Shall I book it?", "yes"), *_exchange("And a hotel?", "yes")]
    for item in wanted:
        await session.add_items([item])
    expect_none_lost('after "yes" was added twice', await session.get_items(), wanted)
    await session.add_items(users("yes", "yes"))
    expect_none_lost("after two equal items in one batch", await session.get_items(), [*wanted, *users("yes", "yes")])
    return 'each "yes" came back, one by one and in one batch'


async def repeated_ids(open: Open) -> str:
    session = await open()
    wanted: list[Any] = []
    for turn in (1, 2, 3):
        added = [*users(f"question {turn}"), _answer(f"answer {turn}") | {"id": FAKE_ID, "type": "message"}]
        await session.add_items(added)
        wanted += added
    expect_none_lost(f"after three turns whose answers have the id {FAKE_ID}", await session.get_items(), wanted)
    return f"three answers with the id {FAKE_ID} came back"


async def every_item_type(open: Open) -> str:
    session = await open()
    wanted = [
        {"type": name, "id": f"id_{at}", "call_id": f"call_{at}"} for at, name in enumerate(item_types(), start=1)
    ]
    await session.add_items(wanted)
    expect_none_lost(f"after an item of each of {len(wanted)} types was added", await session.get_items(), wanted)
    return f"an item of each of {len(wanted)} types came back"


async def every_role(open: Open) -> str:
    session = await open()
    wanted = [{"role": role, "content": f"of the {role}"} for role in ROLES]
    await session.add_items(wanted)
    expect_none_lost(f"after a message of each of {len(ROLES)} roles was added", await session.get_items(), wanted)
    return f"messages of the roles {', '.join(ROLES)} came back"


async def limit_counts_items(open: Open) -> str:
    session, wanted = await open(), _with_a_tool()
    await session.add_items(wanted)
    for limit in range(1, len(wanted)):
        expect(f"get_items({limit}) of a turn with a tool", await session.get_items(limit), wanted[-limit:])
    return f"each limit up to {len(wanted) - 1} returned as many items of a turn with a tool"


async def pop_takes_one(open: Open) -> str:
    session, left = await open(), _with_a_tool()
    await session.add_items(left)
    while left:
        newest = left.pop()
        what = newest.get("role") or newest["type"]
        expect(f"pop_item() of {what}", await session.pop_item(), newest)
        expect_none_lost(f"after pop_item() of {what}", await session.get_items(), left)
    return "each pop_item() of a turn with a tool took out one item and left the others"


async def null_values(open: Open) -> str:
    session = await open()
    wanted: list[dict[str, Any]] = [
        {"type": "message", "role": "assistant", "content": None, "id": None, "name": None},
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": None, "encrypted_content": None},
    ]
    await session.add_items(wanted)
    came = await session.get_items()
    expect("the number of items", len(came), len(wanted))
    for item, wanted_item in zip(came, wanted, strict=True):
        lost = [name for name in wanted_item if name not in item]
        if lost:
            raise Broken(
                f"an item of the type {wanted_item['type']}: expected its keys with the value null, lost: {', '.join(lost)}"
            )
        expect(f"an item of the type {wanted_item['type']}", item, wanted_item)
    return "keys whose value is null came back with it"


async def half_a_character(open: Open) -> str:
    wanted = users("cut \ud83d", "whole")
    session = await open()
    try:
        await session.add_items(wanted)
    except Exception as error:
        raise Broken(
            f"add_items() of a text that ends with half an emoji: expected no error, got {type(error).__name__}: {error}; "
            f"lost: {_names(wanted)}"
        ) from error
    expect_none_lost("after a text that ends with half an emoji", await session.get_items(), wanted)
    return "a text that ends with half an emoji came back"


def expect_none_lost(doing: str, came: list[Any], wanted: list[Any]) -> None:
    """Raises Broken unless all wanted items came, in their order; names those that did not."""
    left = [fingerprint(item) for item in came]
    lost = []
    for item in wanted:
        mark = fingerprint(item)
        if mark in left:
            left.remove(mark)
        else:
            lost.append(item)
    if lost:
        kept = len(wanted) - len(lost)
        raise Broken(f"{doing}: expected {len(wanted):,} items, got {kept:,} of them; lost: {_names(lost)}")
    expect(doing, came, wanted)


@cache
def item_types() -> tuple[str, ...]:
    """The types of the items that the installed SDK can store, other than messages."""
    return tuple(dict.fromkeys(name for name in _types(TResponseInputItem) if name != "message"))


def _types(union: Any) -> Iterator[str]:
    for part in get_args(union):
        if not isinstance(part, type):
            yield from _types(part)
            continue
        given = get_type_hints(part).get("type")
        literals = [given, *get_args(given)]  # an optional one has its Literal inside
        yield from (value for one in literals for value in get_args(one) if isinstance(value, str))


def _numbered() -> list[Any]:
    return users(*(str(number) for number in range(1, MANY + 1)))


async def _with_a_limit(session: Any, wanted: list[Any]) -> list[Any]:
    items: list[Any] = await session.get_items(len(wanted))
    return items


def _with_a_tool() -> list[Any]:
    return [
        *users("The weather in Oslo?"),
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": '{"city": "Oslo"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "4 °C"},
        _answer("4 °C in Oslo."),
    ]


def _exchange(question: str, answer: str) -> list[Any]:
    return [_answer(question), *users(answer)]


def _answer(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "output_text", "text": text, "annotations": []}]}


def _names(items: list[Any]) -> str:
    """The items in few words: what they say, or their type."""
    if len(items) > NAMED_ITEMS:
        return f"{_name(items[0])}, {_name(items[1])} and so on to {_name(items[-1])}"
    return ", ".join(map(_name, items))


def _name(item: dict[str, Any]) -> str:
    content = item.get("content")
    if content is None:
        return str(item.get("type"))
    return shown(content if isinstance(content, str) else content[0]["text"])
