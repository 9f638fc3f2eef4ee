"""A kind of store: what a page, a lesson and a lesson's script must know about a store before it is opened."""

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
"""What a lesson can need of a store, and a kind of store can lack, in words."""


IN_MEMORY = (
    "Kept in memory only: gone when the app restarts, and an hour after this page was last used, or ten minutes on a busy "
    "server."
)
"""The notice of a kind whose rows are in this process."""


@dataclass(frozen=True)
class StoreKind:
    """A store that a lesson can be run on. Opening it does not connect.

    `script` is the text of a Python file that defines `open_session(session_id, path=PATH)` and `restart()` for it, for the
    lesson as a script, with `{path}` where the path of a file goes; `packages` are what has to be installed for it, and `kept`
    says where it keeps the rows. `script_path` is the argument `path` with which a script opens the sessions of this kind
    in a lesson that is walked on another kind.
    `missing` says what this environment lacks, as "Set REDIS_URL to the address of a Redis server."; '' when it lacks nothing.
    `notice` is shown with its rows: that a service is emulated, or who stores what. A store that `is_outside` sends rows to
    another company: it is used only after it was chosen on the page, and never because of a link.
    A store that is `on_a_server` keeps its rows in a database or Redis server, and no file in its folder tells their size.
    `lacks` are those of NEEDS that its sessions do not meet. `columns` name what a row shows: its key, its session, its item,
    and its time where the storage keeps one. `more_tables` are tables of items that a step can choose, and no page shows.
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
