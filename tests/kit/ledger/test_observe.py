"""What `observe` watches: runs of every kind, calls by hand, observations within others; and what it leaves behind."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

from agents import (
    AgentHooks,
    RunConfig,
    RunHooks,
    Runner,
    SQLiteSession,
)
from agents.run import get_default_agent_runner
from agents.testing import assistant_message, function_call

from lessons.kit.ledger import Cause, observe
from tests.support.observed import PAIR, TWO, go, ledger_of, lines
from tests.support.scripted import file_session, make_agent, user

ROOT = Path(__file__).parents[3]


def test_two_runs_in_a_row(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        agent = make_agent([assistant_message("Hello")], [assistant_message("Ann")])
        async with observe(session) as seen:
            await Runner.run(agent, "I am Ann", session=session)
            await Runner.run(agent, "Who am I?", session=session)
        return seen.ledger

    assert lines(go(work())) == [
        "user 1 yes 1,2 new-input",
        "assistant 2 yes 2 reply",
        "user 3 no 2 new-input",
        "assistant 4 no - reply",
    ]


def test_two_runs_at_once_on_one_session(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await asyncio.gather(
                *(Runner.run(make_agent([assistant_message(f"to {name}")]), name, session=session) for name in "ab")
            )
        return seen.ledger

    ledger = go(work())
    assert lines(ledger)[:2] == ["user 1 yes 1,2 -", "assistant 2 yes 1,2 -"]
    said = {line.item.text: (line.sent, line.cause) for line in ledger.lines[2:]}
    assert {name: cause for name, (_, cause) in said.items()} == {
        "a": Cause.NEW_INPUT,
        "b": Cause.NEW_INPUT,
        "to a": Cause.REPLY,
        "to b": Cause.REPLY,
    }
    assert sorted([said["a"][0], said["b"][0]]) == [(1,), (2,)]


def test_two_sessions_have_a_ledger_each(tmp_path):
    async def work():
        one, other = await file_session(tmp_path, name="one"), await file_session(tmp_path, *PAIR, name="other")
        async with observe(one, other) as seen:
            await asyncio.gather(
                Runner.run(make_agent(), "first", session=one), Runner.run(make_agent(), "second", session=other)
            )
        return seen.ledger, seen.of(other)

    first, second = go(work())
    assert [line.item.text for line in first.lines] == ["first", "ok"]
    assert [line.item.text for line in second.lines] == ["I am Ann", "Hello Ann", "second", "ok"]


def test_a_run_in_another_thread_is_seen_by_its_session(tmp_path):
    session = SQLiteSession("chat", tmp_path / "chat.db")
    with observe(session) as seen:
        thread = threading.Thread(target=lambda: Runner.run_sync(make_agent(), "Hi", session=session))
        thread.start()
        thread.join()
    assert lines(seen.ledger) == TWO


def test_run_sync_and_a_plain_with(tmp_path):
    session = SQLiteSession("chat", tmp_path / "chat.db")
    with observe(session) as seen:
        Runner.run_sync(make_agent(), "Hi", session=session)
    assert lines(seen.ledger) == TWO
    assert str(seen.ledger).splitlines()[1].split()[:4] == ["1", "added", "no", "1"]


def test_a_streamed_run(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        async with observe(session) as seen:
            result = Runner.run_streamed(make_agent(), "Hi", session=session)
            async for _ in result.stream_events():
                pass
        return seen.ledger

    assert lines(go(work())) == TWO


def test_what_a_stream_stores_after_it_was_left(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        async with observe(session) as seen:
            result = Runner.run_streamed(make_agent(), "Hi", session=session)
            async for _ in result.stream_events():
                break
        await result.run_loop_task
        return seen.ledger

    assert lines(go(work()))[-1] == "assistant 2 no - stored-later"


def test_no_session(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await Runner.run(make_agent(), "Hi")
        return seen.ledger

    assert lines(go(work())) == [
        "user 1 no - not-read",
        "assistant 2 no - not-read",
        "user - no 1 no-session",
        "assistant - no - no-session",
    ]


def test_a_run_without_the_session_on_what_was_read_by_hand(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            newest = await session.get_items(limit=1)
            await Runner.run(make_agent(), [*newest, user("Hi")])
        return seen.ledger

    ledger = go(work())
    assert lines(ledger)[:3] == ["user 1 no - over-limit", "assistant 2 yes 1 -", "user - no 1 no-session"]
    assert ledger.lines[0].why == "older than the newest item: the limit of the call get_items()"


def test_calls_without_a_run_are_named(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await session.pop_item()
            await session.add_items([user("by hand")])
        return seen.ledger

    ledger = go(work())
    assert lines(ledger) == ["user 1 no - not-read", "assistant 2 no - popped", "user 3 no - stored-by-hand"]
    assert ledger.lines[0].why == "this turn did not read the session: pop_item(), add_items(), no run"
    assert [line.mark for line in ledger.lines] == ["", "removed", "added"]


def test_a_cleared_session(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await session.clear_session()
        return seen.ledger

    assert lines(go(work())) == ["user 1 no - cleared", "assistant 2 no - cleared"]


class Counting(RunHooks):
    def __init__(self):
        self.called = []

    async def on_llm_start(self, *args):
        self.called.append("start")

    async def on_llm_end(self, *args):
        self.called.append("end")

    async def on_agent_end(self, *args):
        self.called.append("agent end")

    async def on_tool_start(self, *args):
        self.called.append("tool start")


def test_the_hooks_of_the_caller_are_called(tmp_path):
    hooks = Counting()

    async def work():
        agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c1")], [assistant_message("4")])
        await ledger_of(await file_session(tmp_path), agent, hooks=hooks)

    go(work())
    assert hooks.called == ["start", "end", "tool start", "start", "end", "agent end"]


def test_hooks_of_the_wrong_kind_are_refused_by_the_sdk(tmp_path):
    async def work():
        return await ledger_of(await file_session(tmp_path), raises=TypeError, hooks=AgentHooks())

    go(work())


def test_nothing_is_left_behind(tmp_path):
    before = get_default_agent_runner()
    session = SQLiteSession("chat", tmp_path / "chat.db")
    with observe(session), observe(session):
        assert "get_items" in vars(session)
    assert "get_items" not in vars(session)
    assert get_default_agent_runner() is before


def test_an_observation_within_another_one_takes_nothing_from_it(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        async with observe(session) as outer, observe(session) as inner:
            await Runner.run(make_agent(), "Hi", session=session)
        return outer.ledger, inner.ledger

    outer, inner = go(work())
    assert lines(outer) == lines(inner) == TWO


def test_the_run_config_of_the_caller_is_not_changed(tmp_path):
    def keep(history, new):
        return [*history, *new]

    config = RunConfig(session_input_callback=keep)

    async def work():
        await ledger_of(await file_session(tmp_path), run_config=config)

    go(work())
    assert config.session_input_callback is keep


def test_the_run_config_of_the_caller_is_made_and_checked_once(tmp_path):
    """Its class can be the caller's, and check more than the SDK does."""
    made = []

    class Own(RunConfig):
        def __post_init__(self):
            super().__post_init__()
            made.append(self)

    async def work():
        config = Own(session_input_callback=lambda history, new: [*history, *new])
        return await ledger_of(await file_session(tmp_path, *PAIR), run_config=config)

    assert len(go(work()).lines) == 4
    assert len(made) == 1


def test_an_empty_observation_says_so(tmp_path):
    with observe(SQLiteSession("chat", tmp_path / "chat.db")) as seen:
        pass
    assert str(seen.ledger) == "Nothing was stored, returned or sent."


def test_a_module_of_the_package_is_imported_without_the_sdk():
    code = "import sys, lessons.kit.ledger.phase; sys.exit('agents' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_what_stood_on_the_session_before_stands_there_again(tmp_path):
    """The app's own recorder is such a function: an observation within a step took it away."""
    session, called = SQLiteSession("chat", tmp_path / "chat.db"), []
    inner = session.add_items

    async def recorded(items):
        called.append(len(items))
        await inner(items)

    session.add_items = recorded
    with observe(session):
        go(session.add_items([user("Hi")]))
    assert session.add_items is recorded
    assert called == [1]
