"""Follows the turn that is running: what arrives of its reply goes into the ledger's line, without a new run of the page."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.kit.ledger.phase import Phase
from lessons.kit.records import TurnRecord
from lessons.kit.turns.running_work import LongWork, RunningTurn, State
from lessons.ui.ledger.ledger_lines import QUEUED
from lessons.ui.page.state import DRAWN, let_streamlit_interrupt
from lessons.ui.widgets.markup import plain

QUICK_SECONDS = 0.25
"""How long the first sign of a turn may wait. Hardly anybody notices it, and to draw a turn twice costs a busy server more."""
OWN_SECONDS = 0.6
"""How long the first sign may wait while the app itself works. A page that is drawn in that time takes time from the turns of
a busy server. Slower turns then cause more such pages: thirty visitors waited for seconds."""
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
FOLLOWED_AT_ONCE = 2
"""How many pages follow what runs from frame to frame, each with a thread for that time. The others look every LOOK_SECONDS."""

LOOK_SECONDS = 0.5
STOP_SECONDS = 0.3
"""How long to wait for the end of a turn that was stopped: it reads what it has stored, and keeps its record."""


def give_it_a_moment(turn: RunningTurn, seconds: float = QUICK_SECONDS) -> TurnRecord | None:
    """Wait a moment for the end of a turn, so that the page is drawn once and not twice.

    Returns its record, or None if it takes longer. It waits `seconds` at most for a model, and OWN_SECONDS for the app itself
    if that is longer.
    """
    end = time.monotonic() + max(seconds, OWN_SECONDS)
    while turn.state is not State.DONE:
        since, now = turn.asking_since, time.monotonic()
        until = end if since is None else min(end, since + seconds)
        if now >= until:
            break
        with suppress(TimeoutError):
            turn.wait_until_done(min(until - now, seconds))  # not longer: the model may be asked in that time
    return turn.record


def follow(
    work: RunningTurn | LongWork,
    place: DeltaGenerator,
    has_stored: Callable[[], bool],
    scope: Literal["app", "fragment"] = "app",
) -> None:
    """Show the turn or the long work in `place` until it is done, then draw the page again, or the fragment that follows it.

    A click ends only this script run.

    `has_stored` says whether other rows are stored than those that are drawn: then the page is drawn again before the end.
    """
    # After a reload, a slow browser draws no part of the page while words arrive in its first script run.
    if not DRAWN.get() or not _frames.acquire(blocking=False):
        with place:
            _look(work, has_stored)
        return
    try:
        # In a container, as the fragment _look is: what one of them has drawn is then replaced by the other. Elsewhere it would
        # stay until the end of this run, before the new words, and the ledger would copy the old ones.
        with place, st.container():
            follow_from_frame_to_frame(work, has_stored)
    finally:
        _frames.release()
    st.rerun(scope)


_frames = threading.BoundedSemaphore(FOLLOWED_AT_ONCE)


def follow_from_frame_to_frame(work: RunningTurn | LongWork, has_stored: Callable[[], bool]) -> None:
    """Draw what happens until it is over, or until a turn has stored something."""
    if isinstance(work, LongWork):
        follow_long_work(work, _place_of_long_work())
    else:
        follow_turn(work, *_places_of_turn(), has_stored)


@st.fragment(run_every=LOOK_SECONDS)
def _look(work: RunningTurn | LongWork, has_stored: Callable[[], bool]) -> None:
    """Draw it as it is now. The browser asks again, and no thread waits in between."""
    if isinstance(work, LongWork):
        draw_long_work(work, _place_of_long_work())
    else:
        draw_turn(work, *_places_of_turn())
    if work.state is State.DONE or (isinstance(work, RunningTurn) and has_stored()):
        st.rerun()


def _places_of_turn() -> tuple[DeltaGenerator, DeltaGenerator]:
    # The component looks for these two by their keys.
    phase, words = st.container(key="live-phase"), st.container(key="live-text")
    return phase.empty(), words.empty()


def _place_of_long_work() -> DeltaGenerator:
    return st.container(key="long-work").empty()


def stop(work: RunningTurn | LongWork) -> None:
    """Stop it, and wait a moment for its end: the page is drawn once then, and not twice."""
    work.stop()
    with suppress(TimeoutError):
        work.wait_until_done(STOP_SECONDS)


def follow_long_work(work: LongWork, placeholder: DeltaGenerator) -> None:
    """Draw how much of it is done, until it is."""
    for _ in _changes(work):
        draw_long_work(work, placeholder)


def draw_long_work(work: LongWork, placeholder: DeltaGenerator) -> None:
    placeholder.progress(work.share, f"{work.title}: {work.progress or QUEUED}")


def follow_turn(
    turn: RunningTurn, phase: DeltaGenerator, words: DeltaGenerator, has_stored: Callable[[], bool]
) -> None:
    """Draw its phase and what has arrived of its reply, until it is done or has stored something."""
    seen = -1
    for _ in _changes(turn):
        changes = turn.store_changes
        draw_turn(turn, phase, words)
        if changes != seen:
            seen = changes
            if has_stored():
                return


def draw_turn(turn: RunningTurn, phase: DeltaGenerator, words: DeltaGenerator) -> None:
    """Its phase, and what has arrived of its reply."""
    phase.text("answering" if turn.said else QUEUED if turn.state is State.QUEUED else PHASES[turn.phase])
    if turn.said:
        words.text(words_of(turn))


def words_of(turn: RunningTurn) -> str:
    """What has arrived of the reply, cut, with its length."""
    return plain(turn.text[:CUT]) + (f"… {turn.said:,} characters" if turn.said > CUT else "")


def _changes(work: RunningTurn | LongWork) -> Iterator[None]:
    """Once at first, and once after each change until it is done.

    What is sent again without a change has a browser draw the whole page again: while a model was silent, ten times a second.
    """
    version = work.version  # before its state: a change in between is not waited for
    while work.state is not State.DONE:
        yield
        while not work.wait(version, 0.1):
            let_streamlit_interrupt()
        with suppress(TimeoutError):
            work.wait_until_done(FRAME_SECONDS)  # what arrives within a frame is drawn together
        let_streamlit_interrupt()
        version = work.version
