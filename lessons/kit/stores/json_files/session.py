"""A session class that you write yourself: it keeps the items of each session in a JSON file."""

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

if TYPE_CHECKING:  # the SDK is needed only for types, so the files can be read without loading it
    from agents import SessionSettings, TResponseInputItem

T = TypeVar("T")

_locks: WeakValueDictionary[Path, Any] = WeakValueDictionary()
_locks_guard = threading.Lock()


class DamagedFileError(Exception):
    """The file of a session is not what this class writes."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path.name} {why}. Nothing was changed: repair it, or delete it with clear_session().")


class JsonFileSession:
    """The items of one session in one JSON file, `path`. Every change writes the whole file.

    The class implements the SDK's `Session` protocol without a base class: with `Session` as a base, a forgotten method would
    return None without an error. Any number of handles, threads and event loops of one process can use the same file. If two
    processes write at the same moment, one of them loses its items. Nothing is created before the first item is added.
    """

    def __init__(self, session_id: str, folder: str | Path, session_settings: SessionSettings | None = None) -> None:
        self.session_id = session_id
        self.session_settings = session_settings
        self.path = Path(folder).resolve() / file_name(session_id)
        with _locks_guard:
            self._file_lock = _locks.setdefault(self.path, threading.Lock())
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    async def get_items(self, limit: int | None = None) -> list[TResponseInputItem]:
        """The newest `limit` items, the oldest of them first. Without a limit here and in the settings, all items.

        Raises ValueError for a negative limit, on which the built-in classes disagree, and DamagedFileError.
        """
        if limit is None and self.session_settings is not None:
            limit = self.session_settings.limit
        if limit is not None and limit < 0:
            raise ValueError(f"the limit is {limit}; it must be 0 or more")
        items = await self._one_at_a_time(self._read)
        return items if limit is None else items[max(0, len(items) - limit) :]

    async def add_items(self, items: list[TResponseInputItem]) -> None:
        """Add the items after the stored ones. If it raises an error, it adds none of them.

        Raises TypeError for values that JSON does not have, DamagedFileError and OSError.
        """
        if items:
            await self._one_at_a_time(lambda: self._write([*self._read(), *items]))

    async def pop_item(self) -> TResponseInputItem | None:
        """Remove and return the newest item, None if there is none. Raises DamagedFileError and OSError."""
        return await self._one_at_a_time(self._pop)

    async def clear_session(self) -> None:
        """Delete the file, even if it is damaged. Raises OSError."""
        await self._one_at_a_time(lambda: self.path.unlink(missing_ok=True))

    async def _one_at_a_time(self, work: Callable[[], T]) -> T:
        """Do `work` in a thread, so that the event loop is not blocked, and while nothing else uses the file."""

        def work_alone() -> T:
            with self._file_lock:  # other handles, threads and event loops wait here
                return work()

        # Calls on this handle wait here, in order. Each event loop has its own lock, since an asyncio.Lock works in one loop.
        async with self._queues.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            working = asyncio.ensure_future(asyncio.to_thread(work_alone))
            try:
                return await asyncio.shield(working)
            finally:
                await asyncio.wait({working})  # a cancelled call ends only when its work has ended

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
        """Write a new file, then replace the old one with it. The old file stays complete until then."""
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
    """A file name that every file system accepts. The digest makes the names of similar ids different."""
    readable = re.sub(r"[^A-Za-z0-9_]+", "-", session_id)[:40]
    digest = hashlib.sha256(session_id.encode(errors="surrogatepass")).hexdigest()[:32]
    return f"{readable}-{digest}.json"
