"""A Redis server, on connections that pass on only commands that read."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from lessons.kit.inspect.opening.server_connection import reading_client
from lessons.kit.inspect.opening.shapes import looks_like_an_item
from lessons.kit.inspect.opening.words import escaped, listing_of
from lessons.kit.inspect.session_ids import NOT_UTF8, REPLACED
from lessons.kit.inspect.stored import (
    CHARACTERS_LIMIT,
    COUNTED,
    FEW_ROWS,
    ROWS_LIMIT,
    CannotRead,
    Head,
    Hit,
    Listing,
    Medium,
    Overview,
    Pair,
    StoredRow,
    StoredSession,
    TimeIsUp,
    text_or_bytes,
)
from lessons.kit.stores.redis.keys import SDK_PREFIX, as_text

SCAN_SECONDS = 20.0
WATCHED_KEYS = 20_000
"""A server with at most this many keys is searched every few seconds while a list is open."""
_LIST = ":messages"
_CHUNK = 200
_LOOKS = 50
"""How many times SCAN looks at 1,000 keys for sessions of another class."""


class RedisStorage:
    """The sessions on one server. `label` is the name of the variable that holds its address."""

    medium: Medium = "Redis"

    def __init__(self, label: str, url: str) -> None:
        self.label = label
        self._client = reading_client(url)
        self._found: dict[str, list[str]] | None = None
        self._not_utf8: dict[str, bytes] = {}
        """The names of keys as bytes, by how they are shown."""

    def pairs(self) -> list[Pair]:
        prefixes = sorted(self._lists(), key=_sdk_first)
        if not prefixes and (found := self._other_session()):
            raise CannotRead(
                f"{self.label} has no list whose name ends with {_LIST}, as RedisSession makes them. {found}"
            )
        return [Pair(prefix, None, made_by="RedisSession", medium="Redis") for prefix in prefixes]

    def _other_session(self) -> str:
        """What looks like a session of another class among the first keys, in words; '' for nothing."""
        with self._in_words():
            lists, hashes = self._some("list"), self._some("hash", f"*{_LIST}")
            states = self._fields(hashes, "data")
            with self._client.pipeline(transaction=False) as asked:
                for name in lists:
                    asked.lrange(name, 0, 0)
                answers = asked.execute(raise_on_error=False)
        for key, first in zip(lists, answers, strict=True):
            if isinstance(first, list) and any(looks_like_an_item(as_text(one)) for one in first):
                return (
                    f"The list {as_text(key)!r} looks like a session of another class, and such lists are not read. Is the "
                    "number of the database right?"
                )
        for key, state in zip(hashes, states, strict=True):
            if _is_state(state):
                return (
                    f"The hash {as_text(key)!r} looks like a session of DaprSession, and such hashes are not read. Save its "
                    "field data as a JSON file: docs/inspect.md says how that is read."
                )
        return ""

    def _some(self, kind: str, match: str = "*") -> list[bytes]:
        """The names of the first keys of this kind."""
        names: list[bytes] = []
        cursor = 0
        for _ in range(_LOOKS):
            cursor, found = self._client.scan(cursor, match=match, count=1_000, _type=kind)
            names += found
            if cursor == 0 or len(names) >= _CHUNK:
                break
        return names

    def _lists(self) -> dict[str, list[str]]:
        """The session ids of each prefix. A session is a list whose name ends with ":messages"."""
        if self._found is not None:
            return self._found
        found: dict[str, dict[str, None]] = {}
        end, cursor = time.monotonic() + SCAN_SECONDS, 0
        with self._in_words():
            while True:
                cursor, names = self._client.scan(cursor, match=f"*{_LIST}", count=1_000, _type="list")
                hashes = [name.removesuffix(_LIST.encode()) for name in names]
                for name, own in zip(hashes, self._fields(hashes, "session_id"), strict=True):
                    shown = as_text(name)
                    if ":" not in shown:
                        continue  # RedisSession has a colon between the prefix and the id
                    if shown.encode() != name:
                        self._not_utf8[shown] = name
                    prefix, session_id = _named(shown, own)
                    # SCAN can return a key twice.
                    found.setdefault(prefix, {})[session_id] = None
                if cursor == 0:
                    break
                if time.monotonic() > end:
                    raise TimeIsUp(f"{self.label}: looking through its keys took longer than {SCAN_SECONDS:g} seconds.")
        self._found = {prefix: list(ids) for prefix, ids in found.items()}
        return self._found

    def _names(self, pair: Pair, session_id: str) -> tuple[str | bytes, str | bytes]:
        """The keys of the hash and of the list."""
        shown = f"{pair.messages}:{session_id}"
        name = self._not_utf8.get(shown)
        return (shown, f"{shown}{_LIST}") if name is None else (name, name + _LIST.encode())

    def _fields(self, names: Sequence[str | bytes], field: str) -> list[str]:
        """One field of many hashes, in one round trip; '' if the field or the hash does not exist."""
        with self._client.pipeline(transaction=False) as asked:
            for name in names:
                asked.hget(name, field)
            answers = asked.execute(raise_on_error=False)
        return ["" if answer is None or isinstance(answer, Exception) else as_text(answer) for answer in answers]

    def not_readable(self) -> dict[str, str]:
        return {}

    def newest(self, pair: Pair, limit: int, since: str = "") -> list[Head]:
        with self._in_words():
            ids = self._lists().get(pair.messages, [])
        heads = self._heads(pair, ids)
        heads = sorted((head for head in heads if head.used >= since), key=lambda head: head.used, reverse=True)
        return heads[:limit]

    def listing(self, pair: Pair, limit: int, first: int = 0, day: str = "") -> Listing:
        return listing_of(self.newest(pair, COUNTED + 1), limit, first, day)

    def days(self, pair: Pair) -> dict[str, int]:
        return dict(Counter(head.used[:10] for head in self.newest(pair, COUNTED)))

    def unlisted(self, pair: Pair, limit: int) -> list[Head]:
        return []  # the list has them already, without a time

    def heads(self, pair: Pair, hits: Sequence[Hit]) -> list[Head]:
        return self._heads(pair, [hit.session_id for hit in hits])

    def _heads(self, pair: Pair, ids: Sequence[str]) -> list[Head]:
        names = [self._names(pair, session_id)[0] for session_id in ids]
        with self._in_words():
            times = zip(self._fields(names, "updated_at"), self._fields(names, "created_at"), strict=True)
        return [_head(pair, session_id, *both) for session_id, both in zip(ids, times, strict=True)]

    def overviews(self, pair: Pair, heads: Sequence[Head]) -> dict[Head, Overview]:
        with self._in_words(), self._client.pipeline(transaction=False) as asked:
            for head in heads:
                _, name = self._names(pair, head.session_id)
                asked.llen(name)
                asked.lrange(name, 0, 0)
                asked.pttl(name)
            answers = asked.execute(raise_on_error=False)
        found = {}
        for head, items, first, left in zip(heads, answers[::3], answers[1::3], answers[2::3], strict=True):
            if isinstance(items, int) and isinstance(first, list):
                row = StoredRow(1, as_text(first[0])) if first else None
                found[head] = Overview(row, min(items, COUNTED), _expires(left))
        return found

    def find(self, pair: Pair, session_id: str) -> Head | None:
        with self._in_words():
            if REPLACED in session_id:
                self._lists()
            name, messages = self._names(pair, session_id)
            left = self._client.pttl(messages)
            (used,), (created,) = self._fields([name], "updated_at"), self._fields([name], "created_at")
        return replace(_head(pair, session_id, used, created), expires=_expires(left)) if left != _GONE else None

    def read(self, head: Head, rows_limit: int = ROWS_LIMIT) -> StoredSession:
        _, name = self._names(head.pair, head.session_id)
        rows: list[StoredRow] = []
        room = CHARACTERS_LIMIT
        with self._in_words():
            last = self._client.llen(name)
            while last > 0 and len(rows) < rows_limit:
                first = max(last - min(_CHUNK, rows_limit - len(rows)), 0)
                chunk = self._client.lrange(name, first, last - 1)
                room -= sum(map(len, chunk))
                if room < 0:
                    break
                rows[:0] = [StoredRow(first + position + 1, text_or_bytes(data)) for position, data in enumerate(chunk)]
                last = first
        return StoredSession(head, tuple(rows), last <= 0, id_kind=NOT_UTF8 if isinstance(name, bytes) else "")

    def read_together(self, heads: Sequence[Head], rows_limit: int = ROWS_LIMIT) -> dict[Head, StoredSession | None]:
        return dict.fromkeys(heads)

    def page(self, head: Head, limit: int, *, before: int | None = None, after: int | None = None) -> list[StoredRow]:
        # The key of a row is its position in the list, counted from 1.
        first, last = (
            (max((before or 0) - 1 - limit, 0), (before or 0) - 2) if after is None else (after, after + limit - 1)
        )
        with self._in_words():
            found = self._client.lrange(self._names(head.pair, head.session_id)[1], first, last) if last >= 0 else []
        return [StoredRow(first + position + 1, text_or_bytes(data)) for position, data in enumerate(found)]

    def size(self, head: Head, limit: int) -> tuple[int, int]:
        _, name = self._names(head.pair, head.session_id)
        with self._in_words():
            items = min(self._client.llen(name), limit)
            parts = (self._client.lrange(name, at, min(at + _CHUNK, items) - 1) for at in range(0, items, _CHUNK))
            return items, sum(len(as_text(data)) for part in parts for data in part)

    def search(self, pair: Pair, words: str, limit: int) -> list[Hit]:
        """Looks in all ids, then in the text of the sessions, the last used first. Raises TimeIsUp after SCAN_SECONDS."""
        wanted = {words.lower(), escaped(words).lower()}
        heads = self.newest(pair, 10**6)
        found = {
            one.session_id: Hit(one.session_id, None, one.session_id)
            for one in heads
            if words.lower() in one.session_id.lower()
        }
        end = time.monotonic() + SCAN_SECONDS
        for head in heads:
            if len(found) >= limit:
                break
            if head.session_id in found:
                continue
            if time.monotonic() > end:
                raise TimeIsUp(f"{self.label}: the search took longer than {SCAN_SECONDS:g} seconds.")
            for row in reversed(self.read(head).rows):
                if any(one in row.text.lower() for one in wanted):
                    found[head.session_id] = Hit(head.session_id, row.key, row.text)
                    break
        return list(found.values())[:limit]

    def newest_rows(self, pair: Pair, limit: int) -> list[tuple[str, StoredRow]]:
        """The newest rows of the sessions that were used last."""
        rows: list[tuple[str, StoredRow]] = []
        for head in self.newest(pair, limit):
            rows += [(head.session_id, row) for row in reversed(self.read(head, limit - len(rows)).rows)]
            if len(rows) >= limit:
                break
        return rows

    def some_rows(self, pair: Pair) -> list[StoredRow]:
        ids = self._lists().get(pair.messages, [])[:FEW_ROWS]
        with self._in_words(), self._client.pipeline(transaction=False) as asked:
            for session_id in ids:
                asked.lrange(self._names(pair, session_id)[1], -1, -1)
            answers = asked.execute(raise_on_error=False)
        return [StoredRow(0, text_or_bytes(one)) for last in answers if isinstance(last, list) for one in last]

    def version(self) -> str:
        return ""

    def changed(self, session_id: str | None) -> str:
        """For all sessions only if the server has few keys: to look through many again and again would keep it busy."""
        with self._in_words():
            if session_id is None:
                return self._all_lists() if self._client.dbsize() <= WATCHED_KEYS else ""
            prefixes = [prefix for prefix, ids in self._lists().items() if session_id in ids]
            found = [self._names(Pair(prefix), session_id) for prefix in prefixes]
            lengths = [self._client.llen(messages) for _, messages in found]
            return f"{lengths} {self._fields([name for name, _ in found], 'updated_at')}"

    def _all_lists(self) -> str:
        """A hash of all keys of sessions, their times of last use and the lengths of their lists."""
        names = [self._names(Pair(prefix), one) for prefix, ids in self._lists().items() for one in ids]
        with self._client.pipeline(transaction=False) as asked:
            for name, messages in names:
                asked.llen(messages)
                asked.hget(name, "updated_at")
            return str(hash(tuple(map(str, [*names, *asked.execute(raise_on_error=False)]))))

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        from redis.exceptions import RedisError

        try:
            yield
        except RedisError as error:  # its own words can name the host
            raise CannotRead(f"{self.label}: the server refused or did not answer ({type(error).__name__}).") from error


def _named(name: str, own: str) -> tuple[str, str]:
    """The prefix and the id of a session. `own` is the id in its hash, '' for none; the SDK's own prefix shows the id too."""
    if own and name.endswith(f":{own}"):
        return name.removesuffix(f":{own}"), own
    if name.startswith(f"{SDK_PREFIX}:"):
        return SDK_PREFIX, name.removeprefix(f"{SDK_PREFIX}:")
    prefix, _, session_id = name.rpartition(":")
    return prefix, session_id


def _is_state(data: str) -> bool:
    """Whether it is a list of items in one JSON text, each of them a JSON text itself."""
    try:
        entries = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(entries, list) and any(isinstance(one, str) and looks_like_an_item(one) for one in entries[:1])


def _head(pair: Pair, session_id: str, used: str, created: str) -> Head:
    """The times are given in seconds since the epoch, as text; '' if no hash lists the session."""
    return Head(pair, session_id, _time(used), is_listed=bool(used), created=_time(created))


def _time(seconds: str) -> str:
    return _as_time(int(seconds)) if seconds.isdecimal() and len(seconds) < 12 else ""


def _expires(left: int) -> str:
    """When a key is deleted that has so many milliseconds left. Less than 0 stands for a key that stays, or that is gone."""
    return _as_time(time.time() + left / 1000) if 0 <= left < _TOO_LONG else ""


def _as_time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


_GONE = -2
"""What PTTL answers for a key that does not exist."""
_TOO_LONG = 10**14
"""Milliseconds. No date of Python is so late."""


def _sdk_first(prefix: str) -> tuple[bool, str]:
    return prefix != SDK_PREFIX, prefix
