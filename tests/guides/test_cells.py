"""The table of session types: every cell has a source, and what it says is what the installed SDK does."""

import asyncio
import importlib.util
import inspect
import json
import multiprocessing
import sqlite3
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import agents
import pytest
from openai import AsyncOpenAI
from sqlalchemy.exc import OperationalError

from lessons.guides import how_to_open
from lessons.guides.cell import INNER, YOURS, Follows, Read, Tried, TriedOnServers, source_words
from lessons.guides.session_type_table import COLUMNS
from lessons.guides.session_types import NAMES, OWN
from lessons.kit.sdk_version import since
from tests.support.model_endpoint import ModelEndpoint
from tests.support.stand_ins import stand_ins

SDK = Path(agents.__file__).parent
KEY = "a key for these tests only"
CELLS = [(of, name) for of in COLUMNS for name in NAMES]
TRIED = [(of.name, name) for of, name in CELLS if isinstance(of.cells[name].source, Tried)]
FILES = ("SQLiteSession", "AsyncSQLiteSession", "AdvancedSQLiteSession")


def user(text):
    return {"role": "user", "content": text}


class World:
    """Opens sessions of every type: on files of a folder, and on stand-ins of servers."""

    def __init__(self, folder, servers):
        self.folder, self.servers = folder, servers

    def path(self, name):
        return self.folder / f"{name}.db"

    async def open(self, name, **more):
        path = self.path(name)
        makers = {
            "SQLiteSession": lambda: how_to_open.in_a_file("alice", path),
            "AsyncSQLiteSession": lambda: how_to_open.in_a_file_async("alice", path),
            "SQLAlchemySession": lambda: how_to_open.in_a_database("alice", f"sqlite+aiosqlite:///{path}"),
            "AdvancedSQLiteSession": lambda: how_to_open.with_turns_and_branches("alice", path),
            "RedisSession": lambda: how_to_open.in_redis("alice", "redis://localhost"),
            "MongoDBSession": lambda: how_to_open.in_mongodb("alice", "mongodb://localhost"),
            "DaprSession": lambda: how_to_open.in_dapr("alice", "statestore", "localhost:50001"),
            "OpenAIConversationsSession": lambda: how_to_open.at_openai(more.get("conversation")),
            "EncryptedSession": lambda: how_to_open.encrypted(how_to_open.in_a_file("alice", path), KEY),
            "OpenAIResponsesCompactionSession": lambda: how_to_open.compacted(how_to_open.in_a_file("alice", path)),
        }
        return makers[name]()

    async def stored(self, name):
        """What is stored of its items, read without the session: one text for each row, element or document."""
        servers = self.servers
        if name == "RedisSession":
            return [one.decode() for one in await servers.redis.lrange("agents:session:alice:messages", 0, -1)]
        if name == "MongoDBSession":
            return [json.dumps(one["message_data"]) for one in servers.mongo.collections["agent_messages"].documents]
        if name == "DaprSession":
            return [data.decode() for key, (data, _) in servers.dapr.state.items() if key == "alice:messages"]
        if name == "OpenAIConversationsSession":
            return [json.dumps(item) for items in servers.openai.items.values() for item in items]
        with closing(sqlite3.connect(self.path(name))) as reader:
            return [data for (data,) in reader.execute("SELECT message_data FROM agent_messages ORDER BY id")]


@asynccontextmanager
async def opened(world, name):
    session = await world.open(name)
    try:
        yield session
    finally:
        await end(session)


async def end(session):
    inner = getattr(session, "underlying_session", session)
    if hasattr(inner, "engine"):
        await inner.engine.dispose()
    elif hasattr(inner, "close"):
        closed = inner.close()
        if inspect.isawaitable(closed):
            await closed


async def import_(world, name):
    found = [
        module for module in ("agents", "agents.extensions.memory") if hasattr(importlib.import_module(module), name)
    ]
    assert len(found) == 1
    return found[0]


async def tables(world, name):
    """Without create_tables: does the constructor fail, or the first call?"""
    path = world.path("unmade")
    makers = {
        "SQLAlchemySession": lambda: how_to_open.in_mysql("alice", f"sqlite+aiosqlite:///{path}"),
        "AdvancedSQLiteSession": lambda: _class(name)(session_id="alice", db_path=path),
    }
    try:
        session = makers[name]() if name in makers else await world.open(name)
    except ValueError:
        return "create_tables=True, or the constructor fails"
    try:
        await session.get_items()
    except OperationalError:
        return "create_tables=True, or the first call fails"
    finally:
        await end(session)
    return "made by itself"


def _class(name):
    module = "agents" if hasattr(agents, name) else "agents.extensions.memory"
    return getattr(importlib.import_module(module), name)


async def closing_(world, name):
    async with opened(world, name) as session:
        if name == "OpenAIResponsesCompactionSession":
            assert not hasattr(session, "close")
            return "no close(): close the session inside"
        if hasattr(session, "engine"):
            assert not hasattr(session, "close")
            return "no close(): await engine.dispose()"
        if not hasattr(session, "close"):
            return "nothing to close"
        return "await close()" if inspect.iscoroutinefunction(session.close) else "close(), without await"


@contextmanager
def service(world):
    """The conversations are at an emulation of OpenAI's service, over real HTTP, and not in the stand-in."""
    stand_in = world.servers.openai
    with ModelEndpoint() as endpoint:
        world.servers.openai = AsyncOpenAI(base_url=endpoint.url, api_key="any", max_retries=0)
        yield endpoint
    world.servers.openai = stand_in


def _add_in_another_process(folder, name):
    async def add():
        async with opened(World(folder, None), name) as session:
            await session.add_items([user("from another process")])

    asyncio.run(add())


def _add_at_the_service(url, conversation):
    client = AsyncOpenAI(base_url=url, api_key="any", max_retries=0)
    session = agents.OpenAIConversationsSession(conversation_id=conversation, openai_client=client)
    asyncio.run(session.add_items([user("from another process")]))


async def _in_another_process(target, *arguments):
    other = multiprocessing.get_context("fork").Process(target=target, args=arguments)
    other.start()
    await asyncio.to_thread(other.join, 30)
    assert other.exitcode == 0


async def several_processes(world, name):
    if name == "OpenAIConversationsSession":
        with service(world) as endpoint:
            session = await world.open(name)
            assert await session.get_items() == []
            await _in_another_process(_add_at_the_service, endpoint.url, session.session_id)
            (item,) = await session.get_items()
        assert item["content"][0]["text"] == "from another process"
        return "any that have the key"
    await _in_another_process(_add_in_another_process, world.folder, name)
    async with opened(world, name) as session:
        assert await session.get_items() == [user("from another process")]
    # Write-ahead logs are shared memory: SQLite says that they do not work over a network (sqlite.org/wal.html).
    with closing(sqlite3.connect(world.path(name))) as reader:
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    return "one machine, with a file"


async def event_loops(world, name):
    def two_loops():
        session = asyncio.run(world.open(name))

        async def read_twice():
            return await asyncio.gather(session.get_items(), session.get_items(), return_exceptions=True)

        results = asyncio.run(read_twice()) + asyncio.run(read_twice())
        asyncio.run(end(session))
        return results

    if name == "OpenAIConversationsSession":  # what belongs to a loop is the connection to the service
        with service(world):
            results = await asyncio.to_thread(two_loops)
    else:
        results = await asyncio.to_thread(two_loops)
    errors = [str(result) for result in results if isinstance(result, BaseException)]
    assert all("different event loop" in error or error == "Event loop is closed" for error in errors)
    return "one only" if errors else "any"


async def one_item_more(world, name):
    async with opened(world, name) as session:
        await session.add_items([user(f"old {number}") for number in range(1_000)])
        before = await world.stored(name)
        if name == "DaprSession":
            world.servers.dapr.saved.clear()
        await session.add_items([user("new")])
        after = await world.stored(name)
        if name == "DaprSession":
            (written,) = [value for key, value, _ in world.servers.dapr.saved if key.endswith("messages")]
            assert "old 0" in written
            return "the whole list again"
        assert len(after) == len(before) + 1
        assert after[:-1] == before
        if name == "MongoDBSession":
            assert len(after) == 2  # one document for each batch, whatever its size
        return {
            "RedisSession": "one element of a list",
            "MongoDBSession": "one document",
            "OpenAIConversationsSession": "one item",
        }.get(name, "one row")


async def bad_batch(world, name):
    if name == "OpenAIConversationsSession":
        with service(world):
            return await _bad_batch_at_a_service(await world.open(name))
    async with opened(world, name) as session:
        await session.add_items([user("first")])
        if name == "EncryptedSession":
            await session.add_items([user("good"), user(object())])
            assert (await session.get_items())[-1]["content"].startswith("<object object at")
            return "both, the bad one as text"
        with pytest.raises(TypeError):
            await session.add_items([user("good"), user(object())])
        assert len(await session.get_items()) == 1
        return "nothing"


async def _bad_batch_at_a_service(session):
    for good in (1, 20):
        before = len(await session.get_items())
        with pytest.raises(TypeError):
            await session.add_items([*[user("good")] * good, user(object())])
        stored = len(await session.get_items()) - before
        assert stored == (0 if good == 1 else since((0, 24), 20, before=0))
    return "what came before, above 20 items" if stored else "nothing"


async def encryption(world, name):
    async with opened(world, name) as session:
        await session.add_items([user("a secret")])
        (stored,) = await world.stored(name)
        if name == "EncryptedSession":
            assert "secret" not in stored
            assert len(session.cipher._encryption_key) * 8 == 128
            assert len(session.cipher._signing_key) * 8 == 128
            return "each item: AES-128 and HMAC"
        assert "a secret" in stored
        return "only OpenAI's" if name == "OpenAIConversationsSession" else "none: plain text"


async def expiry(world, name):
    if "ttl" not in inspect.signature(_class(name).__init__).parameters:
        return "none"
    if name == "RedisSession":
        return await _redis_expiry(world)
    if name == "DaprSession":
        session = _class(name)("alice", state_store_name="s", dapr_client=world.servers.dapr, ttl=5)
        await session.add_items([user("one")])
        assert {metadata["ttlInSeconds"] for _, _, metadata in world.servers.dapr.saved} == {"5"}
        return "ttl: handed to the state store"
    inner = how_to_open.in_a_file("alice", world.path(name))
    session = _class(name)("alice", inner, KEY, ttl=-1)
    await session.add_items([user("one")])
    assert (await session.get_items(), len(await inner.get_items())) == ([], 1)
    inner.close()
    return "ttl: hidden, not deleted"


async def _redis_expiry(world):
    key, redis = "agents:session:alice:messages", world.servers.redis
    session = _class("RedisSession")("alice", redis_client=redis, ttl=100)
    await session.add_items([user("one")])
    await redis.pexpire(key, 5_000)
    await session.get_items()
    assert await redis.pttl(key) <= 5_000  # reading does not prolong it
    await session.add_items([user("two")])
    assert await redis.pttl(key) > 90_000
    return "ttl: deleted, counted from the last add"


async def branching(world, name):
    return "yes" if hasattr(_class(name), "create_branch_from_turn") else "no"


async def analytics(world, name):
    return "yes, if you call store_run_usage" if hasattr(_class(name), "store_run_usage") else "no"


async def limit_of_minus_one(world, name):
    async with opened(world, name) as session:
        await session.add_items([user("one"), user("two"), user("three")])
        assert [item["content"] for item in await session.get_items(2)] == ["two", "three"]
        return {0: "none", 1: "one", 3: "all"}[len(await session.get_items(-1))]


async def database(world, name):
    async with opened(world, name) as session:
        await session.add_items([user("one")])
        assert len(await world.stored(name)) == 1
        return "SQLite"


async def order(world, name):
    async with opened(world, name) as session:
        await session.add_items([user("one"), user("two")])
        assert len(await session.get_items()) == 2
        if name == "SQLAlchemySession":
            assert [item["content"] for item in await session.get_items()] == ["one", "two"]  # of the same second
            with closing(sqlite3.connect(world.path(name))) as writer, writer:
                writer.execute("UPDATE agent_messages SET created_at = datetime(created_at, '+1 hour') WHERE id = 1")
            assert [item["content"] for item in await session.get_items()] == ["two", "one"]
            return "created_at, then id"
        return "id"


async def lists_sessions(world, name):
    public = [one for one in dir(_class(name)) if not one.startswith("_")]
    return "yes" if any("sessions" in one and callable(getattr(_class(name), one)) for one in public) else "no"


PROBES = {
    "Import": import_,
    "Tables": tables,
    "Closing": closing_,
    "Several processes": several_processes,
    "Event loops": event_loops,
    "One item more writes": one_item_more,
    "A batch with a bad item": bad_batch,
    "Encryption": encryption,
    "Expiry": expiry,
    "Branching": branching,
    "Analytics": analytics,
    "limit=-1": limit_of_minus_one,
    "Lists its sessions": lists_sessions,
    "Database": database,
    "Order": order,
}
BY_NAME = {of.name: of for of in COLUMNS}


@pytest.mark.parametrize(("column", "name"), TRIED)
def test_a_cell_says_what_the_sdk_does(column, name, tmp_path, monkeypatch):
    of = BY_NAME[column]
    says = of.cells[name].says
    if name == OWN:
        assert says == ("your own module" if column == "Import" else YOURS)
        assert not hasattr(agents, "YourSession")
        return
    if says == INNER:  # these wrap a SQLiteSession here, and must do as it does
        says = of.cells["SQLiteSession"].says
    with stand_ins(monkeypatch) as servers:
        assert asyncio.run(PROBES[column](World(tmp_path, servers), name)) == says


def has_source(of, name):
    """Whether the source that the cell names exists. A package that is not installed cannot be read."""
    match of.cells[name].source:
        case Tried():
            found = of.name in PROBES
        case TriedOnServers(servers, words):  # test_cells_on_servers has a test for each of these
            found = servers and words.endswith(".")
        case Read(file, words, package):
            installed = importlib.util.find_spec(package)
            found = installed is None or words in (Path(installed.origin).parent / file).read_text(encoding="utf-8")
        case Follows(columns):
            found = columns and set(columns) <= set(BY_NAME) - {of.name}
        case _:
            found = False
    return found and len(source_words(name, of)) > 20


def test_every_cell_has_a_source():
    assert len(CELLS) > 100
    assert [(of.name, name) for of, name in CELLS if not has_source(of, name)] == []


def test_a_cell_that_differs_by_minor_says_what_the_other_minors_do():
    of = BY_NAME["A batch with a bad item"]
    other = since(
        (0, 24),
        "Before openai-agents 0.24: nothing.",
        before="Since openai-agents 0.24: what came before, above 20 items.",
    )
    assert source_words("OpenAIConversationsSession", of).endswith(other)
    assert source_words("SQLiteSession", of).endswith("A batch with a bad item.")


def test_every_type_has_a_cell_in_every_column():
    assert len({of.name for of in COLUMNS}) == len(COLUMNS)
    assert all(tuple(of.cells) == NAMES for of in COLUMNS)
