"""The private names of the SDK that the app uses: the installed SDK has each, and it does what the app expects."""

import ast
import asyncio
import inspect
import re
import sqlite3
import threading
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest
from agents import (
    OpenAIConversationsSession,
    OpenAIResponsesCompactionSession,
    RunResultStreaming,
    SQLiteSession,
)
from agents.extensions.memory import (
    AdvancedSQLiteSession,
    AsyncSQLiteSession,
    EncryptedSession,
    RedisSession,
    SQLAlchemySession,
)
from fakeredis.aioredis import FakeRedis
from openai import AsyncOpenAI
from sqlalchemy.ext.asyncio import create_async_engine

from lessons.kit.stores import sdk_private
from tests.support.sources import nodes_of

LESSONS = Path(sdk_private.__file__).parents[2]
SDK = tuple(map(int, version("openai-agents").split(".")[:2]))
USER, ASSISTANT = {"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}

NAMES = {
    "_locked_connection": ("locked_connection", (0, 22)),
    "_connections": ("close_connections", (0, 22)),
    "_local": ("close_connections", (0, 22)),
    "_connection_owners": ("close_connections", (0, 23)),
    "_current_branch_id": ("current_branch", (0, 22)),
    "_generation": ("clear_generation", (0, 22)),
    "_branch_state": ("set_branch_state", (0, 23)),
    "_session_id": ("set_conversation", (0, 22)),
    "_session_items": ("forget_session_items", (0, 22)),
    "_compaction_candidate_items": ("forget_compaction_candidates", (0, 22)),
    "_metadata": ("table_definitions", (0, 22)),
    "_messages": ("message_table", (0, 22)),
    "_session_factory": ("connected", (0, 22)),
    "_redis": ("redis_client", (0, 22)),
    "_messages_key": ("redis_list", (0, 22)),
    "_unwrap": ("unwrapped", (0, 22)),
    "_cancel_mode": ("is_cancelled", (0, 22)),
    "_stored_exception": ("stored_exception", (0, 22)),
    "_classify_message_type": ("structure_of", (0, 22)),
    "_extract_tool_name": ("structure_of", (0, 22)),
    "_is_user_message": ("structure_of", (0, 22)),
}
"""Each private name with its function, and the first of the supported minors of the SDK (0.22 to 0.24) that has it."""

MORE = {
    "free_connection": "_lock",
    "conversation": "_session_id",
    "close_async_connection": "_connection",
    "set_redis_client": "_redis",
    "set_engine": "_engine",
}
"""Further functions with their private names: names that are listed already, or that attributes of the app have too."""

NOT_OF_THE_SDK = {
    "_encryption_key",
    "_getframe",
    "_current_frames",
    "_exit",
    "_replace",
    "_thread",
    "_threads_queues",
    "_tx",
}
"""Private names of others.

`_encryption_key` is cryptography's: a claim of the page Choose is about the length of the key. Python's are `_getframe`, which
tells who made a call, `_current_frames`, which tells where a check of a contract hangs, `_exit`, which ends a command at once,
`_replace`, which changes a named tuple, and `_threads_queues`, which tells the threads of executors from a script's own.
`_thread` and `_tx`, the queue to that thread, are aiosqlite's, and SQLAlchemy uses them too.
"""


def client():
    return AsyncOpenAI(api_key="offline", base_url="http://nowhere.invalid/v1")


def made(name, tmp_path):
    """A session of the class that has this private name."""
    of_items = ("_classify_message_type", "_extract_tool_name", "_is_user_message")
    if name in ("_current_branch_id", "_generation", "_branch_state", *of_items):
        return AdvancedSQLiteSession(session_id="alice", db_path=tmp_path / "branches.db", create_tables=True)
    if name in ("_session_items", "_compaction_candidate_items"):
        return OpenAIResponsesCompactionSession("alice", SQLiteSession("alice"), client=client())
    if name == "_session_id":
        return OpenAIConversationsSession(openai_client=client())
    if name == "_connection":
        return AsyncSQLiteSession("alice", tmp_path / "async.db")
    if name in ("_redis", "_messages_key"):
        return RedisSession("alice", redis_client=FakeRedis())
    if name == "_unwrap":
        return EncryptedSession("alice", SQLiteSession("alice"), "a key")
    if name in ("_cancel_mode", "_stored_exception"):
        return RunResultStreaming
    if name in ("_metadata", "_messages", "_session_factory"):
        return SQLAlchemySession("alice", engine=create_async_engine("sqlite+aiosqlite://"))
    return SQLiteSession("alice")


@pytest.mark.parametrize(("name", "since"), [(name, since) for name, (_, since) in NAMES.items()])
def test_the_installed_sdk_has_the_name_from_its_minor_on(name, since, tmp_path):
    assert hasattr(made(name, tmp_path), name) is (since <= SDK)


def test_every_function_is_listed_with_its_name_and_says_it():
    functions = dict(inspect.getmembers(sdk_private, inspect.isfunction))
    assert set(functions) == {function for function, _ in NAMES.values()} | set(MORE)
    for name, function in [
        *((name, function) for name, (function, _) in NAMES.items()),
        *((MORE[one], one) for one in MORE),
    ]:
        assert f"`{name}`" in inspect.getdoc(functions[function])


def test_no_other_module_uses_a_private_name_of_another_object():
    """A name is the app's own if a class of the app defines it. The scripts that are shown to learners count as well."""
    texts = {path: path.read_text(encoding="utf-8") for path in LESSONS.rglob("*.py")}
    own = {name for path in texts for name in defined(path)}
    assert "_key" in own
    used = {
        (path.relative_to(LESSONS).as_posix(), name)
        for path, text in texts.items()
        for name in re.findall(r"(?<!\bself)(?<!\bcls)\.(_[a-z]\w*)|getattr\(\w+, \"(_[a-z]\w*)", text)
        for name in name
        if name and name not in own
    }
    private = {name for path, name in used if path == "kit/stores/sdk_private.py"}
    assert private == set(NAMES)
    assert {name for path, name in used if path != "kit/stores/sdk_private.py"} <= NOT_OF_THE_SDK


def defined(path):
    """The names that the classes of a module define: methods, fields, and attributes of `self`."""
    for node in nodes_of(path):
        if isinstance(node, ast.ClassDef):
            yield from (one.name for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
            yield from (ast.unparse(one.target) for one in node.body if isinstance(one, ast.AnnAssign))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self":
            yield node.attr


def test_locked_connection_is_the_only_connection_of_a_session_in_memory():
    session = SQLiteSession("alice")
    asyncio.run(session.add_items([USER]))
    with sdk_private.locked_connection(session) as connection:
        assert isinstance(connection, sqlite3.Connection)
        assert connection.execute("SELECT session_id FROM agent_messages").fetchall() == [("alice",)]
    session.close()


def test_free_connection_waits_for_no_other_thread():
    session = SQLiteSession("alice")
    with sdk_private.free_connection(session) as connection:
        assert connection is not None
    used, done = threading.Event(), threading.Event()

    def use():
        with sdk_private.locked_connection(session):
            used.set()
            done.wait(60)

    other = threading.Thread(target=use)
    other.start()
    try:
        assert used.wait(60)
        with sdk_private.free_connection(session) as connection:
            assert connection is None
    finally:
        done.set()
        other.join()
    with sdk_private.free_connection(session) as connection:
        assert connection is not None
    session.close()


def open_files(folder):
    """The open files of this process in a folder."""
    return [one.path for one in psutil.Process().open_files() if one.path.startswith(str(folder))]


def test_closed_connections_are_opened_again_by_the_next_call_of_any_thread(tmp_path):
    session = SQLiteSession("alice", tmp_path / "chat.db")

    async def use():
        await asyncio.gather(*(session.add_items([USER]) for _ in range(4)))

    with asyncio.Runner() as runner:
        runner.run(use())
        assert open_files(tmp_path)
        sdk_private.close_connections(session)
        assert open_files(tmp_path) == []
        runner.run(use())  # in the same threads
        assert runner.run(session.get_items()) == [USER] * 8
    session.close()
    assert open_files(tmp_path) == []


def test_a_connection_in_use_is_not_closed(tmp_path):
    session = SQLiteSession("alice", tmp_path / "chat.db")
    with sdk_private.locked_connection(session) as connection:
        thread = threading.Thread(target=sdk_private.close_connections, args=[session])
        thread.start()
        thread.join()
        assert connection.execute("SELECT 1").fetchone() == (1,)
    session.close()


def test_a_closed_async_connection_is_opened_again_by_the_next_call(tmp_path):
    async def use():
        session = made("_connection", tmp_path)
        await session.add_items([USER])
        await sdk_private.close_async_connection(session)
        closed = open_files(tmp_path)
        await session.add_items([ASSISTANT])
        items = await session.get_items()
        await session.close()
        return closed, items

    assert asyncio.run(use()) == ([], [USER, ASSISTANT])


@pytest.fixture
def branched(tmp_path):
    session = made("_branch_state", tmp_path)
    asyncio.run(session.add_items([USER, ASSISTANT]))
    yield session
    session.close()


def test_current_branch_is_the_one_that_the_session_writes_to(branched):
    assert sdk_private.current_branch(branched, "none") == "main"
    asyncio.run(branched.create_branch_from_turn(1, "empty"))
    assert sdk_private.current_branch(branched, "none") == "empty"
    listed = [branch["branch_id"] for branch in asyncio.run(branched.list_branches())]
    assert "empty" not in listed  # which is why the public method will not do
    assert sdk_private.current_branch(None, "none") == "none"


def test_clear_generation_counts_how_often_the_session_was_cleared(branched):
    before = sdk_private.clear_generation(branched)
    asyncio.run(branched.clear_session())
    asyncio.run(branched.add_items([USER]))
    assert sdk_private.clear_generation(branched) == before + 1


def test_set_branch_state_puts_the_session_on_a_branch_without_turns(branched):
    with pytest.raises(ValueError, match="aside"):
        asyncio.run(branched.switch_to_branch("aside"))
    sdk_private.set_branch_state(branched, "aside", 0)
    asyncio.run(branched.add_items([ASSISTANT]))
    assert asyncio.run(branched.get_items()) == [ASSISTANT]
    sdk_private.set_branch_state(branched, "main", 0)
    assert asyncio.run(branched.get_items()) == [USER, ASSISTANT]


def test_set_conversation_takes_a_conversation_and_none(tmp_path):
    session = made("_session_id", tmp_path)
    sdk_private.set_conversation(session, "conv_1")
    assert session.session_id == "conv_1"
    sdk_private.set_conversation(session, None)
    with pytest.raises(ValueError, match="not yet available"):
        _ = session.session_id


def test_a_compaction_session_that_forgets_its_items_reads_the_rows_again(tmp_path):
    session = made("_session_items", tmp_path)
    counted = []

    def decide(context):
        counted.append((len(context["session_items"]), len(context["compaction_candidate_items"])))
        return False

    session.should_trigger_compaction = decide
    run = {"response_id": "resp_1", "store": False, "compaction_mode": "input"}
    asyncio.run(session.add_items([USER, ASSISTANT]))
    asyncio.run(session.run_compaction(run))
    asyncio.run(session.underlying_session.add_items([ASSISTANT]))  # without the session
    asyncio.run(session.run_compaction(run))
    sdk_private.forget_session_items(session)
    sdk_private.forget_compaction_candidates(session)
    asyncio.run(session.run_compaction(run))
    assert counted == [(2, 1), (2, 1), (3, 2)]


def test_table_definitions_are_those_of_the_sdk(tmp_path):
    tables = sdk_private.table_definitions(made("_metadata", tmp_path)).tables
    assert set(tables) == {"agent_sessions", "agent_messages"}
    assert {"id", "session_id", "message_data", "created_at"} <= set(tables["agent_messages"].columns.keys())


def test_structure_of_an_item_is_what_add_items_stores(branched):
    items = [
        USER,
        ASSISTANT,
        {"type": "function_call", "call_id": "c", "name": "get_weather", "arguments": "{}"},
        {"type": "mcp_call", "id": "m", "server_label": "files", "name": "read", "arguments": "{}"},
        {"type": "web_search_call", "id": "w", "status": "completed"},
        "no item",
    ]
    asyncio.run(branched.clear_session())
    asyncio.run(branched.add_items(items))
    with sdk_private.locked_connection(branched) as connection:
        query = "SELECT message_type, tool_name FROM message_structure ORDER BY sequence_number"
        stored = connection.execute(query).fetchall()
    assert [sdk_private.structure_of(item)[:2] for item in items] == stored
    assert [sdk_private.structure_of(item)[2] for item in items] == [True, False, False, False, False, False]
