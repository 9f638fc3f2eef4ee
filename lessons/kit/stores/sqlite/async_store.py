"""The store with AsyncSQLiteSession in a file: the tables of SQLiteSession, written without blocking the event loop."""

from typing import TYPE_CHECKING

from lessons.kit.background import background
from lessons.kit.stores.kind import StoreKind
from lessons.kit.stores.sdk_private import close_async_connection
from lessons.kit.stores.sqlite.file_store import HandlePerSession

if TYPE_CHECKING:
    from agents.extensions.memory import AsyncSQLiteSession


class AsyncSQLiteStore(HandlePerSession["AsyncSQLiteSession"]):
    """Sessions in one SQLite file. Their connections belong to the background loop."""

    session_type = "AsyncSQLiteSession"

    def make_session(self, session_id: str) -> "AsyncSQLiteSession":
        from agents.extensions.memory import AsyncSQLiteSession

        return AsyncSQLiteSession(
            session_id, self.path, sessions_table=self.tables.sessions, messages_table=self.tables.messages
        )

    def opening_code(self, session_id: str) -> str:
        return f'AsyncSQLiteSession("{session_id}", "{self.path.name}")'

    def close_session(self, session: "AsyncSQLiteSession") -> None:
        background().settle(session.close())

    def release_session(self, session: "AsyncSQLiteSession") -> None:
        background().settle(close_async_connection(session))


KIND: StoreKind = StoreKind(
    "async_sqlite",
    "In a file, without blocking",
    lambda folder: AsyncSQLiteStore(KIND.name, KIND.label, folder / "async.db"),
    packages="openai-agents aiosqlite",
)
