"""Deletes all that one visitor has stored, at once: because the visitor asks for it, or the class is over."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

from lessons.kit.visitors.trash import delete, throw_away, thrown_away
from lessons.kit.visitors.workspace import data_folder, is_visitor

_IN_ADDRESS = re.compile(r"[?&]visitor=([^&#]*)")


def visitor_of(address: str) -> str | None:
    """The visitor's name in the address of a page. None if it has none."""
    found = _IN_ADDRESS.search(address)
    return found[1] if found and is_visitor(found[1]) else None


def folders_of(visitor: str) -> list[Path]:
    """Where the visitor's files are: in the data folder, in the trash, or being deleted."""
    root = data_folder()
    home = root / visitor
    found = [home] if home.is_dir() else []
    return found + [folder for folder in thrown_away(root, date.max) if folder.name == visitor]


def forget(visitor: str, erase_stores: Callable[[Path], bool]) -> bool:
    """Delete the visitor's folders and what they have stored on servers. Raises OSError.

    False if `erase_stores` could not reach a store: the folder is then in the trash, and the daily clean-up tries again.
    """
    root = data_folder()
    if (root / visitor).is_dir():
        throw_away(root / visitor, date.today())
    return all(delete(folder, erase_stores) for folder in reversed(folders_of(visitor)))
