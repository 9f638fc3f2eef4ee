"""Rows as they are stored, and the SQL that reads them from the two tables of a SQLite session."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PICTURE_ROWS = 100
"""The newest rows that a picture holds: more than one run stores, few enough to cost the same at any size."""


@dataclass(frozen=True)
class Row:
    """One stored item. `data` is the whole stored text; `created_at` is '' where the storage keeps no time of a row."""

    key: int
    session_id: str
    data: str
    created_at: str


@dataclass(frozen=True)
class RowPage:
    """Rows in stored order, `total` of the whole session, and whether older or newer ones exist."""

    rows: tuple[Row, ...] = ()
    total: int = 0
    has_older: bool = False
    has_newer: bool = False


def page_of(rows: Sequence[Row], before: int | None, after: int | None, limit: int) -> RowPage:
    """The page that a store shows which has read all `rows` of a session: the newest, or those next to a key."""
    if after is not None:
        shown = [row for row in rows if row.key > after][:limit]
    else:
        shown = [row for row in rows if before is None or row.key < before][-limit:]
    if not shown:
        return RowPage(total=len(rows))
    return RowPage(tuple(shown), len(rows), shown[0].key > rows[0].key, shown[-1].key < rows[-1].key)


@dataclass(frozen=True)
class ReadBack:
    """What a session returns of one stored row.

    `data` is the text of the item that is in it, None where it cannot be read; `why` says why the session does not return
    it, '' where it does. Where rows expire, `seconds_left` of `lifetime` seconds are left; negative when it has expired.
    `branches` name those that the row lies on, the oldest first, where a session has branches.
    """

    data: str | None
    why: str = ""
    seconds_left: float | None = None
    lifetime: float | None = None
    branches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Size:
    """Bytes that the storage takes for all that a store holds, and what was measured, as "the file with its log"."""

    bytes: int
    measured: str


def size_of_files(paths: Iterable[Path], measured: str) -> Size:
    """The size of those of the files that exist."""
    return Size(sum(path.stat().st_size for path in paths if path.exists()), measured)


def as_stored(rows: Mapping[int, str]) -> dict[int, ReadBack]:
    """The answer of a store whose sessions return what is stored."""
    return {key: ReadBack(data) for key, data in rows.items()}


@dataclass(frozen=True)
class TablePicture:
    """Some rows of one table by key, each a mapping of columns to shown values.

    `complete` is False when older rows exist that the picture leaves out: nothing is claimed of those. `key_name` is the column
    of the key where the rows leave it out, '' where they have it.
    """

    table: str
    rows: dict[int | str, dict[str, str]]
    complete: bool = True
    key_name: str = "key"


def picture_of_items(rows: Iterable[Row]) -> dict[int | str, dict[str, str]]:
    """Item rows by key, in the form of a TablePicture."""
    return {
        row.key: {"session_id": row.session_id, "message_data": row.data, "created_at": row.created_at} for row in rows
    }


def as_text(data: object) -> str:
    """A value of a column as it is shown."""
    # Other programs can put bytes, numbers or nothing into a TEXT column.
    if data is None:
        return ""
    return data.decode(errors="replace") if isinstance(data, bytes) else str(data)
