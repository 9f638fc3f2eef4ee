"""One of your own sessions: its findings, its rows as a ledger of the next run, and the value of the chosen row."""

import weakref
from collections import Counter
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from lessons.kit.inspect.running.apart import SHORT
from lessons.kit.inspect.stored import COUNTED, CannotRead, StoredSession
from lessons.kit.problems.counted import counted
from lessons.ui.inspector.all_rows import draw_all_rows, of_all_rows
from lessons.ui.inspector.comparing import draw_comparing
from lessons.ui.inspector.files import draw_files
from lessons.ui.inspector.older_rows import draw_older_rows, rows_html
from lessons.ui.inspector.row_lines import counts, facets_of, page_of_lines
from lessons.ui.inspector.session_view import deletes_html, findings_html, head_html, summary_html, value_html
from lessons.ui.ledger.ledger_table import LEDGER, drawn_before, stamped
from lessons.ui.page import address
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import text

if TYPE_CHECKING:
    from lessons.kit.inspect.browse import Picture
    from lessons.kit.inspect.dry_run import Settings
    from lessons.kit.inspect.stored import Storage

ROWS_A_PAGE = 50
FACET_WIDTH = 200
HEIGHT, HEIGHT_OF_FEW, FEW = 560, 340, 8
"""The height of the ledger in pixels, and its height for up to FEW rows: a short session leaves no empty space below it."""


def draw_head(state: PageState, session_id: str) -> None:
    """The id of the session and the way back, which is there too if the session cannot be read."""
    with st.container(horizontal=True, vertical_alignment="center", key=state.key("inspect-head")):
        st.button(
            "All sessions",
            icon=":material/arrow_back:",
            key=state.key("inspect-all"),
            on_click=leave_session,
            args=(state,),
        )
        st.html(f"<h2>{text(session_id, 120)}</h2>")


def draw_session(state: PageState, storage: "Storage", session_id: str, settings: "Settings") -> None:
    from lessons.kit.inspect.browse import read_again

    found = of_all_rows(state, session_id, settings) or read_again(storage, session_id, address.text("table"), settings)
    picture = _picture(found, settings) if isinstance(found, StoredSession) else found
    items = None if picture.is_whole else storage.size(picture.head, COUNTED)[0]
    asked, chosen, note = address.text("row"), address.number("row"), ""
    if asked and all(row.key != chosen for row in picture.rows):
        older = not picture.is_whole and chosen is not None and 0 < chosen < picture.rows[0].key
        which = (
            "which is older than those of the dry run: see Older rows"
            if older
            else "which is not among the rows of this session"
        )
        note = (
            f'<p class="note" role="status">{text(f"The address names the row {address.cut(asked)!r}, {which}.")}</p>'
        )
    st.html(f"{head_html(picture, items)}{summary_html(picture)}{findings_html(picture.findings)}{note}")
    _draw_rows(state, picture)
    if not picture.is_whole:
        draw_all_rows(state, storage, picture, settings)
        with st.expander("Older rows", key=state.key("inspect-older-rows"), on_change="rerun") as older_rows:
            if older_rows.open:
                draw_older_rows(state, picture)
    with st.expander("What would one call delete?", key=state.key("inspect-deletes"), on_change="rerun") as deletes:
        if deletes.open:
            from lessons.kit.inspect.browse import try_deletes

            said = "Tried on a copy of the rows in memory; nothing in your storage changes."
            st.html(f'<p class="quiet">{said}</p>{deletes_html(try_deletes(picture))}')
    with st.expander("What if? Compare", key=state.key("inspect-what-if"), on_change="rerun") as comparing:
        if comparing.open:
            draw_comparing(state, storage, picture, settings)
    with st.expander("Take it away", key=state.key("inspect-take-away"), on_change="rerun") as taking_away:
        if taking_away.open:
            draw_files(state, picture, settings)


def _picture(stored: "StoredSession", settings: "Settings") -> "Picture":
    """The dry run of the session. The rows of a long session are shown first, and stay if the dry run fails.

    Raises CannotRead.
    """
    from lessons.kit.inspect.browse import kept_picture, picture_of

    if len(stored.rows) <= SHORT:
        return picture_of(stored, settings)
    first = st.empty()
    if kept_picture(stored, settings) is None:
        key = address.number("row")
        at = next((position for position, row in enumerate(stored.rows) if row.key == key), len(stored.rows) - 1)
        rows = rows_html(stored.rows[_of_page(_page_of(at, len(stored.rows)), len(stored.rows))], "Rows")
        making = f"The dry run of {len(stored.rows):,} rows is being made. These are as they are stored."
        first.html(f'<p class="quiet" role="status">{making}</p>{rows}')
        try:
            picture = picture_of(stored, settings)
        except CannotRead:
            first.html(rows)
            raise
        first.empty()
        return picture
    return picture_of(stored, settings)


@st.fragment
def _draw_rows(state: PageState, picture: "Picture") -> None:
    """Choosing a row or a facet runs only this again."""
    wanted = _choose_facets(state, picture)
    rows = [row for row in picture.rows if all(one in facets_of(row)[name] for name, one in wanted.items())]
    if wanted:
        st.html(f'<p class="caption" role="status">{counted(len(rows), "row")} of {len(picture.rows):,}</p>')
    chosen = address.number("row")
    pages = _page_of(len(rows) - 1, len(rows))
    kept = state.inspected_page
    if kept.get() is None:
        at = next((position for position, row in enumerate(rows) if row.key == chosen), None)
        kept.put(pages if at is None else _page_of(at, len(rows)))
    page = min(max(kept.get() or pages, 1), pages)
    shown = rows[_of_page(page, len(rows))]
    row = next((one for one in picture.rows if one.key == chosen), None)
    made_of = weakref.ref(picture), page, chosen, tuple(wanted.items())  # a tab does not keep the rows of a session
    left, right = st.columns([8, 5]) if row is not None else (nullcontext(), None)
    with left, st.container(key="many-rows" if len(shown) > FEW else "few-rows"):
        LEDGER(
            data=drawn_before(state, made_of)
            or stamped(state, page_of_lines(picture, shown, chosen, page == pages), made_of),
            key=state.ledger.key,
            height=HEIGHT if len(shown) > FEW else HEIGHT_OF_FEW,
            on_chosen_change=lambda: _choose(state),
        )
        if pages > 1:
            st.pagination(pages, key=kept.key, max_visible_pages=5)
    if row is not None and right is not None:
        right.html(f'<div class="chosen-value">{value_html(picture, row)}</div>')


def _page_of(position: int, rows: int) -> int:
    """The page of a row. The last page, which is opened first, is full: the first has what is left."""
    return max(-(-rows // ROWS_A_PAGE), 1) - (rows - 1 - position) // ROWS_A_PAGE


def _of_page(page: int, rows: int) -> slice:
    """The places of the rows of a page."""
    end = rows - (_page_of(rows - 1, rows) - page) * ROWS_A_PAGE
    return slice(max(end - ROWS_A_PAGE, 0), end)


def _choose_facets(state: PageState, picture: "Picture") -> dict[str, str]:
    """The chosen value of each facet in which the rows differ. FEW rows are seen without it, and higher up."""
    if len(picture.rows) <= FEW:
        return {}
    found = {name: values for name, values in counts(picture.rows).items() if len(values) > 1}
    wanted = {}
    # Columns would add one element for each facet to every run.
    row = st.container(horizontal=True, key=state.key("inspect-facets"))
    for name in found:
        values = [value for value, _ in found[name].most_common()]
        asked = row.selectbox(
            name,
            values,
            index=None,
            key=state.key(f"inspect-facet-{name}"),
            format_func=partial(_with_count, found[name]),
            placeholder="all",
            on_change=state.inspected_page.forget,
            width=FACET_WIDTH,
        )
        if asked is not None:
            wanted[name] = asked
    return wanted


def _with_count(counted_values: "Counter[str]", value: str) -> str:
    return f"{value} ({counted_values[value]:,})"


def _choose(state: PageState) -> None:
    """Do what a click or a key on a line asks for. What the browser sends may be forged."""
    asked = getattr(state.ledger.get(), "chosen", None)
    action, _, line = asked.rpartition(" ") if isinstance(asked, str) else ("", "", "")
    key = line[1:]
    if line[:1] == "r" and key.isascii() and key.isdigit() and len(key) < 16:
        address.put(row=key if action == "open" else None)


def leave_session(state: PageState) -> None:
    for kept in (state.inspected_whole, state.inspected_compared, state.inspected_replay):
        if kept.get() is not None:
            kept.get().stop()
        kept.forget()
    state.refusal.forget()
    address.put(session=None, table=None, row=None)
    state.inspected_page.forget()
    state.inspected_older.forget()
    state.inspected_list.forget()
    state.inspected_day.forget()
