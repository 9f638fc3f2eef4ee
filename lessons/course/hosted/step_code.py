"""The agent and the code of the steps of Hosted conversations."""

from agents import (
    Agent,
    OpenAIConversationsSession,
    OpenAIResponsesCompactionSession,
    RunConfig,
    Runner,
    SessionSettings,
)
from agents.models.interface import Model


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one short sentence.", model=model)


async def tell_your_name(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


async def ask_what_it_remembers(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


async def read_the_newest_two(session):
    return await session.get_items(limit=2)


async def read_none(session):
    return await session.get_items(limit=0)


async def add_many(session):
    notes = [{"role": "user", "content": f"Note {n}"} for n in range(1, 46)]
    await session.add_items(notes)
    return len(await session.get_items())


async def add_many_in_parts(session):
    notes = [{"role": "user", "content": f"Note {n}"} for n in range(1, 46)]
    for first in range(0, 45, 20):  # this SDK sends one request, and the service takes 20 items
        await session.add_items(notes[first : first + 20])
    return len(await session.get_items())


async def pop_one(session):
    return await session.pop_item()


async def ask_for_the_id(open_session):
    session = open_session("new_chat")
    try:
        before = session.session_id
    except ValueError as error:
        before = f"{type(error).__name__}: {error}"
    await session.get_items()
    return [before, session.session_id]


async def resume_after_a_restart(agent, session, open_session, restart):
    await session.get_items()
    conversation_id = session.session_id  # keep it, in your own database
    restart()
    resumed = open_session("alice", conversation_id=conversation_id)
    return await Runner.run(agent, "What's my name?", session=resumed)


async def clear_and_ask(agent, session):
    await session.clear_session()
    return await Runner.run(agent, "What's my name?", session=session)


async def what_it_cannot_do(session):
    said = []
    for attempt in (
        lambda: OpenAIConversationsSession("alice"),
        lambda: OpenAIResponsesCompactionSession("alice", session),
    ):
        try:
            attempt()
        except (TypeError, ValueError) as error:
            said.append(f"{type(error).__name__}: {error}")
    return said


async def compact_by_hand(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    await session.run_compaction({"force": True, "compaction_mode": "input"})
    return await session.get_items()


def three_replies(found):
    items = found["compaction_candidate_items"]
    return sum(item.get("type") == "message" for item in items) >= 3


async def compact_with_a_limit(agent, open_session):
    session = open_session("long_chat", should_trigger_compaction=three_replies)
    two = RunConfig(session_settings=SessionSettings(limit=2))
    await Runner.run(agent, "What's 1 + 1?", session=session, run_config=two)
    await Runner.run(agent, "What's 2 + 2?", session=session, run_config=two)
    await Runner.run(agent, "What's 3 + 3?", session=session, run_config=two)
    return await Runner.run(agent, "What's 4 + 4?", session=session)


async def compact_by_response_id(open_session):
    copy = open_session("a_copy", compaction_mode="auto")
    await copy.add_items([{"role": "user", "content": "My name is Alice"}])
    await copy.add_items([{"role": "assistant", "content": "Hello, Alice."}])
    answered_elsewhere = {"force": True, "response_id": "resp_of_another_service"}
    await copy.run_compaction(answered_elsewhere)
    return await copy.get_items()
