"""Session calls are recorded without changing what the SDK does with the session."""

import asyncio
import inspect
from contextlib import ExitStack

import pytest
from agents import SQLiteSession
from agents.extensions.memory import EncryptedSession
from cryptography.fernet import InvalidToken

from lessons.kit.ledger.phase import Phase
from lessons.kit.ledger.recorder import WINDOW, Recorder


def users(count):
    return [{"role": "user", "content": f"message {number}"} for number in range(count)]


def calls(recorder):
    return [(log.method, log.depth, log.count) for log in sorted(recorder.calls, key=lambda log: log.order)]


def test_every_call_is_logged_with_its_rows():
    session, recorder = SQLiteSession("alice"), Recorder()

    async def use():
        await session.add_items(users(3))
        await session.get_items(limit=2)
        await session.get_items()
        await session.pop_item()
        await session.clear_session()

    with recorder.attached(session):
        asyncio.run(use())
    assert calls(recorder) == [
        ("add_items", 1, 3),
        ("get_items", 1, 2),
        ("get_items", 1, 3),
        ("pop_item", 1, 1),
        ("clear_session", 1, None),
    ]
    assert recorder.calls[1].arguments == {"limit": 2}
    assert recorder.calls[1].limit == 2
    assert {log.session_id for log in recorder.calls} == {"alice"}
    assert all(log.milliseconds > 0 and log.error is None for log in recorder.calls)


def test_the_session_is_afterwards_as_it_was():
    session = SQLiteSession("alice")
    before = dict(session.__dict__)

    def fail():
        with Recorder().attached(session):
            assert session.__dict__.keys() != before.keys()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert session.__dict__ == before


def test_the_signatures_that_the_sdk_inspects_are_kept():
    session = SQLiteSession("alice")
    plain = {name: inspect.signature(getattr(session, name)) for name in ("get_items", "add_items", "pop_item")}
    with Recorder().attached(session):
        assert {name: inspect.signature(getattr(session, name)) for name in plain} == plain
        assert isinstance(session, SQLiteSession)


def test_only_the_newest_items_of_a_call_are_kept_and_all_are_counted():
    session, recorder = SQLiteSession("alice"), Recorder()
    with recorder.attached(session):
        asyncio.run(session.add_items(users(WINDOW + 50)))
    (log,) = recorder.calls
    assert (log.count, len(log.items), log.items[-1]) == (WINDOW + 50, WINDOW, users(WINDOW + 50)[-1])


def test_calls_inside_a_call_are_told_from_those_outside():
    inner, recorder = SQLiteSession("alice"), Recorder()
    outer = EncryptedSession("alice", inner, "k" * 40)
    with recorder.attached(inner), recorder.attached(outer):
        asyncio.run(outer.add_items(users(1)))
    assert calls(recorder) == [("add_items", 1, 1), ("add_items", 2, 1)]


def test_a_recorded_session_is_as_safe_as_before():
    """A pop with the wrong key deletes the whole session where the underlying one is not the SDK's own type.

    Where it is, 0.23 and 0.24 refuse the pop, and 0.22 empties the session: recording changes neither.
    """

    def pop_with_the_wrong_key(recorder):
        inner = SQLiteSession("alice")
        asyncio.run(EncryptedSession("alice", inner, "k" * 40).add_items(users(3)))
        wrong = EncryptedSession("alice", inner, "w" * 40)
        outcome = None
        with ExitStack() as attached:
            for session in (inner, wrong) if recorder else ():
                attached.enter_context(recorder.attached(session))
            try:
                asyncio.run(wrong.pop_item())
            except InvalidToken:
                outcome = "InvalidToken"
        return outcome, len(asyncio.run(inner.get_items()))

    recorder = Recorder()
    plain = pop_with_the_wrong_key(None)
    assert pop_with_the_wrong_key(recorder) == plain
    assert bool(recorder.calls[-1].error) is (plain[0] is not None)


def test_a_failed_and_a_cancelled_call_are_logged():
    class SlowSession(SQLiteSession):
        async def get_items(self, limit=None):
            await asyncio.Event().wait()

    session, recorder = SlowSession("alice"), Recorder()

    async def cancel_a_read():
        reading = asyncio.ensure_future(session.get_items())
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])

    with recorder.attached(session):
        asyncio.run(cancel_a_read())
        with pytest.raises(TypeError):
            asyncio.run(session.add_items([{"role": "user", "content": object()}]))
    assert [log.error.partition(":")[0] for log in recorder.calls] == ["CancelledError", "TypeError"]


def test_it_tells_when_a_call_begins():
    told = []
    session, recorder = SQLiteSession("alice"), Recorder(notice=told.append)
    with recorder.attached(session):
        asyncio.run(session.get_items())
    assert told == [Phase.READING, Phase.STARTED]


def test_a_wrong_call_fails_as_without_the_recorder():
    session = SQLiteSession("alice")
    with Recorder().attached(session), pytest.raises(TypeError, match="unexpected keyword argument 'count'"):
        asyncio.run(session.get_items(count=2))
