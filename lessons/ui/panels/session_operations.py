"""The four methods of a session: each with its arguments, and the call as code."""

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
from lessons.ui.page.state import PageState
from lessons.ui.widgets.fields import LONGEST_TEXT, draw_whole_number, whole
from lessons.ui.widgets.markup import plain, problem_box

WHAT = {
    "get_items": "Read items",
    "add_items": "Add items",
    "pop_item": "Pop the newest",
    "clear_session": "Clear",
}
EXAMPLE = '[{"role": "system", "content": "The user\'s name is Alice."}]'
SHOWN = 2_000
"""The most characters of the call that are drawn as code."""


def draw_operations(entry: Entry, desk: Desk, choice: Choice) -> None:
    with st.container(border=True, key="operations"):
        state = PageState(entry.slug)
        method = st.segmented_control(
            "Method of the session",
            METHODS,
            default="get_items",
            required=True,
            format_func=lambda name: WHAT[name],
            key=state.operation.key,
        )
        _draw_arguments(method, state)
        fault = None
        try:
            _draw_code(_operation(state).code)
        except Refused as refused:
            fault = refused
            st.html(problem_box(refused.problem))
        st.button(
            "Call it",
            icon=":material/play_arrow:",
            key=state.key("call-operation"),
            disabled=bool(desk.running()) or fault is not None,
            on_click=_call,
            args=(entry, desk, choice),
        )


def _draw_arguments(method: str, state: PageState) -> None:
    if method == "get_items":
        draw_whole_number("limit", state.operation_limit.key, -1, 1_000, "none: all items", empty=True)
    elif method == "add_items":
        form = st.segmented_control(
            "Items",
            ("A message", "JSON"),
            default="A message",
            required=True,
            key=state.items_form.key,
            label_visibility="collapsed",
        )
        if form == "JSON":
            st.text_area("Items as JSON", EXAMPLE, key=state.items_json.key, height=110, max_chars=LONGEST_TEXT)
        else:
            st.selectbox("role", ("system", "user", "assistant"), key=state.item_role.key)
            st.text_input("text", "The user's name is Alice.", key=state.item_text.key, max_chars=LONGEST_TEXT)


def _draw_code(code: str) -> None:
    st.code(plain(code[:SHOWN]), language="python", wrap_lines=True)
    if len(code) > SHOWN:
        st.html(f'<p class="caption">The first {SHOWN:,} of {len(code):,} characters.</p>')


def _operation(state: PageState) -> Operation:
    """The operation as the widgets say now. Raises Refused for items that cannot be added."""
    match state.operation.get():
        case "get_items":
            return Operation("get_items", limit=whole(state.operation_limit.get(), "limit"))
        case "add_items" if state.items_form.get() == "JSON":
            return Operation("add_items", items=items_from_json(state.items_json.get()))
        case "add_items":
            return Operation("add_items", items=message_item(state.item_role.get(), state.item_text.get()))
        case method:
            return Operation(method)


def _call(entry: Entry, desk: Desk, choice: Choice) -> None:
    address.put(row=None, step=None)
    state = PageState(entry.slug)
    with refusal_shown(state):
        # A typed text and the click can arrive together: the fields are read now, since the drawn call can be an older one.
        operation = _operation(state)
        here = walk.Walk(load_lesson(entry.slug), desk, choice.store.name, active_provider())
        walk.start_operation(here, operation, choice.session_id)
