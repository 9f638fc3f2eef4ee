"""Why the last thing that was asked for was not done; it stays on the page until the next one."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from lessons.kit.problems.problem import Refused
from lessons.ui.widgets.markup import problem_box

_SHOWN = "refusal"


@contextmanager
def refusal_shown() -> Iterator[None]:
    """Do something that may be refused; the page then says why, and what to do."""
    st.session_state[_SHOWN] = None
    try:
        yield
    except Refused as refused:
        st.session_state[_SHOWN] = problem_box(refused.problem)


def notice(html: str) -> None:
    """Have the page show this in the same place. `html` is escaped already."""
    st.session_state[_SHOWN] = html


def draw_refusal() -> None:
    if st.session_state.get(_SHOWN):
        st.html(st.session_state[_SHOWN])
