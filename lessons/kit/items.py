"""Describes one stored or sent item, whatever its shape. Nothing here raises on strange input."""

import json
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite, isnan
from typing import Any, Literal

from lessons.kit.seen_text import printable

Kind = Literal[
    "user",
    "assistant",
    "system",
    "developer",
    "tool call",
    "tool output",
    "handoff",
    "reasoning",
    "compaction",
    "encrypted",
    "unreadable",
]

TEXT_LIMIT = 2_000
"""How many characters of an item's text a description keeps; `length` has the true number."""


@dataclass(frozen=True)
class Item:
    """What a person needs to know of one item.

    `text` is cut at TEXT_LIMIT characters, `length` is the length of the whole text in characters.
    `call_id` ties a tool call to its output; `name` is the tool's. `problem` says why an item is unreadable.
    """

    kind: Kind
    text: str
    length: int
    name: str | None = None
    call_id: str | None = None
    problem: str | None = None


def read(data: str, handoffs: Container[str] = frozenset()) -> Item:
    """Describe a stored text, which should be the JSON of one item and may be anything. `handoffs` as for `describe`."""
    if len(data) <= KEPT_LENGTH and isinstance(handoffs, frozenset):
        return _read_once(data, handoffs)
    return _read(data, handoffs)


KEPT_LENGTH = 2_000
"""Descriptions of stored texts up to this length are kept: a page reads each of its rows several times in each run."""


@lru_cache(maxsize=2_000)
def _read_once(data: str, handoffs: frozenset[str]) -> Item:
    return _read(data, handoffs)


def _read(data: str, handoffs: Container[str]) -> Item:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return _item("unreadable", data, problem="not JSON: get_items() skips it, so it is not sent")
    return describe(value, handoffs)


def handoffs_among(values: Iterable[Any]) -> frozenset[str]:
    """The call ids of the handoffs among decoded items: of calls whose output has the form that the SDK gives to handoffs.

    The name of a call does not show it: an ordinary tool may be called transfer_to_savings.
    """
    calls, answers = set(), set()
    for value in values:
        call_id = value.get("call_id") if isinstance(value, dict) else None
        if not isinstance(call_id, str):
            continue
        if value.get("type") == "function_call":
            calls.add(call_id)
        elif value.get("type") == "function_call_output" and _is_of_handoff(value.get("output")):
            answers.add(call_id)
    return frozenset(calls & answers)


def handoffs_in(texts: Iterable[str]) -> frozenset[str]:
    """The same for stored texts."""
    decoded = []
    for text in texts:
        if "function_call" in text:
            with suppress(ValueError, RecursionError):
                decoded.append(json.loads(text))
    return handoffs_among(decoded)


def _is_of_handoff(output: Any) -> bool:
    """The SDK stores {"assistant": "<agent>"} as the output of a handoff, and marks it in no other way."""
    if not isinstance(output, str) or '"assistant"' not in output:  # decoding every output takes a quarter of a dry run
        return False
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and list(value) == ["assistant"] and isinstance(value["assistant"], str)


def describe(value: Any, handoffs: Container[str] = ()) -> Item:
    """Describe a decoded item. Anything that does not look like an item is 'unreadable', with the reason.

    `handoffs` are the call ids that are known to be handoffs: a call alone does not show it.
    """
    if not isinstance(value, dict):
        return _item("unreadable", _as_json(value), problem=f"JSON, but not an item: {_UNCHANGED}")
    if value.get("__enc__"):
        return _item("encrypted", str(value.get("payload", "")))
    type_ = value.get("type")
    if type_ == "function_call":
        return _call(value, handoffs)
    if type_ == "function_call_output":
        return _output(value)
    if type_ == "reasoning":
        return _item("reasoning", _text(value.get("summary")) or _text(value.get("content")) or "(no summary)")
    if type_ == "compaction":
        return _item("compaction", _text(value.get("encrypted_content")) or "(empty)")
    role = value.get("role")
    if role == "assistant" and isinstance(value.get("tool_calls"), list):
        return _item(role, " ".join(filter(None, (_text(value.get("content")), _calls_inside(value["tool_calls"])))))
    if role in ("user", "assistant", "system", "developer"):
        return _item(role, _text(value.get("content")))
    if isinstance(type_, str) and type_ in _OF_A_SERVICE:
        return _OF_A_SERVICE[type_](value)
    if isinstance(type_, str) and type_.endswith("_call"):
        return _call_of_a_service(type_, value)
    if isinstance(type_, str) and type_.endswith("_output"):
        return _item("tool output", _as_json(value), name=type_, call_id=_optional(value.get("call_id")))
    return _item("unreadable", _as_json(value), problem=f"{_oddity(role, type_)}: {_UNCHANGED}")


_UNCHANGED = "a run that reads it sends it as it is"


def _oddity(role: Any, type_: Any) -> str:
    if role is None and type_ is None:
        return "no role and no type"
    return f"the type {type_!r} is not known here" if role is None else f"the role {role!r} is not known here"


def fingerprint(value: Any) -> str:
    """The same text for the same item, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, default=str)


def _call(value: dict[str, Any], handoffs: Container[str]) -> Item:
    name, call_id = printable(str(value.get("name", ""))), value.get("call_id")
    kind: Kind = "handoff" if isinstance(call_id, str) and call_id in handoffs else "tool call"
    return _item(kind, f"{name}({_arguments(value)})", name=name, call_id=_optional(call_id))


def _call_of_a_service(type_: str, value: dict[str, Any]) -> Item:
    """A call that a service runs, such as web_search_call: what it was asked, in the form of a call, without its ids."""
    if isinstance(value.get("name"), str):
        asked = _text(value["input"]) if "input" in value else _arguments(value)
        text = f"{value['name']}({asked})"
    else:
        text = f"{type_}({_as_json({name: part for name, part in value.items() if name not in _NOT_ASKED})})"
    return _item("tool call", text, name=type_, call_id=_optional(value.get("call_id")))


_NOT_ASKED = ("id", "type", "status", "call_id")


def _arguments(value: dict[str, Any]) -> str:
    arguments = value.get("arguments")
    return arguments if isinstance(arguments, str) else _as_json(arguments)


def _calls_inside(tool_calls: list[Any]) -> str:
    """The calls in a message in the form of Chat Completions, which often has no text."""
    functions = [call.get("function") for call in tool_calls if isinstance(call, dict)]
    return " ".join(f"{one.get('name')}({_arguments(one)})" for one in functions if isinstance(one, dict))


def _output(value: dict[str, Any]) -> Item:
    output = _text(value.get("output"))
    kind: Kind = "handoff" if _is_of_handoff(output) else "tool output"
    return _item(kind, output, call_id=_optional(value.get("call_id")))


def _tool_list(value: dict[str, Any]) -> Item:
    tools = value.get("tools")
    names = [str(tool.get("name")) for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    text = f"tools of {value.get('server_label')}: {', '.join(names) or 'none'}"
    return _item("tool output", text, name="mcp_list_tools")


def _approval_request(value: dict[str, Any]) -> Item:
    name = printable(str(value.get("name", "")))
    text = f"asks for approval: {name}({_arguments(value)})"
    return _item("tool call", text, name=name, call_id=_optional(value.get("id")))


def _approval_response(value: dict[str, Any]) -> Item:
    said = "approved" if value.get("approve") else "not approved"
    reason = f": {value['reason']}" if value.get("reason") else ""
    return _item("tool output", f"{said}{reason}", call_id=_optional(value.get("approval_request_id")))


def _reference(value: dict[str, Any]) -> Item:
    return _item("system", f"refers to the item {value.get('id')}", name="item_reference")


def _compaction_trigger(value: dict[str, Any]) -> Item:
    return _item("compaction", "asks the service to compact")


def _program(value: dict[str, Any]) -> Item:
    code = _text(value.get("code")) or _as_json(value)
    return _item("tool call", code, name="program", call_id=_optional(value.get("call_id")))


def _setting(value: dict[str, Any]) -> Item:
    return _item("system", _as_json(value), name=str(value.get("type")))


_OF_A_SERVICE: Mapping[str, Callable[[dict[str, Any]], Item]] = {
    "mcp_list_tools": _tool_list,
    "mcp_approval_request": _approval_request,
    "mcp_approval_response": _approval_response,
    "item_reference": _reference,
    "compaction_trigger": _compaction_trigger,
    "program": _program,
    "additional_tools": _setting,
    "configuration_update": _setting,
}
"""Items of the Responses API that are not a message, and not a call or an output by the name of their type."""


def _text(content: Any) -> str:
    """The text of a content field: a string, a list of parts, or whatever else was stored."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return " ".join(filter(None, map(_part, content)))
    return "" if content is None else _as_json(content)


def _part(part: Any) -> str:
    if isinstance(part, dict):
        for field in ("text", "refusal"):
            words = part.get(field)
            if isinstance(words, str):
                return words
        return f"[{part['type']}]" if isinstance(part.get("type"), str) else _as_json(part)
    return part if isinstance(part, str) else _as_json(part)


def _item(kind: Kind, text: str, **more: str | None) -> Item:
    return Item(kind, printable(text[:TEXT_LIMIT]), len(text), **more)


def _optional(value: Any) -> str | None:
    return printable(value) if isinstance(value, str) else None


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return repr(type(value))


class NotANumber(float):
    """NaN that equals itself, so that an item with NaN in it is found again. In Python, NaN differs from itself."""

    def __new__(cls) -> "NotANumber":
        return super().__new__(cls, "nan")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NotANumber)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return 0

    def __reduce__(self) -> tuple[type["NotANumber"], tuple[()]]:
        return NotANumber, ()


def strict_json(value: Any) -> Any:
    """The value with a text for each NaN and Infinity: JSON has neither, and readers other than Python's refuse them."""
    if isinstance(value, dict):
        return {name: strict_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [strict_json(inner) for inner in value]
    if isinstance(value, float) and not isfinite(value):
        return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def decoded(text: str | bytes) -> Any:
    """What `json.loads` makes of the text, with every NaN as one that equals itself."""
    return _JSON.decode(text) if isinstance(text, str) else json.loads(text, parse_constant=_constant)


def _constant(name: str) -> float:
    return NotANumber() if name == "NaN" else float(name)


_JSON = json.JSONDecoder(parse_constant=_constant)
"""Made once: with parse_constant, json.loads makes a new decoder for each text."""
