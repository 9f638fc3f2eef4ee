"""The commands on stored sessions: what they print, their exit status, and that a dry run changes nothing."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lessons.kit.life_cycle.places.addresses import open_place
from lessons.terminal.command_line import main
from lessons.terminal.life_cycle import export
from tests.support.places import ITEMS, dump, filled, items, run_sql

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def chats(tmp_path, monkeypatch):
    """A file of two sessions, of which one is old, in the folder where the commands run."""
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
        (("erase", "chats.db", "--text", "Oslo"), "bytes"),
        (("erase", "chats.db", "--prefix", "alice"), "limits"),
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
        (("export", "nothing.db", "out.jsonl", "--all"), "'nothing.db' is neither a file nor a folder nor a variable"),
        (
            ("cleanup", "NOT_SET_URL", "--older-than", "1d"),
            "'NOT_SET_URL' is neither a file nor a folder nor a variable",
        ),
        (("export", ".", "out.jsonl", "--all"), "There are no sessions in . (JsonFileSession)"),
        (("export", "chats.db", "none/out.jsonl", "--all"), "The file none/out.jsonl cannot be written: No such file"),
        (("export", "chats.db", "out.jsonl"), "not clear which sessions"),
        (("export", "chats.db", "out.jsonl", "nobody"), "has no session 'nobody'"),
        (("export", "postgresql://me:secret@host/db", "out.jsonl", "--all"), "environment variable"),
        (("import", "chats.db", "new.db"), "is not an export of sessions"),
        (("move", "chats.db", "chats.db", "--all"), "the same place"),
        (("move", "chats.db", "SOME_URL", "--all"), "SOME_URL does not hold an address of a known kind"),
        (("move", "chats.db", ":memory:", "--all"), "in memory ends with its process"),
        (("move", "chats.db", "IN_MEMORY", "--all"), "in memory ends with its process"),
        (("move", "chats.db", ".", "--all", "--as", "SQLiteSession"), ". is a folder"),
        (("move", "chats.db", "new.db", "--all", "--key-env", "NO_KEY"), "NO_KEY is not set"),
        (("move", "chats.db", "new.db", "--all", "--sessions-table", "a b"), "is not a table name"),
        (("cleanup", "chats.db", "--older-than", "30"), "is not an age"),
        (("erase", "chats.db"), "not clear what is meant"),
        (("erase", "chats.db", "alice", "--text", "Oslo"), "not clear what is meant"),
    ],
)
def test_what_cannot_be_done_changes_nothing_and_has_status_2(arguments, words, chats, capsys, monkeypatch):
    monkeypatch.setenv("SOME_URL", "ftp://me:secret@host")
    monkeypatch.setenv("IN_MEMORY", "sqlite+aiosqlite:///:memory:")
    before = dump(open_place("chats.db"))
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert "secret" not in err
    assert dump(open_place("chats.db")) == before


def test_a_trigger_that_refuses_a_delete_is_named_and_nothing_is_erased(chats, capsys):
    with closing(sqlite3.connect(chats)) as connection:
        refuses = "BEGIN SELECT RAISE(ABORT, 'kept for ten years'); END"
        connection.execute(f"CREATE TRIGGER keep BEFORE DELETE ON agent_messages {refuses}")
        connection.commit()
        ((session_id,), *_) = connection.execute("SELECT session_id FROM agent_messages").fetchall()
    before = dump(open_place("chats.db"))
    status, out, err = run(capsys, "erase", "chats.db", session_id)
    assert (status, out) == (2, "")
    assert "A rule of the database refuses the change in" in err
    assert "kept for ten years. Nothing was changed. Look at the triggers and the foreign keys" in err
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


STATUSES = re.findall(
    r"^\| `(\w+)` \| .+ \| (.+) \| (.+) \|$",
    README.partition("<!-- statuses -->")[2].partition("<!-- /")[0],
    re.MULTILINE,
)
GIVEN = {
    "export": ("chats.db", "chats.jsonl", "--all"),
    "import": ("chats.jsonl", "copy.db"),
    "move": ("chats.db", "other.db", "--all"),
    "cleanup": ("chats.db", "--older-than", "30d"),
    "erase": ("chats.db", "alice"),
}


def test_the_table_of_the_readme_names_what_json_gives_and_when_the_status_is_1(chats, capsys, monkeypatch):
    assert [command for command, *_ in STATUSES] == list(GIVEN)
    for command, keys, status_1 in STATUSES:
        status, out, _ = run(capsys, command, *GIVEN[command], "--json")
        assert status == 0, command
        assert list(json.loads(out)) == re.findall(r"`(\w+)`", keys), command
        assert (status_1 == "never") == (command in ("export", "import", "cleanup"))
    status, out, _ = run(capsys, "cleanup", "nothing.db", "--older-than", "30d", "--json")
    assert (status, list(json.loads(out))) == (2, ["refused", "kept", "next"])
    filled(chats, session_id="bob", items=ITEMS)
    monkeypatch.setattr("lessons.kit.life_cycle.moving._difference", _differs)
    assert run(capsys, "move", "chats.db", "third.db", "--all")[0] == 1
    with closing(sqlite3.connect(chats)) as reader:
        filled(chats, session_id="bob", items=ITEMS)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM agent_messages").fetchone()
        assert run(capsys, "erase", "chats.db", "bob")[0] == 1


async def _differs(*_):
    return "another order"


def test_a_folder_of_json_files_is_a_place_too(chats, capsys):
    status, out, _ = run(capsys, "move", "chats.db", "folder", "alice", "--as", "JsonFileSession")
    assert (status, out.splitlines()[0]) == (0, "1 session with 4 rows now stored in folder (JsonFileSession).")
    assert "not kept of alice: row ids" in out
    status, out, _ = run(capsys, "export", "folder", "out.jsonl", "--all")
    assert status == 0
    status, _, err = run(capsys, "import", "out.jsonl", "folder")
    assert (status, "has a session 'alice'" in err) == (2, True)
    status, out, _ = run(capsys, "import", "out.jsonl", "folder", "--if-exists", "rename")
    assert (status, "alice: as alice (2)" in out) == (0, True)
    status, out, _ = run(capsys, "erase", "folder", "alice (2)")
    assert (status, "This proves that it is erased." in out) == (0, True)
    status, out, _ = run(capsys, "move", "folder", "back.db", "--all")
    assert (status, "The next run is equal in 1 of 1 sessions." in out) == (0, True)
    assert items(open_place("back.db"), "alice") == ITEMS


def test_a_move_encrypts_and_decrypts_with_a_key_from_the_environment(chats, capsys, monkeypatch):
    monkeypatch.setenv("MY_KEY", "a key that is long enough to be one")
    status, out, _ = run(capsys, "move", "chats.db", "sealed.db", "alice", "--to-key-env", "MY_KEY")
    assert (status, "The next run is equal in 1 of 1 sessions." in out) == (0, True)
    assert all('"__enc__"' in row.data for _, rows, _ in dump(open_place("sealed.db")) for row in rows)
    status, out, _ = run(capsys, "move", "sealed.db", "back.db", "--all", "--key-env", "MY_KEY")
    assert (status, "not kept of alice: encryption" in out) == (0, True)
    assert items(open_place("back.db"), "alice") == ITEMS
    monkeypatch.setenv("MY_KEY", "another one, which opens nothing of it")
    status, _, err = run(capsys, "move", "sealed.db", "none.db", "--all", "--key-env", "MY_KEY", "--remove")
    assert (status, "4 rows that the session does not return" in err) == (2, True)
    assert len(dump(open_place("sealed.db"))) == 1


def test_a_key_from_the_environment_exports_readable_texts_imports_them_encrypted_and_erases_by_text(
    chats, capsys, monkeypatch
):
    monkeypatch.setenv("MY_KEY", "k" * 43)
    assert run(capsys, "move", "chats.db", "sealed.db", "alice", "--to-key-env", "MY_KEY")[0] == 0
    as_stored = dump(open_place("sealed.db"))
    assert run(capsys, "export", "sealed.db", "envelopes.jsonl", "--all")[0] == 0
    assert run(capsys, "export", "sealed.db", "texts.jsonl", "--all", "--key-env", "MY_KEY")[0] == 0
    assert run(capsys, "export", "sealed.db", "texts.md", "--all", "--markdown", "--key-env", "MY_KEY")[0] == 0
    assert "Oslo" not in Path("envelopes.jsonl").read_text()
    assert "Oslo" in Path("texts.jsonl").read_text()
    assert "Oslo" in Path("texts.md").read_text()
    for file in ("envelopes", "texts"):
        arguments = ("import", f"{file}.jsonl", f"{file}.db", "--to-key-env", "MY_KEY")
        assert run(capsys, *arguments)[0] == 0
        assert run(capsys, "move", f"{file}.db", f"{file}_back.db", "--all", "--key-env", "MY_KEY")[0] == 0
        assert items(open_place(f"{file}_back.db"), "alice") == ITEMS
    assert [row.data for _, rows, _ in dump(open_place("envelopes.db")) for row in rows] == [
        row.data for _, rows, _ in as_stored for row in rows
    ]  # not encrypted a second time
    status, out, _ = run(capsys, "erase", "sealed.db", "--text", "Oslo", "--key-env", "MY_KEY", "--dry-run")
    assert (status, "It could not be proved" in out) == (0, False)
    status, out, _ = run(capsys, "erase", "sealed.db", "--text", "Oslo", "--key-env", "MY_KEY")
    assert (status, "This proves that it is erased." in out) == (0, True)
    assert run(capsys, "export", "sealed.db", "after.jsonl", "--all", "--key-env", "MY_KEY")[0] == 0
    assert "Oslo" not in Path("after.jsonl").read_text()
    monkeypatch.setenv("MY_KEY", "j" * 43)
    status, out, _ = run(capsys, "export", "envelopes.db", "none.jsonl", "--all", "--key-env", "MY_KEY")
    assert (status, f"{len(ITEMS)} rows left out" in out) == (0, True)
    status, out, _ = run(capsys, "erase", "envelopes.db", "--text", "Oslo", "--key-env", "MY_KEY")
    assert (status, "without their key nobody can see" in out) == (1, True)


def test_markdown_appears_as_a_whole_or_not_at_all(chats, capsys, monkeypatch):
    Path("there.md").write_text("mine")
    status, _, err = run(capsys, "export", "chats.db", "there.md", "--all", "--markdown")
    assert (status, "exists" in err, Path("there.md").read_text()) == (2, True, "mine")

    def broken(*_):
        yield "# Session"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "as_markdown", broken)
    status, _, err = run(capsys, "export", "chats.db", "new.md", "--all", "--markdown")
    assert (status, "No space left" in err) == (2, True)
    assert sorted(path.name for path in Path().iterdir() if "new.md" in path.name) == []
