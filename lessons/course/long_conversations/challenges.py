"""The challenges of Long conversations."""

from agents import Runner

from lessons.course.long_conversations.lesson import (
    ask_with_a_limit,
    from_the_newest_output,
    summary_of,
    talk_for_six_turns,
)
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt
from lessons.frame.meaning import tells_a_name
from lessons.frame.own_runs import own_calls, own_runs
from lessons.kit.items import Item
from lessons.kit.records import TurnRecord


async def replace_a_long_session(agent, session):
    await talk_for_six_turns(agent, session)
    summary = await summary_of(agent, await session.get_items())
    await session.clear_session()
    await session.add_items([{"role": "system", "content": summary}])
    return await Runner.run(agent, "What's my name?", session=session)


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


def check_shortened(attempt: Attempt) -> str | None:
    long = _were_long(attempt)
    if not long:
        return "No session had ten rows or more yet."
    reasons = [_why_not_shortened(attempt, session_id) for session_id in long]
    return None if None in reasons else reasons[-1]


def _were_long(attempt: Attempt) -> list[str]:
    """The sessions that had ten rows or more at some time: between two turns, or when they were read."""
    counts = {session_id: len(rows) for session_id, rows in attempt.rows.items()}
    found = [call.session_id for _, call in own_calls(attempt) if call.method == "get_items" and (call.rows or 0) >= 10]
    for record in reversed(attempt.records):
        found += [session_id for session_id, count in counts.items() if count >= 10]
        for row in record.added_rows:
            counts[row.session_id] = counts.get(row.session_id, 0) - 1
        for row in record.removed_rows:
            counts[row.session_id] = counts.get(row.session_id, 0) + 1
    return list(dict.fromkeys(found))


def _why_not_shortened(attempt: Attempt, session_id: str) -> str | None:
    rows = attempt.rows.get(session_id, ())
    if len(rows) > 8:
        return f'Session "{session_id}" has {len(rows)} rows; row {rows[0].key} is the first of them.'
    shorter = [at for at, call in own_calls(attempt, session_id) if call.method in ("clear_session", "pop_item")]
    runs = [run for run in own_runs(attempt) if run.session_id == session_id and run.at > max(shorter, default=(-1, 0))]
    if not runs or not any(map(tells_a_name, runs[-1].history)):
        return "Your last turn did not send a row that says a name."
    return None


async def cut_the_pair(agent, session):
    oslo = await Runner.run(agent, "What's the weather in Oslo?", session=session)
    count = from_the_newest_output(oslo.to_input_list())
    return await session.get_items(limit=count)


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
    called = {row.item.call_id for rows in attempt.rows.values() for row in rows if row.item.kind == "tool call"}
    if any(item.call_id in called for record in limited for item in _cut_outputs(record)):
        return None
    if "tool output" not in limited[-1].returned_kinds:
        return f"Row {tools[-1].key}, the output, was not returned either."
    if tools[-1].item.call_id not in called:
        return f"Row {tools[-1].key}, the output, has no call that is stored, so no limit has cut it off."
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
        "Bring a session of ten or more rows down to at most eight, so that your name is still sent with your last message.",
        hint="Clear it, and add one row that says what must be known.",
        check=check_shortened,
        solution=replace_a_long_session,
        wrong_attempts=(
            WrongAttempt(only_clear_it, "did not send a row that says a name"),
            WrongAttempt(only_read_less, "is the first of them"),
            WrongAttempt(keep_it_short, "No session had ten rows or more yet"),
        ),
    ),
    Challenge(
        "Read with a limit that cuts a tool call from its output.",
        hint="A tool turn ends with the call, the output, the reply. A limit counts from the end, reasoning items too.",
        check=check_cut,
        solution=cut_the_pair,
        wrong_attempts=(
            WrongAttempt(cut_after_the_pair, "was not returned either"),
            WrongAttempt(keep_the_pair, "together with its call"),
        ),
    ),
)
