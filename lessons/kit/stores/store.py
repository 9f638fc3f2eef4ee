"""What a store is: where sessions are kept, and how what is stored is read and copied."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from lessons.kit.stores.rows import ReadBack, Row, RowPage, Size, TablePicture
from lessons.kit.stores.session_list import Metadata, SessionPage, Sort

if TYPE_CHECKING:
    from agents import Session


class Store(Protocol):
    """Where sessions are kept: opens them for the SDK, and reads what is stored past the SDK.

    Sessions are opened and used on the background loop. Reading never changes what is stored. A store is opened on a folder
    that belongs to one visitor and one lesson, and may hold any number of sessions. Reading raises Refused.
    """

    name: str
    label: str
    session_type: str
    place: str
    keeps_metadata: bool

    def open_session(self, session_id: str, **options: Any) -> "Session":
        """The session of that id: the open one, or a new handle on the same storage.

        Opens no connection where that could wait for a server. `options` are the class's own; most stores know none.
        """

    def read_back(
        self, session_id: str, rows: Mapping[int, str], session: "Session | None" = None
    ) -> Mapping[int, ReadBack]:
        """What `session`, or else the session as it is set now, makes of these stored rows, given as key and data."""

    def check_pop(self, session_id: str, method: str = "pop_item") -> None:
        """Raises Refused when taking items out of this session, by `method`, would delete rows that nobody asked to delete."""

    def opening_code(self, session_id: str) -> str:
        """The line of SDK code that opens this session."""

    def sessions(self, search: str = "", sort: Sort = "last used", page: int = 1) -> SessionPage:
        """One page of the sessions that are stored. Its cost does not grow with their number while nothing changes."""

    def rename(self, session_id: str, new_id: str) -> None:
        """Give a session another id. Raises Refused when that is taken, and where the store cannot."""

    def describe(self, session_id: str, metadata: Metadata) -> None:
        """Keep an owner, a title and tags of a session. Raises Refused where the store cannot."""

    def session_ids(self, limit: int = 100) -> list[str]:
        """The ids that have rows or had them, the newest use first."""

    def page(self, session_id: str, before: int | None = None, after: int | None = None, limit: int = 50) -> RowPage:
        """Up to `limit` item rows in stored order: the newest, or those next to the key `before` or `after`."""

    def newest_rows(self, limit: int = 50) -> tuple[Row, ...]:
        """The newest rows of all sessions side by side, as they lie in the store."""

    def picture(self, session_id: str) -> tuple[TablePicture, ...]:
        """The newest rows of the session in each table, to be compared with a later picture."""

    def schema(self) -> str:
        """The tables as the storage itself describes them, or '' when there are none yet."""

    def size(self) -> Size | None:
        """The bytes that the storage takes for all its sessions, and what was measured; None where it does not tell."""

    def close(self) -> list[str]:
        """Drop every handle; name those that were open. What is kept only in memory is gone then."""

    def erase(self) -> None:
        """Delete everything stored."""

    def save_to(self, folder: Path) -> None:
        """Copy everything stored into `folder`."""

    def restore_from(self, folder: Path) -> None:
        """Make the storage what it was when `folder` was saved: the same rows, ids included."""
