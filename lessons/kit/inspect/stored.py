"""What was read of your storage: pairs of tables, sessions, and the rows of one session."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

Medium = Literal["SQLite", "PostgreSQL", "MySQL", "Redis", "JSON"]
ClassName = Literal["SQLiteSession", "AsyncSQLiteSession", "SQLAlchemySession", "AdvancedSQLiteSession", "RedisSession"]
CLASSES: tuple[ClassName, ...] = get_args(ClassName)

ROWS_LIMIT = 5_000
"""Rows of one session that are read, the newest."""
SHORT_ROWS = 200
"""A session of more rows is read alone."""
CHARACTERS_LIMIT = 64_000_000
"""Characters of one session that are read; the newest rows that fit."""


COUNTED = 10_000
"""Sessions, items and hits are counted up to here; what says so is shown with the number."""


class _NoItem:
    def __repr__(self) -> str:
        return "no item"


NO_ITEM: Any = _NoItem()
"""Stands for the item of a row in which none can be read."""


class CannotRead(Exception):
    """The storage cannot be read; the message says why, in plain words, with no part of an address."""


class TimeIsUp(Exception):
    """Reading took longer than it may."""


@dataclass(frozen=True)
class Pair:
    """Two tables that hold sessions, or the keys of one prefix on a Redis server.

    `sessions` is None where no table lists the sessions. `structure` and `usage` are the tables of an AdvancedSQLiteSession,
    None where they do not exist. `key` is the column that numbers the rows, `created` the one with their time.
    `columns` are those of `structure`. `made_by` is the SDK class that makes such tables. `statements` make the
    tables again, where a SQLite file has those of an AdvancedSQLiteSession. `id_type` is the type of the ids on a server,
    '' if it is a text.
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
    """One session: its id, when it was made and last used (UTC text, '' where nothing says it), and whether a row lists it.

    `stored_id` is the id as SQLite keeps it where that is not a text: a number, or bytes. None: it is `session_id`.
    """

    pair: Pair
    session_id: str
    used: str = ""
    is_listed: bool = True
    created: str = ""
    stored_id: Any = None


class NotUtf8(bytes):
    """A text of SQLite whose bytes are not UTF-8: Python's sqlite3 raises when a session class reads it."""


@dataclass(frozen=True)
class StoredRow:
    """One item row. `data` is what the column holds, text or bytes; `created` is its time as stored, '' for none."""

    key: int
    data: Any
    created: str = ""

    @property
    def text(self) -> str:
        if isinstance(self.data, bytes):
            return self.data.decode(errors="replace")
        return "" if self.data is None else str(self.data)


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
    """What a list says of one session at once: its first row, None for no row, and its number of items, up to COUNTED."""

    first: StoredRow | None
    items: int


@dataclass(frozen=True)
class Hit:
    """One session in which a search has found its words: in the row `key`, or in its id (None). `text` is what is stored.

    `stored_id` is that of its Head.
    """

    session_id: str
    key: int | None
    text: str
    stored_id: Any = None


@dataclass(frozen=True)
class StoredSession:
    """The rows of one session in the order of their keys. `is_whole` is False where older rows were not read.

    `id_kind` says what the id is stored as, where the classes of the SDK do not find it: they ask for a text.
    """

    head: Head
    rows: tuple[StoredRow, ...]
    is_whole: bool = True
    structure: tuple[StructureRow, ...] = ()
    usage: tuple[TurnTokens, ...] = ()
    id_kind: str = ""

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
    """Storage that was opened to read. Every method raises CannotRead, and TimeIsUp where it takes too long."""

    @property
    def label(self) -> str:
        """What it is, with no part of an address: the name of a file or of a variable."""

    @property
    def medium(self) -> Medium:
        """What kind of storage it is."""

    def pairs(self) -> list[Pair]:
        """The tables that hold sessions, found by their columns."""

    def not_readable(self) -> list[str]:
        """Tables of sessions that are there, and that the user of the address may not read."""

    def newest(self, pair: Pair, limit: int, since: str = "") -> list[Head]:
        """Up to `limit` sessions, the last used first, used at or after `since` (UTC, "YYYY-MM-DD HH:MM:SS")."""

    def listing(self, pair: Pair, limit: int, first: int = 0, day: str = "") -> Listing:
        """Up to `limit` sessions after the `first` ones, the last used first; `day`: only those last used on it."""

    def days(self, pair: Pair) -> dict[str, int]:
        """How many sessions were last used on each day, of the newest COUNTED sessions."""

    def unlisted(self, pair: Pair, limit: int) -> list[Head]:
        """Sessions whose items are stored while no row lists them."""

    def heads(self, pair: Pair, hits: Sequence[Hit]) -> list[Head]:
        """The sessions of these hits, in this order."""

    def overviews(self, pair: Pair, heads: Sequence[Head]) -> dict[Head, Overview]:
        """The overview of each of these sessions, in as few statements as there can be."""

    def find(self, pair: Pair, session_id: str) -> Head | None:
        """One session, None if nothing of it is stored."""

    def read(self, head: Head, rows_limit: int = ROWS_LIMIT) -> StoredSession:
        """The newest rows of a session."""

    def read_short(self, heads: Sequence[Head]) -> dict[Head, StoredSession]:
        """Of these sessions of one pair, those that are whole with SHORT_ROWS short rows, where together they cost less."""

    def page(self, head: Head, limit: int, *, before: int | None = None, after: int | None = None) -> list[StoredRow]:
        """The next rows with keys below `before`, or else above `after`, in the order of their keys."""

    def size(self, head: Head, limit: int) -> tuple[int, int]:
        """How many items a session has, and their characters; both of the first `limit` items only."""

    def search(self, pair: Pair, words: str, limit: int) -> list[Hit]:
        """Up to `limit` sessions whose id or text has the words: those with the id, and then the newest rows that have them.

        It looks no further than to that many.
        """

    def newest_rows(self, pair: Pair, limit: int) -> list[tuple[str, StoredRow]]:
        """The newest rows of all sessions, each with its session's id; the newest first."""

    def changed(self, session_id: str | None) -> str:
        """Differs from what it was before once another process has stored or removed something; '' if that is not known."""

    def version(self) -> str:
        """Differs from what it was before once anything is stored, changed or removed; '' where nothing proves that."""

    def close(self) -> None:
        """Close the connection."""
