"""The ledger on the page: a component that keeps its lines."""

import json
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit as st

from lessons.kit.row_ref import RowRef
from lessons.kit.stores.registry import store_kinds
from lessons.kit.turns.running_work import LongWork, RunningTurn
from lessons.ui.ledger.ledger_lines import LIVE, ledger_lines, said_aloud
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.page import address
from lessons.ui.page.state import Drawn, PageState, RowsFrom
from lessons.ui.widgets.assets import asset
from lessons.ui.widgets.markup import marked

_ASSETS = Path(__file__).with_name("assets")
_HTML = (_ASSETS / "ledger.html").read_text(encoding="utf-8")
_CSS, _JS, _MOUNT = (asset(_ASSETS / name) for name in ("ledger.css", "ledger.js", "mount.js"))
CODE = f"const CSS = {json.dumps(_CSS)};\n{_JS}"
"""The code that draws the ledger. It is a file of the server (page_html.py), which a browser reads once and keeps."""
CODE_NAME = f"ledger-{sha256(CODE.encode()).hexdigest()[:16]}.js"
"""Other code has another name."""
LEDGER = st.components.v2.component("ledger", html=_HTML, js=_MOUNT.replace("CODE_NAME", json.dumps(CODE_NAME)))


def draw_table(state: PageState, shown: ShownRows, running: Sequence[RunningTurn | LongWork]) -> None:
    """Draw the rows of a session with what their turns did. A click on a line runs the fragment that this is drawn in."""
    LEDGER(
        data=ledger_data(state, shown, running),
        key=state.ledger.key,
        height="stretch",
        on_chosen_change=lambda: chosen(state, shown),
    )


def ledger_data(state: PageState, shown: ShownRows, running: Sequence[RunningTurn | LongWork]) -> list[Any]:
    """What the component is given: strings only, in a list (for a dict, Streamlit would import pandas)."""
    opened = state.opened_lines.get()
    made_of = shown, opened
    if not running and (before := drawn_before(state, made_of)) is not None:
        return before
    selected = f"r{shown.selected.key}" if shown.selected is not None else ""
    turn = running[0] if running else None
    page = {
        "lines": ledger_lines(shown, {*opened, selected}, running),
        "of": marked(f"{shown.store} {shown.session_id}"),
        "columns": marked(", ".join(store_kinds()[shown.store].columns[:3])),
        "explains": "in the turn that is open" if shown.record in shown.turns else "",
        "open": selected,
        "live": LIVE if isinstance(turn, RunningTurn) else "",
        "say": said_aloud(shown.turns),
        "top": "1" if shown.page.has_newer else "",
        "after": "step" if _is_after_step(shown, turn) else "",
    }
    return stamped(state, page, None if running else made_of)


def _is_after_step(shown: ShownRows, turn: RunningTurn | LongWork | None) -> bool:
    """Whether a step was asked for last, and not a message: on a phone the ledger is less tall then."""
    if isinstance(turn, RunningTurn) and turn.message:
        return False
    last = next((record for record in reversed(shown.records) if record.step is not None or record.message), None)
    return last is not None and last.step is not None


def drawn_before(state: PageState, made_of: object) -> list[Any] | None:
    """The data that was made of an equal `made_of`, so that lines are not made again in each run; None if there is none."""
    drawn = state.drawn_ledger.get()
    return drawn.data if drawn is not None and drawn.made_of == made_of else None


def stamped(state: PageState, page: dict[str, Any], made_of: object = None) -> list[Any]:
    """The data of the component for a page of lines. `made_of` is what the lines were made of, for drawn_before."""
    # The stamp rises with every change, also across a restart of the server. Data that did not change is not sent again.
    drawn = state.drawn_ledger.get()
    data = drawn.data if drawn is not None and drawn.page == page else [{**page, "at": f"{time.time():.6f}"}]
    state.drawn_ledger.put(Drawn(page, data, made_of))
    return data


def chosen(state: PageState, shown: ShownRows) -> None:
    """Do what a click or a key on a line of the ledger asks for. What the browser sends may be forged."""
    asked = getattr(state.ledger.get(), "chosen", None)
    if not isinstance(asked, str):
        return
    action, _, line = asked.rpartition(" ")
    if line in ("older", "newer") and shown.page.rows:
        row = shown.page.rows[0 if line == "older" else -1]
        state.rows_from.put(RowsFrom("before" if line == "older" else "after", shown.ref(row)))
    elif action in ("open", "close"):
        opened = state.opened_lines.get() - {line} | ({line} if action == "open" else set())
        state.opened_lines.put(frozenset(opened))
        row_of_line = _row(line, shown)
        if row_of_line is not None and action == "open":
            address.put(row=row_of_line.key)
        elif row_of_line == shown.selected:
            address.put(row=None)
    elif any(line == f"t{record.id}" for record in shown.turns):
        address.put(turn=line[1:], step=None)


def _row(line: str, shown: ShownRows) -> RowRef | None:
    key = line[1:]
    is_row = line[:1] == "r" and key.isascii() and key.isdigit() and len(key) < 16
    return RowRef(shown.store, shown.session_id, int(key)) if is_row else None
