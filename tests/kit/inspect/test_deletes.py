"""What a call would delete, compared with what the same call deletes in a copy of the file."""

import asyncio
import shutil
import sqlite3

import pytest
from agents import SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, AsyncSQLiteSession, SQLAlchemySession

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.findings.deletes import what_would_delete
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from tests.support.checked_sessions import findings
from tests.support.stored_sessions import assistant, call, output, store, user

OPEN = {
    "SQLiteSession": lambda path: SQLiteSession("s", path),
    "AsyncSQLiteSession": lambda path: AsyncSQLiteSession("s", path),
    "SQLAlchemySession": lambda path: SQLAlchemySession.from_url("s", url=f"sqlite+aiosqlite:///{path}"),
}
STORED = {
    "not listed": ([user(), assistant()], False),
    "not listed, and not JSON at its end": ([user(), call(), output(), "{half"], False),
    "not JSON at its end": ([user(), assistant(), "{half", "{half"], True),
    "equal rows": ([user(), user(), user()], True),
}


def keys(path):
    connection = sqlite3.connect(path)
    try:
        return [key for (key,) in connection.execute("SELECT id FROM agent_messages ORDER BY id")]
    finally:
        connection.close()


async def really_deleted(path, class_name, name):
    before = keys(path)
    session = OPEN[class_name](path)
    await getattr(session, name)()
    if isinstance(session, SQLAlchemySession):
        await session.engine.dispose()
    elif isinstance(session, SQLiteSession):
        session.close()
    else:
        await session.close()
    left = keys(path)
    return tuple(key for key in before if key not in left)


@pytest.mark.parametrize("name", STORED)
def test_what_a_call_would_delete_is_what_it_deletes(name, tmp_path):
    items, is_listed = STORED[name]
    path = store(tmp_path / "a.db", items, listed=is_listed)
    storage = SQLiteStorage(path)
    stored = storage.read(storage.find(storage.pairs()[0], "s"))
    storage.close()
    told = {(one.class_name, one.call): one.rows for one in asyncio.run(what_would_delete(Case(stored, Settings())))}
    assert {class_name for class_name, _ in told} == set(OPEN)
    for (class_name, call_), rows in told.items():
        copy = shutil.copyfile(path, tmp_path / f"{class_name} {call_}.db")
        assert asyncio.run(really_deleted(copy, class_name, call_)) == rows, (class_name, call_)


@pytest.mark.parametrize("class_name", OPEN)
def test_the_finding_of_a_session_that_is_not_listed_names_the_calls_that_delete_nothing(class_name, tmp_path):
    path = store(tmp_path / "a.db", [user(), assistant()], listed=False)
    (found,) = findings(path, class_name=class_name)
    kept = []
    for name in ("pop_item", "clear_session"):
        copy = shutil.copyfile(path, tmp_path / f"{name}.db")
        kept += [f"{name}()"] if not asyncio.run(really_deleted(copy, class_name, name)) else []
    told = f"{' and '.join(kept)} of {class_name} delete nothing." if kept else ""
    assert told in found.says
    assert ("nothing" in found.says) == bool(kept)


def test_a_pop_is_tried_on_the_branch_of_the_settings(tmp_path):
    async def two_branches(path):
        session = AdvancedSQLiteSession(session_id="s", db_path=path, create_tables=True)
        await session.add_items([user(), assistant(), user("b"), assistant(id_="msg_2")])
        await session.create_branch_from_turn(2, "draft")
        await session.add_items([user("c")])
        session.close()

    asyncio.run(two_branches(path := tmp_path / "a.db"))
    storage = SQLiteStorage(path)
    stored = storage.read(storage.find(storage.pairs()[0], "s"))
    storage.close()
    for branch, popped in ("main", (4,)), ("draft", (5,)):
        case = Case(stored, Settings(branch=branch))
        told = {(one.class_name, one.call): one.rows for one in asyncio.run(what_would_delete(case))}
        assert told["AdvancedSQLiteSession", "pop_item"] == popped
        assert told["SQLiteSession", "pop_item"] == (5,)
