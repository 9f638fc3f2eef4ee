"""What the app reads of turns and usage, compared with what the session itself says."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from lessons.kit.analytics import usage
from lessons.kit.analytics.usage import FOUND_PAGE, Details, FoundTurns, Turn, Usage
from lessons.kit.sdk_version import since
from lessons.kit.stores.sqlite.advanced_store import AdvancedSQLiteStore
from lessons.kit.turns.desk import Desk
from tests.support.branched import branched


@pytest.fixture
def store(desk: Desk) -> AdvancedSQLiteStore:
    return desk.store("advanced_sqlite")


def turns(store: AdvancedSQLiteStore, branch: str, session_id: str = "alice") -> tuple[Turn, ...]:
    return store.look(("turns", session_id, branch), lambda reader: usage.read_turns(reader, session_id, branch), ())


def found(store: AdvancedSQLiteStore, search: str, branch: str = "main", page: int = 1) -> FoundTurns:
    return store.look(
        ("found", branch, search, page),
        lambda reader: usage.find_turns(reader, "alice", branch, search, page),
        FoundTurns(),
    )


@pytest.mark.parametrize("branch", ["main", "rome"])
def test_the_usage_of_each_turn_is_what_the_session_says(store, branch):
    session = branched(store)
    said = {one["user_turn_number"]: one for one in asyncio.run(session.get_turn_usage(branch_id=branch))}
    read = {turn.number: turn.usage for turn in turns(store, branch) if turn.usage is not None}
    assert read.keys() == said.keys()
    for number, one in read.items():
        assert one == Usage(*(said[number][field] for field in Usage.__dataclass_fields__))


def test_a_branch_has_no_usage_of_the_turns_that_it_took_along(store):
    branched(store)
    shown = turns(store, "rome")
    assert [turn.number for turn in shown] == [1, 2, 3, 4]
    assert usage.missing_usage(shown) == [(1, 2)]
    assert usage.total(shown).requests == sum(turn.usage.requests for turn in shown[2:])


def test_a_turn_without_stored_usage_is_a_gap_and_not_zero(store):
    branched(store, usage=False)
    shown = turns(store, "main")
    assert [turn.usage for turn in shown] == [None, None, None]
    points, size = usage.points(shown, 10)
    assert size == 1
    assert [point.input_tokens for point in points] == [None, None, None]


def test_the_kinds_of_each_turn_are_those_of_the_session(store):
    session = branched(store)
    said = asyncio.run(session.get_conversation_by_turns("rome"))
    for turn in turns(store, "rome"):
        assert [kind for kind, count in turn.kinds for _ in range(count)] == [row["type"] for row in said[turn.number]]


def test_tools_are_counted_as_the_session_counts_them(store):
    session = branched(store)
    said = asyncio.run(session.get_tool_usage("rome"))
    read = store.look("tools", lambda reader: usage.read_tools(reader, "alice", "rome"), ())
    assert [(tool.name, tool.calls, tool.turns) for tool in read] == [
        ("get_weather", sum(count for _, count, _ in said), len(said))
    ]
    assert read[0].calls == 3


def test_the_usage_of_the_session_is_that_of_all_branches(store):
    session = branched(store)
    said = asyncio.run(session.get_session_usage())
    read = store.look("session", lambda reader: usage.read_session_usage(reader, "alice"), None)
    assert read == Usage(said["requests"], said["input_tokens"], said["output_tokens"], said["total_tokens"])
    assert store.look("other", lambda reader: usage.read_session_usage(reader, "nobody"), None) is None


@pytest.mark.parametrize("search", ["weather", "WEATHER", "%", "'", "2 + 2", "content", "", "\\", "noted", "ö", "“"])
def test_the_search_finds_what_the_session_finds(store, search):
    session = branched(store)
    said = asyncio.run(session.find_turns_by_content(search, "main"))
    read = found(store, search)
    assert [turn.number for turn in read.turns] == [one["turn"] for one in said]
    assert [turn.text for turn in read.turns] == [one["full_content"] for one in said]
    assert read.found == len(said)


@pytest.mark.parametrize("search", ["content", "%", "a_ice"])
def test_only_0_22_takes_a_search_for_a_pattern_in_the_stored_json(store, search):
    branched(store)
    everything, alice = [1, 2, 3], [1]
    before = alice if search == "a_ice" else everything
    assert [turn.number for turn in found(store, search).turns] == since((0, 23), [], before=before)


def test_a_page_past_the_end_is_the_last_page(store):
    session = store.open_session("alice")
    asyncio.run(session.add_items([{"role": "user", "content": f"note {number}"} for number in range(FOUND_PAGE + 1)]))
    last = found(store, "note", page=9)
    assert (last.page, last.pages, [turn.number for turn in last.turns]) == (2, 2, [FOUND_PAGE + 1])


def test_details_are_read_whatever_their_keys_are(store):
    branched(store)
    with closing(sqlite3.connect(store.path)) as file, file:
        file.execute(
            "UPDATE turn_usage SET input_tokens_details = ?, output_tokens_details = ? WHERE user_turn_number = 1",
            ('{"new key": {"deep": [1]}}', "no JSON"),
        )
    read = store.look("details", lambda reader: usage.read_details(reader, "alice", "main", 1), None)
    assert read == Details({"new key": {"deep": [1]}}, "no JSON")
    assert store.look("none", lambda reader: usage.read_details(reader, "alice", "main", 77), None) == Details()


def test_many_turns_are_drawn_as_means_of_equally_many():
    many = [Turn(number, number, (), Usage(1, number, 2, number + 2)) for number in range(1, 11)]
    points, size = usage.points(many, 4)
    assert size == 3
    assert [(point.first, point.last, point.input_tokens) for point in points] == [
        (1, 3, 2),
        (4, 6, 5),
        (7, 9, 8),
        (10, 10, 10),
    ]


def test_the_cost_is_tokens_times_prices():
    assert usage.cost(Usage(3, 2_000_000, 500_000, 2_500_000), 1.5, 4) == pytest.approx(5.0)


def test_nothing_is_read_of_a_session_that_is_not_there(store):
    assert turns(store, "main", "nobody") == ()
    branched(store)
    assert turns(store, "no_such_branch") == ()


def test_what_was_looked_at_is_read_again_when_the_file_has_changed(store):
    branched(store)
    assert len(turns(store, "main")) == 3
    asyncio.run(store.open_session("alice").switch_to_branch("main"))
    asyncio.run(store.open_session("alice").add_items([{"role": "user", "content": "one more"}]))
    assert len(turns(store, "main")) == 4
