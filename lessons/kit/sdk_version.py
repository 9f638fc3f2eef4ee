"""The installed minor of openai-agents, for the few things that differ between the minors that the app supports."""

from functools import cache
from importlib.metadata import version
from typing import TypeVar

Minor = tuple[int, int]
T = TypeVar("T")


@cache
def sdk_minor() -> Minor:
    """(0, 24) if openai-agents 0.24.0 is installed."""
    major, minor, *_ = version("openai-agents").split(".")
    return int(major), int(minor)


def since(minor: Minor, now: T, *, before: T) -> T:
    """`now` if the installed SDK is `minor` or newer, and `before` if it is older."""
    return now if sdk_minor() >= minor else before
