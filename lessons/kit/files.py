"""Files that another program may have replaced. They are read without waiting, and written to outlive a power cut."""

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def size_in_words(size: float) -> str:
    """A number of bytes for a reader: "100 bytes", "1.5 kB", "101 MB". MB is the largest unit, as in the limits."""
    if size < 1e3:
        return f"{size:,.0f} byte{'' if round(size) == 1 else 's'}"
    value, unit = (size / 1e6, "MB") if size >= 1e6 else (size / 1e3, "kB")
    if round(value) == 1_000 and unit == "kB":
        value, unit = 1, "MB"
    return f"{value:.1f} {unit}".replace(".0 ", " ") if value < 10 else f"{value:,.0f} {unit}"


def check_is_file(path: Path) -> bool:
    """Whether the file exists. Raises OSError if something else is there: to open a named pipe can wait for ever."""
    try:
        _check(path, path.stat().st_mode)
    except FileNotFoundError:
        return False
    return True


def read_file(path: Path) -> bytes:
    """All of a file. Raises OSError, also for a folder, a named pipe or a device."""
    # Without waiting: between a look at the name and the opening it could become a named pipe.
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check(path, os.fstat(opened).st_mode)
    except OSError:
        os.close(opened)
        raise
    with open(opened, "rb") as file:
        return file.read()


def write_file(path: Path, content: bytes) -> None:
    """Write a whole file in one move: nobody reads half of it, and a power cut leaves the old one or the new one.

    Its folder is made. Raises OSError, and leaves no part of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync(path.parent)
    except OSError:
        with suppress(OSError):  # on a full disk, the part would take the last space
            part.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, would outlive a power cut. Raises OSError. Windows has no such call."""
    if sys.platform == "win32":
        return
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sync_all(folder: Path) -> None:
    """The same for a folder with all that is in it. Does nothing if it does not exist."""
    for inside, _, names in os.walk(folder):
        for name in names:
            sync(Path(inside, name))
        sync(Path(inside))


ROOM_FOR_A_LOG = 65_536
"""Bytes. SQLite makes an index of 32 KB for the log of a database, and the log, before it writes one row."""


def is_full(path: Path) -> bool:
    """Whether the disk on which `path` is, or would be, has no room for a database's log."""
    try:
        there = next(folder for folder in (path, *path.parents) if folder.exists())
        found = os.statvfs(there)
    except (AttributeError, OSError, StopIteration):  # Windows has no statvfs
        return False
    return found.f_bavail * found.f_frsize < ROOM_FOR_A_LOG or (found.f_files > 0 and found.f_favail == 0)


def _check(path: Path, mode: int) -> None:
    kind = stat.S_IFMT(mode)
    if kind != stat.S_IFREG:
        raise OSError(errno.EINVAL, f"it is {_KINDS.get(kind, 'something else')}, not a file", str(path))
