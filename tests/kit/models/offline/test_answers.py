"""What the offline model understands: statements and their corrections, sums, tools, handoffs and roles."""

import json
from fractions import Fraction

import pytest
from agents import Agent, function_tool, handoff

from lessons.kit.items import Item
from lessons.kit.models.offline.answers import answer
from lessons.kit.models.offline.language import arithmetic
from lessons.kit.models.offline.language.facts import facts_in
from lessons.kit.models.offline.language.statements import stated
from lessons.kit.models.offline.tools import Call


@function_tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"{city} is sunny"


def user(text):
    return {"role": "user", "content": text}


def said(*texts, tools=(), handoffs=(), instructions=None):
    """What the model says or calls after these messages of the user."""
    return answer([user(text) for text in texts], instructions, list(tools), list(handoffs))


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
        "Tell me what is my favorite color",
        "what is my favorite color",
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
        (("My name is Alice", "The sky is blue", "No, it's Green"), "What's my name?", "Your name is Alice."),
        (("My dog's name is Rex",), "What's my name?", "Nothing in what I was sent says what your name is."),
        (("My name is Alice",), "What's my dog's name?", "Nothing in what I was sent says what your dog's name is."),
        (("My name is Alice",), "Is my name Bob?", "No: your name is Alice."),
        (("My name is Alice. What's my name?",), "And what is my name?", "Your name is Alice."),
        (("I live in Oslo",), "Can you tell me where I live?", "You live in Oslo."),
        (("Please remember that the meeting is at 5pm",), "When is the meeting?",
         "You asked me to remember: the meeting is at 5pm."),
        (("We talked about Paris yesterday",), "What have we talked about?", "You wrote: “We talked about Paris yesterday”."),
        (("What's the capital of Norway?",), "And Sweden?", "The capital of Sweden is Stockholm."),
    ],
)  # fmt: skip
def test_the_latest_statement_counts(texts, question, reply):
    assert said(*texts, question) == reply


def test_only_the_users_own_words_and_notes_say_who_the_user_is():
    items = [{"role": "assistant", "content": "My name is Botty. I work as a helper."}, user("What's my name?")]
    said_of_it = answer(items, "My name is Instruction.", [], [])
    assert not any(name in said_of_it for name in ("Botty", "Instruction"))
    assert answer(items, "The user's name is Carol.", [], []) == "Your name is Carol."


def test_a_summary_can_stand_in_for_the_conversation():
    told = ("My name is Alice", "I teach mathematics", "My favorite color is blue", "I don't like tea", "I have two cats",
            "I am 30 years old", "Remember this: secret123", "I live in Oslo with my wife",
            "I want to visit Japan next month")  # fmt: skip
    summary = said(*told, "Summarize our conversation so far")
    kept = facts_in([Item("assistant", summary, len(summary))])
    assert "your" not in summary.partition("The last message")[0]
    assert [fact.said for fact in kept] == [fact.said for text in told for fact in stated(text)]


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("What's 2 + 2?", "2 + 2 = 4."),
        ("two plus two", "2 + 2 = 4."),
        ("What is 12 divided by 8?", "12 / 8 = 1.5."),
        ("What's the sum of 4 and 5?", "4 + 5 = 9."),
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
def test_what_is_not_a_sum_is_not_worked_out(text):
    assert arithmetic.find_sum(text) is None


def test_a_sum_is_exact_and_bounded():
    assert arithmetic.value("1/3*3") == Fraction(1)
    assert arithmetic.value("-(2+3)*4") == -20
    assert arithmetic.value("+".join(["1"] * 1000)) is None
    assert arithmetic.value("(" * 50 + "1" + ")" * 50) is None
    assert arithmetic.value("__import__('os')") is None


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


def test_an_agent_keeps_what_is_more_its_own_than_the_others():
    others = [handoff(Agent(name="support"))]
    text = "I have a problem with the price of the plan, how do I upgrade?"
    assert said(text, handoffs=others) == [Call("transfer_to_support", "{}")]
    assert isinstance(said(text, handoffs=others, instructions="You are a sales agent."), str)


def test_it_answers_of_an_unknown_place_nothing_that_belongs_to_another():
    assert "Paris" not in said("What's the capital of France?", "What's the capital of Atlantis?")


@pytest.mark.parametrize(
    ("instructions", "begins"),
    [
        ("You are a billing agent. Support colleagues help with the rest.", "As billing, "),
        ("Handle technical problems.", "As technical support, "),
        ("Be brief. You are level 2 support.", "As level 2 support, "),
        ("You are a helpful assistant. Never talk about sales.", "I found no rule"),
        ("", "I found no rule"),
        (None, "I found no rule"),
    ],
)
def test_instructions_give_the_role(instructions, begins):
    assert said("Zzz", instructions=instructions).startswith(begins)
