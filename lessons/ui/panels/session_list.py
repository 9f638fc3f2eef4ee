"""The sessions of the store: searched, sorted and paged; switched, created, described, renamed and deleted."""

import streamlit as st

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.frame.entry import Entry
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.counted import counted
from lessons.kit.stores.session_list import Metadata, SessionPage, SessionSummary
from lessons.kit.stores.sqlite.session_list import SORTS
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.session_operations import Operation
from lessons.ui.page import address
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import Choice, show_session
from lessons.ui.page.state import PageState
from lessons.ui.widgets.fields import LONGEST_TEXT
from lessons.ui.widgets.markup import as_code, text

LIMIT = 64
FIELDS = ("id", "owner", "title", "tags")


def draw_switcher(entry: Entry, desk: Desk, choice: Choice) -> None:
    state = PageState(entry.slug)
    with st.container(border=True, key="switcher"):
        search, sort = st.columns(2, gap="small")
        asked = search.text_input(
            "Search sessions",
            key=state.session_search.key,
            max_chars=LONGEST_TEXT,
            placeholder="id, owner, title, tag",
            on_change=state.session_page.forget,
        )
        order = sort.selectbox("Order", tuple(SORTS), key=state.session_order.key, on_change=state.session_page.forget)
        page = choice.store.sessions(asked.strip(), order, state.session_page.get() or 1)
        st.html(f'<p class="caption">{_found(page, asked)}</p>')
        for number, session in enumerate(page.sessions):
            _draw_session(session, number, state, choice)
        if page.pages > 1:
            st.pagination(page.pages, key=state.session_page.key, max_visible_pages=5)
        _draw_actions(entry, desk, choice, page)


def _found(page: SessionPage, asked: str) -> str:
    return counted(page.found, "session") + (" found" if asked.strip() else " in this store") + " · times in UTC"


def _draw_session(session: SessionSummary, number: int, state: PageState, choice: Choice) -> None:
    chosen = session.session_id == choice.session_id
    with st.container(key=f"session-{number}", gap=None):
        st.button(
            _label(session),
            key=state.key(f"open-session-{number}"),
            type="tertiary",
            icon=":material/radio_button_checked:" if chosen else ":material/radio_button_unchecked:",
            on_click=_open,
            args=(state, session.session_id, choice.store.name),
        )
        st.html(f'<p class="session-facts">{_facts(session)}</p>')


def _label(session: SessionSummary) -> str:
    id_ = session.session_id
    return as_code(id_ if len(id_) <= LIMIT else id_[:LIMIT] + "…")


def _facts(session: SessionSummary) -> str:
    known = session.metadata
    items = counted(session.items, "item")
    parts = [known.title or session.first_line or "no message", known.owner, *(f"#{tag}" for tag in known.tags)]
    times = f"created {session.created_at[5:16]} · used {session.updated_at[5:16]}"
    return (
        f'{" · ".join(text(part, 60) for part in parts if part)}<br><span class="quiet">{items} · {text(times)}</span>'
    )


def _draw_actions(entry: Entry, desk: Desk, choice: Choice, page: SessionPage) -> None:
    busy, state = bool(desk.running()), PageState(entry.slug)
    stored = {session.session_id: session for session in page.sessions}.get(choice.session_id)
    with st.container(horizontal=True, gap="small"):
        with st.popover("New", icon=":material/add:", key=state.key("new-session")):
            st.text_input("Id of the new session", key=state.new_session_id.key, max_chars=LIMIT)
            st.button("Create", key=state.key("create-session"), on_click=_create, args=(state, choice))
        if stored is None:
            return
        if choice.store.keeps_metadata:
            with st.popover("Describe", icon=":material/edit:", key=state.key("describe-session")):
                _draw_description(stored, state, desk, choice, busy)
        with st.popover("Delete", icon=":material/delete:", key=state.key("delete-session")):
            _draw_deletion(entry, desk, stored, choice, busy)


def _draw_description(session: SessionSummary, state: PageState, desk: Desk, choice: Choice, busy: bool) -> None:
    known, id_limit = session.metadata, max(LIMIT, len(session.session_id))
    id_, owner, title, tags = (state.session_field(name, session.session_id) for name in FIELDS)
    st.html('<p class="look-for">Kept in the app\'s own table. The SDK does not know it.</p>')
    # Each session has its own fields: what is typed for one must not be saved for the next.
    with st.form(f"describe-{session.session_id}", border=False):
        st.text_input("Id", session.session_id, max_chars=id_limit, key=id_.key)
        st.text_input("Owner", known.owner, max_chars=LIMIT, key=owner.key)
        st.text_input("Title", known.title, max_chars=120, key=title.key)
        st.text_input("Tags, with commas between them", ", ".join(known.tags), max_chars=120, key=tags.key)
        st.form_submit_button("Save", disabled=busy, on_click=_save, args=(session, state, desk, choice))


def _draw_deletion(entry: Entry, desk: Desk, session: SessionSummary, choice: Choice, busy: bool) -> None:
    items = counted(session.items, "row")
    also = (
        ", its row in the sessions table with created_at" if choice.store.medium != "JSON file" else ", with their file"
    )
    if choice.store.keeps_metadata:
        also += ", and what the app knows of it"
    st.html(
        f'<p class="look-for">This deletes <strong>{text(session.session_id, 60)}</strong>: {items} of items{also}. '
        "Other sessions stay.</p>"
    )
    st.button(
        f"Delete {items}",
        key=PageState(entry.slug).key("confirm-delete-session"),
        type="primary",
        disabled=busy,
        on_click=_delete,
        args=(entry, desk, choice),
    )


def _open(state: PageState, session_id: str, store: str) -> None:
    show_session(state, session_id, store)
    address.put(row=None, step=None)


def _create(state: PageState, choice: Choice) -> None:
    wanted = (state.new_session_id.get() or "").strip()
    if wanted:
        # Nothing is stored yet: the SDK makes the session's row with its first item.
        _open(state, wanted, choice.store.name)


def _save(session: SessionSummary, state: PageState, desk: Desk, choice: Choice) -> None:
    asked, owner, title, tags = (state.session_field(name, session.session_id).get() for name in FIELDS)
    wanted = session.session_id if asked == session.session_id else asked.strip() or session.session_id
    metadata = Metadata(owner.strip(), title.strip(), _tags(tags))

    def save() -> None:
        if wanted != session.session_id:
            choice.store.rename(session.session_id, wanted)
        choice.store.describe(wanted, metadata)

    with refusal_shown(state):
        desk.exclusively(save)
        _open(state, wanted, choice.store.name)


def _tags(text_: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.strip() for tag in text_.split(",") if tag.strip()))


def _delete(entry: Entry, desk: Desk, choice: Choice) -> None:
    with refusal_shown(PageState(entry.slug)):
        here = walk.Walk(load_lesson(entry.slug), desk, choice.store.name, active_provider())
        walk.start_operation(here, Operation("clear_session"), choice.session_id)
    address.put(row=None, step=None)
