"""The challenges of Basic sessions."""

from agents import Runner

from lessons.frame.evidence import why_by_hand
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt
from lessons.frame.meaning import asks_for_the_name, tells_a_name, tells_this_name
from lessons.kit.records import TurnRecord


async def forget_by_changing_the_id(agent, open_session):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    return await Runner.run(agent, "What's my name?", session=open_session("alice_2"))


async def forget_by_clearing(agent, open_session):
    session = open_session("alice")
    await Runner.run(agent, "My name is Alice", session=session)
    await session.clear_session()
    return await Runner.run(agent, "What's my name?", session=session)


async def ask_the_same_session(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    return await Runner.run(agent, "What's my name?", session=session)


def last_question(attempt: Attempt) -> TurnRecord | None:
    """The last turn in which the model was asked; a restart after it does not count."""
    return next((turn for turn in reversed(attempt.records) if turn.requests), None)


def _asked_last(turn: TurnRecord) -> str:
    """The user's message of the last run of a turn."""
    return next((item.text for item in reversed(turn.sent) if item.kind == "user"), "")


def check_forgotten(attempt: Attempt) -> str | None:
    told = attempt.names_told
    if not told:
        return 'No row says a name. Tell it "My name is Alice" first, and leave that row where it is.'
    last = last_question(attempt)
    if last is None or not asks_for_the_name(_asked_last(last)):
        return "Your last message did not ask for the name."
    if not any(map(tells_a_name, last.sent)):
        return None
    for session_id, row in told:
        if session_id == last.read_session:
            return f'Row {row.key} of session "{session_id}" was sent with your last question. Ask so that it is not.'
    return "Your last question says the name itself. Ask so that it does not."


async def keep_two_people_apart(agent, open_session):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    return await Runner.run(agent, "My name is Bob", session=open_session("bob"))


async def mix_two_people(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    return await Runner.run(agent, "My name is Bob", session=session)


async def tell_only_one(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


def check_two_people(attempt: Attempt) -> str | None:
    alice = attempt.rows_where(lambda item: tells_this_name(item, "Alice"))
    bob = attempt.rows_where(lambda item: tells_this_name(item, "Bob"))
    for name, found in (("Alice", alice), ("Bob", bob)):
        if not found:
            return f"No row tells that the user is called {name}."
    for session_id, row in alice:
        for other_id, other in bob:
            if session_id == other_id:
                return f'Rows {row.key} and {other.key} are both in session "{session_id}": it knows both names.'
    return why_by_hand(attempt, *alice, *bob)


async def survive_a_restart(agent, open_session, restart):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    restart()
    return await Runner.run(agent, "What's my name?", session=open_session("alice"))


async def restart_under_another_id(agent, open_session, restart):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    restart()
    return await Runner.run(agent, "What's my name?", session=open_session("alice_today"))


def _told_in(turn: TurnRecord) -> bool:
    """Whether the user told a name in this turn, whichever of its messages it was."""
    return any(item.kind == "user" and tells_a_name(item) for request in turn.requests for item in request.items)


def check_survived(attempt: Attempt) -> str | None:
    told = [number for number, turn in enumerate(attempt.records) if _told_in(turn)]
    if not told:
        return 'You have not told it your name yet. Say "My name is Alice".'
    if not any(turn.restarted for turn in attempt.records[told[0] :]):
        return "Nothing was restarted yet: no handle was dropped since you told it your name."
    last = last_question(attempt)
    if last is not None and any(map(tells_a_name, last.returned)):
        return None
    if last is None or last.read_session is None:
        return "Your last question was asked without a session: nothing was returned to it."
    return (
        f'After the restart get_items() of session "{last.read_session}" returned {len(last.returned)} rows, '
        "none with a name."
    )


CHALLENGES = (
    Challenge(
        "Ask for your name so that it is not known, while the row that says it stays stored.",
        hint="The runner reads one session id. Which id do you ask with?",
        check=check_forgotten,
        solution=forget_by_changing_the_id,
        wrong_attempts=(
            WrongAttempt(forget_by_clearing, "No row says a name"),
            WrongAttempt(ask_the_same_session, 'Row 1 of session "alice" was sent'),
        ),
    ),
    Challenge(
        "Introduce yourself as Alice and as Bob, by messages in one file, so that neither session knows both names.",
        hint="Give each person their own session id, in the box next to the message.",
        check=check_two_people,
        solution=keep_two_people_apart,
        wrong_attempts=(
            WrongAttempt(mix_two_people, 'Rows 1 and 3 are both in session "alice"'),
            WrongAttempt(tell_only_one, "No row tells that the user is called Bob"),
        ),
    ),
    Challenge(
        "Tell it your name, restart, and have your name sent to the model again.",
        hint="Choose where the rows are kept: what is only in memory goes with its handle. Restart is next to the message box.",
        check=check_survived,
        solution=survive_a_restart,
        wrong_attempts=(
            WrongAttempt(ask_the_same_session, "Nothing was restarted yet"),
            WrongAttempt(restart_under_another_id, 'session "alice_today" returned 0 rows'),
            WrongAttempt(survive_a_restart, 'session "alice" returned 0 rows', store="sqlite_memory"),
        ),
    ),
)
