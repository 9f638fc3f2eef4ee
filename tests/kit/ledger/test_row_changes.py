"""Added, removed and changed rows, exact at the edge of what a picture holds."""

import asyncio

import pytest

from lessons.kit.ledger.row_changes import row_changes
from lessons.kit.stores.rows import PICTURE_ROWS, TablePicture
from lessons.kit.stores.sqlite.file_store import KIND

SIZES = [0, 1, 99, 100, 101, 150, 1_000]


@pytest.fixture
def store(tmp_path):
    opened = KIND.open(tmp_path)
    yield opened
    opened.close()


def users(count):
    return [{"role": "user", "content": f"message {number}"} for number in range(count)]


def changes_of(store, operation):
    """What `operation` changes of the session "alice", as [added keys, removed keys, changed keys] of the item table."""
    before = store.picture("alice")
    asyncio.run(operation(store.open_session("alice")))
    tables = {table.table: table for table in row_changes("sqlite_file", "alice", before, store.picture("alice"))}
    items = tables.get("agent_messages")
    if items is None:
        return [[], [], []]
    return [[row.key for row in rows] for rows in (items.added, items.removed, items.changed)]


def fill(store, count):
    if count:
        asyncio.run(store.open_session("alice").add_items(users(count)))


@pytest.mark.parametrize("size", SIZES)
def test_reading_changes_nothing(store, size):
    fill(store, size)
    assert changes_of(store, lambda session: session.get_items()) == [[], [], []]


@pytest.mark.parametrize("size", SIZES)
def test_only_the_new_rows_are_added(store, size):
    """Older rows leave the picture when new ones come: they are not removed."""
    fill(store, size)
    added, removed, changed = changes_of(store, lambda session: session.add_items(users(2)))
    assert (added, removed, changed) == ([size + 1, size + 2], [], [])


@pytest.mark.parametrize("size", SIZES[2:])
def test_only_the_popped_rows_are_removed(store, size):
    """Older rows come into the picture when new ones go: they are not added."""
    fill(store, size)

    async def pop_two(session):
        await session.pop_item()
        await session.pop_item()

    assert changes_of(store, pop_two) == [[], [size - 1, size], []]


@pytest.mark.parametrize("size", SIZES[1:])
def test_a_cleared_session_has_lost_its_rows(store, size):
    fill(store, size)
    before = store.picture("alice")
    asyncio.run(store.open_session("alice").clear_session())
    items, sessions = row_changes("sqlite_file", "alice", before, store.picture("alice"))
    assert [row.key for row in items.removed] == list(range(max(1, size - PICTURE_ROWS + 1), size + 1))
    assert [row.key for row in sessions.removed] == ["alice"]


def test_more_rows_than_a_picture_holds_are_added_at_once(store):
    fill(store, 50)
    added, removed, _ = changes_of(store, lambda session: session.add_items(users(150)))
    assert removed == []
    assert added == list(range(101, 201))  # the newest; nothing is said of the others


def test_rows_of_other_sessions_are_no_changes(store):
    fill(store, 3)

    async def add_to_bob(session):
        await store.open_session("bob").add_items(users(2))

    assert changes_of(store, add_to_bob) == [[], [], []]


def test_another_item_under_the_same_id_is_a_removed_and_an_added_row():
    before = [TablePicture("items", {1: {"message_data": "old"}, 2: {"message_data": "kept"}})]
    after = [TablePicture("items", {1: {"message_data": "new"}, 2: {"message_data": "kept"}})]
    (table,) = row_changes("sqlite_file", "alice", before, after)
    assert [row.key for row in table.added] == [row.key for row in table.removed] == [1]
    assert (table.removed[0].before, table.added[0].after) == ({"message_data": "old"}, {"message_data": "new"})
    assert table.changed == ()


def test_a_changed_row_is_told_with_both_values():
    before = TablePicture("agent_sessions", {"alice": {"updated_at": "10:00"}})
    after = TablePicture("agent_sessions", {"alice": {"updated_at": "10:01"}})
    (table,) = row_changes("sqlite_file", "alice", [before], [after])
    (row,) = table.changed
    assert (row.key, row.before, row.after) == ("alice", {"updated_at": "10:00"}, {"updated_at": "10:01"})
    assert (table.added, table.removed) == ((), ())
