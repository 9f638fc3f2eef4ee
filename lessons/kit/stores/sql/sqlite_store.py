"""The store with SQLAlchemySession in a SQLite file, through aiosqlite. It needs no server."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from lessons.kit.stores.kind import StoreKind
from lessons.kit.stores.sql.engine import Handles, SQLAlchemyOptions
from lessons.kit.stores.sqlite.sqlite_file import SQLiteFile
from lessons.kit.stores.table_names import CUSTOM_TABLES

if TYPE_CHECKING:
    from agents.extensions.memory import SQLAlchemySession
    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_MILLISECONDS = 1000
"""The SDK sets 5,000 and tries six times, so it would wait half a minute for a locked file. With this value it waits 8 s."""


class SQLAlchemySQLiteStore(SQLiteFile):
    """Sessions in one SQLite file, on one engine."""

    session_type = "SQLAlchemySession"
    more_tables = (CUSTOM_TABLES.messages, CUSTOM_TABLES.sessions)

    def __init__(self, name: str, label: str, path: Path) -> None:
        super().__init__(name, label, path)
        self._handles = Handles(self._make_engine, path.name)

    def open_session(
        self,
        session_id: str,
        *,
        engine: "AsyncEngine | None" = None,
        engine_kwargs: dict[str, Any] | None = None,
        **options: Unpack[SQLAlchemyOptions],
    ) -> "SQLAlchemySession":
        """The handle with these options of SQLAlchemySession. `engine_kwargs` are the same as for its from_url()."""
        self.check()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        options.setdefault("create_tables", True)
        return self._handles.open(session_id, engine, engine_kwargs, **options)

    def opening_code(self, session_id: str) -> str:
        return f'SQLAlchemySession.from_url("{session_id}", url="sqlite+aiosqlite:///{self.path.name}", create_tables=True)'

    def restore_from(self, folder: Path) -> None:
        self._handles.close()  # handles remember that their tables exist
        super().restore_from(folder)

    def close_sessions(self) -> list[str]:
        return self._handles.close()

    def release_sessions(self) -> None:
        self._handles.release()

    def _make_engine(self, wanted: dict[str, Any]) -> "AsyncEngine":
        from sqlalchemy import NullPool, event
        from sqlalchemy.engine import URL
        from sqlalchemy.ext.asyncio import create_async_engine

        url = URL.create("sqlite+aiosqlite", database=str(self.path))
        if wanted:
            engine = create_async_engine(url, **wanted)
        else:
            # A connection of aiosqlite has a thread and three files. Without a pool, it lives only for one session call.
            engine = create_async_engine(url, poolclass=NullPool, async_creator=self._connect_in_turn)
            event.listen(engine.sync_engine, "close", lambda connection, record: _connections.release())
        _be_less_patient(engine)
        return engine

    async def _connect_in_turn(self) -> Any:
        import aiosqlite

        await _connections.acquire()
        try:
            connection = aiosqlite.connect(self.path)
            # As SQLAlchemy does, so that an interrupted run does not keep the process alive.
            thread: Any = getattr(connection, "_thread", connection)
            thread.daemon = True
            return await connection
        except BaseException:
            _connections.release()
            raise


CONNECTIONS = 2
"""The most connections of all visitors at the same time. A session call uses one for a few ms and needs no second one."""

_connections = asyncio.Semaphore(CONNECTIONS)


def _be_less_patient(engine: "AsyncEngine") -> None:
    from sqlalchemy import event

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, record: Any) -> None:
        record.info["new"] = True

    @event.listens_for(engine.sync_engine, "checkout")
    def begin(connection: Any, record: Any, proxy: Any) -> None:
        if record.info.pop("new", False):  # after the SDK has set its own value
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            cursor.close()


SCRIPT = '''
import asyncio

from agents.extensions.memory import SQLAlchemySession
from sqlalchemy.ext.asyncio import create_async_engine

PATH = "{path}"
SESSIONS: dict[str, SQLAlchemySession] = {{}}


def open_session(session_id: str, path: str = PATH, engine_kwargs=None, **options) -> SQLAlchemySession:
    """The session of that id: the open one, or a new handle on the same rows."""
    key = f"{{session_id}} {{path}} {{engine_kwargs}} {{options}}"
    if key not in SESSIONS:
        if "engine" in options:
            SESSIONS[key] = SQLAlchemySession(session_id, **{{"create_tables": True, **options}})
        else:
            url = f"sqlite+aiosqlite:///{{path}}"
            options = {{"create_tables": True, **options}}
            SESSIONS[key] = SQLAlchemySession.from_url(session_id, url=url, engine_kwargs=engine_kwargs, **options)
    return SESSIONS[key]


def restart() -> None:
    """Drop every handle, as the end of the process does."""
    SESSIONS.clear()
'''

KIND: StoreKind = StoreKind(
    "sqlalchemy_sqlite",
    "SQLAlchemy, in a file",
    lambda folder: SQLAlchemySQLiteStore(KIND.name, KIND.label, folder / "sqlalchemy.db"),
    script=SCRIPT,
    packages='"openai-agents[sqlalchemy]" aiosqlite',
    more_tables=(CUSTOM_TABLES.messages,),
)
