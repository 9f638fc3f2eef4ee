"""The page that runs one turn on several stores at once and shows them side by side."""

import time
from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.guides import compare
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.problem import Refused
from lessons.kit.row_ref import RowRef
from lessons.kit.stores.registry import store_kinds, usable_kinds
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.running_work import RunningTurn, State
from lessons.kit.turns.store_comparison import Column, read_columns
from lessons.ui.guides.compare_table import comparison_html, has_run
from lessons.ui.ledger.row_links import listen_for_rows
from lessons.ui.ledger.rows_table import rows_html, summary
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.page import address
from lessons.ui.page.refusal_box import draw_refusal, notice, refusal_shown
from lessons.ui.page.state import PageState, let_streamlit_interrupt
from lessons.ui.widgets.markup import chip, problem_box, text
from lessons.ui.widgets.table import draw_table_files
from lessons.ui.widgets.terms import explained_html

MESSAGE = "What's the weather in Oslo?"
TIMES = (
    "Times are of this one run, in which all stores worked at the same time in one process. The first run of a store includes "
    "connecting and making its tables. Run again to see how much they vary."
)
BEFORE_THE_FIRST_RUN = (
    "<strong>Run on all</strong> to see, for each of these stores: where it differs from the first one, the items that it "
    "returns, the rows and bytes that it keeps, its first row word for word, the session calls with times, and its schema."
)
ASKED_AGAIN = " Each store's run asked the model again, so the replies can differ."
QUICK_SECONDS = 0.3
FRAME_SECONDS = 0.2
STATE = PageState("compare")


def draw() -> None:
    provider, visitor = active_provider(), address.visitor()
    st.html(f'<div class="chips">{chip(provider.label, "model" if provider.is_offline else "hosted")}</div>')
    st.html(
        explained_html(
            '<section class="intro"><p>The same message, the same agent, the same code: only the session differs.</p>'
            "</section>",
            "compare",
        )
    )
    try:
        chosen = _choose(visitor)
        desks = compare.open_desks(visitor, chosen)
    except Refused as refused:
        st.html(problem_box(refused.problem))
        return
    running = compare.running_turns(desks)
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-send"):
        _draw_message(desks, is_running=bool(running))
        if running:
            _draw_stop(running)
    draw_refusal(STATE)
    if not desks:
        st.html('<p class="quiet empty">Choose at least one store.</p>')
        return
    # What is below the table belongs to the run before: while the next one runs, Streamlit would leave it there, greyed out.
    table, below = st.empty(), st.empty()
    columns = _follow(desks, running, table) if running else read_columns(desks, compare.SESSION_ID)
    compared = comparison_html(columns, {})
    table.html(compared)
    if not has_run(columns):
        below.html(f'<p class="look-for">{BEFORE_THE_FIRST_RUN}</p>')
        return
    with below.container():
        st.html(f'<p class="caption">{TIMES}{"" if provider.is_offline else ASKED_AGAIN}</p>')
        if any(column.records for column in columns.values()):
            _draw_rows(columns)
        with st.container(horizontal=True):
            draw_table_files(lambda: compared, "comparison", STATE.key("compare-files"))
            if st.button("Start over", icon=":material/delete_sweep:", type="tertiary", key=STATE.key("start-over")):
                _confirm(visitor)


def _choose(visitor: str) -> list[str]:
    """The stores that are ticked, in the order in which they are listed; they are in the address too."""
    kinds, kept = usable_kinds(), STATE.compared_stores
    if kept.get() is None:
        asked = (address.text("stores") or "").split(",")
        known = [
            name for name, kind in kinds.items() if name in asked and not kind.is_outside
        ]  # a link must not send data to another company
        kept.put(known or [name for name in compare.FIRST_CHOICE if name in kinds])
        odd = [name for name in asked if name and name not in known]
        if odd:
            said = f"The address names the stores {address.cut(', '.join(odd))!r}, which a link cannot choose here."
            notice(STATE, f'<p class="note" role="status">{text(said)}</p>')
    titles = compare.titles(visitor)
    with st.container(key="compare-choice"):
        chosen = st.pills(
            "Stores",
            list(kinds),
            selection_mode="multi",
            format_func=titles.__getitem__,
            key=kept.key,
            help=_not_usable(),
        )
    names = [name for name in kinds if name in chosen]
    address.put(stores=",".join(names) or None)
    return names


def _not_usable() -> str | None:
    lacking = [f"{kind.label}: {kind.missing()}" for kind in store_kinds().values() if kind.missing()]
    return "\n\n".join(lacking) or None


def _draw_message(desks: Mapping[str, Desk], *, is_running: bool) -> None:
    with st.form("compare", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Message to the agent", MESSAGE, key=STATE.compared_message.key, max_chars=2_000)
        st.form_submit_button(
            "Run on all",
            icon=":material/play_arrow:",
            type="primary",
            key=STATE.key("compare-run"),
            disabled=not desks or is_running,
            on_click=_run,
            args=(desks,),
        )


def _run(desks: Mapping[str, Desk]) -> None:
    with refusal_shown(STATE):
        turns = compare.start_on_all(desks, STATE.compared_message.get() or "", active_provider())
        until = time.monotonic() + QUICK_SECONDS  # a comparison that is over at once is drawn once, and not twice
        while time.monotonic() < until and any(turn.state is not State.DONE for turn in turns):
            time.sleep(0.01)


def _draw_stop(running: Mapping[str, RunningTurn]) -> None:
    """Next to the button that has started the turns: below the table it would be out of sight."""
    st.button(
        "Stop all",
        key=STATE.key("stop-all"),
        icon=":material/stop_circle:",
        on_click=_stop_all,
        args=(list(running.values()),),
    )


def _follow(desks: Mapping[str, Desk], running: Mapping[str, RunningTurn], table: DeltaGenerator) -> dict[str, Column]:
    """Show how far each store is until all are done. Any click ends this script run, but not the turns."""
    columns = read_columns(desks, compare.SESSION_ID)
    while running:
        table.html(comparison_html(columns, running))
        time.sleep(FRAME_SECONDS)
        let_streamlit_interrupt()
        running = compare.running_turns(desks)
    st.rerun()


def _stop_all(turns: list[RunningTurn]) -> None:
    for turn in turns:
        turn.stop()


def _draw_rows(columns: Mapping[str, Column]) -> None:
    st.html("<h2>Stored rows</h2>")
    tabs = st.tabs(
        [column.store.label for column in columns.values()], key=STATE.key("compare-rows"), on_change="rerun"
    )
    for tab, column in zip(tabs, columns.values(), strict=True):
        if not tab.open:
            continue  # only the open one is worth its bytes
        with tab:
            name = column.store.name
            selected = address.row(name, compare.SESSION_ID)
            if selected is not None:
                address.put(store=selected.store)  # an address without a store means this one
            st.html(_rows(column, selected))
            listen_for_rows(STATE, name, compare.SESSION_ID, _choose_row)


def _choose_row(row: RowRef) -> None:
    chosen = row == address.row(row.store, row.session_id)
    address.put(row=None if chosen else row.key, store=None if chosen else row.store)


def _rows(column: Column, selected: RowRef | None) -> str:
    kept = column.kept
    if kept is None:
        return '<p class="quiet empty">The rows of this store cannot be read now.</p>'
    if not kept.page.rows:
        return '<p class="quiet empty">Nothing is stored here yet.</p>'
    shown = ShownRows(
        column.store.name, compare.SESSION_ID, kept.page, kept.read_back, record=column.record, selected=selected
    )
    return f'{rows_html(shown)}<p class="caption">{text(summary(shown))}</p>'


@st.dialog("Delete all rows of the comparison?")
def _confirm(visitor: str) -> None:
    st.html(
        '<p class="look-for">This deletes what was compared, on every store. Your rows in the lessons stay. It cannot '
        "be undone.</p>"
    )
    if st.button(
        "Delete and start over", type="primary", key=STATE.key("confirm-start-over"), on_click=_reset, args=(visitor,)
    ):
        st.rerun()  # a click in a dialog draws only the dialog again


def _reset(visitor: str) -> None:
    with refusal_shown(STATE):
        compare.start_over(visitor)
