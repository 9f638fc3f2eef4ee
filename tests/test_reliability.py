"""docs/reliability.md names commands that exist, and its tables are those that the runs write."""

import re
from pathlib import Path

import pytest

from tests.chaos import __main__ as chaos
from tests.load import __main__ as load
from tests.load.visitor import Met
from tests.support.measured_table import DOCUMENT, line_of, write_line

ROOT = Path(__file__).parents[1]
PARSERS = {"load": load.parser, "chaos": chaos.parser}
TEXT = DOCUMENT.read_text(encoding="utf-8")


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Each run that the text names, and its arguments."""
    found = re.findall(r"python -m tests\.(load|chaos)((?: --?[\w-]+(?: [\w.]+)?)*)", text)
    return [(name, words.split()) for name, words in found]


@pytest.mark.parametrize("document", ["docs/reliability.md", ".ci/run"])
def test_the_commands_of_a_document_are_understood(document):
    named = commands((ROOT / document).read_text(encoding="utf-8"))
    assert {name for name, _ in named} == set(PARSERS)
    for name, words in named:
        PARSERS[name]().parse_args(words)


def table(name: str) -> list[list[str]]:
    """The cells of each line of a table, its head first."""
    head, _, rest = TEXT.partition(f"<!-- {name} -->")
    lines = [head.rstrip().splitlines()[-2], *rest.partition(f"<!-- /{name} -->")[0].strip().splitlines()]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_each_line_of_the_tables_has_a_command_a_date_and_a_machine():
    for name in PARSERS:
        head, *lines = table(name)
        assert lines, f"the table of {name} is empty"
        for cells in lines:
            assert len(cells) == len(head)
            assert [found for found, _ in commands(cells[0])] == [name]
            assert re.match(r"2\d{3}-\d\d-\d\d, \d+ cores \(.+\)", cells[1])


def test_a_run_has_a_cell_for_each_column():
    met = Met(turns=[1.0], reruns=[1.0])
    assert len(load.cells(met, [load.Sample(0, 1, 1, 1)])) + 1 == len(table("load")[0])
    visitors = dict.fromkeys(("messages sent", "steps", "steps taken back", "rows"), 1)
    assert len(chaos.cells(chaos.Outcome({"disk full": 1}, visitors, [], []))) + 1 == len(table("chaos")[0])


def test_every_store_that_is_attacked_is_offered_on_its_page():
    from lessons.course.index import entry

    for place in chaos.PLACES:
        assert place.store in entry(place.lesson).offered_stores


def test_a_run_replaces_its_own_line_and_no_other(tmp_path):
    document = tmp_path / "reliability.md"
    document.write_text("<!-- load -->\n| `run --n 30` | old |\n| `run --n 300` | other |\n<!-- /load -->\n")
    write_line("load", "run --n 30", ["new"], document)
    write_line("load", "run --n 5", ["first"], document)
    assert document.read_text().splitlines()[1:-1] == [
        line_of("run --n 30", ["new"]),
        line_of("run --n 300", ["other"]),
        line_of("run --n 5", ["first"]),
    ]
    with pytest.raises(ValueError, match="no table chaos"):
        write_line("chaos", "run", ["new"], document)
