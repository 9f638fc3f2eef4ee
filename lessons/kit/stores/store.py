"""The interface of a store: it opens sessions, reads what is stored, and copies it. Callers use the part that they need."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lessons.kit.stores.rows import ReadBack, Row, RowPage, Size, TablePicture
from lessons.kit.stores.session_list import Metadata, SessionPage, Sort

if TYPE_CHECKING:
    from agents import Session


class SessionOpener(Protocol):
    """Opens any number of sessions of one visitor at one lesson, and checks what can be done with them.

    Sessions are opened and used on the background loop. `session_type` is the name of the session class. `medium` says where
    the rows are kept, such as "file", "memory" or "PostgreSQL". A store whose `keeps_metadata` is False refuses `describe`.
    """

    name: str
    label: str
    session_type: str
    medium: str
    keeps_metadata: bool

    def open_session(self, session_id: str) -> "Session":
        """The session of that id: the open one, or a new handle on the same storage.

        It does not connect to a server and so does not wait. A store whose session class has options takes them by name.
        """

    def opening_code(self, session_id: str) -> str:
        """The line of SDK code that opens this session."""

    def check_pop(self, session_id: str, method: str = "pop_item") -> None:
        """Raises Refused if `method`, which removes items of this session, would also delete other rows."""

    def rename(self, session_id: str, new_id: str) -> None:
        """Give a session another id. Raises Refused if that id is taken, or if the store cannot rename."""

    def describe(self, session_id: str, metadata: Metadata) -> None:
        """Keep an owner, a title and tags of a session. Raises Refused if the store cannot keep them."""

    def close(self) -> list[str]:
        """Drop every handle. Returns the names of those that were open. Rows that are only in memory are lost."""

    def release(self) -> None:
        """Close the files, connections and threads that are not in use. The next call opens them again.

        Nothing is lost, neither what is stored nor what a handle has in memory. It can be called at any time, also during a
        turn, from a thread that can wait. Never call it on the background loop.
        """

    def loses_when_closed(self) -> bool:
        """Whether `close` would lose something now: rows that are only in memory, or the branch that a handle is on."""


class RowReader(Protocol):
    """Reads what is stored without the SDK. Reading never changes what is stored. Every method can raise Refused."""

    def read_back(
        self, session_id: str, rows: Mapping[int, str], session: "Session | None" = None
    ) -> Mapping[int, ReadBack]:
        """What `session` returns for these rows, given as {key: data}. None: a session with the store's current settings."""

    def sessions(self, search: str = "", sort: Sort = "last used", page: int = 1) -> SessionPage:
        """One page of the sessions that are stored. Its cost does not grow with their number while nothing changes."""

    def session_ids(self, limit: int = 100) -> list[str]:
        """The ids of up to `limit` sessions that have or had rows, the last used first."""

    def page(self, session_id: str, before: int | None = None, after: int | None = None, limit: int = 50) -> RowPage:
        """Up to `limit` item rows in stored order: the newest, or those directly before or after a key."""

    def newest_rows(self, limit: int = 50) -> tuple[Row, ...]:
        """The newest rows of all sessions together, as they are in the store."""

    def picture(self, session_id: str) -> tuple[TablePicture, ...]:
        """The newest rows of the session in each table, to compare them with a later picture."""

    def schema(self) -> str:
        """The tables as the storage itself describes them, '' if there are none yet."""

    def size(self) -> Size | None:
        """The bytes that all its sessions take, and what was measured. None if the storage does not tell."""


class StoreCopier(Protocol):
    """Copies everything that is stored, restores a copy, and deletes everything. Every method can raise Refused."""

    name: str

    def save_to(self, folder: Path) -> None:
        """Copy everything stored into `folder`, which exists and is empty. It stays empty if nothing is stored."""

    def restore_from(self, folder: Path) -> None:
        """Restore the storage as it was when `folder` was saved, with the same rows and keys.

        If the process is killed during this call, it is called again from the start later. The same is true of `erase`.
        """

    def erase(self) -> None:
        """Delete everything stored, and drop every handle."""


class Store(SessionOpener, RowReader, StoreCopier, Protocol):
    """A store for the sessions of one visitor at one lesson, with all three parts."""
