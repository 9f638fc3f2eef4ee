"""The frame that all lesson pages share."""

import streamlit as st

from lessons.course import index as course
from lessons.frame import walk
from lessons.frame.entry import Entry
from lessons.frame.lesson import Lesson
from lessons.kit.garbage_collection import freeze_imports
from lessons.kit.models.providers import Provider, active_provider
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import TurnRecord
from lessons.kit.seen_text import count_invisible
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.rows import RowPage
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from lessons.ui.ledger.chat_bubbles import chat_html
from lessons.ui.ledger.ledger_tabs import draw_ledger_tabs
from lessons.ui.ledger.row_links import listen_for_rows
from lessons.ui.ledger.rows import pager, rows_html, summary
from lessons.ui.ledger.running_turn import follow, give_it_a_moment
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.page import address
from lessons.ui.page.challenges import draw_challenges
from lessons.ui.page.refusal_box import Parts, draw_refusal, notice, refusal_shown
from lessons.ui.page.script_and_links import draw_script_and_links
from lessons.ui.page.session_choice import Choice, choose, choose_row, draw_choice
from lessons.ui.page.state import FIELD_LIMIT, PageState
from lessons.ui.page.step_card import draw_step_card, record_of_step
from lessons.ui.panels.ask_again import draw_ask_again
from lessons.ui.panels.branch_calls import draw_branch_panel
from lessons.ui.panels.key_and_ttl import draw_encryption
from lessons.ui.panels.opening_code import draw_opening
from lessons.ui.panels.redis_keys import draw_redis_keys
from lessons.ui.panels.session_list import draw_switcher
from lessons.ui.panels.session_operations import draw_operations
from lessons.ui.sections.branch_tree import draw_branches
from lessons.ui.sections.connection_pool import draw_pool
from lessons.ui.sections.envelope import draw_envelope
from lessons.ui.sections.large_data_set import draw_dataset
from lessons.ui.sections.measured_ways import draw_measured_ways
from lessons.ui.sections.own_session_class import draw_session_class
from lessons.ui.sections.sql_dialects import draw_dialects
from lessons.ui.sections.turns import draw_turns
from lessons.ui.sections.usage_charts import draw_usage
from lessons.ui.widgets.markup import chip, problem_box, text

PANELS = {
    "encryption": draw_encryption,
    "opening": draw_opening,
    "operations": draw_operations,
    "redis_keys": draw_redis_keys,
    "switcher": draw_switcher,
    "branches": draw_branch_panel,
}
SECTIONS = {
    "envelope": draw_envelope,
    "session_class": draw_session_class,
    "usage": draw_usage,
    "turns": draw_turns,
    "branches": draw_branches,
    "dataset": draw_dataset,
    "measured_ways": draw_measured_ways,
    "dialects": draw_dialects,
    "pool": draw_pool,
}
"""What a lesson can have under its chat and under its challenges, by the names in its course entry.

Each is given the entry, the desk and the choice. It may raise Refused: why it cannot be drawn then stands in its place. A
section may return the container in which the work that it has started is followed.
"""


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
    st.html(_chips(choice, provider))
    above = st.container()
    with st.container(key="workbench"):
        left, right = st.columns([4, 7], gap="large")
    below = st.container()
    running = desk.running()  # before the records: a turn that ends in between is in one of them
    shown, problem = _read(choice, state, _explained(desk, choice))
    with right:
        st.html(f"<h2>Stored rows</h2>{_notice(choice)}")
        rows_table = st.empty()
        if problem is None:
            rows_table.html(_rows(shown))
        else:
            parts.say(problem)
        pager(shown, state.rows_from)
        draw_ledger_tabs(choice.store, shown, parts, running=bool(running))
    with left:
        st.html("<h2>Chat</h2>")
        draw_choice(entry, desk, choice, parts)
        st.html(chat_html(shown))
        live = st.container()
        draw_refusal(state)
        draw_ask_again(entry, desk, choice)
        st.chat_input(
            "Message the agent",
            key=state.message.key,
            max_chars=FIELD_LIMIT,
            submit_mode="disable",
            on_submit=lambda: _send(entry, desk, choice, provider),
        )
        for panel in entry.panels:
            with parts.part():
                PANELS[panel](entry, desk, choice)
    lesson = course.load_lesson(slug)
    with above:
        draw_step_card(walk.Walk(lesson, desk, _walk_store(lesson, choice), provider))
    with below:
        draw_challenges(lesson, desk, provider)
        for section in entry.sections:
            with parts.part():
                live = SECTIONS[section](entry, desk, choice) or live
        draw_script_and_links(lesson, desk)
        listen_for_rows(state, choice.store.name, choice.session_id, lambda row: choose_row(entry, choice, row))
    freeze_imports()
    if running:
        with live:
            follow(running[0], running[1:], shown.page, lambda: rows_table.html(_fresh_rows(choice, state)))


def _chips(choice: Choice, provider: Provider) -> str:
    chips = (
        chip(choice.store.session_type),
        chip(choice.store.medium, "warn" if store_kinds()[choice.store.name].notice else ""),
        chip(choice.session_id, "code") if choice.with_session else chip("no session", "warn"),
        chip(provider.label, "model" if provider.is_offline else "hosted"),
    )
    return f'<div class="chips">{"".join(chips)}</div>'


def _notice(choice: Choice) -> str:
    """What must be known of the store wherever its rows are shown."""
    notice = store_kinds()[choice.store.name].notice
    return f'<p class="note">{text(notice)}</p>' if notice else ""


def _explained(desk: Desk, choice: Choice) -> TurnRecord | None:
    """The turn that the page explains: the one that stored the chosen row, the chosen step's, or the last."""
    records = desk.records
    for record in reversed(records if choice.row is not None else ()):
        if choice.row in record.added_rows:
            return record
    step = address.number("step")
    if step is not None and step < desk.progress.steps_done:
        return record_of_step(desk, step)
    return records[-1] if records else None


def _read(choice: Choice, state: PageState, record: TurnRecord | None) -> tuple[ShownRows, Problem | None]:
    """The page of rows that is shown, or why it cannot be read."""
    store, session_id = choice.store, choice.session_id
    try:
        page = _page_of_rows(choice, state)
        made = store.read_back(session_id, {row.key: row.data for row in page.rows})
        return ShownRows(store.name, session_id, page, made, record, choice.row), None
    except Refused as refused:
        unread = ShownRows(store.name, session_id, record=record, selected=choice.row, is_read=False)
        return unread, refused.problem


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


def _fresh_rows(choice: Choice, state: PageState) -> str:
    """The rows as they are stored now, while a turn runs."""
    shown, problem = _read(choice, state, None)
    return _rows(shown) if problem is None else problem_box(problem)


def _rows(shown: ShownRows) -> str:
    if shown.page.rows or any(table.holds_items and table.removed for table in shown.changes):
        return f'{rows_html(shown)}<p class="caption">{text(summary(shown))}</p>'
    return (
        f'<p class="quiet empty">No rows for session <code>{text(shown.session_id)}</code>. '
        "The first run with it stores some.</p>"
    )


def _walk_store(lesson: Lesson, choice: Choice) -> str:
    """The store that the steps run on: the last one chosen that all of them can run on."""
    walk_store = PageState(lesson.slug).walk_store
    if choice.store.name in lesson.walk_stores:
        walk_store.put(choice.store.name)
    return walk_store.get() or lesson.walk_stores[0]


def _send(entry: Entry, desk: Desk, choice: Choice, provider: Provider) -> None:
    state = PageState(entry.slug)
    message = state.message.get() or ""
    address.put(row=None, step=None)
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
