"""Checking somebody's own storage in a terminal, and the commands of the README."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from agents import SQLiteSession

from lessons.kit.inspect.findings.finding import Finding
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.stored import ROWS_LIMIT
from lessons.kit.inspect.wanted import SECONDS, SESSIONS_LIMIT, NotChecked, Report
from lessons.terminal import command_line as terminal
from lessons.terminal.own_sessions.findings_text import FORMATS
from tests.support.stored_sessions import assistant, call, fixture, make_tables, output, store, user

ROOT = Path(__file__).parents[3]


def inspect(*arguments):
    return terminal.main(["inspect", *map(str, arguments)])


def test_findings_are_printed_with_their_rows_and_conditions(tmp_path, capsys):
    assert inspect(fixture("output-without-call", tmp_path)) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("error   output-without-call  session s, row 2\n")
    assert "Found with: SQLiteSession, no limit, no session_input_callback," in printed
    assert printed.endswith("output-without-call.db: 1 session checked, 1 error.\n")


def test_what_is_sent_of_encrypted_rows_is_not_told_without_the_key(tmp_path, capsys):
    inspect(fixture("two-keys", tmp_path), "--session", "s", "--next", "And now?")
    assert "it is not known which of the encrypted rows are sent" in capsys.readouterr().out


def test_without_a_ttl_the_next_run_says_that_no_encrypted_row_counts_as_expired(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("OWN_KEY", "k" * 43 + "1")
    path = fixture("two-keys", tmp_path)
    asked = (path, "--session", "s", "--key-env", "OWN_KEY", "--next", "And now?")
    inspect(*asked)
    assert "The ttl is not given, so no row counts as expired. Give it with --ttl." in capsys.readouterr().out
    inspect(*asked, "--format", "json")
    assert (
        json.loads(capsys.readouterr().out)["next_run"]["not_known"]
        == "The ttl is not given, so no row counts as expired."
    )
    inspect(*asked, "--ttl", 10**9)
    assert "not given" not in capsys.readouterr().out


def test_the_exit_status_says_clean_found_not_read_and_incomplete(tmp_path, capsys):
    clean, stuck = fixture("control-clean", tmp_path), fixture("approval-never-answered", tmp_path)
    assert inspect(clean) == 0
    assert inspect(stuck) == 0
    assert inspect(stuck, "--fail-on", "warning") == 1
    assert inspect(fixture("repeated-call-ids", tmp_path), "--fail-on", "never") == 0
    assert inspect(tmp_path / "none.db") == 2
    assert inspect(clean, "--session", "nobody") == 2
    assert inspect(clean, "--class", "RedisSession") == 2
    assert inspect(clean, "--rows", 2) == 3
    assert "only the newest 2 rows were read" in capsys.readouterr().err


def test_more_sessions_than_are_checked_are_said_unless_their_number_was_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr("lessons.kit.inspect.wanted.SESSIONS_LIMIT", 2)
    for name in "abc":
        store(tmp_path / "chat.db", [user(), assistant()], name)
    assert inspect(tmp_path / "chat.db") == 3
    assert inspect(tmp_path / "chat.db", "--sessions", 2) == 0
    assert inspect(tmp_path / "chat.db", "--sessions", 3) == 0


def test_the_limits_in_the_help_are_those_of_the_check(capsys):
    with pytest.raises(SystemExit):
        inspect("--help")
    told = " ".join(capsys.readouterr().out.split())
    assert f"check the newest N sessions ({SESSIONS_LIMIT:,})" in told
    assert f"read the newest N rows of a session ({ROWS_LIMIT:,})" in told
    assert f"stop after this many seconds ({SECONDS:.0f})" in told


def test_the_data_has_the_shape_that_programs_read(tmp_path, capsys):
    assert inspect(fixture("output-without-call", tmp_path), "--format", "json") == 1
    data = json.loads(capsys.readouterr().out)
    assert list(data) == ["sessions", "findings", "complete", "not_checked"]
    assert (data["sessions"], data["complete"], data["not_checked"]) == (1, True, [])
    (finding,) = data["findings"]
    assert list(finding) == ["code", "level", "session", "rows", "conditions", "says"]
    assert (finding["code"], finding["level"], finding["session"], finding["rows"]) == (
        "output-without-call",
        "error",
        "s",
        [2],
    )
    assert {"class", "limit", "callback", "api", "sdk"} <= set(finding["conditions"])


@pytest.mark.parametrize(("fail_on", "failing"), [("error", 1), ("warning", 2), ("never", 0)])
def test_junit_fails_for_what_the_exit_status_fails_for(fail_on, failing, tmp_path, capsys):
    path = tmp_path / "chat.db"
    store(path, [user('<a> & "b"'), output(), assistant()], 'one & "two"')
    store(path, [user(), call()], "two")
    store(path, [user("alone")], "three")
    status = inspect(path, "--format", "junit", "--fail-on", fail_on)
    suite = ElementTree.fromstring(capsys.readouterr().out)
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert (counts, status) == (["3", str(failing), "0", "0"], int(failing > 0))
    levels = ['session one & "two"', "session two", "session three"]
    told = {case.get("classname"): case[0].tag for case in suite}
    assert told == {one: "failure" if at < failing else "system-out" for at, one in enumerate(levels)}


def test_junit_skips_what_was_not_checked_and_says_what_that_is():
    suite = ElementTree.fromstring(
        FORMATS["junit"](Report(1, [], [NotChecked("it is damaged.", ("a",))]), "a.db", None, ("error",))
    )
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("1", "0", "1")
    assert suite[0][0].get("message") == "Session a: it is damaged."


def test_sessions_that_were_not_checked_for_one_reason_are_told_together(tmp_path, capsys, monkeypatch):
    path = tmp_path / "chat.db"
    for number in range(12):
        store(path, [user(), assistant()], f"s{number:02}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE agent_sessions SET updated_at = '2026-11-01 10:00:' || substr(session_id, 2)")
        connection.commit()
    read = SQLiteStorage._rows_of

    def gone(storage, head, limit):
        if head.session_id > "s01":
            raise sqlite3.OperationalError("no such table: agent_messages" if head.session_id != "s05" else "I/O error")
        return read(storage, head, limit)

    monkeypatch.setattr(SQLiteStorage, "_rows_of", gone)
    why = "chat.db cannot be read: no such table: agent_messages."
    told = f"9 sessions (s11, s10, …, s02): {why}", "Session s05: chat.db cannot be read: I/O error."
    assert inspect(path) == 3
    assert capsys.readouterr().err.splitlines() == list(told)
    inspect(path, "--format", "json")
    sessions = [f"s{number:02}" for number in (11, 10, 9, 8, 7, 6, 4, 3, 2)]
    assert json.loads(capsys.readouterr().out)["not_checked"] == [
        {"why": why, "sessions": sessions},
        {"why": "chat.db cannot be read: I/O error.", "sessions": ["s05"]},
    ]
    inspect(path, "--format", "github")
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("::warning")] == [
        f"::warning title=Not everything was checked::{one}" for one in told
    ]
    inspect(path, "--format", "junit")
    suite = ElementTree.fromstring(capsys.readouterr().out)
    assert suite[-1][0].get("message") == " ".join(told)


@pytest.mark.parametrize(
    ("sessions", "says"),
    [
        ("a", "Session a: it."),
        ("ab", "Sessions a and b: it."),
        ("abc", "Sessions a, b and c: it."),
        ("abcd", "4 sessions (a, b, …, d): it."),
    ],
)
def test_few_sessions_are_all_named(sessions, says):
    time = NotChecked("The time was up.")
    report = Report(0, [], [time, *(NotChecked("it.", (one,)) for one in sessions), time])
    assert list(map(str, report.not_checked)) == ["The time was up.", says]


def test_github_commands_stay_on_one_line_each(tmp_path, capsys):
    store(tmp_path / "chat.db", [user(), output(), assistant()], "a:b,\n::error::c%")
    inspect(tmp_path / "chat.db", "--format", "github")
    command, last, *rest = capsys.readouterr().out.splitlines()
    assert command.startswith("::error title=output-without-call%3A session a%3Ab%2C\\n%3A%3Aerror%3A%3Ac%25::Row 2")
    assert last == "chat.db: 1 session checked, 1 finding."
    assert not rest


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_an_output_that_is_closed_is_not_a_finding(tmp_path, closed):
    path = tmp_path / "chat.db"
    store(path, [user(), assistant()])
    command = f"{shlex.quote(sys.executable)} -m lessons inspect {shlex.quote(str(path))} {closed}"
    assert subprocess.run(["sh", "-c", command], cwd=ROOT, timeout=60).returncode == 0


def test_a_baseline_that_never_ends_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("lessons.kit.inspect.baseline.MOST", 1_000)
    store(tmp_path / "chat.db", [user(), assistant()])
    assert inspect(tmp_path / "chat.db", "--baseline", "/dev/zero") == 2
    assert capsys.readouterr().err == "/dev/zero has more than 1,000 characters, so it is not read as a baseline.\n"


def test_known_findings_neither_fail_nor_show_and_new_ones_do(tmp_path, capsys):
    path, known = tmp_path / "chat.db", tmp_path / "known.json"
    store(path, [user(), output(), assistant()], "old")
    assert inspect(path, "--baseline", known) == 2
    assert inspect(path, "--baseline", known, "--write-baseline") == 0
    assert inspect(path, "--baseline", known) == 0
    assert "output-without-call" not in capsys.readouterr().out
    store(path, [user(), output(), assistant()], "new")
    assert inspect(path, "--baseline", known) == 1
    assert "session new" in capsys.readouterr().out


def test_the_next_run_is_shown_row_by_row(tmp_path, capsys):
    path = store(tmp_path / "chat.db", [user("one"), assistant(), user("two"), call("x"), assistant("done", "msg_2")])
    assert inspect(path, "--next", "And now?", "--limit", 3, "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    upcoming = data["next_run"]
    assert [one["row"] for one in upcoming["sent"]] == [3, 5, None]
    assert upcoming["sent"][-1]["item"] == {"content": "And now?", "role": "user"}
    causes = {row["row"]: row["cause"] for row in upcoming["rows"]}
    assert causes == {1: "over-limit", 2: "over-limit", 3: "", 4: "output-missing", 5: ""}
    deletes = {(one["class"], one["call"]): one["rows"] for one in data["would_delete"]}
    assert deletes["SQLiteSession", "pop_item"] == [5]
    assert deletes["SQLAlchemySession", "clear_session"] == [1, 2, 3, 4, 5]


def test_the_next_run_says_what_the_model_class_raises(tmp_path, capsys):
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    for item, api, name in (
        (search, "chat-completions", "UserError"),
        ('{"role": "user", "content": NaN}', "responses", "ValueError"),
    ):
        path = store(tmp_path / f"{api}.db", [user(), item, assistant()])
        inspect(path, "--next", "hi", "--api", api, "--format", "json")
        upcoming = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["next_run"]
        assert upcoming["raises"].startswith(name)
        assert upcoming["raises"].endswith("(row 2)")
        inspect(path, "--next", "hi", "--api", api)
        assert f"The run would raise {name}" in capsys.readouterr().out


def test_what_one_call_would_delete_is_tried_on_each_class(tmp_path, capsys):
    inspect(fixture("rows-before-the-upgrade", tmp_path), "--next", "hi")
    printed = " ".join(capsys.readouterr().out.split())
    assert "SQLiteSession, AsyncSQLiteSession, SQLAlchemySession: pop_item() deletes row 6" in printed
    assert "AdvancedSQLiteSession: pop_item() deletes rows 1, 2, 3, 4 and 6" in printed
    assert printed.count("clear_session() deletes rows 1 to 6") == 1, "it is the same on each class"


def test_ids_that_are_empty_or_end_with_a_space_can_be_told_apart(tmp_path, capsys):
    ids = ("", " ", "a", " a", "'a'", "a\nb")
    for session_id in ids:
        store(tmp_path / "a.db", [user()], session_id)
    inspect(tmp_path / "a.db")
    printed = capsys.readouterr().out
    for shown in ("''", "' '", "a", "' a'", "''a''", "a\\nb"):
        assert f"unanswered-question  session {shown}, row " in printed


def test_a_report_with_findings_says_how_to_see_the_rows(tmp_path, capsys):
    path = fixture("output-without-call", tmp_path)
    inspect(path)
    assert '--session ID --next "hello"' in capsys.readouterr().out
    inspect(path, "--session", "s", "--next", "And now?")
    assert "--session ID" not in capsys.readouterr().out
    inspect(fixture("control-clean", tmp_path))
    assert "--session ID" not in capsys.readouterr().out


def test_a_key_is_taken_from_its_variable_and_never_printed(tmp_path, capsys, monkeypatch):
    path = fixture("two-keys", tmp_path)
    assert inspect(path, "--key-env", "CHAT_KEY") == 2
    monkeypatch.setenv("CHAT_KEY", "k" * 43 + "1")
    inspect(path, "--key-env", "CHAT_KEY", "--ttl", 10**9, "--next", "hi")
    printed = capsys.readouterr()
    assert "wrong-key  session s, rows 5 and 6" in printed.out
    assert "kkkk" not in printed.out + printed.err


def test_an_address_is_never_printed(capsys, monkeypatch):
    monkeypatch.setenv("CHAT_URL", "postgresql://user:secret@127.0.0.1:1/chat")
    assert inspect("CHAT_URL") == 2
    printed = capsys.readouterr()
    assert "CHAT_URL" in printed.err
    assert "secret" not in printed.out + printed.err


def readme(name):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]


COMMANDS = [
    shlex.split(line.partition("#")[0])
    for line in re.findall(r"python -m lessons (inspect .*)", readme("inspect") + readme("workflow"))
]


def test_the_commands_of_the_readme_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    store(tmp_path / "chat.db", [user(), assistant()], "alice")
    store(tmp_path / "chat.db", [user(), assistant(id_="msg_2")], "bob")
    monkeypatch.setenv("STAGING_DATABASE_URL", f"sqlite:///{tmp_path / 'chat.db'}")
    monkeypatch.setenv("SESSIONS_KEY", "k" * 40)
    assert len(COMMANDS) > 6
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    assert {tuple(command): terminal.main(command) for command in COMMANDS} == {
        tuple(command): int(command[-1].endswith("output-without-call.sql")) for command in COMMANDS
    }
    used = {word for command in COMMANDS for word in command if word.startswith("--")}
    assert {"--session", "--since", "--class", "--limit", "--api", "--key-env", "--next", "--fail-on"} <= used


def test_the_document_lists_every_code():
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "docs" / "inspect.md").read_text(encoding="utf-8"), re.M))
    findings = (ROOT / "lessons" / "kit" / "inspect" / "findings").glob("*.py")
    used = {
        code for path in findings for code in re.findall(r'finding\(\s*"([a-z-]+)"', path.read_text(encoding="utf-8"))
    }
    assert listed == used


@pytest.mark.parametrize(
    ("damage", "status", "said"),
    [
        (lambda whole: whole[: len(whole) // 2], 2, "chat.db is damaged"),
        (lambda whole: b"\0" * 16 + whole[16:], 2, "its beginning is damaged"),
        (lambda whole: whole[:100] + b"\xff" * 900 + whole[1000:], 2, "chat.db is damaged"),
        (lambda whole: whole[: 4096 * 30] + b"\0" * 4096 + whole[4096 * 31 :], 3, ": chat.db is damaged"),
    ],
    ids=["cut", "first bytes", "tables", "middle"],
)
def test_a_damaged_file_is_told_in_words_and_its_other_sessions_are_checked(tmp_path, capsys, damage, status, said):
    path = tmp_path / "chat.db"
    for number in range(40):
        store(path, [user("x" * 2_000), assistant("y" * 1_500)], f"s{number:02}")
    path.write_bytes(damaged := damage(path.read_bytes()))
    assert inspect(path) == status
    told = capsys.readouterr()
    assert said in told.err
    assert status == 2 or "39 sessions checked" in told.out
    assert path.read_bytes() == damaged
    assert os.listdir(tmp_path) == ["chat.db"]


def test_a_check_whose_time_is_up_is_incomplete(tmp_path, capsys, monkeypatch):
    path = store(tmp_path / "chat.db", [user(), assistant()])
    monkeypatch.setattr("lessons.kit.inspect.check.time", SimpleNamespace(monotonic=iter([0.0, 5.0]).__next__))
    assert inspect(path, "--seconds", 3) == 3
    assert "The time of 3 seconds was up after 0 sessions." in capsys.readouterr().err


ODD = {
    "a time before the first year": ("--since", "0001-01-01T00:00+23:00"),
    "a time after the last year": ("--since", "9999-12-31T23:59-10:00"),
    "a time ahead": ("--since", " -3d"),
    "a baseline with too many brackets": ("--baseline", "brackets.json"),
    "a baseline that cannot be written": ("--write-baseline", "--baseline", "none/known.json"),
    "a Python that answers nothing": ("--session", "s", "--what-if", f"python={sys.executable}"),
    "a table that does not exist": ("--table", "none"),
    "a page whose name no file can have": ("--session", "s", "--page", "a\0b"),
}


@pytest.mark.parametrize("given", ODD.values(), ids=ODD.keys())
def test_an_odd_argument_is_refused_in_words(given, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    # Another module than ours answers in that Python: it ends well, and says nothing.
    monkeypatch.setattr("lessons.kit.inspect.comparing.elsewhere.MODULE", "this")
    monkeypatch.setattr("lessons.kit.inspect.comparing.elsewhere.PROJECT", silent(tmp_path))
    Path("brackets.json").write_text("[" * 100_000)
    store(Path("chat.db"), [user(), assistant()])
    assert inspect("chat.db", *given) == 2
    assert capsys.readouterr().err.count("\n") == 1


def silent(folder):
    (folder / "this.py").write_text("")
    return folder


@pytest.mark.parametrize(
    ("option", "least"), [("--sessions", 1), ("--rows", 1), ("--seconds", 1), ("--limit", 0), ("--ttl", 0)]
)
@pytest.mark.parametrize("number", ["-1", "1000000001", "9" * 400])
def test_a_number_that_is_too_large_or_too_small_is_refused(option, least, number, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        inspect(fixture("control-clean", tmp_path), f"{option}={number}")
    assert f"is not a number from {least} to 1,000,000,000" in capsys.readouterr().err


def test_a_copy_of_the_table_of_items_has_no_table_of_sessions_and_is_chosen_by_its_name(tmp_path, capsys):
    path = tmp_path / "chat.db"
    store(path, [user(), assistant()], "s")
    store(path, [user()], "new")
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE backup AS SELECT * FROM agent_messages WHERE session_id = 's'")
    connection.commit()
    connection.close()
    inspect(path)
    assert "chat.db: 3 sessions checked" in capsys.readouterr().out
    assert inspect(path, "--session", "new", "--next", "And now?") == 0
    assert inspect(path, "--session", "s", "--next", "And now?") == 2
    assert "'s' is in agent_messages and backup: choose with --table" in capsys.readouterr().err
    assert inspect(path, "--session", "s", "--next", "And now?", "--table", "backup") == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no file that is always full")
def test_output_that_cannot_be_written_is_not_taken_for_findings(tmp_path, monkeypatch, capsys):
    path = store(tmp_path / "a.db", [user(), assistant()])
    with open("/dev/full", "w") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert inspect(path) == 2
    assert capsys.readouterr().err == "The output cannot be written: No space left on device.\n"


def test_a_key_in_the_place_of_its_variable_is_not_repeated(tmp_path, monkeypatch, capsys):
    path = store(tmp_path / "a.db", [user(), assistant()])
    for key in ("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", "c2VjcmV0=="):
        assert inspect(path, "--key-env", key) == 2
        assert key not in capsys.readouterr().err
    monkeypatch.setenv("WITH_A_NEWLINE", "secret\n")
    assert inspect(path, "--key-env", "WITH_A_NEWLINE") == 0
    assert "white space" in capsys.readouterr().err


def test_storage_without_a_session_is_asked_about(tmp_path, capsys):
    make_tables(tmp_path / "a.db")
    assert inspect(tmp_path / "a.db") == 0
    asked = "a.db has no session. Is it the storage that you mean?"
    copied = (
        " If the file is a copy, copy the file next to it whose name ends in -wal too: it can hold the newest rows."
    )
    assert capsys.readouterr().err == f"{asked}{copied}\n"
    assert inspect(tmp_path / "a.db", "--since", "24h") == 0
    assert capsys.readouterr().err == ""


def test_a_copy_without_its_wal_has_no_rows_and_says_so(tmp_path, capsys):
    source = tmp_path / "app.db"
    with closing(SQLiteSession("s", source)) as session:  # it is still open, as in an application that runs
        asyncio.run(session.add_items([user()]))
        shutil.copy(source, tmp_path / "a.db")
        inspect(tmp_path / "a.db")
        assert "ends in -wal too" in capsys.readouterr().err
        shutil.copy(f"{source}-wal", tmp_path / "a.db-wal")
        inspect(tmp_path / "a.db")
        assert "1 session checked" in capsys.readouterr().out


def test_an_id_that_is_not_utf8_is_told_in_words(tmp_path, capsys):
    path = store(tmp_path / "a.db", [user(), assistant()])
    assert inspect(path, "--session", "\udcff") == 2
    assert capsys.readouterr().err == "What --session names is not UTF-8.\n"


@pytest.mark.parametrize("options", [(), ("--session", "s", "--next", "And now?")], ids=["all", "one"])
def test_ctrl_c_while_a_statement_runs_is_not_called_a_statement_that_took_too_long(
    options, tmp_path, monkeypatch, capsys
):
    path = store(tmp_path / "a.db", [user(), assistant()])
    before, pressed = signal.getsignal(signal.SIGINT), []

    def monotonic():
        pressed.append(True)
        signal.raise_signal(signal.SIGINT)

    # SQLite asks while a statement runs whether its time is up, and takes an exception for yes.
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_file._STEPS", 1)
    monkeypatch.setattr(
        "lessons.kit.inspect.opening.sqlite_file.time", SimpleNamespace(monotonic=_first(time.monotonic, monotonic))
    )
    assert inspect(path, *options) == 130
    assert pressed
    printed = capsys.readouterr()
    assert printed.err == "Stopped. Nothing was written to the storage.\n"
    assert printed.out == ""
    assert signal.getsignal(signal.SIGINT) is before


def _first(once, then):
    """A function that calls `once` the first time, and `then` after that."""
    rest = iter((once,))
    return lambda: next(rest, then)()


def test_a_first_statement_whose_time_is_up_is_incomplete_and_no_traceback(tmp_path, monkeypatch, capsys):
    path = store(tmp_path / "a.db", [user(), assistant()])
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_file._STEPS", 1)
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_file.STATEMENT_SECONDS", -1)
    assert inspect(path) == 3
    assert capsys.readouterr().err == "a.db: a statement took longer than -1 seconds.\n"


@pytest.mark.parametrize("form", ["text", "github", "json", "junit"])
def test_a_session_id_is_not_a_command_for_github(form, tmp_path, capsys):
    store(tmp_path / "a.db", [user(), output(), assistant()], "##[stop-commands]a")
    inspect(tmp_path / "a.db", "--format", form)
    printed = capsys.readouterr().out
    assert "stop-commands]a" in printed
    assert "##[" not in printed


def test_programs_are_told_the_exact_id_of_a_session(tmp_path, capsys):
    ids = {"##[a", "## [a", "a\x07", "a ", "a\\x07", "a\n"}
    for one in ids:
        store(tmp_path / "a.db", [user(), output(), assistant()], one)
    inspect(tmp_path / "a.db", "--format", "json")
    assert {finding["session"] for finding in json.loads(capsys.readouterr().out)["findings"]} == ids
    inspect(tmp_path / "a.db", "--format", "junit")
    cases = ElementTree.fromstring(capsys.readouterr().out)
    assert len({case.get("classname") for case in cases}) == len(ids)


@pytest.mark.parametrize("form", ["text", "github"])
def test_no_two_session_ids_look_alike(form, tmp_path, capsys):
    ids = {"a\x07", "a ", "a\\x07", "a\n", "a\x1b", "##[a", "## [a"}
    for one in ids:
        store(tmp_path / "a.db", [user(), output(), assistant()], one)
    inspect(tmp_path / "a.db", "--format", form)
    shown = re.findall(r"output-without-call.* session (.*?)(?:, row|::)", capsys.readouterr().out)
    assert len(set(shown)) == len(ids)


def test_a_stored_text_that_begins_a_line_is_not_a_command_for_github():
    says = "a " * 20 + " ".join(f"{'x' * 60} ::add-mask::{'y' * 60}" for _ in range(5))
    report = Report(1, [Finding("code", "note", "s", (1,), says)])
    lines = FORMATS["text"](report, "a.db", None, ()).splitlines()
    assert [line for line in lines if line.lstrip().startswith("::")] == []
    assert any(": :add-mask" in line for line in lines)
