"""What was read of your storage: pairs of tables, sessions, and the rows of one session."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

from lessons.kit.stores.rows import as_text

Medium = Literal["SQLite", "PostgreSQL", "MySQL", "Redis", "JSON"]
ClassName = Literal["SQLiteSession", "AsyncSQLiteSession", "SQLAlchemySession", "AdvancedSQLiteSession", "RedisSession"]
CLASSES: tuple[ClassName, ...] = get_args(ClassName)

SDK_NAMES = ("agent_messages", "agents:session")
"""The table of the items, and the prefix on a Redis server, as the SDK names them."""
FEW_ROWS = 10
"""So many rows say whether a table has items."""
ROWS_LIMIT = 5_000
"""How many rows of one session are read: the newest."""
SHORT_ROWS = 200
"""A server reads a session with more rows alone."""
CHARACTERS_LIMIT = 64_000_000
"""How many characters of one session are read: the newest rows that fit."""


COUNTED = 10_000
"""Sessions, items and hits are counted up to this number. There may be more of them."""


class _NoItem:
    def __repr__(self) -> str:
        return "no item"


NO_ITEM: Any = _NoItem()
"""Stands for the item of a row if no item can be read from it."""


class CannotRead(Exception):
    """The storage cannot be read; the message says why, in plain words, with no part of an address."""


class TimeIsUp(Exception):
    """Reading took longer than is allowed."""


@dataclass(frozen=True)
class Pair:
    """Two tables that hold sessions, or the keys of one prefix on a Redis server.

    `messages` is the table of the items, or the prefix. `sessions` is None if no table lists the sessions. `structure` and
    `usage` are the tables of an AdvancedSQLiteSession, None if they do not exist. `key` is the column that numbers the rows of
    `messages`, `created` the column with their time, `updated` the column of `sessions` with the last use.
    `columns` are those of `structure`. `made_by` is the SDK class that makes such tables. `statements` are the SQL that makes
    the tables of an AdvancedSQLiteSession again, if a SQLite file has them. `id_type` is the type of the ids on a server, '' if
    it is a text.
    """

    messages: str
    sessions: str | None = None
    key: str = "id"
    created: str | None = "created_at"
    updated: str | None = "updated_at"
    structure: str | None = None
    usage: str | None = None
    columns: tuple[str, ...] = ()
    made_by: ClassName = "SQLiteSession"
    medium: Medium = "SQLite"
    statements: tuple[str, ...] = ()
    id_type: str = ""


@dataclass(frozen=True)
class Head:
    """One session: its id, when it was made and last used (UTC text, '' if that is not known), and whether a row lists it.

    `expires` is when Redis deletes its list (UTC text), '' if it does not or if that was not asked.
    `stored_id` is the id as SQLite keeps it if that is not a text: a number, or bytes. None: the id is `session_id`.
    """

    pair: Pair
    session_id: str
    used: str = ""
    is_listed: bool = True
    created: str = ""
    stored_id: Any = None
    expires: str = field(default="", compare=False)


class NotUtf8(bytes):
    """A text whose bytes are not UTF-8: Python's sqlite3 raises when a session class reads it, and RedisSession skips it."""


def text_or_bytes(data: bytes) -> str | NotUtf8:
    """Stored bytes as text, if they are UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return NotUtf8(data)


@dataclass(frozen=True)
class StoredRow:
    """One item row. `data` is what the column holds, text or bytes; `created` is its time as stored, '' for none."""

    key: int
    data: Any
    created: str = ""

    @property
    def text(self) -> str:
        return self.data.decode(errors="replace") if isinstance(self.data, NotUtf8) else as_text(self.data)


@dataclass(frozen=True)
class StructureRow:
    """One row of message_structure, with all of its columns."""

    key: int
    message: int
    branch: str
    sequence: int
    turn: int | None
    values: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class TurnTokens:
    """The usage that is stored for one turn of a branch."""

    branch: str
    turn: int
    input: int = 0
    output: int = 0
    total: int = 0


@dataclass(frozen=True)
class Listing:
    """A page of the sessions that a row lists. `total` is how many there are; above COUNTED, there may be more."""

    heads: tuple[Head, ...]
    total: int


@dataclass(frozen=True)
class Overview:
    """What a list says of a session before it is read: its first row (None for no row), and how many items, up to COUNTED.

    `expires` is as in its Head.
    """

    first: StoredRow | None
    items: int
    expires: str = field(default="", compare=False)


@dataclass(frozen=True)
class Hit:
    """One session that a search has found: by the row `key`, or by its id if `key` is None. `text` is what is stored there.

    `stored_id` is as in its Head.
    """

    session_id: str
    key: int | None
    text: str
    stored_id: Any = None


@dataclass(frozen=True)
class StoredSession:
    """The rows of one session in the order of their keys. `is_whole` is False if older rows were not read.

    `elsewhere` has the rows of other sessions that its structure names: key and session.

    `id_kind` says what the id is stored as if the classes of the SDK do not find it, since they ask for a text; else ''.
    """

    head: Head
    rows: tuple[StoredRow, ...]
    is_whole: bool = True
    structure: tuple[StructureRow, ...] = ()
    usage: tuple[TurnTokens, ...] = ()
    id_kind: str = ""
    elsewhere: tuple[tuple[int, str], ...] = ()

    @property
    def session_id(self) -> str:
        return self.head.session_id

    @property
    def pair(self) -> Pair:
        return self.head.pair

    @property
    def usage_turns(self) -> frozenset[tuple[str, int]]:
        """The turns (branch, number) for which usage is stored."""
        return frozenset((one.branch, one.turn) for one in self.usage)


class Storage(Protocol):
    """Storage that was opened to read. Every method raises CannotRead if it fails, and TimeIsUp if it takes too long."""

    @property
    def label(self) -> str:
        """What it is, with no part of an address: the name of a file or of a variable."""

    @property
    def medium(self) -> Medium:
        """What kind of storage it is."""

    def pairs(self) -> list[Pair]:
        """The tables that hold sessions, found by their columns."""

    def not_readable(self) -> dict[str, str]:
        """Tables of sessions that exist and are not read, each with the reason."""

    def newest(self, pair: Pair, limit: int, since: str = "") -> list[Head]:
        """Up to `limit` sessions, the last used first, used at or after `since` (UTC, "YYYY-MM-DD HH:MM:SS")."""

    def listing(self, pair: Pair, limit: int, first: int = 0, day: str = "") -> Listing:
        """Up to `limit` sessions after the `first` ones, the last used first; with `day`, only those last used then."""

    def days(self, pair: Pair) -> dict[str, int]:
        """How many sessions were last used on each day, of the newest COUNTED sessions."""

    def unlisted(self, pair: Pair, limit: int) -> list[Head]:
        """Sessions whose items are stored while no row lists them."""

    def heads(self, pair: Pair, hits: Sequence[Hit]) -> list[Head]:
        """The sessions of these hits, in this order."""

    def overviews(self, pair: Pair, heads: Sequence[Head]) -> dict[Head, Overview]:
        """The overview of each of these sessions, in as few statements as possible."""

    def find(self, pair: Pair, session_id: str) -> Head | None:
        """One session, None if nothing of it is stored."""

    def read(self, head: Head, rows_limit: int = ROWS_LIMIT) -> StoredSession:
        """The newest rows of a session."""

    def read_together(self, heads: Sequence[Head], rows_limit: int = ROWS_LIMIT) -> dict[Head, StoredSession | None]:
        """The first of these sessions of one pair, as many as are read together in a short time, and at least one.

        None stands for a session that must be read alone. Some kinds of storage return None for all of them.
        """

    def page(self, head: Head, limit: int, *, before: int | None = None, after: int | None = None) -> list[StoredRow]:
        """The next rows with keys below `before`, or else above `after`, in the order of their keys."""

    def size(self, head: Head, limit: int) -> tuple[int, int]:
        """How many items a session has, and their characters; both of the first `limit` items only."""

    def search(self, pair: Pair, words: str, limit: int) -> list[Hit]:
        """Up to `limit` sessions whose id or text has the words: first those by id, then those by their newest such row.

        It stops after that many.
        """

    def newest_rows(self, pair: Pair, limit: int) -> list[tuple[str, StoredRow]]:
        """The newest rows of all sessions, each with its session's id; the newest first."""

    def some_rows(self, pair: Pair) -> list[StoredRow]:
        """The newest FEW_ROWS rows, or as many of the rows that are found at once; none if a file says that they are items."""

    def changed(self, session_id: str | None) -> str:
        """A text that changes when another process stores or removes something; '' if that is not known."""

    def version(self) -> str:
        """A text that changes when anything is stored, changed or removed; '' if nothing proves that."""

    def close(self) -> None:
        """Close the connection."""
