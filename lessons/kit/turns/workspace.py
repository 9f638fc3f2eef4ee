"""A visitor's own folder, its limit and its clean-up."""

import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.settings import positive_number

DAYS_KEPT = 30
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_VISITED = "visited"


@dataclass(frozen=True)
class Workspace:
    """The folder of one visitor."""

    visitor: str
    folder: Path
    limit_bytes: int

    def size(self) -> int:
        """Bytes of all files in the folder."""
        return sum(_size(os.path.join(folder, name)) for folder, _, names in os.walk(self.folder) for name in names)

    def check_room(self) -> None:
        """Raises Refused when the folder is over its limit."""
        size = self.size()
        if size > self.limit_bytes:
            raise Refused(
                Problem(
                    f"Your folder is full: {size / 1e6:.0f} MB of {self.limit_bytes / 1e6:.0f} MB are used.",
                    "Everything stored so far is kept; this message was not stored.",
                    "Start a lesson over to make room, or raise SESSIONS_VISITOR_LIMIT_MB.",
                )
            )


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0  # a turn has just removed it


def new_visitor() -> str:
    """An unguessable name for a visitor: 22 characters, 128 bits."""
    return secrets.token_urlsafe(16)


def is_visitor(text: str | None) -> bool:
    return text is not None and _TOKEN.fullmatch(text) is not None


def data_folder() -> Path:
    return Path(os.environ.get("SESSIONS_DATA_DIR") or ".sessions_data").absolute()


def open_workspace(visitor: str) -> Workspace:
    """The visitor's folder, made if it is new, and marked as visited now.

    Raises ValueError for a name that new_visitor() cannot have given, Refused when the folder cannot be written.
    """
    if not is_visitor(visitor):
        raise ValueError("not a visitor's name")
    folder = data_folder() / visitor
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _VISITED).touch()
    except OSError as error:
        raise cannot_write(error) from error
    return Workspace(visitor, folder, int(positive_number("SESSIONS_VISITOR_LIMIT_MB", 100) * 1e6))


def cannot_write(error: OSError) -> Refused:
    """The refusal where a folder cannot be made or written."""
    return Refused(
        Problem(
            f"The data folder cannot be written: {error.strerror} ({data_folder().name}).",
            "Nothing was changed: what is stored there is kept.",
            "Set SESSIONS_DATA_DIR to a folder that this server may write, or make that one writable, and reload.",
        )
    )


def remove_unvisited(erase_stores: Callable[[Path], bool], days: float = DAYS_KEPT) -> list[str]:
    """Delete the folders of visitors who have not come for `days`; return their names. Other files are left alone.

    `erase_stores` deletes what a visitor has stored outside the folder; where it could not, the folder is kept for another day.
    """
    oldest = time.time() - days * 86_400
    removed = []
    for folder in _visitor_folders():
        marker = folder / _VISITED
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


def _visitor_folders() -> list[Path]:
    root = data_folder()
    if not root.is_dir():
        return []
    return [
        folder for folder in root.iterdir() if is_visitor(folder.name) and folder.is_dir() and not folder.is_symlink()
    ]
