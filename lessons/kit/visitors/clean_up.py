"""Deletes the folders of visitors who have not come for a long time, unless the clock may be wrong."""

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from lessons.kit.visitors.trash import delete, throw_away, thrown_away, tidy
from lessons.kit.visitors.workspace import VISITED, data_folder, visitor_folders

DAYS_KEPT = 30
DAYS_IN_TRASH = 7

_DAY = 86_400
_EARLIEST = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
"""The app is newer than this: an older time of a visit comes from a clock that was wrong, or from a copy without times."""
_NOW_SECONDS = 60
"""Seconds.

A visit this near to now is the one that starts the clean-up: its time is from the same clock, and proves nothing.
"""

_log = logging.getLogger(__name__)


def remove_unvisited(erase_stores: Callable[[Path], bool], days: float = DAYS_KEPT) -> list[str]:
    """Throw away the folders of visitors who have not come for `days`, and return their names.

    Folders that were thrown away more than DAYS_IN_TRASH days ago are deleted. Nothing is done if the clock may be wrong: the
    log says why. Other files are left alone. `erase_stores` deletes what a visitor has stored outside the folder; if it cannot,
    the folder is deleted on another day.
    """
    now = time.time()
    visits = _visits(now)
    unvisited = [folder for folder, at in visits.items() if at < now - days * _DAY]
    doubt = _doubt(list(visits.values()), len(unvisited), now, days)
    if doubt:
        _log.warning("The daily clean-up has removed nothing. %s", doubt)
        return []
    today = datetime.fromtimestamp(now, UTC).date()
    for folder in thrown_away(data_folder(), today - timedelta(days=DAYS_IN_TRASH)):
        _guarded(partial(delete, folder, erase_stores))
    _guarded(partial(tidy, data_folder()))
    return [folder.name for folder in unvisited if _guarded(partial(throw_away, folder, today))]


def _visits(now: float) -> dict[Path, float]:
    """When each visitor came last.

    A folder without this time is left out; one with an impossible time counts as visited now.
    """
    found = {}
    for folder in visitor_folders():
        try:
            found[folder] = (folder / VISITED).stat().st_mtime
            if found[folder] < _EARLIEST:
                _log.warning(
                    "A visitor's folder was marked as visited before this app existed: it is counted from today."
                )
                os.utime(folder / VISITED)
                found[folder] = now
        except FileNotFoundError:
            continue
        except OSError as error:
            _log_failure(error)
    return found


def _doubt(visits: list[float], unvisited: int, now: float, days: float) -> str:
    """Why the clock may be wrong, in words; '' if nothing says so. `visits` are the times of the last visits."""
    by_hand = f"If the clock of this machine is right, delete old folders in {data_folder().name} yourself."
    if any(at > now + _NOW_SECONDS for at in visits):
        return "A visitor came later than it is now: the clock of this machine was or is wrong."
    newest = max((at for at in visits if at < now - _NOW_SECONDS), default=now)
    if newest < now - days * _DAY:
        return f"Apart from visitors of this minute nobody came for {(now - newest) / _DAY:.0f} days. {by_hand}"
    if unvisited * 2 > len(visits):
        return f"{unvisited} of {len(visits)} visitors have not come for {days:.0f} days, more than half. {by_hand}"
    return ""


def _guarded(work: Callable[[], object]) -> bool:
    """Whether the work was done: one folder that fails does not stop the others."""
    try:
        return work() is not False
    except Exception as error:
        _log_failure(error)
        return False


def _log_failure(error: Exception) -> None:
    # The message of an OSError names the folder, and with it the secret address of a visitor.
    reason = error.strerror if isinstance(error, OSError) else ""
    _log.warning("The daily clean-up failed with one folder: %s. The others go on.", reason or type(error).__name__)


def clean_up_daily(erase_stores: Callable[[Path], bool]) -> None:
    """Start `remove_unvisited` in its own thread, at most once a day. Costs nothing otherwise."""
    global _next_clean_up
    with _clean_up_guard:
        if time.monotonic() < _next_clean_up:
            return
        _next_clean_up = time.monotonic() + _DAY
    threading.Thread(target=remove_unvisited, args=(erase_stores,), name="clean-up", daemon=True).start()


_next_clean_up = 0.0
_clean_up_guard = threading.Lock()
