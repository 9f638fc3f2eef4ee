"""The challenges of Hosted conversations."""

from agents import Runner

from lessons.course.hosted.evidence import DELETED
from lessons.course.hosted.step_code import compact_by_response_id
from lessons.frame.evidence import questions, why_by_hand
from lessons.frame.lesson import Attempt, Challenge, StoredItem, WrongAttempt
from lessons.frame.meaning import tells_a_name
from lessons.frame.own_runs import own_runs


async def begin_a_new_conversation(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    await session.clear_session()
    return await Runner.run(agent, "My name is Alice", session=session)


async def pop_everything_and_tell_again(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    while await session.pop_item() is not None:
        pass
    return await Runner.run(agent, "My name is Alice", session=session)


async def clear_and_say_nothing(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    await session.clear_session()


def check_new_conversation(attempt: Attempt) -> str | None:
    said = attempt.names_told
    if not said:
        return "No row of yours says your name."
    reasons = [_why_not_again(attempt, session_id, row) for session_id, row in said]
    return None if None in reasons else reasons[0]


def _why_not_again(attempt: Attempt, session_id: str, row: StoredItem) -> str | None:
    told = [run.at for run in own_runs(attempt) if run.session_id == session_id and any(map(tells_a_name, run.sent))]
    deleted = [
        (number, call.order)
        for number, record in enumerate(attempt.records)
        for call in record.exchanges
        if call.session_id == session_id and DELETED.fullmatch(call.method)
    ]
    since = [at for at in deleted if told and told[0] < at]
    if not since:
        return f'Row {row.key} of session "{session_id}" is in its first conversation: nothing has deleted that one.'
    again = any(at > since[0] for at in told) and why_by_hand(attempt, (session_id, row)) is None
    return None if again else f'Session "{session_id}" was told your name once. Tell it again.'


async def ask_sums(agent, session, count):
    for number in range(1, count + 1):
        result = await Runner.run(agent, f"What's {number} + {number}?", session=session)
    return result


def is_compacted(items):
    return any(item.get("type") == "compaction" for item in items)


async def ten_turns(agent, session):
    result = await ask_sums(agent, session, 10)
    if not is_compacted(await session.get_items()):
        await session.run_compaction({"force": True})  # a Chat Completions model does not start it
    return result


async def nine_turns(agent, session):
    return await ask_sums(agent, session, 9)


def check_compacted(attempt: Attempt) -> str | None:
    if not any(attempt.rows.values()):
        return "No session of this store has rows."
    reasons = []
    for session_id, rows in attempt.rows.items():
        kinds = [row.item.kind for row in rows]
        counted = sum(kind not in ("user", "compaction") for kind in kinds)
        if "compaction" not in kinds:
            reasons.append(f'Session "{session_id}" holds {counted} items that count; it is compacted at ten.')
        elif "user" not in kinds:
            reasons.append(f'Session "{session_id}" was compacted, and no message of yours is left.')
        elif not (asked := questions(attempt, session_id)):
            reasons.append(f'Session "{session_id}" was compacted, and no run has talked in it.')
        elif (stored := _items_that_counted(attempt, session_id)) < 10:
            reasons.append(
                f'Session "{session_id}" was compacted after {stored} items that count. Talk until there are ten.'
            )
        else:
            left = {row.item.text for row in rows if row.item.kind == "user"}
            lost = [item.text for item in asked if item.text not in left]
            if not lost:
                return None
            reasons.append(f'Session "{session_id}" was compacted, and your message "{lost[0]}" is lost.')
    return reasons[0]


def _items_that_counted(attempt: Attempt, session_id: str) -> int:
    """How many items the runs of this session have stored, not counting the user's message of each run."""
    runs = [run for record in attempt.records for run in record.ledger.runs if run.session_id == session_id]
    return sum(max(run.stored_count - 1, 0) for run in runs)


CHALLENGES = (
    Challenge(
        "Tell a session your name, let the service delete its conversation, and tell the same session your name again.",
        hint="Clear is in the tool Call a method, next to the ledger. Popping deletes items, but not the conversation.",
        check=check_new_conversation,
        solution=begin_a_new_conversation,
        wrong_attempts=(
            WrongAttempt(pop_everything_and_tell_again, "is in its first conversation"),
            WrongAttempt(clear_and_say_nothing, "No row of yours says"),
        ),
    ),
    Challenge(
        "With the emulated compaction, talk until the session is compacted, and lose none of your messages.",
        hint="Choose that store next to the message box. Ten replies are needed, or fewer with a reasoning model. A Chat "
        "Completions model never starts it: the solution shows the call that does.",
        check=check_compacted,
        solution=ten_turns,
        wrong_attempts=(
            WrongAttempt(nine_turns, "holds 9 items that count"),
            WrongAttempt(compact_by_response_id, "no message of yours is left"),
        ),
        store="compaction_emulated",
    ),
)
