"""Who reads a session: the SDK for a run, or the code of the turn."""

import asyncio

import pytest
from agents import Agent, Runner, SQLiteSession
from agents.extensions.memory import EncryptedSession

from lessons.kit.ledger.caller import called_by_the_sdk
from lessons.kit.models.offline.model import OfflineModel


class Asked:
    """Wraps get_items of a session instance, as the recorder does, and notes who calls it."""

    def __init__(self, session):
        self.answers = []
        original = session.get_items

        async def get_items(*args, **kwargs):
            self.answers.append(called_by_the_sdk())
            return await original(*args, **kwargs)

        session.get_items = get_items


@pytest.fixture
def session():
    return SQLiteSession("alice")


@pytest.fixture
def agent():
    return Agent(name="Assistant", model=OfflineModel())


def test_a_call_by_the_runner_comes_from_the_sdk(session, agent):
    asked = Asked(session)
    asyncio.run(Runner.run(agent, "Hello", session=session))
    assert asked.answers == [True]


def test_a_call_by_a_streamed_and_by_a_blocking_run_comes_from_the_sdk(session, agent):
    asked = Asked(session)

    async def stream():
        async for _ in Runner.run_streamed(agent, "Hello", session=session).stream_events():
            pass

    asyncio.run(stream())
    asyncio.set_event_loop(asyncio.new_event_loop())
    Runner.run_sync(agent, "Hello", session=session)
    asyncio.get_event_loop().close()
    asyncio.set_event_loop(None)
    assert asked.answers == [True, True]


def test_a_call_by_the_code_of_a_learner_does_not(session):
    asked = Asked(session)

    async def read_twice():
        await session.get_items()
        await asyncio.ensure_future(read())

    async def read():
        return await session.get_items()

    asyncio.run(read_twice())
    assert asked.answers == [False, False]


def test_a_session_that_is_wrapped_is_called_by_the_session_around_it(session):
    """The session around it is a class of the SDK, so the recorder counts a read for a run only on the outer session."""
    outer = EncryptedSession("alice", session, "k" * 40)
    inner_asked, outer_asked = Asked(session), Asked(outer)
    asyncio.run(outer.get_items())
    assert (outer_asked.answers, inner_asked.answers) == ([False], [True])


def test_a_module_whose_name_only_begins_like_the_sdk_is_not_the_sdk():
    calling = {"__name__": "agents_of_mine", "ask": called_by_the_sdk}
    exec("def function():\n    return ask()\n\ndef caller():\n    return function()", calling)
    assert calling["caller"]() is False
    calling["__name__"] = "agents.memory"
    assert calling["caller"]() is True
