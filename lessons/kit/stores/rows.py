"""Rows as they are stored, pages and pictures of them, and what a session returns for a row."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PICTURE_ROWS = 100
"""The most rows of a table in a picture, the newest ones: more than a run usually stores, and cheap at any table size."""


@dataclass(frozen=True)
class Row:
    """One stored item. `data` is the whole stored text. `created_at` is '' if the storage keeps no time for a row."""

    key: int
    session_id: str
    data: str
    created_at: str


@dataclass(frozen=True)
class RowPage:
    """Rows in stored order, the number of rows of the whole session, and whether older or newer rows exist."""

    rows: tuple[Row, ...] = ()
    total: int = 0
    has_older: bool = False
    has_newer: bool = False


def page_of(rows: Sequence[Row], before: int | None, after: int | None, limit: int) -> RowPage:
    """A page of `rows`, which are all rows of a session: the newest, or those next to the key `before` or `after`."""
    if after is not None:
        shown = [row for row in rows if row.key > after][:limit]
    else:
        shown = [row for row in rows if before is None or row.key < before][-limit:]
    if not shown:
        return RowPage(total=len(rows))
    return RowPage(tuple(shown), len(rows), shown[0].key > rows[0].key, shown[-1].key < rows[-1].key)


@dataclass(frozen=True)
class ReadBack:
    """What a session returns for one stored row.

    `data` is the text of its item, None if it cannot be read. `why` says why the session does not return it, '' if it does.
    If rows expire, `seconds_left` of its `lifetime` in seconds are left, negative after it has expired. `branches` are the
    names of the branches with this row, the oldest first.
    """

    data: str | None
    why: str = ""
    seconds_left: float | None = None
    lifetime: float | None = None
    branches: tuple[str, ...] = ()

    @property
    def time_left(self) -> tuple[float, float] | None:
        """The seconds that are left and the lifetime; None if the row does not expire, or has expired."""
        if self.seconds_left is None or not self.lifetime or self.seconds_left <= 0:
            return None
        return self.seconds_left, self.lifetime


@dataclass(frozen=True)
class Size:
    """The bytes of everything in a store, and what was measured, such as "the file with its log"."""

    bytes: int
    measured: str


def size_of_files(paths: Iterable[Path], measured: str) -> Size:
    """The total size of the files that exist."""
    return Size(sum(path.stat().st_size for path in paths if path.exists()), measured)


def as_stored(rows: Mapping[int, str]) -> dict[int, ReadBack]:
    """The ReadBack of each row, for a store whose sessions return what is stored."""
    return {key: ReadBack(data) for key, data in rows.items()}


@dataclass(frozen=True)
class TablePicture:
    """Some rows of one table by key. Each row is a dict from column to shown value.

    `complete` is False if the picture leaves out older rows: it says nothing about those. `key_name` is the name of the key
    column if the rows do not have it, '' if they do.
    """

    table: str
    rows: dict[int | str, dict[str, str]]
    complete: bool = True
    key_name: str = "key"


def picture_of_items(rows: Iterable[Row]) -> dict[int | str, dict[str, str]]:
    """Item rows by key, in the form that a TablePicture has."""
    return {
        row.key: {"session_id": row.session_id, "message_data": row.data, "created_at": row.created_at} for row in rows
    }


def as_text(data: object) -> str:
    """A value of a column as text. Other programs can put bytes, numbers or NULL into a TEXT column.

    Bytes are read as json.loads of the session classes reads them: with a byte order mark, and as UTF-16 too.
    """
    if not isinstance(data, bytes):
        return "" if data is None else str(data)
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        return data.decode(errors="replace")
