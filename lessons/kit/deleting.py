"""Deletes in two steps: a rename, which happens as a whole or not at all, and then the deletion of what was renamed.

A kill in between leaves something that nobody reads. Nothing here waits for the disk. A caller that deletes something because
something else replaces it must wait first until that would outlive a power cut (`lessons.kit.files.sync`).
"""

import secrets
import shutil
from pathlib import Path

PREFIX = "deleted-"

REMOVED_VISITORS = ".removed_visitors"
"""The folder, next to those of the visitors, for folders that are kept for some days before they are deleted."""


def discard(path: Path, into: Path | None = None) -> None:
    """Delete a file or a folder with all that is in it, if it exists. Raises OSError if it cannot be renamed.

    It is renamed into the folder `into`, by default the folder that it is in. `into` must be on the same file system.
    """
    gone = (into or path.parent) / f"{PREFIX}{secrets.token_hex(8)}"
    try:
        path.rename(gone)
    except FileNotFoundError:
        return
    _delete(gone)


def sweep(folder: Path) -> None:
    """Delete what `discard` has renamed into this folder and could not delete."""
    for path in folder.glob(f"{PREFIX}*"):
        _delete(path)


def home_of(folder: Path) -> Path:
    """The path of a visitor's folder, or of one inside it, before it was removed. Rows on a server are found by this path."""
    parts = folder.parts
    if REMOVED_VISITORS not in parts:
        return folder
    at = parts.index(REMOVED_VISITORS)  # the next part is the day of the removal
    return Path(*parts[:at], *parts[at + 2 :])


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)  # what is left is deleted by the next `sweep`
    else:
        path.unlink(missing_ok=True)
