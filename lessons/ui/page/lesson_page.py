"""The frame of all lesson pages: one line above, the step, the ledger with what is open next to it, one line below."""

from contextlib import suppress
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.course import index as course
from lessons.frame import walk
from lessons.frame.entry import Entry
from lessons.frame.lesson import Lesson
from lessons.kit.imports import freeze_imports
from lessons.kit.items import read
from lessons.kit.models.providers import Provider, active_provider
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.seen_text import count_invisible
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.rows import RowPage
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.running_work import LongWork, RunningTurn
from lessons.ui.ledger.ledger_table import draw_ledger
from lessons.ui.ledger.next_message import draw_next_switch, next_message
from lessons.ui.ledger.row_links import listen_for_rows
from lessons.ui.ledger.running_turn import follow, give_it_a_moment, stop
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.page import address
from lessons.ui.page.refusal_box import Parts, draw_refusal, notice, refusal_shown
from lessons.ui.page.session_choice import Choice, choose, choose_row, draw_choice
from lessons.ui.page.state import FIELD_LIMIT, Newest, PageState
from lessons.ui.page.step_card import draw_step_card, draw_step_line, record_of_step
from lessons.ui.panels.ask_again import draw_ask_again
from lessons.ui.panels.tools import Shown, draw_tool, draw_tool_bar
from lessons.ui.widgets.markup import chip, problem_box, text


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
    # Every place first, and always in this order: what moves in the page is drawn from nothing, and loses focus and scroll.
    above, card, bar, bench, notes, foot, live = map(_place, ("above", "card", "bar", "bench", "notes", "foot", "live"))
    with bench:
        ledger, panel = st.container(key="ledger-place"), st.container(key="panel")
    running = desk.running()  # before the records: a turn that ends in between is in one of them
    shown, problem = _read(desk, choice, state, running)
    above.html(_chips(choice, provider))
    with bar:
        st.html(f"<h2>Ledger</h2>{_notice(choice)}", width="content")
        if draw_next_switch(state, _place_in_lesson(desk)) and not running:
            asked = next_message(entry, desk, shown, with_session=choice.with_session)
            shown = replace(shown, next_message=asked)
        tool = draw_tool_bar(entry)
    with ledger:
        draw_ledger(state, shown, running)
    with notes:
        if problem is not None:
            parts.say(problem)
        draw_refusal(state)
        draw_ask_again(entry, desk, choice)
    with foot:
        draw_choice(entry, desk, choice, parts)
        st.chat_input(
            "Message the agent",
            key=state.message.key,
            max_chars=FIELD_LIMIT,
            submit_mode="disable",
            on_submit=lambda: _send(entry, desk, choice, provider),
        )
        if running:
            st.button("Stop", key=state.key("stop"), icon=":material/stop_circle:", on_click=stop, args=(running[0],))
    lesson = course.load_lesson(slug)
    here = walk.Walk(lesson, desk, _walk_store(lesson, choice), provider)
    with above:
        draw_step_line(here)
    with card:
        draw_step_card(here)
    place = live
    if tool is not None:
        with panel:
            place = draw_tool(tool, Shown(entry, desk, choice, provider, shown), parts) or live
    with live:
        listen_for_rows(state, choice.store.name, choice.session_id, lambda row: choose_row(entry, choice, row))
    freeze_imports()
    if running:
        follow(running[0], _followed_in(running[0], place, live, notes), lambda: _has_stored(choice, shown))


def _place_in_lesson(desk: Desk) -> tuple[int, int]:
    """The steps that are done, and the one that is shown."""
    done = desk.progress.steps_done
    return done, address.number("step") or max(1, done)


def _place(key: str) -> DeltaGenerator:
    return st.container(key=key, horizontal=key in ("above", "bar", "foot"), vertical_alignment="center", gap="small")


def _followed_in(
    work: RunningTurn | LongWork, place: DeltaGenerator, live: DeltaGenerator, notes: DeltaGenerator
) -> DeltaGenerator:
    """Where work is followed: a turn out of sight, since the ledger draws it; long work at its tool, or above the last line."""
    if isinstance(work, RunningTurn):
        return live
    return notes if place is live else place


def _chips(choice: Choice, provider: Provider) -> str:
    # In the order in which they matter where not all have room: that the model is a stand-in is always said.
    chips = (
        chip(provider.label, "model" if provider.is_offline else "hosted"),
        chip(choice.store.medium, "warn") if store_kinds()[choice.store.name].notice else "",
        chip(choice.session_id, "code") if choice.with_session else chip("no session", "warn"),
        chip(choice.store.session_type),
        "" if store_kinds()[choice.store.name].notice else chip(choice.store.medium),
    )
    return f'<div class="chips">{"".join(chips)}</div>'


def _notice(choice: Choice) -> str:
    """What must be known of the store wherever its rows are shown."""
    notice = store_kinds()[choice.store.name].notice
    return f'<p class="note">{text(notice)}</p>' if notice else ""


def _explained(desk: Desk, shown: ShownRows) -> ShownRows:
    """The same with the turn that the page explains: the chosen one, the chosen step's, or the last of the session."""
    turn, step, turns = address.text("turn"), address.number("step"), shown.turns
    asked = next((record for record in turns if record.id == turn), None)
    if asked is None and step is not None and step < desk.progress.steps_done:
        asked = record_of_step(desk, step)
    if asked not in turns and turns:
        asked = turns[-1]
    return replace(shown, record=asked)


def _read(
    desk: Desk, choice: Choice, state: PageState, running: list[RunningTurn | LongWork]
) -> tuple[ShownRows, Problem | None]:
    """The page of rows that is shown, or why it cannot be read."""
    store, session_id = choice.store, choice.session_id
    try:
        page = _page_of_rows(choice, state)
        made = store.read_back(session_id, {row.key: row.data for row in page.rows})
    except Refused as refused:
        unread = ShownRows(store.name, session_id, records=desk.records, selected=choice.row, is_read=False)
        return _explained(desk, unread), refused.problem
    shown = ShownRows(store.name, session_id, page, made, desk.records, selected=choice.row)
    return _explained(desk, replace(shown, new_after=_new_after(state, shown, running))), None


def _new_after(state: PageState, shown: ShownRows, running: list[RunningTurn | LongWork]) -> int | None:
    """The key above which the rows are those of the turn that runs; None while none runs, or where nothing tells."""
    page, where = shown.page, (shown.store, shown.session_id)
    if not running:
        state.newest.put(Newest(*where, 0 if not page.rows or page.has_newer else page.rows[-1].key))
        return None
    newest = state.newest.get()
    if newest is not None and (newest.store, newest.session_id) == where:
        return newest.key
    # The page was opened in the middle of the turn: its rows begin with its question.
    message = running[0].message if isinstance(running[0], RunningTurn) else ""
    for row in page.rows[: -_OF_ONE_TURN - 1 : -1]:
        item = read(shown.made_of(row).data or row.data)
        if message and item.kind == "user" and item.text == message[: len(item.text)]:
            return row.key - 1
    return None


_OF_ONE_TURN = 12
"""Rows among which the question of a turn is looked for."""


def _page_of_rows(choice: Choice, state: PageState) -> RowPage:
    start, row, session_id = state.rows_from.get(), choice.row, choice.session_id
    if start is not None and start.row.is_in(choice.store.name, session_id):
        before = start.side == "before"
        key = start.row.key
        return choice.store.page(session_id, before=key if before else None, after=None if before else key)
    page = choice.store.page(session_id)
    if row is not None and page.rows and row.key < page.rows[0].key:
        return choice.store.page(session_id, after=row.key - 1)
    return page


def _has_stored(choice: Choice, shown: ShownRows) -> bool:
    """Whether other rows are the newest now than those that are drawn."""
    with suppress(Refused):
        newest = choice.store.page(choice.session_id, limit=1)
        drawn = shown.page
        if drawn.has_newer:
            return False
        return (newest.total, newest.rows[-1:]) != (drawn.total, drawn.rows[-1:])
    return False


def _walk_store(lesson: Lesson, choice: Choice) -> str:
    """The store that the steps run on: the last one chosen that all of them can run on."""
    walk_store = PageState(lesson.slug).walk_store
    if choice.store.name in lesson.walk_stores:
        walk_store.put(choice.store.name)
    return walk_store.get() or lesson.walk_stores[0]


def _send(entry: Entry, desk: Desk, choice: Choice, provider: Provider) -> None:
    state = PageState(entry.slug)
    message = state.message.get() or ""
    address.put(row=None, step=None, turn=None)
    state.rows_from.forget()
    with refusal_shown(state):
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
