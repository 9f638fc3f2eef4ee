"""The stored rows, verbatim: one page by key, with what the shown turn added, removed and changed."""

from lessons.kit.items import handoffs_in, read
from lessons.kit.problems.counted import counted
from lessons.kit.records import ChangedRow, TableChanges
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.rows import ReadBack, Row
from lessons.ui.ledger.row_links import row_link
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.widgets.item_kinds import badge
from lessons.ui.widgets.markup import CURRENT, text
from lessons.ui.widgets.table import table_html
from lessons.ui.widgets.time_left_bar import EXPIRED, time_left_html

CUT = 130
WHOLE = 20_000
UNSEEN_HEADS = ('<span class="unseen">change</span>', '<span class="unseen">kind</span>')
TIMELESS_COLUMNS = 3
"""How many columns a kind of store has if its storage keeps no times."""
SIGNS = {"added": "+", "removed": "−", "changed": "±", "": ""}


def rows_html(shown: ShownRows) -> str:
    """The rows of one page as a table, with what the session makes of each. The selected row is shown whole."""
    marks, rows = shown.marks, shown.page.rows
    removed = _removed(shown)
    lines = [(row.key, _line(shown, row, "removed")) for row in removed]
    lines += [(row.key, _line(shown, row, marks.get(shown.ref(row), ""))) for row in rows]
    if not any(shown.ref(row) in marks for row in removed):  # a row with the id of a removed one is below it
        lines.sort(key=lambda pair: pair[0])
    return table_html("Stored rows", _heads(shown.store), (line for _, line in lines), "rows")


def _heads(store: str) -> tuple[str, ...]:
    """The names that the storage gives to what a row has."""
    return (*UNSEEN_HEADS, *map(text, store_kinds()[store].columns))


def _keeps_times(store: str) -> bool:
    return len(store_kinds()[store].columns) > TIMELESS_COLUMNS


def all_sessions_html(store: str, rows: tuple[Row, ...], session_id: str) -> str:
    """The rows of all sessions of a store together; those of the chosen session are marked."""
    has_time = _keeps_times(store)
    handoffs = handoffs_in(row.data for row in rows)
    lines = (
        f'<tr class="{"own" if row.session_id == session_id else ""}"><td></td>'
        f"<td>{badge(read(row.data, handoffs).kind)}</td>"
        f'<td>{text(row.key)}</td>{_of(row)}<td class="data">{text(row.data, CUT)}</td>'
        f"{_time(row.created_at.rpartition(' ')[2]) if has_time else ''}</tr>"
        for row in rows
    )
    return table_html("Rows of all sessions", _heads(store), lines, "rows")


def summary(shown: ShownRows) -> str:
    """How much of what is shown, and what the turn changed, table by table."""
    page = shown.page
    drawn = f"{len(page.rows)} of {counted(page.total, 'row')}"
    tables: dict[str, list[TableChanges]] = {}
    for table in shown.changes:
        tables.setdefault(table.table, []).append(table)
    return " · ".join([drawn, *(f"{name}: {_in_words(parts)} by this turn" for name, parts in tables.items())])


def _line(shown: ShownRows, row: Row, mark: str) -> str:
    item, is_stored = read(row.data, shown.handoffs), mark != "removed"
    selected = is_stored and shown.is_selected(row)
    classes = " ".join(filter(None, (mark, "selected" if selected else "")))
    sign = f'{SIGNS[mark]}<span class="unseen">{mark}</span>' if mark else ""
    key = row_link(shown.ref(row), str(row.key)) if is_stored else text(row.key)
    note = f'<p class="note">{text(item.problem)}</p>' if item.problem else ""
    made = _made_out(row, shown.read_back.get(row.key), selected, shown.handoffs) if is_stored else ""
    created = row.created_at or ""
    when = created.replace(" ", "\n") if selected else created.rpartition(" ")[2]
    return (
        f'<tr class="{classes}" data-key="{row.key}"{CURRENT if selected else ""}><td>{sign}</td><td>{badge(item.kind)}</td>'
        f"<td>{key}</td>{_of(row)}"
        f'<td class="data">{text(row.data, WHOLE if selected else CUT)}{note}{made}</td>'
        f"{_time(when) if _keeps_times(shown.store) else ''}</tr>"
    )


def _time(when: str) -> str:
    return f"<td>{text(when)}</td>"


def _of(row: Row) -> str:
    return f'<td><span class="of">{text(row.session_id, 40)}</span></td>'


def _made_out(row: Row, made: ReadBack | None, selected: bool, handoffs: frozenset[str]) -> str:
    """The item in a row that stores another text, such as an encrypted one; why it is not returned, and its time left."""
    if made is None:
        return ""
    parts = []
    if made.data is not None and made.data != row.data:
        item = read(made.data, handoffs)
        words = text(item.text, WHOLE if selected else CUT)
        parts.append(f'<div class="made-out">{badge(item.kind)}<span>{words}</span></div>')
    if made.why:
        parts.append(f'<p class="note">{text(made.why)}</p>')
    if made.time_left:
        parts.append(time_left_html(*made.time_left, EXPIRED))
    elif not made.why and made.data != row.data:
        parts.append('<div class="time-left"><span class="held">readable</span></div>')
    return "".join(parts)


def _removed(shown: ShownRows) -> list[Row]:
    """The removed rows that belong on this page, as they were."""
    page = shown.page
    first = page.rows[0].key if page.has_older else 0
    last = page.rows[-1].key if page.has_newer else float("inf")
    gone = [_as_row(row) for table in shown.changes if table.holds_items for row in table.removed]
    return [row for row in gone if first <= row.key <= last]


def _as_row(removed: ChangedRow) -> Row:
    values = removed.before or {}
    return Row(
        int(removed.key), values.get("session_id", ""), values.get("message_data", ""), values.get("created_at", "")
    )


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
