"""A session as a fixture without its words, and as a page to print."""

import json
import re
import sqlite3
from contextlib import closing

import pytest

from lessons.kit.inspect.check import check_storage
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.taking_away.fixture_file import KEY as FIXTURE_KEY
from lessons.kit.inspect.taking_away.fixture_file import fixture_of
from lessons.kit.inspect.taking_away.fixture_forms import from_json
from lessons.kit.inspect.taking_away.vocabulary import words
from lessons.kit.inspect.wanted import Wanted
from lessons.terminal.own_sessions import inspect
from tests.kit.inspect.by_version import TIMES
from tests.kit.inspect.test_findings import GIVES
from tests.support.checked_sessions import KEY, advanced, found
from tests.support.stored_sessions import FIXTURES, assistant, call, fixture, output, store, user

NAMES = sorted(path.stem for path in FIXTURES.glob("*.sql"))


def read(path):
    storage, seen = SQLiteStorage(path), []
    check_storage(storage, Settings(), Wanted(), seen.append)
    storage.close()
    return seen[0]


def made_again(sql, path):
    connection = sqlite3.connect(path)
    connection.executescript(sql)
    connection.close()
    return path


def long_words(text):
    return set(re.findall(r"[^\W\d_]{4,}", text))


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_has_the_findings_of_its_session_and_none_of_its_words(name, tmp_path):
    path = fixture(name, tmp_path)
    stored = read(path)
    for settings, again in ({}, {}), ({"limit": 3}, {"limit": 3}), ({"key": KEY}, {"key": FIXTURE_KEY}):
        made = fixture_of(stored, Settings(**settings))
        sql = made.as_sql()
        assert from_json(made.as_json()).as_sql() == sql
        assert found(made_again(sql, tmp_path / f"{len(settings)}{list(settings)}.db"), **again) == found(
            path, **settings
        )
        of_the_api = {part for word in words() for part in long_words(word)}
        assert long_words(" ".join(row.text for row in stored.rows)) & long_words(sql) <= of_the_api


def test_a_session_with_sound_can_be_taken_away(tmp_path):
    heard = {"type": "input_audio", "input_audio": {"data": "aaaa", "format": "wav"}}
    said = {"type": "output_audio", "data": "bbbb", "transcript": "Good morning."}
    items = [{"role": "user", "content": [heard]}, {**assistant(), "content": [said]}]
    path = store(tmp_path / "a.db", items)
    sql = fixture_of(read(path), Settings()).as_sql()
    assert found(made_again(sql, tmp_path / "again.db")) == found(path) == []
    assert "morning" not in sql


@pytest.mark.parametrize("code", GIVES)
def test_rows_of_every_finding_can_be_taken_away(code, tmp_path):
    items, settings, level, rows = GIVES[code]
    times = TIMES if code == "order-differs-by-class" else None
    stored = read(store(tmp_path / "a.db", items, times=times))
    sql = fixture_of(stored, Settings(**settings)).as_sql()
    again = settings | ({"key": FIXTURE_KEY} if "key" in settings else {})
    assert (level, code.partition(" ")[0], rows) in found(made_again(sql, tmp_path / "again.db"), **again)


def test_a_fixture_of_another_branch_says_how_the_branch_is_called_in_it(tmp_path):
    path = advanced(tmp_path / "a.db", [user(), assistant(), user("b"), output(), assistant()])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE message_structure SET branch_id = 'draft' WHERE message_id > 2")
        connection.commit()
    made = fixture_of(read(path), Settings(branch="draft"))
    assert (made.branch == "draft", made.branch in made.as_sql().splitlines()[0]) == (False, True)
    assert from_json(made.as_json()).as_sql() == made.as_sql()
    again = made_again(made.as_sql(), tmp_path / "again.db")
    assert found(again, branch=made.branch) == found(path, branch="draft") == [("error", "output-without-call", (4,))]


def test_an_id_keeps_its_length_by_which_it_is_refused(tmp_path):
    long = "a" * 65
    for items in [call(long) | {"id": "fc_1"}, output(long)], [assistant(id_=f"msg_{'a' * 61}")]:
        path = tmp_path / f"{len(items)}.db"
        assert fixture_of(read(store(path, [user(), *items])), Settings()).codes == ("refused-by-responses",)


def test_null_true_and_false_are_not_words_of_the_original(tmp_path):
    approval = {
        "type": "mcp_approval_request",
        "id": "mcpr_1",
        "name": "look",
        "arguments": "{}",
        "server_label": "docs",
    }
    items = [
        user("Is it true or null?"),
        {"type": "file_search_call", "id": "fs_1", "queries": ["x"], "results": None, "status": "completed"},
        approval,
        {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True},
        assistant(),
    ]
    made = fixture_of(read(store(tmp_path / "a.db", items)), Settings()).stored.rows
    question, search, _, answer, _ = (json.loads(row.text) for row in made)
    assert (search["results"], answer["approve"]) == (None, True)
    assert not {"true", "null"} & set(question["content"].replace("?", "").split())


def test_ids_arguments_and_names_of_tools_are_replaced_and_the_names_kept_on_request(tmp_path):
    items = [user("Ask Margarethe"), call("call_77", '{"customer": "Margarethe"}', "find_customer"), output("call_77")]
    stored = read(
        store(tmp_path / "a.db", [*items, assistant("Margarethe said yes.", "msg_secret")], "margarethe@home")
    )
    for keeps in (False, True):
        made = fixture_of(stored, Settings(), keeps).as_json()
        assert not re.search("margarethe|call_77|secret|home", made, re.IGNORECASE)
        assert ("find_customer" in made) is keeps
    rows = [json.loads(row["message_data"]) for row in json.loads(made)["rows"]]
    assert rows[1]["call_id"] == rows[2]["call_id"]
    assert json.loads(rows[1]["arguments"]).popitem()[1] == rows[0]["content"].split()[1]


def test_the_page_says_that_without_the_key_it_is_not_known_what_is_sent(tmp_path):
    page = tmp_path / "out.html"
    inspect.main([str(fixture("two-keys", tmp_path)), "--session", "s", "--page", str(page)])
    html = page.read_text()
    assert html.count("<td>not known</td><td>not known</td>") == 6
    assert "it is not known which of the encrypted rows are sent" in html
    assert "would send" not in html


def test_the_command_writes_a_fixture_and_a_page_without_script_or_network(tmp_path, capsys):
    path = store(tmp_path / "a.db", [user("<script>alert(1)</script>"), output(), assistant()])
    sql, page = tmp_path / "out.sql", tmp_path / "out.html"
    assert inspect.main([str(path), "--session", "s", "--fixture", str(sql), "--page", str(page)]) == 1
    assert found(made_again(sql.read_text(), tmp_path / "again.db")) == found(path)
    html = page.read_text()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert not re.search(r"(src|href)=|url\(|@import", html)
    assert "output-without-call" in html
    assert inspect.main([str(path), "--session", "s", "--fixture", str(tmp_path / "x.txt")]) == 2
