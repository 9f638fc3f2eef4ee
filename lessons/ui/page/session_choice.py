"""What the learner chooses next to the message box: the store, the session, and whether the run has one at all."""

from dataclasses import dataclass

import streamlit as st

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.frame.entry import Entry
from lessons.frame.undo_message import start_undo
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.problem import Refused
from lessons.kit.row_ref import RowRef
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.store import RowReader, Store
from lessons.kit.turns.desk import Desk
from lessons.ui.page import address
from lessons.ui.page.refusal_box import Parts, draw_start_over, notice, refusal_shown
from lessons.ui.page.state import SHOWN_PAGE, LastChoice, PageState
from lessons.ui.projector.view import odd_view
from lessons.ui.widgets.markup import plain, text

SESSION_ID_LIMIT = 64


@dataclass(frozen=True)
class Choice:
    """What the page shows: a store, a session and the chosen row in it; and whether the next message uses the session."""

    store: Store
    session_id: str
    with_session: bool
    row: RowRef | None = None


def choose(entry: Entry, desk: Desk) -> Choice:
    """Read the choice from the address, or from the widgets once they were used."""
    state = PageState(entry.slug)
    if SHOWN_PAGE.get() != entry.slug or not state.session_id.exists:
        # Streamlit drops a widget's value when another page is shown; the last choice is kept next to it.
        last = state.last_choice.get() or _left_at(entry, desk)
        asked = address.text("store") or None
        SHOWN_PAGE.put(entry.slug)
        why_not = "" if asked is None else _why_not_by_link(asked, entry)
        state.store.put(asked if asked is not None and not why_not else last.store)
        odd = []
        if why_not and asked != last.store:
            odd.append(f"{why_not} This page shows {store_kinds()[_store(state, entry)].label}.")
        store, named = desk.store(_store(state, entry)), address.text("session")
        session_id = _session_id(named, store, last.session_id)
        if named and named != session_id:
            odd.append(
                f"The address names the session {address.cut(named)!r}, which is too long or cannot be typed. This page "
                f"shows {address.cut(session_id)!r}."
            )
        odd += [*_odd_turn(desk), *_odd_row(store, session_id), *odd_view()]
        if odd:
            notice(state, f'<p class="note asked-above" role="status">{text(" ".join(odd))}</p>')
        state.session_id.put(session_id)
        state.with_session.put(last.with_session)
    store = desk.store(_store(state, entry))
    session_id = _session_id(state.session_id.get(), store, entry.session_id)
    with_session = state.with_session.get()
    # Put there again, so that Streamlit keeps the values while the widgets are not drawn.
    state.store.put(store.name)
    state.session_id.put(session_id)
    state.with_session.put(with_session)
    state.last_choice.put(LastChoice(session_id, store.name, with_session))
    row = address.row(store.name, session_id)
    if row is not None and not row.is_in(store.name, session_id):
        row = None  # it was chosen in the session that was shown before
        address.put(row=None)
    address.put(store=store.name, session=session_id)
    return Choice(store, session_id, with_session, row)


def _left_at(entry: Entry, desk: Desk) -> LastChoice:
    """Where the visitor left the lesson: the session and the store of the last turn that used one."""
    for record in reversed(desk.records):
        used = [record.session_id, *(ledger.session_id for ledger in record.other_ledgers)]
        session_id = next((one for one in used if one is not None), None)
        if session_id is not None and record.store in entry.usable_stores:
            return LastChoice(session_id, record.store, True)
    return LastChoice(entry.session_id, entry.usable_stores[0], True)


def choose_row(entry: Entry, choice: Choice, row: RowRef) -> None:
    """Mark this row from the next script run on, in its own session. If it is marked already, remove the mark."""
    if row == choice.row:
        address.put(row=None)
    elif row.is_in(choice.store.name, choice.session_id):
        address.put(row=row.key)
    elif not _why_not_by_link(row.store, entry):
        show_session(PageState(entry.slug), row.session_id, row.store)
        address.put(store=row.store, session=row.session_id, row=row.key)


def show_session(state: PageState, session_id: str, store: str) -> None:
    """Have the page show this session of this store from the next script run on."""
    state.session_id.put(session_id)
    state.store.put(store)
    state.rows_from.forget()
    state.opened_lines.forget()


def _store(state: PageState, entry: Entry) -> str:
    chosen = state.store.get()
    return chosen if chosen in entry.usable_stores else entry.usable_stores[0]


def _why_not_by_link(store: str, entry: Entry) -> str:
    """Why a link cannot choose this store; '' if it can. A link must not send rows to another company."""
    kind = store_kinds().get(store)
    if kind is None:
        return f"The address names the store {address.cut(store)!r}, which does not exist."
    if store not in entry.offered_stores:
        return f"The address names the store {kind.label!r}, which this lesson does not offer."
    if kind.missing():
        return f"The address names the store {kind.label!r}, which cannot be used here. {kind.missing()}"
    if kind.is_outside:
        return f"The address names the store {kind.label!r}. It sends your rows to another company: only you can choose it."
    return ""


def draw_choice(entry: Entry, desk: Desk, choice: Choice, parts: Parts) -> None:
    """Draw the choices on the line of the message box."""
    kinds, state = store_kinds(), PageState(entry.slug)
    with st.container(key="choice", horizontal=True, vertical_alignment="center", gap="small"):
        st.selectbox(
            "Session id",
            _known_sessions(choice, parts),
            key=state.session_id.key,
            accept_new_options=True,
            format_func=plain,
            label_visibility="collapsed",
            on_change=_forget_row,
            args=(state,),
        )
        st.selectbox(
            "Stored",
            entry.usable_stores,
            format_func=lambda name: kinds[name].label,
            key=state.store.key,
            label_visibility="collapsed",
            on_change=_forget_row,
            args=(state,),
        )
        st.toggle(
            "With session",
            key=state.with_session.key,
            help="Off: the next message is sent without a session. Nothing is read and nothing is stored.",
        )
        st.button(
            "Restart",
            icon=":material/restart_alt:",
            type="tertiary",
            key=state.key("restart"),
            help="Drop every handle you have open, as a restart of the server does. The next run opens them again.",
            on_click=_restart,
            args=(entry, desk, choice),
        )
        st.button(
            "Undo",
            icon=":material/undo:",
            type="tertiary",
            key=state.key("undo-message"),
            help="Remove the rows of your newest message in this session, and of its whole turn, if no other row came after.",
            on_click=_undo,
            args=(entry, desk, choice),
        )
        draw_start_over(desk, "start-over")


def not_usable(entry: Entry) -> str | None:
    """What to install or set for the stores of this lesson that cannot be used here; None if all can be used."""
    kinds = store_kinds()
    lacking = [
        f"{kinds[name].label}: {kinds[name].missing()}" for name in entry.offered_stores if kinds[name].missing()
    ]
    return "\n\n".join(lacking) or None


def _known_sessions(choice: Choice, parts: Parts) -> list[str]:
    stored: list[str] = []
    try:
        stored = choice.store.session_ids()
    except Refused as refused:
        parts.say(refused.problem)
    return list(dict.fromkeys([choice.session_id, *stored]))


def _session_id(value: str | None, store: RowReader, otherwise: str) -> str:
    """A stored session id as it is; a new one without characters that cannot be typed, cut to SESSION_ID_LIMIT."""
    typed = "".join(letter for letter in (value or "") if letter.isprintable()).strip()[:SESSION_ID_LIMIT]
    if value is not None and (value != typed or not typed) and _is_stored(value, store):
        return value
    return typed or otherwise


def _odd_turn(desk: Desk) -> list[str]:
    """Why the turn in the address cannot be explained."""
    asked = address.text("turn")
    if not asked or any(record.id == asked for record in desk.records):
        return []
    instead = ["This page explains another one."] if desk.records else []
    return [f"The address names the turn {address.cut(asked)!r}, which is not kept here.", *instead]


def _odd_row(store: Store, session_id: str) -> list[str]:
    """Why the row in the address cannot be marked."""
    asked, row = address.text("row"), address.row(store.name, session_id)
    if not asked:
        return []
    if row is None:
        return [f"The address names the row {address.cut(asked)!r}, which is not a whole number above 0."]
    if not row.is_in(store.name, session_id):
        return []
    try:
        found = store.page(session_id, after=row.key - 1, limit=1).rows
    except Refused:
        return []  # the page says why it cannot be read
    if found and found[0].key == row.key:
        return []
    return [f"The address names row {row.key}, which is not in this session now: it was removed, or never stored."]


def _is_stored(session_id: str, store: RowReader) -> bool:
    try:
        return any(table.rows for table in store.picture(session_id))
    except Refused:
        return False


def _forget_row(state: PageState) -> None:
    address.put(row=None, turn=None)
    state.rows_from.forget()
    state.opened_lines.forget()


def _restart(entry: Entry, desk: Desk, choice: Choice) -> None:
    if desk.running():  # the button stays enabled, so that it keeps the focus
        return
    with refusal_shown(PageState(entry.slug)):
        here = walk.Walk(load_lesson(entry.slug), desk, choice.store.name, active_provider())
        walk.start_restart(here, choice.session_id)
    address.put(row=None)


def _undo(entry: Entry, desk: Desk, choice: Choice) -> None:
    if desk.running():  # the button stays enabled, so that it keeps the focus
        return
    state = PageState(entry.slug)
    with refusal_shown(state):
        here = walk.Walk(load_lesson(entry.slug), desk, choice.store.name, active_provider())
        start_undo(here, choice.session_id)
    address.put(row=None, turn=None, step=None)
