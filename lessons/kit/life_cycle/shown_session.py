"""One session of a store of the app as files to take away: the file of an export, and a table for a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

from lessons.kit.life_cycle.export_file import export_bytes
from lessons.kit.life_cycle.places.place import Place, Row, SessionInfo, Values
from lessons.kit.life_cycle.places.sql_place import ADVANCED
from lessons.kit.life_cycle.places.store_place import store_place
from lessons.kit.seen_text import printable
from lessons.kit.stores.encrypted.store import EncryptedStore
from lessons.kit.stores.store import Store

BATCH = 500
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet may run a cell that begins with one of these as a formula. The last four are wide forms of the first four."""


class ShownSession:
    """One session of a store as the source of an export: its rows as they are stored, encrypted ones too."""

    def __init__(self, store: Store, session_id: str) -> None:
        self.label, self.session_class = store.label, store.session_type
        self._store, self._shown_id = store, session_id

    def reading(self) -> AbstractContextManager[None]:
        return nullcontext()

    def sessions(self) -> Iterator[SessionInfo]:
        yield SessionInfo(self._shown_id)

    def session(self, session_id: str) -> SessionInfo | None:
        if session_id != self._shown_id:
            return None
        place = self._place()
        if place is None:
            return SessionInfo(session_id)
        with place.reading():
            return place.session(session_id) or SessionInfo(session_id)

    def rows(self, session_id: str) -> Iterator[Row]:
        after = -1
        while True:
            page = self._store.page(session_id, after=after, limit=BATCH)
            yield from (Row(row.key, row.data, row.created_at or None) for row in page.rows)
            if not page.has_newer or not page.rows:
                return
            after = page.rows[-1].key

    def count(self, session_ids: Sequence[str] | None) -> int:
        return sum(self._store.page(session_id, limit=1).total for session_id in session_ids or [self._shown_id])

    def visible(self, session_id: str) -> Iterator[Row]:
        rows = list(self.rows(session_id))
        made = self._store.read_back(session_id, {row.key: row.data for row in rows if row.key is not None})
        return (row for row in rows if row.key is not None and not made[row.key].why)

    def more(self, session_id: str) -> Iterator[tuple[str, Values]]:
        place = self._place() if self.session_class == ADVANCED else None
        if place is not None:
            with place.reading():
                yield from place.more(session_id)

    def _place(self) -> Place | None:
        """The place with the rows as they are stored; None for a store that is not a place."""
        store = self._store
        try:
            return store_place(store.inner if isinstance(store, EncryptedStore) else store)
        except TypeError:
            return None


def session_file(shown: ShownSession, session_id: str) -> bytes:
    """The session as a file that `python -m lessons import` reads. Raises Refused."""
    return export_bytes(shown, [session_id])


def rows_as_csv(shown: ShownSession, session_id: str) -> bytes:
    """The rows as they are stored, in stored order. Raises Refused."""
    rows = ((str(row.key), session_id, row.data, row.at or "") for row in shown.rows(session_id))
    return as_csv(("id", "session_id", "message_data", "created_at"), rows)


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table for a spreadsheet, in UTF-8 with the mark by which a spreadsheet recognizes it. No cell in it is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([list(map(disarmed, cells)) for cells in (columns, *rows)])
    return text.getvalue().encode("utf-8-sig")


def disarmed(cell: str) -> str:
    """The text of a cell, with an apostrophe before one that a spreadsheet would run as a formula."""
    seen = printable(cell)
    return f"'{seen}" if seen.startswith(FORMULA_STARTS) else seen


def file_name(session_id: str, ending: str) -> str:
    """A name for a downloaded file, of letters that every system takes."""
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', session_id)[:60].strip('_') or 'session'}.{ending}"
