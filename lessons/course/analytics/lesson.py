"""Analytics: what a conversation costs, and its branches, as AdvancedSQLiteSession keeps them."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from agents import Agent, Runner, SQLiteSession, function_tool
from agents.extensions.memory import AdvancedSQLiteSession
from agents.models.interface import Model

from lessons.course.analytics import verdicts
from lessons.course.index import entry
from lessons.frame.lesson import Lesson, Step


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: 4 °C and rain"


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one short sentence.", model=model, tools=[get_weather])


async def ask(agent, session, message):
    """One turn, and what it cost."""
    result = await Runner.run(agent, message, session=session)
    await session.store_run_usage(result)
    return result


async def first_turn(agent, session):
    return await ask(agent, session, "Tell me about Python")


async def second_turn(agent, session):
    return await ask(agent, session, "What are the best web frameworks?")


async def turn_with_a_tool(agent, session):
    return await ask(agent, session, "What's the weather in Oslo?")


async def forget_the_call(agent, session):
    return await Runner.run(agent, "What's 2 + 2?", session=session)


async def read_the_usage(session):
    return {
        "turns": len(await session.get_conversation_turns()),
        "usage of each turn": await session.get_turn_usage(),
        "of the session": await session.get_session_usage(),
        "tool, count, turn": await session.get_tool_usage(),
    }


async def branch_from_turn_2(session):
    return await session.create_branch_from_turn(2, "data_science")


async def ask_on_the_branch(agent, session):
    return await ask(agent, session, "What about data science libraries?")


async def list_and_switch(session):
    before = await session.list_branches()
    await session.switch_to_branch("main")
    return {"before": before, "after": await session.list_branches()}


async def branch_by_content(agent, session):
    await session.find_turns_by_content("WEATHER")
    await session.create_branch_from_content("WEATHER", "rome")
    return await ask(agent, session, "What's the weather in Rome?")


async def why_refused(call):
    """What the session says when it refuses."""
    try:
        await call
    except ValueError as error:
        return str(error)
    return "it was not refused"


async def delete_the_branch(session):
    refused = await why_refused(session.delete_branch("rome"))
    await session.delete_branch("rome", force=True)
    return {"without force": refused, "left": await session.list_branches()}


async def copy_the_session(session, open_session):
    copy = open_session("alice_copy")
    await copy.add_items(await session.get_items())
    return {
        "usage of the original": await session.get_session_usage(),
        "usage of the copy": await copy.get_session_usage(),
    }


async def open_it_again(session, open_session, restart):
    await session.switch_to_branch("data_science")
    restart()
    new_handle = open_session(session.session_id)
    return await new_handle.list_branches()


async def branch_from_turn_1(session):
    await session.create_branch_from_turn(1, "from_scratch")
    listed = await session.list_branches()
    await session.switch_to_branch("main")
    back = await why_refused(session.switch_to_branch("from_scratch"))
    return {"listed": listed, "and back": back}


async def use_a_name_again(session):
    return await why_refused(session.create_branch_from_turn(2, "rome"))


async def read_as_a_plain_session(session):
    with closing(SQLiteSession(session.session_id, session.db_path)) as plain:
        return {
            "AdvancedSQLiteSession": len(await session.get_items()),
            "SQLiteSession": len(await plain.get_items()),
        }


async def open_an_old_session(session):
    with closing(SQLiteSession("old_chat", session.db_path)) as old:
        await old.add_items(
            [
                {"role": "user", "content": "My name is Alice"},
                {"role": "assistant", "content": "Hello, Alice."},
            ]
        )
    return await session.get_items()


def count_rows(path, session_id):
    """All rows of the session, whatever it returns."""
    query = "SELECT COUNT(*) FROM agent_messages WHERE session_id = ?"
    with closing(sqlite3.connect(path)) as file:
        return file.execute(query, (session_id,)).fetchone()[0]


async def undo_on_a_copy(session):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.db"
        with (
            closing(sqlite3.connect(session.db_path)) as file,
            closing(sqlite3.connect(path)) as copy,
        ):
            file.backup(copy)
        advanced = AdvancedSQLiteSession(
            session_id="old_chat",
            db_path=path,
            create_tables=True,
        )
        with closing(advanced):
            await advanced.add_items([{"role": "user", "content": "Hello"}])
            before = count_rows(path, "old_chat")
            popped = await advanced.pop_item()
            after = count_rows(path, "old_chat")
    return {"rows": before, "popped": popped, "rows after": after}


STEPS = (
    Step(
        "Ask, and store the usage",
        first_turn,
        asks="A turn is stored with its usage (its requests and tokens). Into which tables will they go?",
        look_for="Each message has a row in message_structure that names its branch and turn. store_run_usage added the "
        "row in turn_usage: what the run cost. The offline model counts no tokens; its figures are estimates.",
        holds=verdicts.first_turn,
    ),
    Step(
        "Ask on",
        second_turn,
        asks="Turn 2 sends turn 1 again. Will its usage say so?",
        look_for="Turn 2 has its own row in turn_usage, with more input tokens: the first turn was sent again, so you pay "
        "for it again.",
        holds=verdicts.second_turn,
    ),
    Step(
        "Ask with a tool",
        turn_with_a_tool,
        asks="One question, two requests. How many rows of usage will that make?",
        look_for="One turn, two requests: the model was asked again with the tool's output. turn_usage holds the sum of both.",
        holds=verdicts.turn_with_a_tool,
    ),
    Step(
        "Forget the call",
        forget_the_call,
        asks="store_run_usage() is not called this time. What will be stored, and what not?",
        look_for="The same run without store_run_usage: the rows are stored, and nothing in turn_usage. Later you cannot find "
        "out what it cost.",
        holds=verdicts.forget_the_call,
    ),
    Step(
        "Read the usage",
        read_the_usage,
        asks="Four turns were run, and one without its usage. What will the total be?",
        look_for="Four turns, and the usage of three. Each cost more input than the one before: all earlier turns are sent "
        "again. The total counts the stored ones only.",
        holds=verdicts.read_the_usage,
    ),
    Step(
        "Branch from turn 2",
        branch_from_turn_2,
        asks="A branch from turn 2: which turns will be on it, and will messages be copied?",
        look_for="The branch includes what was said before turn 2, but not turn 2. No message was copied: the new rows of "
        "message_structure point to the same messages. The branch is now the current one.",
        holds=verdicts.branch_from_turn_2,
    ),
    Step(
        "Ask on the branch",
        ask_on_the_branch,
        asks="On the branch: which rows will the model be sent?",
        look_for="The model was sent turn 1 and your question. The rows of turns 2 to 4 are on main, and were not returned. "
        "The usage is stored for the branch.",
        holds=verdicts.ask_on_the_branch,
    ),
    Step(
        "List the branches and go back",
        list_and_switch,
        asks="After switching back, which rows of the tables will have changed?",
        look_for="Two branches, and is_current moved to main. No row was changed: only this session object knows which branch "
        "is current.",
        holds=verdicts.list_and_switch,
    ),
    Step(
        "Branch by content",
        branch_by_content,
        asks="Which turn will be found for WEATHER, and what will the branch include?",
        deeper=True,
        is_needed=True,
        look_for="WEATHER was found in turn 3, so the branch includes turns 1 and 2. The search ignores the case of ASCII "
        "letters only, and looks at messages of the user only. The first match counts.",
        holds=verdicts.branch_by_content,
    ),
    Step(
        "Delete the branch",
        delete_the_branch,
        asks="Can the branch that you are on be deleted, and what will be gone with it?",
        deeper=True,
        look_for="You can delete the current branch only with force=True. Then main is current. The branch's own messages and "
        "usage are gone. Those that it shared with main are still there.",
        holds=verdicts.delete_the_branch,
    ),
    Step(
        "Copy the session instead",
        copy_the_session,
        asks="The conversation is copied to a second id. How often will each message be stored, and its usage?",
        deeper=True,
        look_for="You can also branch by copying, with any session class: every message is stored twice, the second time with "
        "a new session id. The usage is not copied.",
        holds=verdicts.copy_the_session,
    ),
    Step(
        "A new handle starts on main",
        open_it_again,
        asks="You were on a branch, and every handle is dropped. On which branch will a new object be?",
        look_for="The session was on data_science. After the restart a new object reads main, without a warning. Store the "
        "branch's name yourself, and switch to it when you open the session.",
        holds=verdicts.open_it_again,
    ),
    Step(
        "Branch from turn 1",
        branch_from_turn_1,
        asks="Nothing was said before turn 1. Which rows will a branch from there have?",
        deeper=True,
        look_for="Nothing was said before turn 1, so the branch has no rows. While you are on it, the list shows no current "
        "branch. After you leave it, it does not exist.",
        holds=verdicts.branch_from_turn_1,
    ),
    Step(
        "Use a name again",
        use_a_name_again,
        asks="A branch was called rome. Can the name be used again after the branch is deleted?",
        deeper=True,
        look_for="No: the name rome was used in step 9. It stays in branch_reservations when the branch is deleted, and even "
        "after clear_session. A branch that never had rows keeps its name too.",
        holds=verdicts.use_a_name_again,
    ),
    Step(
        "Read it as a plain session",
        read_as_a_plain_session,
        asks="SQLiteSession opens the same file. How many conversations will it return?",
        deeper=True,
        look_for="SQLiteSession on the same file does not know about branches: it returns the rows of all of them, one after "
        "the other. A run would send two conversations as one. The code opens the plain session itself: the app does not see "
        "its get_items(), and counts only the one of the session that it has opened.",
        holds=verdicts.read_as_a_plain_session,
    ),
    Step(
        "Open an old session",
        open_an_old_session,
        asks="SQLiteSession stored these rows earlier. What will AdvancedSQLiteSession return of them?",
        deeper=True,
        is_needed=True,
        look_for="SQLiteSession stored these rows, so message_structure has no rows for them. AdvancedSQLiteSession returns "
        "none of them: the agent does not know Alice.",
        holds=verdicts.open_an_old_session,
        session_id="old_chat",
    ),
    Step(
        "Undo on a copy of it",
        undo_on_a_copy,
        asks="One pop on the old session: how many rows will it delete?",
        deeper=True,
        look_for="One new message, and one pop to remove it: the old rows were deleted too. This was a copy of the file. On "
        "the page, choose old_chat and try Pop the newest: the app refuses.",
        holds=verdicts.undo_on_a_copy,
        session_id="old_chat",
    ),
)


LESSON = Lesson(
    entry=entry("analytics"),
    make_agent=make_agent,
    session_id="alice",
    walk_stores=("advanced_sqlite",),
    steps=STEPS,
    learned=(
        "Usage is stored only if you call store_run_usage(). Every turn sends the earlier ones again, so its input grows.",
        "A branch copies no message: message_structure points to the same rows. Usage belongs to a branch.",
        "The current branch is known only to the session object. A new handle starts on main.",
    ),
)
