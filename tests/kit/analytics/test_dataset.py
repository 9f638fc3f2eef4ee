"""The data set: the plan, real runs, the same twice, stopped in the middle, generated again."""

import asyncio
import threading

import pytest

from lessons.kit.analytics.branches import read_branches
from lessons.kit.analytics.dataset import SESSION_ID, TURNS, check_store, generate, plan
from lessons.kit.background import background
from lessons.kit.items import read
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.sqlite.advanced_store import AdvancedSQLiteStore
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.running_work import LongWork
from tests.support.turns import SilentModel, tell, with_model
from tests.support.turns import start as start_turn

FEW = 25


@pytest.fixture
def store(desk: Desk) -> AdvancedSQLiteStore:
    return desk.store("advanced_sqlite")


def start(desk: Desk, store: AdvancedSQLiteStore, turns: int = FEW) -> LongWork:
    return desk.start_long_work(lambda work, stop: generate(store, desk.workspace, work, stop, turns), "Generate")


def made(desk: Desk, store: AdvancedSQLiteStore, turns: int = FEW) -> LongWork:
    turn = start(desk, store, turns)
    turn.wait_until_done(60)
    return turn


def shape(store: AdvancedSQLiteStore) -> list[tuple]:
    found = store.look("branches", lambda reader: read_branches(reader, SESSION_ID), ())
    return [(one.name, one.rows, one.turns, one.segments) for one in found]


def said(store: AdvancedSQLiteStore) -> list[tuple[str, str]]:
    rows = store.page(SESSION_ID, limit=1_000).rows
    return [(read(row.data).kind, read(row.data).text) for row in rows]


def usage(store: AdvancedSQLiteStore) -> dict[str, int]:
    return asyncio.run(store.open_session(SESSION_ID).get_session_usage())


def test_the_plan_has_five_hundred_turns_on_four_branches():
    stretches = plan(TURNS)
    assert sum(one.turns for one in stretches) == TURNS
    assert len({one.branch for one in stretches}) == 4
    assert all(one.first >= 2 for one in stretches if one.begins_on)  # a branch from turn 1 would be empty


@pytest.mark.parametrize("turns", [6, 25, 77, 500])
def test_every_plan_adds_up(turns):
    assert sum(one.turns for one in plan(turns)) == turns


def test_it_is_made_of_runs_with_tools_usage_and_four_branches(desk, store):
    turn = made(desk, store)
    assert turn.problem is None
    assert turn.share == 1
    found = shape(store)
    assert {name for name, *_ in found} == {"main", "by_train", "by_ferry", "stay_home"}
    assert usage(store)["total_turns"] == FEW
    kinds = {kind for kind, _ in said(store)}
    assert kinds == {"user", "assistant", "tool call", "tool output"}
    assert store.current_branch(SESSION_ID) == "main"
    assert len(desk.records) == 0


def test_two_data_sets_are_equal(desk, store, tmp_path):
    made(desk, store)
    other = AdvancedSQLiteStore("other", "other", tmp_path / "other.db")
    generate(other, desk.workspace, LongWork(""), threading.Event(), FEW)
    assert shape(store) == shape(other)
    assert said(store) == said(other)
    assert usage(store) == usage(other)


def test_a_stop_keeps_whole_turns_and_the_desk_goes_on(desk, store):
    turn = start(desk, store, 400)
    while turn.share == 0:
        assert turn.wait(turn.version, 20)
    turn.stop()
    turn.wait_until_done(60)
    rows = said(store)
    assert 0 < sum(kind == "user" for kind, _ in rows) < 400
    assert rows[-1][0] == "assistant"
    assert usage(store)["total_turns"] == sum(kind == "user" for kind, _ in rows)
    assert desk.running() == []
    assert desk.exclusively(lambda: "free") == "free"


def test_a_second_one_takes_the_place_of_the_first(desk, store):
    made(desk, store)
    first = said(store)
    assert made(desk, store).problem is None
    assert said(store) == first
    assert {name for name, *_ in shape(store)} == {"main", "by_train_2", "by_ferry_2", "stay_home_2"}


def test_a_full_folder_ends_it_with_a_problem(desk, store, monkeypatch):
    monkeypatch.setattr("lessons.kit.analytics.dataset.ROOM_CHECKED_EVERY", 2)

    def full() -> None:
        if said(store):
            raise Refused(problem)

    from lessons.kit.problems.problem import Problem

    problem = Problem("Your folder is full.", "All is kept.", "Make room.")
    monkeypatch.setattr("lessons.kit.analytics.dataset.check_room", lambda workspace: full())
    turn = made(desk, store)
    assert turn.problem == problem
    assert desk.last_long_work is turn
    assert usage(store)["total_turns"] == 2


def test_a_stop_before_it_begins_stores_nothing(desk, store, provider):
    model = SilentModel()
    before = start_turn(desk, provider, tell, make_agent=with_model(model))
    assert model.asked.wait(60)
    queued = start(desk, store)
    queued.stop()
    before.stop()
    queued.wait_until_done(60)
    assert said(store) == []


def test_a_store_without_branches_is_refused(desk):
    with pytest.raises(Refused, match="keeps no branches"):
        check_store(desk.store("sqlite_file"))


def test_its_runs_are_on_the_one_loop_that_all_sessions_are_used_on(desk, store, monkeypatch):
    loops = set()
    real = store.open_session(SESSION_ID).store_run_usage

    async def store_run_usage(result):
        loops.add(asyncio.get_running_loop())
        await real(result)

    monkeypatch.setattr(store.open_session(SESSION_ID), "store_run_usage", store_run_usage)
    assert made(desk, store).problem is None

    async def its_loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    assert loops == {background().run(its_loop())}
