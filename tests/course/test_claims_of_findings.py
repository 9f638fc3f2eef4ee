"""What findings say about rows is what a real run does with them, with a model class of the SDK, up to its HTTP request."""

import asyncio
import json
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from agents import (
    Agent,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
    SessionSettings,
    SQLiteSession,
    UserError,
)
from agents.extensions.memory import AdvancedSQLiteSession, AsyncSQLiteSession, EncryptedSession, SQLAlchemySession
from openai import APIStatusError, AsyncOpenAI

from lessons.kit.sdk_version import since
from tests.kit.inspect.test_findings import GIVES
from tests.support.checked_sessions import KEY, OTHER_KEY, advanced, envelope
from tests.support.scripted import make_agent
from tests.support.stored_sessions import assistant, call, fixture, output, reasoning, store, user

NEXT = user("next")


async def asked(session: Any, api: str = "Responses", **config: Any) -> list[Any]:
    """The items that the service is sent before "next". Raises the run's error if it ends before that request."""
    bodies: list[dict[str, Any]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        bodies.append(json.loads(request.content))
        return httpx2.Response(400, json={"error": {"message": "reached"}})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    client = AsyncOpenAI(api_key="any", base_url="http://service.invalid/v1", http_client=http, max_retries=0)
    kind: Any = OpenAIResponsesModel if api == "Responses" else OpenAIChatCompletionsModel
    agent = Agent("A", model=kind("any", client))
    try:
        with suppress(APIStatusError):
            await Runner.run(agent, "next", session=session, run_config=RunConfig(**config))
    except Exception:
        assert not bodies
        raise
    (body,) = bodies
    *sent, last = body["input" if api == "Responses" else "messages"]
    assert last["content"] == "next"
    return list(sent)


def opened(name: str, path: Path) -> Any:
    if name == "SQLAlchemySession":
        return SQLAlchemySession.from_url("s", url=f"sqlite+aiosqlite:///{path}")
    if name == "AdvancedSQLiteSession":
        return AdvancedSQLiteSession(session_id="s", db_path=path, create_tables=True)
    return {"SQLiteSession": SQLiteSession, "AsyncSQLiteSession": AsyncSQLiteSession}[name]("s", path)


async def close(session: Any) -> None:
    if isinstance(session, SQLAlchemySession):
        await session.engine.dispose()
    elif (closed := session.close()) is not None:
        await closed


SENT_AS_STORED = [
    name
    for name in GIVES
    if name.split(" ")[0]
    in (
        *(
            "foreign-id",
            "not-an-item",
            "null-content-with-tool-calls",
            "id-repeated",
            "reasoning-alone",
            "unknown-type",
        ),
        *("approval-without-response", "refused-by-responses", "output-without-call"),
    )
    and not GIVES[name][1]
]


@pytest.mark.parametrize("name", SENT_AS_STORED)
def test_every_run_sends_the_rows_of_these_findings_as_they_are_stored(name, tmp_path):
    items, _, _, rows = GIVES[name]
    path = store(tmp_path / "a.db", items)
    with closing(SQLiteSession("s", path)) as session:
        for _ in range(2):
            sent = asyncio.run(asked(session))
            wanted = [json.loads(one) if isinstance(one, str) else one for one in (items[row - 1] for row in rows)]
            assert [one for one in sent if one in wanted] == wanted
            asyncio.run(session.pop_item())  # the question that was not answered


def test_an_output_before_its_call_is_sent_before_it(tmp_path):
    with closing(SQLiteSession("s", store(tmp_path / "a.db", [user(), output(), call(), assistant()]))) as session:
        types = [one.get("type") for one in asyncio.run(asked(session))]
    assert types.index("function_call_output") < types.index("function_call")


@pytest.mark.parametrize(
    ("content", "api", "error"),
    [
        ("NaN", "Responses", "JSON compliant"),
        ('"\\ud83d"', "Responses", "surrogates not allowed"),
        ('"\\ud83d"', "Chat Completions", "surrogates not allowed"),
    ],
)
def test_a_run_raises_before_a_model_is_asked_for_nan_and_for_half_a_surrogate_pair(tmp_path, content, api, error):
    path = store(tmp_path / "a.db", [user(), f'{{"role": "user", "content": {content}}}', assistant()])
    with closing(SQLiteSession("s", path)) as session:
        assert len(asyncio.run(session.get_items())) == 3
        with pytest.raises(ValueError, match=error):
            asyncio.run(asked(session, api))


def test_a_run_raises_before_a_model_is_asked_for_what_the_class_for_chat_completions_does_not_take(tmp_path):
    items, *_ = GIVES["refused-by-chat-completions"]
    with closing(SQLiteSession("s", store(tmp_path / "a.db", items))) as session:
        with pytest.raises(UserError):
            asyncio.run(asked(session, "Chat Completions"))
        asyncio.run(session.pop_item())
        left_out = {
            "session_input_callback": lambda history, new: [
                *(one for one in history if one.get("type") != "code_interpreter_call"),
                *new,
            ]
        }
        assert [one["role"] for one in asyncio.run(asked(session, "Chat Completions", **left_out))] == [
            "user",
            "assistant",
        ]


@pytest.mark.parametrize("name", ["SQLiteSession", "SQLAlchemySession"])
def test_a_text_that_is_not_utf_8_ends_every_run_before_a_model_is_asked(name, tmp_path):
    path = store(tmp_path / "a.db", [user(), assistant()])
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE agent_messages SET message_data = CAST(? AS TEXT) WHERE id = 1", (b'{"role": "\xff"}',))

    async def go() -> None:
        session = opened(name, path)
        for do in (session.get_items, lambda: asked(session)):
            with pytest.raises(Exception, match="UTF-8"):
                await do()
        await close(session)

    asyncio.run(go())


CLASSES = ("SQLiteSession", "AsyncSQLiteSession", "SQLAlchemySession", "AdvancedSQLiteSession")


@pytest.mark.parametrize("name", CLASSES)
def test_a_row_that_is_not_json_is_not_sent_and_not_counted_by_a_limit_and_a_pop_deletes_it_on_its_way(name, tmp_path):
    path = (advanced if name == "AdvancedSQLiteSession" else store)(tmp_path / "a.db", [user(), assistant(), user("x")])
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE agent_messages SET message_data = '{not json' WHERE id = 3")

    async def go() -> tuple[Any, ...]:
        session = opened(name, path)
        newest = await session.get_items(limit=1)
        sent = await asked(session)
        await session.pop_item()
        popped = await session.pop_item()
        await close(session)
        return newest, sent, popped

    assert asyncio.run(go()) == ([assistant()], [user(), assistant()], assistant())
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT id FROM agent_messages").fetchall() == [(1,)]


def cut(made: dict[str, Any]) -> dict[str, Any]:
    return made | {"payload": made["payload"][:40]}


SKIPPED: dict[str, Any] = {
    "another key": lambda: envelope(user("x"), OTHER_KEY),
    "a cut envelope": lambda: cut(envelope(user("x"))),
    "expired": lambda: envelope(user("x"), age=5_000),
    "ahead of the clock": lambda: envelope(user("x"), age=-120),
    "null": lambda: envelope(None),
} | since((0, 23), {"not encrypted": lambda: user("x")}, before={})


@pytest.mark.parametrize("name", SKIPPED)
def test_an_encrypted_session_skips_these_rows_without_an_error_and_no_run_sends_them(name, tmp_path):
    path = store(tmp_path / "a.db", [envelope(user()), SKIPPED[name](), envelope(assistant())])
    with closing(SQLiteSession("s", path)) as inner:
        session = EncryptedSession("s", inner, KEY, ttl=600)
        assert asyncio.run(asked(session)) == [user(), assistant()]
        assert len(asyncio.run(inner.get_items())) == 4


def test_a_row_ahead_of_the_clock_is_sent_once_the_clock_is_sixty_seconds_short_of_it(tmp_path):
    items = [envelope(user(), age=-40), envelope(assistant(), age=-80)]
    with closing(SQLiteSession("s", store(tmp_path / "a.db", items))) as inner:
        assert asyncio.run(asked(EncryptedSession("s", inner, KEY))) == [user()]


def test_a_broken_envelope_ends_every_run_without_a_limit_before_a_model_is_asked(tmp_path):
    items = [envelope(user(), payload=None), envelope(assistant())]
    with closing(SQLiteSession("s", store(tmp_path / "a.db", items))) as inner:
        session = EncryptedSession("s", inner, KEY)
        with pytest.raises(AttributeError):
            asyncio.run(asked(session))  # the run stores nothing
        assert asyncio.run(asked(session, session_settings=SessionSettings(limit=1))) == [assistant()]


def test_a_limit_that_begins_after_reasoning_sends_the_item_without_it(tmp_path):
    items = [user(), reasoning(), call(), output(), assistant()]
    with closing(SQLiteSession("s", store(tmp_path / "a.db", items))) as session:
        sent = asyncio.run(asked(session, session_settings=SessionSettings(limit=3)))
    assert sent == [call(), output(), assistant()]


def test_a_row_that_the_structure_names_twice_is_in_the_request_twice(tmp_path):
    path = advanced(tmp_path / "a.db", [user(), assistant()], [1, 2, 2])
    with closing(opened("AdvancedSQLiteSession", path)) as session:
        assert asyncio.run(asked(session)) == [user(), assistant(), assistant()]


def test_rows_before_the_upgrade_are_sent_by_no_run_and_a_pop_after_one_deletes_them(tmp_path):
    path = fixture("rows-before-the-upgrade", tmp_path)
    with closing(opened("AdvancedSQLiteSession", path)) as session:
        assert len(asyncio.run(asked(session))) == 2
        asyncio.run(session.pop_item())
    with closing(sqlite3.connect(path)) as file:
        assert not file.execute("SELECT id FROM agent_messages WHERE id <= 4").fetchall()


def test_two_classes_send_one_file_in_two_orders(tmp_path):
    times = ["2026-11-01 09:00:00", "2026-11-01 09:03:00", "2026-11-01 09:02:00", "2026-11-01 09:04:00"]
    items = [user("a"), assistant("b"), user("c"), assistant("d", "msg_2")]
    path = store(tmp_path / "a.db", items, times=times)

    async def in_order(name: str) -> list[int]:
        session = opened(name, path)
        sent = await asked(session)
        await session.pop_item()
        await close(session)
        return [items.index(one) for one in sent]

    assert asyncio.run(in_order("SQLiteSession")) == [0, 1, 2, 3]
    assert asyncio.run(in_order("SQLAlchemySession")) == [0, 2, 1, 3]


def test_two_runs_at_once_are_not_sent_each_others_rows_and_a_later_run_sends_them_mixed():
    async def go() -> list[Any]:
        session, seen = SQLiteSession("s"), []

        def look(data: Any) -> Any:
            seen.append(len(data.model_data.input))
            return data.model_data

        config = RunConfig(call_model_input_filter=look)
        await asyncio.gather(*(Runner.run(make_agent(), one, session=session, run_config=config) for one in "ab"))
        assert seen == [1, 1]
        return await asked(session)

    assert [one["role"] for one in asyncio.run(go())] == ["user", "user", "assistant", "assistant"]


def test_a_session_that_its_table_does_not_list_is_sent(tmp_path):
    path = store(tmp_path / "a.db", [user(), assistant()], listed=False)
    with closing(sqlite3.connect(path)) as file:
        assert not file.execute("SELECT * FROM agent_sessions").fetchall()
    with closing(SQLiteSession("s", path)) as session:
        assert asyncio.run(asked(session)) == [user(), assistant()]
