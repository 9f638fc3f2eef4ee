"""The button that asks a failed or stopped message again. What is stored of it is not stored twice."""

import streamlit as st

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.frame.entry import Entry
from lessons.kit.models.providers import active_provider
from lessons.kit.records import TurnRecord
from lessons.kit.turns.desk import Desk
from lessons.ui.ledger.running_turn import give_it_a_moment
from lessons.ui.page import address
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import PageState


def draw_ask_again(entry: Entry, desk: Desk, choice: Choice) -> None:
    """Draw the button if the newest turn is a message to this session that failed."""
    records = desk.records
    if not records or desk.running() or not walk.can_ask_again(records[-1]):
        return
    record = records[-1]
    if (record.session_id, record.store) != (choice.session_id, choice.store.name):
        return
    st.button(
        "Ask again",
        icon=":material/replay:",
        key=PageState(entry.slug).key("ask-again"),
        help="Goes on from what is stored: your message is not stored twice, and no tool that has answered is called again.",
        on_click=_ask_again,
        args=(entry, desk, record),
    )


def _ask_again(entry: Entry, desk: Desk, record: TurnRecord) -> None:
    state = PageState(entry.slug)
    state.rows_from.forget()
    address.put(turn=None, step=None)
    with refusal_shown(state):
        here = walk.Walk(load_lesson(entry.slug), desk, record.store, active_provider())
        give_it_a_moment(walk.start_again(here, record))
