"""The chat, drawn from the stored rows, and the turn that is running."""

from collections.abc import Callable
from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.kit.items import Item, Kind, read
from lessons.kit.ledger.phase import Phase
from lessons.kit.records import TurnRecord
from lessons.kit.stores.rows import RowPage
from lessons.kit.turns.running_work import LongWork, RunningTurn, State
from lessons.ui.ledger.row_links import row_link
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.page.state import let_streamlit_interrupt
from lessons.ui.widgets.kinds import KINDS, badge
from lessons.ui.widgets.markup import CURRENT, problem_box, text

SHOWN_MESSAGES = 20
CUT = 1_500
TOKEN_CUT = 40
QUICK_SECONDS = 0.05
QUEUED = "waiting for the turn before it"
PHASES = {
    Phase.STARTED: "running",
    Phase.READING: "reading the session",
    Phase.STORING: "storing rows",
    Phase.STORED: "rows are stored",
    Phase.CALLING: "calling the session",
    Phase.ASKING: "the model is asked",
}

FRAME_SECONDS = 0.04


def chat_html(shown: ShownRows) -> str:
    """The newest messages of a page of rows, as the session makes them out, and what the last turn said without storing it."""
    rows, marks = shown.page.rows[-SHOWN_MESSAGES:], shown.marks
    left_out = shown.page.total - len(rows)
    parts = (
        [f'<p class="quiet">{left_out:,} other rows of this session are not drawn here.</p>'] if left_out > 0 else []
    )
    for row in rows:
        mark = " ".join(filter(None, (marks.get(shown.ref(row), ""), "selected" if shown.is_selected(row) else "")))
        made = shown.made_of(row)
        item = read(made.data if made.data is not None else row.data)
        parts.append(_message(item, row_link(shown.ref(row)), mark, row.key, made.why))
    parts += _unstored(shown)
    if not parts:
        return (
            '<p class="quiet empty">Nothing is stored in this session yet. Run the first step, or send a message.</p>'
        )
    return f'<div class="chat" role="log" aria-label="Chat">{"".join(parts)}</div>'


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
    place = st.empty()
    if queued:
        st.html(_waiting(queued))
    st.button("Stop", key="stop", icon=":material/stop_circle:", type="tertiary", on_click=work.stop)
    if isinstance(work, LongWork):
        _follow_long_work(work, place)
    else:
        _follow_turn(work, place, page, draw_rows)
    st.rerun()


def _follow_long_work(work: LongWork, place: DeltaGenerator) -> None:
    while work.state is not State.DONE:
        version = work.version
        place.progress(work.share, f"{work.title}: {work.progress or QUEUED}")
        _wait_for_change(work, version)


def _follow_turn(turn: RunningTurn, place: DeltaGenerator, page: RowPage, draw_rows: Callable[[], object]) -> None:
    question = "" if _is_drawn(turn, page) else _question(turn)
    drawn = 0
    while turn.state is not State.DONE:
        version, changes = turn.version, turn.store_changes
        place.html(f'<div class="chat" aria-live="polite">{question}{_answer(turn)}</div>')
        if changes != drawn:
            drawn = changes
            draw_rows()
        _wait_for_change(turn, version)


def _wait_for_change(work: RunningTurn | LongWork, version: int) -> None:
    if work.wait(version, 0.1):
        work.wait(work.version, FRAME_SECONDS)  # pieces that arrive together are drawn together
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
        return _message(Item("user", turn.message, len(turn.message)), "", "", None)
    return f'<div class="line">{badge("system")}<div><div class="text">{text(turn.title)}</div></div></div>'


def _answer(turn: RunningTurn) -> str:
    phase = "answering" if turn.text else QUEUED if turn.state is State.QUEUED else PHASES[turn.phase]
    return (
        f'<div class="line">{badge("assistant")}<div><div class="who">Assistant <span class="quiet">{phase}</span></div>'
        f'<div class="text">{text(turn.text, CUT) or "…"}</div></div></div>'
    )


def _message(item: Item, link: str, mark: str, key: int | None, why: str = "") -> str:
    who = KINDS[item.kind].name
    cut = CUT if item.kind != "encrypted" else TOKEN_CUT  # nobody reads a token
    size = f' <span class="length">{item.length:,} characters</span>' if item.length > cut else ""
    note = "".join(f'<p class="note">{text(words)}</p>' for words in (item.problem, why) if words)
    data = f' data-key="{key}"' if key is not None else ""
    if "selected" in mark:
        data += CURRENT
    shown = text(item.text[:cut]) or '<span class="quiet">(empty)</span>'
    return (
        f'<div class="line {item.kind.replace(" ", "-")} {mark}"{data}>{badge(item.kind)}<div>'
        f'<div class="who">{who} {link}</div><div class="text">{shown}{size}</div>{note}</div></div>'
    )


def _unstored(shown: ShownRows) -> list[str]:
    """What the last turn said and did not store: a run without a session, a stopped or a failed one."""
    record = shown.record
    if record is None or record.store != shown.store or record.session_id not in (None, shown.session_id):
        return []
    stored = {line.item.kind for line in record.trace.lines if line.mark == "added"}
    label = '<span class="not-stored">not stored</span>'
    parts = []
    if record.message and "user" not in stored and not record.added:
        parts.append(_message(_said("user", record.message), label, "unstored", None))
    if record.reply and "assistant" not in stored:
        parts.append(_message(_said("assistant", record.reply), label, "unstored", None))
    if record.stopped:
        kept = ", ".join(f"row {row.key}" for row in record.added) or "nothing"
        parts.append(
            f'<div class="problem calm" role="status"><strong>You stopped this turn.</strong><p>Stored: {text(kept)}. '
            "The reply is not stored, so the next run will not be sent it.</p></div>"
        )
    if record.problem is not None:
        parts.append(problem_box(record.problem))
    return parts


def _said(kind: Kind, words: str) -> Item:
    return Item(kind, words[:CUT], len(words))
