"""A place where sessions are stored, as the operations of this folder see it: rows to read, and one transaction to write."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from lessons.kit.problems.problem import Problem, Refused

if TYPE_CHECKING:
    from agents import Session

BATCH = 1_000
"""How many rows are in memory at a time."""

STRUCTURE, USAGE = "message_structure", "turn_usage"
MORE_TABLES = (STRUCTURE, USAGE, "branch_reservations", "session_clear_generations")
"""The tables of AdvancedSQLiteSession in addition to the two of every SQL session, each with a column session_id."""

Values = dict[str, Any]
"""One row of one of MORE_TABLES: its columns without `id`."""


@dataclass(frozen=True)
class SessionInfo:
    """What is kept of a session in addition to its rows. Times are UTC, as "2026-11-01 09:00:00"; None if not known."""

    session_id: str
    created_at: str | None = None
    updated_at: str | None = None
    expires_at: str | None = None


@dataclass(frozen=True)
class Row:
    """One stored item. `data` is the stored text; `key` is its row id, and `at` its time, None if the place has none."""

    key: int | None
    data: str
    at: str | None = None


@dataclass(frozen=True)
class Summary:
    """How much of a session is stored: its rows, and the bytes of their texts."""

    info: SessionInfo
    rows: int
    bytes: int


class Writing(Protocol):
    """One transaction. Everything that is written is stored if it ends without an error, and nothing if an error ends it."""

    def exists(self, session_id: str) -> bool:
        """Whether the session has rows, or had some."""

    def add_session(self, info: SessionInfo) -> None:
        """Make the session, without rows."""

    def add_rows(self, info: SessionInfo, rows: Callable[[], Iterator[Row]], *, keep_keys: bool) -> tuple[int, bool]:
        """Append the rows; `rows` may be called more than once. Returns how many, and whether they have kept their keys.

        In a class with branches they are on no branch until `add_more` or `put_on_main` is called.
        """

    def add_more(self, session_id: str, more: Iterable[tuple[str, Values]]) -> None:
        """Add the rows of MORE_TABLES of a session whose rows were just added."""

    def put_on_main(self, session_id: str, after: int) -> None:
        """Put the rows after that key on the branch main, as add_items() of a class with branches does."""

    def newest_key(self, session_id: str) -> int:
        """The key of the newest row, 0 without one."""

    def written(self, session_id: str, after: int) -> Iterator[Row]:
        """The rows after that key that a new handle would return, as this transaction sees them."""

    def remove(self, session_id: str, unused_since: str | None = None) -> int:
        """Delete a session with all that belongs to it. Returns how many rows it had.

        If `unused_since` (UTC text) is given, a session that was used at that time or later stays, and -1 is returned.
        """

    def remove_rows(self, session_id: str, rows: Sequence[Row]) -> None:
        """Delete some rows of a session, together with their rows in message_structure."""


class Source(Protocol):
    """Sessions that can be read. Reading changes nothing. Every method raises Refused with words for a person.

    `label` names it without a password; `session_class` is the SDK's class whose tables or keys these are.
    """

    label: str
    session_class: str

    def reading(self) -> AbstractContextManager[None]:
        """All that is read inside is of one moment. Also closes what was opened."""

    def sessions(self) -> Iterator[SessionInfo]:
        """Every session, in the order of the ids."""

    def session(self, session_id: str) -> SessionInfo | None:
        """The session of that id, None if it does not exist."""

    def rows(self, session_id: str) -> Iterator[Row]:
        """Every stored row in the order of the class, on all branches and on none."""

    def count(self, session_ids: Sequence[str] | None) -> int:
        """How many rows these sessions have, or all with None: counted in the storage, without reading them."""

    def visible(self, session_id: str) -> Iterator[Row]:
        """The rows that a new handle returns, in its order: of a class with branches those on main."""

    def more(self, session_id: str) -> Iterator[tuple[str, Values]]:
        """The rows of MORE_TABLES of the session, each with its table."""


class Place(Source, Protocol):
    """Where sessions are stored. `keeps` are those of KEEPS that it can keep; `modules` must be imported to reach it.

    `file` is the SQLite file that everything is in, None if it is something else. `why_no_proof` says why the bytes of the
    storage cannot be searched; '' if `files` are everything.
    """

    keeps: frozenset[str]

    @property
    def modules(self) -> tuple[str, ...]: ...
    @property
    def file(self) -> Path | None: ...
    @property
    def why_no_proof(self) -> str: ...
    def files(self) -> list[Path]:
        """The files that have the bytes of everything that is stored."""

    def takes(self, data: str) -> bool:
        """Whether a row with this text can be kept, so that the session returns it and loses nothing because of it."""

    def form(self, data: str) -> str:
        """The text of a row as this place gives it back."""

    def interrupt(self) -> None:
        """End the statement that runs. Called from another thread, at any time."""

    def exists(self) -> bool:
        """Whether anything is there that has the tables or keys of sessions."""

    def writing(self) -> AbstractContextManager[Writing]:
        """A transaction. Makes the tables if there are none."""

    def summary(self, session_id: str) -> Summary:
        """How much of a session is stored, measured in the storage."""

    def unused(self, days: float) -> Iterator[Summary]:
        """The sessions to which nothing was added for so many days, by the clock of the storage."""

    def cutoff(self, days: float) -> str:
        """The moment so many days ago by the clock of the storage, in the form that `remove` takes."""

    def counted(self) -> tuple[int, int]:
        """How many sessions there are, and how many of them have a time that is more than a day in the future."""

    def opened(self, session_id: str) -> "AbstractAsyncContextManager[Session]":
        """The session as the SDK's class opens it."""


KEEPS: Mapping[str, str] = {
    "keys": "row ids",
    "times": "the time of each row",
    "branches": "branches",
    "usage": "the usage of each turn",
    "expiry": "the time at which the session expires",
    "encryption": "encryption: everybody who can read that storage can read the texts",
    "form": "the form of items: a service gives each a new id, a type and a status, and keeps texts as parts",
}
"""What only some classes can keep, in words."""


@dataclass(frozen=True)
class Loss:
    """What the target does not keep of one session. `is_small` says that a run cannot see the difference."""

    session_id: str
    what: str
    is_small: bool = False


def digest(rows: Iterable[Row]) -> tuple[int, str]:
    """How many rows, and a checksum of their texts in this order."""
    found, count = hashlib.sha256(), 0
    for row in rows:
        data = row.data.encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(data) + data)
        count += 1
    return count, found.hexdigest()


def is_json(data: str) -> bool:
    """Whether the text is JSON; the SDK's classes skip rows that are not."""
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def is_encrypted(data: str) -> bool:
    """Whether the text looks like an envelope of EncryptedSession."""
    return '"__enc__"' in data


def refuse(what: str, next_: str, kept: str = "Nothing was changed.") -> Refused:
    """The exception for something that cannot be done."""
    return Refused(Problem(what, kept, next_))
