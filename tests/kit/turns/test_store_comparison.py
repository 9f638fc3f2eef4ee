"""One turn on several stores: the same items, read from each storage, whatever its form."""

import asyncio
import json

import pytest

from lessons.guides import compare
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.turns.store_comparison import read_columns, same_items, shares
from lessons.kit.visitors.workspace import new_visitor
from tests.support.stores import all_kinds_in_two_parts

WEATHER = "What's the weather in Oslo?"


@pytest.fixture
def visitor(data_folder):
    name = new_visitor()
    yield name
    for desk in compare.open_desks(name, usable_kinds()).values():
        desk.reset()
        desk.close()


def run_on(visitor, stores, message, provider):
    desks = compare.open_desks(visitor, stores)
    for turn in compare.start_on_all(desks, message, provider):
        turn.result(60)
    return read_columns(desks, compare.SESSION_ID)


@pytest.mark.parametrize("stores", all_kinds_in_two_parts())
def test_every_store_gives_the_same_items_back(visitor, provider, stores):
    columns = run_on(visitor, {"sqlite_file", *stores}, WEATHER, provider)
    reference = columns["sqlite_file"]
    assert [item.kind for item in reference.record.returned] == ["user", "tool call", "tool output", "assistant"]
    for name, column in columns.items():
        assert column.problem is None, name
        assert column.record.problem is None, name
        found = same_items(column, reference, "the file")
        assert found.equal, name
        assert found.words.startswith("the same 4 items as the file"), name
        assert column.kept.size is None or column.kept.size.bytes > 0, name


def test_what_is_compared_is_what_the_session_itself_returns(visitor, provider):
    stores = ("sqlite_file", "json_files")
    columns = run_on(visitor, stores, WEATHER, provider)
    for column in columns.values():
        items = asyncio.run(column.store.open_session(compare.SESSION_ID).get_items())
        assert list(column.kept.items) == items
        assert column.record.called[-1] == "get_items"


def test_a_second_message_goes_to_the_same_sessions(visitor, provider):
    stores = ("sqlite_file", "sqlite_memory")
    run_on(visitor, stores, "My name is Alice", provider)
    columns = run_on(visitor, stores, "What's my name?", provider)
    for column in columns.values():
        assert column.kept.page.total == 4
        assert column.record.was_sent("Alice")


def test_figures_are_read_from_the_storage(visitor, provider):
    columns = run_on(visitor, ("sqlite_file", "sqlite_memory", "json_files"), "My name is Alice", provider)
    stored = [row.data for row in columns["sqlite_file"].kept.page.rows]
    for column in columns.values():
        assert column.kept.first == stored[0]
        assert column.kept.size.bytes > column.kept.item_bytes > len(stored[0])
    assert columns["sqlite_file"].kept.item_bytes == sum(len(data.encode()) for data in stored)
    (file,) = columns["json_files"].store.folder.glob("*.json")
    assert columns["json_files"].kept.size.bytes == file.stat().st_size
    assert "CREATE TABLE" in columns["sqlite_memory"].kept.schema


def test_the_bytes_of_more_rows_than_a_page_are_counted(visitor, provider):
    (desk,) = compare.open_desks(visitor, ["sqlite_file"]).values()
    session = desk.store("sqlite_file").open_session(compare.SESSION_ID)
    items = [{"role": "user", "content": f"message {number}"} for number in range(120)]
    asyncio.run(session.add_items(items))
    kept = read_columns({"sqlite_file": desk}, compare.SESSION_ID)["sqlite_file"].kept
    assert (len(kept.page.rows), kept.page.total, kept.counted) == (50, 120, 120)
    assert kept.item_bytes == sum(len(json.dumps(item)) for item in items)
    assert "message 0" in kept.first


def test_a_store_that_fails_does_not_stop_the_others(visitor, provider):
    stores = ("json_files", "sqlite_file")
    columns = run_on(visitor, stores, "My name is Alice", provider)
    (file,) = columns["json_files"].store.folder.glob("*.json")
    file.write_text("{ cut o")
    columns = run_on(visitor, stores, "What's my name?", provider)
    assert "damaged" in columns["json_files"].problem.what
    assert columns["json_files"].record.problem is not None
    assert columns["sqlite_file"].kept.page.total == 4
    assert file.read_text() == "{ cut o"


def test_a_store_that_was_asked_less_often_is_said_to_have_other_items(visitor, provider):
    run_on(visitor, ["sqlite_file"], "My name is Alice", provider)
    columns = run_on(visitor, ["sqlite_file", "json_files"], "What's my name?", provider)
    found = same_items(columns["json_files"], columns["sqlite_file"], "the file")
    assert not found.equal
    assert found.words == "2 items, not the 4 of the file: 1 turn here, 2 turns there"


def test_items_that_say_something_else_are_named_by_their_place(visitor, provider):
    columns = run_on(visitor, ["sqlite_file"], "My name is Alice", provider)
    others = run_on(visitor, ["json_files"], "My name is Bob", provider)
    found = same_items(others["json_files"], columns["sqlite_file"], "the file")
    assert not found.equal
    assert found.words == "2 items, as many as the file; items 1, 2 differ"


def test_items_that_are_written_in_another_form_are_said_to_be(visitor, provider):
    columns = run_on(visitor, ["sqlite_file", "json_files"], "My name is Alice", provider)
    (file,) = columns["json_files"].store.folder.glob("*.json")
    stored = json.loads(file.read_text())
    stored["items"][0] |= {"type": "message"}
    stored["items"][0]["content"] = [{"type": "input_text", "text": "My name is Alice"}]
    file.write_text(json.dumps(stored))
    columns = run_on(visitor, ["sqlite_file", "json_files"], "What's my name?", provider)
    found = same_items(columns["json_files"], columns["sqlite_file"], "the file")
    assert found.equal
    assert found.words == "the same 4 items as the file; with type; another form of content"


def test_an_empty_message_is_refused_and_nothing_is_run(visitor, provider):
    desks = compare.open_desks(visitor, ["sqlite_file", "json_files"])
    with pytest.raises(Refused, match="empty"):
        compare.start_on_all(desks, "  ", provider)
    assert not any(desk.records for desk in desks.values())


def test_starting_over_deletes_what_was_compared(visitor, provider):
    run_on(visitor, ["sqlite_file", "json_files"], "My name is Alice", provider)
    compare.start_over(visitor)
    columns = read_columns(compare.open_desks(visitor, ["sqlite_file", "json_files"]), compare.SESSION_ID)
    for column in columns.values():
        assert (column.records, column.kept.page.rows) == ((), ())


def test_shares_are_parts_of_the_greatest(visitor, provider):
    columns = run_on(visitor, ["sqlite_file", "json_files"], "My name is Alice", provider).values()
    figures = {"sqlite_file": 4.0, "json_files": 1.0}
    assert shares(columns, lambda column: figures[column.store.name]) == {"sqlite_file": 1.0, "json_files": 0.25}
    assert shares(columns, lambda column: None) == {}
