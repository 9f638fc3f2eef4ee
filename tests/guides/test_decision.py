"""The decision guide: every way through it ends in one type, whose code opens a session that works."""

import asyncio
import importlib.metadata
import inspect
from itertools import pairwise

import agents
import agents.extensions.memory
import pytest

from lessons.guides import how_to_open
from lessons.guides.decision import QUESTIONS, follow, still_possible
from lessons.guides.session_types import NAMES, OWN, TYPES, session_type
from tests.guides.test_cells import KEY, end, stand_ins, user
from tests.support.decision_paths import every_path

WAYS = every_path()
PROVIDED = {
    "path": lambda folder: folder / "chat.db",
    "url": lambda folder: f"sqlite+aiosqlite:///{folder / 'sqlalchemy.db'}",
    "storage": lambda folder: {},
    "uri": lambda folder: "mongodb://localhost:27017",
    "state_store": lambda folder: "statestore",
    "address": lambda folder: "localhost:50001",
    "session_id": lambda folder: "alice",
    "key": lambda folder: KEY,
}


def test_the_types_are_those_of_the_installed_sdk():
    """A release that adds a session class, or takes one away, shows here first."""
    exported = [*agents.__all__, *agents.extensions.memory.__all__]
    others = {"Session", "OpenAIResponsesCompactionAwareSession", "ResponsesWebSocketSession"}  # protocols; no memory
    classes = {name for name in exported if name.endswith("Session") and name not in others}
    assert classes == set(NAMES) - {OWN}


def test_the_extras_are_those_of_the_installed_sdk():
    provided = set(importlib.metadata.metadata("openai-agents").get_all("Provides-Extra"))
    assert {extra for one in TYPES for extra in one.extras} <= provided


@pytest.mark.parametrize("answers", WAYS, ids=".".join)
def test_every_way_ends_in_one_type(answers):
    way = follow(answers)
    assert way.question is None
    assert way.result is not None
    assert len(way.answered) == len(answers) <= 6
    assert way.result.type.name in NAMES
    assert way.result.watch


def test_every_type_is_the_end_of_some_way():
    assert {follow(answers).result.type.name for answers in WAYS} == set(NAMES)


def test_every_question_is_asked_and_no_answer_is_there_twice():
    asked = {question.name for answers in WAYS for question, _ in follow(answers).answered}
    assert asked == {question.name for question in QUESTIONS}
    for question in QUESTIONS:
        assert len({option.value for option in question.options}) == len(question.options) >= 2


@pytest.mark.parametrize(
    ("answers", "kept"),
    [([], 0), ([""], 0), (["nonsense"], 0), (["longer", "nonsense", "file"], 1), (["program", "file"], 1)],
)
def test_answers_that_no_question_offers_are_left_out(answers, kept):
    assert len(follow(answers).answered) == kept


def test_a_wrapper_is_not_put_around_what_it_breaks():
    inner = {follow(answers).result.inner.type for answers in WAYS if follow(answers).result.inner}
    assert not inner & {"AdvancedSQLiteSession", "OpenAIConversationsSession"}


@pytest.mark.parametrize("answers", WAYS, ids=".".join)
def test_the_code_of_the_result_opens_a_session_that_works(answers, tmp_path, monkeypatch):
    """On SQLite files, and on stand-ins for Redis, MongoDB, Dapr and OpenAI."""
    result = follow(answers).result

    async def work():
        opened = None
        for code in result.codes:
            if code is how_to_open.in_mysql:  # its tables are made beforehand
                first = how_to_open.in_a_database("alice", PROVIDED["url"](tmp_path))
                await first.get_items()
                await end(first)
            names = [name for name in inspect.signature(code).parameters if name != "conversation_id"]
            opened = code(*(opened if name == "session" else PROVIDED[name](tmp_path) for name in names))
        assert type(opened).__name__ == (result.type.name if result.type.name != OWN else "YourSession")
        await opened.add_items([user("one"), user("two")])
        assert [item["content"] for item in await opened.get_items()] == ["one", "two"]
        assert (await opened.pop_item())["content"] == "two"
        await opened.clear_session()
        assert await opened.get_items() == []
        await end(opened)

    with stand_ins(monkeypatch):
        asyncio.run(work())


@pytest.mark.parametrize("answers", WAYS, ids=".".join)
def test_what_is_to_be_installed_is_named_once(answers):
    result = follow(answers).result
    wanted = {"openai-agents"} | {extra for name in result_types(result) for extra in name.extras}
    assert all(result.pip.count(one) == 1 for one in wanted)


def result_types(result):
    names = {result.ending.type, *([result.inner.type] if result.inner else [])}
    return [one for one in TYPES if one.name in names]


def test_each_answer_leaves_fewer_types_and_the_last_one_leaves_the_result():
    for way in WAYS:
        left = [still_possible(way[:count]) for count in range(len(way) + 1)]
        result = follow(way).result
        assert result is not None
        assert left[-1][0].startswith(result.type.name)
        assert len(left[-1]) == 1
        for more, fewer in pairwise(left):
            assert set(fewer) <= set(more)


def test_a_session_in_memory_is_not_chosen_for_its_file():
    result = follow(["program"]).result
    assert result is not None
    assert "leaves no file" in result.why
    encrypted = follow(["longer", "file", "no", "no", "unreadable"]).result
    assert encrypted is not None
    assert encrypted.why == f"{session_type('EncryptedSession').why}; inside, {session_type('SQLiteSession').why}"
