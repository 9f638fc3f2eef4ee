"""Two calls that are looked at side by side: a look that was begun first can be told of last, and shows what is older."""

import asyncio

import pytest
from agents.extensions.memory import SQLAlchemySession

from lessons.kit.ledger import Cause, observe
from lessons.kit.ledger.observation import Observation
from lessons.kit.ledger.rows import JsonRows
from lessons.kit.ledger.watching.session_calls import Known
from lessons.kit.stores.json_files.session import JsonFileSession
from lessons.kit.stores.json_files.store import JsonFilesStore
from lessons.kit.turns.recording.store_rows import rows_in_store
from tests.support.observed import go, lines
from tests.support.scripted import assistant, user


@pytest.fixture
def slow_look(monkeypatch):
    """Holds back what the next look has read until `told_of` is set; `has_read` is set when it has."""
    read = JsonRows._read

    def hold_next():
        has_read, told_of, waiting = asyncio.Event(), asyncio.Event(), [True]

        async def held(self, limit, after):
            newest = await read(self, limit, after)
            if waiting:
                waiting.clear()
                has_read.set()
                await told_of.wait()
            return newest

        monkeypatch.setattr(JsonRows, "_read", held)
        return has_read, told_of

    return hold_next


async def at_once(slow_look, first, second):
    """Both calls are done, and the look after the first, which read before the second call, is told of after it."""
    has_read, told_of = slow_look()
    earlier = asyncio.ensure_future(first())
    await has_read.wait()
    await second()
    told_of.set()
    await earlier


async def with_json_files(folder, slow_look, first, second, then):
    session = JsonFileSession("chat", folder)
    source = rows_in_store(JsonFilesStore(folder), "json_files", "chat", session)
    seen = Observation([])
    seen.watch(session, Known(source, "chat"))
    seen.begin()
    await seen.look_first()
    await at_once(slow_look, lambda: first(session), lambda: second(session))
    await then(session)
    await seen.look_last()
    seen.end()
    return seen.of(session)


def test_a_row_that_is_newer_than_a_look_is_not_told_as_gone(tmp_path, slow_look):
    ledger = go(
        with_json_files(
            tmp_path,
            slow_look,
            lambda session: session.add_items([user("Hi")]),
            lambda session: session.add_items([user("Ho")]),
            lambda session: session.add_items([assistant("ok")]),
        )
    )
    assert lines(ledger) == [
        "user 1 no - stored-by-hand",
        "user 2 no - stored-by-hand",
        "assistant 3 no - stored-by-hand",
    ]


def test_a_row_that_came_after_a_clear_is_not_told_as_cleared(tmp_path, slow_look):
    async def nothing(session):
        pass

    ledger = go(
        with_json_files(
            tmp_path,
            slow_look,
            lambda session: session.clear_session(),
            lambda session: session.add_items([user("Ho")]),
            nothing,
        )
    )
    assert [(line.mark, line.cause) for line in ledger.lines] == [("added", Cause.STORED_BY_HAND)]


def test_a_pop_with_an_older_look_takes_out_the_row_that_it_returned(tmp_path, slow_look):
    async def work():
        session = SQLAlchemySession.from_url("chat", url=f"sqlite+aiosqlite:///{tmp_path}/chat.db", create_tables=True)
        await session.add_items([user("Hi"), assistant("Hello")])
        async with observe(session) as seen:
            await at_once(slow_look, session.pop_item, lambda: session.add_items([user("Ho")]))
        await session.engine.dispose()
        return seen.ledger

    ledger = go(work())
    assert [(line.item.text, line.mark, line.cause) for line in ledger.lines] == [
        ("Hi", "", Cause.NOT_READ),
        ("Hello", "removed", Cause.POPPED),
        ("Ho", "added", Cause.STORED_BY_HAND),
    ]
