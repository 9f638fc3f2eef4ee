"""`python -m lessons forget`: all that one visitor has stored is deleted, and nothing of the others."""

from datetime import date
from pathlib import Path

import pytest

from lessons.kit.stores.opened_stores import mark_opened
from lessons.kit.stores.sql import postgresql
from lessons.kit.visitors.trash import throw_away
from lessons.kit.visitors.workspace import Workspace, new_visitor, open_workspace
from lessons.terminal import command_line

ROOT = Path(__file__).parents[2]


def with_a_file(visitor: str = "") -> Workspace:
    workspace = open_workspace(visitor or new_visitor())
    workspace.make()
    (workspace.folder / "basic").mkdir()
    (workspace.folder / "basic" / "chat.db").write_bytes(b"My name is Alice")
    return workspace


def page_of(workspace: Workspace) -> str:
    return f"https://class.example.org/basic?session=alice&visitor={workspace.visitor}&step=3"


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_visitor_of_the_address_is_deleted_and_no_other(data_folder, capsys):
    one, other = with_a_file(), with_a_file()
    assert command_line.main(["forget", page_of(one)]) == 0
    assert "2 files with 16 bytes deleted" in capsys.readouterr().out
    assert sorted({path.relative_to(data_folder).parts[0] for path in files_in(data_folder)}) == [other.visitor]
    assert not any(one.visitor in str(path) for path in data_folder.rglob("*"))


def test_a_visitor_who_was_set_aside_by_the_clean_up_is_deleted_too_and_no_other(data_folder):
    away, other = with_a_file(), with_a_file()
    for one in (away, other):
        throw_away(one.folder, date.today())
    assert command_line.main(["forget", away.visitor]) == 0
    assert {path.parts[-2] for path in files_in(data_folder) if path.name == "visited"} == {other.visitor}


def test_a_name_alone_will_do_also_where_it_starts_as_an_option_does(data_folder):
    one = with_a_file("-" + new_visitor()[1:])
    assert command_line.main(["forget", one.visitor]) == 0
    assert files_in(data_folder) == []


def test_a_dry_run_deletes_nothing(data_folder, capsys):
    one = with_a_file()
    assert command_line.main(["forget", "--dry-run", page_of(one)]) == 0
    assert "would be deleted" in capsys.readouterr().out
    assert (one.folder / "basic" / "chat.db").exists()


@pytest.mark.parametrize("address", ["https://class.example.org/basic", "?visitor=..", "A" * 22, "../.."])
def test_an_address_of_nobody_is_refused(address, data_folder, capsys):
    kept = with_a_file()
    assert command_line.main(["forget", address]) == 2
    said = capsys.readouterr()
    assert "Nothing was deleted." in said.err
    assert said.out == ""
    assert (kept.folder / "basic" / "chat.db").exists()


def test_rows_on_a_server_whose_variable_is_not_set_are_not_said_to_be_deleted(data_folder, monkeypatch, capsys):
    monkeypatch.setenv("POSTGRES_URL", "")
    one = with_a_file()
    mark_opened(one.folder / "basic", postgresql.KIND.name)
    assert command_line.main(["forget", page_of(one)]) == 1
    assert "Rows are still on a server" in capsys.readouterr().out
    assert not one.folder.exists()
    assert command_line.main(["forget", page_of(one)]) == 1  # what it needs to find them is kept
