"""The same session under another limit or class: the rows that are treated differently, side by side."""

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from lessons.kit.inspect.stored import CLASSES
from lessons.ui.page.state import PageState
from lessons.ui.widgets.counted import counted
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.table import scroll_region, table_html

if TYPE_CHECKING:
    from lessons.kit.inspect.browse import Picture
    from lessons.kit.inspect.dry import Settings
    from lessons.kit.inspect.stored import Place

ROWS = 200


def draw_what_if(state: PageState, place: "Place", picture: "Picture", settings: "Settings") -> None:
    from lessons.kit.inspect.check import check_class
    from lessons.kit.inspect.difference import what_if

    first, second = st.columns(2)
    limit = first.number_input(
        "Another limit", 0, 100_000, None, key=state.key("inspect-other-limit"), placeholder="none"
    )
    class_name = second.selectbox(
        "Another session class", CLASSES, index=None, key=state.key("inspect-other-class"), placeholder="the same"
    )
    named = next((name for name in CLASSES if name == class_name), settings.class_name)
    other = replace(settings, limit=limit, class_name=named)
    if other == settings:
        st.html('<p class="quiet">Choose another limit or class.</p>')
        return
    check_class(place, other)
    found = what_if(picture.case.stored, settings, other)
    gone, new = (text(", ".join(codes)) or "none" for codes in found.codes)
    st.html(
        f'<p class="caption" role="status">{counted(len(found.rows), "row differs", "rows differ")}: {found.first.sent:,} of '
        f"{len(found.first.rows):,} rows are sent as chosen above, {found.second.sent:,} with the other settings. "
        f"Findings that go: {gone}. Findings that come: {new}.</p>"
    )
    lines = (
        f"<tr><td>row {one.key}</td><td>{text(one.first)}</td><td>{text(one.second)}</td></tr>"
        for one in found.rows[:ROWS]
    )
    if found.rows:
        heads = ("Row", "As chosen above", "With the other settings")
        st.html(scroll_region("Differences", table_html("Differences", heads, lines, "calls ways"), "wide"))
    if len(found.rows) > ROWS:
        st.html(f'<p class="caption">The first {ROWS} rows are shown.</p>')
