"""The page for your own sessions: a list with findings, and one session with what the next run would send."""

import os
from typing import TYPE_CHECKING

import streamlit as st

from lessons.kit.imports import load_sdk
from lessons.kit.inspect.opening.offered import FOLDER, SERVERS, offered
from lessons.kit.inspect.stored import CLASSES, CannotRead
from lessons.ui.inspector.session_view import deletes_html, findings_html, list_html, rows_html
from lessons.ui.page import address
from lessons.ui.page.refusal_box import draw_refusal, notice
from lessons.ui.page.sidebar import SDK_VERSION
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import chip, text

if TYPE_CHECKING:
    from lessons.kit.inspect.browse import Picture
    from lessons.kit.inspect.dry import Settings

STATE = PageState("inspect")
AS_MADE = "As the tables are made"
APIS = ("Responses", "Chat Completions")
ROWS_A_PAGE = 50
HOW = (
    '<section class="intro"><p>This page reads sessions of your own agents. It says what the next run would send of them, and '
    "what is wrong. The person who runs the app chooses what can be read: files of the folder in "
    f"<code>{FOLDER}</code>, and servers whose variables are named in <code>{SERVERS}</code>. "
    "Neither is set now.</p><p>The same check runs in a terminal, on any file: "
    "<code>python -m lessons inspect chat.db</code></p></section>"
)


def draw() -> None:
    address.visitor()
    st.html(f'<div class="chips">{chip(f"openai-agents {SDK_VERSION}")}{chip("reads only")}</div>')
    places = offered(os.environ)
    if not places:
        st.html(HOW)
        return
    chosen = _choose_place(places)
    settings = _choose_settings()
    try:
        _draw_place(chosen, settings)
    except CannotRead as error:
        st.html(f'<p class="note" role="status">{text(str(error))}</p>')


def _choose_place(places: tuple[str, ...]) -> str:
    kept = STATE.inspected_place
    if kept.one_of(places) is None:
        asked = address.text("storage")
        kept.put(asked if asked in places else places[0])
        odd = f"The address names the storage {address.cut(asked)!r}, which this page does not offer." if asked else ""
        STATE.refusal.forget()
        if odd and asked not in places:
            notice(STATE, f'<p class="note" role="status">{text(odd)} It shows {text(places[0])}.</p>')
    chosen = st.selectbox("Storage", places, key=kept.key, on_change=_leave_session)
    address.put(storage=chosen)
    draw_refusal(STATE)
    return chosen


def _choose_settings() -> "Settings":
    load_sdk()
    from lessons.kit.inspect.dry import Settings

    with st.expander("How your code opens the sessions", key=STATE.key("inspect-settings")):
        first, second, third = st.columns(3)
        class_name = first.selectbox("Session class", (AS_MADE, *CLASSES), key=STATE.key("inspect-class"))
        limit = second.number_input(
            "Limit of items", 0, 100_000, None, key=STATE.key("inspect-limit"), placeholder="none"
        )
        api = third.selectbox("API", APIS, key=STATE.key("inspect-api"))
        key = first.text_input(
            "Encryption key",
            type="password",
            key=STATE.key("inspect-key"),
            max_chars=500,
            help="It stays in the memory of the server while this page is open, and is never stored.",
        )
        ttl = second.number_input(
            "ttl in seconds", 0, 10**9, None, key=STATE.key("inspect-ttl"), placeholder="not known"
        )
        message = third.text_input("Next message", "next question", key=STATE.key("inspect-message"), max_chars=2_000)
    named = next((name for name in CLASSES if name == class_name), None)
    return Settings(named, limit, "Chat Completions" if api == APIS[1] else "Responses", key or None, ttl, message)


def _draw_place(chosen: str, settings: "Settings") -> None:
    from lessons.kit.inspect.browse import list_sessions, open_session
    from lessons.kit.inspect.opening.offered import open_offered

    session_id, table = address.text("session"), address.text("table")
    place = open_offered(chosen, os.environ)
    try:
        if session_id:
            st.button(
                "All sessions", icon=":material/arrow_back:", key=STATE.key("inspect-all"), on_click=_leave_session
            )
            _draw_session(session_id, open_session(place, session_id, table, settings))
            return
        sessions, incomplete = list_sessions(place, settings)
    finally:
        place.close()
    st.html(list_html(chosen, sessions))
    for sentence in incomplete:
        st.html(f'<p class="note" role="status">{text(sentence)}</p>')


def _draw_session(session_id: str, picture: "Picture") -> None:
    st.html(f"<h2>{text(session_id, 120)}</h2>{findings_html(picture.findings)}")
    pages = max(-(-len(picture.rows) // ROWS_A_PAGE), 1)
    chosen = address.number("row")
    kept = STATE.inspected_page
    if kept.get() is None:
        at = next((place for place, row in enumerate(picture.rows) if row.key == chosen), None)
        kept.put(pages if at is None else at // ROWS_A_PAGE + 1)
    page = min(max(kept.get() or pages, 1), pages)
    asked = address.text("row")
    if asked and all(row.key != chosen for row in picture.rows):
        said = f"The address names the row {address.cut(asked)!r}, which is not among the rows of this session."
        st.html(f'<p class="note" role="status">{text(said)}</p>')
    st.html(rows_html(picture, picture.rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE], chosen))
    if pages > 1:
        st.pagination(pages, key=kept.key, max_visible_pages=5)
    with st.expander("What would one call delete?", key=STATE.key("inspect-deletes"), on_change="rerun") as deletes:
        if deletes.open:
            from lessons.kit.inspect.browse import try_deletes

            said = "Tried on a copy of the rows in memory; nothing in your storage changes."
            st.html(f'<p class="quiet">{said}</p>{deletes_html(try_deletes(picture))}')


def _leave_session() -> None:
    STATE.refusal.forget()
    address.put(session=None, table=None, row=None)
    STATE.inspected_page.forget()
