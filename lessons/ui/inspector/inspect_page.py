"""The page for your own sessions: a list with findings, one session, and questions about all of them."""

import os
from typing import TYPE_CHECKING

import streamlit as st

from lessons.kit.imports import load_sdk
from lessons.kit.inspect.opening.offered import FOLDER, SERVERS, offered
from lessons.kit.inspect.stored import CLASSES, CannotRead, TimeIsUp
from lessons.ui.inspector.one_session import draw_session, leave_session
from lessons.ui.inspector.question_page import draw_questions
from lessons.ui.inspector.session_table import draw_sessions
from lessons.ui.inspector.watching import watch
from lessons.ui.page import address
from lessons.ui.page.refusal_box import draw_refusal, notice
from lessons.ui.page.sidebar import SDK_VERSION
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import chip, text

if TYPE_CHECKING:
    from lessons.kit.inspect.dry import Settings

STATE = PageState("inspect")
AS_MADE = "As the tables are made"
APIS = ("Responses", "Chat Completions")
VIEWS = ("Sessions", "Questions")
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
    settings, prices = _choose_settings()
    try:
        _draw_place(chosen, settings, prices)
    except (CannotRead, TimeIsUp) as error:
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
    chosen = st.selectbox("Storage", places, key=kept.key, on_change=leave_session, args=(STATE,))
    address.put(storage=chosen)
    draw_refusal(STATE)
    return chosen


def _choose_settings() -> "tuple[Settings, tuple[float, float] | None]":
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
        million = "Price of a million tokens"
        price_in = first.number_input(f"{million}, in", 0.0, 1e6, None, key=STATE.key("inspect-in"), placeholder="none")
        price_out = second.number_input(
            f"{million}, out", 0.0, 1e6, None, key=STATE.key("inspect-out"), placeholder="none"
        )
    named = next((name for name in CLASSES if name == class_name), None)
    settings = Settings(named, limit, "Chat Completions" if api == APIS[1] else "Responses", key or None, ttl, message)
    return settings, None if price_in is None or price_out is None else (price_in, price_out)


def _draw_place(chosen: str, settings: "Settings", prices: tuple[float, float] | None) -> None:
    from lessons.kit.inspect.opening.offered import open_offered

    session_id = address.text("session")
    place = open_offered(chosen, os.environ)
    try:
        watch(STATE, chosen, session_id, place.changed(session_id))
        if session_id:
            draw_session(STATE, place, session_id, settings)
            return
        view = st.segmented_control(
            "Show", VIEWS, default=VIEWS[0], key=STATE.key("inspect-view"), label_visibility="collapsed", required=True
        )
        if view == VIEWS[1]:
            draw_questions(STATE, place)
        else:
            draw_sessions(STATE, place, settings, prices)
    finally:
        place.close()
