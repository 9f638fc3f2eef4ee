"""Kills every operation that deletes or replaces rows, before and after each call: all old rows are there, or all new ones.

The kills and what is compared are in tests/support/kills.py.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lessons.kit.stores.registry import usable_kinds

FILES = ["sqlite_file", "json_files"]


class Killing:
    """A process that runs scenarios, each of them with all its kills."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.kills"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(
        self, folder: Path, kinds: list[str], state: str, operation: str, most: int | None, plant: bool = False
    ) -> dict:
        """`plant` leaves a fault in the process: JSON files are written in place from then on."""
        asked = {
            "folder": str(folder),
            "kinds": kinds,
            "state": state,
            "operation": operation,
            "most": most,
            "plant": plant,
        }
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def killing():
    started = Killing()
    yield started
    started.close()


SOME = 5
"""Kills of each operation in the whole suite, from the first to the last. All of them: python -m pytest -m exhaustive"""

kills = pytest.mark.parametrize("most", [SOME, pytest.param(None, marks=pytest.mark.exhaustive)])
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="a kill is a fork that ends itself")


OPERATIONS = [
    ("told", "take"),
    ("told", "restore"),
    ("told", "set aside"),
    ("told", "start over"),
    ("aside", "bring back"),
    ("aside", "set aside"),
    ("away", "clean up"),
    ("removed", "clean up"),
]
"""The state of the desk and what is done to it: see Scenario."""


@needs_fork
@pytest.mark.matrix
@kills
@pytest.mark.parametrize(("state", "operation"), OPERATIONS)
def test_a_kill_at_any_call_loses_no_row(killing, tmp_path, state, operation, most):
    found = killing.run(tmp_path, FILES, state, operation, most)
    assert found["wrong"] == []
    assert found["possible"] > (2 if state == "away" else 14)
    assert len(found["killed"]) == min(found["possible"], most or found["possible"])


@needs_fork
@pytest.mark.matrix
@kills
@pytest.mark.parametrize("store", ["json_files", "sqlite_file"])
def test_a_kill_while_items_are_added_leaves_all_of_them_or_none(killing, tmp_path, store, most):
    found = killing.run(tmp_path, [store], "told", "add", most)
    assert found["wrong"] == []
    assert found["possible"] > 2


@needs_fork
@pytest.mark.exhaustive
def test_a_file_that_is_written_in_place_is_found_though_it_is_half_for_microseconds_only(tmp_path):
    """No random kill would hit this fault. It needs its own process, since the fault stays in it."""
    killing = Killing()
    found = killing.run(tmp_path, ["json_files"], "told", "add", None, plant=True)
    killing.close()
    assert any("neither before nor after" in wrong or "after the restart" in wrong for wrong in found["wrong"]), found


SERVERS = ("postgresql", "mysql", "redis")
ALSO_IN_THE_SUITE = {("postgresql", "clean up"), *((store, "restore") for store in SERVERS)}
"""The operations that the whole suite kills on SQL servers, where a kill takes a second. On Redis it kills them all."""
ON_SERVERS = [
    pytest.param(store, state, operation, most, marks=() if most else pytest.mark.exhaustive)
    for state, operation in OPERATIONS
    if (state, operation) not in (("told", "take"), ("away", "clean up"))  # they only read there
    for store in SERVERS
    for most in (SOME if operation == "restore" else 2, None)
    if most is None or store == "redis" or (store, operation) in ALSO_IN_THE_SUITE
]


@needs_fork
@pytest.mark.matrix
@pytest.mark.parametrize(("store", "state", "operation", "most"), ON_SERVERS)
def test_a_kill_at_any_statement_on_a_server_loses_no_row(killing, tmp_path, store, state, operation, most):
    """Setting aside and bringing back, starting over, and the removal of a schema or of all keys with their visitor."""
    if store not in usable_kinds():
        pytest.skip(f"no server for {store}")
    found = killing.run(tmp_path, [store, "json_files"], state, operation, most)
    assert found["wrong"] == []
    assert found["possible"] > 1
