"""What is stored when a run fails, what the next run sends, and the recovery: every failure is run as the app runs it."""

import asyncio
import sqlite3
from contextlib import closing
from functools import partial

import pytest
from agents import SQLiteSession, function_tool
from agents.extensions.memory import SQLAlchemySession

from lessons.course.failures import goes_wrong, lesson
from lessons.course.failures.kinds import FAILURES
from lessons.course.index import load_lesson
from lessons.frame import failure as failing
from lessons.frame.walk import Walk
from lessons.kit.copyable.ask_again import ask_again
from lessons.kit.models.offline.model import OfflineModel
from lessons.kit.models.providers import make_model
from lessons.kit.sdk_version import since
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.stores.sdk_private import locked_connection
from lessons.kit.stores.sqlite import sqlite_file
from lessons.kit.turns.next_message import before_next_message
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.scripted import user

LESSON = load_lesson("failures")
STORES = [name for name, kind in usable_kinds().items() if not kind.is_outside]


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def desk(data_folder, monkeypatch):
    # The SDK waits five seconds for a lock, and so does a look of a page.
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.2))
    monkeypatch.setattr(sqlite_file, "WAITS_SECONDS", 0.2)
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
    return record, recovery


LOST = "add_items() of the session failed"
HOW = {
    "file_locked": (0, LOST, 1),
    "disk_full": (0, LOST, 1),
    "input_guardrail_first": (0, "the input guardrail no_codes stopped the run", 0),
    "input_guardrail_parallel": (1, "the input guardrail slow stopped the run", 0),
    "model_error": (1, "the run failed with ConnectionError", 1),
    "time_out": (1, "the run was cancelled", 1),
    "stream_broken": (1, "the run failed with ConnectionError", 1),
    "cancelled": (1, "the run was cancelled", 2),
    "cancelled_after_turn": (1, "the run was cancelled", 1),
    "stream_left": (2, "", 0),
    "stream_never_read": (1, "", 0),
    "unknown_tool": (1, "the run failed with ModelBehaviorError", 2),
    "tool_fails": (2, "", 0),
    "tool_raises": (1, "the run failed with UserError", 2),
    "one_tool_raises": (1, "the run failed with UserError", since((0, 24), 1, before=2)),
    "tool_guardrail": (1, "the tool input guardrail not_oslo stopped the run", 0),
    "max_turns": (1, "max_turns ended the run", 1),
    "model_error_after_tool": (2, "the run failed with ConnectionError", 1),
    "output_guardrail": (1, "the output guardrail no_answers stopped the run", 0),
    "file_locked_later": (1, LOST, 1),
    "disk_full_later": (1, LOST, 1),
    "server_gone": (1, LOST, 1),
    "compaction_fails": (1, "run_compaction() of the session failed", 0),
    "retried": (1, "", 0),
}
"""How often the model was asked, what ended the run, and how often the recovery asked it."""


@pytest.mark.parametrize("failure", FAILURES, ids=lambda one: one.name)
def test_it_goes_wrong_as_told_and_the_recovery_is_right(desk, provider, failure):
    record, recovery = goes_wrong_and_recovers(desk, provider, failure, "sqlite_file")
    (run,) = record.ledger.runs
    assert (len(record.requests), run.ended_by, len(recovery.requests)) == HOW[failure.name]
    if failure.name == "one_tool_raises":
        kept = " ".join(line.item.text for line in record.ledger.lines if line.mark == "added" and line.item.call_id)
        assert ("Oslo" in kept, "Lima" in kept) == since((0, 24), (True, False), before=(False, False))


@pytest.mark.anyio
async def test_sqlite_waits_five_seconds_for_a_lock(tmp_path):
    with closing(SQLiteSession("s", tmp_path / "chat.db")) as session:
        await session.add_items([user("a")])
        with locked_connection(session) as connection:
            assert connection.execute("PRAGMA busy_timeout").fetchone() == (5000,)


@pytest.mark.anyio
async def test_a_tool_guardrail_blocks_before_the_tool_runs_and_again_when_the_question_is_asked_again(monkeypatch):
    called, made = [], function_tool

    def noting(**options):
        def wrap(function):
            async def get_weather(city: str) -> str:
                called.append(city)
                return function(city)

            return made(get_weather, **options)

        return wrap

    monkeypatch.setattr(goes_wrong, "function_tool", noting)
    session, agent = SQLiteSession("s"), LESSON.make_agent(OfflineModel())
    for _ in range(2):
        ended = await goes_wrong.a_tool_guardrail_stops_the_run(agent, session)
        assert "ToolInputGuardrailTripwireTriggered" in ended
    assert called == []


@pytest.mark.anyio
async def test_a_run_that_goes_on_after_max_turns_counts_its_requests_from_one():
    session, agent = SQLiteSession("s"), LESSON.make_agent(OfflineModel())
    assert "MaxTurnsExceeded" in await lesson.too_many_turns(agent, session)
    result = await ask_again(agent, goes_wrong.WEATHER, session, before=0, max_turns=1)
    assert "4 °C" in result.final_output


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
    """The app said that nothing would be sent: it looked for the tables in the schema of the connection."""
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
