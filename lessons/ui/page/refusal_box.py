"""Why the last thing that was asked for was not done, why a part of the page cannot be drawn, and the way out of both."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.turns.desk import Desk
from lessons.ui.page import address
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import problem_box, text


@contextmanager
def refusal_shown(state: PageState, message: str = "", *, asked_above: bool = False) -> Iterator[None]:
    """Do something that may be refused; the page then says why, and what to do.

    `message` is what the visitor has typed for it: it is shown so that it can be copied, since its box is empty by that time.
    `asked_above`: the button is at the top of the page. On a phone the reason is then above the ledger.
    """
    state.refusal.forget()
    try:
        yield
    except Refused as refused:
        said = problem_box(refused.problem) + (_not_sent(message) if message else "")
        state.refusal.put(f'<div class="asked-above">{said}</div>' if asked_above else said)


def _not_sent(message: str) -> str:
    """What was typed, in a box that scrolls by itself, so that the reason above it stays in view."""
    return (
        '<div class="typed"><strong>Not sent</strong>'
        f'<pre tabindex="0" role="region" aria-label="The message that was not sent">{text(message)}</pre></div>'
    )


def notice(state: PageState, html: str) -> None:
    """Have the page show this in the same place. `html` is escaped already."""
    state.refusal.put(html)


def add_notice(state: PageState, words: str) -> None:
    """Have the page show these words too, below what it shows in that place."""
    notice(state, f'{state.refusal.get() or ""}<p class="note asked-above" role="status">{text(words)}</p>')


SAME_REASON = '<p class="note" role="status">That was not done, for the reason above.</p>'


def draw_refusal(state: PageState, above: Problem | None = None) -> None:
    """Draw why the last thing was refused. `above` is the problem whose box is drawn already: its words stand there."""
    shown = state.refusal.get()
    if shown:
        st.html(shown if above is None else shown.replace(problem_box(above), SAME_REASON))


class Parts:
    """The parts of one page that read the storage. One that cannot be read says so in its place; the others are drawn."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._said: set[str] = set()

    @contextmanager
    def part(self) -> Iterator[None]:
        """Draw a part. If the storage refuses, draw why: in full the first time, with Start over if that helps."""
        try:
            yield
        except Refused as refused:
            if not self.say(refused.problem):
                st.html(f'<p class="quiet empty">This cannot be drawn. {text(refused.problem.what)}</p>')

    def say(self, problem: Problem) -> bool:
        """Draw a problem, unless it was drawn on this page already. Returns whether it was drawn now."""
        if problem.what in self._said:
            return False
        self._said.add(problem.what)
        st.html(problem_box(problem))
        if problem.start_over:
            draw_start_over(self._desk, f"start-over-{len(self._said)}")
        return True


def draw_start_over(desk: Desk, name: str) -> None:
    """The button that deletes all of a lesson, after a question."""
    if st.button("Start over", icon=":material/delete_sweep:", type="tertiary", key=PageState(desk.lesson).key(name)):
        _confirm(desk)


@st.dialog("Delete all rows of this lesson?")
def _confirm(desk: Desk) -> None:
    st.html(
        '<p class="look-for">This deletes all that you stored in this lesson, on every store, with its steps and '
        "challenges. It cannot be undone.</p>"
    )
    if st.button(
        "Delete and start over",
        type="primary",
        key=PageState(desk.lesson).key("confirm-start-over"),
        on_click=_reset,
        args=(desk,),
    ):
        st.rerun()  # a click in a dialog draws only the dialog again


def _reset(desk: Desk) -> None:
    state = PageState(desk.lesson)
    with refusal_shown(state):
        desk.reset()
    address.put(step=None, row=None, challenge=None)
    state.said_of_challenge.forget()
    state.opened_solution.forget()
    state.rows_from.forget()
