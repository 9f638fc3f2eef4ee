"""The store with AdvancedSQLiteSession in a file: branches, and the usage of each turn."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.kind import StoreKind
from lessons.kit.stores.rows import ReadBack, as_stored
from lessons.kit.stores.sdk_private import clear_generation, close_connections, current_branch, set_branch_state
from lessons.kit.stores.sqlite.file_store import HandlePerSession
from lessons.kit.stores.sqlite.reading import has_table

if TYPE_CHECKING:
    from agents import Session
    from agents.extensions.memory import AdvancedSQLiteSession

MAIN = "main"
NO_BRANCH = "on no branch: it was stored without AdvancedSQLiteSession, which never returns it"

_HANDLES = "handles.json"
"""The file in a copy with the branch of each open handle, which the SDK keeps only in memory."""


class AdvancedSQLiteStore(HandlePerSession["AdvancedSQLiteSession"]):
    """Sessions with branches in one SQLite file. The rows of a session are those of all its branches."""

    session_type = "AdvancedSQLiteSession"
    more_tables = ("message_structure", "turn_usage", "branch_reservations", "session_clear_generations")

    def make_session(self, session_id: str) -> "AdvancedSQLiteSession":
        from agents.extensions.memory import AdvancedSQLiteSession

        return AdvancedSQLiteSession(session_id=session_id, db_path=self.path, create_tables=True)

    def close_session(self, session: "AdvancedSQLiteSession") -> None:
        session.close()

    def release_session(self, session: "AdvancedSQLiteSession") -> None:
        close_connections(session)

    def loses_when_closed(self) -> bool:
        return any(self.current_branch(session_id) != MAIN for session_id in list(self._sessions))

    def opening_code(self, session_id: str) -> str:
        return f'AdvancedSQLiteSession(session_id="{session_id}", db_path="{self.path.name}", create_tables=True)'

    def current_branch(self, session_id: str, session: "Session | None" = None) -> str:
        """The branch that `session`, by default the open handle, reads and writes. A new handle starts on main."""
        handle = session if session is not None else self._sessions.get(session_id)
        return current_branch(handle, MAIN)

    def read_back(
        self, session_id: str, rows: Mapping[int, str], session: "Session | None" = None
    ) -> Mapping[int, ReadBack]:
        current = self.current_branch(session_id, session)
        branches = self._read(lambda reader: _branches(reader, session_id, list(rows)), None)
        if branches is None:
            return as_stored(rows)
        lanes = {key: branches.get(key, []) for key in rows}
        return {
            key: ReadBack(data, _why(lanes[key], current), branches=tuple(lanes[key])) for key, data in rows.items()
        }

    def check_pop(self, session_id: str, method: str = "pop_item") -> None:
        """Raises Refused if rows are on no branch: the SDK takes them for leftovers and deletes them with the next item."""
        lost = self._read(lambda reader: _rows_without_branch(reader, session_id), 0)
        if lost:
            rows = "1 row of this session lies" if lost == 1 else f"{lost} rows of this session lie"
            raise Refused(
                Problem(
                    f"{rows} on no branch, and would be deleted with the first item that is removed.",
                    "Nothing was deleted.",
                    "To keep them, read them with SQLiteSession on the same file and add them to a new session.",
                )
            )

    def close_sessions(self) -> list[str]:
        branches = [self.current_branch(session_id) for session_id in list(self._sessions)]
        return [
            name if branch == MAIN else f"{name}, which was on {branch}"
            for name, branch in zip(super().close_sessions(), branches, strict=True)
        ]

    def save_to(self, folder: Path) -> None:
        super().save_to(folder)
        handles = {
            session_id: (current_branch(session, MAIN), clear_generation(session))
            for session_id, session in list(self._sessions.items())
        }
        if self.path.exists():
            (folder / _HANDLES).write_text(json.dumps(handles))

    def restore_from(self, folder: Path) -> None:
        super().restore_from(folder)
        saved = json.loads((folder / _HANDLES).read_text()) if (folder / _HANDLES).exists() else {}
        for session_id in self._sessions.keys() | {name for name, (branch, _) in saved.items() if branch != MAIN}:
            # A handle that stays on a removed branch would store rows on it.
            set_branch_state(self.open_session(session_id), *saved.get(session_id, (MAIN, 0)))


def _branches(reader: sqlite3.Connection, session_id: str, keys: list[int]) -> dict[int, list[str]] | None:
    """The names of the branches with each of these rows, the oldest first. None if the file has no branches."""
    if not has_table(reader, "message_structure"):
        return None
    found: dict[int, list[str]] = {}
    marks = ", ".join("?" * len(keys))
    query = f"SELECT message_id, branch_id FROM message_structure WHERE session_id = ? AND message_id IN ({marks}) ORDER BY id"
    for key, branch in reader.execute(query, (session_id, *keys)):
        found.setdefault(key, []).append(branch)
    return found


def _why(branches: list[str], current: str) -> str:
    if current in branches:
        return ""
    if not branches:
        return NO_BRANCH
    return f"on {'another branch' if len(branches) == 1 else 'other branches'}: {', '.join(branches)}"


def _rows_without_branch(reader: sqlite3.Connection, session_id: str) -> int:
    if not has_table(reader, "message_structure"):
        return 0
    query = (
        "SELECT COUNT(*) FROM agent_messages m WHERE m.session_id = ? AND NOT EXISTS "
        "(SELECT 1 FROM message_structure s WHERE s.session_id = m.session_id AND s.message_id = m.id)"
    )
    return int(reader.execute(query, (session_id,)).fetchone()[0])


SCRIPT = '''
from agents.extensions.memory import AdvancedSQLiteSession

PATH = "{path}"
SESSIONS: dict[tuple[str, str], AdvancedSQLiteSession] = {{}}


def open_session(session_id: str, path: str = PATH) -> AdvancedSQLiteSession:
    """The session of that id: the open one, or a new handle on the same rows, which starts on main."""
    if (session_id, path) not in SESSIONS:
        SESSIONS[session_id, path] = AdvancedSQLiteSession(session_id=session_id, db_path=path, create_tables=True)
    return SESSIONS[session_id, path]


def restart() -> None:
    """Drop every handle, as the end of the process does."""
    for session in SESSIONS.values():
        session.close()
    SESSIONS.clear()
'''

KIND: StoreKind = StoreKind(
    "advanced_sqlite",
    "With branches",
    lambda folder: AdvancedSQLiteStore(KIND.name, KIND.label, folder / "branches.db"),
    script=SCRIPT,
    script_path='"with_branches.db"',
)
