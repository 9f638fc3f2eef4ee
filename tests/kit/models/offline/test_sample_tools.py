"""Tools and handoffs with the offline model, through the real Runner, and the rows that they leave in a session."""

import asyncio

import pytest
from agents import Agent, Runner, SQLiteSession, function_tool

from lessons.kit.models.offline.model import OfflineModel

SALES = "You are a sales agent."
SUPPORT = "You are a support agent."
SALE = ("What premium features do you offer?", "I'm interested in your premium plan but have technical questions.")


def agent(instructions: str = "You are a helpful assistant.", **more) -> Agent:
    return Agent(name="Assistant", instructions=instructions, model=OfflineModel(), **more)


def kinds(items: list) -> list[str]:
    return [item.get("type") or item["role"] for item in items]


@function_tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"{city} is sunny"


@function_tool
def cancel_order(order_id: str, refund: float | None = None) -> str:
    """Cancel an order by its id."""
    return f"cancelled {order_id}, refund {refund}"


@function_tool
def broken_forecast(city: str) -> str:
    """Tell the forecast of a city."""
    raise RuntimeError(city)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_fitting_tool_is_called_once_and_its_output_answers(streamed):
    async def run() -> None:
        session = SQLiteSession("tool")
        talker = agent(tools=[get_weather, cancel_order])
        if streamed:
            result = Runner.run_streamed(talker, "What's the weather in Oslo?", session=session)
            async for _ in result.stream_events():
                pass
        else:
            result = await Runner.run(talker, "What's the weather in Oslo?", session=session)
        items = await session.get_items()
        assert "Oslo is sunny" in result.final_output
        assert kinds(items) == ["user", "function_call", "function_call_output", "message"]
        assert items[1]["name"] == "get_weather"
        assert items[1]["arguments"] == '{"city": "Oslo"}'
        assert items[1]["call_id"] == items[2]["call_id"]
        session.close()

    asyncio.run(run())


def test_tools_are_called_with_what_the_conversation_says():
    async def run() -> None:
        session = SQLiteSession("tools")
        talker = agent(tools=[get_weather, cancel_order])

        async def say(text: str) -> str:
            return (await Runner.run(talker, text, session=session)).final_output

        assert "needs “city”" in await say("What's the weather?")
        assert "Nice to meet you" in await say("My name is Alice")
        assert "Your name is Alice" in await say("What's my name?")
        assert "Rome is sunny" in (reply := await say("What's the weather in Rome and Paris today?"))
        assert "Paris is sunny" in reply
        assert "Bergen is sunny" in await say("And in Bergen?")
        assert "want to visit Peru" in await say("I want to visit Peru")
        assert "Peru is sunny" in await say("What's the weather like there in March?")
        assert "live in Lima" in await say("I live in Lima")
        assert "Lima is sunny" in await say("Will the weather be good?")
        assert "cancelled A-17, refund 20.0" in await say("Refund 20 dollars and cancel order A-17")
        assert "= 4" in await say("What's 2 + 2?")
        calls = [item["name"] for item in await session.get_items() if item.get("type") == "function_call"]
        assert calls == ["get_weather"] * 5 + ["cancel_order"]
        session.close()

    asyncio.run(run())


def test_a_tool_that_fails_is_told_plainly():
    result = asyncio.run(Runner.run(agent(tools=[broken_forecast]), "What's the forecast for Oslo?"))
    assert result.final_output == "The broken_forecast tool failed, so I have no answer from it."


LEVEL_1 = Agent(name="Level 1 Support", instructions="You are level 1 support.", model=OfflineModel())
LEVEL_2 = Agent(name="Level 2 Support", instructions="You are level 2 support.", model=OfflineModel())
BILLING_DESK = Agent(name="billing", instructions="You are a billing agent.", model=OfflineModel())
TECHNICAL_DESK = Agent(name="technical", instructions="You are a technical support agent.", model=OfflineModel())
SUPPORT_DESK = Agent(name="support", instructions=SUPPORT, model=OfflineModel())
LEVELS, DEPARTMENTS = (LEVEL_1, LEVEL_2), (TECHNICAL_DESK, BILLING_DESK, SUPPORT_DESK)


@pytest.mark.parametrize(
    ("message", "handoffs", "taker", "word"),
    [
        ("My enterprise deployment is failing with error code 5000", LEVELS, "Level 2 Support", "error code 5000"),
        ("I forgot my password", LEVELS, "Level 1 Support", "password"),
        ("I have a billing question", DEPARTMENTS, "billing", "As billing"),
        ("Can you help with my invoice?", DEPARTMENTS, "billing", "As billing"),
        ("The mobile app also crashes on startup", DEPARTMENTS, "technical", "As technical"),
        ("I'm having issues with my account", DEPARTMENTS, "support", "As support"),
    ],
)
def test_triage_hands_off_to_the_fitting_agent(message, handoffs, taker, word):
    async def run() -> None:
        session = SQLiteSession("handoff")
        triage = agent("You are triage. Hand off to the right agent.", handoffs=list(handoffs))
        result = await Runner.run(triage, message, session=session)
        items = await session.get_items()
        assert result.last_agent.name == taker
        assert word in result.final_output
        assert kinds(items) == ["user", "function_call", "function_call_output", "message"]
        assert items[1]["name"] == f"transfer_to_{taker.lower().replace(' ', '_')}"
        assert taker in items[2]["output"]
        session.close()

    asyncio.run(run())


@pytest.mark.parametrize("message", ["What's my name?", "My name is Alice", "What's 2 + 2?", "Good morning"])
def test_triage_keeps_what_no_other_agent_is_for(message):
    triage = agent("You are triage. Hand off to the right agent.", handoffs=[*LEVELS, *DEPARTMENTS])
    assert asyncio.run(Runner.run(triage, message)).last_agent.name == "Assistant"


def test_two_agents_that_could_hand_off_to_each_other_do_not_go_round():
    async def run() -> None:
        sales = Agent(name="sales", instructions=SALES, model=OfflineModel())
        support = Agent(name="support", instructions=SUPPORT, model=OfflineModel(), handoffs=[sales])
        sales.handoffs = [support]
        session = SQLiteSession("round")
        first = await Runner.run(sales, SALE[0], session=session)
        second = await Runner.run(sales, SALE[1], session=session)
        third = await Runner.run(sales, "How do I upgrade?", session=session)
        takers = [result.last_agent.name for result in (first, second, third)]
        assert takers == ["sales", "support", "sales"]
        assert "premium features" in second.final_output
        session.close()

    asyncio.run(run())
