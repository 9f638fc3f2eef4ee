"""What the lessons and guides say about single session classes: each claim is run with the installed SDK."""

import asyncio
import inspect
import sqlite3
import threading
import time
import warnings
from contextlib import closing
from importlib.metadata import requires
from typing import Any

import pytest
from agents import (
    Agent,
    OpenAIConversationsSession,
    OpenAIResponsesCompactionSession,
    RunConfig,
    Runner,
    Session,
    SessionABC,
    SessionSettings,
    SQLiteSession,
)
from agents.extensions.memory import (
    AdvancedSQLiteSession,
    AsyncSQLiteSession,
    EncryptedSession,
    RedisSession,
    SQLAlchemySession,
)
from cryptography.fernet import Fernet
from fakeredis import FakeAsyncRedis
from openai import InternalServerError
from redis import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import ResponseError
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import CreateTable

from lessons.kit.models.offline.model import OfflineModel
from lessons.kit.sdk_version import since
from lessons.kit.stores.hosted.accounts import emulated_client
from lessons.kit.stores.hosted.emulation.conversations import Conversations
from lessons.kit.stores.hosted.emulation.service import EmulatedService, error
from lessons.kit.stores.sdk_private import locked_connection, table_definitions
from tests.support.redis_server import free_port
from tests.support.scripted import assistant, user


@pytest.fixture
def anyio_backend():
    return "asyncio"


def agent() -> Agent:
    return Agent(name="A", model=OfflineModel())


def kinds(items: list[Any]) -> list[str]:
    return [item.get("role") or item["type"] for item in items]


def asked(path: Any, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as file:
        return file.execute(query).fetchall()


TABLES = "SELECT name, sql FROM sqlite_master ORDER BY name"


# SQLite


def test_memory_has_the_same_tables_as_a_file(tmp_path):
    with closing(SQLiteSession("alice", tmp_path / "chat.db")), closing(SQLiteSession("alice")) as in_memory:
        with locked_connection(in_memory) as connection:
            tables = connection.execute(TABLES).fetchall()
        assert asked(tmp_path / "chat.db", TABLES) == tables


@pytest.mark.anyio
async def test_a_session_in_memory_is_read_by_its_own_object_only(tmp_path):
    for path, found in ((":memory:", 0), (tmp_path / "chat.db", 2)):
        with closing(SQLiteSession("alice", path)) as one, closing(SQLiteSession("alice", path)) as other:
            await Runner.run(agent(), "hi", session=one)
            assert (len(await one.get_items()), len(await other.get_items())) == (2, found)


def test_memory_is_the_path_of_a_sqlite_session_that_is_given_none():
    assert inspect.signature(SQLiteSession).parameters["db_path"].default == ":memory:"


@pytest.mark.anyio
@pytest.mark.parametrize("is_closed", [True, False])
async def test_a_session_in_memory_ends_with_its_object(is_closed):
    """Closed or just dropped: a new object finds nothing, and its ids begin at 1 again."""
    for _ in range(2):
        session = SQLiteSession("alice")
        assert await session.get_items() == []
        await session.add_items([user("a")])
        with locked_connection(session) as connection:
            assert connection.execute("SELECT id FROM agent_messages").fetchall() == [(1,)]
        if is_closed:
            session.close()
        del session


@pytest.mark.anyio
async def test_sqlite_uses_no_id_again_and_a_place_in_a_redis_list_is_used_again(tmp_path):
    client = FakeAsyncRedis()
    with closing(SQLiteSession("alice", tmp_path / "chat.db")) as session:
        for one in (session, RedisSession("alice", redis_client=client)):
            await one.add_items([user("a"), user("b")])
            await one.pop_item()
            await one.add_items([user("c")])
        await session.clear_session()
        await session.add_items([user("d")])
    assert asked(tmp_path / "chat.db", "SELECT id FROM agent_messages") == [(4,)]
    assert b'"c"' in await client.lindex("agents:session:alice:messages", 1)


@pytest.mark.anyio
async def test_only_an_add_changes_updated_at(tmp_path):
    path, old = tmp_path / "chat.db", "2000-01-01 00:00:00"
    client, seen = FakeAsyncRedis(), []
    with closing(SQLiteSession("alice", path)) as session:
        await session.add_items([user("a"), user("b")])
        with closing(sqlite3.connect(path)) as file, file:
            file.execute("UPDATE agent_sessions SET updated_at = ?", (old,))
        for do in (session.get_items, session.pop_item, lambda: session.add_items([user("c")])):
            await do()
            seen.append(asked(path, "SELECT updated_at FROM agent_sessions") == [(old,)])
    redis = RedisSession("alice", redis_client=client)
    await redis.add_items([user("a"), user("b")])
    await client.hset("agents:session:alice", mapping={"updated_at": "5", "created_at": "5"})
    for do in (redis.get_items, redis.pop_item, lambda: redis.add_items([user("c")])):
        await do()
        seen.append(await client.hget("agents:session:alice", "updated_at") == b"5")
    assert seen == [True, True, False] * 2
    assert await client.hget("agents:session:alice", "created_at") == b"5"


@pytest.mark.anyio
async def test_a_clear_deletes_the_row_about_a_sqlite_session_and_not_the_names_of_branches(tmp_path):
    path = tmp_path / "chat.db"
    with closing(AdvancedSQLiteSession(session_id="alice", db_path=path, create_tables=True)) as session:
        await session.add_items([user("a"), user("b")])
        await session.create_branch_from_turn(2, "other")
        await session.switch_to_branch("main")
        await session.clear_session()
        assert asked(path, "SELECT * FROM agent_sessions") == []
        await session.add_items([user("a"), user("b")])
        with pytest.raises(ValueError, match="already been used"):
            await session.create_branch_from_turn(2, "other")


@pytest.mark.anyio
async def test_the_search_for_turns_looks_at_the_user_only_and_the_first_match_counts():
    session = AdvancedSQLiteSession(session_id="alice", create_tables=True)
    await session.add_items([user("a"), assistant("weather"), user("weather 1"), assistant("b"), user("weather 2")])
    assert [turn["turn"] for turn in await session.find_turns_by_content("WEATHER")] == [2, 3]
    await session.create_branch_from_content("weather", "first")
    assert [item["content"] for item in await session.get_items()] == ["a", "weather"]


@pytest.mark.anyio
async def test_async_sqlite_works_in_a_thread_for_each_session(tmp_path):
    before = threading.active_count()
    sessions = [AsyncSQLiteSession(f"s{number}", tmp_path / "chat.db") for number in range(3)]
    for session in sessions:
        await session.get_items()
    assert threading.active_count() - before == 3
    for session in sessions:
        await session.close()


# Encrypted sessions


class WithItsOwnPop(SQLiteSession):
    async def pop_item(self) -> Any:
        return await super().pop_item()


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["async", "sqlalchemy", "redis", "own pop"])
async def test_a_pop_with_a_wrong_key_deletes_every_row_of_the_classes_that_do_not_check(tmp_path, kind):
    url = f"sqlite+aiosqlite:///{tmp_path}/chat.db"
    inner: Any = {
        "async": lambda: AsyncSQLiteSession("alice", tmp_path / "chat.db"),
        "sqlalchemy": lambda: SQLAlchemySession.from_url("alice", url=url, create_tables=True),
        "redis": lambda: RedisSession("alice", redis_client=FakeAsyncRedis()),
        "own pop": lambda: WithItsOwnPop("alice"),
    }[kind]()
    await EncryptedSession("alice", inner, "right").add_items([user("a"), user("b")])
    assert await EncryptedSession("alice", inner, "wrong").pop_item() is None
    assert await inner.get_items() == []
    await (inner.engine.dispose() if kind == "sqlalchemy" else asyncio.sleep(0))
    await (inner.close() if kind == "async" else asyncio.sleep(0))


@pytest.mark.anyio
async def test_a_key_of_bytes_works_only_if_fernet_made_it():
    key, inner = Fernet.generate_key(), SQLiteSession("alice")
    as_bytes: Any = key
    await EncryptedSession("alice", inner, as_bytes).add_items([user("a")])
    assert await EncryptedSession("alice", inner, key.decode()).get_items() == [user("a")]
    other: Any = b"a secret"
    with pytest.raises(AttributeError):
        EncryptedSession("alice", inner, other)


def test_the_ttl_is_600_seconds_unless_it_is_set():
    assert inspect.signature(EncryptedSession).parameters["ttl"].default == 600
    assert inspect.signature(RedisSession).parameters["ttl"].default is None


# Databases


def test_the_sdks_statement_for_the_tables_is_refused_on_mysql():
    session = SQLAlchemySession.from_url("alice", url="sqlite+aiosqlite:///:memory:")
    statement = CreateTable(table_definitions(session).tables["agent_sessions"])
    with pytest.raises(CompileError, match="VARCHAR requires a length"):
        statement.compile(dialect=mysql.dialect())


@pytest.mark.anyio
async def test_each_from_url_makes_an_engine_and_ascii_is_the_default(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/chat.db"
    one, other = (SQLAlchemySession.from_url("alice", url=url, create_tables=True) for _ in range(2))
    assert one.engine is not other.engine
    await one.add_items([user("🎉")])
    ((stored,),) = asked(tmp_path / "chat.db", "SELECT message_data FROM agent_messages")
    assert "\\ud83c\\udf89" in stored
    assert len("\\ud83c\\udf89") == 12
    await one.engine.dispose()
    await other.engine.dispose()


# Redis


@pytest.mark.anyio
async def test_the_commands_of_a_redis_session(monkeypatch):
    sent: list[str] = []

    def noted(execute: Any) -> Any:
        return lambda self, *command, **more: (sent.append(command[0]), execute(self, *command, **more))[1]

    for kind in (Pipeline, FakeAsyncRedis):
        monkeypatch.setattr(kind, "execute_command", noted(kind.execute_command))
    session = RedisSession("alice", redis_client=FakeAsyncRedis())
    methods = {"RPUSH": lambda: session.add_items([user("a")]), "LRANGE": session.get_items, "RPOP": session.pop_item}
    for command, do in methods.items():
        sent.clear()
        await do()
        assert sent.count(command) == 1, sent


@pytest.mark.anyio
async def test_a_session_that_owns_its_client_raises_after_close_and_another_does_not():
    own = RedisSession.from_url("alice", url="redis://127.0.0.1:1")
    await own.close()
    for do in (own.get_items, own.pop_item, own.clear_session, lambda: own.add_items([user("a")])):
        with pytest.raises(RuntimeError):
            await do()
    for decode in (True, False):
        given = RedisSession("alice", redis_client=FakeAsyncRedis(decode_responses=decode))
        await given.close()
        await given.add_items([user("a")])
        assert await given.get_items() == [user("a")]
        assert await given.ping()


@pytest.mark.anyio
async def test_a_run_after_a_redis_session_has_expired_warns_of_nothing(caplog):
    client, sent = FakeAsyncRedis(), []

    def note(data: Any) -> Any:
        sent.append(kinds(data.model_data.input))
        return data.model_data

    session = RedisSession("alice", redis_client=client, ttl=600)
    await session.add_items([user("My name is Alice")])
    for key in ("agents:session:alice", "agents:session:alice:messages"):
        await client.pexpire(key, 1)
    await asyncio.sleep(0.05)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await Runner.run(
            agent(), "What's my name?", session=session, run_config=RunConfig(call_model_input_filter=note)
        )
    assert sent == [["user"]]
    assert [one.getMessage() for one in caplog.records if one.levelname != "DEBUG"] == []


@pytest.mark.anyio
async def test_a_redis_cluster_refuses_the_first_add(make_redis):
    server = make_redis(**{"cluster-enabled": "yes", "cluster-port": str(free_port())})
    admin = Redis(port=server.port, decode_responses=True)
    admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    deadline = time.monotonic() + 60
    while admin.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    admin.close()
    session = RedisSession.from_url("alice", url=server.url)
    with pytest.raises(ResponseError, match="same slot"):
        await session.add_items([user("a")])
    await session.close()


# Hosted


@pytest.fixture
def service(tmp_path):
    return EmulatedService(Conversations(tmp_path / "conversations"))


@pytest.mark.anyio
@pytest.mark.parametrize(("replies", "compacted"), [(9, False), (10, True)])
async def test_a_session_is_compacted_at_ten_items_unless_a_hook_says_otherwise(service, replies, compacted):
    inner = SQLiteSession("alice")
    client = emulated_client(service)
    session = OpenAIResponsesCompactionSession("alice", inner, client=client, compaction_mode="input")
    await session.add_items([assistant("a")] * (replies - 1))
    await Runner.run(agent(), "hi", session=session)
    assert ("compaction" in kinds(await inner.get_items())) is compacted


@pytest.mark.anyio
@pytest.mark.skipif(since((0, 24), False, before=True), reason="before 0.24 one request has all items")
async def test_if_the_third_part_fails_forty_items_are_stored(service):
    session = OpenAIConversationsSession(openai_client=emulated_client(service))
    await session.get_items()
    service.faults = [None, None, lambda: error(500, "it broke")]
    with pytest.raises(InternalServerError):
        await session.add_items([user(f"note {number}") for number in range(45)])
    assert len(await session.get_items()) == 40
    await session.add_items([user(f"note {number}") for number in range(45)])
    assert len(await session.get_items()) == 85


def test_a_conversations_session_takes_no_session_id():
    parameters = inspect.signature(OpenAIConversationsSession).parameters
    assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in parameters.values())
    assert "session_id" not in parameters


@pytest.mark.parametrize(
    "kind",
    [
        SQLiteSession,
        AdvancedSQLiteSession,
        AsyncSQLiteSession,
        RedisSession,
        SQLAlchemySession,
        OpenAIConversationsSession,
    ],
)
def test_no_class_lists_sessions_or_conversations(kind):
    assert not [name for name in dir(kind) if "list_sessions" in name or "list_conversations" in name]


# Wrappers, derived classes, installed packages


@pytest.mark.anyio
@pytest.mark.parametrize("wrapper", ["encrypted", "compacted"])
async def test_a_session_around_advanced_loses_branches_and_usage(service, wrapper):
    advanced = AdvancedSQLiteSession(session_id="alice", create_tables=True)
    await advanced.add_items([user("a"), assistant("b"), user("c"), assistant("d")])
    await advanced.create_branch_from_turn(2, "other")
    if wrapper == "encrypted":
        session: Any = EncryptedSession("alice", advanced, "secret")
        await session.add_items([user("e"), assistant("f")])
        assert len(await advanced.get_conversation_turns()) == 1  # the one that was there before
    else:
        client = emulated_client(service)
        session = OpenAIResponsesCompactionSession("alice", advanced, client=client, compaction_mode="input")
        result = await Runner.run(agent(), "hi", session=session)
        await advanced.store_run_usage(result)
        await session.run_compaction({"force": True})
        assert {branch["branch_id"] for branch in await advanced.list_branches()} <= {"main", "other"}
        assert len(await advanced.list_branches()) < 2
        assert not await advanced.get_session_usage()


@pytest.mark.anyio
async def test_a_base_class_tells_of_a_missing_method_or_not():
    class Derived(Session):
        session_id, session_settings = "own", None

    class Checked(SessionABC):
        session_id, session_settings = "own", None

    assert await Derived().get_items() is None
    with pytest.raises(TypeError, match="abstract"):
        Checked()


@pytest.mark.anyio
async def test_the_runner_passes_the_limit_by_name():
    class Own:
        session_id, session_settings = "own", None

        async def get_items(self, count=None):
            return []

    limited = RunConfig(session_settings=SessionSettings(limit=2))
    with pytest.raises(TypeError, match="limit"):
        await Runner.run(agent(), "hi", session=Own(), run_config=limited)  # type: ignore[arg-type]


def test_only_advanced_has_store_run_usage():
    kinds_of_session = [SQLiteSession, AsyncSQLiteSession, RedisSession, SQLAlchemySession, OpenAIConversationsSession]
    assert not [kind for kind in kinds_of_session if hasattr(kind, "store_run_usage")]
    assert hasattr(AdvancedSQLiteSession, "store_run_usage")


def test_no_extra_of_the_sdk_installs_the_drivers():
    needed = " ".join(requires("openai-agents") or ())
    assert "asyncpg" in needed
    assert "aiosqlite" not in needed
    assert "aiomysql" not in needed


@pytest.mark.anyio
async def test_a_clear_deletes_the_keys_of_a_redis_session_and_their_expiry():
    client = FakeAsyncRedis()
    await RedisSession("alice", redis_client=client, ttl=60).add_items([user("a")])
    assert await client.ttl("agents:session:alice:messages") > 0
    without = RedisSession("alice", redis_client=client)
    await without.clear_session()
    assert await client.keys("*") == []
    await without.add_items([user("a")])
    assert await client.ttl("agents:session:alice:messages") == -1
