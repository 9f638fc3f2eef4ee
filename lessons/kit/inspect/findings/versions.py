"""The version of the SDK whose Runner made the dry runs, and the minors with which the same was found.

`python -m tests.sdk_versions` makes the table: it looks for the same cases with each minor that it tries.
"""

import json
from functools import cache
from importlib.metadata import version
from pathlib import Path

TABLE = Path(__file__).with_name("by_version.json")


@cache
def sdk_version() -> str:
    """The version that is installed, such as "0.24.0"."""
    return version("openai-agents")


def sdk_minor_name() -> str:
    """The minor that is installed, such as "0.24"."""
    return ".".join(sdk_version().split(".")[:2])


@cache
def minors_with(code: str, level: str) -> str:
    """The minors with which a case gave this finding at this level, such as "0.23, 0.24"; '' if none was tried."""
    table: dict[str, dict[str, list[list[str]]]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return ", ".join(minor for minor, cases in table.items() if any([code, level] in found for found in cases.values()))
