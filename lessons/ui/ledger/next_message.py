"""What would be sent if the learner sent a message now: a mark on the lines of the ledger that can be switched on."""

import streamlit as st

from lessons.course.index import load_lesson
from lessons.frame.entry import Entry
from lessons.kit.problems.counted import counted
from lessons.kit.problems.problem import Refused
from lessons.kit.turns.desk import Desk
from lessons.ui.ledger.shown_rows import NextMessage, ShownRows
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import marked

MOST_ROWS = 20_000
"""With more rows it is not looked up: the app would start a real run for it, which reads all of them."""


def draw_next_switch(state: PageState, place: object) -> bool:
    """Draw the switch. It is switched off when the `place` in the lesson changes: the next step may ask just this question."""
    if state.next_place.get() != place:
        state.next_place.put(place)
        state.shows_next.put(False)
    return st.toggle(
        "Sent next",
        key=state.shows_next.key,
        help="On: each row says whether it would be sent if you sent a message now. Nothing is stored for it.",
    )


def next_message(entry: Entry, desk: Desk, shown: ShownRows, *, with_session: bool) -> NextMessage:
    """What a message that is sent now would include, with the settings of the page."""
    if not with_session:
        return NextMessage(
            "If you send a message now, no row would be sent.",
            "The message goes without a session: the run reads nothing.",
            {row.key: "no session" for row in shown.page.rows},
        )
    if not shown.page.rows:
        return NextMessage(f"If you send a message now, it would be sent alone: {_of(shown)} has no row.")
    if shown.page.total > MOST_ROWS:
        return NextMessage(
            f"The app does not look up what would be sent: {_of(shown)} has {shown.page.total:,} rows.",
            f"The next run reads all of them. That takes seconds, so the page looks at {MOST_ROWS:,} at most.",
        )
    # Imported here, since it loads the SDK.
    from lessons.kit.turns.next_message import before_next_message

    try:
        ledger = before_next_message(desk, shown.store, shown.session_id, load_lesson(entry.slug).make_agent)
    except Refused as refused:
        return NextMessage(f"It is not known what would be sent. {marked(refused.problem.what)}")
    lines = [line for line in ledger.lines if line.row is not None]
    sent = next((run.sent[0] for run in ledger.runs if run.sent), 0)
    left_out = sum(not line.sent for line in lines)
    older = "Rows older than the newest ones have no mark. " if ledger.has_earlier else ""
    not_sent = f"{counted(left_out, 'row')} of {_of(shown)} would not be sent." if left_out else ""
    return NextMessage(
        f"If you send a message now, {counted(max(sent - 1, 0), 'row')} would be sent before it.",
        f"{older}{not_sent}".strip(),
        {line.row.key: "" if line.sent else line.why or "not sent" for line in lines if line.row is not None},
    )


def _of(shown: ShownRows) -> str:
    return f"session {marked(shown.session_id, 60)}"
