"""The store with RedisSession, on a real server or on fakeredis inside this process."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from lessons.kit.background import background
from lessons.kit.problems.explain import explain
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.as_stored import KeepsOnlyItems
from lessons.kit.stores.redis.keys import (
    SDK_PREFIX,
    Key,
    as_text,
    check_types,
    copy_keys,
    delete_keys,
    find_keys,
    memory_usage,
    namespace,
    put_back_keys,
    read_keys,
)
from lessons.kit.stores.rows import (
    PICTURE_ROWS,
    Row,
    RowPage,
    Size,
    TablePicture,
    picture_of_items,
)
from lessons.kit.stores.session_list import Metadata, SessionPage, SessionSummary, Sort, first_line, list_page

if TYPE_CHECKING:
    from agents.extensions.memory import RedisSession

T = TypeVar("T")

ITEMS, KEYS = "list entries", "keys"
"""The names of the two tables of a picture."""

REST_SECONDS = 3.0
"""Seconds for which a page does not try again after it could not reach the server."""

_COPY = "keys.json"

_SEEN_LATER = "The rows there are kept, and cannot be looked at now."
_HALF = "It may be only half done."

_ONLY_ITEMS = Problem(
    "A Redis session is a hash and a list, found by their keys. The SDK can neither rename nor describe it.",
    "Nothing was changed.",
    "Choose a SQLite file for this.",
)


@dataclass(frozen=True)
class RedisServer:
    """Makes clients for the server with the keys, without connecting. `in_memory`: the keys are lost with the server object."""

    async_client: Callable[[], Any]
    sync_client: Callable[[], Any]
    in_memory: bool = False


class RedisStore(KeepsOnlyItems):
    """Sessions of one visitor at one lesson. A row's key is the position of its entry in the list, from 1.

    All handles share one client, which belongs to the background loop. Rows are read through a second client.
    """

    session_type = "RedisSession"
    only_items = _ONLY_ITEMS

    def __init__(self, name: str, label: str, medium: str, folder: Path, server: RedisServer) -> None:
        self.name, self.label, self.medium = name, label, medium
        self.namespace = namespace(folder)
        self.ttl: int | None = None  # in seconds, for handles that are opened without the option ttl
        self.server = server
        self._async_client: Any = None
        self._sync_client: Any = None
        self._sessions: dict[tuple[str, str, int | None], RedisSession] = {}
        self._order: dict[str, int] = {}
        self._counted = itertools.count(1)
        self._guard = threading.RLock()
        self._rest: tuple[float, Refused] | None = None

    def open_session(
        self, session_id: str, *, ttl: int | Literal["chosen"] | None = "chosen", key_prefix: str = SDK_PREFIX
    ) -> "RedisSession":
        """The handle of this id, prefix and TTL in seconds. Without the option, the TTL is `self.ttl`.

        The visitor's own prefix is put before `key_prefix`.
        """
        seconds = self.ttl if ttl == "chosen" else ttl
        with self._guard:
            key = session_id, key_prefix, seconds
            self._order[session_id] = next(self._counted)
            if key not in self._sessions:
                from agents.extensions.memory import RedisSession

                if self._async_client is None:
                    self._async_client = self.server.async_client()
                self._sessions[key] = RedisSession(
                    session_id,
                    redis_client=self._async_client,
                    key_prefix=f"{self.namespace}:{key_prefix}",
                    ttl=seconds,
                )
            return self._sessions[key]

    def opening_code(self, session_id: str) -> str:
        return f'RedisSession("{session_id}", redis_client=client, key_prefix="{self.namespace}:{SDK_PREFIX}")'

    def sessions(self, search: str = "", sort: Sort = "last used", page: int = 1) -> SessionPage:
        return list_page(self._summaries(), search, sort, page)

    def session_ids(self, limit: int = 100) -> list[str]:
        return [one.session_id for one in self._summaries()[:limit]]

    def page(self, session_id: str, before: int | None = None, after: int | None = None, limit: int = 50) -> RowPage:
        def read(client: Any) -> RowPage:
            self._check_types(client, session_id)
            name = self._list(session_id)
            total = client.llen(name)
            if after is not None:
                first = max(1, after + 1)
                last = min(first + limit - 1, total)
            else:
                last = min(total, before - 1 if before is not None else total)
                first = max(1, last - limit + 1)
            entries = client.lrange(name, first - 1, last - 1) if last >= first else []
            rows = _rows(session_id, entries, first)
            if not rows:
                return RowPage(total=total)
            return RowPage(rows, total, rows[0].key > 1, rows[-1].key < total)

        return self._look(read, patient=False)

    def newest_rows(self, limit: int = 50) -> tuple[Row, ...]:
        # Each session has its own list, and there is no order between lists.
        return tuple(row for session_id in self.session_ids() for row in self.page(session_id).rows)[-limit:]

    def picture(self, session_id: str) -> tuple[TablePicture, ...]:
        """The newest entries of the list, and the keys of this id under every prefix with which it was opened."""
        prefixes = dict.fromkeys([SDK_PREFIX, *(key[1] for key in list(self._sessions) if key[0] == session_id)])
        names = [
            f"{self.namespace}:{prefix}:{session_id}{suffix}"
            for prefix in prefixes
            for suffix in ("", ":messages", ":counter")
        ]

        def read(client: Any) -> tuple[TablePicture, ...]:
            self._check_types(client, session_id)
            entries, keys = client.lrange(self._list(session_id), -PICTURE_ROWS, -1), read_keys(client, names)
            total = next((key.entries for key in keys if key.name == self._list(session_id)), len(entries))
            rows = _rows(session_id, entries, total - len(entries) + 1)
            return (
                TablePicture(ITEMS, picture_of_items(rows), complete=len(entries) == total),
                TablePicture(KEYS, {key.name: _as_row(key) for key in keys}),
            )

        return self._look(read)

    def keys(self, limit: int = 50) -> tuple[list[Key], int]:
        """The first keys of this visitor and lesson under any prefix, and the number of all keys."""

        def read(client: Any) -> tuple[list[Key], int]:
            names = find_keys(client, self.namespace)
            return read_keys(client, names[:limit]), len(names)

        return self._look(read, patient=False)

    def schema(self) -> str:
        keys, _ = self.keys()
        lines = [f"{key.type:<6} {key.name}" + "".join(f"\n         {name}" for name, _ in key.fields) for key in keys]
        return "\n".join(lines)

    def size(self) -> Size | None:
        total = self._look(lambda client: memory_usage(client, find_keys(client, self.namespace)))
        return None if total is None else Size(total, "its keys, by MEMORY USAGE")

    def close(self) -> list[str]:
        with self._guard:
            dropped = [f"{session_id} in Redis{_options(prefix, ttl)}" for session_id, prefix, ttl in self._sessions]
            self._sessions.clear()
            async_client, self._async_client = self._async_client, None
        if async_client is not None:
            # Not awaited, since this can be called on the loop itself.
            background().start(async_client.aclose())
        return dropped

    def release(self) -> None:
        pass  # all visitors share the connections, and fakeredis has none

    def loses_when_closed(self) -> bool:
        return self.server.in_memory and bool(
            self._order or self._look(lambda client: find_keys(client, self.namespace))
        )

    def erase(self) -> None:
        self.close()
        self._look(lambda client: delete_keys(client, self.namespace), kept=_HALF)

    def save_to(self, folder: Path) -> None:
        copied = self._look(lambda client: copy_keys(client, self.namespace))
        if copied != "[]":
            (folder / _COPY).write_text(copied)

    def restore_from(self, folder: Path) -> None:
        saved = (folder / _COPY).read_text() if (folder / _COPY).exists() else "[]"
        self._look(lambda client: put_back_keys(client, self.namespace, saved), kept=_HALF)

    def _check_types(self, client: Any, session_id: str) -> None:
        """Raises Refused if a key of this session has another type than RedisSession makes, so the session would fail."""
        check_types(client, self._types(session_id))

    def _types(self, session_id: str) -> dict[str, str]:
        name = f"{self.namespace}:{SDK_PREFIX}:{session_id}"
        return {name: "hash", f"{name}:messages": "list", f"{name}:counter": "string"}

    def _list(self, session_id: str) -> str:
        return f"{self.namespace}:{SDK_PREFIX}:{session_id}:messages"

    def _summaries(self) -> list[SessionSummary]:
        """Every session under the SDK's default prefix, the last used first. Its hash has the times, in whole seconds."""

        def read(client: Any) -> list[SessionSummary | None]:
            hashes = find_keys(client, f"{self.namespace}:{SDK_PREFIX}", "hash")
            check_types(client, {f"{as_text(name)}:messages": "list" for name in hashes})
            with client.pipeline(transaction=False) as asked:
                for name in hashes:
                    asked.hmget(name, "session_id", "created_at", "updated_at")
                    asked.llen(name + b":messages")
                    asked.lindex(name + b":messages", 0)
                answers = iter(asked.execute())
            return [
                _summary(fields, total, first) for fields, total, first in zip(answers, answers, answers, strict=True)
            ]

        found = [one for one in self._look(read, patient=False) if one is not None]
        return sorted(found, key=lambda one: (one.updated_at, self._order.get(one.session_id, 0)), reverse=True)

    def _look(self, work: Callable[[Any], T], patient: bool = True, kept: str = _SEEN_LATER) -> T:
        """Do `work` with the second client. Raises Refused, with `kept` as the sentence about what is kept.

        A page looks many times while it is drawn. After a failed look, looks that are not `patient` fail at once for a while.
        """
        from redis.exceptions import RedisError

        if not patient and self._rest is not None and time.monotonic() < self._rest[0]:
            raise self._rest[1]
        try:
            with self._guard:
                if self._sync_client is None:
                    self._sync_client = self.server.sync_client()
            found = work(self._sync_client)
        except RedisError as error:
            refused = Refused(replace(explain(error), kept=kept))
            self._rest = time.monotonic() + REST_SECONDS, refused
            raise refused from error
        self._rest = None
        return found


def _options(key_prefix: str, ttl: int | None) -> str:
    """What two handles of one session differ in, if it is not the default."""
    ttls = [] if ttl is None else [f"ttl={ttl}"]
    prefixes = [] if key_prefix == SDK_PREFIX else [f"key_prefix={key_prefix}"]
    return f" ({', '.join([*prefixes, *ttls])})" if prefixes or ttls else ""


def _rows(session_id: str, entries: list[Any], first: int) -> tuple[Row, ...]:
    """Entries of the list as rows. Their keys start at `first`."""
    return tuple(Row(number, session_id, as_text(data), "") for number, data in enumerate(entries, start=first))


def _summary(fields: list[bytes | None], total: int, first: bytes | None) -> SessionSummary | None:
    if fields[0] is None:  # the hash of something else
        return None
    times = [_time(as_text(field or 0)) for field in fields[1:]]
    line = first_line(as_text(first)) if first is not None else ""
    return SessionSummary(as_text(fields[0]), line, total, times[0], times[1], Metadata())


def _time(seconds: str) -> str:
    try:
        return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return seconds


def _as_row(key: Key) -> dict[str, str]:
    return {
        "type": key.type,
        "entries": str(key.entries),
        "expires_at": key.expires,
        **{name: value for name, value in key.fields if name != "session_id"},
    }
