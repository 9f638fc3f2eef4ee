"""Compare on a full disk: each store says so, and all goes on when there is room again."""

import re

import pytest

from lessons.guides import compare
from lessons.kit.visitors.workspace import new_visitor
from tests.chaos.disk import SmallDisk
from tests.support.drawn import open_lesson, press
from tests.ui.guides.test_compare_page import figures, run

IN_FILES = "sqlite_file,json_files,advanced_sqlite,sqlalchemy_sqlite,async_sqlite,encrypted_sqlite_file"

MOST_RUNS = 12
"""More than one run can be needed: a write-ahead log that was read back into its database leaves room for some turns, and a
page of a database for some rows.
"""


# With all six it takes half a minute on a busy machine.
@pytest.mark.parametrize("stores", [IN_FILES[:22], pytest.param(IN_FILES, marks=pytest.mark.exhaustive)])
def test_comparing_on_a_full_disk(stores: str, disk: SmallDisk):
    visitor, count = new_visitor(), stores.count(",") + 1
    app = run(open_lesson("compare", visitor, stores=stores))
    disk.fill(0)
    full: set[int] = set()
    for _ in range(MOST_RUNS):
        outcomes = figures(run(app))["Outcome"]
        assert len(outcomes) == count
        for words in outcomes:
            assert "The disk is full" in words or "done" in words
            assert not re.search("Error|Errno|damaged", words)
        full |= {place for place, words in enumerate(outcomes) if "The disk is full" in words}
        if len(full) == count:
            break
    assert len(full) == count
    disk.free()
    assert all("done" in cell for cell in figures(run(app))["Outcome"])
    disk.fill(0)
    press(app, "start-over")
    press(app, "confirm-start-over")
    disk.free()
    assert len(figures(run(app))["Rows"]) == count
    for desk in compare.open_desks(visitor, stores.split(",")).values():
        desk.close()
