"""Sessions that EncryptedSession has encrypted, as a place. Their rows are worked on as they are stored.

A move between an encrypted place and one that is not goes through the key: what leaves is decrypted, what comes is encrypted.
A session that an exported file has in envelopes is stored as it is.
Both classes here pass everything else on to the place with the rows.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from lessons.kit.life_cycle.places.dialects import batches
from lessons.kit.life_cycle.places.place import Place, Row, SessionInfo, Source, Writing, is_encrypted, is_json
from lessons.kit.problems.counted import counted
from lessons.kit.stores.encrypted.envelope import cipher, sealed
from lessons.kit.stores.encrypted.read_back import read_back_with


@dataclass(frozen=True)
class Key:
    """A key, and the seconds after which a row expires; None if it never does."""

    secret: str = field(repr=False)
    ttl: int | None = None


class SealedPlace:
    """The rows of EncryptedSession, as they are stored.

    `key` returns the key in use; `inner` is the place that has the rows.
    """

    def __init__(self, label: str, key: Callable[[], Key], inner: Place) -> None:
        self.label, self.key, self.inner = label, key, inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def around(self, inner: Place) -> "SealedPlace":
        """The same key around other rows."""
        return type(self)(self.label, self.key, inner)

    def words(self, session_id: str, rows: Iterable[Row]) -> Iterator[tuple[Row, str, bool]]:
        """Each row, its text, and whether the key does not open it. Expired rows are opened too."""
        opener = cipher(self.key().secret, session_id)
        for row in rows:
            made = read_back_with(row.data, opener, None)
            yield row, row.data if made.data is None else made.data, made.data is None

    @asynccontextmanager
    async def opened(self, session_id: str) -> Any:
        from agents.extensions.memory import EncryptedSession

        key = self.key()
        async with self.inner.opened(session_id) as session:
            given: Any = {"encryption_key": key.secret, "ttl": key.ttl}
            yield EncryptedSession(session_id, session, **given)  # type: ignore[arg-type]


class Decrypted(SealedPlace):
    """The same sessions with the texts that EncryptedSession returns. What is written is encrypted.

    `unread` counts the rows of each session that were left out: another key, expired, or not encrypted.
    """

    def __init__(self, label: str, key: Callable[[], Key], inner: Place) -> None:
        super().__init__(label, key, inner)
        self.unread: dict[str, int] = {}

    def takes(self, data: str) -> bool:
        return is_json(data)

    def form(self, data: str) -> str:
        return data

    def rows(self, session_id: str) -> Iterator[Row]:
        return self.read(session_id, self.inner.rows(session_id))

    def visible(self, session_id: str) -> Iterator[Row]:
        return self.read(session_id, self.inner.visible(session_id))

    def read(self, session_id: str, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows that the session returns, decrypted."""
        unread, key = 0, self.key()
        opener = cipher(key.secret, session_id)
        for part in batches(rows):
            for row in part:
                made = read_back_with(row.data, opener, key.ttl)
                if made.why or made.data is None:
                    unread += 1
                else:
                    yield replace(row, data=made.data)
        self.unread[session_id] = unread

    @contextmanager
    def writing(self) -> Iterator[Any]:
        with self.inner.writing() as writing:
            yield _Sealing(self, writing)


class _Sealing:
    """One transaction, which encrypts the rows that are added."""

    def __init__(self, place: Decrypted, inner: Writing) -> None:
        self._place, self.inner = place, inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def add_rows(self, info: SessionInfo, rows: Callable[[], Iterator[Row]], *, keep_keys: bool) -> tuple[int, bool]:
        seal = sealed(self._place.key().secret, info.session_id)
        return self.inner.add_rows(
            info, lambda: (replace(row, data=seal(row.data)) for row in rows()), keep_keys=keep_keys
        )

    def written(self, session_id: str, after: int) -> Iterator[Row]:
        return self._place.read(session_id, self.inner.written(session_id, after))


def fitting(source: Source, target: Place) -> tuple[Any, Any]:
    """Both places as a move between them needs them: decrypted, unless neither is encrypted or both have the same key."""
    if not (isinstance(source, SealedPlace) or isinstance(target, SealedPlace)):
        return source, target
    if isinstance(source, SealedPlace) and isinstance(target, SealedPlace) and source.key() == target.key():
        return source, target  # the same key opens the envelopes there
    return decrypted(source), decrypted(target)


def as_stored(source: Source, target: Place, writing: Writing, session_id: str) -> tuple[Place, Writing]:
    """Where a session is written. If a file has it in envelopes, the key is left out, since it would encrypt them again.

    A session of a place is what its class returns, even if that is an envelope: the next run has to send the same.
    """
    if comes_in_envelopes(source, target, session_id):
        return cast("Decrypted", target).inner, cast("_Sealing", writing).inner
    return target, writing


def comes_in_envelopes(source: Source, target: Place, session_id: str) -> bool:
    """Whether a file has the session in envelopes, as an encrypted place stored it, and the target encrypts."""
    if not isinstance(target, Decrypted) or hasattr(source, "opened"):
        return False
    return any(is_encrypted(row.data) for row in source.rows(session_id))


def decrypted(place: Any) -> Any:
    """An encrypted place with the texts that its sessions return; any other place as it is."""
    return Decrypted(place.label, place.key, place.inner) if isinstance(place, SealedPlace) else place


def unread_lines(place: Any) -> list[str]:
    """What a decrypted place has left out of what was read, for a person."""
    count = sum(place.unread.values()) if isinstance(place, Decrypted) else 0
    return [f"{counted(count, 'row')} left out: the key does not open them, or they expired."] if count else []
