"""The challenges of Long conversations."""

from agents import Runner

from lessons.course.long_conversations.lesson import ask_with_a_limit, replace_old_rows, talk_for_six_turns
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt
from lessons.frame.meaning import tells_a_name
from lessons.kit.items import Item
from lessons.kit.records import TurnRecord


async def replace_a_long_session(agent, session):
    await talk_for_six_turns(agent, session)
    return await replace_old_rows(agent, session)


async def only_clear_it(agent, session):
    await talk_for_six_turns(agent, session)
    await session.clear_session()
    return await Runner.run(agent, "What's my name?", session=session)


async def only_read_less(agent, session):
    await talk_for_six_turns(agent, session)
    return await ask_with_a_limit(agent, session)


async def keep_it_short(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    return await Runner.run(agent, "What's my name?", session=session)


def _calls(record: TurnRecord, session_id: str, *methods: str) -> bool:
    return any(call.method in methods and call.session_id == session_id for call in record.calls)


def check_shortened(attempt: Attempt) -> str | None:
    calls = [call for record in attempt.records for call in record.calls if call.method == "get_items"]
    long = [call.session_id for call in calls if call.rows is not None and call.rows >= 10]
    if not long:
        return "No read of a session gave ten items or more yet."
    rows = attempt.rows.get(long[-1], ())
    if len(rows) > 8:
        return f'Session "{long[-1]}" has {len(rows)} rows; row {rows[0].key} is the first of them.'
    shorter = [at for at, record in enumerate(attempt.records) if _calls(record, long[-1], "clear_session", "pop_item")]
    since = attempt.records[max(shorter, default=0) :]
    asked = [record for record in since if record.requests and _calls(record, long[-1], "get_items")]
    if not asked or not any(map(tells_a_name, asked[-1].sent[:-1])):
        return "Your last turn was not sent a row that says a name."
    return None


async def cut_the_pair(agent, session):
    await Runner.run(agent, "What's the weather in Oslo?", session=session)
    return await session.get_items(limit=2)


async def cut_after_the_pair(agent, session):
    await Runner.run(agent, "What's the weather in Oslo?", session=session)
    return await session.get_items(limit=1)


async def keep_the_pair(agent, session):
    await Runner.run(agent, "What's the weather in Oslo?", session=session)
    return await session.get_items(limit=3)


def check_cut(attempt: Attempt) -> str | None:
    tools = [row for rows in attempt.rows.values() for row in rows if row.item.kind == "tool output"]
    if not tools:
        return "No row is a tool's output. Ask for the weather in a city."
    limited = [record for record in attempt.records if _read_with_a_limit(record)]
    if not limited:
        return "You have not read with a limit yet."
    if any(map(_cut_outputs, limited)):
        return None
    if "tool output" not in limited[-1].returned_kinds:
        return f"Row {tools[-1].key}, the output, was not returned either."
    return f"Row {tools[-1].key}, the output, was returned together with its call."


def _read_with_a_limit(record: TurnRecord) -> bool:
    reads = [call for call in record.calls if call.method == "get_items" and call.depth == 1]
    return bool(reads) and "limit=" in reads[-1].arguments


def _cut_outputs(record: TurnRecord) -> list[Item]:
    """The outputs that the last read of a turn returned without their call."""
    called = {item.call_id for item in record.returned if item.kind == "tool call"}
    return [item for item in record.returned if item.kind == "tool output" and item.call_id not in called]


CHALLENGES = (
    Challenge(
        "Bring a session of ten or more rows down to at most eight, so that your last message is still sent your name.",
        hint="Clear it, and add one row that says what must be known.",
        check=check_shortened,
        solution=replace_a_long_session,
        wrong_attempts=(
            WrongAttempt(only_clear_it, "was not sent a row that says a name"),
            WrongAttempt(only_read_less, "is the first of them"),
            WrongAttempt(keep_it_short, "No read of a session gave ten items"),
        ),
    ),
    Challenge(
        "Read with a limit that cuts a tool call from its output.",
        hint="A tool turn ends with the call, the output, the reply. A limit counts from the end.",
        check=check_cut,
        solution=cut_the_pair,
        wrong_attempts=(
            WrongAttempt(cut_after_the_pair, "was not returned either"),
            WrongAttempt(keep_the_pair, "together with its call"),
        ),
    ),
)
