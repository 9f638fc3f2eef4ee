"""The challenges of SQL databases."""

from agents import Runner

from lessons.course.databases.lesson import tell_your_name
from lessons.frame.evidence import why_by_hand
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt
from lessons.frame.meaning import tells_a_name
from lessons.frame.own_runs import own_runs, restarts

TEXT_BYTES = 65_535
"""How many bytes fit into a TEXT column of MySQL."""
MESSAGE_CHARACTERS = 20_000


async def send_many_signs(agent, session):
    return await Runner.run(agent, "🎉" * 6_000, session=session)


async def send_many_letters(agent, session):
    return await Runner.run(agent, "x" * 6_000, session=session)


def check_row_is_long(attempt: Attempt) -> str | None:
    said = attempt.rows_saying("")
    if not said:
        return "No message of yours is stored."
    large = [one for one in said if one[1].size > TEXT_BYTES]
    short = [one for one in large if one[1].item.length <= MESSAGE_CHARACTERS]
    if any(why_by_hand(attempt, one) is None for one in short):
        return None
    if short:
        return why_by_hand(attempt, *short)
    if large:
        session_id, row = large[-1]
        return f'Row {row.key} of session "{session_id}" is large, but the message has more than 20,000 characters.'
    session_id, row = max(said, key=lambda one: one[1].size)
    return f'Row {row.key} of session "{session_id}" is the longest message: {row.size:,} bytes.'


async def tell_restart_ask(agent, open_session, restart):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    restart()
    return await Runner.run(agent, "What's my name?", session=open_session("alice"))


async def tell_it_again(agent, open_session, restart):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    restart()
    return await Runner.run(agent, "My name is Alice", session=open_session("alice"))


def check_restarted(attempt: Attempt) -> str | None:
    said = attempt.names_told
    if not said:
        return "No row says your name."
    if len(said) > 1:
        return f'Row {said[-1][1].key} of session "{said[-1][0]}" says it again. Say it once.'
    if by_hand := why_by_hand(attempt, said[0]):
        return by_hand
    runs = own_runs(attempt)
    told = next((run.at for run in runs if any(map(tells_a_name, run.sent))), (0, 0))
    since = [at for at in restarts(attempt) if at > told]
    if not since:
        return "Nothing was restarted since you said it."
    sent = [run for run in runs if run.at > since[0] and any(map(tells_a_name, run.history))]
    return None if sent else f"No run after the restart sent row {said[0][1].key}."


CHALLENGES = (
    Challenge(
        "Send a message of at most 20,000 characters whose row takes more than 65,535 bytes: more than a TEXT of MySQL holds.",
        hint="Each character outside ASCII is stored as \\u…, and an emoji as two of these.",
        check=check_row_is_long,
        solution=send_many_signs,
        wrong_attempts=(
            WrongAttempt(send_many_letters, "is the longest message"),
            WrongAttempt(tell_your_name, "is the longest message"),
        ),
    ),
    Challenge(
        "Say your name once and restart. Then make a run that sends your name.",
        hint="Restart, next to the message box, disposes of the engine. The database keeps the rows.",
        check=check_restarted,
        solution=tell_restart_ask,
        wrong_attempts=(
            WrongAttempt(tell_it_again, "Say it once"),
            WrongAttempt(tell_your_name, "Nothing was restarted"),
        ),
    ),
)
