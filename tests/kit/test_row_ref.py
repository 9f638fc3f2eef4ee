"""Rows are named by store, session and key, also in words."""

from lessons.kit.problems.explain import kept
from lessons.kit.row_ref import RowRef, rows_in_words
from tests.support.turns import do, user

ALICE, BOB = (RowRef("json_files", "alice", key) for key in (1, 2)), RowRef("json_files", "bob", 1)


def test_the_session_of_a_row_is_said_where_there_are_several():
    one, two = ALICE
    assert rows_in_words([]) == ""
    assert rows_in_words([two]) == "row 2"
    assert rows_in_words([one, two]) == "rows 1, 2"
    assert rows_in_words([one, two, BOB]) == "rows 1, 2 of alice, row 1 of bob"
    assert rows_in_words([one], among=[one, BOB]) == "row 1 of alice"


def test_many_keys_in_a_row_are_named_by_the_first_and_the_last():
    """The head of a step that adds 45 items named each of them, over the whole width of the page."""
    assert rows_in_words([RowRef("json_files", "notes", key) for key in (1, 3, *range(5, 50))]) == "rows 1, 3, 5–49"
    assert rows_in_words([RowRef("json_files", "notes", key) for key in range(1, 6)]) == "rows 1, 2, 3, 4, 5"


async def store_in_two(open_session):
    for session_id in ("alice", "bob"):
        await open_session(session_id).add_items([user("Hi")])


async def store_in_two_and_fail(open_session):
    await store_in_two(open_session)
    raise RuntimeError("after both")


def test_rows_of_two_sessions_with_one_key_are_told_apart_in_a_record(desk, provider):
    record = do(desk, provider, store_in_two, store="json_files")
    assert record.added_rows == (RowRef("json_files", "alice", 1), RowRef("json_files", "bob", 1))
    assert [row.ref for row in record.added] == list(record.added_rows)


def test_rows_of_two_sessions_with_one_key_are_told_apart_in_words(desk, provider):
    record = do(desk, provider, store_in_two_and_fail, store="json_files")
    assert record.problem is not None
    assert record.problem.kept.startswith("Stored before it failed: row 1 of alice, row 1 of bob.")
    assert kept(record.changes) == record.problem.kept
    record = do(desk, provider, store_in_two, store="json_files", step=0, holds=lambda seen: 1 / 0 > 0)
    assert "row 2 of alice, row 2 of bob" in record.verdict_problem.kept
