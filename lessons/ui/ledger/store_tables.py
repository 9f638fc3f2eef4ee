"""Every table of the store, raw, with what the explained turn added, changed and removed."""

import streamlit as st

from lessons.kit.problems.counted import counted
from lessons.kit.records import ChangedRow
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.rows import TablePicture
from lessons.kit.stores.store import RowReader
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.widgets.markup import attribute, text
from lessons.ui.widgets.table import scroll_region, table_html

CUT = 120
SHOWN = 30
ITEM = "message_data"
"""The column that only the table of the items has."""
KEY = ""
"""Stands for the key of a row among its columns."""
SIGNS = {"added": "+", "removed": "−", "changed": "±", "": ""}


def draw_tables(store: RowReader, shown: ShownRows) -> None:
    """Draw the newest rows of the session in each table of its store. Raises Refused."""
    pictures = store.picture(shown.session_id)
    named = store_kinds()[shown.store].columns
    drawn = [_table(picture, shown, named) for picture in pictures]
    if not any(picture.rows for picture in pictures) and not any(table.removed for table in shown.changes):
        st.html('<p class="quiet empty">No table holds a row of this session.</p>')
        return
    st.html(
        '<p class="caption">The rows of this session in each table, as stored. Marked: what the turn that is open in the '
        f"ledger added (+), changed (±) and removed (−). These rows come first.</p>{''.join(drawn)}"
    )


def _table(picture: TablePicture, shown: ShownRows, named: tuple[str, ...]) -> str:
    """`named` are the columns of the table of the items as its storage names them, the key first."""
    added, changed, removed = _changes(picture.table, shown)
    rows = list(picture.rows.items())[-SHOWN:]
    columns = list(dict.fromkeys(column for _, row in rows for column in row)) or list(
        next((row.before for row in removed.values() if row.before), {})
    )
    if not rows and not removed:
        return f"<h3>{text(picture.table)}</h3><p class='caption'>No row of this session.</p>"
    heads = named if ITEM in columns else (picture.key_name, *columns)
    names = dict(zip([KEY, *columns], heads, strict=False))
    lines = [_line(key, row.before or {}, names, "removed", set()) for key, row in removed.items() if row.before]
    lines += [
        _line(
            key, row, names, "added" if key in added else "changed" if key in changed else "", changed.get(key, set())
        )
        for key, row in sorted(rows, key=lambda one: one[0] not in added and one[0] not in changed)
    ]
    known = f"{'' if picture.complete else 'more than '}{counted(len(picture.rows), 'row')}"
    of_all = (
        f"The newest {len(rows)} of {known}." if len(rows) < len(picture.rows) or not picture.complete else f"{known}."
    )
    words = ", ".join(
        f"{len(found)} {verb}"
        for found, verb in ((added, "added"), (changed, "changed"), (removed, "removed"))
        if found
    )
    by_turn = (
        f" By this turn: {words}." if words else " This turn changed nothing here." if shown.record is not None else ""
    )
    shown_heads = ('<span class="unseen">change</span>', *map(text, filter(None, names.values())))
    table = table_html(picture.table, shown_heads, lines, "rows raw")
    return (
        f"<h3>{text(picture.table)}</h3><p class='caption'>{of_all}{by_turn}</p>"
        f"{scroll_region(f'Table {picture.table}', table, 'wide')}"
    )


def _changes(
    table: str, shown: ShownRows
) -> tuple[dict[int | str, ChangedRow], dict[int | str, set[str]], dict[int | str, ChangedRow]]:
    """The rows that the turn added, the changed columns of those that it changed, and the removed rows, each by key."""
    found = [one for one in shown.changes if one.table == table]
    added = {row.key: row for one in found for row in one.added}
    removed = {row.key: row for one in found for row in one.removed}
    changed = {
        row.key: {name for name, value in (row.after or {}).items() if (row.before or {}).get(name) != value}
        for one in found
        for row in one.changed
    }
    return added, changed, removed


def _line(key: int | str, row: dict[str, str], names: dict[str, str], mark: str, changed: set[str]) -> str:
    """`names` are the columns with the names that they are shown by; one without a name is not shown."""
    sign = f'{SIGNS[mark]}<span class="unseen">{mark}</span>' if mark else ""
    values = {KEY: str(key), **row}
    cells = "".join(
        f'<td class="{"new" if column in changed else ""}" title="{attribute(name)}">{text(values.get(column, ""), CUT)}</td>'
        for column, name in names.items()
        if name
    )
    return f'<tr class="{mark}"><td>{sign}</td>{cells}</tr>'
