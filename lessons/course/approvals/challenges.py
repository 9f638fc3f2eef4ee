"""The challenges of Approvals."""

import re

from lessons.course.approvals.lesson import approve_it, decide, ignore_it, stop_for_approval
from lessons.frame.evidence import why_by_hand
from lessons.frame.lesson import Attempt, Challenge, StoredItem, WrongAttempt
from lessons.frame.meaning import says_not_approved
from lessons.frame.own_runs import lines_of
from lessons.kit.items import Item
from lessons.kit.ledger.ledger import LedgerLine
from lessons.kit.records import TurnRecord


def calls_and_outputs(attempt: Attempt) -> tuple[dict[str, tuple[str, StoredItem]], set[str]]:
    """Each stored call by its id, with its session, and the ids of the calls that have an output anywhere."""
    calls, answered = {}, set()
    for session_id, rows in attempt.rows.items():
        for row in rows:
            if row.item.kind == "tool call" and row.item.call_id:
                calls[row.item.call_id] = session_id, row
            if row.item.kind == "tool output" and row.item.call_id:
                answered.add(row.item.call_id)
    return calls, answered


async def forget_a_booking(agent, session):
    return await ignore_it(agent, session)


async def only_ask(agent, session):
    await stop_for_approval(agent, session)


async def book_it(agent, session):
    return await approve_it(agent, session)


def check_forgotten(attempt: Attempt) -> str | None:
    calls, answered = calls_and_outputs(attempt)
    answered |= {
        line.item.call_id
        for record in attempt.records
        for _, line in lines_of(record)
        if line.item.call_id and line.item.kind == "tool output"
    }
    waiting = {call_id: place for call_id, place in calls.items() if call_id not in answered}
    if not calls:
        return 'No tool was called. Say "Book a hotel in Oslo".'
    if not waiting:
        return "Every call that is stored has, or had, its output."
    if all(why_by_hand(attempt, place) for place in waiting.values()):
        return why_by_hand(attempt, *waiting.values())
    left_out = {line.item.call_id for record in attempt.records for line in _left_out(record)}
    if any(call_id in left_out and why_by_hand(attempt, place) is None for call_id, place in waiting.items()):
        return None
    session_id, row = next(iter(waiting.values()))
    return f'Row {row.key} of session "{session_id}" waits, and no run of yours has left it out. Send another message.'


def _left_out(record: TurnRecord) -> list[LedgerLine]:
    """The calls that the session returned in this turn, and that were not sent."""
    lines = [line for ledger in (record.ledger, *record.other_ledgers) for line in ledger.lines]
    calls = [line for line in lines if line.item.kind == "tool call" and line.item.call_id]
    return [line for line in calls if record.requests and line.returned and not line.sent]


async def decide_it_later(agent, session):
    kept = await stop_for_approval(agent, session)
    return await decide(agent, kept, session, approve=False)


async def approve_another(agent, session):
    return await approve_it(agent, session)


def check_rejected(attempt: Attempt) -> str | None:
    own = attempt.rows_where(lambda item: item.kind in ("tool output", "system", "developer", "user"))
    calls, _ = calls_and_outputs(attempt)
    for session_id, row in own:
        if says_not_approved(row.item.text) and _is_about_a_booking(row.item, session_id, calls):
            called = calls.get(row.item.call_id or "")
            if row.item.kind != "tool output" or (called and called[0] == session_id):
                return None
            return f'Row {row.key} of session "{session_id}" is an output whose call is not in that session.'
    outputs = [row for _, row in own if row.item.kind == "tool output"]
    if not outputs:
        return "No row of yours says that a booking was not approved."
    return f"The output in row {outputs[-1].key} is that of a tool that ran."


_BOOKING = re.compile(r"\b(?:book|reserv|hotel|room|trip|stay|buch)", re.I)


def _is_about_a_booking(item: Item, session_id: str, calls: dict[str, tuple[str, StoredItem]]) -> bool:
    """Whether the item is about a booking, is a tool output, or is in a session that has called a tool."""
    called_here = session_id in {found for found, _ in calls.values()}
    return item.kind == "tool output" or called_here or bool(_BOOKING.search(item.text))


CHALLENGES = (
    Challenge(
        "Let a call wait for approval. Then send a message so that the model is not sent the call, while its row stays.",
        hint="What does the next message send of a call that has no output?",
        check=check_forgotten,
        solution=forget_a_booking,
        wrong_attempts=(
            WrongAttempt(only_ask, "waits, and no run of yours has left it out"),
            WrongAttempt(book_it, "Every call that is stored has, or had, its output"),
        ),
    ),
    Challenge(
        "Store in a session that a booking was not approved, so that the model is told so in every later run.",
        hint="A rejection is stored as the output of the call. You can also add that item to the session yourself.",
        check=check_rejected,
        solution=decide_it_later,
        wrong_attempts=(
            WrongAttempt(approve_another, "is that of a tool that ran"),
            WrongAttempt(only_ask, "No row of yours says that a booking was not approved"),
        ),
    ),
)
