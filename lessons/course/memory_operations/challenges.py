"""The challenges of Memory operations."""

from agents import Runner

from lessons.course.memory_operations.lesson import undo_turn
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt


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


def check_corrected(attempt: Attempt) -> str | None:
    for session_id, rows in attempt.rows.items():
        if not any("Rome" in row.item.text for row in rows if row.item.kind == "user"):
            continue
        for row in rows:
            if "Oslo" in row.item.text:
                return f'Row {row.key} of session "{session_id}" still speaks of Oslo ({row.item.kind}).'
        return None
    return "No row asks for the weather in Rome."


async def teach_it_your_name(agent, session):
    await session.add_items([{"role": "system", "content": "The user's name is Alice."}])
    return await Runner.run(agent, "What's my name?", session=session)


async def tell_it_your_name(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    return await Runner.run(agent, "What's my name?", session=session)


async def only_ask(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


def check_taught(attempt: Attempt) -> str | None:
    said = attempt.rows_saying("name is")
    if said:
        session_id, row = said[0]
        return f'Row {row.key} of session "{session_id}" is a message of yours that says it. Let no message say it.'
    notes = [
        row for rows in attempt.rows.values() for row in rows if row.item.kind == "system" and "name" in row.item.text
    ]
    if not notes:
        return "No system row says a name."
    last = attempt.records[-1]
    return None if last.was_sent("name is") else f"Your last turn was not sent row {notes[0].key}."


CHALLENGES = (
    Challenge(
        "Ask for the weather in Oslo, take that turn back whole, then ask for Rome. No row may speak of Oslo.",
        hint="A tool turn is four rows. Pop until your own message is gone.",
        check=check_corrected,
        solution=undo_it_whole,
        wrong_attempts=(
            WrongAttempt(undo_it_with_two_pops, "still speaks of Oslo (user)"),
            WrongAttempt(do_not_undo, "Row 1"),
        ),
    ),
    Challenge(
        "Make it know your name although no message of yours says it.",
        hint="add_items takes any item, also one with the role system.",
        check=check_taught,
        solution=teach_it_your_name,
        wrong_attempts=(
            WrongAttempt(tell_it_your_name, "is a message of yours"),
            WrongAttempt(only_ask, "No system row says a name"),
        ),
    ),
)
