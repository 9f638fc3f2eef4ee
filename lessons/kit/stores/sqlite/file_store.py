"""The store with SQLiteSession in a file, and the base class of the stores with similar session classes."""

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from lessons.kit.stores.kind import StoreKind
from lessons.kit.stores.sdk_private import close_connections
from lessons.kit.stores.sqlite.sqlite_file import SQLiteFile
from lessons.kit.stores.table_names import CUSTOM_TABLES, Tables

if TYPE_CHECKING:
    from agents import Session, SQLiteSession

S = TypeVar("S", bound="Session")


class HandlePerSession(SQLiteFile, Generic[S]):
    """A store in a SQLite file that opens each session once, as an object of the class S."""

    def __init__(self, name: str, label: str, path: Path, tables: Tables | None = None) -> None:
        super().__init__(name, label, path, tables)
        self._sessions: dict[str, S] = {}

    @abstractmethod
    def make_session(self, session_id: str) -> S:
        """A new handle. Raises sqlite3.Error if the file cannot be opened or is not a database."""

    @abstractmethod
    def close_session(self, session: S) -> None:
        """Close a handle."""

    @abstractmethod
    def release_session(self, session: S) -> None:
        """Close the connections of a handle that are not in use. Its next call opens one again."""

    def open_session(self, session_id: str) -> S:
        """The one handle of this id.

        Raises sqlite3.Error if the file cannot be opened or is not a database, Refused if it is not a file.
        """
        if session_id not in self._sessions:
            self.check()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._sessions[session_id] = self.make_session(session_id)
        return self._sessions[session_id]

    def rename(self, session_id: str, new_id: str) -> None:
        super().rename(session_id, new_id)
        for renamed in (session_id, new_id):
            if renamed in self._sessions:
                self.close_session(self._sessions.pop(renamed))

    def close_sessions(self) -> list[str]:
        dropped = [f"{session_id} in {self.path.name}" for session_id in self._sessions]
        for session in self._sessions.values():
            self.close_session(session)
        self._sessions.clear()
        return dropped

    def release_sessions(self) -> None:
        for session in list(self._sessions.values()):
            self.release_session(session)


class SQLiteFileStore(HandlePerSession["SQLiteSession"]):
    """Sessions of the class SQLiteSession in one SQLite file."""

    session_type = "SQLiteSession"

    def make_session(self, session_id: str) -> "SQLiteSession":
        from agents import SQLiteSession

        return SQLiteSession(
            session_id, self.path, sessions_table=self.tables.sessions, messages_table=self.tables.messages
        )

    def close_session(self, session: "SQLiteSession") -> None:
        session.close()

    def release_session(self, session: "SQLiteSession") -> None:
        close_connections(session)

    def opening_code(self, session_id: str) -> str:
        names = ""
        if self.tables != Tables():
            names = f', sessions_table="{self.tables.sessions}", messages_table="{self.tables.messages}"'
        return f'SQLiteSession("{session_id}", "{self.path.name}"{names})'


KIND: StoreKind = StoreKind(
    "sqlite_file", "In a file", lambda folder: SQLiteFileStore(KIND.name, KIND.label, folder / "chat.db")
)

CUSTOM_TABLES_KIND: StoreKind = StoreKind(
    "sqlite_custom_tables",
    "In a file, own table names",
    lambda folder: SQLiteFileStore(
        CUSTOM_TABLES_KIND.name, CUSTOM_TABLES_KIND.label, folder / "own_tables.db", CUSTOM_TABLES
    ),
)
