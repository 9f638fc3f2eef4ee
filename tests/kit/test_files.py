"""Files that another program may have replaced."""

import os
from pathlib import Path

import pytest

from lessons.kit.deleting import discard
from lessons.kit.files import check_is_file, read_file


@pytest.fixture(params=["folder", "pipe", "device"])
def not_a_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "chat.db"
    match request.param:
        case "folder":
            path.mkdir()
            (path / "inside").write_text("of another program")
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
    return path


def test_what_is_not_a_file_is_refused_and_not_waited_for(not_a_file: Path):
    for look in (check_is_file, read_file):
        with pytest.raises(OSError, match=r"it is a .*, not a file") as refused:
            look(not_a_file)
        assert refused.value.filename == str(not_a_file)


def test_whatever_it_is_it_can_be_removed(not_a_file: Path):
    discard(not_a_file)
    assert not os.path.lexists(not_a_file)
    assert list(not_a_file.parent.iterdir()) == []
    assert Path("/dev/zero").exists()
    discard(not_a_file)  # it is gone already


def test_a_file_is_read_whole(tmp_path: Path):
    path = tmp_path / "items.json"
    assert check_is_file(path) is False
    path.write_bytes(b"\r\n[]" * 50_000)
    assert check_is_file(path) is True
    assert read_file(path) == b"\r\n[]" * 50_000
