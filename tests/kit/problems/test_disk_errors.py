"""A disk's errors are told apart by their codes, and starting over is advised only where it helps."""

import errno
import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from lessons.kit.problems.disk_errors import unreadable
from lessons.kit.problems.explain import explain
from lessons.kit.problems.problem import Refused


def sqlite_error(name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError("said in any language")
    error.sqlite_errorcode, error.sqlite_errorname = getattr(sqlite3, name), name
    return error


def os_error(number: int, *more: str) -> OSError:
    return OSError(number, os.strerror(number), *more)


FULL = {
    "SQLITE_FULL": sqlite_error("SQLITE_FULL"),
    "ENOSPC": os_error(errno.ENOSPC),
    "ENOSPC of a file": os_error(errno.ENOSPC, "/secret/place/chat.db"),
    "EDQUOT": os_error(errno.EDQUOT),
}


@pytest.mark.parametrize("error", FULL.values(), ids=FULL)
def test_a_full_disk_does_not_ask_to_start_over(error: Exception):
    for problem in (explain(error), unreadable(Path("chat.db"), error).problem):
        assert "The disk is full" in problem.what
        assert "Free space" in problem.next
        assert "start" not in problem.next
        assert problem.start_over is False


def test_a_full_disk_behind_another_error_is_found():
    outer = RuntimeError("the client says")
    outer.__cause__ = os_error(errno.ENOSPC)
    assert explain(outer).what == "The disk is full, or the quota on it is used up."


def test_a_refusal_behind_another_error_gives_its_words():
    outer = RuntimeError("the client says")
    outer.__cause__ = unreadable(Path("conv.json"), ValueError("not JSON"))
    assert explain(outer).what.startswith("The file conv.json is damaged")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SQLITE_BUSY", "locked"),
        ("SQLITE_BUSY_SNAPSHOT", "locked"),
        ("SQLITE_IOERR_WRITE", "The disk failed"),
        ("SQLITE_IOERR_FSYNC", "The disk failed"),
        ("SQLITE_READONLY_DBMOVED", "cannot be written"),
        ("SQLITE_CANTOPEN", "cannot be written"),
    ],
)
def test_an_error_that_starting_over_does_not_fix_does_not_advise_it(name: str, words: str):
    problem = explain(sqlite_error(name))
    assert words in problem.what
    assert "start" not in problem.next


@pytest.mark.parametrize("name", ["SQLITE_CORRUPT_VTAB", "SQLITE_NOTADB", "SQLITE_ERROR"])
def test_damage_is_named_and_can_be_started_over(name: str):
    refused = unreadable(Path("/data/chat.db"), sqlite_error(name))
    assert isinstance(refused, Refused)
    assert refused.problem.what.startswith("The file chat.db ")
    assert "/data" not in refused.problem.what
    assert refused.problem.start_over is True
    assert "start the lesson over" in explain(sqlite_error(name)).next


def test_files_that_could_not_be_copied_are_not_named_with_their_paths(tmp_path: Path):
    error = shutil.Error([("/secret/place/a", "/secret/place/b", "[Errno 28] No space left on device")])
    assert explain(error).what == "Not all files could be copied."
    assert "Free space" in explain(error).next


def test_a_file_that_may_not_be_read_or_written():
    assert "Make the file and its folder writable" in explain(os_error(errno.EROFS, "chat.db")).next
    assert unreadable(Path("chat.db"), os_error(errno.EACCES, "x")).problem.start_over is True


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not JSON", "It is not JSON from line 1, column 1 on"),
        (b'"\xff"', "It is not text in UTF-8"),
        (b"[" * 100_000, "It is nested too deep"),
        (b"3", "Its structure differs from what that class writes"),
    ],
)
def test_a_foreign_content_is_described_in_words_and_not_by_the_name_of_a_python_class(content: bytes, said: str):
    try:
        json.loads(content)["items"]
    except Exception as error:
        problem = unreadable(Path("chat.json"), error).problem
    assert problem.what == f"The file chat.json is damaged: its session class does not write this. {said}."
    assert problem.start_over
