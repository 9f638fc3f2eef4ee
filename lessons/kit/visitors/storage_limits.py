"""How much a visitor may store, how many visitors there may be, and how much all of them may store."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lessons.kit.background import AtOnce, background
from lessons.kit.environment import number, whole_number
from lessons.kit.files import size_in_words
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.opened_stores import bytes_on_servers
from lessons.kit.visitors.workspace import Workspace, cannot_write, size_of, visitor_folders

MEASURED_EVERY = 60.0
"""Seconds. A slow figure is taken from the last measurement, unless something would be refused because of it."""

_KEPT = "Everything stored so far is kept; nothing new was stored."


class SlowFigure:
    """A figure that takes long to measure. It is measured in the background, at most once in MEASURED_EVERY seconds."""

    def __init__(self, measure: Callable[[], int]) -> None:
        self.value = 0
        self._measure, self._next = measure, 0.0
        self._guard = threading.Lock()

    def last(self) -> int:
        """The figure as it was measured last, 0 before the first time. Does not wait."""
        with self._guard:
            known, due = self.value, time.monotonic() >= self._next
            if due:
                self._next = time.monotonic() + MEASURED_EVERY
        if due:
            background().start(self._try_now())
        return known

    async def _try_now(self) -> None:
        async with _measuring():  # one at a time: the other threads for blocking calls are for turns
            with suppress(OSError):  # the data folder was removed in the meantime: the next look tells
                await asyncio.to_thread(self.now)

    def now(self) -> int:
        """The figure, measured now."""
        start = time.monotonic()
        self.value = self._measure()
        # With very many files too, at most a hundredth of the time is spent on measuring.
        self._next = max(self._next, time.monotonic() + 100 * (time.monotonic() - start))
        return self.value


def check_room(workspace: Workspace) -> None:
    """Raises Refused when the visitor, or all visitors together, have stored as much as they may.

    Files are measured each time. Rows on a server, and what all visitors have stored, are measured once a minute, and again
    before something is refused because of them.
    """
    limit = number("SESSIONS_VISITOR_LIMIT_MB") * 1e6
    on_servers, files = _on_servers(workspace.folder), workspace.size()
    if files + on_servers.last() > limit and (size := files + on_servers.now()) > limit:
        raise Refused(
            Problem(
                f"Your storage is full: {size_in_words(size)} of {size_in_words(limit)} are used, in files and on servers.",
                _KEPT,
                "Start a lesson over to make room, or raise SESSIONS_VISITOR_LIMIT_MB.",
            )
        )
    limit = number("SESSIONS_TOTAL_LIMIT_MB") * 1e6
    if _total.last() > limit and (size := _total.now()) > limit:
        raise Refused(
            Problem(
                f"This server is full: all visitors together use {size_in_words(size)} of {size_in_words(limit)}.",
                _KEPT,
                "Start a lesson over to make room, or ask whoever runs the server to raise SESSIONS_TOTAL_LIMIT_MB.",
            )
        )


def make_folder(workspace: Workspace) -> None:
    """Make the visitor's folder, before something is written in it for the first time.

    Raises Refused when there are as many visitors as there may be, and when the folder cannot be written.
    """
    if workspace.folder.is_dir():
        return
    limit = whole_number("SESSIONS_VISITORS_LIMIT")
    with _making:
        if len(visitor_folders()) >= limit and not workspace.folder.is_dir():
            raise Refused(
                Problem(
                    f"This server has as many visitors as it may have: {limit:,}.",
                    "Nothing was stored. You can look at every page.",
                    "Come back later, or ask whoever runs the server to raise SESSIONS_VISITORS_LIMIT.",
                )
            )
        try:
            workspace.make()
        except OSError as error:
            raise cannot_write(error) from error


def _measure_total() -> int:
    """The files of all visitors, and what is known of their rows on servers."""
    known = set(_servers)  # before the folders are listed: a visitor who comes in between is not gone
    folders = visitor_folders()
    for gone in known - set(folders):
        _servers.pop(gone, None)
    return sum(size_of(folder) + _on_servers(folder).value for folder in folders)


_making = threading.Lock()
_measuring = AtOnce(1)
_total = SlowFigure(_measure_total)
_servers: dict[Path, SlowFigure] = {}


def _on_servers(folder: Path) -> SlowFigure:
    """The bytes that this visitor has on servers."""
    return _servers.setdefault(folder, SlowFigure(lambda: bytes_on_servers(folder)))
