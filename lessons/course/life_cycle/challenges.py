"""The challenges of Life cycle."""

from agents import Runner

from lessons.course.life_cycle.step_code import CHAT, export_items, import_items
from lessons.frame.evidence import own_sessions
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt
from lessons.frame.own_runs import Moment, lines_of, own_calls, was_stored
from lessons.kit.ledger.ledger import LedgerLine


async def copy_a_session(open_session):
    await open_session("alice").add_items(CHAT)
    await import_items(await export_items(open_session("alice")), open_session("alice_2"))


async def copy_it_into_itself(open_session):
    await open_session("alice").add_items(CHAT)
    await import_items(await export_items(open_session("alice")), open_session("alice"))


async def copy_half_of_it(open_session):
    await open_session("alice").add_items(CHAT)
    await open_session("alice_2").add_items(CHAT[:1])


def check_copied(attempt: Attempt) -> str | None:
    said = {name: [(row.item.kind, row.item.text) for row in rows] for name, rows in attempt.rows.items() if rows}
    if not said:
        return "Nothing is stored yet."
    if len(said) == 1:
        return f'Only session "{next(iter(said))}" has rows.'
    for name, items in said.items():
        same = {name, *(other for other, found in said.items() if found == items)}
        if len(items) >= 2 and len(same) >= 2 and same & own_sessions(attempt):
            return None
    return "No two sessions have the same items in the same order."


async def delete_one_of_two(agent, open_session):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    await Runner.run(agent, "My name is Bob", session=open_session("bob"))
    await open_session("alice").clear_session()


async def delete_both(agent, open_session):
    await delete_one_of_two(agent, open_session)
    await open_session("bob").clear_session()


async def delete_none(agent, open_session):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    await Runner.run(agent, "My name is Bob", session=open_session("bob"))


def check_one_deleted(attempt: Attempt) -> str | None:
    calls = own_calls(attempt)
    cleared = [(at, call.session_id) for at, call in calls if call.method == "clear_session"]
    if not cleared:
        return "No session was cleared yet."
    reasons = [_why_not_one_deleted(attempt, at, session_id) for at, session_id in cleared]
    return None if None in reasons else reasons[-1]


def _why_not_one_deleted(attempt: Attempt, moment: Moment, session_id: str) -> str | None:
    stored = [
        call for at, call in own_calls(attempt, session_id) if call.method == "add_items" and call.rows and at < moment
    ]
    if not stored or not any(
        found == session_id and line.mark == "removed" for found, line in _lines_since(attempt, moment)
    ):
        return f'Session "{session_id}" had no rows of yours when it was cleared.'
    left = [(name, row) for name, row in attempt.rows_where(lambda item: True) if name != session_id]
    if attempt.rows.get(session_id):
        return f'Session "{session_id}" was cleared, and has rows again.'
    if not left:
        return "You have stored nothing in another session: no row of yours is left."
    if not any(was_stored(attempt, name, row, moment) for name, row in left):
        return f'Session "{session_id}" was cleared before you stored something in another one.'
    return None


def _lines_since(attempt: Attempt, moment: Moment) -> list[tuple[str | None, LedgerLine]]:
    return [one for record in attempt.records[moment[0] :] for one in lines_of(record)]


CHALLENGES = (
    Challenge(
        "Make two sessions with the same items in the same order, at least two items each.",
        hint="Read the items of one session and add them to another one, in a single call.",
        check=check_copied,
        solution=copy_a_session,
        wrong_attempts=(
            WrongAttempt(copy_it_into_itself, 'Only session "alice" has rows'),
            WrongAttempt(copy_half_of_it, "No two sessions have the same items"),
        ),
    ),
    Challenge(
        "Store something in two sessions, and then clear one of them, so that the other keeps its rows.",
        hint="clear_session() is in the tool Call a method, next to the ledger.",
        check=check_one_deleted,
        solution=delete_one_of_two,
        wrong_attempts=(
            WrongAttempt(delete_both, "no row of yours is left"),
            WrongAttempt(delete_none, "No session was cleared yet"),
        ),
    ),
)
