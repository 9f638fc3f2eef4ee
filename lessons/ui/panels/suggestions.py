"""Messages that the offline model can answer, above the message box: one press sends one."""

from collections.abc import Callable

import streamlit as st

from lessons.frame.meaning import tells_a_name
from lessons.kit.items import Item, read
from lessons.kit.models.providers import active_provider
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.page.state import PageState

TELL, ASK, FIRST, ABLE, SESSION = (
    "My name is Alice",
    "What is my name?",
    "What did I say first?",
    "What can you do?",
    "What is a session?",
)


def suggestions(items: list[Item]) -> tuple[str, ...]:
    """Three messages that fit what is stored, without the newest one: its answer is there already."""
    if any(map(tells_a_name, items)):
        fit: tuple[str, ...] = ASK, FIRST, ABLE, SESSION
    else:
        fit = (TELL, ASK, FIRST, ABLE) if items else (TELL, SESSION, ABLE)
    newest = next((item.text for item in reversed(items) if item.kind == "user"), "")
    return tuple(message for message in fit if message != newest)[:3]


def suggested(shown: ShownRows) -> tuple[str, ...]:
    """The same for what a page shows; none with a real model, which can answer anything."""
    if not active_provider().is_offline:
        return ()
    return suggestions([read(shown.made_of(row).data or row.data) for row in shown.page.rows])


def draw_suggestions(state: PageState, offered: tuple[str, ...], send: Callable[[str], object]) -> None:
    """Draw them; nothing where none is offered."""
    if offered:
        st.pills(
            "Messages that the offline model can answer",
            offered,
            key=state.suggestion.key,
            label_visibility="collapsed",
            on_change=_say,
            args=(state, offered, send),
        )


def _say(state: PageState, offered: tuple[str, ...], send: Callable[[str], object]) -> None:
    message = state.suggestion.one_of(offered)
    state.suggestion.put(None)
    if message:
        send(message)
