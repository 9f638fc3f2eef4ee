"""The stage of the start page shows one real turn: what you see, what the table stores and what the model was sent.

It uses the session of the first lesson's own chat, so that the lesson continues with these rows.
"""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.frame.entry import Entry
from lessons.kit.imports import is_loading
from lessons.kit.items import Item, read
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.counted import counted
from lessons.kit.records import TurnRecord
from lessons.kit.row_ref import RowRef, rows_in_words
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.running_work import LongWork, RunningTurn
from lessons.ui.ledger.running_turn import give_it_a_moment
from lessons.ui.page.loading import draw_again_when_loaded, loading
from lessons.ui.page.refusal_box import Parts, draw_refusal, refusal_shown
from lessons.ui.page.state import DRAWN, PageState
from lessons.ui.widgets.item_kinds import badge
from lessons.ui.widgets.markup import problem_box, text

FIRST, NEXT = "My name is Alice", "What's my name?"
"""Suggestions for the first message and for those after it."""

SHOWN = 6
"""How many rows and sent items the stage shows at most: the newest ones."""
CUT = 160


Running = tuple[RunningTurn | LongWork, DeltaGenerator]
"""What runs, and the place below the message box where it is followed."""


def draw_stage(entry: Entry, desk: Desk) -> Running | None:
    """Draw it on the desk of this lesson. Returns what is to be followed once the rest of the page is drawn."""
    with st.container(key="stage-place"):  # the style sheet puts the message box first where the views are stacked
        return _draw_stage(entry, desk)


def _draw_stage(entry: Entry, desk: Desk) -> Running | None:
    state, parts = PageState("start"), Parts(desk)
    running, loads = desk.running(), is_loading()
    with parts.part():
        rows, total = _rows(entry, desk)
        record = _newest_turn(entry, desk)
        seen = _said([item for _, item in rows], record)
        ended = None if running else record  # while the next one runs, nothing is said of the turn before
        views = f"{_you_see(seen)}{_table(rows, total, ended)}{_model(ended, is_running=bool(running))}"
        st.html(f'<div class="stage">{views}</div>{_way(ended)}')
        if not loads and not state.message.exists:
            state.message.put(NEXT if total else FIRST)
    draw_refusal(state)
    if ended is not None and ended.problem is not None:
        st.html(problem_box(ended.problem))
    _draw_form(entry, desk, state, busy=bool(running), loads=loads)
    if loads:
        st.html(loading("The message box opens by itself."))
        draw_again_when_loaded()
    DRAWN.put(True)
    return (running[0], st.container(key="stage-answer")) if running else None


def _draw_form(entry: Entry, desk: Desk, state: PageState, *, busy: bool, loads: bool) -> None:
    form = st.form(state.key("stage"), border=False)
    with form, st.container(horizontal=True, vertical_alignment="bottom", key="stage-form"):
        # While it waits it is another field: the browser would keep the empty value of a field that was disabled.
        key, words = (state.key("waiting"), "The SDK is being loaded …") if loads else (state.message.key, None)
        st.text_input("Your message", key=key, max_chars=walk.MESSAGE_LIMIT, placeholder=words, disabled=loads)
        for label, with_session in (("Ask", True), ("Ask without the session", False)):
            st.form_submit_button(
                label,
                type="primary" if with_session else "secondary",
                disabled=busy or loads,
                on_click=_ask,
                args=(entry, desk, state, with_session),
            )


def _ask(entry: Entry, desk: Desk, state: PageState, with_session: bool) -> None:
    with refusal_shown(state):
        here = walk.Walk(load_lesson(entry.slug), desk, entry.usable_stores[0], active_provider())
        message = state.message.get() or ""
        give_it_a_moment(walk.start_message(here, message, entry.session_id, with_session=with_session), 1.0)
        state.message.put(NEXT)


def _rows(entry: Entry, desk: Desk) -> tuple[list[tuple[RowRef, Item]], int]:
    """The newest rows, and how many there are. Raises Refused."""
    store = desk.store(entry.usable_stores[0])
    page = store.page(entry.session_id, limit=SHOWN)
    made = store.read_back(entry.session_id, {row.key: row.data for row in page.rows})
    rows = [(RowRef(store.name, entry.session_id, row.key), read(made[row.key].data or row.data)) for row in page.rows]
    return rows, page.total


def _newest_turn(entry: Entry, desk: Desk) -> TurnRecord | None:
    """The visitor's last message, with the session of the stage or without a session."""
    own = [record for record in desk.records if record.title == walk.MESSAGE_TITLE]
    newest = own[-1] if own else None
    return newest if newest is not None and newest.session_id in (entry.session_id, None) else None


def _said(stored: Sequence[Item], record: TurnRecord | None) -> list[tuple[str, str, bool]]:
    """What the chat shows: kind, text, and whether it is stored."""
    said = [(str(item.kind), item.text, True) for item in stored if item.kind in ("user", "assistant")]
    if record is not None and record.session_id is None:
        said += [("user", record.message, False)]
        said += [("assistant", record.reply, False)] if record.reply else []
    return said[-SHOWN:]


def _you_see(said: Sequence[tuple[str, str, bool]]) -> str:
    bubbles = "".join(
        f'<li class="bubble {kind}"><span class="unseen">{"You" if kind == "user" else "Assistant"}: </span>{text(words, CUT)}'
        f"{'' if stored else ' <small>not stored</small>'}</li>"
        for kind, words, stored in said
    )
    coming = (("bubble user", "your message"), ("bubble assistant", "the reply"))
    return _part("You see", bubbles, "What a chat shows. Send a message to fill it.", coming=coming)


def _table(rows: Sequence[tuple[RowRef, Item]], total: int, record: TurnRecord | None) -> str:
    added = record.added_rows if record is not None else ()
    lines = "".join(
        f'<li class="{"added" if row in added else ""}"><span>{"+ " if row in added else ""}{row.key}</span> '
        f"{_item(item)}</li>"
        for row, item in rows
    )
    more = f"{counted(total, 'row')}, the newest {len(rows)} here" if total > len(rows) else counted(total, "row")
    return _part(
        "The table <code>agent_messages</code> holds",
        lines,
        "No row yet. Each message becomes one, and so does each reply.",
        f"{more}." if rows else "",
        (("", "1 · your message"), ("", "2 · the reply")),
    )


def _model(record: TurnRecord | None, *, is_running: bool) -> str:
    if record is None or not record.requests:
        nothing = "Nothing yet. It gets a list of items, and keeps nothing of it."
        if is_running:
            nothing = "The turn is running. What the model was sent is shown when the turn ends."
        return _part("The model was sent", "", nothing, coming=(("", "your message"),))
    request = record.requests[-1]
    shown = request.items[-SHOWN:]
    lines = "".join(f"<li>{_item(item)}</li>" for item in shown)
    older = f"{counted(request.count - len(shown), 'older item')} before these. " if request.count > len(shown) else ""
    nothing_else = "The instructions too, and nothing else. The model keeps none of it."
    return _part(f"The model was sent: {counted(request.count, 'item')}", lines, "", f"{older}{nothing_else}")


def _item(item: Item) -> str:
    return f'{badge(item.kind)} <span class="words">{text(item.text, CUT)}</span>'


def _part(title: str, lines: str, empty: str, foot: str = "", coming: Sequence[tuple[str, str]] = ()) -> str:
    """One view. While it is empty, it says so above the outlines of what is `coming`: the look and the words of each."""
    outlines = "".join(f'<li class="coming {look}">{words}</li>' for look, words in coming)
    inside = f"<ul>{lines}</ul>" if lines else f'<p class="quiet">{empty}</p><ul aria-hidden="true">{outlines}</ul>'
    under = f'<p class="quiet">{foot}</p>' if foot else ""
    return f"<section><h2>{title}</h2>{inside}{under}</section>"


def _way(record: TurnRecord | None) -> str:
    """The four stages of a run: of the newest turn in numbers, before it in words."""
    ran = record.ledger.runs[-1] if record is not None and record.ledger.runs else None
    told: tuple[str, ...]
    if ran is None:
        told = (
            "<b>Read</b> the rows of the session",
            "<b>Prepend</b> them to your message",
            "<b>Run</b> the model answers",
            "<b>Store</b> your message and the reply",
        )
    elif ran.session_id is None:
        sent = counted(ran.sent[-1] if ran.sent else 0, "item")
        told = ("<b>No session</b> nothing is read", f"<b>Run</b> {sent} sent", "<b>Store</b> nothing")
    else:
        read_items = counted(ran.read or 0, "item")
        told = (
            f"<b>Read</b> {read_items} returned",
            f"<b>Prepend</b> {'them to your message' if ran.read else 'nothing to your message'}",
            f"<b>Run</b> {counted(ran.sent[-1] if ran.sent else 0, 'item')} sent",
            f"<b>Store</b> {text(rows_in_words(ran.stored) or 'no row')}",
        )
    return f'<ol class="way">{"".join(f"<li>{one}</li>" for one in told)}</ol>'
