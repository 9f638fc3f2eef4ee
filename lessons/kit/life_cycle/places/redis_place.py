"""Sessions of RedisSession, a list and a hash for each. Writes go to lists with other names, which are renamed at the end."""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lessons.kit.life_cycle.places.dialects import batches, is_of_a_driver, wrong
from lessons.kit.life_cycle.places.place import BATCH, Row, SessionInfo, Summary, Values, Writing, refuse

if TYPE_CHECKING:
    from agents import Session

STAGED_SECONDS = 3_600
"""After this time, Redis deletes the lists that a killed process has left."""


class RedisPlace:
    """The sessions under one prefix of a Redis server. `connect` makes a client, `connect_async` one for the SDK's class."""

    session_class = "RedisSession"
    modules = ("redis", "redis.asyncio")
    keeps = frozenset({"expiry", "form"})
    file = None
    why_no_proof = (
        "Redis may have the rows in its log, its snapshots and its replicas, which cannot be looked at from here."
    )

    def __init__(self, label: str, prefix: str, connect: Callable[[], Any], connect_async: Callable[[], Any]) -> None:
        self.label, self.prefix = f"{label} (RedisSession)", prefix
        self._connect, self._connect_async = connect, connect_async
        self.client: Any = None

    def files(self) -> list[Path]:
        return []

    def takes(self, data: str) -> bool:
        return True

    def form(self, data: str) -> str:
        return data

    def interrupt(self) -> None:
        pass  # no command of this class takes long

    def count(self, session_ids: Sequence[str] | None) -> int:
        found = 0
        for part in batches(session_ids if session_ids is not None else self._ids()):
            with self.client.pipeline(transaction=False) as asked:
                for session_id in part:
                    asked.llen(self.list_of(session_id))
                found += sum(asked.execute())
        return found

    def summary(self, session_id: str) -> Summary:
        texts = [len(row.data.encode("utf-8", "surrogateescape")) for row in self.rows(session_id)]
        return Summary(self.session(session_id) or SessionInfo(session_id), len(texts), sum(texts))

    def exists(self) -> bool:
        with self.reading():
            return next(self._ids(), None) is not None

    @contextmanager
    def reading(self) -> Iterator[None]:
        if self.client is not None:
            yield
            return
        with self._connected():
            yield

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        with self._connected():
            staging = _Staging(self)
            try:
                yield staging
                staging.commit()
            finally:
                staging.forget()

    def sessions(self) -> Iterator[SessionInfo]:
        for session_id in sorted(set(self._ids())):
            info = self.session(session_id)
            if info is not None:
                yield info

    def session(self, session_id: str) -> SessionInfo | None:
        found = {_text(name): _text(value) for name, value in self.client.hgetall(self.hash_of(session_id)).items()}
        left = self.client.pttl(self.list_of(session_id))
        if not found and left == -2:
            return None
        expires = datetime.now(UTC).timestamp() + left / 1000 if left >= 0 else None
        return SessionInfo(session_id, _utc(found.get("created_at")), _utc(found.get("updated_at")), _utc(expires))

    def rows(self, session_id: str) -> Iterator[Row]:
        name = self.list_of(session_id)
        before = self._state(session_id)
        for first in range(0, before[0], BATCH):
            for data in self.client.lrange(name, first, first + BATCH - 1):
                yield Row(None, _text(data))
        if self._state(session_id) != before:
            raise refuse(
                f"The session {session_id!r} was used in {self.label} while it was read.",
                "Do it again when it is not used.",
            )

    def visible(self, session_id: str) -> Iterator[Row]:
        return self.rows(session_id)

    def more(self, session_id: str) -> Iterator[tuple[str, Values]]:
        return iter(())

    def unused(self, days: float) -> Iterator[Summary]:
        cutoff = self.cutoff(days)
        for info in self.sessions():
            if info.updated_at is not None and info.updated_at < cutoff:
                yield self.summary(info.session_id)

    def cutoff(self, days: float) -> str:
        return str(_utc(self.client.time()[0] - days * 86_400))

    def counted(self) -> tuple[int, int]:
        tomorrow = self.cutoff(-1)
        found = list(self.sessions())
        return len(found), sum(info.updated_at is not None and info.updated_at > tomorrow for info in found)

    @asynccontextmanager
    async def _opened(self, session_id: str) -> Any:
        from agents.extensions.memory import RedisSession

        client = self._connect_async()
        try:
            yield RedisSession(session_id, redis_client=client, key_prefix=self.prefix)
        finally:
            await client.aclose()

    def opened(self, session_id: str) -> "AbstractAsyncContextManager[Session]":
        return self._opened(session_id)

    def hash_of(self, session_id: str) -> str:
        return f"{self.prefix}:{session_id}"

    def list_of(self, session_id: str) -> str:
        return f"{self.prefix}:{session_id}:messages"

    def _ids(self) -> Iterator[str]:
        pattern = "".join(f"[{letter}]" if letter in "*?[\\" else letter for letter in self.prefix)
        for found in self.client.scan_iter(f"{pattern}:*", count=BATCH, _type="hash"):
            yield _text(found)[len(self.prefix) + 1 :]

    def _state(self, session_id: str) -> tuple[int, Any]:
        return self.client.llen(self.list_of(session_id)), self.client.hget(self.hash_of(session_id), "updated_at")

    @contextmanager
    def _connected(self) -> Iterator[None]:
        self.client = self._connect()
        try:
            yield
        except Exception as error:
            if is_of_a_driver(error):
                raise wrong(self.label, error) from error
            raise
        finally:
            client, self.client = self.client, None
            client.close()


class _Staging:
    """One transaction: lists with other names, and the changes that `commit` makes."""

    def __init__(self, place: RedisPlace) -> None:
        self._place, self._client = place, place.client
        self._token = secrets.token_hex(8)
        self._staged: dict[str, tuple[str, SessionInfo]] = {}
        self._removed: set[str] = set()
        self._dropped: list[tuple[str, str]] = []
        self._watch = self._client.pipeline()

    def exists(self, session_id: str) -> bool:
        self._guard(session_id)
        return bool(self._client.exists(self._place.hash_of(session_id), self._place.list_of(session_id)))

    def add_session(self, info: SessionInfo) -> None:
        self._guard(info.session_id)
        self._staged[info.session_id] = self._name(), info

    def add_rows(self, info: SessionInfo, rows: Callable[[], Iterator[Row]], *, keep_keys: bool) -> tuple[int, bool]:
        session_id = info.session_id
        if session_id not in self._staged:  # more rows for a session that exists: its own come first
            self._guard(session_id)
            known = self._place.session(session_id) or info
            self._staged[session_id] = self._name(), known
            self._push(session_id, self._place.rows(session_id))
        return self._push(session_id, rows()), False

    def _push(self, session_id: str, rows: Iterator[Row]) -> int:
        name, count = self._staged[session_id][0], 0
        for part in batches(rows):
            self._client.rpush(name, *[row.data.encode("utf-8", "surrogateescape") for row in part])
            self._client.expire(name, STAGED_SECONDS)
            count += len(part)
        return count

    def add_more(self, session_id: str, more: Iterable[tuple[str, Values]]) -> None:
        return  # RedisSession has no such tables

    def put_on_main(self, session_id: str, after: int) -> None:
        return  # and no branches

    def newest_key(self, session_id: str) -> int:
        return int(self._client.llen(self._place.list_of(session_id)))

    def written(self, session_id: str, after: int) -> Iterator[Row]:
        name = self._staged[session_id][0]
        for first in range(after, self._client.llen(name), BATCH):
            for data in self._client.lrange(name, first, first + BATCH - 1):
                yield Row(None, _text(data))

    def remove(self, session_id: str, unused_since: str | None = None) -> int:
        self._guard(session_id)
        info = self._place.session(session_id)
        if unused_since is not None and (info is None or info.updated_at is None or info.updated_at >= unused_since):
            return -1
        self._removed.add(session_id)
        return int(self._client.llen(self._place.list_of(session_id)))

    def remove_rows(self, session_id: str, rows: Sequence[Row]) -> None:
        self._guard(session_id)
        self._dropped += [(session_id, row.data) for row in rows]

    def commit(self) -> None:
        """Make all changes in one transaction of the server. Raises Refused if one of the sessions was used since `_guard`."""
        from redis.exceptions import WatchError

        self._watch.multi()
        for session_id in self._removed - set(self._staged):
            names = (
                self._place.list_of(session_id),
                self._place.hash_of(session_id),
                f"{self._place.hash_of(session_id)}:counter",
            )
            self._watch.delete(*names)
        for session_id, data in self._dropped:
            self._watch.lrem(self._place.list_of(session_id), 0, data.encode("utf-8", "surrogateescape"))
        for session_id, (name, info) in self._staged.items():
            self._give_name(session_id, name, info)
        try:
            self._watch.execute()
        except WatchError as error:
            raise refuse(f"A session was used in {self._place.label} at the same time.", "Do it again.") from error

    def _give_name(self, session_id: str, staged: str, info: SessionInfo) -> None:
        target, hash_ = self._place.list_of(session_id), self._place.hash_of(session_id)
        now = str(int(time.time()))
        times = {
            name: _epoch(value) or now
            for name, value in (("created_at", info.created_at), ("updated_at", info.updated_at))
        }
        self._watch.hset(hash_, mapping={"session_id": session_id, **times})
        if self._client.exists(staged):
            self._watch.rename(staged, target)
            self._watch.persist(target)
        if info.expires_at is not None:
            for name in (target, hash_):
                self._watch.expireat(name, int(_epoch(info.expires_at) or now) + 1)

    def forget(self) -> None:
        """Delete what is still staged."""
        self._watch.reset()
        names = [name for name, _ in self._staged.values()]
        if names:
            self._client.delete(*names)

    def _guard(self, session_id: str) -> None:
        """From now on a change of this session by anybody else makes `commit` fail."""
        self._watch.watch(self._place.hash_of(session_id), self._place.list_of(session_id))

    def _name(self) -> str:
        return f"{self._place.prefix}-staged:{self._token}:{len(self._staged)}"


def _text(data: Any) -> str:
    return data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else str(data)


def _utc(epoch: Any) -> str | None:
    try:
        return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _epoch(utc: str | None) -> str | None:
    try:
        return str(int(datetime.fromisoformat(str(utc)).replace(tzinfo=UTC).timestamp()))
    except ValueError:
        return None
