"""The trash for folders of visitors: each stays there for some days, and goes back if its visitor comes again."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from lessons.kit.deleting import REMOVED_VISITORS, discard, home_of, sweep

_LEAVING = "leaving"
"""The folder, next to those of the days, for what is being deleted now and cannot go back."""


def throw_away(folder: Path, today: date) -> None:
    """Move a visitor's folder to the trash, in one step. Raises OSError."""
    day = folder.parent / REMOVED_VISITORS / today.isoformat()
    day.mkdir(parents=True, exist_ok=True)
    folder.rename(day / folder.name)


def take_back(folder: Path) -> bool:
    """Put a visitor's folder back from the trash, in one step. False if it is not there. Raises OSError."""
    for day in _days(folder.parent):
        if (day / folder.name).is_dir():
            (day / folder.name).rename(folder)
            return True
    return False


def thrown_away(root: Path, before: date) -> list[Path]:
    """The folders of visitors below the data folder `root` that were thrown away before that day, or are being deleted."""
    days = [day for day in _days(root) if date.fromisoformat(day.name) < before]
    return [folder for day in [*days, root / REMOVED_VISITORS / _LEAVING] for folder in sorted(day.glob("*"))]


def delete(folder: Path, erase_stores: Callable[[Path], bool]) -> bool:
    """Delete a folder that was thrown away, with what its stores hold elsewhere. Raises OSError.

    False if `erase_stores` could not reach a store: the folder then stays, to be deleted later. What a visitor who came again
    has stored elsewhere since then is kept.
    """
    leaving = folder.parent.parent / _LEAVING / folder.name
    if folder != leaving:
        leaving.parent.mkdir(exist_ok=True)
        folder.rename(leaving)
    if not home_of(leaving).exists() and not erase_stores(leaving):
        return False
    discard(leaving)
    return True


def tidy(root: Path) -> None:
    """Delete what a kill has left half deleted, and the folders of days that are empty."""
    sweep(root / REMOVED_VISITORS / _LEAVING)
    for day in _days(root):
        if not any(day.iterdir()):
            day.rmdir()


def _days(root: Path) -> list[Path]:
    found = []
    for day in sorted((root / REMOVED_VISITORS).glob("*-*-*")):
        try:
            date.fromisoformat(day.name)
        except ValueError:
            continue  # not of this app
        found.append(day)
    return found
