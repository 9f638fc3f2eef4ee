"""What a store is, and which there are. One file a backend; this one names them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


SQLITE_SCRIPT = '''
from agents import SQLiteSession

PATH = "{path}"
SESSIONS: dict[tuple[str, str], SQLiteSession] = {{}}


def open_session(session_id: str, path: str = PATH) -> SQLiteSession:
    """The session of that id: the open one, or a new handle on the same rows."""
    if (session_id, path) not in SESSIONS:
        SESSIONS[session_id, path] = SQLiteSession(session_id, path)
    return SESSIONS[session_id, path]


def restart() -> None:
    """Drop every handle, as the end of the process does."""
    for session in SESSIONS.values():
        session.close()
    SESSIONS.clear()
'''


LASTING, SHARED, UNCHANGED = "lasting", "shared", "unchanged"
NEEDS: Mapping[str, str] = {
    LASTING: "rows that outlive the handle of their session",
    SHARED: "one place for all sessions",
    UNCHANGED: "items that stay as they were added",
}
"""What a lesson can need of a store, and a kind of store can lack, in words."""


@dataclass(frozen=True)
class StoreKind:
    """A store that a lesson can be run on. Opening it makes no connection.

    `script` is the text of a Python file that defines `open_session(session_id, path=PATH)` and `restart()` for it, for the
    lesson as a script, with `{path}` where the path of a file goes; `packages` are what has to be installed for it, and `kept`
    says where it keeps the rows. `script_path` is the argument `path` with which a script opens the sessions of this kind,
    where they are not the lesson's.
    `missing` says what this environment lacks, as "Set REDIS_URL to the address of a Redis server."; '' when it lacks nothing.
    `notice` says what must be known wherever its rows are shown: that a service is emulated, or who stores what. A store that
    `is_outside` gives rows to somebody else: it is used only once it was chosen on the page, and by no link.
    `lacks` are those of NEEDS that its sessions do not give.
    """

    name: str
    label: str
    open: Callable[[Path], Store]
    script: str = SQLITE_SCRIPT
    packages: str = "openai-agents"
    kept: str = "{path} beside it"
    script_path: str = "PATH"
    missing: Callable[[], str] = lambda: ""
    notice: str = ""
    is_outside: bool = False
    lacks: tuple[str, ...] = ()


def store_kinds() -> Mapping[str, StoreKind]:
    """Every kind of store, by name."""
    from lessons.kit.stores import (
        advanced_sqlite,
        async_sqlite,
        compaction,
        conversations,
        encrypted,
        json_files,
        mysql,
        postgresql,
        redis_servers,
        sqlalchemy_sqlite,
        sqlite_file,
        sqlite_memory,
    )

    plain = (
        sqlite_file.KIND,
        sqlite_file.CUSTOM_TABLES_KIND,
        sqlite_memory.KIND,
        json_files.KIND,
        advanced_sqlite.KIND,
        redis_servers.FAKE_KIND,
        redis_servers.KIND,
        async_sqlite.KIND,
        sqlalchemy_sqlite.KIND,
        postgresql.KIND,
        mysql.KIND,
        *conversations.KINDS,
        *compaction.KINDS,
    )
    # EncryptedSession wraps any session; these are the ones that the lesson offers.
    inside = (
        sqlite_file.KIND,
        sqlite_memory.KIND,
        sqlalchemy_sqlite.KIND,
        redis_servers.FAKE_KIND,
        postgresql.KIND,
        mysql.KIND,
        redis_servers.KIND,
    )
    return {kind.name: kind for kind in (*plain, *map(encrypted.encrypted, inside))}


def usable_kinds() -> Mapping[str, StoreKind]:
    """The kinds of store that can be opened in this environment, by name."""
    return {name: kind for name, kind in store_kinds().items() if not kind.missing()}
