"""The open desks, one for each visitor and lesson, and the thread that closes unused ones.

A desk in use has open files, and for some stores threads. Only a few desks have them at a time: the least recently used desk
releases them, and opens them again at its next use. That loses nothing. A desk that was not used for longer is closed.
"""

import asyncio
import logging
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from lessons.kit.descriptors import NO_ROOM, are_scarce
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.opened_stores import erase_stores
from lessons.kit.turns.desk import Desk, Watch
from lessons.kit.visitors.clean_up import clean_up_daily
from lessons.kit.visitors.workspace import cannot_write, open_workspace

DESKS_IN_USE = 4
"""The number of desks with open files at the same time. Each has about ten files (see docs/reliability.md)."""

ROOM_SECONDS = 10.0
"""The longest time in seconds that a turn waits until few other desks have open files. Then it continues."""

CALL_SECONDS = 2.0
"""Seconds. A session call that takes longer is probably waiting for a server or a locked file."""

RELEASED_AFTER = 20.0
"""Seconds after its last use until a desk releases its files."""

CLOSED_AFTER = 600.0
"""Seconds after its last use until a desk is closed, if that loses nothing."""

LOST_AFTER = 3_600.0
"""The same for a desk with rows that are only in memory or a session on a branch, since closing loses them."""

DESKS_WITH_MEMORY = 200
"""If more desks than this would lose something, the least recently used ones are closed earlier."""

LOOK_EVERY = 5.0
"""Seconds between two looks of the thread, if nothing wakes it."""

Key = tuple[Path, str]

_open: OrderedDict[Key, Desk] = OrderedDict()
"""The open desks, the least recently used first."""
_alive: "weakref.WeakValueDictionary[Key, Desk]" = weakref.WeakValueDictionary()
"""Open desks, and closed ones that a page still has, so that every tab finds the same object."""
_in_use: OrderedDict[Desk, None] = OrderedDict()
"""The desks that can have open files, the least recently used first."""
_calling: dict[Desk, float] = {}
"""The desks with a running session call, and its start as time.monotonic(). Their files cannot be released."""
_waiting: list["asyncio.Future[None]"] = []
"""The futures of turns that wait until another desk releases its files."""
_guard = threading.Lock()
_too_many = threading.Event()
_closer: threading.Thread | None = None


def open_desk(visitor: str, lesson: str) -> Desk:
    """The visitor's desk at a lesson, the same object for every tab.

    Raises what open_workspace raises, and Refused if the process has too few descriptors for another desk.
    """
    workspace = open_workspace(visitor)
    clean_up_daily(erase_stores)  # after the visit is noted, so that the clean-up cannot remove this visitor's folder
    key = workspace.folder, lesson
    with _guard:
        desk = _alive.get(key)
        gone = desk if desk is not None and desk.stores.lost_their_folder else None
        if gone is not None:
            _forget(key, gone)
        if desk is None or desk is gone:
            if are_scarce():
                raise Refused(NO_ROOM)
            try:
                desk = Desk(workspace, lesson, _WATCH)
            except OSError as error:
                raise cannot_write(error) from error
            _alive[key] = desk
    if gone is not None:
        gone.close()
    desk.use()
    desk.finish_begun()
    return desk


def _used(desk: Desk) -> None:
    """Note that a desk is used now. This is called many times in a turn."""
    with _guard:
        key = desk.workspace.folder, desk.lesson
        if _alive.get(key) is not desk:
            return  # its folder was removed
        _open[key] = desk
        _open.move_to_end(key)
        _in_use[desk] = None
        _in_use.move_to_end(desk)
        if len(_in_use) > DESKS_IN_USE:
            _too_many.set()
        _start_closer()


async def _room(desk: Desk) -> None:
    """Wait until the desk can open files, so that the turns of a whole class do not all have open files at the same moment."""
    loop = asyncio.get_running_loop()
    until = loop.time() + ROOM_SECONDS
    while (left := until - loop.time()) > 0:
        with _guard:
            if desk in _in_use or len(_in_use) <= DESKS_IN_USE:
                _calling[desk] = time.monotonic()
                break
            _waiting.append(woken := loop.create_future())
        _too_many.set()
        await asyncio.wait([woken], timeout=left)
    _used(desk)


def _called(desk: Desk) -> None:
    with _guard:
        _calling.pop(desk, None)
    _used(desk)


_WATCH = Watch(_used, _room, _called)


def _wake() -> None:
    with _guard:
        waiting, _waiting[:] = list(_waiting), []
    for woken in waiting:
        woken.get_loop().call_soon_threadsafe(_settle, woken)


def _settle(woken: "asyncio.Future[None]") -> None:
    if not woken.done():  # its turn was stopped
        woken.set_result(None)


def _forget(key: Key, desk: Desk) -> None:
    del _alive[key]
    _open.pop(key, None)
    _in_use.pop(desk, None)


def _start_closer() -> None:
    global _closer
    if _closer is None:
        _closer = threading.Thread(target=_close_for_ever, name="close-desks", daemon=True)
        _closer.start()


def _close_for_ever() -> None:
    while True:
        if _too_many.wait(LOOK_EVERY):
            _too_many.clear()
        release_unused()
        close_unused()


def release_unused() -> None:
    """Release the files of the least recently used desks, and of desks that were not used for RELEASED_AFTER seconds."""
    now = time.monotonic()
    with _guard:
        for desk in [desk for desk, since in _calling.items() if now - since > CALL_SECONDS]:
            del _calling[desk]
        many = len(_in_use) - DESKS_IN_USE
        quiet = [desk for desk in _in_use if desk not in _calling]
        unused = [desk for number, desk in enumerate(quiet) if number < many or now - desk.used_at > RELEASED_AFTER]
    for desk in unused:
        _guarded(desk.stores.release)
        with _guard:
            if desk.used_at <= now and desk not in _calling:  # otherwise it can have opened files again
                _in_use.pop(desk, None)
        _wake()


def close_unused() -> None:
    """Close the desks that were not used for long. See CLOSED_AFTER, LOST_AFTER and DESKS_WITH_MEMORY."""
    now = time.monotonic()
    with _guard:
        idle = [desk for desk in _open.values() if now - desk.used_at > CLOSED_AFTER and not desk.running()]
    losing = [desk for desk in idle if desk.stores.loses_when_closed()]
    kept = [desk for desk in losing if now - desk.used_at <= LOST_AFTER][-DESKS_WITH_MEMORY:]
    for desk in idle:
        if desk not in kept:
            with _guard:
                if desk.used_at > now:
                    continue
                _open.pop((desk.workspace.folder, desk.lesson), None)
            _guarded(desk.drop_handles)


def _guarded(close: Callable[[], object]) -> None:
    """Log an error and continue: a desk that cannot be closed must not keep the others open."""
    try:
        close()
    except Exception:
        logging.getLogger(__name__).exception("A desk was not closed")
