"""Runs the code of a guide as it is shown, in its own temporary folder, and says what was raised or returned."""

import asyncio
import inspect
import os
import sysconfig
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons.kit.imports import load_sdk
from lessons.kit.models.providers import redact


@dataclass(frozen=True)
class Outcome:
    """The exception with its words, or what was returned, as text."""

    raised: bool
    says: str


async def run_code(code: Callable[..., Any]) -> Outcome:
    """Call `code` with the arguments that it names: an `agent` with the offline model, and the `path` of a new database file.

    Code that is not async runs in its own thread, without an event loop.
    """
    load_sdk()
    from agents import Agent

    from lessons.kit.models.offline.model import OfflineModel

    with tempfile.TemporaryDirectory(prefix="sessions-lab-", ignore_cleanup_errors=True) as folder:
        given: dict[str, Callable[[], object]] = {
            "agent": lambda: Agent(name="Assistant", instructions="Reply in one short sentence.", model=OfflineModel()),
            "path": lambda: str(Path(folder) / "chat.db"),
        }
        arguments = [given[name]() for name in inspect.signature(code).parameters]
        try:
            if inspect.iscoroutinefunction(code):
                returned = await code(*arguments)
            else:
                returned = await asyncio.to_thread(code, *arguments)
        except Exception as error:  # the error is what the case shows, whichever it is
            return Outcome(True, f"{type(error).__name__}: {_one_line(redact(str(error)), folder)}")
        return Outcome(False, returned if isinstance(returned, str) else repr(returned))


def _one_line(words: str, folder: str) -> str:
    """On one line, without the folders of this machine: an ImportError names the file of the package."""
    packages = f"{sysconfig.get_path('purelib')}{os.sep}"
    return " ".join(words.replace(folder, "").replace(packages, "").split())
