"""Turns on a full disk, on every store that keeps its rows in files."""

import errno
from pathlib import Path

import pytest

from lessons.kit.models.providers import Provider
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import cannot_write, new_visitor
from tests.chaos.disk import SmallDisk
from tests.support.database_servers import is_on_a_server
from tests.support.turns import ask_name, do, stored, tell

IN_MEMORY = {"sqlite_memory", "redis_fake", "encrypted_sqlite_memory", "encrypted_redis_fake"}
IN_FILES = sorted(kind for kind in usable_kinds() if kind not in IN_MEMORY and not is_on_a_server(kind))


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("kind", IN_FILES)
def test_a_turn_on_a_full_disk_says_so_and_loses_no_row(kind: str, closed: bool, disk: SmallDisk, provider: Provider):
    """This is so also when every handle was closed, and the file itself must be opened on the full disk."""
    desk = open_desk(new_visitor(), "basic")
    do(desk, provider, tell, store=kind)
    rows = stored(desk, kind)
    if closed:
        desk.close()
    disk.fill(0)
    record = do(desk, provider, ask_name, store=kind)
    assert record.problem is not None
    assert "The disk is full" in record.problem.what
    assert record.problem.next.startswith("Free space on the disk of the data folder")
    disk.free()
    kept = stored(desk, kind)
    assert kept[: len(rows)] == rows  # the run may have stored its question
    record = do(desk, provider, ask_name, store=kind)
    assert record.problem is None
    assert len(stored(desk, kind)) == len(kept) + 2
    desk.close()


def test_a_folder_that_cannot_be_made_on_a_full_disk():
    problem = cannot_write(OSError(errno.ENOSPC, "No space left on device", "somewhere")).problem
    assert problem.what == "The disk is full, or the quota on it is used up."
    assert problem.kept == "Nothing was changed: what is stored there is kept."
    assert "SESSIONS_DATA_DIR" not in problem.next


def test_starting_over_deletes_what_is_damaged_also_where_another_store_refuses(desk, provider, monkeypatch):
    do(desk, provider, tell)
    do(desk, provider, tell, store="json_files")
    path = desk.folder / "chat.db"
    path.unlink()
    path.mkdir()

    def away() -> None:
        raise Refused(Problem("The server is away.", "It is kept.", "Start it."))

    monkeypatch.setattr(desk.store("json_files"), "erase", away)
    with pytest.raises(Refused, match="The server is away"):
        desk.reset()
    assert not path.exists()
    assert len(stored(desk, "json_files")) == 2


def test_a_copy_that_could_not_be_taken_leaves_no_part_of_itself(desk, provider, monkeypatch):
    do(desk, provider, tell)
    do(desk, provider, tell, store="json_files")

    def no_room(folder: Path) -> None:
        (folder / "half of it").write_text("rows")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(desk.store("sqlite_file"), "save_to", no_room)
    record = do(desk, provider, ask_name, snapshot="one")
    assert record.problem.what == "The disk is full, or the quota on it is used up."
    assert list(desk.folder.rglob("half of it")) == []
