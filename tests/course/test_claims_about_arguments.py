"""What cases say about the arguments of sessions and runs: their place, the type of an id, half a character, a URL."""

import inspect
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
from agents import (
    Agent,
    OpenAIChatCompletionsModel,
    OpenAIConversationsSession,
    OpenAIResponsesModel,
    Runner,
    SQLiteSession,
)
from agents.extensions.memory import AsyncSQLiteSession, EncryptedSession, RedisSession, SQLAlchemySession
from agents.models.chatcmpl_converter import Converter
from fakeredis import FakeAsyncRedis
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessage
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.scripted import make_agent

HALF = json.loads(r'"Hi \ud83d"')


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
async def test_a_session_in_the_second_place_is_taken_for_the_input():
    with pytest.raises(AttributeError, match="'SQLiteSession' object has no attribute 'copy'"):
        await Runner.run(make_agent(), SQLiteSession("a"))  # type: ignore[arg-type]
    by_position = [
        name
        for name, one in inspect.signature(Runner.run).parameters.items()
        if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    assert by_position == ["starting_agent", "input"]


def test_an_emoji_is_two_halves_in_json_and_one_half_is_not_utf_8():
    assert json.dumps("😀") == r'"\ud83d\ude00"'
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        HALF.encode("utf-8")
    joined = "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert joined == "😀"


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [OpenAIChatCompletionsModel, OpenAIResponsesModel])
async def test_half_an_emoji_is_stored_and_then_every_run_fails_before_its_request_is_sent(kind: Any):
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(400, json={"error": {"message": "reached"}})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    client = AsyncOpenAI(api_key="any", base_url="http://service.invalid/v1", http_client=http, max_retries=0)
    agent = Agent(name="A", model=kind("any", client))
    session = SQLiteSession("half")
    for message in (HALF, "Hi", "Hi again"):
        with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
            await Runner.run(agent, message, session=session)
    assert not asked
    assert [item["content"] for item in await session.get_items()] == [HALF, "Hi", "Hi again"]


@pytest.mark.anyio
async def test_sessions_that_write_utf_8_refuse_half_an_emoji(tmp_path):
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        made = {"id": "conv_1", "object": "conversation", "created_at": 0, "metadata": {}}
        return httpx2.Response(200, json=made)

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    client = AsyncOpenAI(api_key="any", base_url="http://service.invalid/v1", http_client=http, max_retries=0)
    url = f"sqlite+aiosqlite:///{tmp_path / 'a.db'}"
    as_it_is = SQLAlchemySession.from_url("a", url=url, create_tables=True, ensure_ascii=False)
    sessions: list[Any] = [
        OpenAIConversationsSession(openai_client=client),
        EncryptedSession("a", SQLiteSession("a"), "secret"),
        as_it_is,
    ]
    for session in sessions:
        with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
            await session.add_items([{"role": "user", "content": HALF}])
    assert [request.url.path for request in asked] == [
        "/v1/conversations"
    ]  # the conversation was made, and it has no items
    assert not await as_it_is.get_items()
    await as_it_is.engine.dispose()


@pytest.mark.anyio
async def test_other_sessions_store_half_an_emoji(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path / 'alchemy.db'}"
    sessions: list[Any] = [
        SQLiteSession("a", tmp_path / "a.db"),
        AsyncSQLiteSession("a", tmp_path / "async.db"),
        SQLAlchemySession.from_url("a", url=url, create_tables=True),
        RedisSession("a", redis_client=FakeAsyncRedis()),
    ]
    for session in sessions:
        await session.add_items([{"role": "user", "content": HALF}])
        assert await session.get_items() == [{"role": "user", "content": HALF}], type(session)
    sessions[0].close()
    await sessions[1].close()
    await sessions[2].engine.dispose()


@pytest.mark.anyio
async def test_sqlite_and_redis_take_a_number_as_a_session_id_and_no_uuid(tmp_path):
    number: Any = 42
    with (
        closing(SQLiteSession(number, tmp_path / "a.db")) as session,
        closing(SQLiteSession("42", tmp_path / "a.db")) as text,
    ):
        await session.add_items([{"role": "user", "content": "Hi"}])
        assert len(await text.get_items()) == 1
    client = FakeAsyncRedis()
    await RedisSession(number, redis_client=client).add_items([{"role": "user", "content": "Hi"}])
    assert len(await RedisSession("42", redis_client=client).get_items()) == 1


@pytest.mark.anyio
@pytest.mark.servers
@pytest.mark.parametrize("wrong", [UUID(int=7), 42, None])
async def test_postgresql_takes_a_text_alone_as_a_session_id(wrong: Any):
    address = os.environ["POSTGRES_URL"]
    if not address:
        pytest.skip("no PostgreSQL")
    url = make_url(address).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    session = SQLAlchemySession.from_url(wrong, url=url, create_tables=True)
    try:
        with pytest.raises(Exception, match=r"character varying|not-null"):
            await session.add_items([{"role": "user", "content": "Hi"}])
    finally:
        await session.engine.dispose()


def test_a_file_named_agents_is_found_before_the_package(tmp_path):
    (tmp_path / "agents.py").write_text("from agents import Agent\n", encoding="utf-8")
    ran = subprocess.run([sys.executable, "agents.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "cannot import name 'Agent' from partially initialized module 'agents'" in ran.stderr


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts the open files as Linux lists them")
@pytest.mark.anyio
async def test_a_session_that_is_not_closed_keeps_its_file_open(tmp_path):
    def open_here() -> int:
        return sum(str(tmp_path) in os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink())

    session = SQLiteSession("a", tmp_path / "a.db")
    await session.add_items([{"role": "user", "content": "Hi"}])
    assert open_here() > 0
    session.close()
    assert open_here() == 0


def test_asyncpg_has_ssl_and_neither_sslmode_nor_channel_binding():
    arguments = inspect.signature(asyncpg.connect).parameters
    assert "ssl" in arguments
    assert not {"sslmode", "channel_binding"} & set(arguments)


@pytest.mark.anyio
@pytest.mark.servers
@pytest.mark.parametrize(("connect_args", "stored"), [({}, False), ({"statement_cache_size": 0}, True)])
async def test_asyncpg_behind_pgbouncer_needs_no_cache_of_statements(monkeypatch, connect_args: dict, stored: bool):
    """PgBouncer can give a client a connection on which another client has prepared statements with the same names."""
    if not os.environ["POSTGRES_URL"]:
        pytest.skip("no PostgreSQL")
    url = make_url(os.environ["POSTGRES_URL"]).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, pool_size=1, max_overflow=0, connect_args=connect_args)
    session = SQLAlchemySession(f"pooled-{uuid4().hex}", engine=engine, create_tables=True)
    try:
        await session.get_items()
        async with engine.connect() as connection:
            server = (await connection.get_raw_connection()).driver_connection
            for number in range(1000, 1040):
                await server.execute(f"PREPARE __asyncpg_stmt_{number:x}__ AS SELECT 1")
        monkeypatch.setattr("asyncpg.connection._uid", 999)
        if stored:
            await session.add_items([{"role": "user", "content": "Hi"}])
            assert len(await session.get_items()) == 1
        else:
            with pytest.raises(DBAPIError, match=r"prepared statement .* already exists"):
                await session.add_items([{"role": "user", "content": "Hi"}])
    finally:
        monkeypatch.undo()
        await engine.dispose()


def test_the_utf_8_mode_of_python_prints_what_another_encoding_lacks():
    def printed(mode: str) -> subprocess.CompletedProcess[str]:
        variables = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": mode}
        command = [sys.executable, "-c", "print('5 \\u2192 7')"]
        return subprocess.run(command, env=os.environ | variables, capture_output=True, encoding="utf-8", timeout=60)

    assert "codec can't encode character" in printed("0").stderr
    assert printed("1").stdout.strip() == "5 → 7"


def test_the_chat_completions_class_stores_a_thought_signature_and_sends_what_is_stored():
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    call["extra_content"] = {"google": {"thought_signature": "abc"}}
    message = ChatCompletionMessage.model_validate({"role": "assistant", "content": None, "tool_calls": [call]})
    (row,) = [item.model_dump() for item in Converter.message_to_output_items(message)]
    assert row["provider_data"]["thought_signature"] == "abc"

    def sent(row: Any) -> Any:
        (message,) = Converter.items_to_messages([row], model="gemini-3-pro")
        return message["tool_calls"][0].get("extra_content")

    assert sent(row) == call["extra_content"]
    del row["provider_data"]
    assert sent(row) is None
