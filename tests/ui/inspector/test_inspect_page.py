"""The page for sessions of your own, without a browser."""

import hashlib
import os
import re

import pytest

from lessons.kit.inspect.browse import open_session, try_deletes
from lessons.kit.inspect.dry import Settings
from lessons.kit.inspect.opening.offered import open_offered
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.inspector.session_view import deletes_html
from tests.support.drawn import button, html, open_lesson, settled, words
from tests.support.stored_sessions import assistant, fixture, output, store, user


@pytest.fixture
def files(tmp_path, monkeypatch):
    folder = tmp_path / "files"
    folder.mkdir()
    monkeypatch.setenv("SESSIONS_FILES_DIR", str(folder))
    return folder


def drawn(app):
    return words(" ".join(element.value for element in app.get("html")))


def open_page(**address):
    return open_lesson("inspect", new_visitor(), **address)


def test_without_storage_the_page_says_how_to_offer_some():
    shown = drawn(open_page())
    assert "SESSIONS_FILES_DIR" in shown
    assert "python -m lessons inspect chat.db" in shown


def test_only_files_of_the_folder_and_named_variables_are_offered(files, tmp_path, monkeypatch):
    fixture("control-clean", files)
    (files / "notes.txt").write_text("no database")
    (files / "link.db").symlink_to(fixture("two-keys", tmp_path))
    monkeypatch.setenv("SESSIONS_INSPECT_URLS", "CHAT_URL, NOT_SET")
    monkeypatch.setenv("CHAT_URL", f"sqlite:///{files / 'control-clean.db'}")
    monkeypatch.setenv("OTHER_URL", "redis://secret@host/0")
    app = open_page(storage="OTHER_URL")
    assert app.selectbox(key="inspect-storage@inspect").options == ["control-clean.db", "CHAT_URL"]
    assert app.selectbox(key="inspect-storage@inspect").value == "control-clean.db"


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (
            {"storage": "../x"},
            "The address names the storage '../x', which this page does not offer. It shows chat.db.",
        ),
        ({"session": "fine", "row": "NaN"}, "The address names the row 'NaN', which is not among the rows"),
        ({"session": "fine", "row": "99"}, "The address names the row '99', which is not among the rows"),
        ({"session": "\x00"}, "chat.db has no session"),
        ({"session": "fine", "table": "x'; --"}, "chat.db has no session"),
    ],
)
def test_a_value_of_the_address_that_the_page_does_not_have_is_named(files, parameters, said):
    store(files / "chat.db", [user("Hello"), assistant(id_="msg_2")], "fine")
    assert said in drawn(open_page(**parameters))
    assert "The address names" not in drawn(open_page(storage="chat.db", session="fine", row="1"))


def test_sessions_are_listed_with_their_findings_and_a_link(files):
    path = files / "chat.db"
    store(path, [user("Where is my order?"), output(), assistant()], "<b>late</b>")
    store(path, [user("Hello"), assistant(id_="msg_2")], "fine")
    listed = html(open_page(), 'aria-label="Sessions"')
    assert "output-without-call (error)" in words(listed)
    assert "&lt;b&gt;late&lt;/b&gt;" in listed
    assert re.search(r'href="\?[^"]*storage=chat.db[^"]*session=fine', listed.replace("&amp;", "&"))


def test_a_session_shows_what_the_next_run_sends_and_what_is_wrong(files):
    fixture("approval-never-answered", files)
    app = open_page(storage="approval-never-answered.db", session="s", row="3")
    shown = drawn(app)
    assert "warning: call-without-output" in shown
    assert "would send 1 of 3 rows before its own message" in shown
    table = html(app, 'aria-label="Rows and the next run"')
    sent = [re.findall(r'<td class="(yes|no)">', line)[1] for line in table.split("<tr")[2:]]
    assert sent == ["yes", "no", "no"]
    assert 'aria-current="true"' in table.split("<tr")[4]


def test_what_one_call_would_delete_is_tried_when_it_is_asked_for(files):
    picture = open_session(
        open_offered(fixture("rows-before-the-upgrade", files).name, os.environ), "s", None, Settings()
    )
    shown = words(deletes_html(try_deletes(picture)))
    assert "AdvancedSQLiteSession pop_item() deletes rows 1, 2, 3, 4 and 6" in shown
    tables = [element.value for element in open_page(session="s").get("html") if "<table" in element.value]
    assert not [table for table in tables if "What one call would delete" in table]


def test_an_order_that_is_not_the_stored_one_is_said(files):
    fixture("repeated-call-ids", files)
    fixture("control-clean", files)
    assert "They are sent in this order: 1, 6, 4, 5, 7, 8." in drawn(
        open_page(storage="repeated-call-ids.db", session="s")
    )
    assert "in this order" not in drawn(open_page(storage="control-clean.db", session="s"))


def test_another_class_and_a_limit_change_what_is_shown(files):
    fixture("rows-before-the-upgrade", files)
    app = open_page(session="s")
    assert "would send 2 of 6 rows" in drawn(app)
    settled(app.selectbox(key="inspect-class@inspect").set_value("SQLiteSession").run())
    assert "would send 6 of 6 rows" in drawn(app)
    settled(app.number_input(key="inspect-limit@inspect").set_value(3).run())
    assert "would send 3 of 6 rows" in drawn(app)


def test_a_typed_key_opens_the_rows_and_reaches_no_address(files):
    fixture("two-keys", files)
    app = open_page(session="s")
    assert "note: encrypted" in drawn(app)
    app.number_input(key="inspect-ttl@inspect").set_value(10**9)
    settled(app.text_input(key="inspect-key@inspect").set_value("k" * 43 + "1").run())
    assert "warning: wrong-key" in drawn(app)
    assert "kkkk" not in drawn(app) + str(dict(app.query_params))


def test_a_long_session_is_shown_in_pages_and_a_link_to_a_row_opens_its_page(files):
    store(files / "chat.db", [user(f"question {number}") for number in range(120)], times=["2026-11-01 09:00:00"] * 120)
    app = open_page(session="s", row="7")
    table = html(app, 'aria-label="Rows and the next run"')
    assert "question 6" in table
    assert "question 119" not in table
    assert "question 119" in html(open_page(session="s"), 'aria-label="Rows and the next run"')


def test_the_page_writes_nothing(files):
    path = fixture("rows-before-the-upgrade", files)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    app = open_page(session="s")
    settled(button(app, "inspect-all").click().run())
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert [found.name for found in files.iterdir()] == [path.name]


def test_a_session_and_a_file_that_are_not_there_are_said_in_words(files):
    (files / "broken.db").write_text("not a database, but a text of some length " * 20)
    assert "is not a SQLite database" in drawn(open_page())
    fixture("control-clean", files)
    assert "has no session 'nobody'" in drawn(open_page(storage="control-clean.db", session="nobody"))
