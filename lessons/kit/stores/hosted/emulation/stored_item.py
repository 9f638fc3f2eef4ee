"""The form in which the service keeps items, whatever form they have when they are sent."""

import secrets
from typing import Any

_PREFIXES = {"message": "msg", "function_call": "fc", "function_call_output": "fco", "reasoning": "rs"}


def as_stored(item: dict[str, Any]) -> dict[str, Any]:
    """The item as the service keeps it: with a new id, a type, a status (not for reasoning), and text as a list of parts."""
    kind = item.get("type") or "message"
    stored = {"id": f"{_PREFIXES.get(kind, 'item')}_{secrets.token_hex(8)}", "type": kind, "status": "completed"}
    stored |= {name: value for name, value in item.items() if name not in ("id", "type")}
    if kind == "reasoning":
        del stored["status"]
    if kind == "message" and isinstance(item.get("content"), str):
        stored["content"] = [_text_part(item["role"], item["content"])]
    return stored


def is_item(value: Any) -> bool:
    """Whether the service accepts the value as an item."""
    return isinstance(value, dict) and bool(value.get("role") or value.get("type", "message") != "message")


def without_its_id(item: dict[str, Any]) -> dict[str, Any]:
    """The item as the service keeps it, without the id."""
    return {name: value for name, value in as_stored(item).items() if name != "id"}


def _text_part(role: str, text: str) -> dict[str, Any]:
    if role == "assistant":
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"type": "input_text", "text": text}
