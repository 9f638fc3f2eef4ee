"""The environment: the file .env, which is loaded into it, the settings in it, and which of them cannot be used."""

import math
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from io import StringIO
from pathlib import Path

from dotenv import load_dotenv
from dotenv.parser import parse_stream

NUMBERS = {
    "SESSIONS_TURN_SECONDS": 120,
    "SESSIONS_VISITOR_LIMIT_MB": 100,
    "SESSIONS_TOTAL_LIMIT_MB": 10_000,
    "SESSIONS_VISITORS_LIMIT": 2_000,
    "SESSIONS_TURNS_A_MINUTE": 120,
    "SESSIONS_ALL_TURNS_A_MINUTE": 3_000,
}
"""Each variable that holds a number, and the number that is used if it is not set, or not a number above 0."""

NAMES_TO_INSPECT, NAMES_TO_OPERATE = "SESSIONS_INSPECT_URLS", "SESSIONS_OPERATE_URLS"
"""They hold names of variables with addresses, with commas between them."""

OTHER_PYTHON = "SESSIONS_OTHER_PYTHON"
"""The path of an interpreter with another version of the SDK. The page for your own sessions uses it."""

_AS_A_TYPO = 0.83
"""From this likeness on, the name of a variable is taken for a slip of typing: GEMINI_MODEL for GEMINI_API_MODEL."""


def number(variable: str) -> float:
    """The value of a variable of NUMBERS; its default when it is not set, not a number, or not above 0."""
    value = _number(os.environ.get(variable, ""))
    return NUMBERS[variable] if value is None else value


def whole_number(variable: str) -> int:
    """The same for what is counted: 1 or more."""
    return max(1, int(number(variable)))


def named_variables(variable: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that `variable` names and that are set."""
    return tuple(name for name in _names(variable, environment) if _IS_NAME.fullmatch(name) and environment.get(name))


def wrong_settings(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each SESSIONS_ variable that is set and cannot be used, and what is done instead.

    It quotes no value: one that stands in the wrong place can be a key or an address. The variables of a model and the
    addresses of servers are judged where they are read.
    """
    return [*_wrong_numbers(environment), *_wrong_names(environment), *_wrong_others(environment)]


def load_env_file(path: Path) -> str | None:
    """Put the variables of the file into os.environ if they are not set yet. Returns what is wrong with the file, or None."""
    if not path.exists():
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
        # Without interpolation, since a password can contain ${.
        load_dotenv(stream=StringIO(text), interpolate=False)
    except (OSError, ValueError):
        return "The file .env cannot be read as UTF-8 text, so its variables are not used."
    lines = list(parse_stream(StringIO(text)))
    said = []
    if wrong := [line for line in lines if line.error or (line.key and line.value is None)]:
        numbers = ", ".join(str(line.original.line) for line in wrong)
        said.append(f"Not of the form NAME=value in the file .env, and left out: line {numbers}.")
    said += _mistyped(
        [line.key for line in lines if line.key and line.value is not None], path.with_name("env.example")
    )
    return " ".join(said) or None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < math.inf else None


def _names(variable: str, environment: Mapping[str, str]) -> Iterator[str]:
    return filter(None, (part.strip() for part in environment.get(variable, "").split(",")))


def _wrong_numbers(environment: Mapping[str, str]) -> Iterator[str]:
    for variable, default in NUMBERS.items():
        if environment.get(variable, "").strip() and _number(environment[variable]) is None:
            yield f"{variable} must be a number above 0, without commas; {default} is used until you fix this."


def _wrong_names(environment: Mapping[str, str]) -> Iterator[str]:
    for variable in (NAMES_TO_INSPECT, NAMES_TO_OPERATE):
        names = list(_names(variable, environment))
        if not all(map(_IS_NAME.fullmatch, names)):
            yield f"{variable} must hold names of variables with commas between them; what is not a name is not used."
        if unset := [name for name in names if _IS_NAME.fullmatch(name) and not environment.get(name)]:
            yield f"{variable} names {', '.join(unset)}: not set, so not offered."


def _wrong_others(environment: Mapping[str, str]) -> Iterator[str]:
    if environment.get("SESSIONS_TRACING", "").strip() not in ("", "0", "1"):
        yield "SESSIONS_TRACING must be 1 or 0; nothing is traced until you fix this."
    python = environment.get(OTHER_PYTHON, "")
    if python and shutil.which(python) is None:
        yield f"{OTHER_PYTHON} must be the path of a Python that can be run."


def _mistyped(names: list[str], example: Path) -> Iterator[str]:
    """A sentence for each name of the file that looks like a misspelled setting. `example` lists the settings."""
    settings = _A_SETTING.findall(example.read_text(encoding="utf-8")) if example.is_file() else []
    own = {name for variable in (NAMES_TO_INSPECT, NAMES_TO_OPERATE) for name in _names(variable, os.environ)}
    for name in dict.fromkeys(names):
        if name not in (*settings, *own) and (like := get_close_matches(name, settings, 1, _AS_A_TYPO)):
            yield f"The app does not read {name}, which is in the file .env: is {like[0]} meant?"


_IS_NAME = re.compile(r"[A-Za-z_]\w*")
_A_SETTING = re.compile(r"^#(\w+)=", re.MULTILINE)
