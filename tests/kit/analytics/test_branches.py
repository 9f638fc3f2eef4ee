"""The tree that is read from the rows, what a new branch includes, and two branches side by side."""

import asyncio

import pytest

from lessons.kit.analytics.branch_operations import BranchOperation, branch_name, check_deletion, check_new_branch
from lessons.kit.analytics.branches import in_ranges, read_branches, read_copied, read_tree, read_used_names
from lessons.kit.analytics.branches_side_by_side import Side, read_side_by_side
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.sqlite.advanced_store import AdvancedSQLiteStore
from lessons.kit.turns.desk import Desk
from tests.support.branched import branched


@pytest.fixture
def store(desk: Desk) -> AdvancedSQLiteStore:
    return desk.store("advanced_sqlite")


def branches(store: AdvancedSQLiteStore):
    return store.look("branches", lambda reader: read_branches(reader, "alice"), ())


def test_the_branches_are_those_that_the_session_lists(store):
    session = branched(store)
    said = asyncio.run(session.list_branches())
    assert [(one.name, one.rows, one.turns) for one in branches(store)] == [
        (one["branch_id"], one["message_count"], one["user_turns"]) for one in said
    ]


def test_a_row_belongs_to_the_branch_that_stored_it_first(store):
    branched(store)
    main, rome = branches(store)
    assert [(part.owner, part.first_turn, part.last_turn, part.rows) for part in main.segments] == [("main", 1, 3, 8)]
    assert [(part.owner, part.first_turn, part.last_turn, part.rows) for part in rome.segments] == [
        ("main", 1, 2, 6),
        ("rome", 3, 4, 8),
    ]
    assert (rome.parent, rome.parts_after) == ("main", 2)


def test_branches_that_share_rows_stand_next_to_each_other_and_have_one_cell(store):
    session = branched(store)

    async def two_more() -> None:
        await session.create_branch_from_turn(4, "lima")  # of rome: shares turn 3 with it
        await session.add_items([{"role": "user", "content": "lima"}])
        await session.switch_to_branch("main")
        await session.create_branch_from_turn(2, "early")
        await session.add_items([{"role": "user", "content": "early"}])

    asyncio.run(two_more())
    lanes = [one.name for one in branches(store)]
    assert lanes == ["main", "rome", "lima", "early"]
    tree = store.look("tree", lambda reader: read_tree(reader, "alice", lanes, 0, 9), ())
    drawn = {turn.number: [(cell.lane, cell.span) for cell in turn.cells if cell.rows] for turn in tree}
    assert drawn == {1: [(0, 4)], 2: [(0, 3), (3, 1)], 3: [(0, 1), (1, 2)], 4: [(1, 1), (2, 1)]}
    assert [row.key for row in tree[0].cells[0].rows] == [1, 2]


def test_rows_of_a_turn_that_is_shared_in_part_say_who_else_has_them(store):
    session = branched(store)

    async def pop_of_a_shared_turn() -> None:
        await session.switch_to_branch("main")
        for _ in range(3):
            await session.pop_item()

    asyncio.run(pop_of_a_shared_turn())
    tree = store.look("tree", lambda reader: read_tree(reader, "alice", ["main", "rome"], 2, 2), ())
    ours, theirs = tree[0].cells
    assert [(row.key, row.also_in) for row in ours.rows] == [(3, ("rome",)), (4, ("rome",)), (5, ("rome",))]
    assert [(row.key, row.also_in) for row in theirs.rows] == [
        (3, ("main",)),
        (4, ("main",)),
        (5, ("main",)),
        (6, ()),
    ]


def test_what_is_said_of_a_branch_before_it_is_made_is_what_it_gets(store):
    session = branched(store)
    said = store.look("copied", lambda reader: read_copied(reader, "alice", "rome", 4), None)
    asyncio.run(session.create_branch_from_turn(4, "lima"))
    lima = next(one for one in branches(store) if one.name == "lima")
    assert (lima.rows, lima.turns) == (len(said.rows), said.turns)
    tree = store.look("tree", lambda reader: read_tree(reader, "alice", ["lima"], 0, 9), ())
    assert tuple(row.key for turn in tree for cell in turn.cells for row in cell.rows) == said.rows
    assert not set(said.left) & set(said.rows)
    assert "3 + 3" in said.text


def test_a_turn_that_does_not_exist_has_nothing_to_include(store):
    branched(store)
    assert store.look("copied", lambda reader: read_copied(reader, "alice", "main", 4), None) is None


def test_two_branches_begin_with_the_same_rows_and_go_on_apart(store):
    branched(store)
    found = store.look(
        "compared", lambda reader: read_side_by_side(reader, Side("alice", "main"), Side("alice", "rome"), 1), None
    )
    assert found.same
    assert found.common == tuple((key, key) for key in range(1, 7))
    assert (found.left_rows, found.right_rows) == (2, 8)
    assert [turn.number for turn in found.turns] == [3, 4]
    assert found.turns[0].left[0].text == "What's 2 + 2?"
    assert found.turns[1].left == ()


def test_a_copied_session_begins_alike_with_its_own_rows(store):
    session = branched(store)
    items = asyncio.run(session.get_items(branch_id="main"))
    asyncio.run(store.open_session("alice_copy").add_items(items))
    found = store.look(
        "compared", lambda reader: read_side_by_side(reader, Side("alice", "main"), Side("alice_copy", "main"), 1), None
    )
    assert not found.same
    assert len(found.common) == 8
    assert all(ours != theirs for ours, theirs in found.common)
    assert (found.left_rows, found.right_rows, found.turns) == (0, 0, ())


@pytest.mark.parametrize(
    ("turn", "name", "why"),
    [(1, "x", "includes nothing"), (None, "x", "does not have this turn"), (2, "rome", "was used")],
)
def test_a_branch_of_no_use_is_refused_with_the_reason(store, turn, name, why):
    session = branched(store)
    asyncio.run(session.delete_branch("rome", force=True))  # its name stays used
    used = store.look("names", lambda reader: read_used_names(reader, "alice"), frozenset())
    with pytest.raises(Refused) as refused:
        check_new_branch(turn, name, used)
    assert why in refused.value.problem.what
    check_new_branch(2, "free", used)
    check_new_branch(2, None, used)


def test_main_is_never_deleted():
    with pytest.raises(Refused):
        check_deletion("main")
    check_deletion("rome")


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (BranchOperation("create_branch_from_turn", turn=2, name="a"), "create_branch_from_turn(2, 'a')"),
        (BranchOperation("create_branch_from_turn", turn=2), "create_branch_from_turn(2)"),
        (BranchOperation("create_branch_from_content", content="x'y"), 'create_branch_from_content("x\'y")'),
        (BranchOperation("switch_to_branch", name="main"), "switch_to_branch('main')"),
        (BranchOperation("delete_branch", name="a", force=True), "delete_branch('a', force=True)"),
    ],
)
def test_what_is_called_is_what_is_shown(operation, code):
    assert operation.code == f"await session.{code}"


def test_each_call_on_a_branch_does_what_it_says(store):
    session = branched(store)

    def call(operation: BranchOperation):
        return asyncio.run(operation.function()(session))

    call(BranchOperation("switch_to_branch", name="main"))
    assert call(BranchOperation("create_branch_from_content", content="2 + 2", name="sums")) == "sums"
    assert store.current_branch("alice") == "sums"
    call(BranchOperation("delete_branch", name="sums", force=True))
    assert store.current_branch("alice") == "main"
    assert [one.name for one in branches(store)] == ["main", "rome"]


def test_a_name_is_what_can_be_seen_of_it():
    assert branch_name("  plan\u0000 b ") == "plan b"
    assert branch_name(" \n ") is None


def test_row_ids_are_told_in_ranges():
    assert in_ranges([1, 2, 3, 5, 8, 9]) == "1–3, 5, 8–9"
    assert in_ranges(range(1, 40, 2)).endswith("and 12 more runs")
