"""Ids of sessions that SQLite keeps as numbers or bytes: the list shows them as text, and a link has only that text."""

from contextlib import suppress
from typing import Any

from lessons.kit.inspect.stored import Head, Hit, NotUtf8

REPLACED = "\N{REPLACEMENT CHARACTER}"
"""Stands in a text for bytes that are not UTF-8."""


NOT_UTF8, RAW = "text that is not UTF-8", "bytes that are not UTF-8"


def could_be(session_id: str) -> list[Any]:
    """What the column can have for an id that is shown as this text. The text is first, because the SDK stores nothing else."""
    found: list[Any] = [session_id, session_id.encode()]
    with suppress(ValueError):
        if -(2**63) <= int(session_id) < 2**63:
            found.append(int(session_id))
    with suppress(ValueError):
        found.append(float(session_id))
    return [one for one in found if isinstance(one, bytes) or str(one) == session_id]


def stored_as(one: Head | Hit) -> Any:
    """The id as the column holds it."""
    return one.session_id if one.stored_id is None else one.stored_id


def placeholder(value: Any) -> str:
    """The placeholder of the id in a statement. Bytes that SQLite keeps as a text are given to it as bytes."""
    return "CAST(? AS TEXT) || ''" if isinstance(value, NotUtf8) else "?"


def kind_of(value: Any) -> str:
    """What kind of value a stored id that is not a text is, in words."""
    if isinstance(value, NotUtf8):
        return NOT_UTF8
    if not isinstance(value, bytes):
        return "a number"
    try:
        value.decode()
    except UnicodeDecodeError:
        return RAW
    return "bytes"
