"""Basic sessions: what a session keeps, what the runner does with it, and what is lost without one."""

from agents import Agent, Runner
from agents.models.interface import Model

from lessons.course.index import entry
from lessons.frame.lesson import Attempt, Challenge, Lesson, Step, WrongAttempt
from lessons.kit.records import TurnRecord
from lessons.kit.stores.kind import LASTING, SHARED, UNCHANGED


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one or two short sentences.", model=model)


async def tell_your_name(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


async def ask_what_it_remembers(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


async def ask_without_a_session(agent):
    return await Runner.run(agent, "What's my name?")


async def ask_in_another_session(agent, open_session):
    return await Runner.run(agent, "What's my name?", session=open_session("bob"))


async def restart_and_ask_again(agent, open_session, restart):
    restart()  # every handle is dropped, as when the process ends
    return await Runner.run(agent, "What's my name?", session=open_session("alice"))


async def tell_the_memory(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


async def restart_and_ask_the_memory(agent, open_session, restart):
    restart()
    return await Runner.run(agent, "What's my name?", session=open_session("alice"))


async def come_back_the_next_day(agent, open_session):
    return await Runner.run(agent, "Do you know anything about me?", session=open_session("alice"))


def ask_and_wait(agent, session):
    return Runner.run_sync(agent, "What's my name?", session=session)


async def ask_and_stream(agent, session):
    result = Runner.run_streamed(agent, "What's my name?", session=session)
    async for _ in result.stream_events():
        pass  # the last rows are stored when the stream has ended
    return result


def stored_a_pair(seen: TurnRecord) -> bool:
    """The turn added rows, your message first and the reply last."""
    kinds = [line.item.kind for line in seen.trace.lines if line.mark == "added"]
    return len(kinds) >= 2 and (kinds[0], kinds[-1]) == ("user", "assistant")


STEPS = (
    Step(
        "Tell it your name",
        tell_your_name,
        look_for="The session was empty, so the model was sent one item: your message. "
        "The run then stored two rows, your message and the reply.",
        holds=lambda seen: seen.returned == () and seen.sent_kinds == ["user"] and stored_a_pair(seen),
    ),
    Step(
        "Ask what it remembers",
        ask_what_it_remembers,
        look_for="The runner read the two old rows, put them before your question, and sent all three. "
        "That is all that memory is.",
        holds=lambda seen: seen.sent_kinds == [*seen.returned_kinds, "user"] and seen.was_sent("Alice"),
    ),
    Step(
        "Ask without a session",
        ask_without_a_session,
        look_for="No session call was made. The model was sent your question alone, and no row was stored. "
        "The stored rows do not help: nobody read them.",
        holds=lambda seen: not seen.calls and seen.sent_kinds == ["user"] and not seen.changes,
    ),
    Step(
        "Ask in another session",
        ask_in_another_session,
        look_for='The same store, another id. get_items() of "bob" returned nothing, so Alice\'s rows were not sent. '
        "A wrong id looks just like this: no error, no memory.",
        holds=lambda seen: seen.returned == () and not seen.was_sent("Alice") and stored_a_pair(seen),
        session_id="bob",
    ),
    Step(
        "Restart, then ask again",
        restart_and_ask_again,
        look_for="The app dropped every handle you had open and opened the same store again. "
        "The rows were still there, with the same ids, and were sent.",
        holds=lambda seen: seen.restarted and seen.was_sent("Alice") and not seen.removed,
    ),
    Step(
        "Tell an in-memory session",
        tell_the_memory,
        look_for="SQLiteSession without a path keeps the same two tables in memory. "
        "Until something is restarted you cannot tell the difference.",
        holds=lambda seen: seen.returned == () and stored_a_pair(seen),
        store="sqlite_memory",
    ),
    Step(
        "Restart, then ask the memory",
        restart_and_ask_the_memory,
        look_for="The rows were gone with their handle, and nothing said so: get_items() returned an empty list "
        "and the numbering began again at 1.",
        holds=lambda seen: seen.restarted and seen.returned == () and not seen.was_sent("Alice"),
        store="sqlite_memory",
    ),
    Step(
        "Come back the next day",
        come_back_the_next_day,
        look_for='Time plays no part. Whoever opens this store with the id "alice", tomorrow or in a year, '
        "gets the same rows, and the run goes on after the last one.",
        holds=lambda seen: "user" in seen.returned_kinds and seen.was_sent("Alice") and stored_a_pair(seen),
    ),
    Step(
        "Run it without await",
        ask_and_wait,
        look_for="run_sync blocks until the reply is there. The session calls and the rows are the same.",
        holds=lambda seen: seen.was_sent("Alice") and stored_a_pair(seen),
    ),
    Step(
        "Run it streamed",
        ask_and_stream,
        look_for="run_streamed gives the reply in pieces. The reply becomes a row only when the stream has ended: "
        "leave early and it is not stored.",
        holds=lambda seen: seen.was_sent("Alice") and stored_a_pair(seen),
    ),
)


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
    """The last turn in which the model was asked; a restart after it is no question."""
    return next((turn for turn in reversed(attempt.records) if turn.requests), None)


def check_forgotten(attempt: Attempt) -> str | None:
    told = attempt.rows_saying("name is")
    if not told:
        return 'No row says a name. Tell it "My name is Alice" first, and leave that row where it is.'
    last = last_question(attempt)
    if last is None or "name" not in last.message.casefold():
        return "Your last message did not ask for the name."
    if not last.was_sent("name is"):
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
    alice, bob = attempt.rows_saying("name is Alice"), attempt.rows_saying("name is Bob")
    for name, found in (("Alice", alice), ("Bob", bob)):
        if not found:
            return f'No row says "My name is {name}".'
    for session_id, row in alice:
        for other_id, other in bob:
            if session_id == other_id:
                return f'Rows {row.key} and {other.key} are both in session "{session_id}": it knows both names.'
    return None


async def survive_a_restart(agent, open_session, restart):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    restart()
    return await Runner.run(agent, "What's my name?", session=open_session("alice"))


async def restart_under_another_id(agent, open_session, restart):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    restart()
    return await Runner.run(agent, "What's my name?", session=open_session("alice_today"))


def check_survived(attempt: Attempt) -> str | None:
    told = [number for number, turn in enumerate(attempt.records) if "name is" in turn.message.casefold()]
    if not told:
        return 'You have not told it your name yet. Say "My name is Alice".'
    if not any(turn.restarted for turn in attempt.records[told[0] :]):
        return "Nothing was restarted yet: no handle was dropped since you told it your name."
    last = last_question(attempt)
    if last is not None and any("name is" in item.text.casefold() for item in last.returned):
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
        "Keep two people in one file, Alice and Bob, so that neither session knows both names.",
        hint="Give each person a session id of their own, in the box above the chat.",
        check=check_two_people,
        solution=keep_two_people_apart,
        wrong_attempts=(
            WrongAttempt(mix_two_people, 'Rows 1 and 3 are both in session "alice"'),
            WrongAttempt(tell_only_one, 'No row says "My name is Bob"'),
        ),
    ),
    Challenge(
        "Tell it your name, restart, and have your name sent to the model again.",
        hint="Choose where the rows are kept: what is only in memory goes with its handle. Restart is beside the chat.",
        check=check_survived,
        solution=survive_a_restart,
        wrong_attempts=(
            WrongAttempt(ask_the_same_session, "Nothing was restarted yet"),
            WrongAttempt(restart_under_another_id, 'session "alice_today" returned 0 rows'),
            WrongAttempt(survive_a_restart, 'session "alice" returned 0 rows', store="sqlite_memory"),
        ),
    ),
)


LESSON = Lesson(
    entry=entry("basic"),
    make_agent=make_agent,
    session_id="alice",
    walk_stores=("sqlite_file", "sqlite_custom_tables"),
    steps=STEPS,
    challenges=CHALLENGES,
    needs=(LASTING, SHARED, UNCHANGED),
)
