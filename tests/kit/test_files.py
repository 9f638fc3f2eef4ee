"""Files that another program may have replaced."""

import os
from pathlib import Path

import pytest

from lessons.kit.deleting import discard
from lessons.kit.files import check_is_file, read_file, size_in_words


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


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (2_048, "2 kB"),
        (9_960, "10 kB"),
        (500_000, "500 kB"),
        (999_600, "1 MB"),
        (1_500_000, "1.5 MB"),
        (100_000_001, "100 MB"),
        (10_000_000_000, "10,000 MB"),
    ],
)
def test_a_size_has_the_unit_that_fits_it(size: float, words: str):
    assert size_in_words(size) == words
