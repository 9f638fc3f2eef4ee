"""What is in the tables of session classes, what is left of deleted rows, and the effect of rows added without the class."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from agents import Agent, OpenAIProvider, OpenAIResponsesModel, Runner, SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, SQLAlchemySession
from agents.testing import assistant_message, function_call
from openai import AsyncOpenAI

from tests.support.scripted import assistant, scripted, user


@pytest.fixture
def anyio_backend():
    return "asyncio"


def _columns(path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")] for table in tables}


@pytest.mark.anyio
async def test_the_tables_of_the_sdk_have_no_title_no_owner_and_no_other_id(tmp_path):
    SQLiteSession("a", tmp_path / "plain.db").close()
    session = SQLAlchemySession.from_url("a", url=f"sqlite+aiosqlite:///{tmp_path / 'alchemy.db'}", create_tables=True)
    await session.get_items()
    await session.engine.dispose()
    for name in ("plain.db", "alchemy.db"):
        columns = _columns(tmp_path / name)
        assert columns["agent_sessions"] == ["session_id", "created_at", "updated_at"]
        assert columns["agent_messages"] == ["id", "session_id", "message_data", "created_at"]


@pytest.mark.anyio
async def test_the_text_of_a_cleared_session_is_still_in_the_bytes_of_its_files(tmp_path):
    with closing(SQLiteSession("a", tmp_path / "chat.db")) as session:
        await session.add_items([user("nobody should read this")])
        await session.clear_session()
        assert not await session.get_items()
        left = [path for path in tmp_path.iterdir() if b"nobody should read this" in path.read_bytes()]
        assert left


@pytest.mark.anyio
async def test_structure_without_its_rows_returns_nothing_and_still_counts_its_turn(tmp_path):
    path = tmp_path / "chat.db"
    with closing(AdvancedSQLiteSession(session_id="a", db_path=path, create_tables=True)) as session:
        await session.add_items([user("one"), assistant("1")])
        with closing(SQLiteSession("a", path)) as plain:
            await plain.pop_item()
            await plain.pop_item()
        assert not await session.get_items()
        await session.add_items([user("two")])
        with closing(sqlite3.connect(path)) as database:
            turns = [
                number for (number,) in database.execute("SELECT user_turn_number FROM message_structure ORDER BY id")
            ]
        assert turns[-1] == 2


@pytest.mark.anyio
async def test_a_delete_without_the_pragma_leaves_structure_and_with_it_takes_it_away(tmp_path):
    left = {}
    for pragma in ("OFF", "ON"):
        path = tmp_path / f"{pragma}.db"
        with closing(AdvancedSQLiteSession(session_id="a", db_path=path, create_tables=True)) as session:
            await session.add_items([user("one"), assistant("1")])
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(f"PRAGMA foreign_keys={pragma}")
            database.execute("DELETE FROM agent_messages")
            left[pragma] = database.execute("SELECT count(*) FROM message_structure").fetchone()[0]
    assert left == {"OFF": 2, "ON": 0}


def test_the_sdk_uses_the_responses_api_unless_another_class_is_chosen():
    assert isinstance(OpenAIProvider(openai_client=AsyncOpenAI(api_key="any")).get_model("any"), OpenAIResponsesModel)


@pytest.mark.anyio
async def test_a_turn_of_an_advanced_session_begins_with_a_message_of_the_user(tmp_path):
    with closing(AdvancedSQLiteSession(session_id="a", db_path=tmp_path / "chat.db", create_tables=True)) as session:
        system: Any = {"role": "system", "content": "note"}
        await session.add_items([assistant("0"), user("one"), assistant("1"), system, assistant("2"), user("two")])
        turns = await session.get_conversation_by_turns()
    assert {number: [row["type"] for row in rows] for number, rows in turns.items()} == {
        0: ["assistant"],
        1: ["user", "assistant", "other", "assistant"],
        2: ["user"],
    }


@pytest.mark.anyio
async def test_a_handoff_is_counted_as_a_call_of_a_tool(tmp_path):
    billing = Agent(name="Billing", model=scripted([assistant_message("Paid.")]))
    first = scripted([function_call("transfer_to_billing", "{}", call_id="h1")])
    with closing(AdvancedSQLiteSession(session_id="a", db_path=tmp_path / "chat.db", create_tables=True)) as session:
        await Runner.run(Agent(name="Triage", model=first, handoffs=[billing]), "my bill", session=session)
        assert await session.get_tool_usage() == [("transfer_to_billing", 1, 1)]
