"""The command that tests older minors of the SDK says what failed, and cannot be green without evidence."""

import os
import sys
import time

import pytest

from tests.sdk_versions import LEFT_OUT, ROOT, TESTED, Ended, Result, main, newest_of_each_minor, run, table

GREEN = Ended(0, "....\n4 passed in 1.00s\n")
RED = Ended(
    1,
    "..F\nFAILED tests/kit/test_items.py::test_one[a-b] - assert 1 == 2\n"
    "ERROR tests/ui/test_two.py - ImportError\n1 failed, 1 error in 1.00s\n",
)
LATE = Ended(None, "..")


def test_the_newest_patch_of_each_minor_is_taken():
    assert newest_of_each_minor(["0.24.1", "0.24.0", "0.23.0rc1", "0.23.0", "0.22.3"]) == ["0.24.1", "0.23.0", "0.22.3"]


@pytest.mark.parametrize(
    ("tests", "lessons", "passed"),
    [
        (GREEN, {"basic": GREEN}, True),
        (RED, {"basic": GREEN}, False),
        (LATE, {"basic": GREEN}, False),
        (GREEN, {"basic": RED}, False),
        (GREEN, {"basic": LATE}, False),
        (GREEN, {}, False),
    ],
)
def test_the_exit_status_tells_whether_all_tests_and_all_lessons_passed(tests, lessons, passed, monkeypatch, capsys):
    monkeypatch.setattr("tests.sdk_versions.try_version", lambda version: Result(version, tests, lessons))
    assert main(["0.22.3"]) == (0 if passed else 1)
    assert "0.22.3" in capsys.readouterr().out


def test_the_table_names_what_failed():
    shown = table([Result("0.23.1", GREEN, {"basic": GREEN}), Result("0.22.3", RED, {"basic": GREEN, "redis": LATE})])
    assert [line.split() for line in shown.splitlines()] == [
        ["version", "lessons", "tests"],
        ["0.23.1", "1", "of", "1", "passed", "4", "passed", "in", "1.00s"],
        ["0.22.3", "1", "of", "2", "passed", "1", "failed,", "1", "error", "in", "1.00s"],
        ["failed:", "lesson", "redis"],
        ["failed:", "tests/kit/test_items.py::test_one[a-b]", "-", "assert", "1", "==", "2"],
        ["failed:", "tests/ui/test_two.py", "-", "ImportError"],
    ]


def test_what_is_tested_and_what_is_left_out_of_it_exists():
    assert all((ROOT / path).exists() for path in (*TESTED, *LEFT_OUT))
    assert all(any(path.startswith(f"{folder}/") for folder in TESTED) for path in LEFT_OUT)


def test_a_command_whose_time_is_up_says_what_has_failed_so_far(monkeypatch):
    """The command gets Ctrl+C, at which pytest names the failures. A command that does not end then is killed."""
    script = "try:\n    print('begun', flush=True)\n    time.sleep(60)\nfinally:\n    print('FAILED tests/x.py::test_y - why')"
    ended = run([sys.executable, "-SIc", f"import time\n{script}"], 0.5)
    assert ended.status is None
    assert "tests/x.py::test_y - why" in Result("0.22.3", ended, {}).failed
    monkeypatch.setattr("tests.sdk_versions.LAST_WORDS_SECONDS", 0.1)
    deaf = (
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    assert run([sys.executable, "-SIc", deaf], 0.5) == Ended(None, "deaf\n")


def test_a_command_is_stopped_with_what_it_has_started_when_its_time_is_up(tmp_path):
    fifo = tmp_path / "open while the child lives"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    started = time.monotonic()
    assert run(["sh", "-c", 'sleep 60 > "$0" & echo started; wait', str(fifo)], 1) == Ended(None, "started\n")
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""  # nobody has it open any more
    assert time.monotonic() - started < 30
    os.close(reader)
