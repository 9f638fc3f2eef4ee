"""How the rules of the session contract are checked: those that need one session only.

A check is given a way to open sessions. It returns what it saw, in a few words, and raises Broken if the class breaks
the rule. `sharing_checks.py` has the checks with several sessions; `contract.py` has the rules.
"""

import inspect
import json
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from agents import Agent, RunConfig, Runner

from lessons.kit.items import fingerprint
from lessons.kit.models.offline.model import OfflineModel

SHOWN_CHARACTERS = 160
LARGE_ITEM_CHARACTERS = 1_000_000

Open = Callable[..., Awaitable[Any]]
"""`await open()` makes a session with an id that nobody has used, `await open(session_id)` one with that id."""

Check = Callable[[Open], Coroutine[Any, Any, str]]


class Broken(Exception):
    """The class breaks a rule; the message says what was expected and what came, and `lines` which items differ."""

    def __init__(self, message: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.lines = lines


def new_id() -> str:
    return f"contract-{uuid.uuid4().hex}"


def users(*texts: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text} for text in texts]


def expect(doing: str, came: Any, wanted: Any) -> None:
    """Raises Broken unless `came` has the type of `wanted` and both are the same as JSON."""
    if not isinstance(came, type(wanted)) or fingerprint(came) != fingerprint(wanted):
        raise Broken(f"{doing}: expected {shown(wanted)}, got {shown(came)}")


def shown(value: Any) -> str:
    """The value as JSON, cut in the middle if it is long. A list of plain messages is shown as a list of their texts."""
    if isinstance(value, list) and all(isinstance(item, dict) and set(item) == {"role", "content"} for item in value):
        value = [item["content"] for item in value]
    text = json.dumps(value, default=repr) if not isinstance(value, tuple) else repr(value)
    if len(text) <= SHOWN_CHARACTERS:
        return text
    half = SHOWN_CHARACTERS // 2
    return f"{text[:half]} … {text[-half:]} ({len(text):,} characters)"


async def is_a_session(open: Open) -> str:
    session = (await open()).session
    calls: dict[str, tuple[Any, ...]] = {"get_items": (), "add_items": ([],), "pop_item": (), "clear_session": ()}
    missing = [name for name in ("session_id", "session_settings", *calls) if not hasattr(session, name)]
    if missing:
        raise Broken(f"{type(session).__name__} has no {', '.join(missing)}: isinstance(session, Session) is False")
    not_async = []
    for name, arguments in calls.items():
        returned = getattr(session, name)(*arguments)
        if inspect.iscoroutine(returned):
            returned.close()  # only its type was of interest, so it is not awaited
        elif not inspect.isawaitable(returned):
            not_async.append(name)
    if not_async:
        raise Broken(f"expected async methods, got methods without async: {', '.join(not_async)}")
    return "all six are there, and the methods are async"


async def session_id(open: Open) -> str:
    wanted = new_id()
    expect("session_id", (await open(wanted)).session_id, wanted)
    return "session_id was the id that the session was made with"


async def starts_empty(open: Open) -> str:
    expect("get_items() of a new session", await (await open()).get_items(), [])
    return "get_items() returned []"


async def order(open: Open) -> str:
    session = await open()
    for text in ("one", "two", "three"):
        await session.add_items(users(text))
    expect("get_items() after three adds", await session.get_items(), users("one", "two", "three"))
    return "three items, added one by one, came back in that order"


async def batches(open: Open) -> str:
    session = await open()
    await session.add_items(users("1", "2", "3"))
    await session.add_items(users("4", "5"))
    expect("get_items() after a batch of 3 and one of 2", await session.get_items(), users("1", "2", "3", "4", "5"))
    return "a batch of 3 and one of 2 came back as 5 items in order"


async def empty_batch(open: Open) -> str:
    session = await open()
    await session.add_items([])
    expect("get_items() after add_items([])", await session.get_items(), [])
    await session.add_items(users("one"))
    await session.add_items([])
    expect("get_items() after one item and add_items([])", await session.get_items(), users("one"))
    return "add_items([]) changed nothing, on an empty session and on one with an item"


async def limit_none(open: Open) -> str:
    session = await _with_five(open)
    expect("get_items(None) of 5 items", await session.get_items(None), users("1", "2", "3", "4", "5"))
    return "get_items(None) returned all 5 items"


async def limit_zero(open: Open) -> str:
    session = await _with_five(open)
    expect("get_items(0) of 5 items", await session.get_items(0), [])
    return "get_items(0) of 5 items returned []"


async def limit_n(open: Open) -> str:
    session = await _with_five(open)
    expect("get_items(2) of 5 items", await session.get_items(2), users("4", "5"))
    expect("get_items(50) of 5 items", await session.get_items(50), users("1", "2", "3", "4", "5"))
    return "get_items(2) of 5 items returned the last 2 in order, get_items(50) all 5"


async def limit_keyword(open: Open) -> str:
    session = await _with_five(open)
    expect("get_items(limit=2) of 5 items", await session.get_items(limit=2), users("4", "5"))
    return "get_items(limit=2) returned the last 2 of 5 items"


async def pop(open: Open) -> str:
    session = await open()
    await session.add_items(users("one", "two", "three"))
    expect("pop_item() of one, two, three", await session.pop_item(), *users("three"))
    expect("get_items() after that", await session.get_items(), users("one", "two"))
    await session.add_items(users("four"))
    expect("pop_item() after one more add", await session.pop_item(), *users("four"))
    return "pop_item() returned the newest item, which was gone afterwards"


async def pop_on_empty(open: Open) -> str:
    session = await open()
    expect("pop_item() of a new session", await session.pop_item(), None)
    await session.add_items(users("one"))
    await session.pop_item()
    expect("pop_item() after the last item was popped", await session.pop_item(), None)
    return "pop_item() returned None on a new session and after the last item"


async def clear(open: Open) -> str:
    session = await _with_five(open)
    await session.clear_session()
    expect("get_items() after clear_session()", await session.get_items(), [])
    await session.clear_session()
    await session.add_items(users("again"))
    expect("get_items() after clear_session() and an add", await session.get_items(), users("again"))
    return "no item was left, clearing twice did no harm, and the session took a new item"


async def equal_items(open: Open) -> str:
    text: dict[str, Any] = {"type": "output_text", "text": "Sunny.", "annotations": [], "logprobs": None}
    added = [
        {
            "role": "user",
            "content": [{"type": "input_text", "text": "The weather?"}, {"type": "input_text", "text": ""}],
        },
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Use the tool."}]},
        {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": '{"city": "Rome"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": '{"celsius": 12.5, "rain": false}'},
        {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [text]},
        {"type": "custom", "nested": [[1, 2.5, True, None], {"deep": {"er": [{"est": []}]}}]},
    ]
    session = await open()
    await session.add_items(json.loads(json.dumps(added)))
    _expect_each(await session.get_items(), added)
    expect("pop_item()", await session.pop_item(), added[-1])
    return f"{len(added)} items, with tool calls and nested lists, came back equal"


async def unicode(open: Open) -> str:
    texts = (
        "Grüße",
        "e\u0301 and \u00e9",
        "日本語",
        "שלום",
        "👩\u200d👩\u200d👧",
        '"quoted" \\ \u2028',
        "\t\x00\x1f",
        "'; --",
    )
    session = await open()
    await session.add_items(users(*texts))
    _expect_each(await session.get_items(), users(*texts))
    return f"{len(texts)} texts, from Hebrew to emoji and control characters, came back equal"


async def large_items(open: Open) -> str:
    session = await open()
    added = users("0123456789" * (LARGE_ITEM_CHARACTERS // 10), "after")
    await session.add_items(added)
    expect("get_items()", await session.get_items(), added)
    return f"{LARGE_ITEM_CHARACTERS:,} characters came back equal, and so did the item after them"


async def own_list(open: Open) -> str:
    session = await _with_five(open)
    for limit in (None, 5):
        (await session.get_items(limit)).clear()
        left = await session.get_items()
        expect("get_items() after its list was cleared", left, users("1", "2", "3", "4", "5"))
    return "clearing the returned lists changed nothing"


async def own_items(open: Open) -> str:
    def items() -> list[dict[str, Any]]:
        return [{"role": "user", "content": [{"type": "input_text", "text": "as it was"}]}]

    session, given = await open(), items()
    await session.add_items(given)
    given[0]["content"][0]["text"] = "changed"
    given.append({})
    expect("get_items() after the added items were changed", await session.get_items(), items())
    (await session.get_items())[0]["content"][0]["text"] = "changed"
    expect("get_items() after a returned item was changed", await session.get_items(), items())
    return "changing the added and the returned items changed nothing"


async def two_turns(open: Open) -> str:
    handle, agent = await open(), Agent(name="Assistant", model=OfflineModel())
    session = handle.session
    config = RunConfig(tracing_disabled=True)
    await Runner.run(agent, "My name is Alice", session=session, run_config=config)
    result = await Runner.run(agent, "What's my name?", session=session, run_config=config)
    roles = [item.get("role") for item in await handle.get_items()]
    expect("the roles that two turns stored", roles, ["user", "assistant", "user", "assistant"])
    if "Alice" not in result.final_output:
        raise Broken(f"the second turn: expected a reply that names Alice, got {shown(result.final_output)}")
    return "two turns stored 4 items, and the second knew the name that the first was told"


def _expect_each(came: list[Any], wanted: list[Any]) -> None:
    """As `expect`, and names the first item that differs."""
    expect("the number of items", len(came), len(wanted))
    for number, (item, wanted_item) in enumerate(zip(came, wanted, strict=True), start=1):
        expect(f"item {number}", item, wanted_item)


async def _with_five(open: Open) -> Any:
    session = await open()
    await session.add_items(users("1", "2", "3", "4", "5"))
    return session
