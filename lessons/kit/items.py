"""Describes one stored or sent item, whatever its shape. Nothing here raises on strange input."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from lessons.kit.seen_text import printable

Kind = Literal[
    "user",
    "assistant",
    "system",
    "tool call",
    "tool output",
    "handoff",
    "reasoning",
    "compaction",
    "encrypted",
    "unreadable",
]

TEXT_LIMIT = 2_000
"""Characters of an item's text that a description keeps; `length` has the true number."""


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


def read(data: str) -> Item:
    """Describe a stored text, which should be the JSON of one item and may be anything."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return _item("unreadable", data, problem="not JSON: get_items() skips it, so it is not sent")
    return describe(value)


def describe(value: Any) -> Item:
    """Describe a decoded item. Anything that is not an item the SDK knows is 'unreadable', with the reason."""
    if not isinstance(value, dict):
        return _item("unreadable", _as_json(value), problem="JSON, but not an item: it is returned and sent as it is")
    if value.get("__enc__"):
        return _item("encrypted", str(value.get("payload", "")))
    type_ = value.get("type")
    if type_ == "function_call":
        return _call(value)
    if type_ == "function_call_output":
        return _output(value)
    if type_ == "reasoning":
        return _item("reasoning", _text(value.get("summary")) or _text(value.get("content")) or "(no summary)")
    if type_ == "compaction":
        return _item("compaction", _text(value.get("encrypted_content")) or "(empty)")
    role = value.get("role")
    if role in ("user", "assistant"):
        return _item(role, _text(value.get("content")))
    if role in ("system", "developer"):
        return _item("system", _text(value.get("content")))
    if isinstance(type_, str) and type_.endswith("_call"):
        return _item("tool call", _as_json(value), name=type_, call_id=_optional(value.get("call_id")))
    if isinstance(type_, str) and type_.endswith("_output"):
        return _item("tool output", _as_json(value), name=type_, call_id=_optional(value.get("call_id")))
    return _item("unreadable", _as_json(value), problem=f"{_oddity(role, type_)}: it is returned and sent as it is")


def _oddity(role: Any, type_: Any) -> str:
    if role is None and type_ is None:
        return "no role and no type"
    return f"the type {type_!r} is not known here" if role is None else f"the role {role!r} is not known here"


def fingerprint(value: Any) -> str:
    """The same text for the same item, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, default=str)


def _call(value: dict[str, Any]) -> Item:
    name = printable(str(value.get("name", "")))
    kind: Kind = "handoff" if name.startswith("transfer_to_") else "tool call"
    arguments = value.get("arguments")
    arguments = arguments if isinstance(arguments, str) else _as_json(arguments)
    return _item(kind, f"{name}({arguments})", name=name, call_id=_optional(value.get("call_id")))


def _output(value: dict[str, Any]) -> Item:
    output = _text(value.get("output"))
    # The SDK stores {"assistant": "<agent>"} as the output of a handoff, and marks it in no other way.
    kind: Kind = "handoff" if output.startswith('{"assistant":') else "tool output"
    return _item(kind, output, call_id=_optional(value.get("call_id")))


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
