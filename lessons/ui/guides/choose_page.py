"""Choosing a session type: the decision guide, the table of types, common mistakes, trouble-shooting and the glossary."""

import streamlit as st

from lessons.guides.cases.index import CASES, MISTAKES
from lessons.guides.cases.troubleshooting import TROUBLE
from lessons.guides.decision import SEPARATOR, is_a_way
from lessons.ui.guides.cases import draw_cases, draw_glossary
from lessons.ui.guides.decision import draw_guide
from lessons.ui.guides.session_type_table import draw_session_type_table
from lessons.ui.page import address
from lessons.ui.page.sidebar import SDK_VERSION
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import chip, text

PARTS = {
    "decide": ("Decide", draw_guide),
    "types": ("Session types", draw_session_type_table),
    "mistakes": ("Common mistakes", lambda: draw_cases(MISTAKES, "mistakes")),
    "trouble": ("Troubleshooting", lambda: draw_cases(TROUBLE, "trouble")),
    "words": ("Glossary", draw_glossary),
}
"""The parts of the page, by their names in its address."""


def _first_part() -> str:
    """The name of the part that the page was opened with."""
    kept = PageState("choose").first_part
    if kept.get() is None:
        kept.put(PARTS.get(address.text("part") or "", PARTS["decide"])[0])
    return kept.get() or ""


def _odd() -> list[str]:
    """The parts, cases and answers in the address that this page does not have, in words."""
    part, case, answers = (address.text(name) or "" for name in ("part", "case", "answers"))
    return [
        *([f"the part {address.cut(part)!r}"] if part and part not in PARTS else []),
        *([f"the case {address.cut(case)!r}"] if case and all(case != known.slug for known in CASES) else []),
        *([f"the answers {address.cut(answers)!r}"] if answers and not is_a_way(answers.split(SEPARATOR)) else []),
    ]


def draw() -> None:
    address.visitor()
    st.html(f'<div class="chips">{chip(f"openai-agents {SDK_VERSION}")}</div>')
    odd = _odd()
    if odd:
        st.html(
            f'<p class="note" role="status">The address names {text(", ".join(odd))}, which this page does not have. It shows '
            "what it has.</p>"
        )
    # The part that the page was opened with, not the open one: with another default Streamlit makes new tabs, and the click is
    # lost.
    asked = _first_part()
    tabs = st.tabs(
        [name for name, _ in PARTS.values()], key=PageState("choose").key("parts"), default=asked, on_change="rerun"
    )
    # Only the open part is drawn: the others are not worth their bytes.
    for part, tab in zip(PARTS, tabs, strict=True):
        if tab.open:
            address.put(part=part)
            with tab:
                PARTS[part][1]()
