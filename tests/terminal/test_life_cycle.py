"""The commands on stored sessions: what they print, their exit status, and that a dry run changes nothing."""

import json
import re
from pathlib import Path

import pytest

from lessons.kit.life_cycle.places.addresses import open_place
from lessons.terminal.command_line import main
from tests.support.places import ITEMS, dump, filled, items, run_sql

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def chats(tmp_path, monkeypatch):
    """A folder with a file of two sessions, in which the commands are run; one of them is old."""
    monkeypatch.chdir(tmp_path)
    filled(tmp_path / "chats.db", session_id="alice", items=ITEMS)
    filled(tmp_path / "chats.db", session_id="alice:old", items=ITEMS)
    for table in ("agent_messages", "agent_sessions"):
        column = "created_at" if table == "agent_messages" else "updated_at"
        run_sql(
            tmp_path / "chats.db", f"UPDATE {table} SET {column} = '2020-01-01 00:00:00' WHERE session_id = 'alice:old'"
        )
    return tmp_path / "chats.db"


def run(capsys, *arguments):
    status = main(list(arguments))
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_each_command_says_what_it_has_done(chats, capsys):
    status, out, _ = run(capsys, "export", "chats.db", "chats.jsonl", "--all")
    assert (status, out[:24]) == (0, "2 sessions with 8 rows i")
    status, out, _ = run(capsys, "import", "chats.jsonl", "copy.db")
    assert (status, out) == (0, "2 sessions with 8 rows now stored in copy.db (SQLiteSession).\n")
    status, out, _ = run(capsys, "move", "chats.db", "branches.db", "alice", "--as", "AdvancedSQLiteSession")
    assert status == 0
    assert "The next run is equal in 1 of 1 sessions." in out
    status, out, _ = run(capsys, "cleanup", "chats.db", "--older-than", "30d")
    assert status == 0
    assert "1 session with 4 rows deleted." in out
    status, out, _ = run(capsys, "erase", "chats.db", "alice")
    assert status == 0
    assert "This proves that it is erased." in out
    assert dump(open_place("chats.db")) == []
    assert items(open_place("copy.db"), "alice") == items(open_place("branches.db"), "alice") == ITEMS


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("export", "chats.db", "out.jsonl", "--all"), "sessions"),
        (("move", "chats.db", "other.db", "--all"), "report"),
        (("cleanup", "chats.db", "--older-than", "1w"), "preview"),
        (("erase", "chats.db", "--prefix", "alice"), "rows"),
        (("erase", "chats.db", "--text", "Oslo"), "rows"),
    ],
)
def test_a_dry_run_changes_nothing_and_gives_data(arguments, key, chats, capsys):
    before = dump(open_place("chats.db"))
    status, out, _ = run(capsys, *arguments, "--dry-run", "--json")
    assert status == 0
    assert json.loads(out)[key]
    assert dump(open_place("chats.db")) == before
    assert {path.name for path in chats.parent.iterdir()} == {"chats.db", "data"} & {
        p.name for p in chats.parent.iterdir()
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("export", "nothing.db", "out.jsonl", "--all"), "There are no sessions in nothing.db"),
        (("export", "chats.db", "out.jsonl"), "not clear which sessions"),
        (("export", "chats.db", "out.jsonl", "nobody"), "has no session 'nobody'"),
        (("export", "postgresql://me:secret@host/db", "out.jsonl", "--all"), "environment variable"),
        (("import", "chats.db", "new.db"), "is not an export of sessions"),
        (("move", "chats.db", "chats.db", "--all"), "the same place"),
        (("move", "chats.db", "SOME_URL", "--all"), "SOME_URL has no address that is known"),
        (("move", "chats.db", "new.db", "--all", "--sessions-table", "a b"), "is not a table name"),
        (("cleanup", "chats.db", "--older-than", "30"), "is not an age"),
        (("erase", "chats.db"), "not clear what is meant"),
        (("erase", "chats.db", "alice", "--text", "Oslo"), "not clear what is meant"),
    ],
)
def test_what_cannot_be_done_changes_nothing_and_has_status_2(arguments, words, chats, capsys, monkeypatch):
    monkeypatch.setenv("SOME_URL", "ftp://me:secret@host")
    before = dump(open_place("chats.db"))
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert "secret" not in err
    assert dump(open_place("chats.db")) == before


def test_ctrl_c_undoes_what_is_not_whole_and_has_status_130(chats, capsys, monkeypatch):
    from lessons.kit.life_cycle import copying

    def interrupted(rows):
        raise KeyboardInterrupt

    monkeypatch.setattr(copying, "digest", interrupted)
    status, _, err = run(capsys, "move", "chats.db", "new.db", "--all")
    assert (status, "Stopped." in err) == (130, True)
    assert [path.name for path in chats.parent.iterdir() if "new.db" in path.name] == []


def test_stored_text_does_not_steer_the_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    filled(tmp_path / "chats.db", session_id="\x1b[2Jgone", items=ITEMS)
    _, out, _ = run(capsys, "cleanup", "chats.db", "--older-than", "1h", "--dry-run")
    _, more, _ = run(capsys, "move", "chats.db", "new.db", "--all")
    assert "\x1b" not in out + more


def test_the_lines_of_the_readme_are_true(chats, capsys):
    block = README.partition("<!-- commands -->")[2].partition("<!-- /commands -->")[0]
    commands = re.findall(r"^python -m lessons (.+?)(?: +#.*)?$", block, re.M)
    assert {command.split()[0] for command in commands} == {"export", "import", "move", "cleanup", "erase"}
    for command in commands:
        status, _, err = run(capsys, *command.split())
        assert status == 0, (command, err)
