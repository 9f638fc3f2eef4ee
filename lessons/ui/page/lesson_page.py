"""The frame that all lesson pages share."""

from collections.abc import Mapping

import streamlit as st

from lessons.course.index import entry, load_lesson
from lessons.frame import walk
from lessons.frame.entry import Entry
from lessons.frame.lesson import Lesson
from lessons.kit.garbage_collection import freeze_imports
from lessons.kit.models.providers import Provider, active_provider
from lessons.kit.problems.problem import Refused
from lessons.kit.records import TurnRecord
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.rows import ReadBack, RowPage
from lessons.kit.turns.desk import Desk, open_desk
from lessons.ui.ledger.chat import chat_html, follow, give_it_a_moment
from lessons.ui.ledger.model_input import model_input_html
from lessons.ui.ledger.row_clicks import draw_row_choice
from lessons.ui.ledger.rows import all_sessions_html, pager, rows_html, summary
from lessons.ui.ledger.session_calls import calls_html, calls_label
from lessons.ui.ledger.trace import trace_html
from lessons.ui.page import address
from lessons.ui.page.challenges import draw_challenges
from lessons.ui.page.refusal_box import draw_refusal, notice, refusal_shown
from lessons.ui.page.script_and_links import draw_more
from lessons.ui.page.session_choice import Choice, choose, draw_choice
from lessons.ui.page.step_card import draw_walkthrough, record_of_step
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
from lessons.ui.widgets.markup import chip, has_invisible, problem_box, text

PLACE = "rows-place"
NO_TURN = "No turn yet. Run the first step, or send a message."
RUNNING = "The first turn is running."

RESULT_CUT = 3_000

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

Each is given the entry, the desk and the choice. A section may return the place where the work that it has started is followed.
"""


def draw(slug: str) -> None:
    """Draw the lesson's page. What needs only the stored rows comes first: the lesson itself loads the SDK."""
    place, provider = entry(slug), active_provider()
    try:
        desk = open_desk(address.visitor(), slug)
    except Refused as refused:
        st.html(problem_box(refused.problem))
        return
    choice = choose(place, desk)
    st.html(_chips(choice, provider))
    above = st.container()
    with st.container(key="workbench"):
        left, right = st.columns([4, 7], gap="large")
    below = st.container()
    running = desk.running()  # before the records: a turn that ends in between is in one of them
    record = _shown_record(desk)
    page, problem = _read(choice)
    made = _read_back(choice, page)  # once: the rows and the chat both show it, and decrypting takes its time
    here = record if record is not None and record.store == choice.store.name else None  # its row ids are of its store
    with right:
        st.html(f"<h2>Stored rows</h2>{_notice(choice)}")
        rows_place = st.empty()
        rows_place.html(problem or _rows(choice, page, here, made))
        pager(page, PLACE)
        _draw_evidence(choice, desk, record)
    with left:
        st.html("<h2>Chat</h2>")
        draw_choice(place, desk, choice)
        st.html(chat_html(page, here, choice.session_id, address.number("row"), made))
        live = st.container()
        draw_refusal()
        st.chat_input(
            "Message the agent",
            key="message",
            submit_mode="disable",
            on_submit=lambda: _send(place, desk, choice, provider),
        )
        for panel in place.panels:
            PANELS[panel](place, desk, choice)
    lesson = load_lesson(slug)
    with above:
        draw_walkthrough(walk.Walk(lesson, desk, _walk_store(lesson), provider))
    with below:
        draw_challenges(lesson, desk, provider)
        for section in place.sections:
            live = SECTIONS[section](place, desk, choice) or live
        draw_more(lesson, desk)
        draw_row_choice()
    freeze_imports()
    if running:
        with live:
            follow(running[0], running[1:], page, lambda: rows_place.html(_fresh_rows(choice)))


def _chips(choice: Choice, provider: Provider) -> str:
    chips = (
        chip(choice.store.session_type),
        chip(choice.store.place, "warn" if store_kinds()[choice.store.name].notice else ""),
        chip(choice.session_id, "code") if choice.with_session else chip("no session", "warn"),
        chip(provider.label, "model" if provider.is_offline else "hosted"),
    )
    return f'<div class="chips">{"".join(chips)}</div>'


def _notice(choice: Choice) -> str:
    """What must be known of the store wherever its rows are shown."""
    notice = store_kinds()[choice.store.name].notice
    return f'<p class="note">{text(notice)}</p>' if notice else ""


def _shown_record(desk: Desk) -> TurnRecord | None:
    """The turn that the page explains: the one that stored the chosen row, the chosen step's, or the last."""
    row, records = address.number("row"), desk.records
    if row is not None:
        for record in reversed(records):
            if any(added.key == row for added in record.added):
                return record
    step = address.number("step")
    if step is not None and step < desk.progress.steps_done:
        return record_of_step(desk, step)
    return records[-1] if records else None


def _read(choice: Choice) -> tuple[RowPage, str]:
    """The page of rows that is shown, and the words of what is wrong with the storage."""
    row = address.number("row")
    try:
        if PLACE in st.session_state:
            side, key = st.session_state[PLACE]
            page = choice.store.page(choice.session_id, **{side: key})
        else:
            page = choice.store.page(choice.session_id)
            if row is not None and page.rows and row < page.rows[0].key:
                page = choice.store.page(choice.session_id, after=row - 1)
        return page, ""
    except Refused as refused:
        return RowPage(), problem_box(refused.problem)


def _read_back(choice: Choice, page: RowPage) -> Mapping[int, ReadBack]:
    return choice.store.read_back(choice.session_id, {row.key: row.data for row in page.rows})


def _fresh_rows(choice: Choice) -> str:
    """The rows as they are stored now, while a turn runs."""
    page, problem = _read(choice)
    return problem or _rows(choice, page, None, _read_back(choice, page))


def _rows(choice: Choice, page: RowPage, record: TurnRecord | None, made: Mapping[int, ReadBack]) -> str:
    if page.rows or (record is not None and record.removed):
        table = rows_html(page, record, choice.session_id, address.number("row"), made)
        return f'{table}<p class="caption">{text(summary(page, record, choice.session_id))}</p>'
    return (
        f'<p class="quiet empty">No rows for session <code>{text(choice.session_id)}</code>. '
        "The first run with it stores some.</p>"
    )


def _draw_evidence(choice: Choice, desk: Desk, record: TurnRecord | None) -> None:
    names = ["Trace of this turn", calls_label(record), "Model input", "Schema", "All sessions"]
    tabs = st.tabs(names, key="evidence", on_change="rerun")
    # Only the open tab is drawn: the others are not worth their bytes.
    shown = next(number for number, tab in enumerate(tabs) if tab.open)
    with tabs[shown]:
        if shown == 3:
            _draw_schema(choice)
        elif shown == 4:
            _draw_all_sessions(choice)
        elif record is None:
            st.html(f'<p class="quiet empty">{RUNNING if desk.running() else NO_TURN}</p>')
        else:
            draw_tab = (_trace, calls_html, model_input_html)[shown]
            st.html(draw_tab(record))


def _draw_all_sessions(choice: Choice) -> None:
    try:
        rows = choice.store.newest_rows()
    except Refused as refused:
        st.html(problem_box(refused.problem))
        return
    if rows:
        marked = f"The newest {len(rows)} rows of all sessions in this store; those of {choice.session_id} are marked."
        st.html(f'{all_sessions_html(rows, choice.session_id)}<p class="caption">{text(marked)}</p>')
    else:
        st.html('<p class="quiet empty">Nothing is stored yet.</p>')


def _draw_schema(choice: Choice) -> None:
    try:
        schema = choice.store.schema()
    except Refused as refused:
        st.html(problem_box(refused.problem))
        return
    if schema:
        st.code(schema, language="sql", wrap_lines=True)
    else:
        st.html('<p class="quiet empty">No tables yet: the session creates them when it is first opened.</p>')


def _trace(record: TurnRecord) -> str:
    title = f"Step {record.step + 1}: {record.title}" if record.step is not None else record.title
    dropped = ""
    if record.dropped_handles is not None:
        names = ", ".join(record.dropped_handles) or "none was open"
        dropped = f'<p class="note">Restart: handles dropped: {text(names)}.</p>'
    by = f" · answered by {text(record.model)}" if record.requests else ""
    return f'<p class="caption">{text(title)}{by}</p>{dropped}{trace_html(record)}{_result(record)}'


def _result(record: TurnRecord) -> str:
    """What the code of the turn returned, where that was no run."""
    if record.result is None or (record.result == "null" and not record.calls):
        return ""
    returned = "None" if record.result == "null" else record.result
    region = 'class="result" tabindex="0" role="region" aria-label="Returned"'  # it scrolls, also by keys
    return f'<p class="caption">Returned</p><pre {region}>{text(returned, RESULT_CUT)}</pre>'


def _walk_store(lesson: Lesson) -> str:
    """The store that the steps run on: the last one chosen that all of them can run on."""
    chosen = st.session_state["store"]
    if chosen in lesson.walk_stores:
        st.session_state["walk-store"] = chosen
    return st.session_state.get("walk-store", lesson.walk_stores[0])


def _send(place: Entry, desk: Desk, choice: Choice, provider: Provider) -> None:
    message = st.session_state["message"] or ""
    address.put(row=None, step=None)
    st.session_state.pop(PLACE, None)
    with refusal_shown():
        lesson = load_lesson(place.slug)
        here = walk.Walk(lesson, desk, choice.store.name, provider)
        turn = walk.start_message(here, message, choice.session_id, with_session=choice.with_session)
        give_it_a_moment(turn)
        unseen = has_invisible(message)
        if unseen:
            notice(
                f'<p class="note" role="status">Your message holds {unseen} characters that cannot be seen. They are '
                "stored as they are, and shown here by their names.</p>"
            )
