"""The four operations of a session beside the chat: each with its arguments, and the call as code."""

import streamlit as st

from lessons import walk
from lessons.course import Entry, load_lesson
from lessons.kit.desk import Desk
from lessons.kit.operations import METHODS, Operation, items_from_json, message_item
from lessons.kit.providers import active_provider
from lessons.kit.records import Refused
from lessons.ui import address
from lessons.ui.markup import problem_box
from lessons.ui.playground import Choice
from lessons.ui.refusal import refusal_shown

WHAT = {
    "get_items": "Read items",
    "add_items": "Add items",
    "pop_item": "Pop the newest",
    "clear_session": "Clear",
}
EXAMPLE = '[{"role": "system", "content": "The user\'s name is Alice."}]'


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
        operation, fault = _arguments(method)
        if fault is not None:
            st.html(problem_box(fault.problem))
        else:
            st.code(operation.code, language="python", wrap_lines=True)
        st.button(
            "Call it",
            icon=":material/play_arrow:",
            key="call-operation",
            disabled=bool(desk.under_way()) or fault is not None,
            on_click=_call,
            args=(entry, desk, choice, operation),
        )


def _arguments(method: str) -> tuple[Operation, Refused | None]:
    """The operation as the widgets say, and why it cannot be called if it cannot."""
    if method == "get_items":
        limit = st.number_input(
            "limit", value=None, min_value=-1, max_value=1_000, placeholder="none: all items", key="operation-limit"
        )
        return Operation("get_items", limit=limit), None
    if method == "add_items":
        return _items_to_add()
    return Operation(method), None


def _items_to_add() -> tuple[Operation, Refused | None]:
    form = st.segmented_control(
        "Items",
        ("A message", "JSON"),
        default="A message",
        required=True,
        key="items-form",
        label_visibility="collapsed",
    )
    try:
        if form == "JSON":
            items = items_from_json(st.text_area("Items as JSON", EXAMPLE, key="items-json", height=110))
        else:
            role = st.selectbox("role", ("system", "user", "assistant"), key="item-role")
            items = message_item(role, st.text_input("text", "The user's name is Alice.", key="item-text"))
    except Refused as refused:
        return Operation("add_items"), refused
    return Operation("add_items", items=items), None


def _call(entry: Entry, desk: Desk, choice: Choice, operation: Operation) -> None:
    address.put(row=None, step=None)
    with refusal_shown():
        walk.start_operation(
            desk, load_lesson(entry.slug), operation, choice.session_id, choice.store.name, active_provider()
        )
