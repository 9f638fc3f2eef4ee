"""The numbers behind a chart, one click away: a plain table, fifty lines a page."""

from collections.abc import Sequence

import streamlit as st

from lessons.ui.page.state import Kept
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.table import draw_table_files, scroll_region, table_html

LINES = 50


def draw_numbers(
    title: str, columns: Sequence[str], lines: Sequence[Sequence[object]], key: str, kept_page: Kept[int | None]
) -> None:
    """A popover with the table, whose key is `key`. `kept_page` keeps which page of it is shown."""
    with st.popover("The numbers", icon=":material/table:", key=key):
        pages = max(1, -(-len(lines) // LINES))
        page = min(kept_page.get() or 1, pages)
        st.html(_table(title, columns, lines[(page - 1) * LINES : page * LINES]))
        draw_table_files(lambda: _table(title, columns, lines), title, f"{key}-files")
        if pages > 1:
            st.pagination(pages, key=kept_page.key, max_visible_pages=5)
            st.html(f'<p class="caption">{LINES} of {len(lines):,} lines a page.</p>')


def _table(title: str, columns: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    rows = (f"<tr>{''.join(f'<td>{text(cell, 80)}</td>' for cell in line)}</tr>" for line in lines)
    return scroll_region(title, table_html(title, tuple(map(text, columns)), rows), "numbers")
