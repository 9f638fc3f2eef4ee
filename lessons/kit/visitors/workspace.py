"""A visitor's own folder."""

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from lessons.kit.problems.disk_errors import is_of_full_disk
from lessons.kit.problems.explain import explain
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.visitors.trash import take_back

_APP = Path(__file__).parents[3]
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_OTHERS = 0o077
"""The permissions of other users."""
_LISTING = 0o044
"""Those permissions of other users that let them read the names in a folder."""
VISITED = "visited"
"""The file in each visitor's folder whose time is that of the last visit."""


@dataclass(frozen=True)
class Workspace:
    """The folder of one visitor. It may not exist: looking at pages does not make it."""

    visitor: str
    folder: Path

    def size(self) -> int:
        """Bytes of all files in the folder."""
        return size_of(self.folder)

    def make(self) -> None:
        """Make the folder if it does not exist, and mark it as visited. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _visit(self.folder)


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder, at any depth; 0 if it does not exist."""
    return sum(_size(os.path.join(inside, name)) for inside, _, names in os.walk(folder) for name in names)


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
    """The folder of all visitors. By default it is next to the app, in whatever folder the server was started."""
    return Path(os.environ.get("SESSIONS_DATA_DIR") or _APP / ".sessions_data").absolute()


def open_workspace(visitor: str) -> Workspace:
    """The visitor's folder. If it was thrown away some days ago, it is put back. If it exists, it is marked as visited now.

    From then on this process gives no other user a permission on any file or folder that it makes. It sets its umask for that,
    which also works for files that SQLite makes by itself, and from their first moment.
    Raises ValueError for a name that new_visitor() cannot have given, Refused when the folder cannot be written.
    """
    if not is_visitor(visitor):
        raise ValueError("not a visitor's name")
    folder = data_folder() / visitor
    os.umask(_OTHERS)
    try:
        if _is_there(folder) or take_back(folder):  # otherwise the first write makes it
            _visit(folder)
    except OSError as error:
        raise cannot_write(error) from error
    return Workspace(visitor, folder)


def _is_there(folder: Path) -> bool:
    """Whether the folder exists. Raises OSError if that is not known, unlike Path.exists."""
    try:
        folder.stat()
    except FileNotFoundError:
        return False
    return True


def _visit(folder: Path) -> None:
    for made in (folder.parent, folder):
        if made.stat().st_mode & _OTHERS and _is_ours(made):  # an earlier version made it
            with suppress(PermissionError):  # the folder of another user, which this one may write
                made.chmod(0o700)
    (folder / VISITED).touch()


def _is_ours(folder: Path) -> bool:
    """Whether the app made this folder: SESSIONS_DATA_DIR may name one that others use too, and that one stays as it is."""
    return is_visitor(folder.name) or all(is_visitor(entry.name) or entry.name[0] == "." for entry in folder.iterdir())


def close_to_others() -> str:
    """Take other users' permissions from the folders that earlier versions made. Returns what stays open, in words, or ''.

    The name of a visitor's folder is the address of their rows: nobody else should be able to list the names.
    """
    root = data_folder()
    for folder in visitor_folders():
        with suppress(OSError):  # the folder of another user, or removed since
            if folder.stat().st_mode & _OTHERS:
                folder.chmod(0o700)
    try:
        if not root.stat().st_mode & _LISTING:
            return ""
        if _is_ours(root):
            root.chmod(0o700)
            return ""
    except FileNotFoundError:
        return ""
    except OSError:
        pass
    return (
        f"Other users of this machine can list the data folder {root.name}, and the names in it are the addresses of the "
        "visitors. Set SESSIONS_DATA_DIR to a folder that only the app uses."
    )


def cannot_write(error: OSError) -> Refused:
    """The refusal if a folder cannot be made or written."""
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
