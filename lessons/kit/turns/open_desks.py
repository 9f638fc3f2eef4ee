"""The desks that are open, one for each visitor and lesson, and the thread that closes what nobody uses.

A desk in use has files open, and for some stores threads. Few desks at a time have any: the least recently used one releases
them, and takes them again when it is used. That loses nothing. A desk that nobody has looked at for longer is closed.
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
"""How many desks have files open at the same time. Each has about ten: see docs/reliability.md."""

ROOM_SECONDS = 10.0
"""How long a turn waits at most until few enough others have files open. Then it goes on."""

CALL_SECONDS = 2.0
"""A session call that takes longer waits for a server or a locked file."""

RELEASED_AFTER = 20.0
"""Seconds after its last use in which every desk releases its files."""

CLOSED_AFTER = 600.0
"""Seconds after its last use in which a desk is closed that loses nothing by it."""

LOST_AFTER = 3_600.0
"""The same for a desk that has rows only in memory, or a session on a branch: closing it loses them."""

DESKS_WITH_MEMORY = 200
"""If more desks than that would lose something, the least recently used of them are closed earlier."""

LOOK_EVERY = 5.0
"""How often the thread looks, in seconds, when nothing wakes it."""

Key = tuple[Path, str]

_open: OrderedDict[Key, Desk] = OrderedDict()
"""The least recently used first."""
_alive: "weakref.WeakValueDictionary[Key, Desk]" = weakref.WeakValueDictionary()
"""Also those that were closed and that a page still has: it has to find the same one."""
_in_use: OrderedDict[Desk, None] = OrderedDict()
"""Those that may have files open, the least recently used first."""
_calling: dict[Desk, float] = {}
"""Those of which a session is being called, and since when: their files cannot be released."""
_waiting: list["asyncio.Future[None]"] = []
"""The turns that wait until another desk has released its files."""
_guard = threading.Lock()
_too_many = threading.Event()
_closer: threading.Thread | None = None


def open_desk(visitor: str, lesson: str) -> Desk:
    """The visitor's desk at a lesson, the same object for every tab.

    Raises what open_workspace raises, and Refused when the process has no descriptors left for another desk.
    """
    workspace = open_workspace(visitor)
    clean_up_daily(erase_stores)  # after the visit was noted, so that it cannot remove this visitor's folder
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
    """Note that a desk was used now. Called many times in a turn."""
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
    """Wait until the desk may open files: the turns of a whole class at the same moment must not all have theirs open."""
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
    """Have the least recently used desks, and those that were not used for RELEASED_AFTER seconds, release their files."""
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
            if desk.used_at <= now and desk not in _calling:  # otherwise it may have opened them again
                _in_use.pop(desk, None)
        _wake()


def close_unused() -> None:
    """Close the desks that nobody has looked at for long, and those that have too much in memory only."""
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
    """One desk that cannot be closed must not keep the others open."""
    try:
        close()
    except Exception:
        logging.getLogger(__name__).exception("A desk was not closed")
