"""What the pages say about servers, services, disks and processes: each claim is run on real ones that the tests start."""

import json
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest
from agents import OpenAIConversationsSession, OpenAIResponsesCompactionSession, SQLiteSession
from agents.extensions.memory import RedisSession, SQLAlchemySession
from openai import AsyncOpenAI
from openai.types.responses import ResponseCompactionItem
from sqlalchemy import make_url

from lessons.kit.sdk_version import since
from lessons.kit.stores.json_files.session import JsonFileSession
from tests.support.forked_scripts import Ended, ForkedScripts
from tests.support.scripted import user

SECRET = f"the secret {uuid4().hex}"
SECONDS = 60


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def ended(scripts: ForkedScripts, tmp_path: Path) -> Callable[..., Ended]:
    """Runs a program with these arguments, as another process."""

    def run(program: str, *arguments: str) -> Ended:
        script = tmp_path / "program.py"
        script.write_text(program, encoding="utf-8")
        return scripts.run(script, *arguments)

    return run


@pytest.fixture
def postgresql() -> str:
    if not os.environ["POSTGRES_URL"]:
        pytest.skip("no PostgreSQL")
    return os.environ["POSTGRES_URL"]


def with_asyncpg(address: str) -> str:
    return make_url(address).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


@pytest.mark.anyio
@pytest.mark.servers
async def test_postgresql_keeps_a_deleted_row_until_vacuum_and_in_its_log(postgresql: str):
    names = {"sessions_table": f"s_{uuid4().hex}", "messages_table": f"m_{uuid4().hex}"}
    messages = names["messages_table"]
    session = SQLAlchemySession.from_url("alice", url=with_asyncpg(postgresql), create_tables=True, **names)
    await session.get_items()
    with psycopg.connect(postgresql, autocommit=True) as server:

        def one(query: str) -> Any:
            row = server.execute(query).fetchone()  # type: ignore[call-overload]
            return row[0]

        if not one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
            pytest.skip("only a superuser reads the files of the server")
        server.execute(f"ALTER TABLE {messages} SET (autovacuum_enabled = false)")

        def in_the_log() -> bool:
            files = server.execute("SELECT name FROM pg_ls_waldir() ORDER BY modification DESC LIMIT 4").fetchall()
            contents = (one(f"SELECT pg_read_binary_file('pg_wal/{name}', 0, 16777216, true)") for (name,) in files)
            return any(SECRET.encode() in (content or b"") for content in contents)

        def in_the_file() -> bool:
            server.execute("CHECKPOINT")
            return SECRET.encode() in one(f"SELECT pg_read_binary_file(pg_relation_filepath('{messages}'))")

        deadline = time.monotonic() + SECONDS
        while True:
            await session.add_items([user(SECRET)])
            await session.clear_session()
            if in_the_log():  # on a busy server its file can be replaced in between
                break
            assert time.monotonic() < deadline
        assert await session.get_items() == []
        assert in_the_file()
        deadline = time.monotonic() + SECONDS
        while in_the_file():  # a transaction of another test may still see the row
            assert time.monotonic() < deadline
            server.execute(f"VACUUM {messages}")
        server.execute(f"DROP TABLE {messages}, {names['sessions_table']}")
    await session.engine.dispose()


@pytest.mark.anyio
@pytest.mark.servers
async def test_two_processes_share_a_session_on_a_server(ended, postgresql: str):
    url = with_asyncpg(postgresql)
    session = SQLAlchemySession.from_url(f"shared-{uuid4().hex}", url=url, create_tables=True)
    await session.add_items([user("here")])
    program = (
        "import asyncio, sys\n"
        "from agents.extensions.memory import SQLAlchemySession\n"
        "session = SQLAlchemySession.from_url(sys.argv[1], url=sys.argv[2])\n"
        "asyncio.run(session.add_items([{'role': 'user', 'content': 'there'}]))\n"
    )
    there = ended(program, session.session_id, url)
    assert there.returncode == 0, there.stderr
    assert await session.get_items() == [user("here"), user("there")]
    await session.clear_session()
    await session.engine.dispose()


async def said_and_cleared(url: str) -> None:
    session = RedisSession.from_url("alice", url=url)
    await session.add_items([user(SECRET)])
    await session.clear_session()
    assert await session.get_items() == []
    await session.close()


@pytest.mark.anyio
async def test_redis_keeps_deleted_rows_in_its_log_and_its_snapshot(make_redis, tmp_path):
    server = make_redis(appendonly="yes", rdbcompression="no")
    session = RedisSession.from_url("alice", url=server.url)
    await session.add_items([user(SECRET)])
    await session._redis.save()
    await session.close()
    await said_and_cleared(server.url)
    server.stop()
    kept = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert SECRET.encode() in kept["dump.rdb"]
    assert any(SECRET.encode() in kept[name] for name in kept if name.endswith(".aof"))


@pytest.mark.anyio
@pytest.mark.parametrize(("log", "survives"), [("no", False), ("yes", True)])
async def test_rows_in_redis_survive_its_restart_only_with_a_log_or_a_snapshot(make_redis, log: str, survives: bool):
    server = make_redis(appendonly=log)
    session = RedisSession.from_url("alice", url=server.url)
    await session.add_items([user("Hi")])
    await session.close()
    server.stop()
    server.start()
    session = RedisSession.from_url("alice", url=server.url)
    assert await session.get_items() == ([user("Hi")] if survives else [])
    await session.close()


@pytest.mark.anyio
async def test_what_is_said_is_sent_to_openai_under_the_key():
    requests: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return httpx2.Response(
            200, json={"id": "conv_1", "object": "conversation", "created_at": 1, "data": [], "output": []}
        )

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    client = AsyncOpenAI(api_key="sk-mine", http_client=http, base_url="https://api.openai.com/v1")
    await OpenAIConversationsSession(openai_client=client).add_items([user(SECRET)])
    inner = SQLiteSession("alice")
    await inner.add_items([user(SECRET)])
    compacting = OpenAIResponsesCompactionSession("alice", inner, client=client, compaction_mode="input")
    await compacting.run_compaction({"force": True})

    told = {request.url.path for request in requests if SECRET in request.content.decode()}
    assert told == {"/v1/conversations/conv_1/items", "/v1/responses/compact"}
    assert {request.url.host for request in requests} == {"api.openai.com"}
    assert {request.headers["Authorization"] for request in requests} == {"Bearer sk-mine"}


@pytest.mark.anyio
async def test_a_list_is_sent_to_openai_in_requests_of_twenty_items():
    """Before 0.24 it was one request, which the service refuses, as users report."""
    counts: list[int] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        counts.append(len(json.loads(request.content)["items"]))
        return httpx2.Response(200, json={"data": []})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    client = AsyncOpenAI(api_key="any", http_client=http)
    await OpenAIConversationsSession(conversation_id="conv_1", openai_client=client).add_items([user("Hi")] * 45)
    assert counts == since((0, 24), [20, 20, 5], before=[45])


def test_the_summary_of_a_compaction_is_encrypted_content():
    assert set(ResponseCompactionItem.model_fields) == {"id", "encrypted_content", "type", "created_by"}


@pytest.mark.anyio
async def test_a_file_that_is_opened_with_less_than_32_kb_left_says_disk_io_error(disk):
    path = disk.folder / "chat.db"
    session = SQLiteSession("alice", path)
    await session.add_items([user("Hi")])
    session.close()
    disk.fill(0)
    ballast = disk.folder / "ballast"
    full = ballast.stat().st_size

    async def fails() -> str:
        try:
            opened = SQLiteSession("alice", path)
        except OperationalError as error:
            return str(error)
        try:
            await opened.add_items([user("x" * 100_000)])
        except OperationalError as error:
            return str(error)
        finally:
            opened.close()
        return "nothing"

    said = []
    for left in (24, 40):
        os.truncate(ballast, full - left * 1024)
        said.append(await fails())
    assert said == ["disk I/O error", "database or disk is full"]


def test_the_module_agents_is_in_the_package_openai_agents():
    assert set(packages_distributions()["agents"]) == {"openai-agents"}


def test_async_sqlite_that_is_not_closed_can_end_the_program_with_a_traceback(ended, tmp_path):
    program = (
        "import asyncio, sys\n"
        "from agents.extensions.memory import AsyncSQLiteSession\n"
        "async def main(name, close):\n"
        "    session = AsyncSQLiteSession('alice', f'{sys.argv[1]}/{name}.db')\n"
        "    await session.add_items([{'role': 'user', 'content': 'Hi'}])\n"
        "    if close:\n"
        "        await session.close()\n"
        "asyncio.run(main('closed', True))\n"
        "print('one is left open', file=sys.stderr)\n"
        "asyncio.run(main('open', False))\n"
    )
    deadline = time.monotonic() + SECONDS
    after = ""
    while "Event loop is closed" not in after:
        assert time.monotonic() < deadline
        before, _, after = ended(program, str(tmp_path)).stderr.partition("one is left open")
        assert before == ""


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is set as Linux and macOS set it")
def test_sessions_that_are_not_closed_use_up_the_open_files(ended, tmp_path):
    program = (
        "import asyncio, resource, sys\n"
        "from agents import SQLiteSession\n"
        "async def main(folder, close):\n"
        "    left = []\n"
        "    for number in range(100):\n"
        "        session = SQLiteSession('alice', f'{folder}/{close}-{number}.db')\n"
        "        await session.add_items([{'role': 'user', 'content': 'Hi'}])\n"
        "        session.close() if close else left.append(session)\n"
        "    print('close:', close)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "asyncio.run(main(sys.argv[1], True))\n"
        "asyncio.run(main(sys.argv[1], False))\n"
    )
    ran = ended(program, str(tmp_path))
    assert ran.stdout.strip() == "close: True"
    assert "unable to open database file" in ran.stderr or "Too many open files" in ran.stderr


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names open files as Linux does")
@pytest.mark.anyio
async def test_a_json_file_session_does_not_wait_for_its_folder(tmp_path, monkeypatch):
    waited: list[bool] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        waited.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).is_dir())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    await JsonFileSession("alice", tmp_path).add_items([user("Hi")])
    assert waited == [False]
