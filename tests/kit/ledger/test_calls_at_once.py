"""Calls of one session at once. They are recorded as they end, so a look that began first can be recorded last."""

import asyncio
import random

import fakeredis
import pytest
from agents import Runner, SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, EncryptedSession, RedisSession, SQLAlchemySession

from lessons.kit.ledger import Cause
from lessons.kit.ledger.observation import Observation
from lessons.kit.ledger.rows import JsonRows
from lessons.kit.ledger.watching.session_calls import Known
from lessons.kit.stores.json_files.session import JsonFileSession
from lessons.kit.stores.json_files.store import JsonFilesStore
from lessons.kit.turns.recording.store_rows import rows_in_store
from tests.support.observed import go
from tests.support.scripted import assistant, make_agent, user


@pytest.fixture
def slow_look(monkeypatch):
    """Holds back the next look until `go_on` is set, before or after it reads; `is_held` is set when it waits."""
    read = JsonRows._read

    def hold_next(*, before_it_reads=False):
        is_held, go_on, waiting = asyncio.Event(), asyncio.Event(), [True]

        async def held(self, limit, after):
            is_first = bool(waiting)
            waiting.clear()
            newest = None if is_first and before_it_reads else await read(self, limit, after)
            if is_first:
                is_held.set()
                await go_on.wait()
            return newest or await read(self, limit, after)

        monkeypatch.setattr(JsonRows, "_read", held)
        return is_held, go_on

    return hold_next


async def at_once(slow_look, first, second, *, before_it_reads=False):
    """Make both calls. The look after the first is recorded last, whether it reads before or after the second call."""
    is_held, go_on = slow_look(before_it_reads=before_it_reads)
    earlier = asyncio.ensure_future(first())
    await is_held.wait()
    await second()
    go_on.set()
    await earlier


def json_files(folder):
    session = JsonFileSession("chat", folder)
    return session, Known(rows_in_store(JsonFilesStore(folder), "json_files", "chat", session), "chat")


def sqlalchemy(folder):
    return SQLAlchemySession.from_url("chat", url=f"sqlite+aiosqlite:///{folder}/chat.db", create_tables=True), None


def redis(folder):
    return RedisSession("chat", redis_client=fakeredis.FakeAsyncRedis()), None


def encrypted(folder):
    return EncryptedSession("chat", sqlalchemy(folder)[0], "a key of this test"), None


def advanced(folder):
    return AdvancedSQLiteSession(session_id="chat", db_path=folder / "chat.db", create_tables=True), None


def in_memory(folder):
    return SQLiteSession("chat"), None


KINDS = [json_files, sqlalchemy, redis, encrypted, advanced, in_memory]


async def observed(opened, work):
    """The ledger of what `work` does with the session, and the texts that are stored after it."""
    session, known = opened
    seen = Observation([])
    seen.watch(session, known)
    seen.begin()
    await seen.look_first()
    await work(session)
    await seen.look_last()
    seen.end()
    stored = [text_of(item) for item in await session.get_items()]
    engine = getattr(getattr(session, "underlying_session", session), "engine", None)
    if engine is not None:
        await engine.dispose()
    return seen.of(session), stored


def text_of(item):
    return item["content"] if isinstance(item["content"], str) else item["content"][0]["text"]


def told(ledger):
    return [(line.item.text, line.mark, line.cause) for line in ledger.lines]


def add(text):
    return lambda session: session.add_items([user(text)])


HI = "Hi", "added", Cause.STORED_BY_HAND
HI_POPPED = "Hi", "removed", Cause.POPPED
HI_CLEARED = "Hi", "removed", Cause.CLEARED
HO = "Ho", "added", Cause.STORED_BY_HAND


def pop(session):
    return session.pop_item()


def clear(session):
    return session.clear_session()


async def read_and_pop(session):
    await session.get_items()
    await session.pop_item()


async def read_and_clear(session):
    await session.get_items()
    await session.clear_session()


@pytest.mark.parametrize("kind", [json_files, sqlalchemy, redis])
@pytest.mark.parametrize(
    ("first", "second", "lines"),
    [
        pytest.param(add("Hi"), add("Ho"), [HI, HO], id="the row of the second is not gone"),
        pytest.param(clear, add("Ho"), [HO], id="what came after a clear is not cleared"),
        pytest.param(add("Hi"), pop, [HI_POPPED], id="a pop takes out what no call is known to have stored"),
        pytest.param(add("Hi"), read_and_pop, [HI_POPPED], id="a pop takes out what was only returned"),
        pytest.param(add("Hi"), read_and_clear, [HI_CLEARED], id="a clear takes out what was only returned"),
        pytest.param(add("Hi"), clear, [HI_CLEARED], id="a clear takes out what no call is known to have stored"),
    ],
)
@pytest.mark.parametrize("before_it_reads", [False, True])
def test_each_row_has_the_cause_of_the_call_that_took_it_out(
    tmp_path, slow_look, kind, first, second, lines, before_it_reads
):
    async def work(session):
        calls = (lambda: first(session)), (lambda: second(session))
        await at_once(slow_look, *calls, before_it_reads=before_it_reads)

    ledger, stored = go(observed(kind(tmp_path), work))
    assert sorted(told(ledger)) == lines
    assert stored == [text for text, mark, _ in lines if mark == "added"]


def test_a_row_that_another_call_stores_is_not_called_another_form_of_an_item(tmp_path, slow_look):
    """The look after the first call sees the row that the third has put where the second has taken one out."""

    async def work(session):
        is_held, go_on = slow_look(before_it_reads=True)
        first = asyncio.ensure_future(session.add_items([user("Ho")]))
        await is_held.wait()
        await session.pop_item()
        has_read, then_go_on = slow_look()
        third = asyncio.ensure_future(session.add_items([user("Hi")]))
        await has_read.wait()
        go_on.set()
        await first
        then_go_on.set()
        await third

    ledger, stored = go(observed(json_files(tmp_path), work))
    assert stored == ["Hi"]
    assert sorted(told(ledger)) == [HI, ("Ho", "removed", Cause.POPPED)]


def test_a_pop_with_an_older_look_takes_out_the_row_that_it_returned(tmp_path, slow_look):
    async def work(session):
        await session.add_items([user("Hi"), assistant("Hello")])
        await at_once(slow_look, session.pop_item, lambda: session.add_items([user("Ho")]))

    ledger, _ = go(observed(sqlalchemy(tmp_path), work))
    assert told(ledger) == [HI, ("Hello", "removed", Cause.POPPED), HO]


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("kind", KINDS)
def test_no_cause_is_unknown_after_random_calls_at_once(tmp_path, monkeypatch, kind, seed):
    chance, read = random.Random(seed), JsonRows._read

    async def slow(self, limit, after):
        await asyncio.sleep(chance.choice([0, 0, 0.001, 0.003]))
        newest = await read(self, limit, after)
        await asyncio.sleep(chance.choice([0, 0, 0.001, 0.003, 0.006]))
        return newest

    monkeypatch.setattr(JsonRows, "_read", slow)
    popped = []

    async def call(session, what, number):
        await asyncio.sleep(chance.choice([0, 0, 0.001, 0.004]))
        match what:
            case "add":
                await session.add_items([user(f"note {number}")])
            case "add the same":
                await session.add_items([user("the same")])
            case "add two":
                await session.add_items([user(f"question {number}"), assistant(f"answer {number}")])
            case "pop":
                item = await session.pop_item()
                popped.extend([text_of(item)] if item is not None else [])
            case "clear":
                await session.clear_session()
            case "read":
                await session.get_items()
            case "run":
                await Runner.run(make_agent(), f"run {number}", session=session)

    async def work(session):
        calls = "add", "add", "add", "add the same", "add two", "pop", "read", "clear", "run"
        for group in range(chance.randint(1, 4)):
            chosen = [chance.choice(calls) for _ in range(chance.randint(1, 3))]
            await asyncio.gather(*(call(session, what, 3 * group + place) for place, what in enumerate(chosen)))

    ledger, stored = go(observed(kind(tmp_path), work))
    assert [line.why for line in ledger.lines if line.cause is Cause.UNKNOWN] == []
    assert sorted(line.item.text for line in ledger.lines if line.row and line.mark != "removed") == sorted(stored)
    assert sorted(line.item.text for line in ledger.lines if line.cause is Cause.POPPED) == sorted(popped)
