"""A session class that you write yourself: it keeps the items of every session in a JSON file."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

if TYPE_CHECKING:  # the class needs the SDK for its types only, so its files can be read without loading it
    from agents import SessionSettings, TResponseInputItem

T = TypeVar("T")

_locks: WeakValueDictionary[Path, Any] = WeakValueDictionary()
_locks_guard = threading.Lock()


class DamagedFileError(Exception):
    """The file of a session is not what this class writes."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path.name} {why}. Nothing was changed: repair it, or delete it with clear_session().")


class JsonFileSession:
    """The items of one session in one JSON file, `path`, which is written whole at every change.

    It has what the SDK's `Session` protocol asks for and no base class: under `Session` a forgotten method would return
    None and say nothing. Any number of handles, threads and event loops of one process may use the same file; of two
    processes that write at the same moment, one loses its items. Nothing is created before the first item is added.
    """

    def __init__(self, session_id: str, folder: str | Path, session_settings: SessionSettings | None = None) -> None:
        self.session_id = session_id
        self.session_settings = session_settings
        self.path = Path(folder).resolve() / file_name(session_id)
        with _locks_guard:
            self._file_lock = _locks.setdefault(self.path, threading.Lock())
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    async def get_items(self, limit: int | None = None) -> list[TResponseInputItem]:
        """The newest `limit` items, the oldest of them first; without a limit here and in the settings, all.

        Raises: ValueError for a negative limit, on which the built-in classes disagree; DamagedFileError.
        """
        if limit is None and self.session_settings is not None:
            limit = self.session_settings.limit
        if limit is not None and limit < 0:
            raise ValueError(f"the limit is {limit}; it must be 0 or more")
        items = await self._one_at_a_time(self._read)
        return items if limit is None else items[max(0, len(items) - limit) :]

    async def add_items(self, items: list[TResponseInputItem]) -> None:
        """Add the items after those that are stored: all or, if anything is raised, none.

        Raises: TypeError for what JSON cannot hold, DamagedFileError, OSError.
        """
        if items:
            await self._one_at_a_time(lambda: self._write([*self._read(), *items]))

    async def pop_item(self) -> TResponseInputItem | None:
        """Remove the newest item and return it; None when there is none. Raises DamagedFileError, OSError."""
        return await self._one_at_a_time(self._pop)

    async def clear_session(self) -> None:
        """Delete the file, damaged or not. Raises OSError."""
        await self._one_at_a_time(lambda: self.path.unlink(missing_ok=True))

    async def _one_at_a_time(self, work: Callable[[], T]) -> T:
        """Do `work` in a thread, so that the event loop goes on, while nobody else uses the file."""

        def work_alone() -> T:
            with self._file_lock:  # other handles, threads and event loops wait here
                return work()

        # Calls on this handle wait here, in their order. One lock an event loop: an asyncio.Lock cannot serve two.
        async with self._queues.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            working = asyncio.ensure_future(asyncio.to_thread(work_alone))
            try:
                return await asyncio.shield(working)
            finally:
                await asyncio.wait({working})  # a call that is cancelled ends with its work, not before

    def _read(self) -> list[TResponseInputItem]:
        try:
            stored = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return []
        except ValueError as error:
            raise DamagedFileError(self.path, f"is not JSON ({error})") from error
        match stored:
            case {"session_id": self.session_id, "items": list(items)}:
                return items
        raise DamagedFileError(self.path, f"does not hold the items of {self.session_id!r}")

    def _write(self, items: list[TResponseInputItem]) -> None:
        """Write a second file and replace the first with it, which is whole until that moment."""
        text = json.dumps({"session_id": self.session_id, "items": items}, indent=1)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, new = tempfile.mkstemp(suffix=".tmp", dir=self.path.parent)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(descriptor)
            os.replace(new, self.path)
        finally:
            Path(new).unlink(missing_ok=True)

    def _pop(self) -> TResponseInputItem | None:
        items = self._read()
        if not items:
            return None
        newest = items.pop()
        self._write(items)
        return newest


def file_name(session_id: str) -> str:
    """A name that every file system takes. The digest tells ids apart that would look alike."""
    readable = re.sub(r"[^A-Za-z0-9_]+", "-", session_id)[:40]
    digest = hashlib.sha256(session_id.encode(errors="surrogatepass")).hexdigest()[:32]
    return f"{readable}-{digest}.json"
