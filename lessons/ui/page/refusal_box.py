"""Why the last thing that was asked for was not done; it stays on the page until the next one."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from lessons.kit.problems.problem import Refused
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import problem_box


@contextmanager
def refusal_shown(state: PageState) -> Iterator[None]:
    """Do something that may be refused; the page then says why, and what to do."""
    state.refusal.forget()
    try:
        yield
    except Refused as refused:
        state.refusal.put(problem_box(refused.problem))


def notice(state: PageState, html: str) -> None:
    """Have the page show this in the same place. `html` is escaped already."""
    state.refusal.put(html)


def draw_refusal(state: PageState) -> None:
    shown = state.refusal.get()
    if shown:
        st.html(shown)
