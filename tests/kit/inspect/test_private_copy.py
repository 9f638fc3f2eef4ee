"""Copies of one class, one after the other on a loop that lasts: they share a database in memory, and no row."""

import asyncio
import json

import pytest

from lessons.kit.inspect.private_copy import private_copy
from lessons.kit.inspect.running import in_memory as module
from lessons.kit.inspect.running.apart import SHORT, apart
from lessons.kit.inspect.stored import Head, Pair, StoredRow, StoredSession
from tests.support.stored_sessions import user

pytestmark = pytest.mark.parametrize("kind", ["SQLiteSession", "SQLAlchemySession"])


def stored(session_id, *keys, text="Hello"):
    head = Head(Pair("agent_messages", "agent_sessions", medium="PostgreSQL"), session_id)
    return StoredSession(head, tuple(StoredRow(key, json.dumps(user(text))) for key in keys))


async def opened(kind, one, use=None):
    async with private_copy(one, kind) as copy:
        if use is not None:
            await use(copy.session)
        return copy.session, await copy.session.get_items(), await copy.keys()


def database(session):
    return session.engine if hasattr(session, "engine") else session._shared_connection


@pytest.fixture(autouse=True)
def none_is_kept():
    async def forget():
        for spare in module._spare.pop(asyncio.get_running_loop(), {}).values():
            await spare.close()

    apart().run(forget())
    yield
    apart().run(forget())


def test_the_next_copy_has_the_same_database_and_no_row_of_the_copy_before(kind):
    async def add(session):
        await session.add_items([user("new")])

    first, _, keys = apart().run(opened(kind, stored("a", 7, 8), add))
    assert keys == [7, 8, 9]
    second, items, keys = apart().run(opened(kind, stored("a", 3), add))
    assert database(second) is database(first)
    assert (second is not first, len(items), keys) == (True, 2, [3, 4])
    assert apart().run(opened(kind, stored("b")))[1:] == ([], [])


def test_copies_at_the_same_time_have_databases_that_differ(kind):
    async def both():
        return await asyncio.gather(opened(kind, stored("a", 1)), opened(kind, stored("a", 2)))

    (first, _, keys), (second, _, others) = apart().run(both())
    assert database(first) is not database(second)
    assert (keys, others) == ([1], [2])


@pytest.mark.parametrize("rows", [SHORT + 1, 2])
def test_a_database_that_had_many_rows_is_not_kept(kind, rows, monkeypatch):
    monkeypatch.setattr(module, "_KEPT_CHARACTERS", 40_000)
    apart().run(opened(kind, stored("a", *range(1, rows + 1), text="x" * (1 if rows > 2 else 30_000))))
    assert apart().run(kept(kind)) is None


def test_a_database_is_not_kept_after_an_error_nor_on_a_loop_that_ends(kind):
    async def fail(_):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        apart().run(opened(kind, stored("a", 1), fail))
    assert apart().run(kept(kind)) is None

    async def on_another_loop():
        await opened(kind, stored("a", 1))
        return await kept(kind)

    assert asyncio.run(on_another_loop()) is None


def test_a_database_that_nobody_uses_is_closed_after_a_time(kind, monkeypatch):
    monkeypatch.setattr(module, "_KEPT_SECONDS", 0)

    async def twice():
        await opened(kind, stored("a", 1))
        await asyncio.sleep(0.01)
        return await kept(kind)

    assert apart().run(twice()) is None


async def kept(kind):
    return module._spare.get(asyncio.get_running_loop(), {}).get(kind)
