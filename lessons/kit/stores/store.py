"""What a store does: it opens sessions, reads what is stored, and copies it. A caller asks for the part that it needs."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lessons.kit.stores.rows import ReadBack, Row, RowPage, Size, TablePicture
from lessons.kit.stores.session_list import Metadata, SessionPage, Sort

if TYPE_CHECKING:
    from agents import Session


class SessionOpener(Protocol):
    """Opens the sessions of one visitor at one lesson, any number of them, and says what may be done to them.

    Sessions are opened and used on the background loop. `session_type` is the SDK's class; `medium` says what the rows are
    kept in, as "file", "memory" or "PostgreSQL". A store whose `keeps_metadata` is False refuses `describe`.
    """

    name: str
    label: str
    session_type: str
    medium: str
    keeps_metadata: bool

    def open_session(self, session_id: str) -> "Session":
        """The session of that id: the open one, or a new handle on the same storage.

        Does not connect where that could wait for a server. A store whose session class has options takes those too, by name.
        """

    def opening_code(self, session_id: str) -> str:
        """The line of SDK code that opens this session."""

    def check_pop(self, session_id: str, method: str = "pop_item") -> None:
        """Raises Refused if `method`, which takes items out of this session, would also delete other rows."""

    def rename(self, session_id: str, new_id: str) -> None:
        """Give a session another id. Raises Refused if that id is taken, and where the store cannot rename."""

    def describe(self, session_id: str, metadata: Metadata) -> None:
        """Keep an owner, a title and tags of a session. Raises Refused where the store cannot keep them."""

    def close(self) -> list[str]:
        """Drop every handle; name those that were open. Rows that are kept only in memory are gone then."""

    def release(self) -> None:
        """Close the files, connections and threads that nothing uses at this moment: the next call opens them again.

        Nothing that is stored, and nothing that a handle has in memory, is lost. Safe at any time, also during a turn. Called
        from a thread that may wait, and never from the background loop.
        """

    def loses_when_closed(self) -> bool:
        """Whether `close` would lose something now: rows that are only in memory, or the branch of a handle."""


class RowReader(Protocol):
    """Reads what is stored without the SDK. Reading never changes what is stored. Every method can raise Refused."""

    def read_back(
        self, session_id: str, rows: Mapping[int, str], session: "Session | None" = None
    ) -> Mapping[int, ReadBack]:
        """What `session` returns of these stored rows, given as key and data; by default, the session as it is set now."""

    def sessions(self, search: str = "", sort: Sort = "last used", page: int = 1) -> SessionPage:
        """One page of the sessions that are stored. Its cost does not grow with their number while nothing changes."""

    def session_ids(self, limit: int = 100) -> list[str]:
        """The ids that have rows or had them, the last used first."""

    def page(self, session_id: str, before: int | None = None, after: int | None = None, limit: int = 50) -> RowPage:
        """Up to `limit` item rows in stored order: the newest, or those next to the key `before` or `after`."""

    def newest_rows(self, limit: int = 50) -> tuple[Row, ...]:
        """The newest rows of all sessions side by side, as they lie in the store."""

    def picture(self, session_id: str) -> tuple[TablePicture, ...]:
        """The newest rows of the session in each table, to compare them with a later picture."""

    def schema(self) -> str:
        """The tables as the storage itself describes them; '' when there are none yet."""

    def size(self) -> Size | None:
        """The bytes that the storage takes for all its sessions, and what was measured; None where it does not tell."""


class StoreCopier(Protocol):
    """Copies all that is stored, puts a copy back, and deletes everything. Every method can raise Refused."""

    name: str

    def save_to(self, folder: Path) -> None:
        """Copy everything stored into `folder`, which exists and is empty. Where nothing is stored it stays empty."""

    def restore_from(self, folder: Path) -> None:
        """Make the storage what it was when `folder` was saved: the same rows with the same keys.

        Called again from the beginning when a kill has interrupted it, as `erase` is.
        """

    def erase(self) -> None:
        """Delete everything stored, and drop every handle."""


class Store(SessionOpener, RowReader, StoreCopier, Protocol):
    """Where the sessions of one visitor at one lesson are kept: all three parts."""
