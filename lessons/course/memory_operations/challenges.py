"""The challenges of Memory operations."""

import re

from agents import Runner

from lessons.course.memory_operations.lesson import undo_turn
from lessons.frame.evidence import why_by_hand
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt
from lessons.frame.meaning import asks_for_the_name, tells_a_name
from lessons.frame.own_runs import OwnRun, own_runs


async def undo_it_whole(agent, session):
    await Runner.run(agent, "What's the weather in Oslo?", session=session)
    await undo_turn(session)
    return await Runner.run(agent, "What's the weather in Rome?", session=session)


async def undo_it_with_two_pops(agent, session):
    await Runner.run(agent, "What's the weather in Oslo?", session=session)
    await session.pop_item()
    await session.pop_item()
    return await Runner.run(agent, "What's the weather in Rome?", session=session)


async def do_not_undo(agent, session):
    await Runner.run(agent, "What's the weather in Oslo?", session=session)
    return await Runner.run(agent, "What's the weather in Rome?", session=session)


_WEATHER = re.compile(r"\?|weather|temperature|rain|cold|warm|umbrella|wetter|clima|tiempo|météo", re.I)


def check_corrected(attempt: Attempt) -> str | None:
    rome = attempt.rows_saying("rome")
    if not rome:
        return "No row asks for the weather in Rome."
    for session_id, row in attempt.rows_where(lambda item: "oslo" in item.text.casefold()):
        return f'Row {row.key} of session "{session_id}" still speaks of Oslo ({row.item.kind}).'
    for session_id in {session_id for session_id, _ in rome}:
        for row in attempt.rows[session_id]:
            if row.sealed:
                return f'Row {row.key} of session "{session_id}" is encrypted with another key, and still stored.'
    runs = [run for run in own_runs(attempt) if run.session_id in {session_id for session_id, _ in rome}]
    oslo = [run.at for run in runs if _asks_for(run, "oslo")]
    if not oslo:
        return "You have not asked for the weather in Oslo yet: there was nothing to take back."
    if not any(_asks_for(run, "rome") and run.at > oslo[0] for run in runs):
        return why_by_hand(attempt, *rome) or "Ask for the weather in Rome after that."
    return None


def _asks_for(run: OwnRun, city: str) -> bool:
    """Whether the message of the run names this city and asks for its weather, or made the model call a tool with it."""
    called = any(item.kind == "tool call" and city in item.text.casefold() for item in run.sent)
    return city in run.asked.casefold() and (called or bool(_WEATHER.search(run.asked)))


async def teach_it_your_name(agent, session):
    await session.add_items([{"role": "system", "content": "The user's name is Alice."}])
    return await Runner.run(agent, "What's my name?", session=session)


async def tell_it_your_name(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    return await Runner.run(agent, "What's my name?", session=session)


async def only_ask(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


def check_taught(attempt: Attempt) -> str | None:
    said = attempt.names_told
    if said:
        session_id, row = said[0]
        return f'Row {row.key} of session "{session_id}" is a message of yours that says it. Let no message say it.'
    notes = attempt.rows_where(lambda item: item.kind != "user" and tells_a_name(item))
    if not notes:
        return "No system row says a name, and no other row that is not a message of yours does."
    asked = [run for run in own_runs(attempt) if asks_for_the_name(run.asked)]
    if not asked:
        return "Ask for your name, so that a run sends the row."
    if not any(item.kind != "user" and tells_a_name(item) for run in asked for item in run.sent):
        return f"The run of your last question for the name did not send row {notes[0][1].key}."
    return None


CHALLENGES = (
    Challenge(
        "Ask for the weather in Oslo, remove that whole turn, then ask for Rome. No row may mention Oslo.",
        hint="A turn with one tool call is at least four rows. Pop until your own message is gone.",
        check=check_corrected,
        solution=undo_it_whole,
        wrong_attempts=(
            WrongAttempt(undo_it_with_two_pops, "still speaks of Oslo (user)"),
            WrongAttempt(do_not_undo, "Row 1"),
        ),
    ),
    Challenge(
        "Make it know your name although no message of yours says it, and ask for it.",
        hint="add_items stores any item, also one with the role system.",
        check=check_taught,
        solution=teach_it_your_name,
        wrong_attempts=(
            WrongAttempt(tell_it_your_name, "is a message of yours"),
            WrongAttempt(only_ask, "No system row says a name"),
        ),
    ),
)
