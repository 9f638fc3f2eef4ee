"""Turns and the lines that they must have: kind, row, returned, sent in which requests, cause."""

import asyncio

import pytest
from agents import (
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    RunConfig,
    Runner,
    SessionSettings,
    input_guardrail,
)
from agents.run import ModelInputData
from agents.testing import assistant_message, function_call

from lessons.kit.ledger import observe
from lessons.kit.ledger.explaining.risk import OUTPUT_OF_CALL
from tests.support.observed import lines
from tests.support.random_turns import OUTPUT_OF
from tests.support.scripted import assistant, call, file_session, make_agent, output, reasoning, user

ASKED, SAID, CALL, OUTPUT, THOUGHT = user("I am Ann"), assistant("Hello Ann"), call(), output(), reasoning()


def turn(folder, *items, agent=None, raises=None, **config):
    """The ledger of one run with "Hi" on a session that holds these items."""

    async def run():
        session = await file_session(folder, *items)
        run_config = RunConfig(**config) if config else None
        async with observe(session) as seen:
            if raises:
                with pytest.raises(raises):
                    await Runner.run(agent or make_agent(), "Hi", session=session, run_config=run_config)
            else:
                await Runner.run(agent or make_agent(), "Hi", session=session, run_config=run_config)
        return seen.ledger

    return asyncio.run(run())


def limit(count):
    return {"session_settings": SessionSettings(limit=count)}


def tail(first, request=1):
    """The new input and the reply, which every turn stores."""
    return [f"user {first} no {request} new-input", f"assistant {first + 1} no - reply"]


def test_rows_over_a_limit(tmp_path):
    ledger = turn(tmp_path, ASKED, SAID, ASKED, SAID, **limit(2))
    assert lines(ledger) == [
        "user 1 no - over-limit",
        "assistant 2 no - over-limit",
        "user 3 yes 1 -",
        "assistant 4 yes 1 -",
        *tail(5),
    ]
    assert ledger.lines[0].why == "older than the newest 2 items: the run's limit, session_settings of its RunConfig"


def test_a_call_without_output(tmp_path):
    assert lines(turn(tmp_path, ASKED, CALL)) == ["user 1 yes 1 -", "tool_call 2 yes - output-missing", *tail(3)]


def test_the_reasoning_of_a_call_without_output(tmp_path):
    assert lines(turn(tmp_path, ASKED, THOUGHT, CALL))[1:3] == [
        "reasoning 2 yes - reasoning-of-left-out-call",
        "tool_call 3 yes - output-missing",
    ]


CALLS = tuple(type_ for type_ in OUTPUT_OF if type_ not in ("function_call", "program"))


def test_every_call_that_the_installed_sdk_pairs_with_an_output_is_tried():
    """A new minor with another type of call needs a turn with it here, and in the random turns."""
    assert set(OUTPUT_OF_CALL.items()) <= set(OUTPUT_OF.items())


@pytest.mark.parametrize("type_", CALLS)
def test_a_call_of_another_type_without_output(tmp_path, type_):
    stored = {"type": type_, "id": "x1", "call_id": "c1", "name": "it", "input": "", "action": {}}
    assert lines(turn(tmp_path, ASKED, stored))[1].endswith(" 2 yes - output-missing")


def test_an_output_without_call_is_sent_without_a_limit(tmp_path):
    ledger = turn(tmp_path, ASKED, OUTPUT, SAID)
    assert lines(ledger)[1] == "tool_output 2 yes 1 -"
    assert ledger.lines[1].risk.startswith("an output without its call")


def test_an_output_whose_call_is_over_the_limit(tmp_path):
    assert lines(turn(tmp_path, CALL, OUTPUT, SAID, **limit(2)))[:3] == [
        "tool_call 1 no - over-limit",
        "tool_output 2 yes - call-missing",
        "assistant 3 yes 1 -",
    ]


def test_a_callback_that_drops_an_output(tmp_path):
    def drop_the_output(history, new):
        return [item for item in [*history, *new] if item.get("type") != "function_call_output"]

    ledger = turn(tmp_path, ASKED, CALL, OUTPUT, SAID, session_input_callback=drop_the_output)
    assert lines(ledger)[1:3] == ["tool_call 2 yes - output-missing", "tool_output 3 yes - callback-removed"]
    assert "drop_the_output" in ledger.lines[2].why


def test_a_callback_that_returns_an_edited_copy(tmp_path):
    def edit(history, new):
        return [{**history[0], "content": "I am Bob"}, *history[1:], *new]

    assert lines(turn(tmp_path, ASKED, SAID, session_input_callback=edit)) == [
        "user 1 yes - callback-changed",
        "assistant 2 yes 1 -",
        "user 3 no 1 callback-added",
        *tail(4),
    ]


def test_a_callback_that_edits_in_place(tmp_path):
    def edit(history, new):
        history[0]["content"] = "I am Bob"
        return [*history, *new]

    assert lines(turn(tmp_path, ASKED, SAID, session_input_callback=edit)) == [
        "user 1 yes 1 callback-changed",
        "assistant 2 yes 1 -",
        *tail(3),
    ]


def test_a_callback_that_drops_the_new_input(tmp_path):
    ledger = turn(tmp_path, ASKED, SAID, session_input_callback=lambda history, new: history)
    assert lines(ledger) == [
        "user 1 yes 1 -",
        "assistant 2 yes 1 -",
        "user - no - callback-removed",
        "assistant 3 no - reply",
    ]


def test_a_filter_that_drops_the_first_item(tmp_path):
    def shorter(data):
        return ModelInputData(input=data.model_data.input[1:], instructions=data.model_data.instructions)

    ledger = turn(tmp_path, ASKED, SAID, call_model_input_filter=shorter)
    assert lines(ledger) == ["user 1 yes - filter-removed", "assistant 2 yes 1 -", *tail(3)]
    assert "shorter" in ledger.lines[0].why


def test_of_two_pairs_with_one_call_id_the_newer_is_sent(tmp_path):
    other = call(arguments='{"city":"Rome"}'), output(text="Rome: 9")
    ledger = turn(tmp_path, ASKED, CALL, OUTPUT, *other, SAID)
    assert lines(ledger)[1:5] == [
        "tool_call 2 yes - same-id",
        "tool_output 3 yes - same-id",
        "tool_call 4 yes 1 -",
        "tool_output 5 yes 1 -",
    ]
    assert ledger.lines[1].why.endswith("row 4")
    assert ledger.lines[2].why.endswith("row 5")


@input_guardrail(run_in_parallel=False)
def no_greetings(context, agent, given):
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


def test_an_input_guardrail_that_trips(tmp_path):
    agent = make_agent(input_guardrails=[no_greetings])
    ledger = turn(tmp_path, ASKED, SAID, agent=agent, raises=InputGuardrailTripwireTriggered)
    assert lines(ledger) == [
        "user 1 yes - model-not-asked",
        "assistant 2 yes - model-not-asked",
        "user 3 no - model-not-asked",
    ]
    assert "no_greetings" in ledger.lines[0].why


def test_a_tool_call_in_the_run(tmp_path):
    agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c9")], [assistant_message("4")])
    assert lines(turn(tmp_path, agent=agent)) == [
        "user 1 no 1,2 new-input",
        "tool_call 2 no 2 stored-in-run",
        "tool_output 3 no 2 stored-in-run",
        "assistant 4 no - reply",
    ]


def test_a_call_that_waits_for_approval(tmp_path):
    agent = make_agent([function_call("refund", {"order": "1"}, call_id="c9")])
    assert lines(turn(tmp_path, agent=agent)) == ["user 1 no 1 new-input", "tool_call 2 no - waiting-for-approval"]
