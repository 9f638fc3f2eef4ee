"""Runs that end early or go on later: approvals, guardrails, max_turns, hooks that raise, cancelled streams."""

import asyncio
from contextlib import suppress

import httpx2
import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    Model,
    OpenAIChatCompletionsModel,
    OutputGuardrailTripwireTriggered,
    RunHooks,
    Runner,
    input_guardrail,
    output_guardrail,
)
from agents.testing import assistant_message, function_call
from openai import AsyncOpenAI
from openai.types.responses import ResponseTextDeltaEvent

from lessons.kit.ledger import Cause, observe
from tests.support.model_endpoint import Body
from tests.support.observed import PAIR, go, ledger_of, lines
from tests.support.odd_answers import ENDED_EARLY
from tests.support.scripted import file_session, make_agent, user


def test_a_resumed_run_sends_what_its_state_holds(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        agent = make_agent([function_call("refund", {"order": "1"}, call_id="c9")], [assistant_message("Done")])
        result = await Runner.run(agent, "Refund", session=session)
        state = result.to_state()
        state.approve(result.interruptions[0])
        await session.add_items([user("while it waits")])
        async with observe(session) as seen:
            await Runner.run(agent, state, session=session)
        return seen.ledger

    assert lines(go(work())) == [
        "user 1 no 1 resumed",
        "assistant 2 no 1 resumed",
        "user 3 no 1 resumed",
        "tool_call 4 no 1 resumed",
        "user 5 no - resumed",
        "tool_output 6 no 1 stored-in-run",
        "assistant 7 no - reply",
    ]


@output_guardrail
def no_answers(context, agent, said):
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


def test_an_output_guardrail_keeps_the_reply_from_being_stored(tmp_path):
    async def work():
        agent = make_agent(output_guardrails=[no_answers])
        return await ledger_of(await file_session(tmp_path), agent, raises=OutputGuardrailTripwireTriggered)

    ledger = go(work())
    assert lines(ledger) == ["user 1 no 1 new-input", "assistant - no - reply-not-stored"]
    assert ledger.lines[1].why == "said, and not stored: the output guardrail no_answers stopped the run"


@input_guardrail(run_in_parallel=False)
def no_codes(context, agent, given):
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered="code" in str(given))


def test_what_a_stopped_run_left_and_a_later_run_sent_says_both(tmp_path):
    """A line that says "sent" named only the guardrail that had stopped the first run before it sent anything."""

    async def work():
        session = await file_session(tmp_path)
        async with observe(session) as seen:
            with suppress(InputGuardrailTripwireTriggered):
                await Runner.run(make_agent(input_guardrails=[no_codes]), "the code", session=session)
            await Runner.run(make_agent(), "Hi", session=session)
        return seen.ledger

    question = go(work()).lines[0]
    assert question.returned
    assert question.sent == (1,)
    assert question.why == (
        "in run 1: the input guardrail no_codes stopped the run before the model was asked; in run 2: read and sent again"
    )


def test_max_turns(tmp_path):
    async def work():
        agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c1")])
        return await ledger_of(await file_session(tmp_path), agent, raises=MaxTurnsExceeded, max_turns=1)

    ledger = go(work())
    assert lines(ledger)[1:] == ["tool_call 2 no - model-not-asked", "tool_output 3 no - model-not-asked"]
    assert ledger.lines[2].why == "max_turns ended the run before the model was asked again"


async def streamed(agent, message, **options):
    async for _ in Runner.run_streamed(agent, message, **options).stream_events():
        pass


def test_max_turns_of_zero_stores_the_input_with_run_and_not_with_run_streamed(tmp_path):
    async def work(name, run):
        session = await file_session(tmp_path, name=name)
        async with observe(session) as seen:
            with pytest.raises(MaxTurnsExceeded):
                await run(make_agent(), "Hi", session=session, max_turns=0)
        return seen.ledger

    assert lines(go(work("run", Runner.run))) == ["user 1 no - model-not-asked"]
    assert lines(go(work("streamed", streamed))) == ["user - no - model-not-asked"]


class Refusing(RunHooks):
    async def on_llm_start(self, *args):
        raise ValueError("no")


def test_a_hook_that_raises_before_the_model_is_asked(tmp_path):
    async def work():
        return await ledger_of(await file_session(tmp_path, *PAIR), raises=ValueError, hooks=Refusing())

    assert lines(go(work()))[:2] == ["user 1 yes - model-not-asked", "assistant 2 yes - model-not-asked"]


def test_cancel_at_once_and_after_the_turn(tmp_path):
    async def work(mode):
        session = await file_session(tmp_path, name=mode)
        agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c1")], [assistant_message("4")])
        async with observe(session) as seen:
            result = Runner.run_streamed(agent, "Hi", session=session)
            async for event in result.stream_events():
                if event.type == "run_item_stream_event":
                    result.cancel(mode=mode)
        return seen.ledger

    assert lines(go(work("after_turn"))) == [
        "user 1 no 1 new-input",
        "tool_call 2 no - stored-in-run",
        "tool_output 3 no - stored-in-run",
    ]
    assert lines(go(work("immediate")))[0] == "user 1 no 1 new-input"


class Word(Model):
    """Says one word and then waits for ever."""

    def get_response(self, *args, **kwargs):
        raise AssertionError

    async def stream_response(self, *args, **kwargs):
        yield ResponseTextDeltaEvent(
            content_index=0,
            delta="Oslo",
            item_id="msg_1",
            output_index=0,
            sequence_number=0,
            type="response.output_text.delta",
            logprobs=[],
        )
        await asyncio.Event().wait()


@pytest.mark.parametrize("by", ["cancel()", "a time-out"])
def test_what_had_arrived_of_a_cancelled_reply_has_a_line(tmp_path, by):
    """This holds in a user's own script too: its code has read the words, and no row has them."""
    heard = asyncio.Event()

    async def read(result):
        async for event in result.stream_events():
            if event.type == "raw_response_event":
                heard.set()
                if by == "cancel()":
                    result.cancel()

    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            reading = asyncio.create_task(read(Runner.run_streamed(make_agent(model=Word()), "Hi", session=session)))
            await asyncio.wait_for(heard.wait(), 60)
            if by == "a time-out":
                reading.cancel()
            await asyncio.wait([reading])
        return seen.ledger

    ledger = go(work())
    assert lines(ledger)[2:] == ["user 3 no 1 new-input", "assistant - no - reply-not-stored"]
    assert ledger.lines[3].item.text == "Oslo"
    assert ledger.lines[3].why == "said as far as it came, and not stored: the run was cancelled"


class Service:
    """Answers each request with this body, and breaks the connection after it if `breaks`. Only the transport is replaced."""

    def __init__(self, body: Body) -> None:
        self.body = body

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        async def pieces():
            for piece in self.body.pieces:
                yield piece.encode()
            if self.body.breaks:
                raise httpx2.ReadError("the connection broke")

        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=pieces())


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("length", "the limit of tokens was reached (finish_reason: length)"),
        ("filter", "the service's content filter stopped it (finish_reason: content_filter)"),
    ],
)
def test_a_reply_that_a_service_ended_early_says_so_at_its_row(tmp_path, fault, why):
    """This holds in a user's own script too: the SDK stores such a stream of Chat Completions as if the reply were whole."""
    client = AsyncOpenAI(
        api_key="none", http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(Service(ENDED_EARLY[fault].chat)))
    )
    agent = Agent(name="A", model=OpenAIChatCompletionsModel("m", client))

    async def work():
        session = await file_session(tmp_path)
        async with observe(session) as seen:
            result = Runner.run_streamed(agent, "The capital of Norway?", session=session)
            async for _ in result.stream_events():
                pass
        return seen.ledger

    _, reply = go(work()).lines
    assert (reply.row.key, reply.why) == (2, f"the reply of run 1; the answer ended early: {why}")


def test_the_input_of_a_stream_that_was_left_at_once_says_that_its_run_goes_on(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        async with observe(session) as seen:
            result = Runner.run_streamed(make_agent(), "Hi", session=session)
        left = seen.ledger
        async for _ in result.stream_events():
            pass
        return left, seen.ledger

    left, whole = go(work())
    why = "the code of the turn had ended before the model was asked, and its run goes on"
    assert {(line.cause, line.why) for line in left.lines} == {(Cause.MODEL_NOT_ASKED, why)}
    assert {line.cause for line in whole.lines} == {Cause.STORED_LATER}
