"""The page for sessions of your own, without a browser."""

import hashlib
import os
import re

import pytest

from lessons.kit.inspect.browse import open_session, try_deletes
from lessons.kit.inspect.dry import Settings
from lessons.kit.inspect.opening.offered import open_offered
from lessons.kit.inspect.questions import QUESTIONS, answer
from lessons.kit.life_cycle.shown_session import as_csv
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.inspector.session_view import deletes_html
from lessons.ui.inspector.watching import now
from tests.support.checked_sessions import advanced
from tests.support.drawn import button, html, items, ledger, open_lesson, settled, words
from tests.support.stored_sessions import assistant, call, fixture, output, store, user


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
    assert [line["sent"] for line in items(app)] == ["yes", "no", "no"]
    assert ledger(app)["open"] == "r3"
    value = words(html(app, 'class="chosen-value"'))
    assert "call-without-output" in value
    assert "returned, not sent" in value


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
    assert [items(app)[at]["text"] for at in (0, -1)] == ["question 0", "question 49"]
    assert [items(open_page(session="s"))[at]["text"] for at in (0, -1)] == ["question 100", "question 119"]


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


def test_a_search_finds_ids_and_text_also_outside_ascii_and_names_the_row(files):
    path = store(files / "chat.db", [user("Grüße, 100 % of them"), assistant()], "a")
    store(path, [user("Hello"), assistant("Hi.", "msg_2")], "hello_b")
    app = open_page()

    def found(said):
        listed = html(settled(app.text_input(key="inspect-words@inspect").set_value(said).run()), "<table")
        return re.findall(r"session=(\w+)[^>]*?(?:row=(\d+))?\"", listed.replace("&amp;", "&"))

    assert [one for one, _ in found("GRüße")] == ["a"]
    assert [one for one, _ in found("100 %")] == ["a"]
    assert sorted(one for one, _ in found("hello")) == ["hello_b"]
    settled(app.text_input(key="inspect-words@inspect").set_value("100%").run())
    assert "0 sessions found" in drawn(app)


def test_sessions_come_in_pages_and_by_the_day_of_their_last_use(files):
    for number in range(60):
        store(
            files / "chat.db",
            [user()],
            f"s{number:02}",
            times=[f"2026-11-{1 + number // 30:02} 09:{number % 30:02}:00"],
        )
    app = open_page()
    assert "60 sessions stored" in drawn(app)
    assert html(app, "<table").count("<tr>") == 51
    settled(app.selectbox(key="inspect-day@inspect").set_value("2026-11-01").run())
    assert "30 sessions found" in drawn(app)
    assert "s59" not in html(app, "<table")


def test_tokens_and_their_cost_are_shown_where_usage_is_stored(files):
    import sqlite3

    path = advanced(files / "chat.db", [user(), assistant()], usage=[1])
    connection = sqlite3.connect(path)
    connection.execute("UPDATE turn_usage SET input_tokens = 2000, output_tokens = 500")
    connection.commit()
    connection.close()
    app = open_page()
    assert "2,000" in html(app, "<table")
    app.number_input(key="inspect-in@inspect").set_value(1.0)
    settled(app.number_input(key="inspect-out@inspect").set_value(4.0).run())
    assert "0.0040" in html(app, "<table")
    assert "2,000 tokens in, 500 out" in drawn(open_page(session="s"))


def test_a_facet_chooses_rows_and_a_call_names_the_row_of_its_output(files):
    store(files / "chat.db", [user(), call("a"), output("a"), assistant()])
    app = open_page(session="s")
    assert "same call as row 3" in items(app)[1]["why"]
    settled(app.selectbox(key="inspect-facet-Kind@inspect").set_value("tool output").run())
    assert [line["key"] for line in items(app)] == ["3"]


def test_the_page_notices_what_another_process_stores_and_reads(files):
    path = store(files / "chat.db", [user(), assistant()])
    before = now("chat.db", None)
    assert now("chat.db", None) == before != ""
    store(path, [user("more")], "other")
    assert now("chat.db", None) != before


def test_a_question_is_answered_as_table_chart_and_a_file_without_formulas(files):
    store(files / "chat.db", [user(), call("a", name="=cmd()"), output("a"), assistant()], "=1+1")
    app = open_page()
    settled(app.segmented_control(key="inspect-view@inspect").set_value("Questions").run())
    assert "=1+1" in html(app, "<table")
    settled(app.selectbox(key="inspect-question@inspect").set_value("Which tools are used most?").run())
    assert words(html(app, "<table")).split()[-3:] == ["=cmd()", "1", "1"]
    place = open_offered("chat.db", os.environ)
    for question in QUESTIONS:
        found = answer(place, question)
        assert found.rows
        assert found.is_whole
        assert b"\n=" not in as_csv(found.columns, [list(map(str, row)) for row in found.rows])
    place.close()


def test_what_if_names_rows_and_a_session_can_be_taken_away(files):
    fixture("rows-before-the-upgrade", files)
    app = open_page(session="s")
    for name in ("inspect-what-if", "inspect-take-away"):
        app.session_state[f"{name}@inspect"] = True
    settled(app.run())
    settled(app.selectbox(key="inspect-other-class@inspect").set_value("SQLiteSession").run())
    assert "4 rows differ: 2 of 6 rows are sent as chosen above, 6 with the other settings" in drawn(app)
    assert [one.proto.label for one in app.get("download_button")] == [
        "Fixture as .sql",
        "Fixture as .json",
        "Page to print",
    ]
