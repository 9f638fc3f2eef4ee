"""What one pop removes, and what is said of each row: some classes also delete rows that they do not return."""

import sqlite3
from contextlib import closing

import pytest
from agents.extensions.memory import AdvancedSQLiteSession, AsyncSQLiteSession, EncryptedSession, SQLAlchemySession

from lessons.kit.ledger import observe
from tests.kit.ledger.test_own_classes import InMemory
from tests.support.observed import go
from tests.support.scripted import file_session, user

ONE, TWO, HIDDEN = user("one"), user("two"), user("hidden")


async def popped(session, pops=1):
    """What the pops return, and each line that was removed, with its text and why."""
    async with observe(session) as seen:
        returned = [await session.pop_item() for _ in range(pops)]
    return returned, [(line.item.text, line.cause, line.why) for line in seen.ledger.lines if line.mark == "removed"]


def async_sqlite(path):
    return AsyncSQLiteSession("s", path)


def sqlalchemy(path):
    return SQLAlchemySession.from_url("s", url=f"sqlite+aiosqlite:///{path}", create_tables=True)


@pytest.mark.parametrize("inside", [async_sqlite, sqlalchemy])
def test_rows_of_another_key_that_a_pop_deletes_on_its_way_are_named_as_not_returned(tmp_path, inside):
    async def work():
        inner = inside(tmp_path / "chat.db")
        own, other = EncryptedSession("s", inner, "one key"), EncryptedSession("s", inner, "another key")
        await own.add_items([ONE, TWO])
        await other.add_items([HIDDEN])
        found = await popped(own)
        await (inner.engine.dispose() if inside is sqlalchemy else inner.close())
        return found

    returned, (two, hidden) = go(work())
    assert returned == [TWO]
    assert two == ("two", "popped", "taken out by pop_item()")
    assert hidden[1:] == (
        "popped",
        "taken out by pop_item(), and not returned (wrong key or tampered: the session could not decrypt it with its key)",
    )


def test_a_row_that_other_code_removes_before_a_pop_is_not_the_row_of_the_pop(tmp_path):
    async def work():
        session = await file_session(tmp_path, ONE, TWO, HIDDEN)
        async with observe(session) as seen:
            with closing(sqlite3.connect(tmp_path / "chat.db")) as other, other:
                other.execute("DELETE FROM agent_messages WHERE id = 3")
            returned = await session.pop_item()
        return returned, [(line.item.text, line.cause) for line in seen.ledger.lines if line.mark == "removed"]

    assert go(work()) == (TWO, [("two", "popped"), ("hidden", "unknown")])


def test_a_pop_of_advanced_sqlite_also_deletes_rows_that_are_on_no_branch(tmp_path):
    async def work():
        path = tmp_path / "chat.db"
        await file_session(tmp_path, HIDDEN)  # without a row in message_structure
        session = AdvancedSQLiteSession(session_id="chat", db_path=str(path), create_tables=True)
        await session.add_items([ONE, TWO])
        return await popped(session)

    why = "taken out by pop_item(), and not returned (no branch holds it: it has no row in message_structure)"
    assert go(work()) == ([TWO], [("hidden", "popped", why), ("two", "popped", "taken out by pop_item()")])


@pytest.mark.parametrize("pops", [1, 2])
def test_a_class_without_rows_has_the_newest_of_two_equal_items_popped(pops):
    async def work():
        session = InMemory(ONE, TWO, ONE)
        async with observe(session) as seen:
            await session.get_items()
            returned = [await session.pop_item() for _ in range(pops)]
        return returned, [(line.item.text, line.mark) for line in seen.ledger.lines]

    returned, found = go(work())
    assert returned == [ONE, TWO][:pops]
    assert found == [("one", ""), ("two", "removed" if pops == 2 else ""), ("one", "removed")]


def test_a_class_without_rows_that_was_not_read_shows_what_a_pop_returned():
    returned, found = go(popped(InMemory(ONE, TWO)))
    assert (returned, found) == ([TWO], [("two", "popped", "taken out by pop_item()")])
