"""What panels, findings and the glossary say about the SDK and no other test runs."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, MaxTurnsExceeded, Runner, Session, SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, AsyncSQLiteSession, SQLAlchemySession
from agents.testing import assistant_message, function_call

from tests.course.test_claims_about_runs import kinds, limit, sent
from tests.support.scripted import assistant, file_session, make_agent, output, reasoning, user


@pytest.fixture
def anyio_backend():
    return "asyncio"


ASKS = [function_call("get_weather", {"city": "Oslo"}, call_id="c1")]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("agent", "requests"),
    [
        (make_agent(ASKS, [assistant_message("4 degrees")]), 2),
        (make_agent(ASKS, tool_use_behavior="stop_on_first_tool"), 1),
    ],
)
async def test_after_a_function_tool_the_model_is_asked_again_unless_the_agent_stops_there(agent: Agent, requests: int):
    result = await Runner.run(agent, "weather?", session=SQLiteSession("claims"))
    assert len(result.raw_responses) == requests


def test_what_a_class_needs_to_be_taken_for_a_session():
    names = ("session_id", "session_settings", "get_items", "add_items", "pop_item", "clear_session")
    assert isinstance(type("Whole", (), dict.fromkeys(names, 1))(), Session)
    for missing in names:
        members = dict.fromkeys([name for name in names if name != missing], 1)
        assert not isinstance(type("Lacking", (), members)(), Session), missing


def _tables(path: Path) -> list[str]:
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as database:
        return [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("make", "when"),
    [
        (lambda path: SQLiteSession("a", path), "opened"),
        (lambda path: AdvancedSQLiteSession(session_id="a", db_path=path, create_tables=True), "opened"),
        (lambda path: AsyncSQLiteSession("a", path), "used"),
        (
            lambda path: SQLAlchemySession.from_url("a", url=f"sqlite+aiosqlite:///{path}", create_tables=True),
            "used",
        ),
    ],
    ids=["SQLiteSession", "AdvancedSQLiteSession", "AsyncSQLiteSession", "SQLAlchemySession"],
)
async def test_when_each_class_makes_its_tables(tmp_path, make: Any, when: str):
    path = tmp_path / "chat.db"
    session = make(path)
    assert ("agent_messages" in _tables(path)) is (when == "opened")
    await session.get_items()
    assert "agent_messages" in _tables(path)
    if isinstance(session, AsyncSQLiteSession):
        await session.close()
    elif isinstance(session, SQLAlchemySession):
        await session.engine.dispose()
    else:
        session.close()


@pytest.mark.anyio
@pytest.mark.parametrize(("policy", "ids"), [({}, [True]), ({"reasoning_item_id_policy": "omit"}, [False])])
async def test_the_policy_omit_also_takes_the_ids_of_stored_reasoning_away(
    tmp_path, policy: dict[str, Any], ids: list[bool]
):
    session = await file_session(tmp_path, user("a"), reasoning(), assistant("b"))
    (request,) = await sent(session, **policy)
    assert ["id" in item for item in request if item.get("type") == "reasoning"] == ids
    assert (await session.get_items())[1] == reasoning()  # the row keeps its id
    session.close()


@pytest.mark.anyio
async def test_a_failed_run_stores_no_usage_and_store_run_usage_hides_its_own_errors(tmp_path):
    path = tmp_path / "chat.db"
    session = AdvancedSQLiteSession(session_id="a", db_path=path, create_tables=True)
    with pytest.raises(MaxTurnsExceeded):
        await Runner.run(make_agent(ASKS), "weather?", session=session, max_turns=1)
    assert not await session.get_turn_usage()
    result = await Runner.run(make_agent(), "hi", session=session)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE turn_usage")
    await session.store_run_usage(result)  # this does not raise
    assert "turn_usage" not in _tables(path)
    session.close()


@pytest.mark.anyio
async def test_usage_that_is_stored_after_a_later_run_is_that_of_the_later_turn(tmp_path):
    session = AdvancedSQLiteSession(session_id="a", db_path=tmp_path / "chat.db", create_tables=True)
    results = [await Runner.run(make_agent(), words, session=session) for words in ("hi", "hi again")]
    await session.store_run_usage(results[0])
    (stored,) = await session.get_turn_usage()
    assert stored["user_turn_number"] == 2
    session.close()


@pytest.mark.anyio
@pytest.mark.parametrize(("number", "is_sent"), [(None, True), (50, False)])
async def test_a_limit_that_cuts_nothing_also_leaves_an_output_without_its_call_out(
    tmp_path, number: Any, is_sent: bool
):
    session = await file_session(tmp_path, user("a"), output(), assistant("b"))
    (request,) = await sent(session, **({"session_settings": limit(number)} if number else {}))
    assert ("function_call_output" in kinds(request)) is is_sent
    session.close()


@pytest.mark.anyio
async def test_with_a_limit_a_callback_is_given_what_the_limit_leaves(tmp_path):
    """A callback alone can keep reasoning with its reply. If a limit cuts between the two, it cannot."""
    session = await file_session(tmp_path, user("a"), reasoning(), assistant("b"))

    def newest_two(history: list[Any], new: list[Any]) -> list[Any]:
        return [*history[-2:], *new]

    cut: list[dict[str, Any]] = [
        {"session_settings": limit(1)},
        {"session_settings": limit(1), "session_input_callback": newest_two},
    ]
    whole: list[dict[str, Any]] = [{"session_settings": limit(2)}, {"session_input_callback": newest_two}]
    for config in (*cut, *whole):
        (request,) = await sent(session, **config)
        assert ("reasoning" in kinds(request)) is (config in whole), config
        for _ in range(2):
            await session.pop_item()
    session.close()
