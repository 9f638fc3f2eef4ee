"""The rows of the page with their ledger, and the fragment around it: a message draws only that and its message box again."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.frame.entry import Entry
from lessons.frame.own_turns import in_the_way, in_words
from lessons.kit.items import read
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import TurnRecord
from lessons.kit.stores.rows import RowPage
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.running_work import LongWork, RunningTurn
from lessons.ui.ledger.ledger_table import draw_table
from lessons.ui.ledger.next_message import next_message
from lessons.ui.ledger.running_turn import follow
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.page import address
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import Newest, PageState
from lessons.ui.steps.step_card import record_of_step


class Bench:
    """What the page of a lesson is drawn from: rows, turns and what runs, read at one moment."""

    def __init__(self, entry: Entry, desk: Desk, choice: Choice) -> None:
        self.entry, self.desk, self.choice = entry, desk, choice
        self.state = PageState(entry.slug)
        self.live: DeltaGenerator | None = None
        self._around: object = None
        self.is_drawn = False
        self.read()

    def read(self) -> None:
        """Read all of it again."""
        store, session_id = self.choice.store.name, self.choice.session_id
        row = address.row(store, session_id)
        self.choice = replace(self.choice, row=row if row is not None and row.is_in(store, session_id) else None)
        self.running, self.shown, self.problem = _read_at_one_moment(self.desk, self.choice, self.state)
        if self.state.shows_next.get() and not self.running:
            asked = next_message(self.entry, self.desk, self.shown, with_session=self.choice.with_session)
            self.shown = replace(self.shown, next_message=asked)

    def has_stored(self) -> bool:
        """Whether the newest row or the number of rows differs from what is drawn."""
        with suppress(Refused):
            newest = self.choice.store.page(self.choice.session_id, limit=1)
            drawn = self.shown.page
            if drawn.has_newer:
                return False
            return (newest.total, newest.rows[-1:]) != (drawn.total, drawn.rows[-1:])
        return False

    def draw(self, draw_message_box: Callable[[], None]) -> None:
        """Draw the ledger and the message box, in one fragment: a message is one run of it."""
        st.fragment(_draw_ledger)(self, draw_message_box)

    def is_alone_drawn_again(self) -> bool:
        """Whether only the fragment is drawn again. If more has changed than it shows, the whole page is drawn instead."""
        if not self.is_drawn:
            self._around, self.is_drawn = self._now_around(), True
            return False
        self.read()
        if self._around != self._now_around() or any(isinstance(work, LongWork) for work in self.running):
            st.rerun()
        return True

    def _now_around(self) -> object:
        """What is drawn around the ledger, as far as a message or a click on a line can change it.

        What the page draws outside of the ledger from the stored rows, the records or the address belongs here.
        """
        desk, page = self.desk, self.shown.page
        tool = None
        if self.state.tool.get() is not None:
            tool = (
                self.shown.record and self.shown.record.id,
                page.total,
                page.rows[:1],
                page.rows[-1:],
                bool(self.running),
            )
        last = desk.records[-1] if desk.records else None
        failed = (
            last if last is not None and (last.step is not None or last.problem is not None or last.stopped) else None
        )
        own = in_the_way(self.entry, desk)
        before = own and in_words(own)  # what the card of the step says of them
        return tool, place_in_lesson(desk), before, failed and failed.id, self.problem, self.state.refusal.get()


def _draw_ledger(bench: Bench, draw_message_box: Callable[[], None]) -> None:
    """A turn that was started by a message is followed here; the page follows the others, in the same place."""
    is_alone = bench.is_alone_drawn_again()
    draw_table(bench.state, bench.shown, bench.running)
    draw_message_box()
    # Also when nothing runs: the clock of an earlier run may draw into it once more. Without it the browser's page went blank.
    bench.live = st.container(key="live-turn")
    if is_alone and bench.running:
        follow(bench.running[0], bench.live, bench.has_stored, "fragment")


def place_in_lesson(desk: Desk) -> tuple[int, int]:
    """How many steps are done, and the number of the step that is shown, from 1."""
    done = desk.progress.steps_done
    return done, address.number("step") or max(1, done)


def _explained(desk: Desk, shown: ShownRows) -> ShownRows:
    """`shown` with the turn that the page explains: the chosen turn, that of the chosen step, or the last of the session."""
    turn, step, turns = address.text("turn"), address.number("step"), shown.turns
    asked = next((record for record in turns if record.id == turn), None)
    if asked is None and step is not None and step < desk.progress.steps_done:
        asked = record_of_step(desk, step)
    if asked not in turns and turns:
        asked = turns[-1]
    return replace(shown, record=asked)


def _read_at_one_moment(
    desk: Desk, choice: Choice, state: PageState
) -> tuple[list[RunningTurn | LongWork], ShownRows, Problem | None]:
    """What runs, the page of rows that is shown, and why it cannot be read.

    A turn can begin or end while the rows are read: then they are not those of the records, and are read again.
    """
    for _ in range(_READS):
        # In this order: a turn that ends in between is in one of the two, and its rows are there.
        running, records = desk.running(), desk.records
        shown, problem = _read(choice, state, records)
        if (running, records) == (desk.running(), desk.records):
            break
    if problem is None:
        shown = replace(shown, new_after=_new_after(state, shown, running))
    return running, _explained(desk, shown), problem


_READS = 3
"""How often the rows are read at most: other tabs can start one turn after the other."""


def _read(choice: Choice, state: PageState, records: Sequence[TurnRecord]) -> tuple[ShownRows, Problem | None]:
    """The page of rows that is shown, or why it cannot be read."""
    store, session_id = choice.store, choice.session_id
    shown = ShownRows(store.name, session_id, records=records, selected=choice.row)
    try:
        page = _page_of_rows(choice, state)
        made = store.read_back(session_id, {row.key: row.data for row in page.rows})
    except Refused as refused:
        return replace(shown, is_read=False), refused.problem
    return replace(shown, page=page, read_back=made), None


def _new_after(state: PageState, shown: ShownRows, running: list[RunningTurn | LongWork]) -> int | None:
    """The key above which the rows are those of the turn that runs; None while none runs, or where nothing tells."""
    page, where = shown.page, (shown.store, shown.session_id)
    if not running:
        state.newest.put(Newest(*where, 0 if not page.rows or page.has_newer else page.rows[-1].key))
        return None
    newest = state.newest.get()
    if newest is not None and (newest.store, newest.session_id) == where:
        return newest.key
    # The page was opened in the middle of the turn: its rows begin with its question.
    message = running[0].message if isinstance(running[0], RunningTurn) else ""
    for row in page.rows[: -_OF_ONE_TURN - 1 : -1]:
        item = read(shown.made_of(row).data or row.data)
        if message and item.kind == "user" and item.text == message[: len(item.text)]:
            return row.key - 1
    return None


_OF_ONE_TURN = 12
"""How many of the newest rows are searched for the question of a turn."""


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
