"""The turn that is running: its question, its answer as it arrives, and the button that stops it."""

from collections.abc import Callable
from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.kit.items import Item, read
from lessons.kit.ledger.phase import Phase
from lessons.kit.records import TurnRecord
from lessons.kit.stores.rows import RowPage
from lessons.kit.turns.running_work import LongWork, RunningTurn, State
from lessons.ui.ledger.chat_bubbles import CUT, bubble_html
from lessons.ui.page.state import let_streamlit_interrupt
from lessons.ui.widgets.item_kinds import badge
from lessons.ui.widgets.markup import text

QUICK_SECONDS = 0.05
QUEUED = "waiting for the turn before it"
PHASES = {
    Phase.STARTED: "running",
    Phase.READING: "reading the session",
    Phase.STORING: "storing rows",
    Phase.STORED: "rows are stored",
    Phase.CALLING: "calling the session",
    Phase.ASKING: "the model is asked",
    Phase.ANSWERED: "the model has answered",
}

FRAME_SECONDS = 0.04
STOP_SECONDS = 0.3
"""A turn that is stopped reads what it has stored, and keeps its record."""


def give_it_a_moment(turn: RunningTurn, seconds: float = QUICK_SECONDS) -> TurnRecord | None:
    """The record of a turn that is over at once: it needs the page drawn once, and not twice. None for a longer one."""
    with suppress(TimeoutError):
        return turn.result(seconds)
    return None


def follow(
    work: RunningTurn | LongWork,
    queued: list[RunningTurn | LongWork],
    page: RowPage,
    draw_rows: Callable[[], object],
) -> None:
    """Show the turn or the long work until it is done, then draw the page again. Any click ends this script run, but not them.

    `page` are the rows that are drawn above it; `draw_rows` is called whenever the turn may have stored something.
    """
    placeholder = st.empty()
    if queued:
        st.html(_waiting(queued))
    st.button("Stop", key="stop", icon=":material/stop_circle:", type="tertiary", on_click=_stop, args=(work,))
    if isinstance(work, LongWork):
        _follow_long_work(work, placeholder)
    else:
        _follow_turn(work, placeholder, page, draw_rows)
    st.rerun()


def _stop(work: RunningTurn | LongWork) -> None:
    """Stop it, and wait a moment for its end: the page is drawn once then, and not twice."""
    work.stop()
    with suppress(TimeoutError):
        work.wait_until_done(STOP_SECONDS)


def _follow_long_work(work: LongWork, placeholder: DeltaGenerator) -> None:
    while work.state is not State.DONE:
        version = work.version
        placeholder.progress(work.share, f"{work.title}: {work.progress or QUEUED}")
        _wait_for_change(work, version)


def _follow_turn(
    turn: RunningTurn, placeholder: DeltaGenerator, page: RowPage, draw_rows: Callable[[], object]
) -> None:
    question = "" if _is_drawn(turn, page) else _question(turn)
    drawn = 0
    while turn.state is not State.DONE:
        version, changes = turn.version, turn.store_changes
        placeholder.html(f'<div class="chat" aria-live="polite">{question}{_answer(turn)}</div>')
        if changes != drawn:
            drawn = changes
            draw_rows()
        _wait_for_change(turn, version)


def _wait_for_change(work: RunningTurn | LongWork, version: int) -> None:
    if work.wait(version, 0.1):
        with suppress(TimeoutError):
            work.wait_until_done(FRAME_SECONDS)  # what arrives within a frame is drawn together
    let_streamlit_interrupt()


def _waiting(queued: list[RunningTurn | LongWork]) -> str:
    return "".join(
        f'<div class="line waiting">{badge("user")}<div><div class="who">You '
        f'<span class="quiet">{QUEUED}</span></div><div class="text">{text(_named(work), CUT)}</div></div></div>'
        for work in queued
    )


def _named(work: RunningTurn | LongWork) -> str:
    return (work.message if isinstance(work, RunningTurn) else "") or work.title


def _is_drawn(turn: RunningTurn, page: RowPage) -> bool:
    """Whether the question is the last row already: a page that is opened during a turn finds it stored."""
    if turn.state is not State.RUNNING or not page.rows:
        return False
    last = read(page.rows[-1].data)
    return last.kind == "user" and last.text == turn.message[: len(last.text)]


def _question(turn: RunningTurn) -> str:
    if turn.message:
        return bubble_html(Item("user", turn.message, len(turn.message)))
    return f'<div class="line">{badge("system")}<div><div class="text">{text(turn.title)}</div></div></div>'


def _answer(turn: RunningTurn) -> str:
    said = turn.text
    phase = "answering" if said else QUEUED if turn.state is State.QUEUED else PHASES[turn.phase]
    return (
        f'<div class="line">{badge("assistant")}<div><div class="who">Assistant <span class="quiet">{phase}</span></div>'
        f'<div class="text">{text(said[:CUT]) or "…"}{_length(turn)}</div></div></div>'
    )


def _length(turn: RunningTurn) -> str:
    return f'… <span class="length">{turn.said:,} characters</span>' if turn.said > CUT else ""
