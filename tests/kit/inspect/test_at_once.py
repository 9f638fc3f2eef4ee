"""Calls of a database in memory: where they run, and that nothing else runs there."""

import asyncio
import threading
from collections import deque
from dataclasses import replace

import pytest

from lessons.kit.inspect.dry_run import Setup, dry_run
from lessons.kit.inspect.private_copy import private_copy
from lessons.kit.inspect.running import at_once as module
from lessons.kit.inspect.running.apart import apart
from lessons.kit.inspect.running.at_once import at_once, connected_in_memory
from tests.kit.inspect.test_private_copy import stored
from tests.support.stored_sessions import user


def where(*, raises=False):
    if raises:
        raise KeyError("it")
    return threading.current_thread()


async def here():
    with at_once():
        return await asyncio.to_thread(where), threading.current_thread()


def test_a_blocking_call_of_a_copy_runs_on_the_loop_and_any_other_in_a_thread():
    inside, loop = apart().run(here())
    assert inside is loop
    assert apart().run(asyncio.to_thread(where)) not in (loop, threading.current_thread())


def test_an_error_of_a_blocking_call_is_raised_where_it_is_awaited():
    async def fail():
        with at_once():
            await asyncio.to_thread(where, raises=True)

    with pytest.raises(KeyError, match="it"):
        apart().run(fail())


@pytest.mark.parametrize("kind", ["SQLiteSession", "AdvancedSQLiteSession", "SQLAlchemySession"])
def test_a_session_on_a_copy_in_memory_uses_no_thread(kind, monkeypatch):
    async def used():
        async with private_copy(stored("a", 1), kind) as copy:
            await copy.session.add_items([user("new")])
            await copy.session.pop_item()
            return len(await copy.session.get_items())

    background = apart()  # the first use of it starts its thread
    monkeypatch.setattr(module.ThreadPoolExecutor, "submit", None)
    monkeypatch.setattr(threading.Thread, "start", None)
    assert background.run(used()) == (1 if kind != "AdvancedSQLiteSession" else 0)


def test_without_the_names_of_this_aiosqlite_the_connection_has_its_thread(monkeypatch):
    monkeypatch.setattr(module, "SimpleQueue", deque)

    async def asked():
        connection = await connected_in_memory()
        found = await connection.execute_fetchall("SELECT 1")
        await connection.close()
        return found

    assert asyncio.run(asked()) == [(1,)]


def test_the_ledger_of_a_copy_has_its_rows_in_the_order_of_the_class():
    one = stored("a", 1, 2, 3)
    times = ("2026-01-03", "2026-01-01", "2026-01-02")
    rows = tuple(replace(row, created=at) for row, at in zip(one.rows, times, strict=True))
    found = asyncio.run(dry_run(replace(one, rows=rows), Setup("SQLAlchemySession")))
    assert (tuple(found.lines), found.sent_keys) == ((2, 3, 1), (2, 3, 1))
