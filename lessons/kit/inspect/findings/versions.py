"""The version of the SDK whose Runner made the dry runs."""

from functools import cache
from importlib.metadata import version


@cache
def sdk_version() -> str:
    """Such as "0.24.0"."""
    return version("openai-agents")
