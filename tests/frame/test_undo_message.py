"""The newest message is undone: all rows of its turn, and no other row."""

import json

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.frame.undo_message import start_undo
from lessons.kit.background import background
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.turns.session_operations import Operation

QUICK = ("sqlite_file", "advanced_sqlite", "encrypted_sqlite_file", "redis_fake", "json_files", "sqlite_memory")


def here(desk, provider, store="sqlite_file"):
    return walk.Walk(load_lesson("failures"), desk, store, provider)


def keys(desk, store="sqlite_file"):
    return [row.key for row in desk.store(store).page("my_chat").rows]


def undo_two_turns(desk, provider, store):
    at = here(desk, provider, store)
    for message in ("My name is Alice", "What's the weather in Oslo?"):
        assert walk.start_message(at, message, "my_chat").result(60).problem is None
    before = keys(desk, store)
    assert len(before) == 6
    assert start_undo(at, "my_chat").result(60).problem is None
    assert keys(desk, store) == before[:2]  # the call and its output too
    assert start_undo(at, "my_chat").result(60).problem is None
    assert keys(desk, store) == []
    with pytest.raises(Refused, match="no message of yours"):
        start_undo(at, "my_chat")


@pytest.mark.parametrize("store", QUICK)
def test_whole_turns_are_undone_one_after_the_other(desk, provider, store):
    undo_two_turns(desk, provider, store)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "store", [name for name, kind in usable_kinds().items() if name not in QUICK and not kind.is_outside]
)
def test_whole_turns_are_undone_on_every_store(desk, provider, store):
    undo_two_turns(desk, provider, store)


def test_it_refuses_where_another_row_came_after(desk, provider):
    at = here(desk, provider)
    walk.start_message(at, "My name is Alice", "my_chat").result(60)
    added = Operation("add_items", items=({"role": "user", "content": "from elsewhere"},))
    walk.start_operation(at, added, "my_chat").result(60)
    before = keys(desk)
    with pytest.raises(Refused, match="Other rows came after"):
        start_undo(at, "my_chat")
    assert keys(desk) == before


def test_a_message_after_an_undo_is_the_next_to_be_undone(desk, provider):
    at = here(desk, provider)
    for message in ("My name is Alice", "I work as a developer"):
        walk.start_message(at, message, "my_chat").result(60)
    start_undo(at, "my_chat").result(60)
    walk.start_message(at, "I love hiking", "my_chat").result(60)
    start_undo(at, "my_chat").result(60)
    assert len(keys(desk)) == 2


@pytest.mark.parametrize("store", ["sqlite_file", "redis_fake", "json_files", "sqlite_memory"])
def test_rows_that_have_taken_the_place_of_its_own_stay(desk, provider, store):
    """In a list a row is known by its position: what is added there after an undo is not the message that was undone."""
    at = here(desk, provider, store)
    for message in ("My name is Alice", "I work as a developer"):
        walk.start_message(at, message, "my_chat").result(60)
    start_undo(at, "my_chat").result(60)
    others = tuple({"role": role, "content": "from elsewhere"} for role in ("user", "assistant"))
    walk.start_operation(at, Operation("add_items", items=others), "my_chat").result(60)
    with pytest.raises(Refused, match="Other rows came after"):
        start_undo(at, "my_chat")
    assert len(keys(desk, store)) == 4


def test_rows_that_another_program_has_put_in_its_place_stay(desk, provider):
    at = here(desk, provider, "json_files")
    walk.start_message(at, "My name is Alice", "my_chat").result(60)
    items = [{"role": role, "content": "from elsewhere"} for role in ("user", "assistant")]
    (path,) = desk.store("json_files").folder.glob("*.json")
    path.write_text(json.dumps({"session_id": "my_chat", "items": items}))
    with pytest.raises(Refused, match="other keys or with other words"):
        start_undo(at, "my_chat")
    assert len(keys(desk, "json_files")) == 2


def test_messages_to_other_sessions_and_what_was_popped_do_not_count(desk, provider):
    """Undo counted titles: a message whose rows were popped was still the one to be undone."""
    at = here(desk, provider)
    walk.start_message(at, "My name is Alice", "my_chat").result(60)
    walk.start_message(at, "I work as a developer", "other").result(60)
    walk.start_message(at, "I love hiking", "my_chat").result(60)
    for _ in range(2):
        walk.start_operation(at, Operation("pop_item"), "my_chat").result(60)
    assert start_undo(at, "my_chat").result(60).problem is None
    assert keys(desk) == []
    assert len(desk.store("sqlite_file").page("other").rows) == 2
    assert start_undo(at, "other").result(60).problem is None
    assert desk.store("sqlite_file").page("other").rows == ()


def test_a_message_on_another_branch_is_not_undone_from_here(desk, provider):
    at = here(desk, provider, "advanced_sqlite")
    for message in ("My name is Alice", "I work as a developer"):
        walk.start_message(at, message, "my_chat").result(60)
    session = desk.store("advanced_sqlite").open_session("my_chat")
    background().run(session.create_branch_from_turn(2, "other"))
    walk.start_message(at, "I love hiking", "my_chat").result(60)
    background().run(session.switch_to_branch("main"))
    before = keys(desk, "advanced_sqlite")
    with pytest.raises(Refused, match="does not return all rows"):
        start_undo(at, "my_chat")
    assert keys(desk, "advanced_sqlite") == before
    background().run(session.switch_to_branch("other"))
    assert start_undo(at, "my_chat").result(60).problem is None
    assert keys(desk, "advanced_sqlite") == before[:-2]
