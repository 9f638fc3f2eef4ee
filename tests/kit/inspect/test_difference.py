"""One session under two settings."""

import pytest

from lessons.kit.inspect.check import Wanted, check_place
from lessons.kit.inspect.difference import changed, what_if
from lessons.kit.inspect.dry import Settings
from lessons.kit.inspect.opening.sqlite_place import SQLitePlace
from lessons.kit.inspect.stored import CannotRead
from lessons.terminal import inspect
from tests.support.stored_sessions import fixture


def stored(path):
    place, seen = SQLitePlace(path), []
    check_place(place, Settings(), Wanted(), seen.append)
    place.close()
    return seen[0]


def test_a_limit_names_the_rows_that_it_hides_and_the_finding_that_goes(tmp_path):
    found = what_if(stored(fixture("output-without-call", tmp_path)), Settings(), changed(Settings(), "limit=2"))
    assert [(one.key, one.first) for one in found.rows] == [(1, "sent"), (2, "sent")]
    assert [one.second.partition(":")[0] for one in found.rows] == ["not returned", "returned and not sent"]


def test_another_class_returns_the_rows_that_the_first_does_not(tmp_path):
    path = stored(fixture("rows-before-the-upgrade", tmp_path))
    found = what_if(path, Settings(), changed(Settings(), "class=SQLiteSession"))
    assert [(one.key, one.second) for one in found.rows] == [(key, "sent") for key in (1, 2, 3, 4)]
    assert found.codes == (("rows-without-structure",), ())


@pytest.mark.parametrize("change", ["limit=x", "class=Other", "limit", ""])
def test_another_change_is_refused(change):
    with pytest.raises(CannotRead):
        changed(Settings(), change)


def test_the_command_says_it_and_keeps_its_report_as_it_is(tmp_path, capsys):
    path = str(fixture("rows-before-the-upgrade", tmp_path))
    assert inspect.main([path, "--session", "s", "--what-if", "class=SQLiteSession"]) == 1
    assert "findings that go: rows-without-structure" in capsys.readouterr().err
