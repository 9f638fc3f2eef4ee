"""The offline model as a Model of the SDK: its ids, its stream, its usage, and that no input breaks it or slows it down."""

import asyncio
import importlib.util
import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from agents import Agent, ModelSettings, Runner, SQLiteSession, function_tool, handoff
from agents.models.interface import ModelTracing
from openai.types.responses import ResponseFunctionToolCall

from lessons.kit import offline_arithmetic, offline_model
from lessons.kit.items import Item
from lessons.kit.offline_answers import WHAT_IT_IS, answer
from lessons.kit.offline_facts import facts_in
from lessons.kit.offline_model import OFFLINE_MODEL_NAME, OfflineModel, estimated_tokens, is_estimate
from lessons.kit.offline_request import READ_ITEMS
from lessons.kit.offline_statements import stated
from lessons.kit.offline_tools import Call


@function_tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"{city} is sunny"


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


def said(*texts, tools=(), handoffs=(), instructions=None):
    """What the model says or calls after these messages of the user."""
    return answer([user(text) for text in texts], instructions, list(tools), list(handoffs))


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
        assert is_estimate(response.response_id)
        assert response.raw_usage["estimated"] is True
        assert usage.requests == 1
        assert usage.input_tokens > 0
        assert usage.output_tokens > 0
        assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert long.usage.input_tokens - short.usage.input_tokens == pytest.approx(300, abs=2)
    assert not is_estimate("resp_1")
    assert not is_estimate(None)


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
    assert is_estimate(streamed.id)


def test_a_pace_slows_the_stream_and_nothing_else():
    async def run():
        slow = OfflineModel(seconds_per_word=0.004)
        begun = time.perf_counter()
        events = await stream("My name is Alice", model=slow)
        words = sum(event.type == "response.output_text.delta" for event in events)
        assert time.perf_counter() - begun >= 0.004 * words > 0
        await asyncio.wait_for(respond("My name is Alice", model=OfflineModel(seconds_per_word=60)), 5)

    asyncio.run(run())


def test_a_slow_stream_can_be_cancelled():
    async def run():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stream("Hello", model=OfflineModel(seconds_per_word=60)), 0.05)

    asyncio.run(run())


# What the user stated


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my name's Bob", ["your name is Bob"]),
        ("I’m Zoë", ["your name is Zoë"]),
        ("hi, my name is alice", ["your name is Alice"]),
        ("Hi, I'm Alice Smith, can you help?", ["your name is Alice Smith"]),
        ("You can call me Sam.", ["your name is Sam"]),
        ("Please call me Xu", ["your name is Xu"]),
        ("My name is Alice and I work as a developer.", ["your name is Alice", "you work as a developer"]),
        ("I live in Oslo with my wife, my favourite food is pizza",
         ["you live in Oslo with your wife", "your favourite food is pizza"]),
        ("Blue is my favorite color", ["your favorite color is Blue"]),
        ("my favorite color is blue, not red", ["your favorite color is blue"]),
        ("I'd like to visit Peru", ["you want to visit Peru"]),
        ("I'm a nurse", ["you are a nurse"]),
        ("I don't like mushrooms", ["you do not like mushrooms"]),
        ("Can you remember that my wife is called Eve?",
         ["you asked me to remember: your wife is called Eve", "your wife is Eve"]),
        ("My order number is 12-345.", ["your order number is 12-345"]),
    ],
)  # fmt: skip
def test_a_statement_is_understood(text, expected):
    assert [fact.said for fact in stated(text.replace("’", "'"))] == expected


@pytest.mark.parametrize(
    "text",
    [
        "I'm interested",
        "I'm having issues with my account",
        "I'm Having issues",
        "I'm Alice's friend",
        "I'm not Bob",
        "I'm Norwegian",
        "My name is not Bob",
        "call me tomorrow",
        "Do you know what my name is?",
        "Is my name Bob?",
        "If my name is Bob, what then?",
        "Tell me what my favorite color is",
        "I love it",
        "I have a billing question",
        "The sky is blue",
        "Remember me?",
        "You are a helpful assistant.",
    ],
)
def test_what_states_nothing_is_not_taken_for_a_fact(text):
    assert [fact for fact in stated(text) if fact.kind != "interest"] == []


@pytest.mark.parametrize(
    ("texts", "question", "reply"),
    [
        (("My name is Bob", "My name is Alice"), "What's my name?", "Your name is Alice."),
        (("My name is Bob", "No, it's Alice"), "Who am I?", "Your name is Alice."),
        (("My favorite color is blue", "Sorry, I meant green"), "What's my favorite color?",
         "Your favorite color is green."),
        (("I like tea", "I hate tea"), "What do I like?", "Nothing in what I was sent says what you like to do."),
        (("I live in Oslo", "I no longer live in Oslo"), "Where do I live?",
         "Nothing in what I was sent says where you live."),
        (("My name is Alice", "It's raining"), "What's my name?", "Your name is Alice."),
        (("My dog's name is Rex",), "What's my name?", "Nothing in what I was sent says what your name is."),
        (("My name is Alice",), "What's my dog's name?", "Nothing in what I was sent says what your dog's name is."),
        (("My name is Alice",), "Is my name Bob?", "No: your name is Alice."),
        (("My name is Alice. What's my name?",), "And what is my name?", "Your name is Alice."),
    ],
)  # fmt: skip
def test_the_latest_statement_counts(texts, question, reply):
    assert said(*texts, question) == reply


def test_only_the_users_own_words_and_notes_say_who_the_user_is():
    items = [{"role": "assistant", "content": "My name is Botty. I work as a helper."}, user("What's my name?")]
    assert "Nothing" in answer(items, "My name is Instruction.", [], [])
    assert answer(items, "The user's name is Carol.", [], []) == "Your name is Carol."


def test_a_summary_can_stand_in_for_the_conversation():
    told = ("My name is Alice", "I teach mathematics", "My favorite color is blue", "I don't like tea", "I have two cats",
            "I am 30 years old", "Remember this: secret123", "I want to visit Japan next month")  # fmt: skip
    summary = said(*told, "Summarize our conversation so far")
    kept = facts_in([Item("assistant", summary, len(summary))])
    assert [fact.said for fact in kept] == [fact.said for text in told for fact in stated(text)]


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("What's 2 + 2?", "2 + 2 = 4."),
        ("two plus two", "2 + 2 = 4."),
        ("What is 12 divided by 8?", "12 / 8 = 1.5."),
        ("12*(3-1)", "12 * (3 - 1) = 24."),
        ("0.1+0.2", "0.1 + 0.2 = 0.3."),
        ("What's -3 - -4?", "-3 - -4 = 1."),
        ("What's 10 / 3?", "10 / 3 = about 3.33333333333."),
        ("How much is 1,000 times 1,000?", "1000 * 1000 = 1,000,000."),
        ("What's 7 / 0?", "7 / 0 has no answer: a number cannot be divided by zero."),
        ("What's 1 / (2 - 2)", "1 / (2 - 2) has no answer: a number cannot be divided by zero."),
    ],
)
def test_sums_are_worked_out(text, reply):
    assert said(text) == reply


@pytest.mark.parametrize(
    "text",
    ["on 2024-01-15", "call 555-1234", "24/7 support", "2 ** 3", "(1 + 2", "1 +", "1.2.3 + 4", "a1+2", "1" * 99 + "+1"],
)
def test_what_is_no_sum_is_not_worked_out(text):
    assert offline_arithmetic.find_sum(text) is None


def test_a_sum_is_exact_and_bounded():
    assert offline_arithmetic.value("1/3*3") == Fraction(1)
    assert offline_arithmetic.value("-(2+3)*4") == -20
    assert offline_arithmetic.value("+".join(["1"] * 1000)) is None
    assert offline_arithmetic.value("(" * 50 + "1" + ")" * 50) is None
    assert offline_arithmetic.value("__import__('os')") is None


# Tools and handoffs


@function_tool
def delete_file(path: str, really: bool = True) -> str:
    """Delete a file."""
    return path


@function_tool
def add_numbers(a: int, b: float, unit: str | None) -> str:
    """Add two numbers."""
    return str(a + b)


@function_tool
def send_email(email: str, text: str) -> str:
    """Send an email."""
    return email


@pytest.mark.parametrize(
    ("tool", "texts", "arguments"),
    [
        (delete_file, ("Delete the file notes/old.txt",), {"path": "notes/old.txt", "really": True}),
        (add_numbers, ("What's 2 + 3.5?",), {"a": 2, "b": 3.5, "unit": "What's 2 + 3.5?"}),
        (send_email, ("My email is al@example.com", 'Send me an email with "hello there"'),
         {"email": "al@example.com", "text": "hello there"}),
        (get_weather, ("what's the weather in new york today?",), {"city": "New York"}),
        (get_weather, ("Oslo weather?",), {"city": "Oslo"}),
        (get_weather, ("Will it rain in São Paulo tomorrow?",), {"city": "São Paulo"}),
    ],
)  # fmt: skip
def test_parameters_are_filled_by_name_and_type(tool, texts, arguments):
    (call,) = said(*texts, tools=[tool])
    assert (call.name, json.loads(call.arguments)) == (tool.name, arguments)


@pytest.mark.parametrize(
    "text",
    [
        "What city is the Golden Gate Bridge in?",
        "My email is al@example.com",
        "Tell me about Python",
        "Hello",
        "I love rain",
    ],
)
def test_a_tool_that_does_not_fit_is_left_alone(text):
    assert isinstance(said(text, tools=[get_weather, send_email, delete_file]), str)


def test_a_tool_output_ends_the_turn():
    call = {"type": "function_call", "name": "get_weather", "call_id": "c", "arguments": "{broken"}
    for output in ("Oslo is sunny", [{"type": "input_text", "text": "Oslo is sunny"}]):
        items = [
            user("What's the weather in Oslo?"),
            call,
            {"type": "function_call_output", "call_id": "c", "output": output},
        ]
        assert answer(items, None, [get_weather], []) == "The get_weather tool says: Oslo is sunny."


def test_a_schema_of_any_shape_does_no_harm():
    tool = function_tool(lambda city: city, name_override="get_weather", description_override="", strict_mode=False)
    for schema in ({}, {"properties": None}, {"properties": {"city": None}, "required": ["city"]}, [], None,
                   {"properties": {"x": {"type": ["null"]}, "y": {"$ref": "#/none"}, "z": {"anyOf": [3]}}, "required": 5},
                   {"properties": {"x": {"type": "object"}}, "required": ["x"]}):  # fmt: skip
        tool.params_json_schema = schema
        assert said("What's the weather in Oslo?", tools=[tool])


def test_a_handoff_goes_to_the_described_agent_and_not_twice_in_a_turn():
    billing = handoff(Agent(name="Desk A", handoff_description="Invoices, charges and refunds"))
    other = handoff(Agent(name="Desk B", handoff_description="Broken parcels"))
    text = "I want a refund for the last charge"
    assert said(text, handoffs=[other, billing]) == [Call("transfer_to_desk_a", "{}")]
    taken = [{"type": "function_call", "name": "transfer_to_desk_a", "call_id": "c", "arguments": "{}"},
             {"type": "function_call_output", "call_id": "c", "output": '{"assistant": "Desk A"}'}]  # fmt: skip
    assert isinstance(answer([user(text), *taken], None, [], [billing, other]), str)


@pytest.mark.parametrize(
    ("instructions", "begins"),
    [
        ("You are a billing agent. Support colleagues help with the rest.", "As billing, "),
        ("Handle technical problems.", "As technical support, "),
        ("Be brief. You are level 2 support.", "As level 2 support, "),
        ("You are a helpful assistant. Never talk about sales.", WHAT_IT_IS),
        ("", WHAT_IT_IS),
        (None, WHAT_IT_IS),
    ],
)
def test_instructions_give_the_role(instructions, begins):
    assert said("Zzz", instructions=instructions).startswith(begins)


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
STRANGE_TEXTS = ("", " ", "?", "\x00", "\ud800", "my my my is is", "I'm", "remember this:", "(" * 3000, "1/0" * 900, "é" * 9000,
                 "My name is " * 900, "weather in " * 900, "research " * 900, "no, it's " * 900, "the user's " * 900,
                 "show me " * 900, "what's my " * 900, "a@" * 2000, '"' * 2000, "\n" * 9000, "I am\n" * 2000)  # fmt: skip


@pytest.mark.parametrize("streamed", [False, True])
def test_no_input_breaks_it(streamed):
    """Every pair of strange items, then every strange text as a message, with tools and a handoff at hand."""
    given = {"tools": [get_weather, send_email, add_numbers], "handoffs": [handoff(Agent(name="billing"))]}
    inputs = [[*pair] for pair in itertools.product(STRANGE_ITEMS, repeat=2)] + [None, []]
    inputs += [form for text in STRANGE_TEXTS for form in (text, [user(text)], [user("My name is Alice"), user(text)])]

    async def run():
        for sent in inputs:
            response = (await stream(sent, **given))[-1].response if streamed else await respond(sent, **given)
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
        assert "5 items (2 from you)" in result.final_output
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
    """Tens of milliseconds here; the bound leaves room for a slow and busy machine."""
    given = {"tools": [get_weather, send_email], "handoffs": [handoff(Agent(name="billing"))]}
    spent = []
    for _ in range(3):
        begun = time.perf_counter()
        assert answer(sent, "You are a support agent.", *map(list, given.values()))
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 0.5


def test_it_says_when_it_did_not_read_all():
    sent = [user("My name is Alice"), *history(READ_ITEMS, "Nothing {}"), user("What's my name?")]
    assert answer(sent, None, [], []) == "Nothing in what I read says what your name is."
    sent[-1] = user("What can you see?")
    assert "2,002 items and read the newest 2,000" in answer(sent, None, [], [])
    assert answer(sent[:1] + sent[-2:] + [user("What's my name?")], None, [], []) == "Your name is Alice."
