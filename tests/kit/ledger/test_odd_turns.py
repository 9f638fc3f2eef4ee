"""Turns that are out of the ordinary: functions that raise or have no name, runs that end early, handoffs, resumed runs."""

import asyncio
import functools
from pathlib import Path

import pytest
from agents import (
    Agent,
    RunConfig,
    Runner,
    RunState,
    SessionSettings,
    ToolGuardrailFunctionOutput,
    function_tool,
    handoff,
    tool_input_guardrail,
)
from agents.exceptions import ToolInputGuardrailTripwireTriggered, UserError
from agents.run import AgentRunner
from agents.testing import assistant_message, function_call
from openai.types.responses import ResponseReasoningItem

from lessons.kit.ledger import observe
from lessons.kit.sdk_version import sdk_minor
from tests.support.observed import PAIR, TWO, go, ledger_of, lines
from tests.support.scripted import file_session, make_agent, scripted, user

REFUND = function_call("refund", {"order": "1"}, call_id="c9")
HANDOFF = function_call("transfer_to_billing", {}, call_id="h1")


@function_tool(failure_error_function=None)
def broken() -> str:
    raise ValueError("no")


def keep_last(count, history, new):
    return [*history[-count:], *new]


def failing(*given):
    raise ValueError("no")


def test_a_partial_is_named_by_its_function(tmp_path):
    async def work():
        config = RunConfig(session_input_callback=functools.partial(keep_last, 1))
        return await ledger_of(await file_session(tmp_path, *PAIR), run_config=config)

    assert go(work()).lines[0].why == "removed by the session_input_callback keep_last"


@pytest.mark.parametrize("name", ["session_input_callback", "call_model_input_filter"])
def test_a_function_that_raises_is_named(tmp_path, name):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        return await ledger_of(session, raises=ValueError, run_config=RunConfig(**{name: failing}))

    assert go(work()).lines[0].why == f"the {name} failing failed before the model was asked"


@pytest.mark.parametrize(
    ("name", "wanted"), [("session_input_callback", "list"), ("call_model_input_filter", "ModelInputData with a list")]
)
def test_a_function_that_returns_what_the_sdk_refuses_is_named(tmp_path, name, wanted):
    def forgetful(*given):
        pass

    async def work():
        session = await file_session(tmp_path, *PAIR)
        return await ledger_of(session, raises=UserError, run_config=RunConfig(**{name: forgetful}))

    returned = f"the {name} forgetful returned NoneType and no {wanted}, which the SDK refuses"
    assert go(work()).lines[0].why == f"{returned} before the model was asked"


def test_new_input_that_a_callback_edits_in_place_is_stored_so(tmp_path):
    def edit(history, new):
        new[0]["content"] = "edited"
        return [*history, *new]

    async def work():
        return await ledger_of(await file_session(tmp_path), run_config=RunConfig(session_input_callback=edit))

    line = go(work()).lines[0]
    assert (line.item.text, line.row.key) == ("edited", 1)
    assert line.why == "changed in place by the session_input_callback edit: sent and stored in this form"


def test_a_run_config_that_is_a_dict_has_its_limit(tmp_path):
    async def work():
        config = {"session_settings": SessionSettings(limit=1)}
        return await ledger_of(await file_session(tmp_path, *PAIR), run_config=config)

    if "dict" not in str(Runner.run.__annotations__["run_config"]):
        pytest.skip("this SDK takes no dict")
    assert lines(go(work()))[0] == "user 1 no - over-limit"


def test_a_limit_of_zero_says_so(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR, session_settings=SessionSettings(limit=0))
        return await ledger_of(session)

    why = go(work()).lines[0].why
    assert why == "a limit of 0 returns nothing: the session's limit, its session_settings"


def test_a_read_in_a_tool_is_not_the_read_of_the_run(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)

        @function_tool
        async def look() -> str:
            return str(await session.get_items(limit=1))

        agent = make_agent([function_call("look", {}, call_id="c1")], [assistant_message("ok")], tools=[look])
        return await ledger_of(session, agent)

    assert lines(go(work()))[:2] == ["user 1 yes 1,2 -", "assistant 2 yes 1,2 -"]


def test_a_call_whose_tool_raises_has_a_line(tmp_path):
    async def work():
        agent = make_agent([function_call("broken", {}, call_id="c1")], tools=[broken])
        return await ledger_of(await file_session(tmp_path), agent, raises=UserError)

    ledger = go(work())
    assert lines(ledger) == ["user 1 no 1 new-input", "tool_call - no - reply-not-stored"]
    assert ledger.lines[1].why == "said, and not stored: the run failed with UserError"


def test_a_tool_guardrail_is_named(tmp_path):
    @tool_input_guardrail
    def no_orders(data):
        return ToolGuardrailFunctionOutput.raise_exception()

    @function_tool(tool_input_guardrails=[no_orders])
    def order() -> str:
        return "ordered"

    async def work():
        agent = make_agent([function_call("order", {}, call_id="c1")], tools=[order])
        return await ledger_of(await file_session(tmp_path), agent, raises=ToolInputGuardrailTripwireTriggered)

    assert go(work()).lines[1].why.endswith("the tool input guardrail no_orders stopped the run")


def test_a_stream_that_is_cancelled_before_it_asks(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        async with observe(session) as seen:
            result = Runner.run_streamed(make_agent(), "Hi", session=session)
            async for _ in result.stream_events():
                result.cancel()
        return seen.ledger

    ledger = go(work())
    assert lines(ledger) == ["user - no - model-not-asked"]
    assert ledger.lines[0].why == "the run was cancelled before the model was asked"


def approved(folder: Path, *, between=None, as_json=False):
    async def work():
        session = await file_session(folder, *PAIR)
        agent = make_agent([REFUND], [assistant_message("Done")])
        async with observe(session) as seen:
            result = await Runner.run(agent, "Refund", session=session)
            state = result.to_state()
            if as_json:
                state = await RunState.from_json(agent, state.to_json())
            state.approve(state.get_interruptions()[0])
            if between is not None:
                await between(session)
            await Runner.run(agent, state, session=session)
        return seen.ledger

    return go(work())


RESUMED = [
    "user 1 yes 1,2 resumed",
    "assistant 2 yes 1,2 resumed",
    "user 3 no 1,2 new-input",
    "tool_call 4 no 2 stored-in-run",
    "tool_output 5 no 2 stored-in-run",
    "assistant 6 no - reply",
]


@pytest.mark.parametrize("as_json", [False, True])
def test_an_approved_call_no_longer_waits(tmp_path, as_json):
    """A RunState that was JSON holds the same items in another form."""
    assert lines(approved(tmp_path, as_json=as_json)) == RESUMED


def test_without_a_session_the_message_of_a_resumed_run_is_one_line(tmp_path):
    async def work():
        agent = make_agent([REFUND], [assistant_message("Done")])
        async with observe() as seen:
            state = (await Runner.run(agent, "Refund")).to_state()
            state.approve(state.get_interruptions()[0])
            await Runner.run(agent, state)
        return seen.ledger

    assert lines(go(work()))[0] == "user - no 1,2 no-session"


def test_a_popped_row_that_the_run_state_holds_is_one_line(tmp_path):
    ledger = approved(tmp_path, between=lambda session: session.pop_item())
    assert lines(ledger) == [*RESUMED[:3], "tool_call 4 no 2 popped", *RESUMED[4:]]


def handed_off(folder, filter_):
    async def work():
        billing = Agent("Billing", model=scripted([assistant_message("from billing")]))
        agent = Agent("Desk", model=scripted([HANDOFF]), handoffs=[handoff(billing, input_filter=filter_)])
        return await ledger_of(await file_session(folder, *PAIR), agent)

    return go(work())


def test_what_a_handoff_filter_adds(tmp_path):
    def add(data):
        return data.clone(input_history=(*data.input_history, user("added")))

    ledger = handed_off(tmp_path, add)
    added = next(line for line in ledger.lines if line.item.text == "added")
    assert (added.cause, added.sent, added.why) == (
        "handoff-filter",
        (2,),
        "added by the input filter add of the handoff",
    )


def test_a_handoff_that_its_filter_takes_out_is_not_a_tool_and_stands_before_the_reply(tmp_path):
    ledger = handed_off(tmp_path, lambda data: data.clone(new_items=(), pre_handoff_items=()))
    assert lines(ledger)[-2] == "handoff - no - handoff-filter"


def test_a_conversation_at_the_service_has_the_calls(tmp_path):
    """A later request has only what is new, so an output without its call is not an orphan there."""

    async def work():
        agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c1")], [assistant_message("4")])
        async with observe() as seen:
            await Runner.run(agent, "Hi", conversation_id="conv_1")
        return seen.ledgers[0]

    ledger = go(work())
    assert sorted(lines(ledger)) == [
        "assistant - no - no-session",
        "tool_call - no - no-session",
        "tool_output - no 2 no-session",
        "user - no 1 no-session",
    ]
    assert not any(line.risk for line in ledger.lines)


def test_an_observe_that_is_entered_twice(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        observing = observe(session)
        async with observing as first:
            await Runner.run(make_agent(), "Hi", session=session)
        async with observing as second:
            await Runner.run(make_agent(), "Ho", session=session)
        return first.ledger, second.ledger

    first, second = go(work())
    assert lines(first) == TWO
    assert lines(second)[2:] == ["user 3 no 1 new-input", "assistant 4 no - reply"]


def test_what_a_run_of_other_code_stores_later(tmp_path):
    """The run goes on after the observation has ended."""

    async def work():
        session, asked, goes_on = await file_session(tmp_path), asyncio.Event(), asyncio.Event()

        async def slow(data):
            asked.set()
            await goes_on.wait()
            return data.model_data

        async with observe(session) as seen:
            config = RunConfig(call_model_input_filter=slow)
            other = asyncio.create_task(Runner.run(make_agent(), "Hi", session=session, run_config=config))
            await asyncio.wait_for(asked.wait(), 60)
        goes_on.set()
        await other
        return seen.ledger

    assert lines(go(work()))[-1] == "assistant 2 no - stored-later"


def test_a_runner_that_is_called_past_the_default_one_is_not_seen(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await AgentRunner().run(make_agent(), "Hi", session=session)
        return seen.ledger

    ledger = go(work())
    assert ledger.lines[0].why == "returned to a run that was not watched: what it sent was not seen"
    assert ledger.lines[2].why == "stored by a run that was not watched"


@pytest.mark.skipif(sdk_minor() < (0, 24), reason="this SDK stores nothing of an answer whose tool raises")
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (("good", "bad"), ["user 1", "reasoning 2", "tool_call 3", "tool_call -", "tool_output 4"]),
        (("bad", "good"), ["user 1", "reasoning -", "tool_call -", "tool_call 2", "tool_output 3"]),
    ],
)
def test_a_call_that_is_stored_without_the_reasoning_of_its_answer_says_so(tmp_path, order, expected):
    """The SDK stores the reasoning with the call after it, or not at all. Nothing next to the stored call said so."""
    calls = {"good": function_call("answers", {}, call_id="c1"), "bad": function_call("fails", {}, call_id="c2")}

    async def work():
        answered = asyncio.Event()

        @function_tool
        async def answers() -> str:
            answered.set()
            return "4"

        @function_tool(failure_error_function=None)
        async def fails() -> str:
            await answered.wait()  # otherwise the SDK may cancel the other call first
            raise ValueError("no")

        thought = ResponseReasoningItem(id="rs_1", type="reasoning", summary=[])
        agent = make_agent([thought, *map(calls.get, order)], tools=[answers, fails])
        return await ledger_of(await file_session(tmp_path), agent, raises=UserError)

    ledger = go(work())
    assert [" ".join(line.split()[:2]) for line in lines(ledger)] == expected
    stored_alone = [line.row.key for line in ledger.lines if "without the reasoning of its answer" in line.why]
    assert stored_alone == ([2] if order[0] == "bad" else [])
