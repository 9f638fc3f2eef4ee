"""Analytics: what a conversation costs, and its branches, as AdvancedSQLiteSession keeps them."""

import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from agents import Agent, Runner, SQLiteSession, function_tool
from agents.extensions.memory import AdvancedSQLiteSession
from agents.models.interface import Model

from lessons.course import entry
from lessons.kit.records import ChangedRow, TurnRecord
from lessons.lesson import Attempt, Challenge, Lesson, Step, WrongAttempt


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: 4 °C and rain"


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one short sentence.", model=model, tools=[get_weather])


async def ask_and_store(agent, session, message):
    """One turn, and what it cost."""
    result = await Runner.run(agent, message, session=session)
    await session.store_run_usage(result)
    return result


async def first_turn(agent, session):
    return await ask_and_store(agent, session, "Tell me about Python")


async def second_turn(agent, session):
    return await ask_and_store(agent, session, "What are the best web frameworks?")


async def turn_with_a_tool(agent, session):
    return await ask_and_store(agent, session, "What's the weather in Oslo?")


async def read_the_usage(session):
    return {
        "turns": await session.get_turn_usage(),
        "session": await session.get_session_usage(),
        "tools": await session.get_tool_usage(),
    }


async def forget_the_call(agent, session):
    return await Runner.run(agent, "What's 2 + 2?", session=session)


async def branch_from_turn_2(session):
    return await session.create_branch_from_turn(2, "data_science")


async def ask_on_the_branch(agent, session):
    return await ask_and_store(agent, session, "What about data science libraries?")


async def list_and_switch(session):
    before = await session.list_branches()
    await session.switch_to_branch("main")
    return {"before": before, "after": await session.list_branches()}


async def branch_by_content(agent, session):
    found = await session.find_turns_by_content("WEATHER")
    await session.create_branch_from_content("WEATHER", "rome")
    await ask_and_store(agent, session, "What's the weather in Rome?")
    return found


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
    return {"refused": refused, "left": await session.list_branches()}


async def copy_the_session(session, open_session):
    copy = open_session("alice_copy")
    await copy.add_items(await session.get_items())
    return {
        "in the copy": await copy.get_session_usage(),
        "in the original": await session.get_session_usage(),
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


async def read_it_as_a_plain_session(session):
    plain = SQLiteSession(session.session_id, session.db_path)
    with closing(plain):
        return await plain.get_items()


async def open_an_old_session(session):
    old = SQLiteSession("old_chat", session.db_path)
    with closing(old):
        await old.add_items(
            [
                {"role": "user", "content": "My name is Alice"},
                {"role": "assistant", "content": "Hello, Alice."},
            ]
        )
    return await session.get_items()


async def rows_of(session):
    """How many rows are stored, whatever the session returns."""
    with closing(sqlite3.connect(session.db_path)) as file:
        query = "SELECT COUNT(*) FROM agent_messages WHERE session_id = ?"
        return file.execute(query, (session.session_id,)).fetchone()[0]


async def pop_on_a_copy(session):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.db"
        with (
            closing(sqlite3.connect(session.db_path)) as file,
            closing(sqlite3.connect(path)) as copy,
        ):
            file.backup(copy)
        session = AdvancedSQLiteSession(session_id=session.session_id, db_path=path, create_tables=True)
        with closing(session):
            await session.add_items([{"role": "user", "content": "Hello"}])
            before = await rows_of(session)
            popped = await session.pop_item()
            after = await rows_of(session)
    return {"rows": before, "popped": popped, "rows after the pop": after}


def rows(seen: TurnRecord, table: str, mark: str = "added") -> list[dict[str, str]]:
    """The rows of a table that the turn added or removed, over all sessions, as columns to values."""

    def values(row: ChangedRow) -> dict[str, str]:
        return row.after or row.before or {}

    return [values(row) for found in seen.changes if found.table == table for row in getattr(found, mark)]


def result(seen: TurnRecord) -> Any:
    """What the code of the step returned."""
    return json.loads(seen.result or "null")


STEPS = (
    Step(
        "Ask, and store the usage",
        first_turn,
        look_for="The run stored two rows, each with a row in message_structure that says its branch and turn. "
        "store_run_usage added one row to turn_usage. The offline model counts no tokens: its figures are estimates.",
        holds=lambda seen: len(rows(seen, "turn_usage")) == 1 and len(rows(seen, "message_structure")) >= 2,
    ),
    Step(
        "Ask on",
        second_turn,
        look_for="The second row of turn_usage: more input than the first, since the first turn was sent again.",
        holds=lambda seen: (
            [row["user_turn_number"] for row in rows(seen, "turn_usage")] == ["2"]
            and seen.sent_kinds == ["user", "assistant", "user"]
        ),
    ),
)

CHALLENGES: tuple[Challenge, ...] = ()

LESSON = Lesson(
    entry=entry("analytics"),
    make_agent=make_agent,
    session_id="alice",
    stores=("advanced_sqlite",),
    steps=STEPS,
    challenges=CHALLENGES,
)
