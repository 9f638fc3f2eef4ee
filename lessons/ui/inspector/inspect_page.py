"""The page for your own sessions: a list with findings, one session, and questions about all of them."""

import os
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import streamlit as st

from lessons.kit.environment import NAMES_TO_INSPECT
from lessons.kit.imports import is_loading, load_sdk
from lessons.kit.inspect.example import NAME as EXAMPLE_NAME
from lessons.kit.inspect.offered import FOLDER, is_example, offered, open_offered, why_no_files
from lessons.kit.inspect.stored import CLASSES, CannotRead, Storage, TimeIsUp
from lessons.ui.inspector.one_session import draw_head, draw_session, leave_session
from lessons.ui.inspector.question_page import draw_questions
from lessons.ui.inspector.session_table import draw_sessions
from lessons.ui.inspector.watching import note_as_drawn, watch
from lessons.ui.page import address
from lessons.ui.page.loading import wait_for_sdk
from lessons.ui.page.refusal_box import draw_refusal, notice
from lessons.ui.page.sidebar import SDK_VERSION
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import chip, text

if TYPE_CHECKING:
    from lessons.kit.inspect.dry_run import Settings

STATE = PageState("inspect")
AS_MADE = "As the tables are made"
APIS = ("Responses", "Chat Completions")
VIEWS = ("Sessions", "Questions")
HOW = (
    '<section class="intro"><p>This page reads sessions that agents have stored. For each it says what the next run would '
    "send, row by row, why a run will fail, and what one <code>pop_item()</code> would delete. It only reads.</p></section>"
)
YOURS = (
    '<section class="intro"><p>For your own sessions, run the check in a terminal, on any file or server:</p></section>'
)
COMMAND = "python -m lessons inspect chat.db"
EXAMPLE = (
    "<p class='quiet'>This is an example, and not your own sessions: the offline model has answered six messages in three "
    f"sessions, and two of the sessions have a problem. For your own, run <code>{COMMAND}</code> in a terminal.</p>"
)
LEVELS = (
    '<section class="levels"><h2>What it can find</h2><dl>'
    '<dt class="level error">error</dt><dd>A run is refused, fails, sends a wrong history, or loses rows. '
    '<span class="quiet">For example: the output of a tool is stored without its call.</span></dd>'
    '<dt class="level warning">warning</dt><dd>Rows are left out, and no error says so. '
    '<span class="quiet">For example: a tool was called, and its output is not stored.</span></dd>'
    '<dt class="level">note</dt><dd>It may be intended. '
    '<span class="quiet">For example: a message was not answered.</span></dd></dl>'
    '<p class="quiet">Each finding names its rows, what the SDK will do, and what you can do.</p></section>'
)
GONE = "The example that the address names is gone: it was deleted when the app stopped. “Try it on an example” makes it again."
OFFERED = (
    '<section class="intro"><p>Or start the app with storage for this page: '
    f"<code>{FOLDER}=/folder/of/databases</code>, or <code>{NAMES_TO_INSPECT}=STAGING_URL</code> with the address in "
    "the variable <code>STAGING_URL</code>. Every visitor can read what is chosen there.</p></section>"
)


def draw() -> None:
    address.visitor()
    st.html(f'<div class="chips">{chip(f"openai-agents {SDK_VERSION}")}{chip("reads only")}</div>')
    names = offered(os.environ)
    if said := why_no_files(os.environ, names):
        st.html(f'<p class="note" role="status">{text(said)}</p>')
    if not names:
        _draw_what_is_gone()
        _draw_how()
        return
    chosen = _choose_storage(names)
    settings, prices = _choose_settings()
    if session_id := address.text("session"):
        draw_head(STATE, session_id)
        _draw_stored(chosen, lambda storage: draw_session(STATE, storage, session_id, settings), session_id)
    else:
        _draw_all(chosen, settings, prices)
    watch(STATE, chosen, session_id, time.monotonic())


def _draw_all(chosen: str, settings: "Settings", prices: tuple[float, float] | None) -> None:
    """The list of all sessions, or questions about them."""
    view = st.segmented_control(
        "Show", VIEWS, default=VIEWS[0], key=STATE.key("inspect-view"), label_visibility="collapsed", required=True
    )
    if view == VIEWS[1]:
        _draw_stored(chosen, lambda storage: draw_questions(STATE, storage))
    else:
        _draw_list(chosen, settings, prices)


def _draw_what_is_gone() -> None:
    """Say that what the address names is not there: a link can be older than the last start of the server."""
    if asked := address.text("storage"):
        st.html(f'<p class="note" role="status">{text(GONE if asked == EXAMPLE_NAME else _not_offered(asked))}</p>')


def _not_offered(asked: str) -> str:
    return f"The address names the storage {address.cut(asked)!r}, which this page does not offer."


def _draw_how() -> None:
    how, findings = st.columns([3, 2], gap="large")
    with how:
        st.html(HOW)
        wait_for_sdk(st.container(), "The example appears automatically.")
        st.button(
            "Try it on an example",
            icon=":material/play_arrow:",
            type="primary",
            key=STATE.key("inspect-example"),
            on_click=_make_example,
        )
        st.html(
            '<p class="quiet">The offline model answers six messages in three sessions, and stores them in a file for this '
            "page. Two of the sessions have a problem.</p>"
        )
        st.html(YOURS)
        st.code(COMMAND, language="bash", width="content")
        st.html(OFFERED)
    findings.html(LEVELS)


def _make_example() -> None:
    from lessons.kit.inspect.example import example

    load_sdk()
    example()


def _choose_storage(names: tuple[str, ...]) -> str:
    kept = STATE.inspected_storage
    if kept.one_of(names) is None:
        asked = address.text("storage")
        kept.put(asked if asked in names else names[0])
        STATE.refusal.forget()
        if asked and asked not in names:
            notice(STATE, f'<p class="note" role="status">{text(_not_offered(asked))} It shows {text(names[0])}.</p>')
    chosen = st.selectbox("Storage", names, key=kept.key, on_change=leave_session, args=(STATE,))
    address.put(storage=chosen)
    if is_example(chosen, os.environ):
        st.html(EXAMPLE)
    draw_refusal(STATE)
    return chosen


def _choose_settings() -> "tuple[Settings, tuple[float, float] | None]":
    if is_loading():
        wait_for_sdk(st.container(), "The sessions appear automatically.")
    load_sdk()
    from lessons.kit.inspect.dry_run import Settings

    name = STATE.key("inspect-settings")
    with st.expander("How your code opens the sessions", key=name, on_change="rerun") as place:
        # They take a quarter of the time of a run of the page, so they are drawn only once somebody has opened them.
        if place.open or STATE.inspected_class.exists:
            return _draw_settings()
    return Settings(), None


def _draw_settings() -> "tuple[Settings, tuple[float, float] | None]":
    from lessons.kit.inspect.dry_run import Api, Settings

    # Line by line: on a phone they are below each other in this order, and Tab goes through them in it.
    (first, second, third), (fourth, fifth, sixth), (seventh, eighth, ninth) = (st.columns(3) for _ in range(3))
    class_name = first.selectbox("Session class", (AS_MADE, *CLASSES), key=STATE.inspected_class.key)
    limit = second.number_input("Limit of items", 0, 100_000, None, key=STATE.key("inspect-limit"), placeholder="none")
    api = third.selectbox("API", APIS, key=STATE.key("inspect-api"))
    key = fourth.text_input(
        "Encryption key",
        type="password",
        key=STATE.key("inspect-key"),
        max_chars=500,
        help="It stays in the memory of the server while this page is open, and is never stored.",
    )
    ttl = fifth.number_input("ttl in seconds", 0, 10**9, None, key=STATE.key("inspect-ttl"), placeholder="not known")
    message = sixth.text_input("Next message", "next question", key=STATE.key("inspect-message"), max_chars=2_000)
    million = "Price of a million tokens"
    price_in = seventh.number_input(f"{million}, in", 0.0, 1e6, None, key=STATE.key("inspect-in"), placeholder="none")
    price_out = eighth.number_input(f"{million}, out", 0.0, 1e6, None, key=STATE.key("inspect-out"), placeholder="none")
    callback = ninth.checkbox(
        "A session_input_callback is set",
        key=STATE.key("inspect-callback"),
        help="The dry run sets one that changes nothing. The SDK leaves out other items if a callback is set.",
    )
    named = next((name for name in CLASSES if name == class_name), None)
    of_api: Api = "Chat Completions" if api == APIS[1] else "Responses"
    settings = Settings(named, limit, of_api, key or None, ttl, message, callback)
    return settings, None if price_in is None or price_out is None else (price_in, price_out)


def _draw_stored(chosen: str, draw_it: Callable[[Storage], None], session_id: str | None = None) -> None:
    """Draw what is in the storage. The page says why it cannot be opened or read. `watch` looks for changes of it later."""
    try:
        with closing(open_offered(chosen, os.environ)) as storage:
            note_as_drawn(STATE, storage, chosen, session_id)
            draw_it(storage)
    except (CannotRead, TimeIsUp) as error:
        st.html(f'<div class="problem" role="status"><p>{text(str(error))}</p></div>')


@st.fragment
def _draw_list(chosen: str, settings: "Settings", prices: tuple[float, float] | None) -> None:
    """A search, another page and another day run only this again."""
    _draw_stored(chosen, lambda storage: draw_sessions(STATE, storage, settings, prices))
