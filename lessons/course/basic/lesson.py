"""Basic sessions: what a session keeps, what the runner does with it, and what is lost without one."""

from agents import Agent, Runner
from agents.models.interface import Model

from lessons.course.basic.evidence import stored_a_pair
from lessons.course.index import entry
from lessons.frame.lesson import Lesson, Step
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


LESSON = Lesson(
    entry=entry("basic"),
    make_agent=make_agent,
    session_id="alice",
    walk_stores=("sqlite_file", "sqlite_custom_tables"),
    steps=STEPS,
    needs=(LASTING, SHARED, UNCHANGED),
)
