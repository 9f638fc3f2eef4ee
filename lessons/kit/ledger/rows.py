"""The rows behind a session: how they are read, and the item that the session makes of each."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from lessons.kit.items import decoded
from lessons.kit.ledger.cause import Cause
from lessons.kit.stores.encrypted.envelope import OpensOnce, is_envelope
from lessons.kit.stores.rows import as_text
from lessons.kit.stores.sdk_private import unwrapped

NEWEST_ROWS = 1_000
"""The number of rows that are read of a session, the newest ones. Older rows are not read, and nothing is said about them."""

_BELOW_ALL = -(2**31)
"""A key below all others: SQLite takes negative ones too, and PostgreSQL's integer takes no lower one."""

NO_ITEM = object()
"""The value of a row from which the session gets no item."""


class StoredItem(NamedTuple):
    """One row: its key, its text, why the session does not return it (None if it does), and the branches that have it.

    It is a tuple, since making a thousand of them takes a third of the time that dataclasses take.
    """

    key: int
    text: str
    unread: Cause | None = None
    why: str = ""
    branches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """The newest rows of one session in stored order. `complete` says that these are all of them.

    They were read between `began` and `at` (Unix times). Of two looks that overlap, either can be the older one. `found` are
    the rows as the storage returned them, with key and text first. `items` are made of them at the first use. `after` is set
    if only rows with a higher key were read: then nothing is known of the others. `expires_at` is the Unix time at which the
    storage itself deletes all rows, None if it does not. `is_there` is False if the table does not exist. `is_lost`: the
    database is in memory and has no such table. No session drops its table, so the database is gone with its handle.
    """

    found: tuple[tuple[Any, ...], ...]
    complete: bool
    began: float
    at: float
    after: int | None = None
    expires_at: float | None = None
    is_there: bool = True
    is_lost: bool = False

    @cached_property
    def items(self) -> tuple[StoredItem, ...]:
        return tuple(
            row if type(row) is StoredItem else StoredItem(row[0], row[1] if type(row[1]) is str else as_text(row[1]))
            for row in self.found
        )

    @cached_property
    def texts(self) -> dict[int, str]:
        """The stored text of each row, by its key."""
        return {row.key: row.text for row in self.items}


@dataclass(frozen=True)
class Newest:
    """Rows as they were read, the newest first. Each is a StoredItem, or a tuple of key and text. For the fields see Rows."""

    items: Sequence[tuple[Any, ...]]
    expires_at: float | None = None
    is_there: bool = True


@dataclass(frozen=True)
class Decoded:
    """The item that a session makes of a row's text, NO_ITEM if it makes none. `unread` says why it is not returned."""

    value: Any
    unread: Cause | None = None
    why: str = ""


class RowSource(Protocol):
    """Reads and decodes the rows of one session. `place` and `name` are equal for two handles on the same rows.

    `name` stays the same when the app restarts. `place` can be a memory address of this process. `keys_are_places`: the key of
    a row is its position, so it changes when rows before it are removed.
    """

    @property
    def store(self) -> str: ...

    @property
    def session_id(self) -> str: ...

    @property
    def place(self) -> Hashable: ...

    @property
    def name(self) -> Hashable: ...

    @property
    def keys_are_places(self) -> bool: ...

    async def read(self, after: int | None = None, limit: int = NEWEST_ROWS) -> Rows:
        """The newest rows, at most `limit`; with `after`, only rows with a higher key. Raises what the storage raises."""

    def decode(self, text: str, at: float) -> Decoded:
        """What the session makes of a row's text at that Unix time."""

    async def exists(self) -> bool:
        """Whether the table of the rows exists, always True for storage without tables. Creates nothing."""

    @property
    def close(self) -> Callable[[], None]:
        """Closes what was opened to read. The next read opens it again."""


def decode_json(text: str, decode: Callable[[str], Any] = decoded) -> Decoded:
    """The item of a row that is stored as JSON, as in all classes except EncryptedSession."""
    try:
        return Decoded(decode(text))
    except (ValueError, TypeError, RecursionError):
        return Decoded(NO_ITEM, Cause.UNREADABLE, "not JSON: the session skips it")


def _nothing() -> None:
    pass


def _not_at_once(limit: int, after: int) -> Newest | None:
    return None


@dataclass(frozen=True)
class JsonRows:
    """Rows of JSON. `read_rows(limit, after)` returns at most `limit` rows with a key above `after`, the newest first.

    If it is not a coroutine function, it is called in a thread. `read_at_once` does the same without waiting. It returns None
    where it would have to wait, for example for a locked file.
    """

    store: str
    session_id: str
    place: Hashable
    name: Hashable
    read_rows: Callable[[int, int], Newest | Awaitable[Newest]]
    is_there: Callable[[], Any] = lambda: True
    keys_are_places: bool = False
    in_memory: bool = False
    read_at_once: Callable[[int, int], Newest | None] = _not_at_once
    close: Callable[[], None] = _nothing

    async def read(self, after: int | None = None, limit: int = NEWEST_ROWS) -> Rows:
        began = time.time()
        wanted = limit + 1, _BELOW_ALL if after is None else after
        newest = self.read_at_once(*wanted) or await self._read(*wanted)
        items = tuple(reversed(newest.items[:limit]))
        return Rows(
            items,
            len(newest.items) <= limit,
            began,
            time.time(),
            after,
            newest.expires_at,
            newest.is_there,
            is_lost=self.in_memory and not newest.is_there,
        )

    async def _read(self, limit: int, after: int) -> Newest:
        read: Any = self.read_rows
        newest: Newest
        if asyncio.iscoroutinefunction(read):
            newest = await read(limit, after)
        else:
            newest = await asyncio.to_thread(read, limit, after)
        return newest

    async def exists(self) -> bool:
        found = self.is_there()
        return bool(await found if asyncio.iscoroutine(found) else found)

    def decode(self, text: str, at: float) -> Decoded:
        return decode_json(text)


@dataclass(frozen=True)
class EncryptedRows:
    """The rows of the session that an EncryptedSession wraps, decrypted by its key."""

    inner: RowSource
    session: Any

    @property
    def store(self) -> str:
        return self.inner.store

    @property
    def session_id(self) -> str:
        return self.inner.session_id

    @property
    def place(self) -> Hashable:
        return self.inner.place

    @property
    def name(self) -> Hashable:
        return self.inner.name

    @property
    def keys_are_places(self) -> bool:
        return self.inner.keys_are_places

    async def read(self, after: int | None = None, limit: int = NEWEST_ROWS) -> Rows:
        return await self.inner.read(after, limit)

    async def exists(self) -> bool:
        return await self.inner.exists()

    @property
    def close(self) -> Callable[[], None]:
        return self.inner.close

    def decode(self, text: str, at: float) -> Decoded:
        from cryptography.fernet import InvalidToken

        cipher = self.session.cipher
        decode = cipher.stored if isinstance(cipher, OpensOnce) else decoded
        envelope = decode_json(text, decode)
        if envelope.unread is not None:
            return envelope
        if not is_envelope(envelope.value):
            returned = unwrapped(self.session, envelope.value) if isinstance(envelope.value, dict) else None
            if returned is not None:
                return Decoded(returned)  # SDK 0.22 also returns rows that are not encrypted
            return Decoded(envelope.value, Cause.NOT_ENCRYPTED, "not encrypted: the session skips it")
        ttl, token = self.session.ttl, envelope.value["payload"]
        try:
            name = token.encode()
            item = cipher.item(name) if isinstance(cipher, OpensOnce) else decoded(cipher.decrypt(name))
        except (InvalidToken, ValueError, AttributeError):
            return Decoded(
                envelope.value, Cause.WRONG_KEY, "wrong key or tampered: the session could not decrypt it with its key"
            )
        if ttl is not None and cipher.extract_timestamp(token.encode()) + ttl < int(at):
            return Decoded(item, Cause.EXPIRED, f"expired: older than the ttl of {ttl} seconds")
        return Decoded(item)


def named(source: RowSource, store: str, session_id: str) -> RowSource:
    """The same rows, with the caller's names of the store and the session. Raises TypeError for a source of another kind."""
    if isinstance(source, EncryptedRows):
        return replace(source, inner=named(source.inner, store, session_id))
    if isinstance(source, JsonRows):
        return replace(source, store=store, session_id=session_id)
    raise TypeError(f"no rows that can be named: {type(source).__name__}")
