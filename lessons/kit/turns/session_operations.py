"""The four operations of a session as data. The code that a page shows and the call are both made from it."""

import json
import re
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Literal, Protocol

from lessons.kit.problems.problem import Problem, Refused

Method = Literal["get_items", "add_items", "pop_item", "clear_session"]
METHODS: tuple[Method, ...] = ("get_items", "add_items", "pop_item", "clear_session")


class Call(Protocol):
    """One call of a session method, as code and as the function of a turn."""

    @property
    def method(self) -> str: ...

    @property
    def code(self) -> str: ...

    def function(self) -> Callable[..., Coroutine[Any, Any, Any]]: ...


@dataclass(frozen=True)
class Operation:
    """One call on a session. `limit` belongs to get_items, `items` to add_items."""

    method: Method
    limit: int | None = None
    items: tuple[Any, ...] = ()

    @property
    def code(self) -> str:
        """The call as a line of code."""
        return f"await session.{self.method}({self._argument()})"

    def function(self) -> Callable[..., Coroutine[Any, Any, Any]]:
        """The call as the function of a turn."""

        async def call(session: Any) -> Any:
            match self.method:
                case "get_items":
                    return (
                        await session.get_items() if self.limit is None else await session.get_items(limit=self.limit)
                    )
                case "add_items":
                    return await session.add_items(list(self.items))
                case "pop_item":
                    return await session.pop_item()
                case "clear_session":
                    return await session.clear_session()

        return call

    def _argument(self) -> str:
        if self.method == "get_items" and self.limit is not None:
            return f"limit={self.limit}"
        if self.method == "add_items":
            return repr(list(self.items))
        return ""


def items_from_json(text: str) -> tuple[Any, ...]:
    """The items in a JSON text, which has one object or a list of objects. Raises Refused with the place of the first fault.

    Each item is checked against the item types of the installed SDK.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(f"This is not JSON: {error}.", "Fix the text at that place.") from error
    items = value if isinstance(value, list) else [value]
    for number, item in enumerate(items, start=1):
        fault = _fault(item)
        if fault:
            raise _refused(f"Item {number} is not an item that the SDK knows: {fault}.", "Fix it and add it again.")
    return tuple(items)


def message_item(role: str, text: str) -> tuple[Any, ...]:
    """One message as a tuple with one item. Raises Refused if the text is empty."""
    if not text.strip():
        raise _refused("The item has no text.", "Type a text and add it again.")
    return ({"role": role, "content": text},)


def _fault(item: Any) -> str:
    """Why the item fits no item type of the SDK, for the type that is closest. '' if it fits one."""
    from pydantic import ValidationError

    if not isinstance(item, dict):
        return f"it is {_name(item)} and must be an object"
    if "role" not in item and "type" not in item:
        return "it has neither a role nor a type"
    try:
        shaped = _item_shapes().validate_python(item)
    except ValidationError as error:
        return _nearest_fault(item, error.errors())
    for name, value in shaped.items():
        try:
            _read_through(value)
        except ValidationError as error:
            return _in_words([{**fault, "loc": (name, *fault["loc"])} for fault in error.errors()])
    return ""


def _read_through(value: Any) -> None:
    """Read all lists, since pydantic checks some of them only when they are read. Raises ValidationError."""
    if isinstance(value, dict):
        value = value.values()
    elif isinstance(value, str) or not isinstance(value, Iterable):
        return
    for part in value:
        _read_through(part)


def _nearest_fault(item: dict[str, Any], faults: list[Any]) -> str:
    shapes = [list(of_shape) for _, of_shape in groupby(faults, key=lambda fault: fault["loc"][0])]
    if "type" in item and all(map(_other_type, shapes)):
        return f"no item has the type {str(item['type'])[:40]!r}"

    def distance(found: list[Any]) -> tuple[bool, int, bool]:
        fields = {fault["loc"][1] for fault in found}
        # Of two equally close types, prefer the one whose only faults are fields that are null.
        return _other_type(found), len(fields), not all(item.get(field, "") is None for field in fields)

    return _in_words(min(shapes, key=distance))


def _other_type(faults: list[Any]) -> bool:
    """Whether the faults come from an item type, or from a part of one, whose `type` field has another value."""
    shortest = min(len(fault["loc"]) for fault in faults)
    return any(fault["loc"][-1] == "type" and len(fault["loc"]) == shortest for fault in faults)


def _in_words(faults: list[Any]) -> str:
    """The deepest faults in words, each with its place. If a part has the right type, only the faults of such parts."""
    depth = max(len(_place(fault)) for fault in faults)
    deepest = [fault for fault in faults if len(_place(fault)) == depth]
    parts = [list(found) for _, found in groupby(deepest, key=lambda fault: fault["loc"][:-1])]
    meant = [fault for part in parts if not _other_type(part) for fault in part] or deepest
    words = [f"{'.'.join(_place(fault))}: {fault['msg'].lower()}" for fault in meant]
    return "; ".join(list(dict.fromkeys(words))[:3])


def _place(fault: Any) -> tuple[str, ...]:
    """The fields and list indexes that lead to a fault, without the names of item types in between."""
    return tuple(str(part) for part in fault["loc"] if re.fullmatch(r"\d+|(?!str$)[a-z_]+", str(part)))


def _name(value: Any) -> str:
    return {"NoneType": "null", "str": "a text", "list": "a list", "bool": "a truth value"}.get(
        type(value).__name__, "a number"
    )


@cache
def _item_shapes() -> Any:
    from agents import TResponseInputItem
    from pydantic import TypeAdapter

    return TypeAdapter(TResponseInputItem)


def _refused(what: str, next_: str) -> Refused:
    return Refused(Problem(what, "Nothing was stored.", next_))
