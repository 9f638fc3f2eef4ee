"""Compares the rows before and after a turn: which were added, removed and changed.

Some stores number rows by place, and some use the id of a removed row again. There, one key can be removed and added in a turn.
"""

from collections.abc import Sequence
from dataclasses import replace

from lessons.kit.records import DATA_LIMIT, REMOVED_LIMIT, ChangedRow, TableChanges
from lessons.kit.row_ref import RowRef
from lessons.kit.stores.rows import TablePicture


def row_changes(
    store: str, session_id: str, before: Sequence[TablePicture], after: Sequence[TablePicture]
) -> tuple[TableChanges, ...]:
    """The differences between two pictures of one session, table by table. Tables without a difference are left out.

    `store` is the name of the store that holds the session.
    """
    old = {picture.table: picture for picture in before}
    found = (
        _table_changes(store, session_id, old.get(picture.table, TablePicture(picture.table, {})), picture)
        for picture in after
    )
    return tuple(table for table in found if table.added or table.removed or table.changed)


def _table_changes(store: str, session_id: str, before: TablePicture, after: TablePicture) -> TableChanges:
    def differs(key: int | str, old: dict[str, str] | None, new: dict[str, str] | None) -> ChangedRow:
        is_item = isinstance(key, int) and "message_data" in (new or old or {})
        return ChangedRow(key, old, new, RowRef(store, session_id, int(key)) if is_item else None)

    # A partial picture does not know the rows before its first one: they count as neither added nor removed.
    known_before = min(before.rows, default=None) if not before.complete else None
    known_after = min(after.rows, default=None) if not after.complete else None
    again = {key for key, row in after.rows.items() if key in before.rows and _is_another(before.rows[key], row)}
    added = [
        differs(key, None, row)
        for key, row in after.rows.items()
        if key in again or (key not in before.rows and not _older(key, known_before))
    ]
    removed = [
        differs(key, row, None)
        for key, row in before.rows.items()
        if key in again or (key not in after.rows and not _older(key, known_after))
    ]
    changed = [
        differs(key, before.rows[key], row)
        for key, row in after.rows.items()
        if key in before.rows and key not in again and before.rows[key] != row
    ]
    return TableChanges(after.table, session_id, tuple(added), tuple(removed), tuple(changed))


def _is_another(before: dict[str, str], after: dict[str, str]) -> bool:
    """Whether the key was used again. No class of the SDK edits a stored item: another text is another row."""
    return before.get("message_data") != after.get("message_data")


def _older(key: int | str, first_known: int | str | None) -> bool:
    if isinstance(key, int) and isinstance(first_known, int):
        return key < first_known
    return isinstance(key, str) and isinstance(first_known, str) and key < first_known


def cut(table: TableChanges) -> TableChanges:
    """The same changes with long values cut, for a record. More is kept of removed rows, since they are stored nowhere else."""
    return replace(
        table,
        added=tuple(replace(row, after=_cut(row.after, DATA_LIMIT)) for row in table.added),
        removed=tuple(replace(row, before=_cut(row.before, REMOVED_LIMIT)) for row in table.removed),
        changed=tuple(
            replace(row, before=_cut(row.before, DATA_LIMIT), after=_cut(row.after, DATA_LIMIT))
            for row in table.changed
        ),
    )


def _cut(row: dict[str, str] | None, limit: int) -> dict[str, str]:
    return {column: value[:limit] for column, value in (row or {}).items()}
