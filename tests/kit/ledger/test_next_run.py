"""What `next_run` says before a run, and that it stores nothing."""

import asyncio
import hashlib
import json

import pytest
from agents import (
    OpenAIConversationsSession,
    RunConfig,
    Runner,
    SQLiteSession,
)
from agents.extensions.memory import AsyncSQLiteSession, EncryptedSession, SQLAlchemySession
from agents.testing import assistant_message
from openai import AsyncOpenAI

from lessons.kit.items import read
from lessons.kit.ledger import next_run, observe
from tests.support.observed import PAIR, go, ledger_of, lines
from tests.support.scripted import call, file_session, make_agent, user


def digest(folder):
    """The hashes of the files that have rows. The -shm file is left out: SQLite notes in it who reads."""
    files = [path for path in sorted(folder.iterdir()) if not path.name.endswith("-shm")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_next_run_says_what_the_next_run_sends_and_stores_nothing(tmp_path):
    def shorter(history, new):
        return [*history[1:], *new]

    async def work():
        session = await file_session(tmp_path, *PAIR, call())
        config = RunConfig(session_input_callback=shorter)
        before = digest(tmp_path)
        looked = await next_run(session, "Hi", agent=make_agent(), run_config=config)
        assert digest(tmp_path) == before
        async with observe(session) as seen:
            await Runner.run(make_agent(), "Hi", session=session, run_config=config)
        return looked, seen.ledger

    looked, real = go(work())
    assert [one.value for one in looked.requests[1]] == [one.value for one in real.requests[1]]
    assert lines(looked) == [
        "user 1 yes - callback-removed",
        "assistant 2 yes 1 -",
        "tool_call 3 yes - output-missing",
        "user - no 1 new-input",
    ]


def test_an_answer_that_its_service_marked_as_incomplete_is_said_to_be_not_whole(tmp_path):
    """Chat Completions has no such mark. There only the stream tells, and a turn of the app looks at it."""
    part = {**assistant_message("The capital of Nor").model_dump(), "status": "incomplete"}

    async def both():
        session = await file_session(tmp_path, user("Where?"), part)
        return await next_run(session, "Go on"), await ledger_of(session, message="Go on")

    for ledger in go(both()):
        (line,) = [one for one in ledger.lines if one.item.text == "The capital of Nor"]
        assert (line.returned, line.sent) == (True, (1,))
        assert line.why.endswith("not whole: its service marked it as incomplete")


def test_next_run_with_a_limit_and_without_an_agent(tmp_path):
    async def work():
        return await next_run(await file_session(tmp_path, *PAIR), "Hi", limit=1)

    assert lines(go(work())) == ["user 1 no - over-limit", "assistant 2 yes 1 -", "user - no 1 new-input"]


def test_an_observation_does_not_see_next_run(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await next_run(session, "Hi")
            await Runner.run(make_agent(), "Hello", session=session)
        return seen.ledger

    ledger = go(work())
    assert lines(ledger) == ["user 1 yes 1 -", "assistant 2 yes 1 -", "user 3 no 1 new-input", "assistant 4 no - reply"]


NOT_OPENED_YET = {
    "async_sqlite": lambda path: AsyncSQLiteSession("chat", str(path)),
    "sqlalchemy": lambda path: SQLAlchemySession.from_url(
        "chat", url=f"sqlite+aiosqlite:///{path}", create_tables=True
    ),
    "encrypted": lambda path: EncryptedSession("chat", AsyncSQLiteSession("chat", str(path)), "a key"),
}


@pytest.mark.parametrize("make", NOT_OPENED_YET.values(), ids=NOT_OPENED_YET)
def test_next_run_makes_no_file_and_no_table(tmp_path, make):
    ledger = go(next_run(make(tmp_path / "chat.db"), "Hi"))
    assert lines(ledger) == ["user - no 1 new-input"]
    assert list(tmp_path.iterdir()) == []


def test_next_run_makes_no_conversation():
    """Nobody answers at this address: a request would raise."""
    client = AsyncOpenAI(base_url="http://127.0.0.1:9/v1", api_key="any", max_retries=0)
    ledger = go(next_run(OpenAIConversationsSession(openai_client=client), "Hi"))
    assert lines(ledger) == ["user - no 1 new-input"]


@pytest.mark.parametrize("kind", ["sqlite", "async", "sqlalchemy", "encrypted"])
def test_next_run_is_right_while_real_runs_go_on_with_the_same_object(tmp_path, kind):
    """It neither disturbs them nor sees half of what they store, and after them it says what the next run sends."""

    async def work():
        plain = AsyncSQLiteSession("chat", tmp_path / "chat.db")
        session = {
            "sqlite": lambda: SQLiteSession("chat", tmp_path / "chat.db"),
            "async": lambda: plain,
            "sqlalchemy": lambda: SQLAlchemySession.from_url(
                "chat", url=f"sqlite+aiosqlite:///{tmp_path}/chat.db", create_tables=True
            ),
            "encrypted": lambda: EncryptedSession("chat", plain, encryption_key="a key for this test"),
        }[kind]()
        looked, running = [], True

        async def look():
            while running:
                looked.append(sent(await next_run(session, "And now?")))

        looking = [asyncio.create_task(look()) for _ in range(2)]
        async with observe(session) as seen:
            for number in range(6):
                await Runner.run(
                    make_agent([assistant_message(f"Reply {number}")]), f"Question {number}", session=session
                )
        running = False
        await asyncio.gather(*looking)
        after = sent(await next_run(session, "And now?"))
        async with observe(session) as real:
            await Runner.run(make_agent(), "And now?", session=session)
        # A connection that is left open asks for its loop when it is collected, perhaps in another test.
        await plain.close()
        if kind == "sqlalchemy":
            await session.engine.dispose()
        return looked, seen.ledger, after, sent(real.ledger)

    looked, ledger, after, real = go(work())
    said = [text for number in range(6) for text in (f"Question {number}", f"Reply {number}")]
    assert after == real == [*said, "And now?"]
    assert len({len(one) for one in looked}) > 3, "it looked while the runs went on"
    assert all(one == [*said[: len(one) - 1], "And now?"] for one in looked)
    assert [line.item.text for line in ledger.lines] == said
    assert not any(line.cause == "unknown" for line in ledger.lines)


def sent(ledger):
    return [read(json.dumps(one.value)).text for one in ledger.requests[1]]
