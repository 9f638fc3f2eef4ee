"""EncryptedSession over the sessions of another store. The other store keeps the rows, this one only adds the key."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.encrypted.envelope import cipher
from lessons.kit.stores.encrypted.key_ring import KIND_PREFIX, key_ring
from lessons.kit.stores.encrypted.read_back import read_back_with
from lessons.kit.stores.kind import StoreKind
from lessons.kit.stores.pop_check import check_newest_is_readable
from lessons.kit.stores.rows import ReadBack, Row, RowPage, Size, TablePicture
from lessons.kit.stores.session_list import Metadata, SessionPage, Sort, first_line
from lessons.kit.stores.store import Store

if TYPE_CHECKING:
    from agents import Session
    from agents.extensions.memory import EncryptedSession

_BOUND_TO_ITS_ID = Problem(
    "The session id is part of the key of every row: under another id none of them could be decrypted.",
    "Nothing was changed.",
    "Read the items and add them to a session of the other id. A store in a file that is not encrypted can rename.",
)
_NO_PLAIN_WORDS = Problem(
    "An owner, a title and tags would be stored next to the envelopes in plain text.",
    "Nothing was changed.",
    "Use a store in a file that is not encrypted.",
)


class EncryptedStore:
    """Sessions of another store, each in an EncryptedSession with the key and the TTL in use.

    `inner` keeps all rows in its own folder, and does everything that does not need the key.
    """

    session_type = "EncryptedSession"
    keeps_metadata = False

    def __init__(self, name: str, label: str, inner: Store, folder: Path) -> None:
        """`inner` is opened on `folder / name`. The keys belong to `folder`."""
        self.name, self.label, self.medium, self.inner = name, label, inner.medium, inner
        self.keys = key_ring(folder)
        self._folder = folder / name
        self._handles: dict[tuple[str, str, int | None], EncryptedSession] = {}

    def open_session(
        self, session_id: str, *, encryption_key: str | None = None, ttl: int | Literal["in use"] | None = "in use"
    ) -> "EncryptedSession":
        """A handle for this key and TTL, by default those in use. All handles of an id share one handle of the inner store.

        Raises ValueError if the key is empty, and whatever the inner store raises.
        """
        from agents.extensions.memory import EncryptedSession

        key = self.keys.key.secret if encryption_key is None else encryption_key
        seconds = self.keys.ttl if ttl == "in use" else ttl
        inner, wanted = self.inner.open_session(session_id), (session_id, key, seconds)
        known = self._handles.get(wanted)
        if known is None or known.underlying_session is not inner:  # the inner handle can have been dropped
            known = self._handles[wanted] = EncryptedSession(
                session_id,
                inner,  # type: ignore[arg-type]  # the SDK's type is its base class, but it only calls methods of Session
                encryption_key=key,
                ttl=seconds,  # type: ignore[arg-type]  # the SDK passes it to Fernet, where None means no expiry
            )
        return known

    def read_back(
        self, session_id: str, rows: Mapping[int, str], session: "Session | None" = None
    ) -> Mapping[int, ReadBack]:
        if session is not None:  # a page reads without one, and without the SDK
            from agents.extensions.memory import EncryptedSession

            if isinstance(session, EncryptedSession):
                return {key: read_back_with(data, session.cipher, session.ttl) for key, data in rows.items()}
        opener = cipher(self.keys.key.secret, session_id)
        return {key: read_back_with(data, opener, self.keys.ttl) for key, data in rows.items()}

    def check_pop(self, session_id: str, method: str = "pop_item") -> None:
        self.inner.check_pop(session_id, method)
        if method == "pop_item":
            check_newest_is_readable(self, session_id)

    def opening_code(self, session_id: str) -> str:
        inner = self.inner.opening_code(session_id)
        return f'EncryptedSession("{session_id}", {inner}, encryption_key=KEY, ttl={self.keys.ttl})'

    def sessions(self, search: str = "", sort: Sort = "last used", page: int = 1) -> SessionPage:
        found = self.inner.sessions(search, sort, page)
        decrypted = (replace(one, first_line=self._first_line(one.session_id)) for one in found.sessions)
        return replace(found, sessions=tuple(decrypted))

    def session_ids(self, limit: int = 100) -> list[str]:
        return self.inner.session_ids(limit)

    def page(self, session_id: str, before: int | None = None, after: int | None = None, limit: int = 50) -> RowPage:
        return self.inner.page(session_id, before, after, limit)

    def newest_rows(self, limit: int = 50) -> tuple[Row, ...]:
        return self.inner.newest_rows(limit)

    def picture(self, session_id: str) -> tuple[TablePicture, ...]:
        return self.inner.picture(session_id)

    def schema(self) -> str:
        return self.inner.schema()

    def size(self) -> Size | None:
        return self.inner.size()

    def rename(self, session_id: str, new_id: str) -> None:
        raise Refused(_BOUND_TO_ITS_ID)

    def describe(self, session_id: str, metadata: Metadata) -> None:
        raise Refused(_NO_PLAIN_WORDS)

    def close(self) -> list[str]:
        self._handles.clear()
        return self.inner.close()

    def release(self) -> None:
        self.inner.release()

    def loses_when_closed(self) -> bool:
        return self.inner.loses_when_closed()

    def save_to(self, folder: Path) -> None:
        self.inner.save_to(folder)

    def restore_from(self, folder: Path) -> None:
        self.inner.restore_from(folder)

    def erase(self) -> None:
        self._handles.clear()
        self.inner.erase()
        self.keys.rows_of_before = False
        with suppress(OSError):  # the folder does not exist, or is not empty
            self._folder.rmdir()

    def _first_line(self, session_id: str) -> str:
        """The start of the oldest item, decrypted with the key in use if that is possible."""
        for row in self.inner.page(session_id, after=-1, limit=1).rows:
            made = self.read_back(session_id, {row.key: row.data})[row.key].data
            return first_line(row.data if made is None else made)
        return ""


def encrypted(inner: StoreKind) -> StoreKind:
    """The kind of store that encrypts the sessions of another kind."""
    name, label = f"{KIND_PREFIX}{inner.name}", f"{inner.label}, encrypted"
    return StoreKind(
        name,
        label,
        lambda folder: EncryptedStore(name, label, inner.open(folder / name), folder),
        script=_SCRIPT,
        script_path=f'"{name}.db"',
        packages='"openai-agents[encrypt]"',
        missing=inner.missing,
        notice=inner.notice,
        is_outside=inner.is_outside,
        on_a_server=inner.on_a_server,
        lacks=inner.lacks,
        columns=inner.columns,
        more_tables=inner.more_tables,
    )


_SCRIPT = '''
import os

from agents import SQLiteSession
from agents.extensions.memory import EncryptedSession
from cryptography.fernet import Fernet

PATH = "{path}"
KEY = os.environ.get("SESSIONS_ENCRYPTION_KEY") or Fernet.generate_key().decode()
INNER: dict[tuple[str, str], SQLiteSession] = {{}}


def open_session(session_id: str, path: str = PATH, encryption_key: str = KEY, ttl: int | None = 600) -> EncryptedSession:
    """A session with this key and TTL, on the rows of that id. Without the key of an earlier run, those stay unreadable."""
    if (session_id, path) not in INNER:
        INNER[session_id, path] = SQLiteSession(session_id, path)
    return EncryptedSession(session_id, INNER[session_id, path], encryption_key=encryption_key, ttl=ttl)


def restart() -> None:
    """Drop every handle, as the end of the process does."""
    for session in INNER.values():
        session.close()
    INNER.clear()
'''
