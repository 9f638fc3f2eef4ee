"""The four operations of a session beside the chat: each with its arguments, and the call as code."""

import streamlit as st

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.frame.entry import Entry
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.problem import Refused
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.session_operations import METHODS, Operation, items_from_json, message_item
from lessons.ui.page import address
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import Choice
from lessons.ui.widgets.markup import problem_box

WHAT = {
    "get_items": "Read items",
    "add_items": "Add items",
    "pop_item": "Pop the newest",
    "clear_session": "Clear",
}
EXAMPLE = '[{"role": "system", "content": "The user\'s name is Alice."}]'
SHOWN = 2_000
"""Characters of the call that are drawn as code."""


def draw_operations(entry: Entry, desk: Desk, choice: Choice) -> None:
    with st.container(border=True, key="operations"):
        method = st.segmented_control(
            "Call a method of the session",
            METHODS,
            default="get_items",
            required=True,
            format_func=lambda name: WHAT[name],
            key="operation",
        )
        _draw_arguments(method)
        fault = None
        try:
            _draw_code(_operation().code)
        except Refused as refused:
            fault = refused
            st.html(problem_box(refused.problem))
        st.button(
            "Call it",
            icon=":material/play_arrow:",
            key="call-operation",
            disabled=bool(desk.running()) or fault is not None,
            on_click=_call,
            args=(entry, desk, choice),
        )


def _draw_arguments(method: str) -> None:
    if method == "get_items":
        st.number_input(
            "limit", value=None, min_value=-1, max_value=1_000, placeholder="none: all items", key="operation-limit"
        )
    elif method == "add_items":
        form = st.segmented_control(
            "Items",
            ("A message", "JSON"),
            default="A message",
            required=True,
            key="items-form",
            label_visibility="collapsed",
        )
        if form == "JSON":
            st.text_area("Items as JSON", EXAMPLE, key="items-json", height=110)
        else:
            st.selectbox("role", ("system", "user", "assistant"), key="item-role")
            st.text_input("text", "The user's name is Alice.", key="item-text")


def _draw_code(code: str) -> None:
    st.code(code[:SHOWN], language="python", wrap_lines=True)
    if len(code) > SHOWN:
        st.html(f'<p class="caption">The first {SHOWN:,} of {len(code):,} characters.</p>')


def _operation() -> Operation:
    """The operation as the widgets say now. Raises Refused for items that cannot be added."""
    state = st.session_state
    match state["operation"]:
        case "get_items":
            return Operation("get_items", limit=state.get("operation-limit"))
        case "add_items" if state.get("items-form") == "JSON":
            return Operation("add_items", items=items_from_json(state.get("items-json", "")))
        case "add_items":
            role, words = state.get("item-role", "system"), state.get("item-text", "")
            return Operation("add_items", items=message_item(role, words))
        case method:
            return Operation(method)


def _call(entry: Entry, desk: Desk, choice: Choice) -> None:
    address.put(row=None, step=None)
    with refusal_shown():
        # What is typed and called with one click arrives together: what was drawn before is not what is meant.
        operation = _operation()
        here = walk.Walk(load_lesson(entry.slug), desk, choice.store.name, active_provider())
        walk.start_operation(here, operation, choice.session_id)
