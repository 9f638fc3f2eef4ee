"""The state of a page that is in its address, such as visitor, session, store, step, turn and row."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lessons.kit.row_ref import RowRef
from lessons.kit.visitors.workspace import is_visitor, new_visitor
from lessons.ui.page.state import TOLD, VISITOR

REPEATED = 40
"""The most characters of a value from the address that a page repeats."""


def visitor() -> str:
    """The visitor's unguessable name: from the address, or a new one that is put there."""
    asked = st.query_params.get("visitor")
    if is_visitor(asked):
        name = str(asked)
    else:
        if asked is not None:
            st.html(
                '<p class="note" role="status">The address does not name a visitor. You are now a new visitor, with empty '
                "tables. Check the link that you followed.</p>"
            )
        # Going to another page takes everything out of the address.
        name = VISITOR.get() or new_visitor()
        put(visitor=name)
    VISITOR.put(name)
    return name


def number(name: str) -> int | None:
    """A whole number above 0 from the address, or None."""
    text = st.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 16 and int(text) > 0 else None


def beyond(name: str, last: int, place: str) -> str:
    """Words for a number in the address that is not from 1 to `last`; '' if it is, or if the address has none."""
    asked = st.query_params.get(name, "")
    if not asked or 1 <= (number(name) or 0) <= last:
        return ""
    return f"The address names the {name} {cut(asked)!r}. {place} has {name}s 1 to {last}."


def cut(asked: str) -> str:
    """What a visitor has put into the address, as far as a page repeats it."""
    return asked[:REPEATED]


def text(name: str) -> str | None:
    return st.query_params.get(name)


def row(store: str, session_id: str) -> RowRef | None:
    """The row in the address. `store` and `session_id` are what the page shows: they are taken if the address names none."""
    key, in_store, in_session = number("row"), text("store"), text("session")
    if key is None:
        return None
    return RowRef(store if in_store is None else in_store, session_id if in_session is None else in_session, key)


def put(**values: str | int | None) -> None:
    """Write these into the address; None removes one."""
    now = st.query_params.to_dict()
    wanted = {**now, **{name: str(value) for name, value in values.items()}}
    for name, value in values.items():
        if value is None:
            del wanted[name]
    if wanted != now:
        _tell(wanted)


def settle() -> None:
    """Have the browser show the address of the page that was drawn. Called at the end of each run.

    A browser can ask for a run before it was told of the last change: the page is then drawn for the address from before, and
    the browser would show the other one.
    """
    now, told = st.query_params.to_dict(), TOLD.get()
    if getattr(get_script_run_ctx(), "is_history_navigation", False):
        TOLD.put(now)  # the visitor went back: that address is where they want to be
    elif told is not None and told != now:
        _tell(now)


def _tell(address: dict[str, str]) -> None:
    st.query_params.from_dict(address)
    TOLD.put(address)


def query(**values: str | int | None) -> str:
    """The current address's query with these values changed, for a link."""
    from urllib.parse import urlencode

    kept = {name: st.query_params[name] for name in ("visitor", "store", "session", "step") if name in st.query_params}
    return "?" + urlencode({name: value for name, value in {**kept, **values}.items() if value is not None})
