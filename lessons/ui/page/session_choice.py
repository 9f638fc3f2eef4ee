"""What the learner chooses above the chat: the store, the session, and whether the run has one at all."""

from dataclasses import dataclass

import streamlit as st

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.frame.entry import Entry
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.store import Store
from lessons.kit.turns.desk import Desk
from lessons.ui.page import address
from lessons.ui.page.refusal_box import refusal_shown

SESSION_ID_LIMIT = 64


@dataclass(frozen=True)
class Choice:
    """The session that the page shows, and whether the next message is sent with it."""

    store: Store
    session_id: str
    with_session: bool


def choose(entry: Entry, desk: Desk) -> Choice:
    """Read the choice from the address, or from the widgets once they were used."""
    state, kept = st.session_state, f"choice-{entry.slug}"
    if state.get("choice-of") != entry.slug or "session" not in state:
        # Streamlit drops a widget's value when another page is shown; the last choice is kept beside it.
        session_id, store, with_session = state.get(kept, (entry.session_id, entry.usable_stores[0], True))
        state["choice-of"] = entry.slug
        state["store"] = address.text("store") if _by_link(address.text("store"), entry) else store
        state["session"] = _session_id(address.text("session"), desk.store(state["store"]), session_id)
        state["with-session"] = with_session
    # Assigned to itself, so that Streamlit keeps the value while the widget is not drawn.
    state["store"] = state["store"] or entry.usable_stores[0]
    state["session"] = _session_id(state["session"], desk.store(state["store"]), entry.session_id)
    state["with-session"] = state["with-session"]
    state[kept] = state["session"], state["store"], state["with-session"]
    address.put(store=state["store"], session=state["session"])
    return Choice(desk.store(state["store"]), state["session"], state["with-session"])


def _by_link(store: str | None, entry: Entry) -> bool:
    """Whether an address may choose this store: not one that gives rows to somebody else."""
    return store in entry.usable_stores and not store_kinds()[store].is_outside


def draw_choice(entry: Entry, desk: Desk, choice: Choice) -> None:
    kinds, busy = store_kinds(), bool(desk.running())
    with st.container(key="choice", gap="small"):
        ids, stores = st.columns(2, gap="small")
        ids.selectbox(
            "Session id",
            _known_sessions(choice),
            key="session",
            accept_new_options=True,
            help="Choose an id, or type a new one. The id alone decides which rows are read.",
            on_change=_forget_row,
        )
        stores.selectbox(
            "Stored",
            entry.usable_stores,
            format_func=lambda name: kinds[name].label,
            key="store",
            help=_not_usable(entry),
            on_change=_forget_row,
        )
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.toggle(
                "Run with this session",
                key="with-session",
                help="Off: the next message is sent without a session. Nothing is read and nothing is stored.",
            )
            st.button(
                "Restart",
                icon=":material/restart_alt:",
                type="tertiary",
                key="restart",
                disabled=busy,
                help="Drop every handle you have open, as a restart of the server does. The next run opens them again.",
                on_click=_restart,
                args=(entry, desk, choice),
            )


def _not_usable(entry: Entry) -> str | None:
    """What to do to have the other stores of this lesson."""
    kinds = store_kinds()
    lacking = [
        f"{kinds[name].label}: {kinds[name].missing()}" for name in entry.offered_stores if kinds[name].missing()
    ]
    return "\n\n".join(lacking) or None


def _known_sessions(choice: Choice) -> list[str]:
    try:
        stored = choice.store.session_ids()
    except Refused:
        stored = []
    return list(dict.fromkeys([choice.session_id, *stored]))


def _session_id(value: str | None, store: Store, otherwise: str) -> str:
    """A session id as it is stored; a new one without what cannot be typed, and not longer than is sensible."""
    typed = "".join(letter for letter in (value or "") if letter.isprintable()).strip()[:SESSION_ID_LIMIT]
    if value is not None and (value != typed or not typed) and _is_stored(value, store):
        return value
    return typed or otherwise


def _is_stored(session_id: str, store: Store) -> bool:
    try:
        return any(table.rows for table in store.picture(session_id))
    except Refused:
        return False


def _forget_row() -> None:
    address.put(row=None)
    st.session_state.pop("rows-place", None)


def _restart(entry: Entry, desk: Desk, choice: Choice) -> None:
    with refusal_shown():
        here = walk.Walk(load_lesson(entry.slug), desk, choice.store.name, active_provider())
        walk.start_restart(here, choice.session_id)
    address.put(row=None)
