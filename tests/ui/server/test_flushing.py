"""What many pages have drawn is sent without a look at everything else after each message."""

import asyncio
import inspect
import time

import pytest
from streamlit.runtime import runtime

from lessons.ui.server import flushing
from lessons.ui.server.flushing import NAME, FewerMoments, flush_in_one_go


async def moments_of_others(sending: FewerMoments, messages: int) -> int:
    """How often another task comes while so many messages are sent."""
    moments = 0

    async def other() -> None:
        nonlocal moments
        while True:
            moments += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for _ in range(messages):
        await sending.sleep(0)
    task.cancel()
    return moments


def test_the_loop_that_sends_messages_takes_one_moment_for_all_of_a_page(monkeypatch: pytest.MonkeyPatch):
    assert "await asyncio.sleep(0)" in inspect.getsource(runtime.Runtime._loop_coroutine)
    monkeypatch.setattr(runtime, NAME, asyncio)
    monkeypatch.setattr(flushing, "IN_ONE_GO_SECONDS", 60)
    flush_in_one_go()
    sending = getattr(runtime, NAME)
    assert sending.create_task is asyncio.create_task
    assert asyncio.run(moments_of_others(sending, 1)) >= 1
    assert asyncio.run(moments_of_others(sending, 1_000)) == 0


def test_everything_else_still_has_its_moment_while_messages_are_sent_for_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flushing, "IN_ONE_GO_SECONDS", 0)
    assert asyncio.run(moments_of_others(FewerMoments(), 1_000)) >= 1_000


def test_a_wait_between_two_rounds_is_still_a_wait():
    begun = time.monotonic()
    asyncio.run(FewerMoments().sleep(0.02))
    assert time.monotonic() - begun >= 0.02
