"""The frame of all lesson pages: one line above, the step, the ledger with what is open next to it, one line below."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.course import index as course
from lessons.frame import walk
from lessons.frame.entry import Entry
from lessons.frame.lesson import Lesson
from lessons.kit.models.providers import Provider, active_provider
from lessons.kit.problems.problem import Refused
from lessons.kit.seen_text import count_invisible
from lessons.kit.stores.encrypted.store import EncryptedStore
from lessons.kit.stores.registry import store_kinds
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.running_work import LongWork
from lessons.ui.ledger.next_message import draw_next_switch
from lessons.ui.ledger.row_links import listen_for_rows
from lessons.ui.ledger.running_turn import follow, give_it_a_moment, stop
from lessons.ui.page import address
from lessons.ui.page.bench import Bench, place_in_lesson
from lessons.ui.page.loading import wait_for_sdk
from lessons.ui.page.refusal_box import Parts, draw_refusal, notice, refusal_shown
from lessons.ui.page.session_choice import Choice, choose, choose_row, draw_choice
from lessons.ui.page.state import DRAWN, PageState
from lessons.ui.panels.ask_again import draw_ask_again
from lessons.ui.panels.suggestions import draw_suggestions
from lessons.ui.panels.tools import Shown, draw_tool, draw_tool_bar
from lessons.ui.projector.view import draw_stage_switch
from lessons.ui.steps.double_click import count_double_clicks_once
from lessons.ui.steps.step_card import draw_step_card
from lessons.ui.steps.step_line import draw_step_line
from lessons.ui.widgets.fields import LONGEST_TEXT
from lessons.ui.widgets.markup import chip, problem_box, text

KEY_IS_NEW = (
    "The app was started again, and the key in use was generated since then: it reads no row of before. A key that was "
    "generated or typed before was only in memory. Start over, or type the old key if you kept it."
)


def draw(slug: str) -> None:
    """Draw the lesson's page. What needs only the stored rows comes first: the lesson itself loads the SDK."""
    entry, provider, state = course.entry(slug), active_provider(), PageState(slug)
    try:
        desk = open_desk(address.visitor(), slug)
        choice = choose(entry, desk)
    except Refused as refused:
        st.html(problem_box(refused.problem))
        return
    parts = Parts(desk)
    # Every place first, and always in this order: an element that moves is made again, and loses focus and scroll.
    above, card, bench, notes, foot, live = map(_place, ("above", "card", "bench", "notes", "foot", "live"))
    with bench:
        # What is on the left comes first, then the tools with the panel in which they open: in this order Tab reaches them.
        bar, note, ledger, tools, panel = map(_place, ("bar", "store-note", "ledger-place", "bar-tools", "panel"))
    with above:
        st.html(_chips(choice, provider, named=_is_named(entry, desk, choice)))
        draw_stage_switch(state.key("stage"))  # first: the keys are listened to while the lesson loads
    with bar:
        st.html("<h2>Ledger</h2>", width="content")
        draw_next_switch(state, place_in_lesson(desk))
    if notice_of_store := _notice(choice):
        note.html(notice_of_store)
    with tools:
        tool = draw_tool_bar(entry)
    seen = Bench(entry, desk, choice)
    running, shown = seen.running, seen.shown

    def send(message: str) -> Choice:
        # What is chosen now: another choice and the message can reach the server together.
        chosen = choose(entry, desk)
        _send(entry, desk, chosen, provider, message)
        return chosen

    def send_typed() -> None:
        changed = replace(send(state.message.get() or ""), row=None) != replace(choice, row=None)
        if changed or state.tool.get() is not None:  # what is next to the ledger shows the newest turn too
            st.rerun()

    def draw_message_box() -> None:
        with foot:
            st.chat_input("Message the agent", key=state.message.key, max_chars=LONGEST_TEXT, on_submit=send_typed)

    with notes:
        if seen.problem is not None:
            with st.container(key="unread"):
                parts.say(seen.problem)
        draw_refusal(state, seen.problem)
        draw_ask_again(entry, desk, choice)
        draw_suggestions(state, send)
    with foot:
        draw_choice(entry, desk, choice, parts)
    with ledger:
        seen.draw(draw_message_box)
    with foot:
        # Always drawn, and visible only while something runs: the ledger can be drawn again without the rest of the page.
        st.button("Stop", key=state.key("stop"), icon=":material/stop_circle:", on_click=_stop, args=(desk,))
    wait_for_sdk(card, "The steps and the tools appear automatically.")
    lesson = course.load_lesson(slug)
    here = walk.Walk(lesson, desk, _walk_store(lesson, desk, choice), provider)
    with above:
        draw_step_line(here)
    with card:
        draw_step_card(here)
    at_tool = None
    if tool is not None:
        with panel:
            at_tool = draw_tool(tool, Shown(entry, desk, choice, provider, shown), parts)
    with live:
        count_double_clicks_once()
        listen_for_rows(state, choice.store.name, choice.session_id, lambda row: choose_row(entry, choice, row))
    if running:
        # A turn is drawn out of sight, since the ledger copies it; long work is drawn at its tool, or above the last line.
        place = (at_tool or notes) if isinstance(running[0], LongWork) else seen.live
        follow(running[0], place or live, seen.has_stored)
    DRAWN.put(True)


def _place(key: str) -> DeltaGenerator:
    in_line = key in ("above", "bar", "foot")
    # What is taller than its place and centred in it cannot be scrolled to its beginning.
    return st.container(key=key, horizontal=in_line, vertical_alignment="center" if in_line else "top", gap="small")


def _is_named(entry: Entry, desk: Desk, choice: Choice) -> bool:
    """Whether a chip names the session. Before step 1, the step next to it opens another one than that of the message box."""
    return bool(desk.progress.steps_done) or choice.session_id != entry.session_id


def _chips(choice: Choice, provider: Provider, *, named: bool) -> str:
    session = chip(choice.session_id, "code") if named else ""
    # The most important first, since not all may have room: that the model is a stand-in must always be seen.
    chips = (
        chip(provider.label, "model" if provider.is_offline else "hosted"),
        chip(choice.store.medium, "warn") if store_kinds()[choice.store.name].notice else "",
        session if choice.with_session else chip("no session", "warn"),
        chip(choice.store.session_type),
        "" if store_kinds()[choice.store.name].notice else chip(choice.store.medium),
    )
    return f'<div class="chips">{"".join(chips)}</div>'


def _notice(choice: Choice) -> str:
    """What a reader must know of the store wherever its rows are shown."""
    store = choice.store
    is_new = isinstance(store, EncryptedStore) and store.keys.is_newer_than_rows
    notice = KEY_IS_NEW if is_new else store_kinds()[store.name].notice
    return f'<p class="note">{text(notice)}</p>' if notice else ""


def _stop(desk: Desk) -> None:
    for work in desk.running()[:1]:
        stop(work)


def _walk_store(lesson: Lesson, desk: Desk, choice: Choice) -> str:
    """The store that the steps run on: where the first of them ran, or else the chosen one, if all of them can run on it."""
    begun = desk.progress.store if desk.progress.steps_done else ""
    return next((name for name in (begun, choice.store.name) if name in lesson.walk_stores), lesson.walk_stores[0])


def _send(entry: Entry, desk: Desk, choice: Choice, provider: Provider, message: str) -> None:
    state = PageState(entry.slug)
    address.put(row=None, step=None, turn=None)
    state.rows_from.forget()
    with refusal_shown(state, message):
        lesson = course.load_lesson(entry.slug)
        here = walk.Walk(lesson, desk, choice.store.name, provider)
        turn = walk.start_message(here, message, choice.session_id, with_session=choice.with_session)
        give_it_a_moment(turn)
        unseen = count_invisible(message)
        if unseen:
            notice(
                state,
                f'<p class="note" role="status">Your message holds {unseen} characters that cannot be seen. They are '
                "stored as they are, and shown here by their names.</p>",
            )
