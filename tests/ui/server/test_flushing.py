"""What many pages have drawn is sent without giving other tasks a turn after each message."""

import asyncio
import inspect
import time
from contextlib import closing
from functools import partial
from importlib import import_module

import pytest
from streamlit.runtime import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunnerEvent

from lessons.ui.server import flushing
from lessons.ui.server.flushing import (
    EVENT,
    HANDLE,
    KEPT_BYTES,
    MODULE,
    NAME,
    PROTOCOL,
    WAKE,
    FewerMoments,
    Once,
    Together,
    WritesTogether,
    flush_in_one_go,
    write_together,
)


async def moments_of_others(sending: FewerMoments, messages: int) -> int:
    """How often another task gets its turn while this many messages are sent."""
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
    monkeypatch.setattr(AppSession, EVENT, getattr(AppSession, EVENT))  # put back at the end
    monkeypatch.setattr(flushing, "IN_ONE_GO_SECONDS", 60)
    with closing(asyncio.new_event_loop()) as loop:
        flush_in_one_go(loop)
    sending = getattr(runtime, NAME)
    assert sending.create_task is asyncio.create_task
    assert asyncio.run(moments_of_others(sending, 1)) >= 1
    assert asyncio.run(moments_of_others(sending, 1_000)) == 0


def test_everything_else_still_has_its_moment_while_messages_are_sent_for_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flushing, "IN_ONE_GO_SECONDS", 0)
    assert asyncio.run(moments_of_others(FewerMoments(), 1_000)) >= 1_000


def test_between_two_rounds_the_loop_does_not_wait():
    begun = time.monotonic()
    asyncio.run(FewerMoments().sleep(5))
    assert time.monotonic() - begun < 1


async def told(calls: list[bool], seconds: float) -> list[int]:
    """The numbers of the calls that have been made after `seconds`, in order.

    Another thread asks for them. True stands for a call that may wait.
    """
    loop, came = asyncio.get_running_loop(), list[int]()
    together = Together(loop)

    def tell() -> None:
        for number, may_wait in enumerate(calls):
            wake = together.tell(partial(came.append, number), may_wait=may_wait)
            if wake is not None:
                loop.call_soon_threadsafe(wake)

    await asyncio.to_thread(tell)
    await asyncio.sleep(seconds)
    return came


def test_what_a_page_draws_comes_together_and_in_order_and_the_end_brings_it_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flushing, "TOGETHER_SECONDS", 60)
    assert asyncio.run(told([True] * 40, 0.05)) == []
    assert asyncio.run(told([*[True] * 40, False], 0.05)) == list(range(41))


def test_what_a_page_draws_comes_without_its_end_too():
    assert asyncio.run(told([True] * 40, 0.2)) == list(range(40))


class Tab(AppSession):
    """A tab of which only the name of its class is needed."""

    def __init__(self) -> None:
        pass

    def __del__(self) -> None:
        pass


async def told_of_a_run() -> list[list[str]]:
    """What the loop has been told each time that it was told something, of the start of a run and its first element.

    The element comes after 20 times TOGETHER_SECONDS.
    """
    loop, came, moments = asyncio.get_running_loop(), list[str](), list[list[str]]()
    together = Together(loop)

    def tell(what: str, *, is_start: bool) -> None:
        wake = together.tell(partial(came.append, what), may_wait=True, is_start=is_start)
        if wake is not None:
            wake()

    tell("start", is_start=True)
    loop.call_later(20 * flushing.TOGETHER_SECONDS, partial(tell, "element", is_start=False))
    async with asyncio.timeout(10):
        while len(came) < 2:
            await asyncio.sleep(0)
            if came and (not moments or came != moments[-1]):
                moments.append(list(came))
    return moments


def test_the_start_of_a_run_waits_for_its_first_element_so_that_a_browser_draws_its_page_once(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(flushing, "TOGETHER_SECONDS", 0.001)
    monkeypatch.setattr(flushing, "START_SECONDS", 60)
    assert asyncio.run(told_of_a_run()) == [["start", "element"]]


def test_the_start_of_a_run_that_draws_nothing_for_long_does_not_wait_for_its_first_element(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(flushing, "TOGETHER_SECONDS", 0.001)
    monkeypatch.setattr(flushing, "START_SECONDS", 0.002)
    assert asyncio.run(told_of_a_run()) == [["start"], ["start", "element"]]


def test_a_run_passes_on_its_start_as_such(monkeypatch: pytest.MonkeyPatch):
    """AppSession tells of the start of a run with this event, before anything that the run has drawn."""
    told = []
    monkeypatch.setattr(runtime, NAME, asyncio)
    monkeypatch.setattr(AppSession, EVENT, getattr(AppSession, EVENT))  # put back at the end
    monkeypatch.setattr(Together, "tell", lambda self, call, **how: told.append(how))
    with closing(asyncio.new_event_loop()) as loop:
        flush_in_one_go(loop)
        tab = Tab()
        for event in (ScriptRunnerEvent.SCRIPT_STARTED, ScriptRunnerEvent.ENQUEUE_FORWARD_MSG):
            getattr(AppSession, EVENT)(tab, None, event)
    assert told == [{"may_wait": True, "is_start": True}, {"may_wait": True, "is_start": False}]


def test_one_call_that_fails_takes_no_other_with_it():
    async def failing() -> list[int]:
        loop, came = asyncio.get_running_loop(), list[int]()
        loop.set_exception_handler(lambda *_: None)
        together = Together(loop)
        together.tell(lambda: 1 / 0, may_wait=True)
        wake = together.tell(lambda: came.append(1), may_wait=False)
        assert wake is not None
        wake()
        await asyncio.sleep(0.01)
        return came

    assert asyncio.run(failing()) == [1]


def test_the_loop_is_woken_once_for_the_messages_of_one_moment_and_again_for_the_next():
    async def woken() -> list[int]:
        calls = list[int]()
        once = Once(asyncio.get_running_loop(), lambda: calls.append(1))
        for _ in range(3):
            for _ in range(20):
                once()
            await asyncio.sleep(0)
        return calls

    assert asyncio.run(woken()) == [1, 1, 1]


class Connection:
    """Notes what is given to the system."""

    def __init__(self) -> None:
        self.written = list[bytes]()

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.written.append(b"closed")

    def get_extra_info(self, name: str) -> str:
        return name


def test_what_is_written_in_one_moment_goes_to_the_system_at_once_and_in_order():
    async def written(*data: bytes, is_closed: bool = False) -> list[bytes]:
        connection = Connection()
        together = WritesTogether(connection, asyncio.get_running_loop())
        for one in data:
            together.write(one)
        if is_closed:
            together.close()
            assert connection.written[-1:] == [b"closed"]
        await asyncio.sleep(0)
        assert together.get_extra_info("peername") == "peername"
        return connection.written

    assert asyncio.run(written(b"one ", b"two ", b"three")) == [b"one two three"]
    assert asyncio.run(written(b"one ", b"two", is_closed=True)) == [b"one two", b"closed"]
    large = b"x" * (KEPT_BYTES + 1)
    assert asyncio.run(written(b"one ", large, b"two")) == [b"one " + large, b"two"]


def test_a_connection_of_the_server_writes_together(monkeypatch: pytest.MonkeyPatch):
    protocol = getattr(import_module(MODULE), PROTOCOL)
    monkeypatch.setattr(protocol, "connection_made", lambda self, transport: None)
    write_together()
    connection = object.__new__(protocol)
    connection.loop = None
    connection.connection_made(Connection())
    assert type(connection.transport) is WritesTogether


def test_the_names_that_streamlit_calls_are_there_and_what_a_run_tells_is_taken_together():
    """What a run tells an AppSession comes to its own handler, as Streamlit's own code passes it on."""
    given = inspect.signature(getattr(AppSession, HANDLE)).parameters
    assert inspect.getsource(AppSession).count(f"def {EVENT}(") == 1
    assert {"sender", "event", "forward_msg", "run_descriptor"} <= set(given)
    assert f"self.{WAKE}()" in inspect.getsource(AppSession._enqueue_forward_msg)


def test_a_streamlit_without_one_of_these_names_keeps_its_own_way(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runtime, NAME, asyncio)
    own = getattr(AppSession, EVENT)
    monkeypatch.delattr(AppSession, HANDLE)
    with closing(asyncio.new_event_loop()) as loop:
        flush_in_one_go(loop)
    assert getattr(AppSession, EVENT) is own
