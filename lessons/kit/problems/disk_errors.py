"""What a disk or a file on it refuses, by the errno and by the result code of SQLite, never by the text of an error."""

import errno
import json
import os
import shutil
import sqlite3
from pathlib import Path

from lessons.kit.descriptors import NO_MORE_FILES, are_scarce, ran_out
from lessons.kit.files import is_full
from lessons.kit.problems.problem import Problem, Refused

Words = tuple[str, str]

JSON_ERRORS = (ValueError, RecursionError)
"""The errors that json.loads() raises for a text, and that a reader raises for JSON of another structure."""

OWN_MISTAKES = (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.NotSupportedError)
"""The errors of SQLite that only the code that uses it causes, never the content of a file."""

_FULL_DISK = "The disk is full, or the quota on it is used up"
_FREE_SPACE = "Free space on the disk of the data folder, and try again. You do not have to delete what is stored."
_CHECK_DISK = "Free space on the disk of the data folder, or check whether the disk fails, and try again."
_MAKE_WRITABLE = "Make the file and its folder writable, or set SESSIONS_DATA_DIR to another folder."
_START_OVER = "start the lesson over: that deletes it and begins with an empty one."
_KEPT = "It is kept as it is."

_FULL_NUMBERS = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_DENIED_NUMBERS = (errno.EROFS, errno.EACCES, errno.EPERM)

_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DENIED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)


def disk_words(error: BaseException) -> Words | None:
    """What happened and what to do next; None for an error that is not of a disk or of a SQLite file."""
    code = _code(error)
    # SQLite does not say why it cannot open a file.
    if (isinstance(error, OSError) and ran_out(error)) or (code == sqlite3.SQLITE_CANTOPEN and are_scarce()):
        return NO_MORE_FILES
    if is_of_full_disk(error):
        return f"{_FULL_DISK}.", _FREE_SPACE
    if isinstance(error, shutil.Error):  # of several files, each with its path and the text of its error
        return "Not all files could be copied.", _CHECK_DISK
    if code == sqlite3.SQLITE_IOERR:
        return f"The disk failed while a database file was read or written: {error}.", _CHECK_DISK
    if code in _LOCKED:
        return (
            "The database is locked: another program is writing to it. The session waited for some seconds.",
            "Close the other program, or end its transaction, and ask again.",
        )
    if code in _DENIED:
        return f"The database file cannot be written: {error}.", _MAKE_WRITABLE
    if code in _DAMAGED:
        return f"The file is not a usable SQLite database: {error}.", f"Move the file away, or {_START_OVER}"
    if isinstance(error, sqlite3.Error):
        return (
            f"The database refused: {error}.",
            "Look at the stored rows and the schema; start the lesson over to begin again.",
        )
    # Errors of the network are OSErrors too: they name no file.
    if not isinstance(error, OSError) or error.filename is None:
        return None
    reason = error.strerror or type(error).__name__
    if error.errno in _DENIED_NUMBERS:
        return f"A file could not be read or written: {reason}.", _MAKE_WRITABLE
    return f"A file could not be read or written: {reason}.", _CHECK_DISK


def is_of_full_disk(error: BaseException) -> bool:
    """Whether there was no room for what was to be written."""
    full = isinstance(error, OSError) and error.errno in _FULL_NUMBERS
    return full or _code(error) == sqlite3.SQLITE_FULL


def in_folder(error: Exception, folder: Path) -> Exception:
    """The error of a full disk if the disk of `folder` is full and the error does not say so; otherwise the error itself."""
    if _may_be_full(error) and is_full(folder):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return error


def _may_be_full(error: Exception) -> bool:
    if isinstance(error, shutil.Error):
        return True
    # To use a file with a log, SQLite makes another file next to it. If the disk is full, it raises one of these.
    return _code(error) in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


def unreadable(path: Path, error: Exception) -> Refused:
    """The refusal if the file at `path` cannot be read, or does not have the content that it should. It names the file."""
    file, code = f"The file {path.name}", _code(error)
    if is_of_full_disk(in_folder(error, path)):
        return Refused(Problem(f"{file} cannot be used. {_FULL_DISK}.", _KEPT, _FREE_SPACE))
    if code == sqlite3.SQLITE_IOERR:
        return Refused(Problem(f"{file} cannot be read: the disk failed ({error}).", _KEPT, _CHECK_DISK))
    if code in _LOCKED:
        next_ = "Close the other program, or end its transaction, and look again."
        return Refused(Problem(f"{file} is locked: another program is writing to it.", _KEPT, next_))
    if code in _DENIED:
        return damaged(f"{file} cannot be opened: {error}", "Make it readable")
    if code in _DAMAGED:
        return damaged(f"{file} is not a usable SQLite database: {error}", "Move the file away")
    if isinstance(error, sqlite3.Error):
        return damaged(f"{file} does not have the tables of its session class: {error}")
    if isinstance(error, OSError):
        return damaged(f"{file} cannot be read: {error.strerror or type(error).__name__}")
    return damaged(f"{file} is damaged: its session class does not write this. {foreign_words(error)}")


def foreign_words(error: Exception) -> str:
    """What is wrong with the content of a file or a key, in words, without the name of a Python class."""
    if isinstance(error, json.JSONDecodeError):
        return f"It is not JSON from line {error.lineno}, column {error.colno} on"
    if isinstance(error, UnicodeDecodeError):
        return "It is not text in UTF-8"
    if isinstance(error, RecursionError):
        return "It is nested too deep"
    return "Its structure differs from what that class writes"


def damaged(what: str, first: str = "Repair it or move it away", more: str = "") -> Refused:
    """The refusal if only a repair or starting over helps. `what` names the file or the key, and says what it is."""
    return Refused(Problem(f"{what}.", _KEPT, f"{first}, or {_START_OVER}{more}", start_over=True))


def _code(error: BaseException) -> int | None:
    """The kind of a SQLite error; None for others, and for those that Python's module raises itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None  # the higher bytes say more
