"""The environment: the file .env, which is loaded into it, and the numbers that are in it."""

import math
import os
from io import StringIO
from pathlib import Path

from dotenv import load_dotenv
from dotenv.parser import parse_stream


def positive_number(variable: str, default: float) -> float:
    """The value of an environment variable; `default` when it is not set, not a number, or not above 0."""
    try:
        value = float(os.environ.get(variable) or default)
    except ValueError:
        return default
    return value if 0 < value < math.inf else default


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
    lines = [line for line in parse_stream(StringIO(text)) if line.error or (line.key and line.value is None)]
    if lines:
        numbers = ", ".join(str(line.original.line) for line in lines)
        return f"Not of the form NAME=value in the file .env, and left out: line {numbers}."
    return None
