"""The navigation, and the guard that leads every page through the entry point."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from lessons.course.index import COURSE, START
from lessons.frame.entry import Entry
from lessons.ui.page.state import ENTERED

ICON = Path(__file__).with_name("assets") / "icon.svg"


def navigate() -> StreamlitPage:
    """Draw the navigation and return the page that was asked for."""
    parts: dict[str, list[StreamlitPage]] = {}
    for entry in COURSE:
        parts.setdefault(entry.part, []).append(_page(entry))
    return st.navigation(parts, expanded=True)


def through_the_entry() -> None:
    """First in every page: until the entry has run once, Streamlit runs a file in pages/ alone, without it."""
    if not ENTERED.get():
        navigate()
        st.rerun()


def icon_style() -> str:
    """The icons next to the links, from the font that Streamlit brings.

    `st.Page(icon=)` would also make each the favicon, which the browser then fetches from a font server on the internet.
    """
    links = "".join(
        f'[data-testid="stSidebarNavLink"][href$="/{"" if entry is START else entry.slug}"]::before {{content: "{entry.icon}"}}'
        for entry in COURSE
    )
    return (
        '<style>[data-testid="stSidebarNavLink"]::before {font: 1.15rem/1 "Material Symbols Rounded"; opacity: .75}'
        f"{links}</style>"
    )


def _page(entry: Entry) -> StreamlitPage:
    return st.Page(entry.page, title=entry.title, url_path=entry.slug, help=entry.question, default=entry is START)
