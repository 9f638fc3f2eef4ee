"""The rows of a long session that the dry run has not read: by key, 50 on a page, to the first one."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from lessons.kit.inspect.offered import open_offered
from lessons.kit.items import read
from lessons.ui.page import address
from lessons.ui.page.state import PageState
from lessons.ui.widgets.item_kinds import badge
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.table import scroll_region, table_html

if TYPE_CHECKING:
    from lessons.kit.inspect.browse import Picture
    from lessons.kit.inspect.stored import StoredRow

ROWS_A_PAGE = 50
FIRST = -(2**62)
"""Below every key."""


@st.fragment
def draw_older_rows(state: PageState, picture: "Picture") -> None:
    """Only for a session that was not read whole. It begins at the row that the address names, or at the newest of them."""
    oldest = picture.rows[0].key
    kept = state.inspected_older
    asked = address.number("row") or oldest
    way, key = kept.get() or ("before", min(asked + 1, oldest))
    storage = open_offered(address.text("storage") or "", os.environ)
    try:
        rows = [row for row in storage.page(picture.head, ROWS_A_PAGE, **{way: key}) if row.key < oldest]
    finally:
        storage.close()
    st.html(
        f'<p class="quiet">Row {oldest} is the oldest that the dry run knows. These are older, as they are stored: nothing is '
        "said of the next run.</p>"
    )
    first, last = (rows[0].key, rows[-1].key) if rows else (oldest, oldest)
    with st.container(horizontal=True, key=state.key("inspect-older-bar")):
        for label, icon, to in (
            ("First rows", "first_page", ("after", FIRST)),
            ("Older", "chevron_left", ("before", first)),
            ("Newer", "chevron_right", ("after", last)),
            ("Newest of them", "last_page", ("before", oldest)),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=state.key(f"inspect-older-{icon}"),
                on_click=kept.put,
                args=(to,),
            )
    st.html(rows_html(rows, "Older rows") if rows else '<p class="quiet empty">There is no row there.</p>')


def rows_html(rows: "Sequence[StoredRow]", name: str) -> str:
    """Rows as they are stored, without what the next run makes of them."""
    lines = map(_line, rows)
    table = table_html(name, ("Row", "Stored", "Item", "message_data"), lines, "calls ways texts")
    said = f'<p class="caption" role="status">Rows {rows[0].key} to {rows[-1].key}</p>'
    return said + scroll_region(name, table, "wide")


def _line(row: "StoredRow") -> str:
    item = read(row.text)
    name = f"{text(item.name, 60)} " if item.name else ""
    return (
        f'<tr><td class="number">{row.key}</td><td>{text(row.created[:19])}</td>'
        f"<td>{badge(item.kind)} {name}{text(item.text, 160, item.length)}</td><td><code>{text(row.text, 160)}</code></td></tr>"
    )
