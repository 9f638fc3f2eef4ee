"""What the SDK makes of calls whose output, reasoning or field is not where a service looks for it."""

import asyncio

import pytest
from agents import Agent, Runner, SQLiteSession, function_tool
from agents.models.chatcmpl_converter import Converter
from agents.testing import assistant_message
from openai.types.responses import ResponseFunctionToolCall

from lessons.kit.ledger.explaining.wire import not_answered_at_once
from tests.support.checked_sessions import found
from tests.support.random_turns import Witness
from tests.support.scripted import scripted
from tests.support.stored_sessions import assistant, call, output, reasoning, user

SEARCH = {"type": "file_search_call", "id": "fs_1", "queries": ["x"], "status": "completed"}


@function_tool
def look() -> str:
    return "seen"


def sent_next(path, *items, answers=None):
    """What a run sends of these items. `answers` is what the model of a run before it says."""

    async def two_runs():
        session = SQLiteSession("s", path)
        if answers:
            await Runner.run(Agent("A", model=scripted(*answers), tools=[look]), "a", session=session)
        await session.add_items(list(items))
        witness = Witness()
        agent = Agent("A", model=scripted([assistant_message("ok")]))
        await Runner.run(agent, "next", session=session, hooks=witness)
        session.close()
        return witness.sent[0]

    return asyncio.run(two_runs())


@pytest.mark.parametrize(
    ("items", "late"),
    [
        ([call("a"), call("b"), output("b"), output("a")], set()),
        ([call("a"), assistant(), output("a")], set()),
        ([call("a"), user(), output("a")], {"a"}),
        ([call("a"), output("a"), user(), output("a")], set()),
        ([call("a"), call("b"), output("a"), user(), output("b")], {"b"}),
        ([call("a"), reasoning(), {"role": "assistant", "content": "x"}, output("a")], {"a"}),
        ([SEARCH, assistant()], {"fs_1"}),
    ],
)
def test_other_messages_between_a_call_and_its_output_are_written_between_the_two(items, late):
    assert not_answered_at_once(items) == late


def test_a_file_search_is_written_as_a_call_without_an_answer():
    asked, answered = Converter.items_to_messages([SEARCH, user()])
    assert [one["function"]["name"] for one in asked["tool_calls"]] == ["file_search_call"]
    assert answered["role"] == "user"


def test_reasoning_is_left_out_with_a_call_and_its_parallel_call_is_sent(tmp_path):
    items = [user(), reasoning(), call("a"), call("b"), output("b")]
    kinds = [one.get("type", one.get("role")) for one in sent_next(tmp_path / "a.db", *items)]
    assert kinds == ["user", "function_call", "function_call_output", "user"]


@pytest.mark.skipif("async_" not in ResponseFunctionToolCall.model_fields, reason="an older openai package")
def test_the_field_async_of_a_call_is_stored_and_sent_under_another_name(tmp_path):
    asked = ResponseFunctionToolCall.model_validate({**call(), "async": False})
    (sent,) = (
        one
        for one in sent_next(tmp_path / "a.db", answers=([asked], [assistant_message("ok")]))
        if one.get("type") == "function_call"
    )
    assert sent["async_"] is False
    assert "async" not in sent
    assert ("note", "refused-by-responses", (2,)) in found(tmp_path / "a.db")
