"""The tabs under the rows: trace, calls and model input of one turn; the schema and all sessions of its store."""

import streamlit as st

from lessons.kit.records import TurnRecord
from lessons.kit.stores.store import RowReader
from lessons.ui.ledger.model_input import model_input_html
from lessons.ui.ledger.rows import all_sessions_html
from lessons.ui.ledger.session_calls import calls_html
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.ledger.trace import trace_html
from lessons.ui.page.refusal_box import Parts
from lessons.ui.widgets.markup import plain, text

NO_TURN = "No turn yet. Run the first step, or send a message."
RUNNING = "The first turn is running."

RESULT_CUT = 3_000


def draw_ledger_tabs(store: RowReader, shown: ShownRows, parts: Parts, *, running: bool) -> None:
    """Draw the tabs of the turn that is explained and of its store. `running` says that a turn has not ended yet."""
    record = shown.record
    # Streamlit knows the open tab by its name: one with a number in it would close, or lose a click, at the next turn.
    names = ["Trace of this turn", "Session calls", "Model input", "Schema", "All sessions"]
    tabs = st.tabs(names, key="ledger-tabs", on_change="rerun")
    # Only the open tab is drawn: the others are not worth their bytes.
    opened = next(number for number, tab in enumerate(tabs) if tab.open)
    with tabs[opened], parts.part():
        if opened == 3:
            _draw_schema(store)
        elif opened == 4:
            _draw_all_sessions(store, shown.session_id)
        elif record is None:
            st.html(f'<p class="quiet empty">{RUNNING if running else NO_TURN}</p>')
        else:
            st.html((_trace(record, shown), calls_html(record), model_input_html(record))[opened])


def _draw_all_sessions(store: RowReader, session_id: str) -> None:
    rows = store.newest_rows()
    if rows:
        marked = f"The newest {len(rows)} rows of all sessions in this store; those of {session_id} are marked."
        st.html(f'{all_sessions_html(rows, session_id)}<p class="caption">{text(marked)}</p>')
    else:
        st.html('<p class="quiet empty">Nothing is stored yet.</p>')


def _draw_schema(store: RowReader) -> None:
    schema = store.schema()
    if schema:
        st.code(plain(schema), language="sql", wrap_lines=True)
    else:
        st.html('<p class="quiet empty">No tables yet: the session creates them when it is first opened.</p>')


def _trace(record: TurnRecord, shown: ShownRows) -> str:
    title = f"Step {record.step + 1}: {record.title}" if record.step is not None else record.title
    dropped = ""
    if record.dropped_handles is not None:
        names = ", ".join(record.dropped_handles) or "none was open"
        dropped = f'<p class="note">Restart: handles dropped: {text(names)}.</p>'
    by = f" · answered by {text(record.model)}" if record.requests else ""
    return f'<p class="caption">{text(title)}{by}</p>{dropped}{trace_html(record, shown)}{_result(record)}'


def _result(record: TurnRecord) -> str:
    """What the code of the turn returned, where that was no run."""
    if record.result is None or (record.result == "null" and not record.calls):
        return ""
    returned = "None" if record.result == "null" else record.result
    region = 'class="result" tabindex="0" role="region" aria-label="Returned"'  # it scrolls, also by keys
    return f'<p class="caption">Returned</p><pre {region}>{text(returned, RESULT_CUT)}</pre>'
