"""A message that failed is asked again: it is stored once, and the run goes on from what was stored of its turn."""

import json

import pytest
from agents import Agent, function_tool
from agents.testing import ScriptedModel, assistant_message, function_call

from lessons.course.index import load_lesson
from lessons.frame import walk
from tests.support.turns import FailingModel, stored, with_model

MESSAGE = "What's the weather in Oslo?"


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: 4"


class Breaks(ScriptedModel):
    """Answers with its steps, and raises after them."""

    async def stream_response(self, *given, **options):
        if not self.remaining_steps:
            raise ConnectionError("no answer")
        async for event in super().stream_response(*given, **options):
            yield event


def here(desk, provider, make_agent):
    from dataclasses import replace

    return walk.Walk(replace(load_lesson("basic"), make_agent=make_agent), desk, "sqlite_file", provider)


def roles(desk):
    items = [json.loads(row) for row in stored(desk, session_id="my_chat")]
    return [item.get("role") or item["type"] for item in items]


def answering(model):
    return Agent(name="Assistant", model=ScriptedModel([[assistant_message("4 °C")]]), tools=[get_weather])


def after_a_tool(model):
    call = function_call("get_weather", '{"city": "Oslo"}', call_id="c1")
    return Agent(name="Assistant", model=Breaks([[call]]), tools=[get_weather])


@pytest.mark.parametrize(
    ("fails", "kept"),
    [
        (with_model(FailingModel(RuntimeError("no answer"))), ["user"]),
        (after_a_tool, ["user", "function_call", "function_call_output"]),
    ],
)
def test_a_message_that_failed_is_stored_once(desk, provider, fails, kept):
    failed = walk.start_message(here(desk, provider, fails), MESSAGE, "my_chat").result(60)
    assert walk.can_ask_again(failed)
    assert roles(desk) == kept
    again = walk.start_again(here(desk, provider, answering), failed).result(60)
    assert again.problem is None
    assert again.message == MESSAGE
    assert not walk.can_ask_again(again)
    assert roles(desk) == [*kept, "assistant"]


def test_a_message_whose_row_was_taken_out_is_stored_again(desk, provider):
    fails = with_model(FailingModel(RuntimeError("no answer")))
    walk.start_message(here(desk, provider, answering), MESSAGE, "my_chat").result(60)
    failed = walk.start_message(here(desk, provider, fails), MESSAGE, "my_chat").result(60)
    assert roles(desk) == ["user", "assistant", "user"]

    async def pop(session):
        await session.pop_item()

    from tests.support.turns import do

    do(desk, provider, pop, session_id="my_chat")
    walk.start_again(here(desk, provider, answering), failed).result(60)
    assert roles(desk) == ["user", "assistant", "user", "assistant"]


def test_a_step_and_a_message_that_was_answered_are_not_asked_again(desk, provider):
    answered = walk.start_message(here(desk, provider, answering), MESSAGE, "my_chat").result(60)
    without = walk.start_message(
        here(desk, provider, with_model(FailingModel(RuntimeError("no")))), MESSAGE, "my_chat", with_session=False
    ).result(60)
    assert without.problem is not None
    step = walk.start_step(here(desk, provider, with_model(FailingModel(RuntimeError("no")))), 0).result(60)
    assert step.problem is not None
    assert not walk.can_ask_again(step)
    assert not walk.can_ask_again(answered)
    assert not walk.can_ask_again(without)
