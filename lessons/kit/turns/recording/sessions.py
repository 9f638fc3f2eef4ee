"""The sessions that one turn opens. They are watched from the start, and their rows are read before and after."""

import asyncio
import functools
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from agents import Session

from lessons.kit.background import in_blocking_thread
from lessons.kit.ledger.observation import Observation
from lessons.kit.ledger.row_changes import row_changes
from lessons.kit.ledger.rows import StoredItem
from lessons.kit.ledger.watching.events import Restarted
from lessons.kit.ledger.watching.session_calls import Known
from lessons.kit.models.providers import redact
from lessons.kit.records import OpenedSession, TableChanges
from lessons.kit.seen_text import printable
from lessons.kit.stores.rows import TablePicture
from lessons.kit.stores.sql.engine import disposals
from lessons.kit.stores.store import Store
from lessons.kit.turns.recording.store_rows import rows_in_store


async def always_room() -> None:
    """Do not wait: there is room for the files of every session."""


OPTIONS_LIMIT = 200
"""The most characters of a session's options that a record keeps."""


class TurnSessions:
    """The sessions that one turn opens. Their rows are pictured before they are used, and the observation watches them.

    `session_id` is the session of the turn. `used`: a session was opened or a restart was made. `dropped` are the names of the
    handles that restarts have dropped, None without a restart, and `lost` are the changes of rows that they caused. `room` is
    awaited before each call of a session.
    """

    def __init__(
        self,
        session_id: str,
        store: Store,
        observation: Observation,
        drop_handles: Callable[[], list[str]],
        room: Callable[[], Awaitable[None]] = always_room,
    ) -> None:
        self.before: dict[str, tuple[TablePicture, ...]] = {}
        self.dropped: tuple[str, ...] | None = None
        self.lost: tuple[TableChanges, ...] = ()
        self.used = False
        self.room = room
        self._main, self._store, self._observation, self._drop_handles = session_id, store, observation, drop_handles
        self._loop = asyncio.get_running_loop()
        self._open: dict[tuple[str, str], Session] = {}
        self._opened: list[tuple[OpenedSession, Any, int]] = []
        self._picturing = threading.Lock()

    def open_session(self, session_id: str, **options: Any) -> Session:
        """The session of that id, the same one for the same options. Its calls are watched from now on."""
        self.used = True
        key = session_id, repr(options)
        if key not in self._open:
            if not _on_a_loop():
                self._picture(session_id)
            session = self._store.open_session(session_id, **options)
            self._watch(session, session_id)
            self._open[key] = session
            self._opened.append((OpenedSession(session_id, _shown(options)), session, disposals(session)))
        return self._open[key]

    @property
    def opened(self) -> tuple[OpenedSession, ...]:
        """The sessions that were opened, in order."""
        return tuple(replace(one, disposed=disposals(session) > before) for one, session, before in self._opened)

    def _watch(self, session: Any, session_id: str) -> None:
        """Watch the calls of a session that was opened with this id, and of the sessions that it wraps."""
        # The loop serves all visitors, so the rows are not read here but before the first call, in a thread.
        before = functools.partial(self._pictured, session_id)
        outermost = session
        while session is not None:
            source = rows_in_store(self._store, self._store.name, session_id, session)
            known = Known(source, session_id, before, self._loop, is_wrapped=session is not outermost)
            self._observation.watch(session, known)
            session = getattr(session, "underlying_session", None)

    async def _pictured(self, session_id: str) -> None:
        await self.room()
        if session_id not in self.before:
            await in_blocking_thread(lambda: self._picture(session_id))

    def restart(self) -> None:
        """Drop every handle that the visitor has open, and note the rows that are lost with them."""
        self.used = True
        order = self._observation.next_order()
        self._picture(self._main)
        self._open.clear()
        self.dropped = (*(self.dropped or ()), *self._drop_handles())
        # Rows that were only in memory are gone now, and their ids can be used again.
        gone: dict[tuple[str, str], tuple[StoredItem, ...]] = {}
        for session_id, before in self.before.items():
            self.before[session_id] = self._store.picture(session_id)
            lost = row_changes(self._store.name, session_id, before, self.before[session_id])
            self.lost += lost
            rows = [row for table in lost if table.holds_items for row in table.removed]
            if rows:
                items = (StoredItem(int(row.key), (row.before or {})["message_data"]) for row in rows)
                gone[self._store.name, session_id] = tuple(items)
        self._observation.note(Restarted(order, gone))

    def _picture(self, session_id: str) -> None:
        with self._picturing:
            if session_id not in self.before:
                self.before[session_id] = self._store.picture(session_id)

    def after(self) -> dict[str, tuple[TablePicture, ...]]:
        """The current picture of every session that the turn has opened, by session id. Raises Refused."""
        return {session_id: self._store.picture(session_id) for session_id in self.before}

    def changes(self, after: Mapping[str, tuple[TablePicture, ...]]) -> tuple[TableChanges, ...]:
        """The changes of the whole turn in these sessions, restarts included. `after` comes from `after()`."""
        found = [
            table for name in after for table in row_changes(self._store.name, name, self.before[name], after[name])
        ]
        return (*self.lost, *found)


def _shown(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(name, value)}" for name, value in options.items())[:OPTIONS_LIMIT]


def _value(name: str, value: Any) -> str:
    """A value as code. Functions are shown by name, other objects by type, and an encryption key as "…"."""
    if name == "encryption_key":
        return "…"
    if isinstance(value, str | int | float | dict | None):
        return printable(redact(repr(value)))
    return str(getattr(value, "__name__", type(value).__name__))


def _on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
