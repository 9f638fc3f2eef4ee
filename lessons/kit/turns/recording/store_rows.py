"""The rows of a session that a store of the app has opened, with the store's name and its keys."""

from typing import Any

from lessons.kit.ledger.row_sources import Reading, source_of
from lessons.kit.ledger.rows import JsonRows, Newest, RowSource, StoredItem, named
from lessons.kit.stores.encrypted.store import EncryptedStore
from lessons.kit.stores.sqlite.sqlite_file import SQLiteFile
from lessons.kit.stores.store import RowReader


def rows_in_store(store: RowReader, name: str, session_id: str, session: Any) -> RowSource | None:
    """The rows of a session that the store `name` has opened with this id. None if it touches no storage.

    If the ledger does not know the storage of the class, the rows are read from a page of the store.
    """

    def through_the_store(session: Any) -> RowSource:
        def read(limit: int, after: int) -> Newest:
            rows = store.page(session_id, limit=limit).rows
            return Newest([StoredItem(row.key, row.data) for row in reversed(rows) if row.key > after])

        return JsonRows(name, session_id, name, session_id, read, keys_are_places=True)

    source = source_of(session, through_the_store, _reading(store))
    return named(source, name, session_id) if source is not None else None


def _reading(store: RowReader) -> Reading | None:
    """The connection that a store in a SQLite file has open: to open another for each look takes 0.2 ms of the processor."""
    kept_in = store.inner if isinstance(store, EncryptedStore) else store
    return kept_in.reading if isinstance(kept_in, SQLiteFile) else None
