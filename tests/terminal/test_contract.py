"""The contract check in a terminal: what it prints, and its exit status."""

import os
import re
import sys

import pytest

from lessons.kit.contract.contract import CHECKS
from lessons.terminal.contract import main


@pytest.fixture
def own_code(tmp_path, monkeypatch):
    """The learner's own folder with a package, from which the command runs."""
    package = tmp_path / "own_code"
    package.mkdir()
    (package / "sessions.py").write_text(
        "from agents import SQLiteSession\n"
        "from lessons.kit.stores.json_files.session import JsonFileSession\n"
        "class IfLimit(SQLiteSession):\n"
        "    async def get_items(self, limit=None):\n"
        "        return await super().get_items(limit or None)\n"
        "def in_files(session_id):\n"
        "    return JsonFileSession(session_id, 'own sessions')\n"
        "def without_a_server(session_id):\n"
        "    raise OSError('no server')\n"
        "folder = 'own sessions'\n"
    )
    (package / "broken.py").write_text("raise OSError('no such server')\n")
    (package / "script.py").write_text("import sys\nsys.exit('usage: ...')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry not in ("", os.getcwd())])
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "own_code"]:
        del sys.modules[name]


def lines_of(output):
    """The names of the rules, by the mark before each."""
    found = re.findall(r"^(holds|note|FAILS) +(.{20}) ", output, re.MULTILINE)
    return {mark: [name.strip() for each, name in found if each == mark] for mark in ("holds", "note", "FAILS")}


def test_a_class_that_keeps_the_contract(own_code, capsys):
    assert main(["own_code.sessions:in_files"]) == 0
    output = capsys.readouterr().out
    assert lines_of(output) == {"holds": [rule.name for rule in CHECKS], "note": [], "FAILS": []}
    assert output.endswith(f"\n{len(CHECKS)} of {len(CHECKS)} rules hold\n")


def test_a_class_that_breaks_a_rule_is_told_what_was_expected(own_code, capsys):
    assert main(["own_code.sessions:IfLimit"]) == 1
    output = capsys.readouterr().out
    assert lines_of(output)["FAILS"] == ["limit 0"]
    assert 'get_items(0) of 5 items: expected [], got ["1", "2", "3", "4", "5"]' in output


def test_what_does_not_apply_is_a_note_and_no_failure(capsys):
    assert main(["agents:SQLiteSession"]) == 0
    output = capsys.readouterr().out
    assert lines_of(output)["note"] == ["second handle", "two handles at once"]
    assert output.endswith(f"\n{len(CHECKS) - 2} of {len(CHECKS)} rules hold, 2 are for shared storage only\n")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("", '"" does not name a callable: write it like package.module:make_session.'),
        ("own_code.sessions", "write it like package.module:make_session."),
        (":in_files", "write it like package.module:make_session."),
        ("own_code.nowhere:make", "ModuleNotFoundError: No module named 'own_code.nowhere'"),
        ("own_code.broken:make", "own_code.broken cannot be imported: OSError: no such server"),
        ("own_code.script:make", "own_code.script cannot be imported: SystemExit: usage: ..."),
        ("own_code.sessions:make", "own_code.sessions has no make."),
        ("own_code.sessions:folder", "own_code.sessions:folder is not callable: it must take a session id"),
    ],
)
def test_without_a_callable_it_says_why(own_code, capsys, target, why):
    assert main([target]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert why in captured.err


def test_a_callable_that_makes_no_session_is_told_once(own_code, capsys):
    assert main(["own_code.sessions:without_a_server"]) == 2
    output = capsys.readouterr().out
    assert lines_of(output) == {"holds": [], "note": [], "FAILS": ["is a session"]}
    assert "expected no error, got OSError: no server" in output
    assert output.endswith("\nNo session was made, so the other rules were not checked.\n")


@pytest.mark.parametrize(("arguments", "status"), [(["--help"], 0), ([], 2), (["a:b", "c:d"], 2)])
def test_help_and_wrong_arguments_show_how_the_command_is_written(arguments, status, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = "".join(capsys.readouterr())
    assert ended.value.code == status
    assert "usage: python -m lessons contract [-h] package.module:make_session" in said
