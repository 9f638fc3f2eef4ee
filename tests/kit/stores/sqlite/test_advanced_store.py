"""AdvancedSQLiteSession as a store: its branches, its usage, and the rows that it would delete."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass

import pytest
from agents import Runner, SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.stores.sqlite import sqlite_file
from lessons.kit.stores.sqlite.advanced_store import NO_BRANCH
from lessons.kit.stores.sqlite.reading import has_table
from lessons.kit.turns.session_operations import Operation
from tests.support.stores import opened_store
from tests.support.turns import assistant, do, dump, key_of, line_of, user

KIND = "advanced_sqlite"


@pytest.fixture
def store(tmp_path):
    with opened_store(KIND, tmp_path) as opened:
        yield opened


def add(store, *texts, session_id="alice"):
    asyncio.run(store.open_session(session_id).add_items([user(text) for text in texts]))


def branch(store, turn, name, *texts):
    """Branch, and store messages on the branch."""
    asyncio.run(store.open_session("alice").create_branch_from_turn(turn, name))
    if texts:
        add(store, *texts)


def switch(store, name):
    asyncio.run(store.open_session("alice").switch_to_branch(name))


def why(store, session=None):
    """Why each row is not returned, in stored order."""
    rows = {row.key: row.data for row in store.page("alice").rows}
    return [made.why for made in store.read_back("alice", rows, session).values()]


def read(store):
    return [item["content"] for item in asyncio.run(store.open_session("alice").get_items())]


def add_as_plain_session(store, *texts):
    with closing(SQLiteSession("alice", store.path)) as plain:
        asyncio.run(plain.add_items([user(text) for text in texts]))


def test_the_rows_of_all_branches_are_shown_and_say_which_one_they_are_on(store):
    add(store, "one", "two")
    branch(store, 2, "alt", "other two")
    assert [row.data for row in store.page("alice").rows] == [
        f'{{"role": "user", "content": "{text}"}}' for text in ("one", "two", "other two")
    ]
    assert why(store) == ["", "on another branch: main", ""]
    switch(store, "main")
    assert why(store) == ["", "", "on another branch: alt"]


def test_a_row_on_several_other_branches_names_them_all(store):
    add(store, "one", "two")
    branch(store, 2, "first")
    switch(store, "main")
    branch(store, 2, "second")
    switch(store, "main")
    branch(store, 1, "empty")
    assert why(store) == ["on other branches: main, first, second", "on another branch: main"]


def test_the_branch_is_that_of_the_handle_and_a_new_one_is_on_main(store):
    add(store, "one", "two")
    branch(store, 2, "alt", "other two")
    other = AdvancedSQLiteSession(session_id="alice", db_path=store.path)
    assert why(store, other) == ["", "", "on another branch: alt"]
    other.close()
    assert store.close() == ["alice in branches.db, which was on alt"]
    assert why(store) == ["", "", "on another branch: alt"]
    assert read(store) == ["one", "two"]


def test_a_picture_holds_every_table_of_the_session(store):
    add(store, "one", "two")
    add(store, "of bob", session_id="bob")
    branch(store, 2, "alt")
    asyncio.run(store.open_session("alice").clear_session())
    add(store, "three")
    pictures = {picture.table: picture for picture in store.picture("alice")}
    assert next(iter(pictures)) == "agent_messages"
    assert [row["branch_id"] for row in pictures["message_structure"].rows.values()] == ["main"]
    assert [row["branch_id"] for row in pictures["branch_reservations"].rows.values()] == ["main", "alt"]
    assert [row["generation"] for row in pictures["session_clear_generations"].rows.values()] == ["1"]
    assert pictures["turn_usage"].rows == {}


def test_a_picture_of_a_long_session_says_that_it_is_not_complete(store):
    add(store, *map(str, range(150)))
    structure = {picture.table: picture for picture in store.picture("alice")}["message_structure"]
    assert (len(structure.rows), structure.complete) == (100, False)
    assert list(structure.rows) == list(range(51, 151))


def test_a_turn_names_the_changes_of_every_table(desk, provider):
    async def ask(agent, session):
        result = await Runner.run(agent, "My name is Alice", session=session)
        await session.store_run_usage(result)
        return await session.create_branch_from_turn(1, "alt")

    record = do(desk, provider, ask, store=KIND)
    added = {table.table: len(table.added) for table in record.changes}
    assert added == {
        "agent_messages": 2,
        "agent_sessions": 1,
        "message_structure": 2,
        "turn_usage": 1,
        "branch_reservations": 2,
        "session_clear_generations": 1,
    }
    assert [call.method for call in record.calls if call.depth == 1][-2:] == [
        "store_run_usage",
        "create_branch_from_turn",
    ]


@pytest.mark.parametrize("turn", [2, 1])
def test_a_copy_keeps_the_branch_that_the_handle_was_on(store, tmp_path, turn):
    """Also an empty branch, to which no call leads back."""
    add(store, "one", "two")
    branch(store, turn, "alt")
    saved = tmp_path / "saved"
    saved.mkdir()
    store.save_to(saved)
    before, shared = dump(store.path), read(store)
    switch(store, "main")
    add(store, "later")
    store.restore_from(saved)
    assert (dump(store.path), read(store)) == (before, shared)
    store.close()  # the process ends
    new = usable_kinds()[KIND].open(tmp_path)
    new.restore_from(saved)
    assert (dump(new.path), read(new)) == (before, shared)
    add(new, "on the branch")
    assert why(new)[-1] == ""
    new.close()


def test_a_handle_does_not_stay_on_a_branch_that_a_copy_does_not_know(store, tmp_path):
    add(store, "one", "two")
    saved = tmp_path / "saved"
    saved.mkdir()
    store.save_to(saved)
    branch(store, 2, "alt", "other two")
    store.restore_from(saved)
    add(store, "three")
    assert read(store) == ["one", "two", "three"]
    assert {row[4] for row in dump(store.path)["message_structure"]} == {"main"}


def test_a_renamed_session_keeps_its_branches_and_its_usage(desk, provider):
    async def ask(agent, session):
        result = await Runner.run(agent, "My name is Alice", session=session)
        await session.store_run_usage(result)

    do(desk, provider, ask, store=KIND)
    store = desk.store(KIND)
    add(store, "two")
    branch(store, 2, "alt", "other two")
    add(store, "of carol", session_id="carol")
    asyncio.run(store.open_session("carol").clear_session())  # leaves its reservations and its generation
    store.rename("alice", "carol")
    carol = store.open_session("carol")
    assert {one["branch_id"] for one in asyncio.run(carol.list_branches())} == {"main", "alt"}
    assert asyncio.run(carol.get_session_usage())["total_turns"] == 1
    with pytest.raises(ValueError, match="already been used"):
        asyncio.run(carol.create_branch_from_turn(2, "alt"))
    assert store.page("alice").rows == ()


def test_rows_that_were_stored_past_the_class_are_on_no_branch(store):
    add(store, "one")
    add_as_plain_session(store, "old")
    assert why(store) == ["", NO_BRANCH]


def test_one_pop_would_delete_them_all_and_is_refused(store):
    add_as_plain_session(store, *"abcde")
    add(store, "new")
    with pytest.raises(Refused) as refused:
        store.check_pop("alice")
    assert refused.value.problem.what.startswith("5 rows of this session lie on no branch")
    asyncio.run(store.open_session("alice").pop_item())  # this is what the app does not do
    assert store.page("alice").rows == ()


def test_a_session_of_its_own_rows_can_be_popped(store):
    store.check_pop("alice")  # there is no file yet
    add(store, "one")
    add_as_plain_session(store, "old")
    add(store, "of bob", session_id="bob")
    store.check_pop("bob")
    with pytest.raises(Refused, match="1 row of this session lies on no branch"):
        store.check_pop("alice")


@dataclass(frozen=True)
class DeleteAlt:
    method: str = "delete_branch"
    code: str = 'await session.delete_branch("alt")'

    def function(self):
        async def call(session):
            return await session.delete_branch("alt")

        return call


@pytest.mark.parametrize(
    "operation",
    [Operation("pop_item"), Operation("clear_session"), DeleteAlt()],
    ids=lambda operation: operation.method,
)
def test_the_app_takes_nothing_out_while_rows_are_on_no_branch(desk, provider, operation):
    store, lesson = desk.store(KIND), load_lesson("analytics")
    add(store, "one", "two")
    branch(store, 2, "alt")
    switch(store, "main")
    add_as_plain_session(store, "old")
    before = dump(store.path)
    with pytest.raises(Refused, match="on no branch"):
        walk.start_operation(walk.Walk(lesson, desk, KIND, provider), operation, "alice")
    assert dump(store.path) == before
    read_it = walk.start_operation(walk.Walk(lesson, desk, KIND, provider), Operation("get_items"), "alice").result(60)
    assert [item.text for item in read_it.returned] == ["one", "two"]


def test_a_message_of_the_page_is_followed_by_its_usage(desk, provider):
    lesson = load_lesson("analytics")
    for message in ("What's 2 + 2?", "What's the weather in Oslo?"):
        record = walk.start_message(walk.Walk(lesson, desk, KIND, provider), message, "alice").result(60)
        assert record.problem is None
        assert record.called[-1] == "store_run_usage"
    usage = asyncio.run(desk.store(KIND).open_session("alice").get_turn_usage())
    assert [(turn["user_turn_number"], turn["requests"]) for turn in usage] == [(1, 1), (2, 2)]
    last = record.requests
    assert usage[1]["input_tokens"] == sum(request.usage.input_tokens for request in last)
    assert usage[1]["output_tokens"] == sum(request.usage.output_tokens for request in last)


def test_rows_of_another_branch_are_not_taken_for_those_that_were_sent(desk, provider):
    """The same words are stored on both branches; the newer rows are those of the branch that is not read."""
    exchange = [user("Hello"), assistant("Hi."), user("My name is Alice"), assistant("Hello, Alice.")]

    async def store_both(session):
        await session.add_items(exchange)
        await session.create_branch_from_turn(2, "alt")
        await session.add_items(exchange[2:])
        await session.switch_to_branch("main")

    async def ask(agent, session):
        return await Runner.run(agent, "What's my name?", session=session)

    do(desk, provider, store_both, store=KIND)
    record = do(desk, provider, ask, store=KIND)
    lines = {key_of(line): line for line in record.ledger.lines}
    assert [key for key, line in lines.items() if line.returned] == [1, 2, 3, 4]
    assert [key for key, line in lines.items() if line.sent] == [1, 2, 3, 4, 7]
    assert {lines[key].why for key in (5, 6)} == {"on another branch: alt"}


def test_a_turn_that_leaves_the_branch_still_tells_what_was_returned_there(desk, provider):
    async def ask_there_and_come_back(agent, session):
        await session.add_items([user("Hello"), assistant("Hi.")])
        await session.create_branch_from_turn(1, "alt")
        await session.add_items([user("My name is Alice"), assistant("Hello, Alice.")])
        result = await Runner.run(agent, "What's my name?", session=session)
        await session.switch_to_branch("main")
        return result

    record = do(desk, provider, ask_there_and_come_back, store=KIND)
    name = line_of(record, "My name is Alice")
    assert (name.returned, name.sent) == (True, (1,))
    assert not line_of(record, "Hi.").returned


def test_a_turn_that_only_switches_says_where_the_rows_are(desk, provider):
    async def store_two(session):
        await session.add_items([user("one"), user("two")])

    async def branch_off(session):
        await session.create_branch_from_turn(2, "alt")

    do(desk, provider, store_two, store=KIND)
    record = do(desk, provider, branch_off, store=KIND)
    assert line_of(record, "two").why == "on another branch: main"
    assert line_of(record, "one").why == "this turn did not read the session: create_branch_from_turn(), no run"


def test_a_file_without_the_tables_of_branches_can_be_looked_at(store, tmp_path):
    """An old file that no AdvancedSQLiteSession has opened yet."""
    with closing(SQLiteSession("alice", tmp_path / "branches.db")) as plain:
        asyncio.run(plain.add_items([user("old")]))
    assert [picture.table for picture in store.picture("alice")] == ["agent_messages", "agent_sessions"]
    assert why(store) == [""]
    store.check_pop("alice")
    with closing(sqlite3.connect(store.path)) as file:
        assert file.execute("SELECT 1 FROM sqlite_master WHERE name = 'message_structure'").fetchone() is None


def test_tables_that_are_made_while_a_page_looks_are_not_called_lost(store, monkeypatch):
    def made_after_the_first_look(reader, name):
        there = has_table(reader, name)
        monkeypatch.setattr(sqlite_file, "has_table", has_table)
        with closing(AdvancedSQLiteSession(session_id="alice", db_path=store.path, create_tables=True)) as session:
            asyncio.run(session.add_items([user("one")]))
        return there

    store.path.touch()
    monkeypatch.setattr(sqlite_file, "has_table", made_after_the_first_look)
    assert store.page("alice").rows == ()
    assert len(store.page("alice").rows) == 1
