"""Messages that the offline model can answer, above the message box: one press sends one."""

from collections.abc import Callable

import streamlit as st

from lessons.kit.models.providers import active_provider
from lessons.ui.page.state import PageState

SUGGESTIONS = ("My name is Alice", "What is my name?", "What did I say first?", "What can you do?")
"""The same ones whatever is stored, so a button keeps its place, and a message draws only the ledger again."""


def draw_suggestions(state: PageState, send: Callable[[str], object]) -> None:
    """Draw a button for each; none with a real model, which can answer anything."""
    if active_provider().is_offline:
        st.pills(
            "Messages that the offline model can answer",
            SUGGESTIONS,
            key=state.suggestion.key,
            label_visibility="collapsed",
            on_change=_say,
            args=(state, send),
        )


def _say(state: PageState, send: Callable[[str], object]) -> None:
    message = state.suggestion.one_of(SUGGESTIONS)
    state.suggestion.put(None)
    if message:
        send(message)
