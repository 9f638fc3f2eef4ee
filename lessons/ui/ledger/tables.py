"""Every table of the store, raw, with what the explained turn added, changed and removed."""

import streamlit as st

from lessons.kit.records import ChangedRow
from lessons.kit.stores.rows import TablePicture
from lessons.kit.stores.store import RowReader
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.widgets.counted import counted
from lessons.ui.widgets.markup import attribute, text
from lessons.ui.widgets.table import scroll_region, table_html

CUT = 120
SHOWN = 30
SIGNS = {"added": "+", "removed": "−", "changed": "±", "": ""}


def draw_tables(store: RowReader, shown: ShownRows) -> None:
    """Draw the newest rows of the session in each table of its store. Raises Refused."""
    pictures = store.picture(shown.session_id)
    drawn = [_table(picture, shown) for picture in pictures]
    if not any(picture.rows for picture in pictures) and not any(table.removed for table in shown.changes):
        st.html('<p class="quiet empty">No table holds a row of this session.</p>')
        return
    st.html(
        '<p class="caption">The rows of this session in each table, as stored. Marked: what the turn that is open in the '
        f"ledger added (+), changed (±) and removed (−).</p>{''.join(drawn)}"
    )


def _table(picture: TablePicture, shown: ShownRows) -> str:
    added, changed, removed = _changes(picture.table, shown)
    rows = list(picture.rows.items())[-SHOWN:]
    columns = list(dict.fromkeys(column for _, row in rows for column in row)) or list(
        next((row.before for row in removed.values() if row.before), {})
    )
    if not rows and not removed:
        return f"<h3>{text(picture.table)}</h3><p class='caption'>No row of this session.</p>"
    lines = [_line(key, row.before or {}, columns, "removed", set()) for key, row in removed.items() if row.before]
    lines += [
        _line(
            key, row, columns, "added" if key in added else "changed" if key in changed else "", changed.get(key, set())
        )
        for key, row in rows
    ]
    left_out = len(picture.rows) - len(rows)
    older = f"{left_out} older ones are not drawn. " if left_out or not picture.complete else ""
    words = ", ".join(
        f"{len(found)} {verb}"
        for found, verb in ((added, "added"), (changed, "changed"), (removed, "removed"))
        if found
    )
    by_turn = f"By this turn: {words}." if words else "This turn changed nothing here."
    heads = ('<span class="unseen">change</span>', "key", *map(text, columns))
    table = table_html(picture.table, heads, lines, "rows raw")
    return (
        f"<h3>{text(picture.table)}</h3><p class='caption'>{counted(len(picture.rows), 'row')}. {older}{by_turn}</p>"
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


def _line(key: int | str, row: dict[str, str], columns: list[str], mark: str, changed: set[str]) -> str:
    sign = f'{SIGNS[mark]}<span class="unseen">{mark}</span>' if mark else ""
    cells = "".join(
        f'<td class="{"new" if column in changed else ""}" title="{attribute(column)}">{text(row.get(column, ""), CUT)}</td>'
        for column in columns
    )
    return f'<tr class="{mark}"><td>{sign}</td><td>{text(key)}</td>{cells}</tr>'
