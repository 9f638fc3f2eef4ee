"""What cases say that their two codes do not show: each cause is run with the SDK, or with the library that it is about."""

import asyncio
import gc
import inspect
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx2
import pytest
from agents import (
    Agent,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
    SQLiteSession,
    function_tool,
)
from agents.extensions.memory import EncryptedSession
from agents.testing import assistant_message, function_call
from agents.tracing.processors import BackendSpanExporter
from openai import APIStatusError, AsyncOpenAI
from sqlalchemy import ForeignKey, make_url
from sqlalchemy.exc import MissingGreenlet, StatementError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from lessons.kit.sdk_version import since
from tests.support.checked_sessions import KEY, OTHER_KEY, envelope
from tests.support.scripted import make_agent, scripted, user


def test_mysql_without_a_driver_means_mysqlclient_which_is_not_async():
    dialect = make_url("mysql://user:password@host/chat").get_dialect()
    assert (dialect.driver, dialect.is_async) == ("mysqldb", False)
    assert make_url("mysql+aiomysql://user:password@host/chat").get_dialect().is_async


def test_the_newest_rows_of_an_open_file_can_be_in_its_wal_file_and_a_backup_has_them(tmp_path):
    path, alone, whole = (tmp_path / f"{name}.db" for name in ("chat", "alone", "whole"))
    count = "SELECT count(*) FROM agent_messages"
    with closing(SQLiteSession("alice", path)) as session:
        asyncio.run(session.add_items([user("one")]))
        with closing(sqlite3.connect(path)) as checkpoint:
            checkpoint.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        asyncio.run(session.add_items([user("two")]))
        alone.write_bytes(path.read_bytes())
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(whole)) as target:
            source.backup(target)
        found = []
        for one in (alone, whole):
            with closing(sqlite3.connect(one)) as file:
                found += file.execute(count).fetchone()
    assert found == [1, 2]


def test_times_of_sqlite_sessions_are_utc_with_a_space_in_the_middle(tmp_path):
    path = tmp_path / "chat.db"
    with closing(SQLiteSession("alice", path)) as session:
        asyncio.run(session.add_items([user("one")]))
    with closing(sqlite3.connect(path)) as file:
        times = [
            *file.execute("SELECT created_at, updated_at FROM agent_sessions").fetchone(),
            *file.execute("SELECT created_at FROM agent_messages").fetchone(),
        ]
    for text in times:
        at = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        assert abs(datetime.now(UTC) - at) < timedelta(minutes=5)


def test_a_session_call_that_is_not_awaited_stores_and_removes_nothing():
    session = SQLiteSession("alice")
    for call in (session.add_items([user("one")]), session.pop_item(), session.clear_session()):
        assert inspect.iscoroutine(call)
        call.close()
    asyncio.run(session.add_items([user("two")]))
    session.pop_item().close()
    assert asyncio.run(session.get_items()) == [user("two")]


@pytest.mark.parametrize("key", ["x", "0123456789abcdef0123456789abcdef", "ключ" * 100])
def test_half_of_the_key_of_fernet_signs_and_half_encrypts_whatever_the_key(key):
    cipher: Any = EncryptedSession("alice", SQLiteSession("alice"), key).cipher
    assert [len(half) * 8 for half in (cipher._signing_key, cipher._encryption_key)] == [128, 128]


@pytest.mark.skipif(since((0, 23), False, before=True), reason="max_scan_items is new in 0.23")
@pytest.mark.parametrize("hidden", [lambda: envelope(user("x"), OTHER_KEY), lambda: envelope(user("x"), age=5_000)])
@pytest.mark.parametrize(("rows", "limit", "least"), [(1, 1, 3), (10, 1, 26), (40, 1, 104), (1, 3, 7), (40, 3, 88)])
def test_each_wider_look_of_an_encrypted_session_counts_the_rows_again(hidden, rows, limit, least):
    """A max_scan_items of hidden rows plus limit is not enough. Three times as much always is."""
    inner = SQLiteSession("s")
    items: list[Any] = [*[envelope(user("hi"))] * 5, *[hidden()] * rows]
    asyncio.run(inner.add_items(items))

    def newest(**bound: Any) -> list[Any]:
        return asyncio.run(EncryptedSession("s", inner, KEY, ttl=600, **bound).get_items(limit))

    assert newest() == newest(max_scan_items=least) == newest(max_scan_items=3 * (rows + limit)) == [user("hi")] * limit
    with pytest.raises(RuntimeError, match="max_scan_items exhausted"):
        newest(max_scan_items=least - 1)


def service(bodies: list[Any]) -> AsyncOpenAI:
    def answer(request: httpx2.Request) -> httpx2.Response:
        bodies.append(request)
        return httpx2.Response(400, json={"error": {"message": "reached"}})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    return AsyncOpenAI(api_key="any", base_url="http://service.invalid/v1", http_client=http, max_retries=0)


@pytest.mark.parametrize("memory", [{"conversation_id": "conv_1"}, {"previous_response_id": "resp_1"}])
def test_with_a_memory_at_openai_the_sdk_sends_what_is_new(memory):
    bodies: list[Any] = []
    agent = Agent("A", model=OpenAIResponsesModel("any", service(bodies)))
    with pytest.raises(APIStatusError):
        asyncio.run(Runner.run(agent, "new", **memory))
    body = bodies[0].read().decode()
    assert body.count('"role"') == 1
    assert next(iter(memory.values())) in body


def test_a_client_reads_its_key_when_it_is_made(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-first")
    client = AsyncOpenAI()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-second")
    assert (client.api_key, AsyncOpenAI().api_key) == ("sk-first", "sk-second")
    assert AsyncOpenAI(api_key="sk-third").api_key == "sk-third"


def test_a_trace_is_sent_when_a_key_is_set_and_only_then(monkeypatch):
    posted: list[Any] = []

    def post(**request: Any) -> httpx2.Response:
        posted.append((request["url"], request["headers"]["Authorization"]))
        return httpx2.Response(204)

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    exporter = BackendSpanExporter()
    monkeypatch.setattr(exporter, "_client", type("Client", (), {"post": staticmethod(post)})())
    from agents.tracing.provider import DefaultTraceProvider

    provider = DefaultTraceProvider()
    provider.set_disabled(False)
    one = provider.create_trace("chat")
    exporter.export([one])
    assert posted == []
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    exporter.export([one])
    ((url, key),) = posted
    assert url.startswith("https://api.openai.com/")
    assert key == "Bearer sk-mine"


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_object_that_is_loaded_later_outside_of_a_coroutine_names_missing_greenlet():
    class Base(DeclarativeBase):
        pass

    class Thread(Base):
        __tablename__ = "threads"
        id: Mapped[int] = mapped_column(primary_key=True)
        messages: Mapped[list["Message"]] = relationship()

    class Message(Base):
        __tablename__ = "messages"
        id: Mapped[int] = mapped_column(primary_key=True)
        thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"))

    async def go() -> None:
        engine = create_async_engine("sqlite+aiosqlite://")
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with AsyncSession(engine) as session:
            session.add(Thread(id=1))
            await session.commit()
        async with AsyncSession(engine) as session:
            thread: Any = await session.get(Thread, 1)
            with pytest.raises((MissingGreenlet, StatementError), match="greenlet_spawn has not been called"):
                len(thread.messages)
        await engine.dispose()

    asyncio.run(go())
    gc.collect()  # the coroutine that SQLAlchemy could not await says so here, and not in another test


@pytest.mark.parametrize(("mode", "stored"), [("immediate", 1), ("after_turn", 3)])
def test_cancel_ends_a_streamed_run_and_after_turn_lets_the_turn_finish(mode, stored):
    @function_tool
    def look(city: str) -> str:
        """Look."""
        return city

    asks = [function_call("look", '{"city": "Oslo"}', call_id="c1")]
    agent = Agent("A", model=scripted(asks, [assistant_message("done")]), tools=[look])

    async def go() -> int:
        session = SQLiteSession("alice")
        result = Runner.run_streamed(agent, "hi", session=session)
        async for event in result.stream_events():
            if event.type == "raw_response_event":
                result.cancel(mode)
        return len(await session.get_items())

    assert asyncio.run(go()) == stored


@pytest.mark.parametrize("copies", [False, True])
def test_a_list_that_is_returned_and_no_copy_can_be_changed_from_outside(copies):
    class Own:
        session_id, session_settings = "own", None

        def __init__(self) -> None:
            self.items: list[Any] = [user("one")]

        async def get_items(self, limit: int | None = None) -> list[Any]:
            return list(self.items) if copies else self.items

    session = Own()
    asyncio.run(session.get_items()).clear()
    assert len(session.items) == copies


def test_a_lock_at_the_end_of_a_run_loses_the_reply(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.01))  # each thread has a connection
    path = tmp_path / "chat.db"
    with closing(SQLiteSession("alice", path)) as session, closing(sqlite3.connect(path)) as other:

        def lock(data: Any) -> Any:
            other.execute("BEGIN IMMEDIATE")
            return data.model_data

        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            asyncio.run(
                Runner.run(make_agent(), "hi", session=session, run_config=RunConfig(call_model_input_filter=lock))
            )
        other.rollback()
        assert [item["role"] for item in asyncio.run(session.get_items())] == ["user"]  # type: ignore[typeddict-item]


@pytest.mark.parametrize(("place", "left"), [(":memory:", 0), ("chat.db", 1)])
def test_a_session_in_memory_is_gone_in_another_process(scripts, place, left, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import asyncio, sys\n"
        "from agents import SQLiteSession\n"
        "session = SQLiteSession('alice', sys.argv[1])\n"
        "print(len(asyncio.run(session.get_items())))\n"
        "asyncio.run(session.add_items([{'role': 'user', 'content': 'Hi'}]))\n",
        encoding="utf-8",
    )
    found = [scripts.run(program, place) for _ in range(2)]
    assert [one.stdout.strip() for one in found] == ["0", str(left)], found
