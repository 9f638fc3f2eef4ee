"""Deletes the folders of visitors who have not come for a long time."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from lessons.kit.visitors.workspace import VISITED, visitor_folders

DAYS_KEPT = 30


def remove_unvisited(erase_stores: Callable[[Path], bool], days: float = DAYS_KEPT) -> list[str]:
    """Delete the folders of visitors who have not come for `days`; return their names. Other files are left alone.

    `erase_stores` deletes what a visitor has stored outside the folder; where it could not, the folder is kept for another day.
    """
    oldest = time.time() - days * 86_400
    removed = []
    for folder in visitor_folders():
        marker = folder / VISITED
        if marker.exists() and marker.stat().st_mtime < oldest and erase_stores(folder):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder.name)
    return removed


def clean_up_daily(erase_stores: Callable[[Path], bool]) -> None:
    """Start `remove_unvisited` in its own thread, once a day at the most. Costs nothing otherwise."""
    global _next_clean_up
    with _clean_up_guard:
        if time.monotonic() < _next_clean_up:
            return
        _next_clean_up = time.monotonic() + 86_400
    threading.Thread(target=remove_unvisited, args=(erase_stores,), name="clean-up", daemon=True).start()


_next_clean_up = 0.0
_clean_up_guard = threading.Lock()
