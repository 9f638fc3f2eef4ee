"""The sessions of the store: searched, sorted and paged; switched, created, described, renamed and deleted."""

import streamlit as st

from lessons import walk
from lessons.course import Entry, load_lesson
from lessons.kit.desk import Desk
from lessons.kit.operations import Operation
from lessons.kit.providers import active_provider
from lessons.kit.records import Refused
from lessons.kit.stores.session_list import SORTS, Metadata, SessionPage, SessionSummary
from lessons.ui import address
from lessons.ui.markup import problem_box, text
from lessons.ui.playground import Choice
from lessons.ui.refusal import refusal_shown
from lessons.ui.walkthrough import show_session

LIMIT = 64


def draw_switcher(entry: Entry, desk: Desk, choice: Choice) -> None:
    with st.container(border=True, key="switcher"):
        search, sort = st.columns(2, gap="small")
        asked = search.text_input("Search sessions", key="session-search", placeholder="id, owner, title, tag")
        order = sort.selectbox("Order", tuple(SORTS), key="session-order")
        try:
            page = choice.store.sessions(asked.strip(), order, st.session_state.get("session-page", 1))
        except Refused as refused:
            st.html(problem_box(refused.problem))
            return
        st.html(f'<p class="caption">{_counted(page, asked)}</p>')
        for number, session in enumerate(page.sessions):
            _draw_session(session, number, choice)
        if page.pages > 1:
            st.pagination(page.pages, key="session-page", max_visible_pages=5)
        _draw_actions(entry, desk, choice, page)


def _counted(page: SessionPage, asked: str) -> str:
    word = "session" if page.found == 1 else "sessions"
    return f"{page.found:,} {word}" + (" found" if asked.strip() else " in this store") + " · times in UTC"


def _draw_session(session: SessionSummary, number: int, choice: Choice) -> None:
    chosen = session.session_id == choice.session_id
    with st.container(key=f"session-{number}", gap=None):
        st.button(
            _label(session),
            key=f"open-session-{number}",
            type="tertiary",
            icon=":material/radio_button_checked:" if chosen else ":material/radio_button_unchecked:",
            on_click=_open,
            args=(session.session_id, choice.store.name),
        )
        st.html(f'<p class="session-facts">{_facts(session)}</p>')


def _label(session: SessionSummary) -> str:
    """The id as a button shows it: buttons read Markdown, and an id may hold anything."""
    shown = session.session_id if len(session.session_id) <= LIMIT else session.session_id[:LIMIT] + "…"
    printable = "".join(letter if letter.isprintable() else "·" for letter in shown)
    return (
        "".join(f"\\{letter}" if letter in r"\`*_{}[]()#+-.!|~>:$<&^=" else letter for letter in printable) or "(empty)"
    )


def _facts(session: SessionSummary) -> str:
    known = session.metadata
    items = f"{session.items:,} {'item' if session.items == 1 else 'items'}"
    parts = [known.title or session.first_line or "no message", known.owner, *(f"#{tag}" for tag in known.tags)]
    times = f"created {session.created_at[5:16]} · used {session.updated_at[5:16]}"
    return (
        f'{" · ".join(text(part, 60) for part in parts if part)}<br><span class="quiet">{items} · {text(times)}</span>'
    )


def _draw_actions(entry: Entry, desk: Desk, choice: Choice, page: SessionPage) -> None:
    busy = bool(desk.under_way())
    stored = {session.session_id: session for session in page.sessions}.get(choice.session_id)
    with st.container(horizontal=True, gap="small"):
        with st.popover("New", icon=":material/add:", key="new-session", on_change="rerun") as new:
            if new.open:
                st.text_input("Id of the new session", key="new-session-id", max_chars=LIMIT)
                st.button("Create", key="create-session", on_click=_create, args=(choice,))
        if stored is None:
            return
        if choice.store.keeps_metadata:
            with st.popover("Describe", icon=":material/edit:", key="describe-session", on_change="rerun") as describe:
                if describe.open:
                    _draw_description(stored, desk, choice, busy)
        with st.popover("Delete", icon=":material/delete:", key="delete-session", on_change="rerun") as delete:
            if delete.open:
                _draw_deletion(entry, desk, stored, choice, busy)


def _draw_description(session: SessionSummary, desk: Desk, choice: Choice, busy: bool) -> None:
    known = session.metadata
    st.html('<p class="look-for">Kept in a table of the app\'s own. The SDK knows none of it.</p>')
    with st.form("describe", border=False):
        st.text_input("Id", session.session_id, max_chars=LIMIT, key="describe-id")
        st.text_input("Owner", known.owner, max_chars=LIMIT, key="describe-owner")
        st.text_input("Title", known.title, max_chars=120, key="describe-title")
        st.text_input("Tags, with commas between them", ", ".join(known.tags), max_chars=120, key="describe-tags")
        st.form_submit_button("Save", disabled=busy, on_click=_save, args=(session, desk, choice))


def _draw_deletion(entry: Entry, desk: Desk, session: SessionSummary, choice: Choice, busy: bool) -> None:
    items = f"{session.items:,} {'row' if session.items == 1 else 'rows'}"
    st.html(
        f'<p class="look-for">This deletes <strong>{text(session.session_id, 60)}</strong>: {items} of items, its row in the '
        "sessions table with created_at, and what the app knows of it. Other sessions stay.</p>"
    )
    st.button(
        f"Delete {items}",
        key="confirm-delete-session",
        type="primary",
        disabled=busy,
        on_click=_delete,
        args=(entry, desk, choice),
    )


def _open(session_id: str, store: str) -> None:
    show_session(session_id, store)
    address.put(row=None, step=None)


def _create(choice: Choice) -> None:
    wanted = (st.session_state.get("new-session-id") or "").strip()
    if wanted:
        # Nothing is stored yet: the SDK makes the session's row with its first item.
        _open(wanted, choice.store.name)


def _save(session: SessionSummary, desk: Desk, choice: Choice) -> None:
    state = st.session_state
    wanted = state["describe-id"].strip() or session.session_id
    metadata = Metadata(state["describe-owner"].strip(), state["describe-title"].strip(), _tags(state["describe-tags"]))

    def save() -> None:
        choice.store.describe(session.session_id, metadata)
        if wanted != session.session_id:
            choice.store.rename(session.session_id, wanted)

    with refusal_shown():
        desk.exclusively(save)
        _open(wanted, choice.store.name)


def _tags(text_: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.strip() for tag in text_.split(",") if tag.strip()))


def _delete(entry: Entry, desk: Desk, choice: Choice) -> None:
    with refusal_shown():
        walk.start_operation(
            desk,
            load_lesson(entry.slug),
            Operation("clear_session"),
            choice.session_id,
            choice.store.name,
            active_provider(),
        )
    address.put(row=None, step=None)
