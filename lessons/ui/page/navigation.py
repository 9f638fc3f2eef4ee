"""The navigation, and the guard that leads every page through the entry point."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import cache

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from lessons.course.index import COURSE, START
from lessons.frame.entry import Entry
from lessons.kit.descriptors import NO_ROOM, prepare_process, ran_out
from lessons.ui.page.state import ENTERED


@contextmanager
def room_for_the_page() -> Iterator[None]:
    """Prepare the process for many visitors. If it can no longer open a file, the page says so."""
    prepare_process()
    try:
        yield
    except OSError as error:
        if not ran_out(error):
            raise
        st.error(f"{NO_ROOM.what} {NO_ROOM.kept} {NO_ROOM.next}")


def navigate() -> StreamlitPage:
    """Draw the navigation and return the page that was asked for."""
    parts: dict[str, list[StreamlitPage]] = {}
    for entry in COURSE:
        parts.setdefault(entry.part, []).append(_page(entry))
    # A page for this run only: Streamlit notes on it that it was drawn, and several tabs are drawn at the same moment.
    return copy(st.navigation(parts, expanded=True))


def through_the_entry() -> None:
    """First in every page: until the entry has run once, Streamlit runs a file in pages/ alone, without it."""
    if not ENTERED.get():
        navigate()
        st.rerun()


def link_style(done: Mapping[str, str]) -> str:
    """A style sheet: before each link its icon, from the font that Streamlit brings, and after it what is done of the lesson.

    `done` is by slug. `st.Page(icon=)` would also make each icon the favicon, which the browser then fetches from a font server
    on the internet.
    """
    links = []
    for entry in COURSE:
        link = f'[data-testid="stSidebarNavLink"][href$="/{"" if entry is START else entry.slug}"]'
        links.append(f'{link}::before {{content: "{entry.icon}"}}')
        if entry.slug in done:
            links.append(f'{link}::after {{content: "{done[entry.slug]}"}}')
    return (
        '<style>[data-testid="stSidebarNavLink"]::before {font: 1.15rem/1 "Material Symbols Rounded"; opacity: .75}'
        '[data-testid="stSidebarNavLink"]::after {margin-left: auto; font-size: .75rem; opacity: .8}'
        f"{''.join(links)}</style>"
    )


@cache
def _page(entry: Entry) -> StreamlitPage:
    # Once, and not in each run: Streamlit looks for the file on the disk.
    return st.Page(entry.page, title=entry.title, url_path=entry.slug, help=entry.question, default=entry is START)
