"""A visitor's own folder."""

import stat
import threading
from pathlib import Path

import pytest

from lessons.kit.visitors.workspace import close_to_others, data_folder, is_visitor, new_visitor, open_workspace


def test_names_of_visitors_cannot_be_guessed_and_are_recognised():
    names = {new_visitor() for _ in range(100)}
    assert len(names) == 100
    assert all(is_visitor(name) for name in names)


@pytest.mark.parametrize(
    "name", [None, "", "alice", "..", "../../etc/passwd", "a" * 21, "a" * 23, "a" * 21 + "/", "a" * 21 + "\n", "ä" * 22]
)
def test_a_name_that_was_never_given_opens_nothing(name, data_folder):
    assert not is_visitor(name)
    with pytest.raises(ValueError, match="not a visitor's name"):
        open_workspace(name)
    assert not data_folder.exists()


def test_every_visitor_has_their_own_folder(data_folder):
    one, other = open_workspace(new_visitor()), open_workspace(new_visitor())
    assert one.folder != other.folder
    assert one.folder.parent == other.folder.parent == data_folder


def test_the_data_folder_is_the_one_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SESSIONS_DATA_DIR", "relative")
    assert data_folder() == tmp_path / "relative"


def made_by_an_earlier_version(root):
    old = root / new_visitor()
    old.mkdir(parents=True)
    for folder in (root, old):
        folder.chmod(0o755)
    return old


def test_folders_of_earlier_versions_are_closed_to_others_when_the_server_starts(data_folder):
    old = made_by_an_earlier_version(data_folder)
    assert close_to_others() == ""
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (data_folder, old)] == [0o700, 0o700]


def test_a_data_folder_that_others_use_too_stays_theirs_and_the_log_says_so(data_folder):
    assert close_to_others() == ""  # there is none yet
    old = made_by_an_earlier_version(data_folder)
    (data_folder / "of another program").touch()
    assert "Set SESSIONS_DATA_DIR to a folder that only the app uses" in close_to_others()
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (data_folder, old)] == [0o755, 0o700]
    data_folder.chmod(0o700)
    assert close_to_others() == ""


def test_the_size_is_that_of_all_files_at_any_depth():
    workspace = open_workspace(new_visitor())
    (workspace.folder / "a" / "b").mkdir(parents=True)
    (workspace.folder / "a" / "b" / "c").write_bytes(b"x" * 1_000)
    (workspace.folder / "d").write_bytes(b"x" * 500)
    assert workspace.size() == 1_500


def test_measuring_a_folder_in_which_files_come_and_go():
    workspace = open_workspace(new_visitor())
    workspace.make()
    done, errors = threading.Event(), []

    def measure():
        try:
            while not done.is_set():
                workspace.size()
        except OSError as error:
            errors.append(error)

    reader = threading.Thread(target=measure)
    reader.start()
    for number in range(300):
        folder = workspace.folder / str(number % 5)
        folder.mkdir()
        (folder / "file").write_bytes(b"x")
        (folder / "file").unlink()
        folder.rmdir()
    done.set()
    reader.join()
    assert errors == []


def test_without_a_setting_the_data_folder_is_next_to_the_app_wherever_it_is_started(monkeypatch, tmp_path):
    """It was in the folder of the start: after a start from another one, every visitor's rows were missing."""
    monkeypatch.delenv("SESSIONS_DATA_DIR")
    monkeypatch.chdir(tmp_path)
    assert data_folder() == Path(__file__).parents[3] / ".sessions_data"
