"""A finding: its code, its level, its rows, and the conditions under which it is true."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""An error: a run is refused, raises, sends a wrong history or loses rows. A warning: nothing raises, but rows are not sent, or
what is sent, listed or counted is not what was meant. A note: it may be intended."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or may be wrong, with one session.

    `rows` are the keys of its item rows, or of rows in the table that the condition `rows_of` names. `conditions` are those
    under which it is true: class, limit, callback, API, version of the SDK and more. `says` tells what the SDK does, what to
    do, and what the rows cannot show.
    """

    code: str
    level: Level
    session: str
    rows: tuple[int, ...]
    says: str
    conditions: dict[str, str | int | None] = field(default_factory=dict)


def conditions_in_words(conditions: Mapping[str, str | int | None]) -> str:
    """The conditions of a finding for a reader."""
    return ", ".join(_condition(name, value) for name, value in conditions.items())


def _condition(name: str, value: str | int | None) -> str:
    if name == "class":
        return str(value)
    if name == "sdk":
        return f"openai-agents {value}"
    if name == "tried_with":
        return f"tried with {value}"
    if value in (None, "none"):
        return f"no {_NAMES.get(name, name)}"
    if name == "api":
        return "any API" if value == "any" else f"{value} API{'s' if ' and ' in str(value) else ''}"
    if name == "callback" and value != "any":
        return f"session_input_callback: {value}"
    return f"any {_NAMES.get(name, name)}" if value == "any" else f"{_NAMES.get(name, name)} {value}"


_NAMES = {"callback": "session_input_callback", "policy": "reasoning_item_id_policy"}


def rows_in_words(keys: Sequence[int]) -> str:
    """ "row 3", "rows 2 and 3", "rows 1 to 4", "rows 1, 3 and 7"; for many rows, their number, the first few and the last."""
    keys = list(keys)
    if len(keys) == 1:
        return f"row {keys[0]}"
    if len(keys) > 2 and keys == list(range(keys[0], keys[0] + len(keys))):
        return f"rows {keys[0]} to {keys[-1]}"
    if len(keys) > _NAMED:
        return f"{len(keys):,} rows ({', '.join(map(str, keys[: _NAMED - 2]))}, …, {keys[-1]})"
    return f"rows {', '.join(map(str, keys[:-1]))} and {keys[-1]}" if keys else "no row"


_NAMED = 12


def subject(keys: Sequence[int]) -> str:
    """The rows at the beginning of a sentence."""
    return rows_in_words(keys).capitalize()


def them(keys: Sequence[int]) -> str:
    """ "it" for one row, "them" for more."""
    return "it" if len(keys) == 1 else "them"


def they(keys: Sequence[int]) -> str:
    """ "it" for one row, "they" for more."""
    return "it" if len(keys) == 1 else "they"


def short(text: object, limit: int = 80) -> str:
    """A stored text for a sentence: one line, cut."""
    words = " ".join(str(text).split())
    return words if len(words) <= limit else f"{words[: limit - 1]}…"


TABLE = Path(__file__).with_name("by_version.json")
"""What is found with each minor of the SDK. `python -m tests.sdk_versions` makes it: it looks for the same cases with each."""


@cache
def sdk_version() -> str:
    """The version of the SDK whose Runner makes the dry runs, such as "0.24.0"."""
    from importlib.metadata import version

    return version("openai-agents")


def sdk_minor_name() -> str:
    """The minor that is installed, such as "0.24"."""
    return ".".join(sdk_version().split(".")[:2])


@cache
def minors_with(code: str, level: str) -> str:
    """The minors with which a case gave this finding at this level, such as "0.23, 0.24"; '' if none was tried."""
    table: dict[str, dict[str, list[list[str]]]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return ", ".join(minor for minor, cases in table.items() if any([code, level] in found for found in cases.values()))
