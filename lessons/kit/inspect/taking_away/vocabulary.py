"""The words of the API itself in stored items: names of fields, and the values that a field can only have from a list.

They are read from the types of the openai package, so a new item type needs no change here.
"""

import types
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

from lessons.kit.ledger.explaining.risk import PLACEHOLDER_ID, SCRIPTED_ID

_OF_CHAT_COMPLETIONS = {"tool_calls", "tool_call_id", "function", "image_url", "url"}
_OF_AUDIO = {"input_audio", "data", "format", "transcript"}
_OF_THE_SDK = {"provider_data", "created_by", "model", "annotations", "logprobs", "phase", "caller"}
_OTHER_FIELDS = frozenset(
    {
        *_OF_CHAT_COMPLETIONS,
        *_OF_AUDIO,
        *_OF_THE_SDK,
        "_agents_tool_description",
        "_agents_tool_title",
        "__enc__",
        "v",
        "kid",
        "payload",
    }
)
"""Of Chat Completions, of EncryptedSession, of the SDK, and of parts with sound, which the types of the package do not have."""
_OTHER_VALUES = {
    "role": frozenset(("tool", "function")),
    "type": frozenset(
        (
            "text",
            "image_url",
            "input_audio",
            "output_audio",
            "function",
            "compaction",
            "compaction_summary",
            "item_reference",
        )
    ),
    "kid": frozenset(("hkdf-v1",)),
}


@cache
def fields() -> frozenset[str]:
    """The names of all fields."""
    return frozenset(name for name, _ in _walked()) | _OTHER_FIELDS


@cache
def values() -> dict[str, frozenset[str]]:
    """All values of each field that can only have values from a list."""
    found: dict[str, set[str]] = {name: set(words) for name, words in _OTHER_VALUES.items()}
    for name, hint in _walked():
        for word in _literals(hint):
            found.setdefault(name, set()).add(word)
    return {name: frozenset(words) for name, words in found.items()}


_OF_JSON = ("null", "true", "false", "NaN", "Infinity")
"""Python writes the last two as well."""


@cache
def words() -> frozenset[str]:
    """All these names and values: a fixture can have them although the original has them too."""
    return fields().union({PLACEHOLDER_ID, SCRIPTED_ID}, _OF_JSON, *values().values())


@cache
def _walked() -> tuple[tuple[str, Any], ...]:
    from agents.items import TResponseInputItem
    from openai.types.responses import ResponseOutputItem

    found: list[tuple[str, Any]] = []
    seen: set[int] = set()
    open_: list[Any] = [TResponseInputItem, ResponseOutputItem]
    while open_:
        hint = open_.pop()
        if id(hint) in seen:
            continue
        seen.add(id(hint))
        if isinstance(hint, type) and hint.__module__.startswith("openai."):
            for name, inner in _fields_of(hint).items():
                found.append((name, inner))
                open_.append(inner)
        open_ += [one for one in get_args(hint) if not isinstance(one, str)]
    return tuple(found)


def _fields_of(kind: Any) -> dict[str, Any]:
    if hasattr(kind, "model_fields"):
        return {name: field.annotation for name, field in kind.model_fields.items()}
    return typing.get_type_hints(kind) if typing.is_typeddict(kind) else {}


def _literals(hint: Any) -> Iterator[str]:
    if get_origin(hint) is Literal:
        yield from (one for one in get_args(hint) if isinstance(one, str))
    elif get_origin(hint) in (typing.Union, types.UnionType, typing.Required, typing.NotRequired, typing.Annotated):
        for one in get_args(hint):
            yield from _literals(one)
