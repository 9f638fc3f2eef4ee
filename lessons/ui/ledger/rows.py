"""The stored rows, verbatim: one page by key, with what the shown turn added, removed and changed."""

from collections.abc import Mapping

import streamlit as st

from lessons.kit.items import read
from lessons.kit.records import ChangedRow, TableChanges, TurnRecord
from lessons.kit.stores.rows import ReadBack, Row, RowPage
from lessons.ui.widgets.markup import CURRENT, badge, row_link, text
from lessons.ui.widgets.time_left import time_left_html

CUT = 130
WHOLE = 20_000
SIGNS = {"added": "+", "removed": "−", "changed": "±", "": ""}


def rows_html(
    page: RowPage,
    record: TurnRecord | None,
    session_id: str,
    selected: int | None,
    read_back: Mapping[int, ReadBack],
) -> str:
    """The rows of one page as a table, with what the session makes of each. The selected row is shown whole."""
    marks = row_marks(record, session_id)
    removed = _removed(record, session_id, page)
    lines = [(key, _line(row, "removed", False)) for key, row in removed.items()]
    lines += [
        (row.key, _line(row, marks.get(row.key, ""), row.key == selected, read_back.get(row.key))) for row in page.rows
    ]
    if not removed.keys() & marks.keys():  # row ids that were given out again stand below the old ones
        lines.sort(key=lambda pair: pair[0])
    body = "".join(line for _, line in lines)
    return f"{_head('Stored rows')}{body}</tbody></table>"


def _head(label: str) -> str:
    return (
        f'<table class="rows" aria-label="{label}"><thead><tr><th scope="col"><span class="unseen">change</span></th>'
        '<th scope="col"><span class="unseen">kind</span></th>'
        '<th scope="col">id</th><th scope="col">session_id</th><th scope="col">message_data</th>'
        '<th scope="col">created_at</th></tr></thead><tbody>'
    )


def all_sessions_html(rows: tuple[Row, ...], session_id: str) -> str:
    """The rows of all sessions together; those of the chosen session are marked."""
    lines = "".join(
        f'<tr class="{"changed" if row.session_id == session_id else ""}"><td></td><td>{badge(read(row.data).kind)}</td>'
        f'<td>{text(row.key)}</td>{_of(row)}<td class="data">{text(row.data, CUT)}</td>'
        f"<td>{text((row.created_at or '').rpartition(' ')[2])}</td></tr>"
        for row in rows
    )
    return f"{_head('Rows of all sessions')}{lines}</tbody></table>"


def row_marks(record: TurnRecord | None, session_id: str) -> Mapping[int | str, str]:
    """'added' or 'changed' for the rows of this session that the turn touched."""
    tables = _item_tables(record, session_id)
    changed = {row.key: "changed" for table in tables for row in table.changed}
    return {**changed, **{row.key: "added" for table in tables for row in table.added}}


def summary(page: RowPage, record: TurnRecord | None, session_id: str) -> str:
    """How much of what is shown, and what the turn changed, table by table."""
    shown = f"{len(page.rows)} of {page.total:,} {'row' if page.total == 1 else 'rows'}"
    tables: dict[str, list[TableChanges]] = {}
    for table in record.changes if record else ():
        if table.session_id == session_id:
            tables.setdefault(table.table, []).append(table)
    return " · ".join([shown, *(f"{name}: {_in_words(parts)} by this turn" for name, parts in tables.items())])


def pager(page: RowPage, key: str) -> None:
    """Buttons to the next older and newer page; the place is kept under `key` as (side, row key)."""
    if not (page.has_older or page.has_newer):
        return
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Older rows",
            icon=":material/arrow_upward:",
            type="tertiary",
            key=f"{key}-older",
            disabled=not page.has_older,
            on_click=lambda: st.session_state.update({key: ("before", page.rows[0].key)}),
        )
        st.button(
            "Newer rows",
            icon=":material/arrow_downward:",
            type="tertiary",
            key=f"{key}-newer",
            disabled=not page.has_newer,
            on_click=lambda: st.session_state.update({key: ("after", page.rows[-1].key)}),
        )


def _line(row: Row, mark: str, selected: bool, made: ReadBack | None = None) -> str:
    item = read(row.data)
    classes = " ".join(filter(None, (mark, "selected" if selected else "")))
    sign = f'{SIGNS[mark]}<span class="unseen">{mark}</span>' if mark else ""
    key = text(row.key) if mark == "removed" else row_link(row.key, str(row.key))
    note = f'<p class="note">{text(item.problem)}</p>' if item.problem else ""
    created = row.created_at or ""
    when = created.replace(" ", "\n") if selected else created.rpartition(" ")[2]
    return (
        f'<tr class="{classes}" data-key="{row.key}"{CURRENT if selected else ""}><td>{sign}</td><td>{badge(item.kind)}</td>'
        f"<td>{key}</td>{_of(row)}"
        f'<td class="data">{text(row.data, WHOLE if selected else CUT)}{note}{_made_out(row, made, selected)}</td>'
        f"<td>{text(when)}</td></tr>"
    )


def _of(row: Row) -> str:
    return f'<td><span class="of">{text(row.session_id, 40)}</span></td>'


def _made_out(row: Row, made: ReadBack | None, selected: bool) -> str:
    """The item that is in a row where another text is stored, why the session does not return it, and the time it has left."""
    if made is None:
        return ""
    parts = []
    if made.data is not None and made.data != row.data:
        item = read(made.data)
        words = text(item.text, WHOLE if selected else CUT)
        parts.append(f'<div class="made-out">{badge(item.kind)}<span>{words}</span></div>')
    if made.why:
        parts.append(f'<p class="note">{text(made.why)}</p>')
    if made.seconds_left is not None and made.lifetime and made.seconds_left > 0:
        parts.append(time_left_html(made.seconds_left, made.lifetime))
    elif not made.why and made.data != row.data:
        parts.append('<div class="time-left"><span class="held">readable</span></div>')
    return "".join(parts)


def _item_tables(record: TurnRecord | None, session_id: str) -> list[TableChanges]:
    if record is None:
        return []
    return [table for table in record.changes if table.session_id == session_id and _has_items(table)]


def _has_items(table: TableChanges) -> bool:
    rows = (*table.added, *table.removed, *table.changed)
    return any("message_data" in (row.after or row.before or {}) for row in rows)


def _removed(record: TurnRecord | None, session_id: str, page: RowPage) -> dict[int, Row]:
    """The removed rows that would stand on this page, as they were."""
    first = page.rows[0].key if page.has_older else 0
    last = page.rows[-1].key if page.has_newer else float("inf")
    gone = [row for table in _item_tables(record, session_id) for row in table.removed]
    return {int(row.key): _as_row(row) for row in gone if first <= int(row.key) <= last}


def _as_row(removed: ChangedRow) -> Row:
    values = removed.before or {}
    return Row(int(removed.key), values.get("session_id", ""), values.get("message_data", ""), values.get("created_at"))


def _in_words(parts: list[TableChanges]) -> str:
    added, removed = sum(len(part.added) for part in parts), sum(len(part.removed) for part in parts)
    columns = {
        column
        for part in parts
        for row in part.changed
        for column, value in (row.after or {}).items()
        if (row.before or {}).get(column) != value
    }
    words = [f"{count} {verb}" for count, verb in ((added, "added"), (removed, "removed")) if count]
    if columns:
        words.append(f"{', '.join(sorted(columns))} changed")
    return ", ".join(words)
