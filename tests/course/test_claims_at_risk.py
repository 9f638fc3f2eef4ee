"""Sentences with "every", "only", "never", "again" or a number that no step shows in full: each is run here."""

import inspect
import json
import logging
import sqlite3
import warnings
from contextlib import closing
from typing import Any

import httpx2
import pytest
from agents import (
    Agent,
    ModelRefusalError,
    OpenAIChatCompletionsModel,
    OpenAIConversationsSession,
    OpenAIResponsesCompactionSession,
    RunConfig,
    Runner,
    SessionSettings,
    SQLiteSession,
    function_tool,
)
from agents.extensions.memory import (
    AdvancedSQLiteSession,
    AsyncSQLiteSession,
    EncryptedSession,
    RedisSession,
    SQLAlchemySession,
)
from agents.testing import assistant_message, function_call
from agents.tracing.processors import BackendSpanExporter
from openai import AsyncOpenAI
from sqlalchemy import event

from lessons.course.failures.lesson import lose_the_connection
from lessons.course.life_cycle.step_code import CHAT, export_items
from lessons.course.model_items.lesson import make_agent as any_agent
from lessons.course.model_items.lesson import refuse, send_an_image_and_a_file
from lessons.guides.cases.mistakes_sending import stored_with_cut_arguments
from lessons.kit.models.offline.model import OfflineModel
from lessons.kit.stores.sdk_private import locked_connection
from tests.support.scripted import assistant, make_agent, scripted, user

CLASSES = (
    SQLiteSession,
    AsyncSQLiteSession,
    SQLAlchemySession,
    AdvancedSQLiteSession,
    RedisSession,
    EncryptedSession,
    OpenAIConversationsSession,
    OpenAIResponsesCompactionSession,
)
METHODS = ("get_items", "add_items", "pop_item", "clear_session")


@pytest.fixture
def anyio_backend():
    return "asyncio"


def offline(**more: Any) -> Agent:
    return Agent(name="A", model=OfflineModel(), **more)


def kinds(items: list[Any]) -> list[str]:
    return [item.get("role") or item["type"] for item in items]


async def sent(session: Any, message: str = "hi", **config: Any) -> list[Any]:
    """The items of the first request of one run."""
    requests: list[Any] = []

    def look(data: Any) -> Any:
        requests.append(list(data.model_data.input))
        return data.model_data

    config["call_model_input_filter"] = look
    await Runner.run(make_agent(), message, session=session, run_config=RunConfig(**config))
    return requests[0]


# All classes


@pytest.mark.parametrize("kind", CLASSES)
def test_the_four_methods_of_every_class_are_async(kind):
    assert [name for name in METHODS if not inspect.iscoroutinefunction(getattr(kind, name))] == []


@pytest.mark.parametrize("kind", CLASSES)
def test_which_class_has_which_arguments_and_which_are_given_by_name(kind):
    parameters = inspect.signature(kind).parameters
    by_name = {name for name, one in parameters.items() if one.kind is inspect.Parameter.KEYWORD_ONLY}
    assert ("conversation_id" in parameters) is (kind is OpenAIConversationsSession)
    if kind is AdvancedSQLiteSession:
        assert {one.kind for one in parameters.values()} <= {
            inspect.Parameter.KEYWORD_ONLY,
            inspect.Parameter.VAR_KEYWORD,
        }
    if kind is SQLAlchemySession:
        assert set(parameters) - by_name == {"session_id"}
    if kind in (AdvancedSQLiteSession, SQLAlchemySession):
        assert parameters["create_tables"].default is False


def test_which_close_is_awaited_and_which_class_has_none():
    assert [kind for kind in (SQLiteSession, AdvancedSQLiteSession) if inspect.iscoroutinefunction(kind.close)] == []
    assert [kind for kind in (AsyncSQLiteSession, RedisSession) if not inspect.iscoroutinefunction(kind.close)] == []
    assert not hasattr(SQLAlchemySession, "close")


@pytest.mark.anyio
async def test_after_close_every_call_of_a_sqlite_session_fails(tmp_path):
    session = SQLiteSession("alice", tmp_path / "chat.db")
    await session.add_items([user("a")])
    session.close()
    for do in (session.get_items, session.pop_item, session.clear_session, lambda: session.add_items([user("b")])):
        with pytest.raises(RuntimeError, match="closed"):
            await do()
    with closing(SQLiteSession("alice", tmp_path / "chat.db")) as again:
        assert await again.get_items() == [user("a")]


def test_a_sqlite_session_waits_five_seconds_for_a_lock(tmp_path):
    with closing(SQLiteSession("alice", tmp_path / "chat.db")) as session, locked_connection(session) as connection:
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (5000,)


@pytest.mark.anyio
async def test_without_the_pragma_the_messages_stay_when_their_session_is_deleted(tmp_path):
    path, left = tmp_path / "chat.db", {}
    for pragma in ("OFF", "ON"):
        with closing(SQLiteSession("alice", path)) as session:
            await session.add_items([user("a")])
        with closing(sqlite3.connect(path)) as file, file:
            file.execute(f"PRAGMA foreign_keys = {pragma}")
            file.execute("DELETE FROM agent_sessions")
            left[pragma] = file.execute("SELECT count(*) FROM agent_messages").fetchone()[0]
    assert left == {"OFF": 1, "ON": 0}


def test_which_module_has_which_class():
    import agents
    from agents.extensions import memory

    in_agents = {SQLiteSession, OpenAIConversationsSession, OpenAIResponsesCompactionSession}
    assert {kind for kind in CLASSES if hasattr(agents, kind.__name__)} == in_agents
    assert {kind for kind in CLASSES if kind.__name__ in memory.__all__} == set(CLASSES) - in_agents


@pytest.mark.anyio
async def test_dispose_closes_every_connection_of_the_pool_and_the_session_opens_another(tmp_path):
    url, seen = f"sqlite+aiosqlite:///{tmp_path}/chat.db", []
    session = SQLAlchemySession.from_url("alice", url=url, create_tables=True)
    for name in ("connect", "close"):
        event.listen(session.engine.sync_engine, name, lambda *_, name=name: seen.append(name))
    await session.add_items([user("a")])
    opened = seen.count("connect")
    await session.engine.dispose()
    assert seen.count("close") == opened >= 1
    assert await session.get_items() == [user("a")]
    assert seen.count("connect") > opened
    await session.engine.dispose()


@pytest.mark.anyio
async def test_tables_of_your_own_differ_in_their_names_only(tmp_path):
    names = {"sessions_table": "chat_sessions", "messages_table": "chat_messages"}
    columns = []
    for number, more in enumerate(({}, names)):
        path = tmp_path / f"{number}.db"
        session = SQLAlchemySession.from_url("a", url=f"sqlite+aiosqlite:///{path}", create_tables=True, **more)
        await session.add_items([user("a")])
        await session.engine.dispose()
        with closing(sqlite3.connect(path)) as file:
            tables = [f"{more.get(f'{kind}_table', f'agent_{kind}')}" for kind in ("sessions", "messages")]
            columns.append([file.execute(f"PRAGMA table_info({table})").fetchall() for table in tables])
    assert columns[0] == columns[1]
    assert all(columns[0])


# Runs


@pytest.mark.anyio
async def test_rows_in_a_file_are_read_by_another_process(scripts, tmp_path):
    path = tmp_path / "chat.db"
    with closing(SQLiteSession("alice", path)) as session:
        await session.add_items([user("a")])
    program = tmp_path / "program.py"
    program.write_text(
        "import asyncio, sys; from agents import SQLiteSession; "
        "print(asyncio.run(SQLiteSession('alice', sys.argv[1]).get_items()))"
    )
    assert scripts.run(program, str(path)).stdout.strip() == str([user("a")])


@pytest.mark.anyio
async def test_the_message_is_a_row_before_the_model_is_asked():
    session = SQLiteSession("early")
    await lose_the_connection(offline(), session)
    assert kinds(await session.get_items()) == ["user"]


@pytest.mark.anyio
async def test_session_is_an_argument_of_a_run_and_takes_an_object():
    wrong: Any = SQLiteSession
    with pytest.raises(TypeError, match="session"):
        Agent(name="A", session=wrong("alice"))  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="session_id"):
        await Runner.run(make_agent(), "hi", session_id="alice")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="self"):
        await Runner.run(make_agent(), "hi", session=wrong)
    with pytest.raises(AttributeError, match="get_items"):
        await Runner.run(make_agent(), "hi", session="alice")  # type: ignore[arg-type]


@pytest.mark.anyio
async def test_a_wrong_id_gives_no_error_and_no_warning(caplog, tmp_path):
    session, other = (SQLiteSession(name, tmp_path / "chat.db") for name in ("thread_1", "thread-1"))
    await session.add_items([user("My name is Alice")])
    caplog.setLevel(logging.WARNING)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert await sent(other) == [user("hi")]
    assert ([str(one.message) for one in warned if one.category is not ResourceWarning], caplog.records) == ([], [])


@pytest.mark.anyio
async def test_a_preference_changes_the_answer_only_while_it_is_sent_and_in_its_session():
    session, answers = SQLiteSession("shop"), []
    await Runner.run(offline(), "I prefer sustainable and eco-friendly products", session=session)
    hidden = RunConfig(session_settings=SessionSettings(limit=0))
    for asked_in, config in ((session, None), (session, hidden), (SQLiteSession("other"), None)):
        result = await Runner.run(offline(), "Show me some laptop bags", session=asked_in, run_config=config)
        answers.append(str(result.final_output))
    assert answers[0] != answers[1] == answers[2]


@pytest.mark.anyio
async def test_a_tool_whose_call_is_rejected_does_not_run():
    from agents import RunState

    ran: list[str] = []

    @function_tool(needs_approval=True)
    def book_hotel(city: str) -> str:
        """Book a hotel."""
        ran.append(city)
        return f"Booked a hotel in {city}"

    session = SQLiteSession("rejected")
    model = scripted([function_call("book_hotel", '{"city": "Oslo"}', call_id="c1")], [assistant_message("No.")])
    booking = Agent(name="A", model=model, tools=[book_hotel])
    waiting = await Runner.run(booking, "book", session=session)
    state = await RunState.from_string(booking, waiting.to_state().to_string())
    state.reject(state.get_interruptions()[0])
    await Runner.run(booking, state, session=session)
    assert ran == []
    assert kinds(await session.get_items()) == ["user", "function_call", "function_call_output", "assistant"]


# Items


@pytest.mark.anyio
async def test_after_a_refusal_the_next_run_sends_the_question_again():
    session = SQLiteSession("refused")
    assert ModelRefusalError.__name__ in str(await refuse(any_agent(), lambda _: session))
    assert [item["content"] for item in await sent(session)] == ["Tell me a secret", "hi"]


@pytest.mark.anyio
async def test_an_image_is_stored_whole_and_sent_again_and_a_file_id_stays_as_short_as_it_is():
    session = SQLiteSession("picture")
    await send_an_image_and_a_file(any_agent(), lambda _: session)
    stored = (await session.get_items())[0]["content"]
    assert [part["type"] for part in stored] == ["input_text", "input_image", "input_file"]
    assert "base64," in stored[1]["image_url"]
    assert stored[2] == {"type": "input_file", "file_id": "file_1"}
    for _ in range(2):
        assert (await sent(session))[0]["content"] == stored


@pytest.mark.anyio
async def test_what_the_chat_completions_class_stores_of_a_reply():
    """It stores __fake_id__, which stands for a missing id, and the model's name, from an answer over HTTP."""

    def answer(request: Any) -> httpx2.Response:
        said = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}
        made = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "llama3.2", "choices": [said]}
        return httpx2.Response(200, json=made)

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    client = AsyncOpenAI(api_key="any", base_url="http://service.invalid/v1", http_client=http, max_retries=0)
    session = SQLiteSession("chat")
    agent = Agent(name="A", model=OpenAIChatCompletionsModel("llama3.2", client))
    await Runner.run(agent, "hi", session=session)
    reply = (await session.get_items())[1]
    assert reply["id"] == "__fake_id__"
    assert reply["provider_data"]["model"] == "llama3.2"


@pytest.mark.anyio
async def test_an_export_by_hand_has_no_row_ids_no_times_no_branches_and_no_usage(tmp_path):
    with closing(AdvancedSQLiteSession(session_id="a", db_path=tmp_path / "a.db", create_tables=True)) as session:
        await session.add_items(CHAT)
        exported = json.loads(await export_items(session))
    assert exported["items"] == CHAT
    assert set(exported) == {"version", "items", "sum"}


@pytest.mark.anyio
async def test_a_call_whose_arguments_are_cut_off_is_sent_with_its_error_in_every_later_run():
    session = await stored_with_cut_arguments(any_agent())
    assert [item["arguments"] for item in await session.get_items() if "arguments" in item] == ['{"city": "Oslo"']
    for _ in range(2):
        assert kinds(await sent(session))[1:3] == ["function_call", "function_call_output"]


# Encrypted sessions


@pytest.mark.anyio
async def test_each_key_reads_its_own_rows_and_skips_the_others():
    inner = SQLiteSession("alice")
    keys = [EncryptedSession("alice", inner, key) for key in ("first", "second")]
    for number, session in enumerate(keys):
        await session.add_items([user(f"{number}a"), user(f"{number}b")])
    assert [await session.get_items() for session in keys] == [[user("0a"), user("0b")], [user("1a"), user("1b")]]
    assert len(await inner.get_items()) == 4


@pytest.mark.anyio
async def test_a_damaged_envelope_stops_every_read_that_comes_to_it():
    inner = SQLiteSession("alice")
    session = EncryptedSession("alice", inner, "secret")
    await inner.add_items([{"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": None}])  # type: ignore[list-item]
    await session.add_items([user("a")])
    with pytest.raises(AttributeError):
        await session.get_items()
    with pytest.raises(AttributeError):
        await Runner.run(make_agent(), "hi", session=session)
    assert await session.get_items(limit=1) == [user("a")]


def test_a_key_that_is_not_set_or_empty_is_refused_and_any_other_text_is_taken():
    for refused in (None, ""):
        with pytest.raises(ValueError, match="encryption_key not set"):
            EncryptedSession("alice", SQLiteSession("alice"), refused)  # type: ignore[arg-type]
    for taken in ("x", " ", "a" * 500, "ключ"):
        EncryptedSession("alice", SQLiteSession("alice"), taken)


# AdvancedSQLiteSession


async def branched(path: Any) -> AdvancedSQLiteSession:
    session = AdvancedSQLiteSession(session_id="alice", db_path=path, create_tables=True)
    await session.add_items([user("a"), assistant("b"), user("c"), assistant("d")])
    await session.create_branch_from_turn(2, "other")
    return session


@pytest.mark.anyio
async def test_a_branch_is_current_once_it_is_made_and_is_read_without_leaving_another(tmp_path):
    session = await branched(tmp_path / "chat.db")
    assert await session.get_items() == [user("a"), assistant("b")]
    assert await session.get_items(branch_id="main") == [user("a"), assistant("b"), user("c"), assistant("d")]
    assert await session.get_items(branch_id="not there") == []
    assert await session.get_items() == [user("a"), assistant("b")]
    session.close()


@pytest.mark.anyio
async def test_the_name_of_a_branch_without_rows_cannot_be_used_again(tmp_path):
    session = await branched(tmp_path / "chat.db")
    await session.create_branch_from_turn(1, "empty")
    await session.switch_to_branch("main")
    with pytest.raises(ValueError, match="already been used"):
        await session.create_branch_from_turn(1, "empty")
    session.close()


@pytest.mark.anyio
async def test_a_plain_session_is_sent_the_rows_of_all_branches_one_after_the_other(tmp_path):
    session = await branched(tmp_path / "chat.db")
    await session.add_items([user("e")])
    with closing(SQLiteSession("alice", tmp_path / "chat.db")) as plain:
        assert [item["content"] for item in await sent(plain, "f")] == ["a", "b", "c", "d", "e", "f"]
    session.close()


@pytest.mark.anyio
async def test_the_usage_of_a_turn_is_the_sum_of_its_requests(tmp_path):
    @function_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"{city}: 4 °C and rain"

    session = AdvancedSQLiteSession(session_id="alice", db_path=tmp_path / "chat.db", create_tables=True)
    assert await session.get_session_usage() is None
    result = await Runner.run(offline(tools=[get_weather]), "What's the weather in Oslo?", session=session)
    await session.store_run_usage(result)
    (stored,) = await session.get_turn_usage()  # type: ignore[misc]
    asked = [response.usage for response in result.raw_responses]
    assert len(asked) == stored["requests"] == 2
    assert stored["input_tokens"] == sum(usage.input_tokens for usage in asked)
    assert stored["output_tokens"] == sum(usage.output_tokens for usage in asked)
    session.close()


# Tracing


def test_a_trace_goes_to_openai_unless_it_is_told_otherwise():
    assert inspect.signature(BackendSpanExporter).parameters["endpoint"].default.startswith("https://api.openai.com/")
