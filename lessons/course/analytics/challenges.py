"""The challenges of Analytics."""

from collections.abc import Callable

from agents import Runner

from lessons.frame.lesson import Attempt, Challenge, StoredItem, WrongAttempt
from lessons.frame.meaning import sum_of
from lessons.frame.own_runs import OwnRun, own_calls, own_runs, restarts
from lessons.kit.items import Item
from lessons.kit.records import SessionCall

Structure = dict[str, set[str]]
"""The branches that each message of one session is on, by the id of the message."""


def kept_rows(attempt: Attempt, table_name: str, session_id: str) -> list[dict[str, str]]:
    """The rows of a table that the turns have added and not removed again."""
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
    firsts, (*_, (second_id, second)), (*_, (third_id, third)) = said.values()
    sessions = [session_id for session_id, _ in reversed(firsts) if session_id == second_id == third_id]
    if not sessions:
        session_id, first = firsts[0]
        return f'Rows {second.key} and {third.key} are not both in session "{session_id}", where row {first.key} is.'
    threes, fours = (_asked_runs(attempt, sessions[0], asked) for asked in ("3 + 3", "4 + 4"))
    return _why_not_sent(threes, fours, second, third) or _why_not_sent(fours, threes, third, second)


def _asks(expression: str) -> Callable[[Item], bool]:
    return lambda item: item.kind == "user" and sum_of(item.text) == expression.replace(" ", "")


def _asked_runs(attempt: Attempt, session_id: str, asked: str) -> list[OwnRun]:
    runs = [run for run in own_runs(attempt) if run.session_id == session_id]
    return [run for run in runs if sum_of(run.asked) == asked.replace(" ", "")]


def _why_not_sent(runs: list[OwnRun], others: list[OwnRun], row: StoredItem, other: StoredItem) -> str | None:
    """Why none of these runs sent "2 + 2" without the question of the others."""
    for asked, its_row in ((runs, row), (others, other)):
        if not asked:
            return f"Row {its_row.key} was added by a session call: no run asked it."
    is_first, is_other = _asks("2 + 2"), _asks(sum_of(others[0].asked))
    if any(any(map(is_first, run.history)) and not any(map(is_other, run.history)) for run in runs):
        return None
    if any(map(is_other, runs[-1].history)):
        return f"The run of the question in row {row.key} sent row {other.key} too."
    return f'The run of the question in row {row.key} did not send "2 + 2".'


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
    """The reason. It is '' if nothing was ever stored on such a branch, and None if the goal is reached."""
    used = deleted = False
    branch, last = "", (-1, 0)
    for at, call in own_calls(attempt, session_id):
        if any(last < restart < at for restart in restarts(attempt)):
            branch = ""  # a new session object is on main
        last = at
        if call.method.startswith("create_branch") or call.method == "switch_to_branch":
            branch = "draft" if _is_draft(call) else ""
        elif call.method == "add_items" and call.run is not None and not deleted:
            used = used or branch == "draft"
        elif call.method == "delete_branch" and _is_draft(call):
            deleted, branch = True, ""
    if not used:
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
    """The ids of the messages that turns have removed from main since the first branch "draft" was made."""
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
        'In one session ask "What\'s 2 + 2?". Then ask "What\'s 3 + 3?" and "What\'s 4 + 4?" so that the run of each sends the '
        "first question and not the other one. Keep the rows of all three.",
        hint="A branch from turn 2 includes what was said before turn 2.",
        check=check_branched,
        solution=three_plus_three_and_four_plus_four,
        wrong_attempts=(
            WrongAttempt(ask_all_on_main, "sent row 3 too"),
            WrongAttempt(branch_from_the_first_turn, 'in row 5 did not send "2 + 2"'),
            WrongAttempt(branch_one_turn_late, "sent row 3 too"),
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
