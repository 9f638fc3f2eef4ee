"""Follows the turn that is running: what arrives of its reply goes into the ledger's line, without a new run of the page."""

from collections.abc import Callable
from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.kit.ledger.phase import Phase
from lessons.kit.records import TurnRecord
from lessons.kit.turns.running_work import LongWork, RunningTurn, State
from lessons.ui.ledger.lines import QUEUED
from lessons.ui.page.state import let_streamlit_interrupt
from lessons.ui.widgets.markup import plain

QUICK_SECONDS = 0.05
CUT = 1_500
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


def follow(work: RunningTurn | LongWork, place: DeltaGenerator, has_stored: Callable[[], bool]) -> None:
    """Show the turn or the long work in `place` until it is done, then draw the page again. A click ends this run alone.

    `has_stored` says whether other rows are stored than those that are drawn: then the page is drawn again before the end.
    """
    with place:
        if isinstance(work, LongWork):
            follow_long_work(work, st.empty())
        else:
            # The component looks for these two by their keys.
            phase, words = st.container(key="live-phase"), st.container(key="live-text")
            follow_turn(work, phase.empty(), words.empty(), has_stored)
    st.rerun()


def stop(work: RunningTurn | LongWork) -> None:
    """Stop it, and wait a moment for its end: the page is drawn once then, and not twice."""
    work.stop()
    with suppress(TimeoutError):
        work.wait_until_done(STOP_SECONDS)


def follow_long_work(work: LongWork, placeholder: DeltaGenerator) -> None:
    """Draw how much of it is done, until it is."""
    while work.state is not State.DONE:
        version = work.version
        placeholder.progress(work.share, f"{work.title}: {work.progress or QUEUED}")
        _wait_for_change(work, version)


def follow_turn(
    turn: RunningTurn, phase: DeltaGenerator, words: DeltaGenerator, has_stored: Callable[[], bool]
) -> None:
    """Draw its phase and what has arrived of its reply, until it is done or has stored something."""
    seen = -1
    while turn.state is not State.DONE:
        version, changes = turn.version, turn.store_changes
        phase.text("answering" if turn.said else QUEUED if turn.state is State.QUEUED else PHASES[turn.phase])
        if turn.said:
            words.text(words_of(turn))
        if changes != seen:
            seen = changes
            if has_stored():
                return
        _wait_for_change(turn, version)


def words_of(turn: RunningTurn) -> str:
    """What has arrived of the reply, cut, with its length."""
    return plain(turn.text[:CUT]) + (f"… {turn.said:,} characters" if turn.said > CUT else "")


def _wait_for_change(work: RunningTurn | LongWork, version: int) -> None:
    if work.wait(version, 0.1):
        with suppress(TimeoutError):
            work.wait_until_done(FRAME_SECONDS)  # what arrives within a frame is drawn together
    let_streamlit_interrupt()
