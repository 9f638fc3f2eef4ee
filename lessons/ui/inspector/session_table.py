"""The sessions of a storage: searched, page by page, with their findings."""

from typing import TYPE_CHECKING

import streamlit as st

from lessons.kit.inspect.stored import COUNTED
from lessons.ui.inspector.session_view import list_html
from lessons.ui.page import address
from lessons.ui.page.state import PageState
from lessons.ui.widgets.counted import counted
from lessons.ui.widgets.markup import text

if TYPE_CHECKING:
    from lessons.kit.inspect.dry import Settings
    from lessons.kit.inspect.stored import Place


def draw_sessions(state: PageState, place: "Place", settings: "Settings", prices: tuple[float, float] | None) -> None:
    from lessons.kit.inspect.browse import SESSIONS, list_sessions

    first, second = st.columns([3, 1])
    words = first.text_input(
        "Search in ids and text",
        key=state.inspected_words.key,
        max_chars=200,
        placeholder="in the ids of sessions, and in what is stored",
        on_change=state.inspected_list.forget,
    )
    day = state.inspected_day.get() or ""
    shown = list_sessions(place, settings, state.inspected_list.get(), (words or "").strip(), day)
    days = sorted((one for one in shown.days if one), reverse=True)
    second.selectbox(
        "Last used on",
        days,
        index=None,
        key=state.inspected_day.key,
        format_func=lambda one: f"{one} ({shown.days.get(one, 0):,})",
        placeholder="any day",
        on_change=state.inspected_list.forget,
    )
    total = min(shown.total, COUNTED)
    more = f" or more: the count stops at {COUNTED:,}" if shown.total > COUNTED else ""
    found = "found" if words or day else "stored"
    st.html(f'<p class="caption" role="status">{counted(total, "session")}{more} {found}, the last used first.</p>')
    label = address.text("storage") or place.label
    st.html(list_html(label, shown.sessions, prices))
    pages = max(-(-total // SESSIONS), 1)
    if pages > 1:
        st.pagination(pages, key=state.inspected_list.key, max_visible_pages=7)
    for sentence in shown.incomplete:
        st.html(f'<p class="note" role="status">{text(sentence)}</p>')
