"""Where removed rows stood, also when their keys were given out again."""

from dataclasses import replace

from lessons.kit.items import Item
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.ledger import Ledger, LedgerLine
from lessons.kit.ledger.removed_rows import history_of, in_stored_order
from lessons.kit.records import ChangedRow, TableChanges, TurnRecord
from lessons.kit.row_ref import RowRef
from lessons.kit.stores.rows import Row


def turn(number, added=(), removed=()):
    def change(key, after):
        values = {"session_id": "alice", "message_data": f"of turn {number}", "created_at": ""}
        return ChangedRow(key, None if after else values, values if after else None, RowRef("file", "alice", key))

    table = TableChanges(
        "agent_messages",
        "alice",
        tuple(change(key, True) for key in added),
        tuple(change(key, False) for key in removed),
    )
    return TurnRecord(f"{number:02}", f"turn {number}", "", None, "alice", "file", "m", "", 0, changes=(table,))


def drawn(turns, stored):
    history = history_of(turns, "alice")
    placed = in_stored_order(history, [Row(key, "alice", "{}", "") for key in stored], history.removed)
    return [
        (str(one.key), "")
        if isinstance(one, Row)
        else (str(one.row.key), f"{one.added_by.title} to {one.removed_by.title}")
        for one in placed
    ]


def test_a_removed_row_stands_where_it_stood_with_the_turns_that_stored_and_removed_it():
    turns = [turn(1, (1, 2)), turn(2, (3, 4)), turn(3, removed=(4,)), turn(4, (5, 6))]
    assert drawn(turns, (1, 2, 3, 5, 6)) == [
        ("1", ""), ("2", ""), ("3", ""), ("4", "turn 2 to turn 3"), ("5", ""), ("6", "")
    ]  # fmt: skip


def test_rows_whose_keys_are_given_out_again_stand_below_the_old_ones():
    turns = [turn(1, (1, 2)), turn(2, removed=(1, 2)), turn(3, (1, 2)), turn(4, removed=(2,)), turn(5, (2, 3))]
    assert drawn(turns, (1, 2, 3)) == [
        ("1", "turn 1 to turn 2"), ("2", "turn 1 to turn 2"), ("1", ""), ("2", "turn 3 to turn 4"), ("2", ""), ("3", "")
    ]  # fmt: skip


def test_rows_of_a_turn_that_runs_stand_below_those_whose_keys_were_given_out_again():
    """No record tells of these rows yet. They stood between the removed rows, and all lines jumped when the turn ended."""
    removed = [("1", "turn 1 to turn 2"), ("2", "turn 1 to turn 2"), ("3", "turn 1 to turn 2")]
    turns = [turn(1, (1, 2, 3)), turn(2, removed=(1, 2, 3))]
    assert drawn(turns, (1,)) == [*removed, ("1", "")]
    assert drawn([*turns, turn(3, (1, 2))], (1, 2, 3, 4)) == [*removed, ("1", ""), ("2", ""), ("3", ""), ("4", "")]


def test_a_turn_that_clears_and_stores_again_has_its_new_rows_below():
    assert drawn([turn(1, (1, 2)), turn(2, (1,), (1, 2))], (1,)) == [
        ("1", "turn 1 to turn 2"), ("2", "turn 1 to turn 2"), ("1", "")
    ]  # fmt: skip


def test_stored_rows_keep_their_order_whatever_the_records_say():
    assert drawn([turn(1, (1, 2)), turn(2, (1,), (2,))], (1, 2)) == [("2", "turn 1 to turn 2"), ("1", ""), ("2", "")]
    assert drawn([turn(1, (1, 2)), turn(2, (1,), (1,))], (1, 2)) == [("1", "turn 1 to turn 2"), ("1", ""), ("2", "")]


def test_a_row_was_there_from_the_turn_that_stored_it_to_the_one_that_removed_it():
    turns = [turn(1, (1,)), turn(2, (2,)), turn(3), turn(4, removed=(2,)), turn(5)]
    (removed,) = history_of(turns, "alice").removed
    assert [removed.was_there(one) for one in turns] == [False, True, True, False, False]


def with_passed(record, *keys):
    """The turn, with rows that it stored and took out again. Only its ledger tells of them."""
    lines = (
        LedgerLine(
            Item("user", "Hi", 2), RowRef("file", "alice", key), "removed", False, (), Cause.POPPED, "", "", '"Hi"'
        )
        for key in keys
    )
    return replace(record, ledger=Ledger(session_id="alice", lines=tuple(lines)))


def test_rows_that_came_and_went_within_a_turn_are_shown():
    turns = [turn(1, (1, 2)), with_passed(turn(2, (3,)), 4), turn(3, (5,))]
    assert drawn(turns, (1, 2, 3, 5)) == [("1", ""), ("2", ""), ("3", ""), ("4", "turn 2 to turn 2"), ("5", "")]
    assert history_of(turns, "bob").removed == ()


def test_the_key_of_a_row_that_went_within_a_turn_is_given_out_again():
    turns = [turn(1, (1,)), with_passed(turn(2, (2, 3)), 3), turn(3, (4,))]
    assert drawn(turns, (1, 2, 3, 4)) == [("1", ""), ("2", ""), ("3", "turn 2 to turn 2"), ("3", ""), ("4", "")]
    turns = [turn(1, (1,)), with_passed(turn(2), 2), turn(3, (2,))]
    assert drawn(turns, (1, 2)) == [("1", ""), ("2", "turn 2 to turn 2"), ("2", "")]


def test_what_the_ledger_says_of_a_row_that_tables_tell_of_is_not_shown_twice():
    assert drawn([turn(1, (1, 2)), with_passed(turn(2, removed=(2,)), 2)], (1,)) == [
        ("1", ""),
        ("2", "turn 1 to turn 2"),
    ]
