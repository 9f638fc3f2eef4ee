"""A thread closes the files of desks that nobody uses, and nothing that was stored or chosen is lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from agents import Runner

from lessons.kit.problems.problem import Refused
from lessons.kit.stores.sqlite.open_readers import READERS
from lessons.kit.turns import open_desks
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.turns import ask_name, do, stored, tell

CHEAP_TO_REOPEN = (
    "sqlite_file",
    "async_sqlite",
    "advanced_sqlite",
    "sqlalchemy_sqlite",
    "compaction_emulated",
    "json_files",
)


def files(folder: Path) -> list[str]:
    return [one.path for one in psutil.Process().open_files() if one.path.startswith(str(folder))]


@pytest.mark.parametrize("kind", [*CHEAP_TO_REOPEN, "encrypted_sqlite_file", "sqlite_memory", "redis_fake"])
def test_a_desk_that_was_not_used_releases_its_files_and_loses_nothing(desk, provider, monkeypatch, kind):
    do(desk, provider, tell, store=kind)
    before = stored(desk, kind)
    monkeypatch.setattr(open_desks, "RELEASED_AFTER", -1)
    open_desks.release_unused()
    assert files(desk.folder) == []
    assert stored(desk, kind) == before
    assert do(desk, provider, ask_name, store=kind).was_sent("Alice")


def test_the_branch_that_was_chosen_outlives_the_release(desk, provider, monkeypatch):
    store = desk.store("advanced_sqlite")

    async def branch(agent, session):
        await Runner.run(agent, "My name is Alice", session=session)
        await session.create_branch_from_turn(1, "aside")

    do(desk, provider, branch, store="advanced_sqlite")
    assert store.loses_when_closed()
    monkeypatch.setattr(open_desks, "RELEASED_AFTER", -1)
    open_desks.release_unused()
    assert store.current_branch("alice") == "aside"


def test_a_turn_that_waits_for_its_model_has_its_files_released_and_stores_its_answer(desk, provider):
    async def ask(agent, session):
        await Runner.run(agent, "My name is Alice", session=session)
        desk.stores.release()
        held = files(desk.folder)
        await Runner.run(agent, "What's my name?", session=session)
        return held

    record = do(desk, provider, ask)
    assert record.problem is None
    assert record.result == "[]"
    assert len(stored(desk, "sqlite_file")) == 4


def test_the_least_recently_used_desks_release_their_files_without_another_visitor(data_folder, provider):
    desks = [open_desk(new_visitor(), "basic") for _ in range(open_desks.DESKS_IN_USE + 3)]
    for desk in desks:
        do(desk, provider, tell)
    deadline = time.monotonic() + 60
    while any(files(desk.folder) for desk in desks[:3]):  # the thread of open_desks does it
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert files(desks[-1].folder)
    assert [len(stored(desk, "sqlite_file")) for desk in desks] == [2] * len(desks)
    for desk in desks:
        desk.close()


def test_the_turns_of_a_class_at_the_same_moment_have_few_files_open(data_folder, provider):
    held = []

    async def ask(agent, session):
        for _ in range(3):
            await session.add_items([{"role": "user", "content": "Hello"}])
            held.append(len({Path(path).parent for path in files(data_folder)}))

    desks = [open_desk(new_visitor(), "basic") for _ in range(20)]
    with ThreadPoolExecutor(len(desks)) as pool:
        records = list(pool.map(lambda desk: do(desk, provider, ask), desks))
    assert [record.problem for record in records] == [None] * len(desks)
    assert max(held) <= open_desks.DESKS_IN_USE + 1 + READERS, "the files of too many desks are open"
    for desk in desks:
        desk.close()


def test_rows_in_memory_are_kept_longer_and_then_lost(desk, provider, monkeypatch):
    do(desk, provider, tell, store="sqlite_memory")
    monkeypatch.setattr(open_desks, "CLOSED_AFTER", -1)
    open_desks.close_unused()
    assert len(stored(desk, "sqlite_memory")) == 2
    monkeypatch.setattr(open_desks, "LOST_AFTER", -1)
    open_desks.close_unused()
    assert stored(desk, "sqlite_memory") == []


def test_of_too_many_desks_with_rows_in_memory_the_least_recently_used_is_closed(data_folder, provider, monkeypatch):
    first, second = open_desk(new_visitor(), "basic"), open_desk(new_visitor(), "basic")
    for desk in (first, second):
        do(desk, provider, tell, store="sqlite_memory")
    monkeypatch.setattr(open_desks, "CLOSED_AFTER", -1)
    monkeypatch.setattr(open_desks, "DESKS_WITH_MEMORY", 1)
    open_desks.close_unused()
    assert [len(stored(desk, "sqlite_memory")) for desk in (first, second)] == [0, 2]


def test_a_page_that_still_has_a_closed_desk_and_a_new_page_have_the_same(desk, provider, monkeypatch):
    monkeypatch.setattr(open_desks, "CLOSED_AFTER", -1)
    open_desks.close_unused()
    assert open_desk(desk.workspace.visitor, "basic") is desk


def test_when_descriptors_are_scarce_new_visitors_are_told_and_the_others_go_on(desk, provider, monkeypatch):
    monkeypatch.setattr(open_desks, "are_scarce", lambda: True)
    with pytest.raises(Refused, match="no room for another page"):
        open_desk(new_visitor(), "basic")
    again = open_desk(desk.workspace.visitor, "basic")
    assert do(again, provider, tell).problem is None
