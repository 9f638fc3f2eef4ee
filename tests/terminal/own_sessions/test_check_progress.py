"""How far a check is, and what Ctrl+C in the middle of it leaves."""

import json
import signal
import sys
from pathlib import Path

import pytest

from lessons.kit.inspect import check
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.terminal.own_sessions import check_progress
from lessons.terminal.own_sessions.inspect import main
from tests.support.stored_sessions import assistant, output, store, user


@pytest.fixture
def path(tmp_path):
    for number in range(5):
        made = store(tmp_path / "a.db", [user(), output("lost"), assistant()], f"s{number}")
    return made


@pytest.fixture
def pressed_at_the_third(monkeypatch):
    looked, findings = [], check.findings_of

    def press(stored, settings):
        looked.append(stored.session_id)
        if len(looked) == 3:
            signal.raise_signal(signal.SIGINT)
        return findings(stored, settings)

    monkeypatch.setattr(check, "findings_of", press)
    return looked


@pytest.mark.parametrize("more", [(), ("--fail-on", "never")])
def test_ctrl_c_prints_what_was_found_before_it(path, pressed_at_the_third, capsys, more):
    assert main([str(path), "--format", "json", *more]) == 3
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert (told["sessions"], told["complete"]) == (2, False)
    assert {one["session"] for one in told["findings"]} == set(pressed_at_the_third[:2])
    assert printed.err == "Stopped with Ctrl+C after 2 sessions.\n"
    assert len(pressed_at_the_third) == 3


def test_ctrl_c_that_a_statement_swallows_ends_the_check_too(path, monkeypatch, capsys):
    monkeypatch.setattr("lessons.kit.inspect.check._TOGETHER", 1)
    read, seen = SQLiteStorage.read, []

    def swallow(storage, head, limit):
        seen.append(head)
        if len(seen) == 2:
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                raise check.TimeIsUp("a.db: a statement took longer than 30 seconds.") from None
        return read(storage, head, limit)

    monkeypatch.setattr(SQLiteStorage, "read", swallow)
    assert main([str(path)]) == 3
    printed = capsys.readouterr()
    assert printed.err == "Stopped with Ctrl+C after 1 session.\n"
    assert "1 session checked" in printed.out


@pytest.mark.parametrize("more", [("--next", "And now?"), ("--baseline", "known.json", "--write-baseline")])
def test_ctrl_c_writes_no_file_and_makes_no_half_of_a_report_of_one_session(
    path, pressed_at_the_third, capsys, more, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main([str(path), *more]) == 130
    assert capsys.readouterr().out == ""
    assert not Path("known.json").exists()


def test_progress_is_shown_on_a_terminal_only_and_removed(path, monkeypatch, capsys):
    monkeypatch.setattr(check_progress, "_EVERY", 0)
    main([str(path)])
    assert "\r" not in "".join(capsys.readouterr())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    main([str(path), "--format", "json"])
    printed = capsys.readouterr()
    lines = printed.err.split("\r")
    assert lines[:3] == ["", "Looking for sessions\x1b[K", "0 of 5 sessions checked\x1b[K"]
    assert lines[-2:] == ["4 of 5 sessions checked\x1b[K", "\x1b[K"]
    json.loads(printed.out)
    monkeypatch.setenv("TERM", "dumb")
    main([str(path)])
    assert "\r" not in "".join(capsys.readouterr())
