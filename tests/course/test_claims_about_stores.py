"""What the lessons and guides say about session classes: each claim is run with the installed SDK."""

import json
import time
from typing import Any

import pytest
from agents import (
    Agent,
    ModelSettings,
    OpenAIConversationsSession,
    OpenAIResponsesCompactionSession,
    RunConfig,
    Runner,
    SessionSettings,
    SQLiteSession,
    UserError,
)
from agents.extensions.memory import AdvancedSQLiteSession, EncryptedSession
from agents.models.chatcmpl_converter import Converter
from cryptography.fernet import InvalidToken
from openai import OpenAIError

from lessons.course.hosted.step_code import three_replies
from lessons.kit.models.offline.model import OfflineModel
from lessons.kit.sdk_version import since
from lessons.kit.stores.hosted.accounts import emulated_client
from lessons.kit.stores.hosted.emulation.conversations import Conversations
from lessons.kit.stores.hosted.emulation.service import EmulatedService
from tests.support.scripted import assistant, call, output, user

EXCHANGES = [user("q1"), assistant("a1"), user("q2"), assistant("a2")]


@pytest.fixture
def anyio_backend():
    return "asyncio"


def kinds(items: list[Any]) -> list[str]:
    return [item.get("role") or item["type"] for item in items]


def agent() -> Agent:
    return Agent(name="A", model=OfflineModel())


@pytest.fixture
def compacting(tmp_path):
    """Wraps a session in one that the emulated service compacts, after every run unless `when` says otherwise."""

    def wrap(inner: Any, mode: Any = "input", when: Any = lambda found: True) -> OpenAIResponsesCompactionSession:
        client = emulated_client(EmulatedService(Conversations(tmp_path / "none")))
        return OpenAIResponsesCompactionSession(
            inner.session_id, inner, client=client, compaction_mode=mode, should_trigger_compaction=when
        )

    return wrap


def plain() -> SQLiteSession:
    return SQLiteSession("claims")


def advanced(**options: Any) -> AdvancedSQLiteSession:
    return AdvancedSQLiteSession(session_id="claims", **{"create_tables": True, **options})


def encrypted(inner: Any, key: str = "right", **options: Any) -> EncryptedSession:
    return EncryptedSession("claims", inner, key, **options)


async def add_expired(session: EncryptedSession) -> None:
    token = session.cipher.encrypt_at_time(json.dumps(user("old")).encode(), int(time.time()) - 3600).decode()
    await session.underlying_session.add_items([{"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": token}])


# Encrypted sessions


@pytest.mark.anyio
async def test_reading_hides_an_expired_row_and_a_pop_with_the_right_key_deletes_it():
    inner = plain()
    session = encrypted(inner, ttl=600)
    await add_expired(session)
    assert (await session.get_items(), len(await inner.get_items())) == ([], 1)
    assert (await session.pop_item(), len(await inner.get_items())) == (None, 0)


@pytest.mark.anyio
async def test_a_signature_says_nothing_of_the_order_and_of_a_missing_row():
    inner = plain()
    session = encrypted(inner)
    await session.add_items([user("a"), user("b"), user("c")])
    first, _, last = await inner.get_items()
    await inner.clear_session()
    await inner.add_items([last, first])
    assert await session.get_items() == [user("c"), user("a")]


@pytest.mark.anyio
async def test_a_compaction_deletes_expired_rows(compacting):
    inner = plain()
    session = encrypted(compacting(inner), ttl=600)
    await add_expired(encrypted(inner))
    (expired,) = await inner.get_items()
    await Runner.run(agent(), "hi", session=session)
    assert expired not in await inner.get_items()
    assert kinds(await session.get_items()) == ["user", "compaction"]


@pytest.mark.anyio
async def test_no_ttl_over_a_compaction_session_loses_the_answer_and_keeps_the_rows(compacting):
    inner = plain()
    no_ttl: Any = None
    run = Runner.run(agent(), "hi", session=encrypted(compacting(inner), ttl=no_ttl))
    if since((0, 23), True, before=False):
        with pytest.raises(TypeError, match="NoneType"):
            await run
        assert len(await inner.get_items()) == 2
    else:
        assert await run


@pytest.mark.anyio
async def test_a_row_without_encryption_is_deleted_by_a_pop():
    inner = plain()
    await inner.add_items([user("plain")])
    assert await encrypted(inner).pop_item() == since((0, 23), None, before=user("plain"))
    assert await inner.get_items() == []


@pytest.mark.anyio
@pytest.mark.parametrize(("inner", "left"), [("plain", since((0, 23), 2, before=0)), ("advanced", 0), ("compacted", 0)])
async def test_what_a_pop_with_a_wrong_key_leaves(inner, left, compacting):
    storage: Any = {"plain": plain, "advanced": advanced, "compacted": lambda: compacting(plain())}[inner]()
    await encrypted(storage).add_items([user("a"), user("b")])
    try:
        assert await encrypted(storage, "wrong").pop_item() is None
    except InvalidToken:
        assert left == 2
    assert len(await storage.get_items()) == left


@pytest.mark.anyio
@pytest.mark.skipif(since((0, 23), False, before=True), reason="before 0.23 the row is deleted")
async def test_a_row_of_another_key_on_top_blocks_every_pop():
    inner = plain()
    session = encrypted(inner)
    await session.add_items([user("a")])
    await encrypted(inner, "another").add_items([user("b")])
    for _ in range(2):
        with pytest.raises(InvalidToken):
            await session.pop_item()
    assert len(await inner.get_items()) == 2


@pytest.mark.anyio
async def test_an_encrypted_row_whose_payload_is_not_a_text_fails_every_run_of_its_session():
    inner = plain()
    session = encrypted(inner)
    await session.add_items([user("a")])
    await inner.add_items([{"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": None}])
    await session.add_items([user("b")])
    with pytest.raises(AttributeError):
        await Runner.run(agent(), "hi", session=session)
    assert len(await inner.get_items()) == 3
    assert await session.get_items(1) == [user("b")]


# Compaction


def config(kind: str) -> RunConfig:
    def newest(data: Any) -> Any:
        data.model_data.input = data.model_data.input[-3:]
        return data.model_data

    return {
        "whole": RunConfig(),
        "limit": RunConfig(session_settings=SessionSettings(limit=2)),
        "filter": RunConfig(call_model_input_filter=newest),
        "not stored": RunConfig(model_settings=ModelSettings(store=False)),
    }[kind]


WINDOW = since((0, 23), ["user", "assistant", "user", "user", "compaction"], before=["user"] * 3 + ["compaction"])
UNTOUCHED = since((0, 23), ["user", "assistant"] * 3, before=["user"] * 3 + ["compaction"])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("mode", "kind", "make", "rows"),
    [
        ("input", "whole", plain, ["user", "user", "user", "compaction"]),
        ("auto", "whole", plain, ["compaction"]),
        ("auto", "not stored", plain, ["user", "user", "user", "compaction"]),
        ("input", "limit", plain, WINDOW),
        ("input", "filter", plain, WINDOW),
        ("auto", "limit", plain, since((0, 23), WINDOW, before=["compaction"])),
        ("input", "limit", advanced, UNTOUCHED),
        ("input", "filter", advanced, UNTOUCHED),
    ],
)
async def test_what_a_compaction_makes_of_the_rows(compacting, mode, kind, make, rows):
    inner = make()
    await inner.add_items(EXCHANGES)
    await Runner.run(agent(), "hi", session=compacting(inner, mode), run_config=config(kind))
    assert kinds(await inner.get_items()) == rows


@pytest.mark.anyio
async def test_force_compacts_without_any_response(compacting):
    """So it also works with a Chat Completions model, which never starts a compaction."""
    inner = plain()
    await inner.add_items(EXCHANGES)
    session = OpenAIResponsesCompactionSession("claims", inner, client=compacting(inner).client)
    await session.run_compaction({"force": True})
    assert kinds(await inner.get_items()) == ["user", "user", "compaction"]


@pytest.mark.anyio
async def test_the_run_after_a_compaction_sends_the_message_and_the_compacted_item(compacting):
    requests: list[list[str]] = []

    def note(data: Any) -> Any:
        requests.append(kinds(data.model_data.input))
        return data.model_data

    inner = plain()
    session = compacting(inner, when=lambda found: False)
    await Runner.run(agent(), "hi", session=session)
    await session.run_compaction({"force": True, "compaction_mode": "input"})
    await Runner.run(agent(), "and now?", session=session, run_config=RunConfig(call_model_input_filter=note))
    assert requests == [["user", "compaction", "user"]]


def test_the_chat_completions_class_refuses_a_compacted_item():
    with pytest.raises(UserError, match="ompaction items"):
        Converter.items_to_messages([{"type": "compaction", "encrypted_content": "…"}])


@pytest.mark.anyio
async def test_every_item_but_the_users_counts_for_a_compaction(compacting):
    counted: list[list[str]] = []

    def count(found: dict[str, Any]) -> bool:
        counted.append(kinds(found["compaction_candidate_items"]))
        return False

    session = compacting(plain(), when=count)
    await session.add_items([{"role": "system", "content": "n"}, user("a"), call(), output(), assistant("b")])
    await Runner.run(agent(), "hi", session=session)
    assert counted == [["system", "function_call", "function_call_output", "assistant", "assistant"]]


@pytest.mark.anyio
@pytest.mark.parametrize(("limit", "compacted"), [(2, since((0, 23), False, before=True)), (4, True)])
async def test_the_limit_of_the_step_is_why_it_is_not_compacted(compacting, limit, compacted):
    """With a limit of 4 the third run reads and adds three replies, and the hook of the step says yes."""
    inner = plain()
    session = compacting(inner, when=three_replies)
    settings = RunConfig(session_settings=SessionSettings(limit=limit))
    for question in ("one", "two", "three"):
        await Runner.run(agent(), question, session=session, run_config=settings)
    assert ("compaction" in kinds(await inner.get_items())) is compacted


# Other classes


def test_a_key_is_enough_to_make_a_session_at_openai(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(OpenAIError):
        OpenAIConversationsSession()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-real")
    assert OpenAIConversationsSession()


def test_advanced_opens_without_create_tables_where_the_tables_are(tmp_path):
    path = tmp_path / "chat.db"
    with pytest.raises(ValueError, match="message_structure"):
        advanced(db_path=path, create_tables=False)
    advanced(db_path=path).close()
    advanced(db_path=path, create_tables=False).close()


@pytest.mark.anyio
@pytest.mark.parametrize(("asked", "found"), [("OSLO", 1), ("öslo", 0)])
async def test_the_search_for_turns_ignores_the_case_of_ascii_letters_only(asked, found):
    session = advanced()
    await session.add_items([user("Weather in Oslo" if asked == "OSLO" else "Weather in ÖSLO")])
    assert len(await session.find_turns_by_content(asked)) == found


@pytest.mark.anyio
async def test_a_branch_can_be_read_without_switching_to_it():
    session = advanced()
    await session.add_items(EXCHANGES)
    await session.create_branch_from_turn(2, "other")
    await session.add_items([user("q3")])
    await session.switch_to_branch("main")
    assert [item["content"] for item in await session.get_items(branch_id="other")] == ["q1", "a1", "q3"]
    assert len(await session.get_items()) == 4
    assert await session.get_items(branch_id="no such branch") == []
