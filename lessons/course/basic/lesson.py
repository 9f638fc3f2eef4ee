"""Basic sessions: what a session keeps, what the runner does with it, and what is lost without one."""

from tempfile import TemporaryDirectory

from agents import Agent, Runner, SQLiteSession
from agents.models.interface import Model

from lessons.course.basic.evidence import (
    INSTRUCTIONS,
    PAIR,
    found_only_in_the_file,
    kept_what_was_finished,
    same_rows_as_before,
    shared_only_in_the_file,
    streams_left,
)
from lessons.course.index import entry
from lessons.frame.evidence import added_to, did, reads, sent_all_that_was_read, without_an_error, without_thoughts
from lessons.frame.lesson import Lesson, Step
from lessons.kit.stores.kind import LASTING, SHARED, UNCHANGED


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one or two short sentences.", model=model)


async def tell_your_name(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


async def ask_what_it_remembers(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


async def a_file_next_to_memory(agent):
    with TemporaryDirectory() as folder:
        path = f"{folder}/chat.db"
        in_file = SQLiteSession("alice", path)
        in_memory = SQLiteSession("alice")
        for session in (in_file, in_memory):
            await Runner.run(agent, "My name is Alice", session=session)
            session.close()  # as when the program ends

        in_file = SQLiteSession("alice", path)
        in_memory = SQLiteSession("alice")
        found = {
            "items from the file": len(await in_file.get_items()),
            "items from memory": len(await in_memory.get_items()),
        }
        in_file.close()
        in_memory.close()
    return found


async def ask_without_a_session(agent):
    return await Runner.run(agent, "What's my name?")


async def ask_in_another_session(agent, open_session):
    return await Runner.run(agent, "What's my name?", session=open_session("bob"))


async def restart_and_ask_again(agent, open_session, restart):
    restart()  # every handle is dropped, as when the process ends
    return await Runner.run(agent, "What's my name?", session=open_session("alice"))


async def two_objects_with_one_id(agent):
    with TemporaryDirectory() as folder:
        found = {}
        for place, path in {"file": f"{folder}/chat.db", "memory": ":memory:"}.items():
            first = SQLiteSession("alice", path)
            second = SQLiteSession("alice", path)
            await Runner.run(agent, "My name is Alice", session=first)
            found[f"second object, {place}"] = len(await second.get_items())
            first.close()
            second.close()
    return found


async def change_the_instructions(agent, session):
    librarian = agent.clone(instructions="You are a librarian. Reply in one sentence.")
    return await Runner.run(librarian, "What's my name?", session=session)


def ask_and_wait(agent, session):
    return Runner.run_sync(agent, "What's my name?", session=session)


async def ask_and_stream(agent, session):
    result = Runner.run_streamed(agent, "What's my name?", session=session)
    async for _ in result.stream_events():
        pass  # the reply is stored when the stream has ended
    return result


def is_text(event):
    return event.type == "raw_response_event" and event.data.type == "response.output_text.delta"


async def leave_streams_early(agent, open_session):
    found = {}
    for how in ("break", "cancel", "after_turn"):
        session = open_session(how)
        result = Runner.run_streamed(agent, "What's 2 + 2?", session=session)
        events = result.stream_events()
        async for event in events:
            if how == "break" and is_text(event):
                break  # the loop ends here, the run does not
            if how == "cancel" and is_text(event):
                result.cancel()
            if how == "after_turn" and is_text(event):
                result.cancel(mode="after_turn")
        stored = len(await session.get_items())
        await events.aclose()  # waits for what still runs
        found[how] = {"at once": stored, "in the end": len(await session.get_items())}
    return found


STEPS = (
    Step(
        "Tell it your name",
        tell_your_name,
        asks="The session is empty. How many items will the model be sent, and how many rows will there be afterwards?",
        look_for="The session was empty, so the model was sent one item: your message. The run stored your message as one row, "
        "and the reply as another. With the Responses API, a reasoning model also stores a reasoning item, before the reply.",
        holds=lambda seen: (
            did(seen) == ["run in alice: My name is Alice"]
            and reads(seen) == [0]
            and seen.returned == ()
            and seen.sent_kinds == ["user"]
            and added_to(seen, "alice") == PAIR
        ),
    ),
    Step(
        "Ask what it remembers",
        ask_what_it_remembers,
        asks="Which items will the model be sent: your question alone, or more?",
        look_for="The runner read the old rows, put them before your question, and sent all of them. This is how memory "
        "works.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?"]
            and without_thoughts(seen.returned_kinds) == PAIR
            and sent_all_that_was_read(seen)
            and seen.sent_kinds == [*seen.returned_kinds, "user"]
            and seen.was_sent("My name is Alice")
        ),
    ),
    Step(
        "A file next to memory",
        a_file_next_to_memory,
        asks="One session has a path, the other has none. What is left of each after close()?",
        deeper=True,
        look_for="The two lines differ in one argument, the path. Both sessions stored a message and a reply. After close() "
        "the file still had them, and memory was empty: without a path the rows last until the session object is closed or "
        "dropped.",
        holds=lambda seen: (
            did(seen) == ["run in alice: My name is Alice", "run in alice: My name is Alice"]
            and found_only_in_the_file(seen)
        ),
    ),
    Step(
        "Ask without a session",
        ask_without_a_session,
        asks="The rows are still stored. Will the model know your name?",
        look_for="No session call was made. The model was sent your question alone, and no row was stored. The stored rows did "
        "not help, because nothing read them.",
        holds=lambda seen: (
            did(seen) == ["run: What's my name?"]
            and not seen.calls
            and reads(seen) == [None]
            and seen.sent_kinds == ["user"]
            and not seen.changes
        ),
    ),
    Step(
        "Ask in another session",
        ask_in_another_session,
        asks='The same store, another id. What will get_items() of "bob" return?',
        look_for='The same store, another id. get_items() of "bob" returned nothing, so Alice\'s rows were not sent. A wrong '
        "id looks the same: no error and no memory.",
        holds=lambda seen: (
            did(seen) == ["run in bob: What's my name?"]
            and reads(seen) == [0]
            and seen.returned == ()
            and seen.sent_kinds == ["user"]
            and added_to(seen, "bob") == PAIR
            and without_an_error(seen)
        ),
        session_id="bob",
    ),
    Step(
        "Restart, then ask again",
        restart_and_ask_again,
        asks="Every handle is dropped, as when the program ends and starts again the next day. Will the rows still be there, "
        "with the same ids?",
        look_for="The app closed every open session and opened the same store again. The rows were still there, with the same "
        "ids, and were sent.",
        holds=lambda seen: (
            did(seen) == ["restart", "run in alice: What's my name?"]
            and [one.session_id for one in seen.opened] == ["alice"]
            and same_rows_as_before(seen)
            and sent_all_that_was_read(seen)
            and seen.was_sent("My name is Alice")
        ),
    ),
    Step(
        "Two objects with one id",
        two_objects_with_one_id,
        asks="Two session objects have the same id. You tell the first one your name. What will the second one return?",
        deeper=True,
        look_for="In the file, the second object returned the rows of the first. In memory, it returned nothing: each object "
        'has its own rows there, also under the same id. ":memory:" is the path that SQLiteSession uses if you give none.',
        holds=lambda seen: (
            did(seen) == ["run in alice: My name is Alice", "run in alice: My name is Alice"]
            and reads(seen) == [0, 0]
            and shared_only_in_the_file(seen)
        ),
    ),
    Step(
        "Change the instructions",
        change_the_instructions,
        asks="The agent gets new instructions. Will the model still be sent the old ones?",
        deeper=True,
        look_for="The model was sent the old rows and the new instructions. No row has instructions in it: a session "
        "stores items, and each run sends the instructions of its agent. You see both under Model input.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?"]
            and [request.instructions for request in seen.requests] == ["You are a librarian. Reply in one sentence."]
            and sent_all_that_was_read(seen)
            and seen.was_sent("My name is Alice")
            and not any(instructions in line.item.text for line in seen.ledger.lines for instructions in INSTRUCTIONS)
        ),
    ),
    Step(
        "Run it without await",
        ask_and_wait,
        asks="run_sync needs no await. Will the model be sent anything else, or other rows be stored?",
        deeper=True,
        look_for="run_sync returns when the run has ended, with its result: the call for a script without async code. What is "
        "sent and stored is the same. In async code, as in a notebook, it raises RuntimeError: there you await Runner.run.",
        holds=lambda seen: (
            did(seen) == ["run_sync in alice: What's my name?"]
            and sent_all_that_was_read(seen)
            and seen.sent_kinds == [*seen.returned_kinds, "user"]
            and seen.was_sent("Alice")
            and added_to(seen, "alice") == PAIR
        ),
    ),
    Step(
        "Run it streamed",
        ask_and_stream,
        asks="The reply arrives in pieces. When will it be a row?",
        deeper=True,
        look_for="run_streamed gives the reply in pieces. It becomes a row only after the model's last piece, so read the "
        "stream to its end before you read the session.",
        holds=lambda seen: (
            did(seen) == ["run_streamed in alice: What's my name?"]
            and sent_all_that_was_read(seen)
            and seen.sent_kinds == [*seen.returned_kinds, "user"]
            and seen.was_sent("Alice")
            and added_to(seen, "alice") == PAIR
        ),
    ),
    Step(
        "Leave a stream early",
        leave_streams_early,
        asks="The loop is left at the first word, in three ways. In which of them will the reply be stored?",
        deeper=True,
        look_for="Three ways out at the first word. break stops nothing: the run went on, and its reply was stored. "
        "cancel() stopped the run, so only your message is stored. With after_turn the turn was finished, and the reply is "
        "stored.",
        holds=lambda seen: (
            did(seen) == streams_left()
            and [bool(run.ended_by) for run in seen.ledger.runs] == [False, True, True]
            and kept_what_was_finished(seen)
        ),
        session_id="break",
    ),
)


LESSON = Lesson(
    entry=entry("basic"),
    make_agent=make_agent,
    session_id="alice",
    walk_stores=("sqlite_file", "sqlite_custom_tables"),
    steps=STEPS,
    learned=(
        "A run with a session reads its rows, sends them before your message, and stores your message and the reply.",
        "A session is found by its store and its id. A wrong id or no session gives no error and no memory.",
        "Rows in a file outlive the process. Rows in memory are gone with the session object.",
    ),
    needs=(LASTING, SHARED, UNCHANGED),
)
