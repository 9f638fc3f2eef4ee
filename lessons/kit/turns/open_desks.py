"""The desks that are open, one for each visitor and lesson."""

import threading
import time
from pathlib import Path

from lessons.kit.stores.opened_stores import erase_stores
from lessons.kit.turns.desk import Desk
from lessons.kit.visitors.clean_up import clean_up_daily
from lessons.kit.visitors.workspace import cannot_write, open_workspace

IDLE_SECONDS = 3_600
"""A desk that nobody has looked at for so long is closed. What its sessions hold only in memory is then lost."""

_desks: dict[tuple[Path, str], Desk] = {}
_desks_guard = threading.Lock()


def open_desk(visitor: str, lesson: str) -> Desk:
    """The visitor's desk at a lesson, the same object for every tab. Raises what open_workspace raises."""
    workspace = open_workspace(visitor)
    clean_up_daily(erase_stores)  # after the visit was noted, so that it cannot remove this visitor's folder
    key = workspace.folder, lesson
    now = time.monotonic()
    with _desks_guard:
        closing = [_desks.pop(name) for name in _left_behind(key, now)]
        if key not in _desks:
            try:
                _desks[key] = Desk(workspace, lesson)
            except OSError as error:
                raise cannot_write(error) from error
        desk = _desks[key]
        desk.seen_at = now
    for other in closing:
        other.close()
    desk.finish_begun()
    return desk


def _left_behind(key: tuple[Path, str], now: float) -> list[tuple[Path, str]]:
    """The desks that nobody looks at any more, and the one of `key` if its folder was removed."""
    idle = [name for name, desk in _desks.items() if now - desk.seen_at > IDLE_SECONDS and not desk.running()]
    removed = key in _desks and _desks[key].lost_its_folder
    return [name for name in idle if name != key] + ([key] if removed else [])
