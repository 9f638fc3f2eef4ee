"""The conversations that the course shows, run with the offline model, the real Runner and real sessions.

With its history the answer must be there. In a fresh session, and with the history cut by a limit, it must not.
"""

import asyncio
from dataclasses import dataclass, field

import pytest
from agents import Agent, RunConfig, Runner, SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession

from lessons.kit.models.offline.model import OfflineModel

NEUTRAL = "You are a helpful assistant."
SUPPORT = "You are a support agent."
BILLING = "You are a billing agent."
TECHNICAL = "You are a technical support agent."
SALES = "You are a sales agent."
RESEARCHER = "You are a researcher."
WRITER = "You are a writer."


@dataclass(frozen=True)
class Sample:
    """What was said before, a question, and the words that the reply has only because of what was said before."""

    name: str
    before: tuple[str, ...]
    question: str
    words: tuple[str, ...]
    instructions: str = NEUTRAL
    earlier_instructions: tuple[str, ...] = field(default=())

    def turns(self) -> list[tuple[str, str]]:
        """The earlier turns, each with the instructions of the agent that took it."""
        given = self.earlier_instructions or (self.instructions,) * len(self.before)
        return list(zip(given, self.before, strict=True))


GOLDEN_GATE = ("What city is the Golden Gate Bridge in?", "What state is it in?")
JAPAN = ("I want to visit Japan next month", "What's the weather like there in March?")
DESKS = ("I'm having issues with my account", "Check my recent charges")
SALE = ("What premium features do you offer?", "I'm interested in your premium plan but have technical questions.")

SAMPLES = (
    Sample("state", GOLDEN_GATE[:1], GOLDEN_GATE[1], ("California",)),
    Sample("population", GOLDEN_GATE, "What's the population of that state?", ("California", "39 million")),
    Sample("name", ("My name is Alice",), "What's my name?", ("Alice",)),
    Sample("name corrected", ("My name is Bob", "Actually, my name is Alice"), "What's my name?", ("Alice",)),
    Sample("work", ("I work as a developer",), "What do I do for work?", ("developer",)),
    Sample("teaching", ("I work as a teacher.", "I teach mathematics."), "What do I teach?", ("mathematics",)),
    Sample("job", ("I work as a teacher.", "I teach maths."), "What do I do for work?", ("teacher", "maths")),
    Sample("color", ("My favorite color is blue",), "What's my favorite colour?", ("blue",)),
    Sample("outdoors", ("I love hiking in Colorado",), "What could I do this weekend?", ("hiking", "Rocky Mountain")),
    Sample("hobbies", ("I also love hiking and photography",), "What hobbies do I have?", ("hiking", "photography")),
    Sample("anything", ("My name is Alice", "I live in Oslo"), "Do you know anything about me?", ("Alice", "Oslo")),
    Sample("secret", ("Remember this: secret123",), "What did I ask you to remember?", ("secret123",)),
    Sample("weather there", JAPAN[:1], JAPAN[1], ("Japan", "March")),
    Sample("hotels", JAPAN, "What about hotels?", ("Japan", "hotels", "next month")),
    Sample("bags", ("I prefer sustainable and eco-friendly products",), "Show me some laptop bags",
           ("sustainable", "eco-friendly", "recycled")),
    Sample("billing", DESKS[:1], DESKS[1], ("issues with my account",), BILLING, (SUPPORT,)),
    Sample("technical", DESKS, "The mobile app also crashes on startup", ("issues with my account", "recent charges"),
           TECHNICAL, (SUPPORT, BILLING)),
    Sample("account", ("I forgot my password", "My email is alice@example.com"), "Did you find my account?",
           ("alice@example.com", "forgot my password"), SUPPORT),
    Sample("invoice", ("I have a billing question",), "Can you help with my invoice?", ("billing question",), BILLING),
    Sample("sales to support", SALE[:1], SALE[1], ("premium features",), SUPPORT, (SALES,)),
    Sample("upgrade", SALE, "How do I upgrade?", ("premium plan",), SALES, (SALES, SUPPORT)),
    Sample("database", ("We're building a mobile app for food delivery",), "What database should we use?",
           ("food delivery", "PostgreSQL")),
    Sample("web", ("Tell me about Python",), "What are the best web frameworks?", ("Python", "Django")),
    Sample("data", ("Tell me about Python",), "What about data science libraries?", ("Python", "pandas")),
    Sample("research", ("Research AI safety",), "Summarize the research", ("AI safety", "alignment"),
           WRITER, (RESEARCHER,)),
    Sample("just said", ("The sky is green",), "What did I just say?", ("The sky is green",)),
    Sample("talked about", ("Tell me about Python", "The sky is green"), "What have we talked about?",
           ("Python", "The sky is green")),
    Sample("result", ("What's 2 + 3?",), "Multiply that by 10", ("50",)),
)  # fmt: skip

SAID_AT_ONCE = (
    ("What city is the Golden Gate Bridge in?", NEUTRAL, ("San Francisco",)),
    ("What's 2 + 2?", NEUTRAL, ("= 4",)),
    ("My name is Alice", NEUTRAL, ("Alice",)),
    ("I love hiking in Colorado", NEUTRAL, ("hiking in Colorado", "Rocky Mountain")),
    ("I'm having issues with my account", SUPPORT, ("As support", "account")),
    ("Check my recent charges", BILLING, ("As billing", "charges")),
    ("What premium features do you offer?", SALES, ("As sales", "premium plan")),
    ("Tell me about Python", NEUTRAL, ("Python", "language")),
    ("Research AI safety", RESEARCHER, ("As the researcher", "alignment", "oversight")),
    ("Compose an opera for three owls", NEUTRAL, ("rule-based stand-in", "1 item (1 from you)")),
    ("What's the weather in Oslo?", NEUTRAL, ("no weather tool", "Oslo")),
)


def agent(instructions: str) -> Agent:
    return Agent(name="Assistant", instructions=instructions, model=OfflineModel())


async def talk(session: SQLiteSession, turns: list[tuple[str, str]], **more) -> str:
    """Run these turns one after the other. Returns the reply to the last one."""
    reply = ""
    for instructions, text in turns:
        reply = (await Runner.run(agent(instructions), text, session=session, **more)).final_output
    return reply


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_answer_comes_from_the_history(sample):
    async def run() -> None:
        session = SQLiteSession("whole")
        reply = await talk(session, [*sample.turns(), (sample.instructions, sample.question)])
        assert [word for word in sample.words if word not in reply] == [], reply
        session.close()

    asyncio.run(run())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_fresh_session_does_not_know(sample):
    async def run() -> None:
        told, fresh = SQLiteSession("told"), SQLiteSession("fresh")
        await talk(told, sample.turns())
        reply = await talk(fresh, [(sample.instructions, sample.question)])
        memories = [word for word in sample.words if word not in sample.question]
        assert memories
        assert [word for word in memories if word in reply] == [], reply
        told.close()
        fresh.close()

    asyncio.run(run())


@pytest.mark.parametrize("sample", [each for each in SAMPLES if each.name != "just said"], ids=lambda each: each.name)
def test_a_limit_cuts_the_memory_and_the_rows_stay(sample):
    async def run() -> None:
        session = SQLiteSession("limited")
        await talk(session, [*sample.turns(), (NEUTRAL, "Compose an opera")])
        config = RunConfig(session_settings={"limit": 1})
        reply = await talk(session, [(sample.instructions, sample.question)], run_config=config)
        memories = [word for word in sample.words if word not in sample.question]
        assert [word for word in memories if word in reply] == [], reply
        assert len(await session.get_items()) == 2 * (len(sample.before) + 2)
        session.close()

    asyncio.run(run())


@pytest.mark.parametrize("sample", SAMPLES[::5], ids=lambda sample: sample.name)
def test_a_streamed_turn_answers_and_stores_the_same(sample):
    async def run() -> None:
        plain, streamed = SQLiteSession("plain"), SQLiteSession("streamed")
        for session in (plain, streamed):
            await talk(session, sample.turns())
        expected = await Runner.run(agent(sample.instructions), sample.question, session=plain)
        result = Runner.run_streamed(agent(sample.instructions), sample.question, session=streamed)
        deltas = [
            event.data.delta
            async for event in result.stream_events()
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta"
        ]
        assert "".join(deltas) == result.final_output == expected.final_output
        assert len(deltas) == len(result.final_output.split())
        texts = [[item["content"] for item in await each.get_items()][-2:] for each in (plain, streamed)]
        assert texts[0] == texts[1]
        plain.close()
        streamed.close()

    asyncio.run(run())


@pytest.mark.parametrize(("question", "instructions", "words"), SAID_AT_ONCE)
def test_a_first_message_is_answered(question, instructions, words):
    reply = asyncio.run(talk(SQLiteSession("first"), [(instructions, question)]))
    assert [word for word in words if word not in reply] == [], reply


def test_a_popped_sum_is_forgotten():
    async def run() -> None:
        session = SQLiteSession("corrected")
        assert "= 4" in await talk(session, [(NEUTRAL, "What's 2 + 2?")])
        await session.pop_item()
        await session.pop_item()
        assert "= 5" in await talk(session, [(NEUTRAL, "What's 2 + 3?")])
        assert "2 + 2" not in await talk(session, [(NEUTRAL, "What have we talked about?")])
        session.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("items", "question", "words"),
    [
        ([{"role": "user", "content": "I also love hiking and photography"}], "What hobbies do I have?", ("hiking",)),
        ([{"role": "system", "content": "The user's name is Alice."}], "What's my name?", ("Alice",)),
        ([{"role": "system", "content": "The user prefers vegan food."}], "What do I prefer?", ("vegan food",)),
        ([{"role": "developer", "content": "You are talking to Bob Jones."}], "Who am I?", ("Bob Jones",)),
        (
            [{"role": "user", "content": "My dog's name is Rex"}, {"role": "assistant", "content": "What a name."}],
            "What's my dog's name?",
            ("Rex",),
        ),
        (
            [{"role": "assistant", "content": "Summary: The user works as a developer."}],
            "What's my job?",
            ("developer",),
        ),
    ],
)
def test_added_items_are_used_until_they_are_cleared(items, question, words):
    async def run() -> None:
        session = SQLiteSession("injected")
        await session.add_items(items)
        reply = await talk(session, [(NEUTRAL, question)])
        assert [word for word in words if word not in reply] == [], reply
        await session.clear_session()
        reply = await talk(session, [(NEUTRAL, question)])
        assert [word for word in words if word in reply] == [], reply
        session.close()

    asyncio.run(run())


def test_after_a_clear_nothing_is_known_about_the_user():
    async def run() -> None:
        session = SQLiteSession("cleared")
        await talk(session, [(NEUTRAL, "My name is Alice"), (NEUTRAL, "I live in Oslo")])
        await session.clear_session()
        assert "Nothing" in await talk(session, [(NEUTRAL, "Do you know anything about me?")])
        session.close()

    asyncio.run(run())


def test_each_branch_goes_on_with_its_own_question():
    async def run() -> None:
        session = AdvancedSQLiteSession(session_id="branches", create_tables=True)
        await talk(session, [(NEUTRAL, "Tell me about Python"), (NEUTRAL, "What are the best web frameworks?")])
        await session.create_branch_from_turn(2, "data")
        reply = await talk(session, [(NEUTRAL, "What about data science libraries?")])
        assert "pandas" in reply
        assert "web frameworks" not in await talk(session, [(NEUTRAL, "What have we talked about?")])
        await session.switch_to_branch("main")
        assert "web frameworks" in await talk(session, [(NEUTRAL, "What have we talked about?")])
        session.close()

    asyncio.run(run())
