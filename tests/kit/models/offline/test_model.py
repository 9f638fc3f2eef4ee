"""The offline model as a Model of the SDK: its ids, its stream, its usage, and that no input breaks it or slows it down."""

import asyncio
import importlib.util
import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from agents import Agent, ModelSettings, Runner, SQLiteSession, function_tool, handoff
from agents.models.interface import ModelTracing
from openai.types.responses import ResponseFunctionToolCall

from lessons.kit.models.offline import model as offline_model
from lessons.kit.models.offline.answers import WHAT_IT_IS, answer
from lessons.kit.models.offline.model import (
    ESTIMATED_RESPONSE_PREFIX,
    OFFLINE_MODEL_NAME,
    OfflineModel,
    estimated_tokens,
)
from lessons.kit.models.offline.request import READ_ITEMS


@function_tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"{city} is sunny"


@function_tool
def send_email(email: str, copies: int, text: str | None) -> str:
    """Send an email."""
    return email


GIVEN = {"tools": [get_weather, send_email], "handoffs": [handoff(Agent(name="billing"))]}


def request(sent, *, tools=(), handoffs=(), instructions=None, settings=None):
    """The arguments of one request to a model."""
    server_state = {"previous_response_id": None, "conversation_id": None, "prompt": None}
    given = (instructions, sent, settings or ModelSettings(), list(tools), None, list(handoffs), ModelTracing.DISABLED)
    return given, server_state


async def respond(sent, *, model=None, **more):
    given, server_state = request(sent, **more)
    return await (model or OfflineModel()).get_response(*given, **server_state)


async def stream(sent, *, model=None, **more):
    given, server_state = request(sent, **more)
    return [event async for event in (model or OfflineModel()).stream_response(*given, **server_state)]


def user(text):
    return {"role": "user", "content": text}


def ids_of(response):
    return [response.response_id, *(item.id for item in response.output), *call_ids(response)]


def call_ids(response):
    return [item.call_id for item in response.output if isinstance(item, ResponseFunctionToolCall)]


# Ids, usage and the stream


def test_the_same_input_gives_the_same_words_under_other_ids():
    first, second = (asyncio.run(respond([user("My name is Alice"), user("What's my name?")])) for _ in range(2))
    texts = [response.output[0].content[0].text for response in (first, second)]
    assert texts == ["Your name is Alice."] * 2
    assert not set(ids_of(first)) & set(ids_of(second))


def test_ids_never_repeat_across_threads_and_models():
    def make(_):
        return ids_of(asyncio.run(respond("What's the weather in Rome and Paris?", tools=[get_weather])))

    with ThreadPoolExecutor(8) as threads:
        ids = list(itertools.chain.from_iterable(threads.map(make, range(64))))
    assert len(ids) == len(set(ids)) == 64 * 5


def test_a_call_id_of_a_file_session_is_not_used_again_after_a_restart():
    """Rows outlive a process, so ids that are counted from 1 in each process would repeat."""

    def first_ids():
        spec = importlib.util.spec_from_file_location("restarted", offline_model.__file__)
        restarted = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(restarted)
        return ids_of(asyncio.run(respond("Weather in Oslo?", tools=[get_weather], model=restarted.OfflineModel())))

    assert not set(first_ids()) & set(first_ids())


def test_the_second_tool_turn_of_a_session_is_sent_whole():
    async def run():
        session = SQLiteSession("tools")
        agent = Agent(name="A", model=OfflineModel(), tools=[get_weather])
        for city in ("Oslo", "Rome"):
            result = await Runner.run(agent, f"What's the weather in {city}?", session=session)
        sent = [item.get("type") or item["role"] for item in result.to_input_list()]
        assert sent[-4:] == ["user", "function_call", "function_call_output", "message"]
        assert len(sent) == 8
        session.close()

    asyncio.run(run())


def test_a_stream_is_whole_and_in_order():
    events = asyncio.run(stream([user("My name is Alice"), user("What do you know about me?")]))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    completed = events[-1]
    assert completed.type == "response.completed"
    assert "".join(deltas) == completed.response.output[0].content[0].text
    assert len(deltas) > 3
    assert all(len(delta.split()) == 1 for delta in deltas)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert completed.response.model == OFFLINE_MODEL_NAME


def test_a_streamed_call_has_the_same_arguments_as_a_plain_one():
    question = "What's the weather in Oslo?"
    streamed = asyncio.run(stream(question, tools=[get_weather]))[-1].response.output
    plain = asyncio.run(respond(question, tools=[get_weather])).output
    assert [(call.name, call.arguments) for call in streamed] == [(call.name, call.arguments) for call in plain]
    assert plain[0].arguments == '{"city": "Oslo"}'


def test_usage_is_counted_and_marked_as_an_estimate():
    short, long = (
        asyncio.run(respond(text, settings=ModelSettings(preserve_raw_usage=True))) for text in ("Hi", "Hi " * 400)
    )
    for response in (short, long):
        usage = response.usage
        assert response.response_id.startswith(ESTIMATED_RESPONSE_PREFIX)
        assert response.raw_usage["estimated"] is True
        assert usage.requests == 1
        assert usage.input_tokens > 0
        assert usage.output_tokens > 0
        assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert long.usage.input_tokens - short.usage.input_tokens == pytest.approx(300, abs=2)


def test_instructions_and_calls_count_as_tokens():
    bare = asyncio.run(respond("Hi")).usage
    told = asyncio.run(respond("Hi", instructions="x" * 400)).usage
    assert told.input_tokens == pytest.approx(bare.input_tokens + 100, abs=2)
    called = asyncio.run(respond("Weather in Oslo?", tools=[get_weather])).usage
    assert called.output_tokens == estimated_tokens('get_weather{"city": "Oslo"}')


def test_usage_is_the_same_streamed_and_not():
    streamed = asyncio.run(stream("Hello"))[-1].response
    plain = asyncio.run(respond("Hello"))
    assert (streamed.usage.input_tokens, streamed.usage.output_tokens) == (
        plain.usage.input_tokens,
        plain.usage.output_tokens,
    )
    assert streamed.id.startswith(ESTIMATED_RESPONSE_PREFIX)


def test_a_pace_slows_the_stream_and_nothing_else():
    async def run():
        slow = OfflineModel(seconds_per_word=0.004)
        begun = time.perf_counter()
        events = await stream("My name is Alice", model=slow)
        words = sum(event.type == "response.output_text.delta" for event in events)
        assert time.perf_counter() - begun >= 0.004 * words > 0
        await asyncio.wait_for(respond("My name is Alice", model=OfflineModel(seconds_per_word=600)), 60)

    asyncio.run(run())


def test_a_slow_stream_can_be_cancelled():
    async def run():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stream("Hello", model=OfflineModel(seconds_per_word=60)), 0.05)

    asyncio.run(run())


# Strange and large input

STRANGE_ITEMS = (
    None, 1, "text", b"bytes", [], {}, {"role": "user"}, {"role": "user", "content": None}, {"role": 5, "content": 7},
    {"role": "user", "content": [None, 5, {"type": "input_image"}, {"text": "My name is Alice"}]}, {"content": "lost"},
    {"role": "user", "content": {"a": "b"}}, {"role": "user", "content": "\x00\x07\ud800 my name is \x1b[31m"},
    {"type": "function_call", "name": None, "arguments": "{broken", "call_id": None}, {"type": "function_call"},
    {"type": "function_call_output"}, {"type": "function_call_output", "output": {"a": 1}, "call_id": 5},
    {"type": "reasoning", "summary": 5}, {"type": 5}, {"__enc__": 1}, {(1, 2): 3, "role": "user"}, object(),
    {"role": "user", "content": float("nan")}, {"role": "system", "content": "The user's "},
)  # fmt: skip
STRANGE_TEXTS = ("", " ", "?", "\x00", "\ud800", "my my my is is", "I'm", "remember this:",
                 "Remember this: a\ud800\x00b", "(" * 3000, "1/0" * 900, "é" * 9000,
                 "My name is " * 900, "weather in " * 900, "research " * 900, "no, it's " * 900, "the user's " * 900,
                 "show me " * 900, "what's my " * 900, "a@" * 2000, '"' * 2000, "\n" * 9000, "I am\n" * 2000)  # fmt: skip


@pytest.mark.parametrize("streamed", [False, pytest.param(True, marks=pytest.mark.matrix)])
def test_no_input_breaks_it(streamed):
    """Every pair of strange items is tried, then every strange text as a message, with tools and a handoff."""
    inputs = [[*pair] for pair in itertools.product(STRANGE_ITEMS, repeat=2)] + [None, []]
    inputs += [form for text in STRANGE_TEXTS for form in (text, [user(text)], [user("My name is Alice"), user(text)])]

    async def run():
        for sent in inputs:
            response = (await stream(sent, **GIVEN))[-1].response if streamed else await respond(sent, **GIVEN)
            output = response.output
            assert output
            json.dumps([item.model_dump() for item in output], ensure_ascii=False).encode()

    asyncio.run(run())


def deeply_nested():
    value = []
    for _ in range(5_000):
        value = [value]
    return value


class Unprintable:
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


@pytest.mark.parametrize("value", [deeply_nested(), Unprintable()], ids=["nested", "unprintable"])
def test_an_item_that_cannot_be_written_is_passed_over(value):
    items = [
        user("My name is Alice"),
        value,
        user(value),
        {"role": "system", "content": value},
        user("What's my name?"),
    ]
    assert "Alice" in answer(items, None, [], [])
    assert estimated_tokens(value, "text") >= 1


def test_the_runner_stores_the_answer_to_a_hostile_message():
    async def run():
        session = SQLiteSession("hostile")
        await session.add_items([None, "text", {}, {"role": "user", "content": "My name is Alice"}])
        text = "\x00 ' \" <script> " + "x" * 1_000_000
        result = await Runner.run(Agent(name="A", model=OfflineModel()), text, session=session)
        assert WHAT_IT_IS in result.final_output
        assert "5 items I was sent (2 from you)" in result.final_output
        session.close()

    asyncio.run(run())


def history(count, text):
    reply = {"role": "assistant", "content": "I noted that. " * 8}
    return [item for number in range(count // 2) for item in (user(text.replace("{}", str(number))), reply)]


@pytest.mark.parametrize(
    "sent",
    [
        [user("My name is Bob, and I say so. " * 4_000)],
        [user("word " * 20_000 + "?")],
        [user("x" * 1_000_000)],
        [*history(2_000, "My number {} is odd and I like tea, by the way."), user("Do you know anything about me?")],
        [*history(2_000, "Nothing about anything {}"), user("What state is it in?")],
        [*history(2_000, "I think my car is red {}. " * 80), user("What's my name?")],
        *([user(text)] for text in STRANGE_TEXTS),
    ],
    ids=lambda sent: f"{len(sent)}-{sent[-1]['content'][:12]!r}",
)
def test_long_input_is_answered_at_once(sent):
    """It takes tens of milliseconds, or minutes if a pattern backtracks: the bound tells these apart on any machine.

    Only processor time of this thread counts, so a busy machine makes no difference.
    """
    begun = time.thread_time()
    assert answer(sent, "You are a support agent.", *GIVEN.values())
    assert time.thread_time() - begun < 5


def test_it_says_when_it_did_not_read_all():
    sent = [user("My name is Alice"), *history(READ_ITEMS, "What's {} + 1?"), user("What's my name?")]
    assert answer(sent, None, [], []) == "Nothing in what I read says what your name is."
    sent[-1] = user("What can you see?")
    assert "2,002 items and read the newest 2,000" in answer(sent, None, [], [])
    assert answer(sent[:1] + sent[-2:] + [user("What's my name?")], None, [], []) == "Your name is Alice."
