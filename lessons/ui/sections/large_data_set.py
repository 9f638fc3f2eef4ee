"""One button makes a session of 500 turns, for the charts and the tree to be seen at work."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.frame.entry import Entry
from lessons.kit.analytics.dataset import SESSION_ID, TURNS, check_store, generate
from lessons.kit.problems.problem import Refused
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.running_work import LongWork
from lessons.ui.page import address
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import Choice, show_session
from lessons.ui.page.state import PageState
from lessons.ui.sections.usage_charts import branches_of
from lessons.ui.widgets.markup import problem_box, text
from lessons.ui.widgets.terms import explained_html


def draw_dataset(entry: Entry, desk: Desk, choice: Choice) -> DeltaGenerator | None:
    """Draw the section. Returns the container in which the generation is followed, None while it does not run."""
    with st.container(border=True, key="dataset"):
        st.html(
            explained_html(
                f'<p class="look-for">{TURNS} turns with tools and four branches in the session <code>{SESSION_ID}'
                "</code>: real runs, answered by the offline model whatever provider is set, so it costs nothing. It takes "
                "some twenty seconds to a minute. What you send in the meantime waits until it is done or stopped.</p>",
                "large-data-set",
            )
        )
        try:
            store = check_store(choice.store)
            stored = sum(
                segment.last_turn - segment.first_turn + 1
                for branch in branches_of(store, SESSION_ID)
                for segment in branch.segments
                if segment.owner == branch.name
            )
        except Refused as refused:
            st.html(problem_box(refused.problem))
            return None
        state = PageState(entry.slug)
        generating = [work for work in desk.running() if isinstance(work, LongWork)]
        last = desk.last_long_work
        if last is not None and last.problem is not None and not generating:
            st.html(problem_box(last.problem))
        if stored and not generating:
            whole = (
                "It is whole."
                if stored >= TURNS
                else f"It was stopped before the end: {stored} of {TURNS} turns are kept."
            )
            st.html(f'<p class="caption" role="status">{stored} turns of it are stored. {text(whole)}</p>')
        with st.container(horizontal=True, gap="small"):
            st.button(
                f"Delete it and generate {TURNS} turns again" if stored else f"Generate {TURNS} turns",
                key=state.key("generate"),
                icon=":material/dataset:",
                disabled=bool(desk.running()),
                on_click=_generate,
                args=(state, desk, choice),
            )
            if stored and choice.session_id != SESSION_ID:
                st.button(
                    "Show it", key=state.key("show-dataset"), type="tertiary", on_click=_show, args=(state, choice)
                )
        return st.container() if generating else None


def _generate(state: PageState, desk: Desk, choice: Choice) -> None:
    with refusal_shown(state):
        if desk.running():
            return  # a second click that was on its way
        store = check_store(choice.store)
        title = f"Generate {TURNS} turns"
        desk.start_long_work(lambda work, stop: generate(store, desk.workspace, work, stop, TURNS), title)
        _show(state, choice)


def _show(state: PageState, choice: Choice) -> None:
    show_session(state, SESSION_ID, choice.store.name)
    address.put(row=None, step=None)
