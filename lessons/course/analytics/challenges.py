"""The challenges of Analytics."""

from collections.abc import Callable

from agents import Runner

from lessons.frame.lesson import Attempt, Challenge, StoredItem, WrongAttempt
from lessons.frame.meaning import sum_of
from lessons.kit.items import Item
from lessons.kit.records import SessionCall

Structure = dict[str, set[str]]
"""The branches of one session, by the id of the message."""


def kept_rows(attempt: Attempt, table_name: str, session_id: str) -> list[dict[str, str]]:
    """What the turns have added to a table and not removed again."""
    found: dict[int | str, dict[str, str]] = {}
    for record in attempt.records:
        for table in record.changes:
            if (table.table, table.session_id) != (table_name, session_id):
                continue
            gone = {row.key for row in table.removed}
            found = {key: row for key, row in found.items() if key not in gone}
            found |= {row.key: row.after for row in table.added if row.after}
    return list(found.values())


def structure(attempt: Attempt, session_id: str) -> Structure:
    branches: Structure = {}
    for row in kept_rows(attempt, "message_structure", session_id):
        branches.setdefault(row["message_id"], set()).add(row["branch_id"])
    return branches


async def three_plus_three_and_four_plus_four(agent, session):
    await Runner.run(agent, "What's 2 + 2?", session=session)
    await Runner.run(agent, "What's 3 + 3?", session=session)
    await session.create_branch_from_turn(2, "other")
    return await Runner.run(agent, "What's 4 + 4?", session=session)


async def ask_all_on_main(agent, session):
    await Runner.run(agent, "What's 2 + 2?", session=session)
    await Runner.run(agent, "What's 3 + 3?", session=session)
    return await Runner.run(agent, "What's 4 + 4?", session=session)


async def branch_from_the_first_turn(agent, session):
    await Runner.run(agent, "What's 2 + 2?", session=session)
    await Runner.run(agent, "What's 3 + 3?", session=session)
    await session.create_branch_from_turn(1, "other")
    return await Runner.run(agent, "What's 4 + 4?", session=session)


async def branch_one_turn_late(agent, session):
    await Runner.run(agent, "What's 2 + 2?", session=session)
    await Runner.run(agent, "What's 3 + 3?", session=session)
    await Runner.run(agent, "What's 1 + 1?", session=session)
    await session.create_branch_from_turn(3, "other")
    return await Runner.run(agent, "What's 4 + 4?", session=session)


async def copy_instead(agent, session, open_session):
    await Runner.run(agent, "What's 2 + 2?", session=session)
    copy = open_session("copy")
    await copy.add_items(await session.get_items())
    await Runner.run(agent, "What's 3 + 3?", session=session)
    return await Runner.run(agent, "What's 4 + 4?", session=copy)


def check_branched(attempt: Attempt) -> str | None:
    said = {sum_: attempt.rows_where(_asks(sum_)) for sum_ in ("2 + 2", "3 + 3", "4 + 4")}
    for sum_, found in said.items():
        if not found:
            return f'No row of yours asks "{sum_}".'
    firsts, (*_, second), (*_, third) = said.values()
    reasons = [_why_not_after(attempt, first, second, third) for first in reversed(firsts)]
    return None if None in reasons else reasons[0]


def _why_not_after(attempt: Attempt, *rows: tuple[str, StoredItem]) -> str | None:
    (first_id, first), (second_id, second), (third_id, third) = rows
    if not first_id == second_id == third_id:
        return f'Rows {second.key} and {third.key} are not both in session "{first_id}", where row {first.key} is.'
    return _why_not_branched(structure(attempt, first_id), first, second, third)


def _asks(expression: str) -> Callable[[Item], bool]:
    return lambda item: item.kind == "user" and sum_of(item.text) == expression.replace(" ", "")


def _why_not_branched(branches: Structure, first: StoredItem, second: StoredItem, third: StoredItem) -> str | None:
    on = {row.key: branches.get(str(row.key), set()) for row in (first, second, third)}
    for row in (second, third):
        if not on[first.key] & on[row.key]:
            return f"Row {row.key} was asked on a branch that does not hold row {first.key}."
    both = on[second.key] & on[third.key]
    if both:
        return f'Rows {second.key} and {third.key} are both on the branch "{min(both)}".'
    return None


async def keep_the_books(agent, open_session):
    session = open_session("books")
    for message in ("What's 2 + 2?", "What's 3 + 3?", "What's 4 + 4?"):
        result = await Runner.run(agent, message, session=session)
        await session.store_run_usage(result)
    return result


async def keep_them_at_the_end(agent, open_session):
    session = open_session("books")
    for message in ("What's 2 + 2?", "What's 3 + 3?", "What's 4 + 4?"):
        result = await Runner.run(agent, message, session=session)
    await session.store_run_usage(result)
    return result


async def keep_no_books(agent, open_session):
    session = open_session("books")
    for message in ("What's 2 + 2?", "What's 3 + 3?", "What's 4 + 4?"):
        result = await Runner.run(agent, message, session=session)
    return result


def check_books(attempt: Attempt) -> str | None:
    users = [row for row in attempt.rows.get("books", ()) if row.item.kind == "user"]
    if len(users) < 3:
        return f'Session "books" holds {len(users)} of 3 questions.'
    paid = {_turn(row) for row in kept_rows(attempt, "turn_usage", "books")}
    asked: dict[str, set[tuple[str, str]]] = {}
    for row in kept_rows(attempt, "message_structure", "books"):
        asked.setdefault(row["message_id"], set()).add(_turn(row))
    unpaid = [user for user in users if not asked.get(str(user.key), set()) & paid]
    if len(users) - len(unpaid) >= 3:
        return None
    numbers = [number for _, number in asked.get(str(unpaid[0].key), ())]
    return f"Turn {min(numbers, default='?')} (row {unpaid[0].key}) has no row in turn_usage."


def _turn(row: dict[str, str]) -> tuple[str, str]:
    return row["branch_id"], row["user_turn_number"]


async def try_and_delete(agent, session):
    await Runner.run(agent, "What's 2 + 2?", session=session)
    await Runner.run(agent, "What's 3 + 3?", session=session)
    await session.create_branch_from_turn(2, "draft")
    await Runner.run(agent, "What's 4 + 4?", session=session)
    await session.switch_to_branch("main")
    await session.delete_branch("draft")


async def try_and_switch_back(agent, session):
    await Runner.run(agent, "What's 2 + 2?", session=session)
    await Runner.run(agent, "What's 3 + 3?", session=session)
    await session.create_branch_from_turn(2, "draft")
    await Runner.run(agent, "What's 4 + 4?", session=session)
    await session.switch_to_branch("main")


async def try_and_clear(agent, session):
    await try_and_switch_back(agent, session)
    await session.clear_session()


async def delete_it_unused(agent, session):
    await Runner.run(agent, "What's 2 + 2?", session=session)
    await Runner.run(agent, "What's 3 + 3?", session=session)
    await session.create_branch_from_turn(2, "draft")
    await session.delete_branch("draft", force=True)


def check_deleted(attempt: Attempt) -> str | None:
    sessions = sorted({call.session_id for record in attempt.records for call in record.calls})
    reasons = [_why_not_deleted(attempt, session_id) for session_id in sessions]
    return None if None in reasons else next(filter(None, reasons), 'No turn was stored on a branch named "draft".')


def _why_not_deleted(attempt: Attempt, session_id: str) -> str | None:
    """The reason, which is '' where nothing was ever stored on such a branch; None when it is done."""
    calls = [
        call
        for record in attempt.records
        for call in record.calls
        if call.session_id == session_id and call.depth == 1 and call.error is None
    ]
    made = [at for at, call in enumerate(calls) if call.method.startswith("create_branch") and _is_draft(call)]
    used = [at for at, call in enumerate(calls) if call.method == "add_items" and made and at > made[0]]
    deleted = [at for at, call in enumerate(calls) if call.method == "delete_branch" and _is_draft(call)]
    if not used or (deleted and used[0] > deleted[0]):
        return ""
    lost = next(iter(_lost_on_main(attempt, session_id)), None)
    if lost is not None:
        return f'Row {lost} of session "{session_id}" was on main, and is gone too.'
    for message, branches in structure(attempt, session_id).items():
        if "draft" in branches:
            return f'Row {message} of session "{session_id}" is still on the branch "draft".'
    return None if deleted else f'The branch "draft" of session "{session_id}" was not deleted.'


def _is_draft(call: SessionCall) -> bool:
    return any(f"{name}='draft'" in call.arguments for name in ("branch_name", "branch_id"))


def _lost_on_main(attempt: Attempt, session_id: str) -> list[str]:
    """The messages that a turn has taken from main since there was a draft."""
    drafted = [
        at
        for at, record in enumerate(attempt.records)
        for call in record.calls
        if call.session_id == session_id and call.method.startswith("create_branch") and _is_draft(call)
    ]
    return [
        row.before["message_id"]
        for record in attempt.records[min(drafted, default=0) :]
        for table in record.changes
        if (table.table, table.session_id) == ("message_structure", session_id)
        for row in table.removed
        if row.before and row.before["branch_id"] == "main"
    ]


CHALLENGES = (
    Challenge(
        'In one session ask "What\'s 2 + 2?". Then ask "What\'s 3 + 3?" and "What\'s 4 + 4?" so that both were sent the first '
        "question, and neither was sent the other. Keep the rows of all three.",
        hint="A branch from turn 2 includes what was said before turn 2.",
        check=check_branched,
        solution=three_plus_three_and_four_plus_four,
        wrong_attempts=(
            WrongAttempt(ask_all_on_main, 'are both on the branch "main"'),
            WrongAttempt(branch_from_the_first_turn, "on a branch that does not hold row 1"),
            WrongAttempt(branch_one_turn_late, 'are both on the branch "other"'),
            WrongAttempt(copy_instead, "are not both in session"),
        ),
    ),
    Challenge(
        'Ask three questions in session "books", each with a row in turn_usage.',
        hint="store_run_usage belongs after each run. A message that you send on this page is followed by it.",
        check=check_books,
        solution=keep_the_books,
        wrong_attempts=(
            WrongAttempt(keep_them_at_the_end, "Turn 1 (row 1) has no row in turn_usage"),
            WrongAttempt(keep_no_books, "Turn 1 (row 1)"),
            WrongAttempt(ask_all_on_main, "holds 0 of 3 questions"),
        ),
    ),
    Challenge(
        'Ask something on a branch named "draft", then delete the branch. Main must lose nothing.',
        hint="delete_branch deletes the rows that are on no other branch.",
        check=check_deleted,
        solution=try_and_delete,
        wrong_attempts=(
            WrongAttempt(try_and_switch_back, 'is still on the branch "draft"'),
            WrongAttempt(try_and_clear, "was not deleted"),
            WrongAttempt(delete_it_unused, 'No turn was stored on a branch named "draft"'),
        ),
    ),
)
