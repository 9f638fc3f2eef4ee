"""What is stored when a run fails, what the next run sends, and the recovery: the whole table, from the running app."""

import asyncio
import sqlite3
from functools import partial

import pytest
from agents.extensions.memory import SQLAlchemySession

from lessons.course.failures import goes_wrong
from lessons.course.failures.kinds import FAILURES
from lessons.course.index import load_lesson
from lessons.frame import failure as failing
from lessons.frame.walk import Walk
from lessons.kit.models.providers import make_model
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.turns.next_message import before_next_message
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor

LESSON = load_lesson("failures")
STORES = [name for name, kind in usable_kinds().items() if not kind.is_outside]


@pytest.fixture
def desk(data_folder, monkeypatch):
    # The SDK waits five seconds for a lock.
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.2))
    desk = open_desk(new_visitor(), "failures")
    yield desk
    desk.close()


def goes_wrong_and_recovers(desk, provider, failure, store):
    walk = Walk(LESSON, desk, store, provider)
    record = failing.start_failure(walk, failure).result(60)
    assert record.problem is None, record.problem
    assert failing.left_behind(record) == failure.stored, record.result
    assert failing.went_wrong_as_told(failure, record), record.result
    session_id, opened = record.session_id, desk.store(record.store)
    if failure.stored:
        ledger = before_next_message(desk, record.store, session_id, LESSON.make_agent)
        sent = [ledger.lines[item.line].item.kind for item in ledger.requests[1]]
        assert sent == [*failure.stored, "user"]
    recovery = failing.start_recovery(walk, failure, record).result(60)
    assert recovery.problem is None, recovery.problem
    assert failing.stored_kinds(opened, session_id) == failure.after
    assert failing.newest(failure, desk.records) == failing.Went(record, recovery)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda one: one.name)
def test_it_goes_wrong_as_told_and_the_recovery_is_right(desk, provider, failure):
    goes_wrong_and_recovers(desk, provider, failure, "sqlite_file")


GRID = [
    (failure, store) for failure in FAILURES for store in STORES if failure.store_for(store) == store != "sqlite_file"
]
IN_A_SCHEMA = [
    pytest.param(FAILURES[4], store, marks=pytest.mark.servers, id=store) for store in ("postgresql", "mysql")
]


@pytest.mark.exhaustive
@pytest.mark.parametrize(("failure", "store"), GRID, ids=lambda one: getattr(one, "name", one))
def test_it_goes_wrong_in_the_same_way_on_every_store(desk, provider, failure, store):
    goes_wrong_and_recovers(desk, provider, failure, store)


@pytest.mark.servers
@pytest.mark.parametrize("store", ["redis", "postgresql", pytest.param("mysql", marks=pytest.mark.matrix)])
def test_the_connection_to_a_real_server_is_cut_in_the_middle_of_a_run(desk, provider, store):
    if store not in STORES:
        pytest.skip(f"no server for {store}")
    failure = next(one for one in FAILURES if one.name == "server_gone")
    goes_wrong_and_recovers(desk, provider, failure, store)


@pytest.mark.parametrize(("failure", "store"), IN_A_SCHEMA)
def test_the_next_run_is_told_of_tables_in_a_schema_of_the_visitor(desk, provider, failure, store):
    """It said that nothing would be sent: the tables were looked for in the schema of the connection."""
    if store not in STORES:
        pytest.skip(f"no server for {store}")
    goes_wrong_and_recovers(desk, provider, failure, store)


@pytest.mark.parametrize("name", ["disk_full", "disk_full_later"])
def test_a_disk_that_is_really_full_leaves_what_the_limit_of_pages_leaves(name, disk, provider, monkeypatch):
    failure = next(one for one in FAILURES if one.name == name)
    monkeypatch.setattr(goes_wrong, "no_more_pages", lambda *_: disk.fill(0))

    async def fail_and_recover():
        url = f"sqlite+aiosqlite:///{disk.folder / 'chat.db'}"
        session = SQLAlchemySession.from_url("s", url=url, create_tables=True)
        agent = LESSON.make_agent(make_model(provider))
        ended = await failure.run(agent, session)
        disk.free()
        left = [item["role"] for item in await session.get_items()]
        await failure.recover(agent, session)
        after = [item["role"] for item in await session.get_items()]
        await session.engine.dispose()
        return ended, left, after

    ended, left, after = asyncio.run(fail_and_recover())
    assert failure.ends in ended
    assert (left, after) == (list(failure.stored), list(failure.after))


def test_a_failure_begins_in_a_session_without_rows(desk, provider):
    failure = next(one for one in FAILURES if one.name == "model_error")
    walk = Walk(LESSON, desk, "sqlite_file", provider)
    ids = [failing.start_failure(walk, failure).result(60).session_id for _ in range(2)]
    assert ids == ["model_error", "model_error_2"]


def test_the_names_are_different():
    assert len({one.name for one in FAILURES}) == len({one.title for one in FAILURES}) == len(FAILURES)
