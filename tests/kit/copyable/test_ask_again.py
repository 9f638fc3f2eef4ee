"""What a run that fails leaves in the session, event by event, and that asking again stores no question twice."""

import asyncio
import sqlite3
from contextlib import suppress
from types import SimpleNamespace

import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrail,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    ModelBehaviorError,
    OpenAIResponsesCompactionSession,
    OutputGuardrail,
    OutputGuardrailTripwireTriggered,
    RunConfig,
    Runner,
    SessionSettings,
    SQLiteSession,
    UserError,
    function_tool,
)
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call

from lessons.kit.copyable.ask_again import ask_again, ask_until_answered, take_back, times_stored
from lessons.kit.sdk_version import since

QUESTION = "What's the weather in Oslo?"
CALL, ANSWER = [function_call("look", "{}", call_id="c1")], [assistant_message("4 °C")]
BOTH = [function_call("look", "{}", call_id="c1"), function_call("break_down", "{}", call_id="c2")]


class Down(Exception):
    """What a model or a tool raises."""


class Model(ScriptedModel):
    """Answers with these steps. An exception among them is raised, and a function is called for its answer."""

    def __init__(self, *steps):
        super().__init__([])
        self.steps, self.sent = list(steps), []

    async def next(self, given):
        self.sent.append([item.get("type") or item["role"] for item in given["input"]])
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        if callable(step):
            return await step()
        return step

    async def get_response(self, *given, **options):
        step = await self.next({"input": given[1] if len(given) > 1 else options["input"]})
        return await ScriptedModel([ModelStep(output=step)]).get_response(*given, **options)

    async def stream_response(self, *given, **options):
        step = await self.next({"input": given[1] if len(given) > 1 else options["input"]})
        async for event in ScriptedModel([ModelStep(output=step)]).stream_response(*given, **options):
            yield event


def agent_with(*steps, **more):
    calls = []

    @function_tool
    def look() -> str:
        """Look."""
        calls.append("look")
        return "Oslo: 4"

    @function_tool(failure_error_function=None)
    def break_down() -> str:
        """Break."""
        raise Down

    @function_tool
    def break_quietly() -> str:
        """Break."""
        raise Down

    made = Agent(name="Assistant", model=Model(*steps), tools=[look, break_down, break_quietly], **more)
    return SimpleNamespace(agent=made, calls=calls)


async def run(agent, session, **options):
    return await Runner.run(agent, QUESTION, session=session, **options)


async def run_streamed(agent, session, **options):
    result = Runner.run_streamed(agent, QUESTION, session=session, **options)
    async for _ in result.stream_events():
        pass
    return result


async def kinds(session):
    return [
        item.get("type") if item.get("type") != "message" else item["role"]
        for item in map(named, await session.get_items())
    ]


def named(item):
    """The item, with its role as its type if it is a message."""
    return {**item, "type": item.get("role") or item["type"]}


def blocked(*_):
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


async def blocks_weather(context, agent, question):
    await asyncio.sleep(0.01)  # the model raises first
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered="weather" in str(question))


def guarded(function=blocked, **options):
    return {"input_guardrails": [InputGuardrail(guardrail_function=function, **options)]}


PAIR = ["function_call", "function_call_output"]
EVENTS = {
    "the model raises": ([Down()], {}, {}, Down, ["user"]),
    "the model raises after a tool": ([CALL, Down()], {}, {}, Down, ["user", *PAIR]),
    "a tool raises and nobody handles it": (
        [[function_call("break_down", "{}", call_id="c1")]],
        {},
        {},
        UserError,
        ["user"],
    ),
    "one of two tools raises": ([BOTH], {}, {}, UserError, since((0, 24), ["user", *PAIR], before=["user"])),
    "an unknown tool": ([[function_call("nothing", "{}", call_id="c1")]], {}, {}, ModelBehaviorError, ["user"]),
    "too many turns": ([CALL], {}, {"max_turns": 1}, MaxTurnsExceeded, ["user", *PAIR]),
    "an input guardrail blocks first": (
        [ANSWER],
        guarded(run_in_parallel=False),
        {},
        InputGuardrailTripwireTriggered,
        ["user"],
    ),
    "an input guardrail blocks next to the model": ([ANSWER], guarded(), {}, InputGuardrailTripwireTriggered, ["user"]),
    "an output guardrail blocks": (
        [CALL, ANSWER],
        {"output_guardrails": [OutputGuardrail(guardrail_function=blocked)]},
        {},
        OutputGuardrailTripwireTriggered,
        ["user", *PAIR],
    ),
}
"""The steps of the model, what the agent has, the options of the run, what is raised, and the items that are stored."""


@pytest.fixture(params=[run, run_streamed])
def start(request):
    return request.param


@pytest.mark.parametrize("event", EVENTS)
def test_what_a_failed_run_stores(event, start, tmp_path):
    steps, has, options, raised, stored = EVENTS[event]

    async def go():
        session = SQLiteSession("s", tmp_path / "s.db")
        with pytest.raises(raised):
            await start(agent_with(*steps, **has).agent, session, **options)
        return await kinds(session)

    assert asyncio.run(go()) == stored


def test_a_tool_that_raises_is_handled_by_default_and_its_words_are_hidden(start):
    async def go():
        session = SQLiteSession("s")
        await start(agent_with([function_call("break_quietly", "{}", call_id="c1")], ANSWER).agent, session)
        return await session.get_items()

    items = asyncio.run(go())
    assert [named(item)["type"] for item in items] == ["user", *PAIR, "assistant"]
    hidden = since((0, 23), True, before=False)
    assert items[2]["output"].startswith("An error occurred while running the tool. Please try again.")
    assert ("Error:" in items[2]["output"]) != hidden


@pytest.mark.parametrize("ends", ["cancelled", "out of time"])
def test_a_run_that_is_cancelled_or_out_of_time_has_stored_the_question(start, ends):
    async def go():
        asked = asyncio.Event()

        async def wait():
            asked.set()
            await asyncio.sleep(60)

        session = SQLiteSession("s")
        running = asyncio.create_task(start(agent_with(wait).agent, session))
        await asked.wait()
        if ends == "cancelled":
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        else:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(running, 0.01)
        return await kinds(session)

    assert asyncio.run(go()) == ["user"]


class SlowStream(Model):
    """Waits for `seconds` before the last event of its last answer."""

    async def stream_response(self, *given, **options):
        async for event in super().stream_response(*given, **options):
            if event.type == "response.completed" and not self.steps:
                await asyncio.sleep(self.seconds)
            yield event


@pytest.mark.parametrize(
    ("mode", "seconds", "steps", "stored"),
    [
        ("immediate", 60, [ANSWER], ["user"]),
        ("after_turn", 0.01, [ANSWER], ["user", "assistant"]),
        ("after_turn", 0.01, [CALL, ANSWER], ["user", *PAIR]),
    ],
)
def test_a_streamed_run_that_is_told_to_stop(mode, seconds, steps, stored):
    async def go():
        session, agent = SQLiteSession("s"), agent_with().agent
        agent.model = SlowStream(*steps)
        agent.model.seconds = seconds
        result = Runner.run_streamed(agent, QUESTION, session=session)
        async for event in result.stream_events():
            if event.type == "raw_response_event":
                result.cancel(mode=mode)
        return await kinds(session), result.final_output

    kept, output = asyncio.run(go())
    assert kept == stored
    assert (output is None) == (stored[-1] != "assistant")


@pytest.mark.parametrize("events", [0, 1])
def test_a_stream_that_is_left_or_never_read_goes_on_and_stores_the_answer(events):
    async def go():
        session = SQLiteSession("s")
        result = Runner.run_streamed(agent_with(ANSWER).agent, QUESTION, session=session)
        if events:
            await anext(result.stream_events())
        await result.run_loop_task
        return await kinds(session)

    assert asyncio.run(go()) == ["user", "assistant"]


def test_a_stream_that_breaks_off_stores_nothing_of_what_was_seen():
    class BreaksOff(Model):
        async def stream_response(self, *given, **options):
            async for event in ScriptedModel([ModelStep(output=ANSWER)]).stream_response(*given, **options):
                if event.type == "response.completed":
                    await self.was_read.wait()
                    raise Down
                yield event

    async def go():
        session, seen, model = SQLiteSession("s"), [], BreaksOff()
        model.was_read = asyncio.Event()
        result = Runner.run_streamed(Agent(name="Assistant", model=model), QUESTION, session=session)

        async def read():
            async for event in result.stream_events():
                if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                    seen.append(event.data.delta)
                    model.was_read.set()

        with pytest.raises(Down):
            await read()
        return seen, await kinds(session)

    assert asyncio.run(go()) == (["4 °C"], ["user"])


def test_a_tool_guardrail_that_raises_leaves_the_question(start):
    from agents import ToolGuardrailFunctionOutput, ToolInputGuardrailTripwireTriggered, tool_input_guardrail

    @tool_input_guardrail
    def never(data):
        return ToolGuardrailFunctionOutput.raise_exception()

    async def go():
        session, made = SQLiteSession("s"), agent_with(CALL)
        made.agent.tools[0].tool_input_guardrails = [never]
        with pytest.raises(ToolInputGuardrailTripwireTriggered):
            await start(made.agent, session)
        return await kinds(session), made.calls

    assert asyncio.run(go()) == (["user"], [])


def test_a_compaction_that_fails_loses_the_answer_to_the_caller_and_stores_all(start):
    class Service:
        class responses:
            @staticmethod
            async def compact(**_):
                raise Down

    async def go():
        inner = SQLiteSession("s")
        session = OpenAIResponsesCompactionSession("s", inner, client=Service, should_trigger_compaction=lambda _: True)
        made = agent_with([assistant_message("4 °C")])
        with pytest.raises(Down):
            await start(made.agent, session)
        again = await ask_again(made.agent, QUESTION, inner, 0)
        return again, await kinds(inner)

    assert asyncio.run(go()) == (None, ["user", "assistant"])


class Failing(SQLiteSession):
    """A session whose storage fails: at the calls of add_items with these numbers, before or after it has stored."""

    def __init__(self, fails, *, after=False):
        super().__init__("s")
        self.fails, self.after, self.count = fails, after, 0

    async def add_items(self, items):
        self.count += 1
        fails = self.count in self.fails
        if not fails or self.after:
            await super().add_items(items)
        if fails:
            raise sqlite3.OperationalError("database is locked")


def test_storage_that_fails_loses_the_question_or_the_answer(start):
    async def go(fails):
        session = Failing(fails)
        agent = agent_with(ANSWER).agent
        with pytest.raises(sqlite3.OperationalError):
            await start(agent, session)
        return await kinds(session), len(agent.model.sent)

    assert asyncio.run(go({1})) == ([], 0)  # the model is not asked
    assert asyncio.run(go({2})) == (["user"], 1)  # the paid answer is lost


# Asking again.


ASKED_AGAIN = {event: found for event, found in EVENTS.items() if "guardrail" not in event}


@pytest.mark.parametrize("event", ASKED_AGAIN)
def test_asking_again_stores_the_question_once_and_calls_no_tool_again(event):
    steps, has, options, raised, stored = EVENTS[event]

    async def go():
        session = SQLiteSession("s")
        await session.add_items([{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "3 °C"}])
        before = await times_stored(session, QUESTION)
        made = agent_with(*steps, **has)
        with pytest.raises(raised):
            await run(made.agent, session, **options)
        looked = len(made.calls)
        made.agent.model.steps = [ANSWER]
        result = await ask_again(made.agent, QUESTION, session, before)
        assert result.final_output == "4 °C"
        assert len(made.calls) == looked
        return made.agent.model.sent[-1], await kinds(session)

    sent, kept = asyncio.run(go())
    assert sent == ["user", "assistant", *stored]
    assert kept == ["user", "assistant", *stored, "assistant"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fails", [{1}, {2}, {3}, {1, 2}, {2, 3}, {1, 3}])
def test_the_question_is_stored_once_whatever_the_storage_refuses_or_stores_without_saying_so(fails, after):
    async def go():
        session = Failing(fails, after=after)
        made = agent_with(CALL, ANSWER, CALL, ANSWER, ANSWER, ANSWER)
        with suppress(sqlite3.OperationalError):
            await ask_until_answered(made.agent, QUESTION, session, attempts=4)
        return await session.get_items(), made.calls

    items, _ = asyncio.run(go())
    assert [item["role"] for item in items if "role" in item].count("user") == 1
    assert items[0]["content"] == QUESTION
    assert named(items[-1])["type"] == "assistant"
    pairs = [item["type"] for item in items if "call_id" in item]
    assert pairs.count("function_call") == pairs.count("function_call_output")


def test_an_answer_that_was_stored_is_not_asked_for_again():
    async def go():
        session = Failing({2}, after=True)
        made = agent_with(ANSWER)
        return await ask_until_answered(made.agent, QUESTION, session), await kinds(session), len(made.agent.model.sent)

    assert asyncio.run(go()) == (None, ["user", "assistant"], 1)


def test_a_limit_does_not_cut_the_question_off_when_a_run_goes_on():
    async def go():
        session = SQLiteSession("s", session_settings=SessionSettings(limit=1))
        await session.add_items([{"role": "user", "content": "old"}, {"role": "assistant", "content": "older"}])
        made = agent_with(CALL, Down())
        with pytest.raises(Down):
            await run(made.agent, session)
        made.agent.model.steps = [ANSWER, ANSWER]
        await ask_again(made.agent, QUESTION, session, 0)
        return made.agent.model.sent

    sent = asyncio.run(go())
    assert sent[-1] == sent[1] == ["assistant", "user", *PAIR]


@pytest.mark.parametrize(
    "config", [None, RunConfig(input_guardrails=[InputGuardrail(guardrail_function=blocks_weather)])]
)
def test_a_guardrail_sees_the_question_again(config):
    """A run that goes on has no new input, but guardrails are given what the session returns."""

    async def go():
        session = SQLiteSession("s")
        with pytest.raises(Down):  # without the guardrail, which runs next to the model and can be the first to raise
            await run(agent_with(Down()).agent, session)
        made = agent_with(ANSWER, **({} if config else guarded(blocks_weather)))
        with pytest.raises(InputGuardrailTripwireTriggered):
            await ask_again(made.agent, QUESTION, session, 0, run_config=config)
        return await kinds(session)

    assert asyncio.run(go()) == ["user"]


def test_a_blocked_question_is_sent_with_every_later_run_until_it_is_taken_back():
    async def go(*, cured):
        session = SQLiteSession("s")
        made = agent_with(ANSWER, **guarded(run_in_parallel=False))
        with pytest.raises(InputGuardrailTripwireTriggered):
            await ask_until_answered(made.agent, QUESTION, session)
        assert made.agent.model.sent == []
        if cured:
            taken = await take_back(session, QUESTION)
            assert [item["content"] for item in taken] == [QUESTION]
        next_one = agent_with(ANSWER)
        await Runner.run(next_one.agent, "fine", session=session)
        return next_one.agent.model.sent

    assert asyncio.run(go(cured=False)) == [["user", "user"]]
    assert asyncio.run(go(cured=True)) == [["user"]]


def test_another_question_in_the_meantime_is_neither_answered_nor_removed():
    async def go():
        session = SQLiteSession("s")
        with pytest.raises(Down):
            await run(agent_with(Down()).agent, session)
        await session.add_items([{"role": "user", "content": "something else"}])
        made = agent_with(ANSWER)
        with pytest.raises(ValueError, match="not the newest"):
            await ask_again(made.agent, QUESTION, session, 0)
        with pytest.raises(ValueError, match="not the newest"):
            await take_back(session, QUESTION)
        return await kinds(session), made.agent.model.sent

    assert asyncio.run(go()) == (["user", "user"], [])
