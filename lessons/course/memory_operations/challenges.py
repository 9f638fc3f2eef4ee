"""The challenges of Memory operations."""

from agents import Runner

from lessons.course.memory_operations.lesson import undo_turn
from lessons.frame.evidence import questions, why_by_hand
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt
from lessons.frame.meaning import asks_for_the_name, tells_a_name


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
    rome = attempt.rows_saying("rome")
    if not rome:
        return "No row asks for the weather in Rome."
    oslo = attempt.rows_where(lambda item: "oslo" in item.text.casefold())
    for session_id, row in oslo:
        if session_id in {found for found, _ in rome}:
            return f'Row {row.key} of session "{session_id}" still speaks of Oslo ({row.item.kind}).'
    asked = [question for session_id, _ in rome for question in questions(attempt, session_id)]
    if not any("oslo" in question.text.casefold() for question in asked):
        return "You have not asked for the weather in Oslo yet: there was nothing to take back."
    return why_by_hand(attempt, *rome)


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
    last = next((record for record in reversed(attempt.records) if record.requests), None)
    if last is None or not any(asks_for_the_name(item.text) for item in last.sent if item.kind == "user"):
        return "Ask for your name, so that a run is sent the row."
    if not any(item.kind != "user" and tells_a_name(item) for item in last.sent):
        return f"Your last turn was not sent row {notes[0][1].key}."
    return None


CHALLENGES = (
    Challenge(
        "Ask for the weather in Oslo, remove that whole turn, then ask for Rome. No row may mention Oslo.",
        hint="A turn with one tool call is four rows. Pop until your own message is gone.",
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
