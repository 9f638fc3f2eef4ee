"""Copies of SQLAlchemySession, one after the other on a loop that lasts: they share an engine, and no row."""

import asyncio
import json

import pytest

from lessons.kit.inspect import private_copy as module
from lessons.kit.inspect.private_copy import private_copy
from lessons.kit.inspect.running.apart import SHORT, apart
from lessons.kit.inspect.stored import Head, Pair, StoredRow, StoredSession
from tests.support.stored_sessions import user

CLASS = "SQLAlchemySession"


def stored(session_id, *keys, text="Hello"):
    head = Head(Pair("agent_messages", "agent_sessions", medium="PostgreSQL"), session_id)
    return StoredSession(head, tuple(StoredRow(key, json.dumps(user(text))) for key in keys))


async def opened(one, use=None):
    async with private_copy(one, CLASS) as copy:
        if use is not None:
            await use(copy.session)
        return copy.session, await copy.session.get_items(), await copy.keys()


@pytest.fixture(autouse=True)
def none_is_kept():
    async def forget():
        if (spare := module._spare.pop(asyncio.get_running_loop(), None)) is not None:
            await spare[0].dispose()

    apart().run(forget())
    yield
    apart().run(forget())


def test_the_next_copy_has_the_same_engine_and_no_row_of_the_copy_before():
    async def add(session):
        await session.add_items([user("new")])

    first, _, keys = apart().run(opened(stored("a", 7, 8), add))
    assert keys == [7, 8, 9]
    second, items, keys = apart().run(opened(stored("a", 3), add))
    assert second._engine is first._engine
    assert (second is not first, len(items), keys) == (True, 2, [3, 4])
    assert apart().run(opened(stored("b")))[1:] == ([], [])


def test_copies_at_the_same_time_have_engines_that_differ():
    async def both():
        return await asyncio.gather(opened(stored("a", 1)), opened(stored("a", 2)))

    (first, _, keys), (second, _, others) = apart().run(both())
    assert first._engine is not second._engine
    assert (keys, others) == ([1], [2])


@pytest.mark.parametrize("rows", [SHORT + 1, 2])
def test_an_engine_that_had_many_rows_is_not_kept(rows, monkeypatch):
    monkeypatch.setattr(module, "_KEPT_CHARACTERS", 40_000)
    apart().run(opened(stored("a", *range(1, rows + 1), text="x" * (1 if rows > 2 else 30_000))))
    assert apart().run(kept()) is None


def test_an_engine_is_not_kept_after_an_error_nor_on_a_loop_that_ends():
    async def fail(_):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        apart().run(opened(stored("a", 1), fail))
    assert apart().run(kept()) is None

    async def on_another_loop():
        await opened(stored("a", 1))
        return await kept()

    assert asyncio.run(on_another_loop()) is None


def test_an_engine_that_nobody_uses_is_closed_after_a_time(monkeypatch):
    monkeypatch.setattr(module, "_KEPT_SECONDS", 0)

    async def twice():
        await opened(stored("a", 1))
        await asyncio.sleep(0.01)
        return await kept()

    assert apart().run(twice()) is None


async def kept():
    return module._spare.get(asyncio.get_running_loop())
