"""The sessions that one turn opens: what is stored before and after, and the log of their calls."""

import asyncio
import functools
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from agents import Session

from lessons.kit.background import in_thread
from lessons.kit.ledger.recorder import Recorder
from lessons.kit.ledger.row_changes import row_changes
from lessons.kit.records import TableChanges
from lessons.kit.stores.rows import ReadBack, TablePicture
from lessons.kit.stores.store import Store
from lessons.kit.trace.record_parts import SeenRows


async def always_room() -> None:
    """Wait for nothing: there is room for the files of every session."""


class TurnSessions:
    """The sessions that one turn opens: pictured before they are used, and recorded until `close`.

    `session_id` is the session of the turn. `used` says whether any session was opened, `dropped` names the handles that a
    restart has dropped, and `lost` are the changes that it has made. `room` is awaited before each call of a session.
    """

    def __init__(
        self,
        session_id: str,
        store: Store,
        recorder: Recorder,
        drop_handles: Callable[[], list[str]],
        room: Callable[[], Awaitable[None]] = always_room,
    ) -> None:
        self.before: dict[str, tuple[TablePicture, ...]] = {}
        self.dropped: tuple[str, ...] | None = None
        self.lost: tuple[TableChanges, ...] = ()
        self.used = False
        self.room = room
        self._main, self._store, self._recorder, self._drop_handles = session_id, store, recorder, drop_handles
        self._attached = ExitStack()
        self._open: dict[tuple[str, str], Session] = {}
        self._handles: dict[str, list[Session]] = {}
        self._recorded: list[Session] = []
        self._picturing = threading.Lock()

    def close(self) -> None:
        """Record no more: the sessions are as they were."""
        self._attached.close()

    def open_session(self, session_id: str, **options: Any) -> Session:
        """The session of that id, the same one for the same options; its calls are recorded from now on."""
        self.used = True
        key = session_id, repr(options)
        if key not in self._open:
            if not _on_a_loop():
                self._picture(session_id)
            session = self._store.open_session(session_id, **options)
            self._record(session, session_id)
            self._open[key] = session
            self._handles.setdefault(session_id, []).append(session)
        return self._open[key]

    def _record(self, session: Any, session_id: str) -> None:
        """Log the calls of a session that was opened by this id, and those of the session that it wraps."""
        outermost = session
        while session is not None and all(session is not one for one in self._recorded):
            self._recorded.append(session)
            # On the loop, which serves everybody, looking at the rows waits until the first call.
            pictured, wrapped = functools.partial(self._pictured, session_id), session is not outermost
            self._attached.enter_context(self._recorder.attached(session, pictured, session_id, wrapped=wrapped))
            session = getattr(session, "underlying_session", None)
            session_id = str(session.session_id) if session is not None else ""

    async def _pictured(self, session_id: str) -> None:
        await self.room()
        if session_id not in self.before:
            await in_thread(lambda: self._picture(session_id))

    def restart(self) -> None:
        """Drop every handle that the visitor has open, and note what is lost with them."""
        self.used = True
        self._picture(self._main)
        self._attached.close()
        self._open.clear()
        self._recorded.clear()
        self.dropped = (*(self.dropped or ()), *self._drop_handles())
        # What was only in memory is gone now, and its row ids will be given out again.
        for session_id, before in self.before.items():
            self.before[session_id] = self._store.picture(session_id)
            self.lost += row_changes(self._store.name, session_id, before, self.before[session_id])

    def _picture(self, session_id: str) -> None:
        with self._picturing:
            if session_id not in self.before:
                self.before[session_id] = self._store.picture(session_id)

    def after(self) -> dict[str, tuple[TablePicture, ...]]:
        """What is stored now, of every session that the turn has opened. Raises Refused."""
        return {session_id: self._store.picture(session_id) for session_id in self.before}

    def changes(self, after: Mapping[str, tuple[TablePicture, ...]]) -> tuple[TableChanges, ...]:
        """What the whole turn has changed in them, restarts included."""
        found = [
            table for name in after for table in row_changes(self._store.name, name, self.before[name], after[name])
        ]
        return (*self.lost, *found)

    def seen_rows(self, after: Mapping[str, tuple[TablePicture, ...]]) -> SeenRows:
        """What was seen of the turn's own session."""
        before = self.before.get(self._main, ())
        return SeenRows(
            self._store.name,
            self._main,
            before,
            after.get(self._main, ()),
            self.lost,
            self.changes(after),
            self._read_back,
        )

    def _read_back(self, rows: Mapping[int, str]) -> dict[int, ReadBack]:
        """What the session returns for these rows: the last handle says why not, any handle may decode the item."""
        others: list[Session] = self._handles.get(self._main, [])[:-1]
        last = self._handles[self._main][-1] if self._main in self._handles else None
        found = dict(self._store.read_back(self._main, rows, last))
        unknown = {key: rows[key] for key, one in found.items() if one.data is None}
        for session in others if unknown else ():
            for key, one in self._store.read_back(self._main, unknown, session).items():
                if one.data is not None:
                    found[key] = replace(found[key], data=one.data)
        return found


def _on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
