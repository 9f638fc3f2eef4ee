"""Kills every operation that adds or deletes stored sessions, before and after each call: no session loses a row.

A kill leaves all rows of before or all of after, and the operation can be repeated. A move has two parts, so a session can be
in both places between them. What is killed on servers is in test_moving.py, and the operations of a desk in tests/kit/turns.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from lessons.kit.life_cycle.cleaning import clean_up
from lessons.kit.life_cycle.copying import copy_sessions
from lessons.kit.life_cycle.erasing import erase_sessions, erase_text
from lessons.kit.life_cycle.export_file import write_export
from lessons.kit.life_cycle.moving import move_sessions
from lessons.kit.life_cycle.places.addresses import open_place
from lessons.kit.life_cycle.places.place import Place
from lessons.kit.life_cycle.staged_file import staged
from lessons.kit.problems.problem import Refused
from tests.support.kills import KILLED, Points, in_fork
from tests.support.places import ITEMS, dump, filled, run_sql

LONG_AGO = (
    "UPDATE agent_sessions SET updated_at = '2020-01-01 00:00:00' WHERE session_id = 'old'",
    "UPDATE agent_messages SET created_at = '2020-01-01 00:00:00' WHERE session_id = 'old'",
)


class Places(NamedTuple):
    """The storage that is worked on, and another one, with the file of an export."""

    here: Place
    there: Place
    export: Path


def moved(places: Places) -> None:
    move_sessions(places.here, places.there, ["old"], "merge", remove=True, accept_losses=True)


def imported(places: Places) -> None:
    with staged(places.export) as source:
        copy_sessions(source, places.there, ["old", "s"], "keep")


OPERATIONS: dict[str, Callable[[Places], object]] = {
    "import": imported,
    "move": moved,
    "cleanup": lambda places: clean_up(places.here, 30),
    "erase sessions": lambda places: erase_sessions(places.here, ["old"]),
    "erase a text": lambda places: erase_text(places.here, "Wie geht"),
}


def made(folder: Path) -> Places:
    return Places(*(open_place(str(folder / name)) for name in ("here.db", "there.db")), folder / "all.sessions")


def prepared(folder: Path) -> Places:
    folder.mkdir()
    for session_id in ("old", "s"):
        filled(folder / "here.db", session_id=session_id, items=ITEMS)
    filled(folder / "there.db", session_id="mine", items=ITEMS)
    run_sql(folder / "here.db", *LONG_AGO)
    places = made(folder)
    write_export(places.here, ["old", "s"], places.export)
    return places


def content(places: Places) -> dict[str, dict[str, list[str]]]:
    """The rows of each session in both places."""
    return {
        name: {info.session_id: [row.data for row in rows] for info, rows, _ in dump(place)}
        for name, place in (("here", places.here), ("there", places.there))
    }


def killed_at(number: int | None, operation: str, folder: Path) -> list[str]:
    with Points(number, only_servers=False) as points:
        OPERATIONS[operation](made(folder))
        points.point("at the end")
    return points.seen


def outcome(operation: str, folder: Path) -> object:
    """Do the operation again. It may be refused, if it was done and nothing is left for it to do."""
    with suppress(Refused):
        OPERATIONS[operation](made(folder))
    return content(made(folder))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a kill is a fork that ends itself")
@pytest.mark.matrix
@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_kill_at_any_call_leaves_all_of_before_or_all_of_after(operation, every, tmp_path):
    whole, at_first = tmp_path / "whole", tmp_path / "at_first"
    prepared(at_first)
    before = content(made(at_first))
    shutil.copytree(at_first, whole)
    status, seen = in_fork(lambda: killed_at(None, operation, whole))
    assert status == 0, seen
    after = content(made(whole))
    assert before != after
    states = [before, after]
    if operation == "move":  # the session is in both places
        states.append({"here": before["here"], "there": after["there"]})
    found = []
    assert len(seen) > 15, seen
    for number in (*range(0, len(seen) - 1, every), len(seen) - 1):
        folder = tmp_path / str(number)
        shutil.copytree(at_first, folder)
        status, told = in_fork(lambda number=number, folder=folder: killed_at(number, operation, folder))
        assert status in (KILLED, 0), told  # now and then a comparison makes fewer calls
        left = content(made(folder))
        assert left in states, (number, seen[number], left)
        found.append(left)
        assert outcome(operation, folder) == after, (number, seen[number])
        shutil.rmtree(folder)
    assert before in found
    assert after in found
