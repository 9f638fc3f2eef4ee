"""Reads, copies and restores the keys of Redis sessions. Every key has the prefix of its visitor and lesson."""

import base64
import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lessons.kit.deleting import home_of
from lessons.kit.problems.disk_errors import damaged
from lessons.kit.problems.problem import Problem, Refused

SDK_PREFIX = "agents:session"
"""The default key_prefix of RedisSession."""

SCAN_SECONDS = 3.0
SCAN_COUNT = 1_000
MEASURED_AT_ONCE = 1_000
SHOWN_ENTRIES = 3


@dataclass(frozen=True)
class Key:
    """One key in its current state.

    `entries` is the number of entries of a list or of fields of a hash. `expires_at` is the Unix time in milliseconds, by the
    server's clock, at which Redis deletes the key, None if it stays. `fields` are the fields of a hash, `newest` the last
    SHOWN_ENTRIES of a list. `bytes` is its MEMORY USAGE, None if the server does not tell.
    """

    name: str
    type: str
    entries: int = 0
    expires_at: int | None = None
    fields: tuple[tuple[str, str], ...] = ()
    newest: tuple[str, ...] = ()
    bytes: int | None = None
    milliseconds_left: int | None = None

    @property
    def expires(self) -> str:
        """The time of `expires_at` in UTC, to the millisecond. '' for a key that stays."""
        if self.expires_at is None:
            return ""
        whole = datetime.fromtimestamp(self.expires_at // 1000, UTC)
        return f"{whole:%Y-%m-%d %H:%M:%S}.{self.expires_at % 1000:03}"

    def field(self, name: str) -> str:
        return dict(self.fields).get(name, "")


def namespace(folder: Path) -> str:
    """The prefix of all keys of one visitor at one lesson."""
    return f"lab:{hashlib.sha256(str(home_of(folder).absolute()).encode()).hexdigest()[:12]}"


def as_pattern(name: str) -> str:
    """`name` as a pattern for SCAN MATCH, with its wildcard characters escaped."""
    return "".join(f"\\{letter}" if letter in "*?[]\\" else letter for letter in name)


def find_keys(client: Any, prefix: str, type_: str | None = None) -> list[bytes]:
    """The names of all keys below `prefix`, sorted. Raises Refused if the server has too many other keys."""
    deadline, found, cursor = time.monotonic() + SCAN_SECONDS, set(), 0
    while True:
        # SCAN can return a key twice. It only guarantees that none is left out.
        cursor, some = client.scan(cursor, match=f"{as_pattern(prefix)}:*", count=SCAN_COUNT, _type=type_)
        found.update(some)
        if cursor == 0:
            return sorted(found)
        if time.monotonic() > deadline:
            raise Refused(
                Problem(
                    f"The server holds so many keys that yours were not found within {SCAN_SECONDS:g} seconds.",
                    "Nothing was changed.",
                    "Give the app its own database: the number at the end of REDIS_URL.",
                )
            )


def read_keys(client: Any, names: Sequence[bytes | str]) -> list[Key]:
    """The keys that exist, with their content. It takes two round trips for any number of keys."""
    types = [as_text(type_) for type_ in _all(client, (("type", name) for name in names))]
    there = [(name, type_) for name, type_ in zip(names, types, strict=True) if type_ != "none"]
    asked = [call for name, type_ in there for call in _calls(name, type_)]
    answers = iter(_all(client, asked, raise_on_error=False))
    found = [_key(name, type_, *(next(answers) for _ in range(5))) for name, type_ in there]
    return [key for key in found if key is not None]


def check_types(client: Any, expected: Mapping[str, str]) -> None:
    """Raises Refused for the first existing key with another type. `expected` has the type that RedisSession makes, by name."""
    types = map(as_text, _all(client, (("type", name) for name in expected)))
    for (name, wanted), type_ in zip(expected.items(), types, strict=True):
        if type_ not in ("none", wanted):
            raise damaged(f"The key {name} is a {type_}, and RedisSession makes a {wanted} of this name", "Delete it")


def memory_usage(client: Any, names: Sequence[bytes | str]) -> int | None:
    """The bytes that the keys take, None if the server does not tell. An expired key counts as 0."""
    total = 0
    for start in range(0, len(names), MEASURED_AT_ONCE):
        some = names[start : start + MEASURED_AT_ONCE]
        answers = _all(client, [("memory_usage", name) for name in some], raise_on_error=False)
        if any(isinstance(answer, Exception) for answer in answers):
            return None
        total += sum(answer or 0 for answer in answers)
    return total


def _calls(name: bytes | str, type_: str) -> list[tuple[Any, ...]]:
    size = {"list": ("llen", name), "hash": ("hlen", name)}.get(type_, ("exists", name))
    content = {"list": ("lrange", name, -SHOWN_ENTRIES, -1), "hash": ("hgetall", name)}.get(type_, ("exists", name))
    return [("pexpiretime", name), ("pttl", name), size, content, ("memory_usage", name)]


def _key(name: bytes | str, type_: str, expires: Any, left: Any, size: Any, content: Any, memory: Any) -> Key | None:
    for answer in (left, size, content):
        if isinstance(answer, Exception):
            raise answer
    if left == -2:
        return None  # the key expired between the two requests
    if isinstance(expires, Exception):  # before Redis 7.0, only the time left is known
        expires = round(time.time() * 1000) + left if left >= 0 else None
    return Key(
        as_text(name),
        type_,
        size,
        expires if left >= 0 else None,
        tuple((as_text(field), as_text(value)) for field, value in content.items()) if type_ == "hash" else (),
        tuple(map(as_text, content)) if type_ == "list" else (),
        memory if isinstance(memory, int) else None,
        left if left >= 0 else None,
    )


def copy_keys(client: Any, prefix: str) -> str:
    """All keys below `prefix` as JSON text: the content from DUMP, and the time that each key has left."""
    names = find_keys(client, prefix)
    packed = _all(client, (("dump", name) for name in names))
    left = _all(client, (("pttl", name) for name in names))
    kept = zip(names, packed, left, strict=True)
    start = len(prefix.encode())
    return json.dumps(
        [
            {"key": _coded(name[start:]), "content": _coded(content), "milliseconds_left": max(milliseconds, 0)}
            for name, content, milliseconds in kept
            if content is not None and milliseconds != -2
        ]
    )


def put_back_keys(client: Any, prefix: str, copied: str) -> None:
    """Replace the keys below `prefix` with those of a copy from copy_keys(). One transaction does all of it or nothing."""
    with client.pipeline(transaction=True) as changes:
        for name in find_keys(client, prefix):
            changes.delete(name)
        for one in json.loads(copied):
            name = prefix.encode() + _decoded(one["key"])
            changes.restore(name, one["milliseconds_left"], _decoded(one["content"]), replace=True)
        changes.execute()


def delete_keys(client: Any, prefix: str) -> None:
    """Delete all keys below `prefix`, in one transaction."""
    with client.pipeline(transaction=True) as changes:
        for name in find_keys(client, prefix):
            changes.delete(name)
        changes.execute()


def as_text(value: Any) -> str:
    """The value as text. Other programs can store bytes that are not UTF-8: they are shown with replacement characters."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _all(client: Any, calls: Iterable[tuple[Any, ...]], raise_on_error: bool = True) -> list[Any]:
    """The answers to many commands, in one round trip."""
    with client.pipeline(transaction=False) as pipeline:
        for name, *arguments in calls:
            getattr(pipeline, name)(*arguments)
        return list(pipeline.execute(raise_on_error=raise_on_error))


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text)
