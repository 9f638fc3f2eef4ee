"""What a ledger says of each run: what it read, with which limit, what it sent and what it stored."""

import asyncio

import pytest
from agents import RunConfig, RunHooks, Runner, SessionSettings, SQLiteSession
from agents.testing import assistant_message, function_call

from lessons.kit.ledger import observe
from tests.support.scripted import assistant, file_session, make_agent, user


def test_each_run_says_what_it_read_sent_and_stored(tmp_path):
    async def run():
        session = await file_session(tmp_path, user("I am Ann"), assistant("Hello Ann"))
        with_tool = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c9")], [assistant_message("4")])
        async with observe(session) as seen:
            newest = RunConfig(session_settings=SessionSettings(limit=1))
            await Runner.run(with_tool, "Hi", session=session, run_config=newest)
            streamed = Runner.run_streamed(make_agent(), "Bye", session=session)
            async for _ in streamed.stream_events():
                pass
            await Runner.run(make_agent(), "Alone")
        return seen.ledger.runs

    first, second, third = asyncio.run(run())
    assert (first.number, first.kind, first.session_id, first.read) == (1, "run", "chat", 1)
    assert (first.limit, first.whose_limit) == (1, "the run's limit, session_settings of its RunConfig")
    assert (first.requests, first.sent) == ((1, 2), (2, 4))
    assert [row.key for row in first.stored] == [3, 4, 5, 6]
    assert (second.kind, second.read, second.limit, second.sent) == ("run_streamed", 6, None, (7,))
    assert [row.key for row in second.stored] == [7, 8]
    assert (third.session_id, third.read, third.sent, third.stored) == (None, None, (1,), ())
    assert first.ended < second.began < second.ended < third.began


def test_runs_at_once_are_seen_to_overlap(tmp_path):
    async def run():
        session = await file_session(tmp_path)
        async with observe(session) as seen:
            await asyncio.gather(*(Runner.run(make_agent(), text, session=session) for text in ("Hi", "Bye")))
        return seen.ledger.runs

    first, second = asyncio.run(run())
    assert first.began < second.began < first.ended


@pytest.mark.parametrize(
    ("call", "text", "cause", "why"),
    [(1, "Hi", "new-input", "the new input of run 1"), (2, "ok", "reply", "the reply of run 1")],
)
def test_what_is_returned_before_the_call_that_stores_it_is_done_is_one_line(tmp_path, call, text, cause, why):
    """A storage commits before it answers: a second run can read the row in between."""

    class Committed(SQLiteSession):
        """One call of its add_items returns only when somebody has read what it has stored."""

        calls, stored, read = 0, asyncio.Event(), asyncio.Event()

        async def add_items(self, items):
            await super().add_items(items)
            self.calls += 1
            if self.calls == call:
                self.stored.set()
                await self.read.wait()

        async def get_items(self, limit=None, *options):
            items = await super().get_items(limit, *options)
            if self.stored.is_set():
                self.read.set()
            return items

    async def run():
        session = Committed("chat", tmp_path / "chat.db")
        async with observe(session) as seen:
            first = asyncio.create_task(Runner.run(make_agent(), "Hi", session=session))
            await session.stored.wait()
            await Runner.run(make_agent([assistant_message("later")]), "Bye", session=session)
            await first
        return seen.ledger

    ledger = asyncio.run(run())
    (line,) = [line for line in ledger.lines if line.item.text == text]
    assert (line.row.key, line.returned, line.cause, line.why) == (call, True, cause, why)
    assert not [line for line in ledger.lines if line.cause == "unknown"]


def test_what_a_failed_run_has_said_stands_after_that_run_and_before_the_next(tmp_path):
    class Breaks(RunHooks):
        async def on_llm_end(self, context, agent, response):
            raise ConnectionError("lost")

    async def run():
        session = await file_session(tmp_path)
        async with observe(session) as seen:
            with pytest.raises(ConnectionError):
                await Runner.run(make_agent([assistant_message("lost")]), "Hi", session=session, hooks=Breaks())
            await Runner.run(make_agent([assistant_message("kept")]), "Hi again", session=session)
        return seen.ledger

    ledger = asyncio.run(run())
    assert [(line.item.text, line.row is not None) for line in ledger.lines] == [
        ("Hi", True),
        ("lost", False),
        ("Hi again", True),
        ("kept", True),
    ]


def test_a_row_that_one_run_sent_and_a_later_one_left_out_says_which_run_left_it_out(tmp_path):
    """Step 5 of Long conversations: such a row was "returned" and "sent in 1, 2", and "older than the newest 2 items"."""

    async def run():
        session = await file_session(tmp_path, user("I am Ann"), assistant("Hello Ann"))
        newest = RunConfig(session_settings=SessionSettings(limit=2))
        async with observe(session) as seen:
            await Runner.run(make_agent(), "Hi", session=session)
            await Runner.run(make_agent(), "Bye", session=session, run_config=newest)
        return seen.ledger.lines[0]

    line = asyncio.run(run())
    assert (line.returned, line.sent) == (True, (1,))
    assert line.why == "in run 2: older than the newest 2 items: the run's limit, session_settings of its RunConfig"
