"""A kind of store: what a page, a lesson and its script have to know about a store before it is opened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lessons.kit.stores.store import Store

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
"""In words: what a lesson can need from a store, and what a kind of store can lack."""


IN_MEMORY = (
    "Kept in memory only: gone when the app restarts, and an hour after this page was last used, or ten minutes on a busy "
    "server."
)
"""The notice of a kind of store that keeps its rows in this process."""


@dataclass(frozen=True)
class StoreKind:
    """A store on which a lesson can run. Opening it does not connect.

    `script` is Python text that defines `open_session(session_id, path=PATH)` and `restart()` for the script of a lesson. It
    has `{path}` where the path of a file goes. `packages` are the packages to install for it, `kept` says where it keeps the
    rows. `script_path` is the argument `path` with which a script opens sessions of this kind in a lesson that mainly uses
    another kind.
    `missing` returns a sentence about what this environment lacks, such as "Set REDIS_URL to the address of a Redis server.",
    or '' if nothing is missing.
    `notice` is shown with the rows: that a service is emulated, or who stores what. A store that `is_outside` sends rows to
    another company, so it is used only after the visitor has chosen it on the page, and never because of a link.
    A store `on_a_server` keeps its rows in a database or Redis server, and no file in its folder shows their size.
    `lacks` are the NEEDS that its sessions do not meet. `columns` name the parts of a row: its key, session and item, and its
    time if the storage keeps one. `more_tables` are tables of items that a step can choose and that no page shows.
    """

    name: str
    label: str
    open: Callable[[Path], Store]
    script: str = SQLITE_SCRIPT
    packages: str = "openai-agents"
    kept: str = "{path} in the same folder"
    script_path: str = "PATH"
    missing: Callable[[], str] = lambda: ""
    notice: str = ""
    is_outside: bool = False
    on_a_server: bool = False
    lacks: tuple[str, ...] = ()
    columns: tuple[str, ...] = ("id", "session_id", "message_data", "created_at")
    more_tables: tuple[str, ...] = ()
