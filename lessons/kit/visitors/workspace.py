"""A visitor's own folder and its limit."""

import os
import re
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from lessons.kit.problems.disk_errors import is_of_full_disk
from lessons.kit.problems.explain import explain
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.settings import positive_number

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
VISITED = "visited"
"""The file in each visitor's folder whose time is that of the last visit."""


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
        (folder / VISITED).touch()
    except OSError as error:
        raise cannot_write(error) from error
    return Workspace(visitor, folder, int(positive_number("SESSIONS_VISITOR_LIMIT_MB", 100) * 1e6))


def cannot_write(error: OSError) -> Refused:
    """The refusal where a folder cannot be made or written."""
    if is_of_full_disk(error):
        return Refused(replace(explain(error), kept="Nothing was changed: what is stored there is kept."))
    return Refused(
        Problem(
            f"The data folder cannot be written: {error.strerror} ({data_folder().name}).",
            "Nothing was changed: what is stored there is kept.",
            "Set SESSIONS_DATA_DIR to a folder that this server may write, or make that one writable, and reload.",
        )
    )


def visitor_folders() -> list[Path]:
    """The folders of all visitors; other files in the data folder are left out."""
    root = data_folder()
    if not root.is_dir():
        return []
    return [
        folder for folder in root.iterdir() if is_visitor(folder.name) and folder.is_dir() and not folder.is_symlink()
    ]
