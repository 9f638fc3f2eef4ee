"""Who calls a session: the SDK for a run, or the code of the turn.

This is the only place that looks at Python's call stack. The SDK gives a session no sign of the run that reads it.
"""

import sys
from typing import Any

SDK = "agents"


def is_sdk_method(session: Any, name: str) -> bool:
    """Whether the SDK defines this method of the session. False where a derived class overrides it."""
    method = getattr(type(session), name, None)
    return str(getattr(method, "__module__", "")).split(".")[0] == SDK


def called_by_the_sdk() -> bool:
    """Whether the function that asks this was called from a module of the SDK.

    In a coroutine, the caller is the code that awaits it, until it gives control back for the first time.
    """
    module = str(sys._getframe(2).f_globals.get("__name__", ""))
    return module.split(".")[0] == SDK
