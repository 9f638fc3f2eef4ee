"""The page "Your own sessions", without a browser."""

import hashlib
import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from lessons.kit.inspect import browse, example, findings, questions
from lessons.kit.inspect.browse import open_session, try_deletes
from lessons.kit.inspect.comparing.replay import replay
from lessons.kit.inspect.comparing.settings import what_if
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.offered import open_offered
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.questions import QUESTIONS, answer
from lessons.kit.inspect.running import page_work, whole_session
from lessons.kit.inspect.stored import CannotRead
from lessons.kit.life_cycle.shown_session import as_csv
from lessons.kit.models.providers import read_provider
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.inspector import inspect_page, one_session
from lessons.ui.inspector.session_view import deletes_html
from lessons.ui.inspector.watching import now
from lessons.ui.page.state import OPEN_PAGE, OpenPage
from tests.support.checked_sessions import advanced
from tests.support.drawn import button, html, items, ledger, open_lesson, settled, words
from tests.support.stored_sessions import assistant, call, fixture, output, reasoning, store, user


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


SETTINGS = "inspect-settings@inspect"


def with_settings(app):
    """The page after the place with the settings was opened."""
    app.session_state[SETTINGS] = True
    return settled(app.run())


def test_without_storage_the_page_says_how_to_offer_some():
    page = open_page()
    shown = drawn(page)
    assert "SESSIONS_FILES_DIR" in shown
    assert [code.value for code in page.code] == ["python -m lessons inspect chat.db"]


def test_a_folder_without_files_is_told_and_the_page_can_still_be_tried(files):
    app = open_page()
    assert "The folder that SESSIONS_FILES_DIR names has no file that ends in .db" in drawn(app)
    assert button(app, "inspect-example")


@pytest.fixture
def no_example_is_left():
    yield
    example._made.cache_clear()


def test_without_storage_the_page_can_be_tried_on_a_database_that_runs_have_made(no_example_is_left):
    app = open_page()
    settled(button(app, "inspect-example").click().run())
    listed = html(app, 'aria-label="Sessions"')
    told = dict(re.findall(r"session=(\w+)&.*?</a></td><td>.*?</td><td>(.*?)</td>", listed.replace("&amp;", "&")))
    assert {name: words(found) for name, found in told.items()} == {
        "a_chat": "none",
        "never_approved": "call-without-output (warning)",
        "cleaned_up": "output-without-call (error)",
    }
    assert "error: output-without-call" in drawn(open_page(storage="example.db", session="cleaned_up"))
    # Who comes next sees it at once, and has not asked for it.
    assert "This is an example, and not your own sessions" in drawn(open_page())


def test_a_link_to_an_example_that_is_gone_says_so_and_leads_to_it_once_it_is_made_again(no_example_is_left):
    app = open_page(storage="example.db", session="cleaned_up")
    assert "The example that the address names is gone" in drawn(app)
    app = settled(button(app, "inspect-example").click().run())
    assert "is gone" not in drawn(app)
    assert "error: output-without-call" in drawn(app)


def test_a_link_to_storage_where_none_is_offered_says_so():
    assert "The address names the storage 'mine.db', which this page does not offer." in drawn(
        open_page(storage="mine.db")
    )


def test_only_files_of_the_folder_and_named_variables_are_offered(files, tmp_path, monkeypatch):
    fixture("control-clean", files)
    (files / "notes.txt").write_text("no database")
    (files / "control-clean.db").rename(files / "example.db")
    (files / "link.db").symlink_to(fixture("two-keys", tmp_path))
    monkeypatch.setenv("SESSIONS_INSPECT_URLS", "CHAT_URL, NOT_SET")
    monkeypatch.setenv("CHAT_URL", f"sqlite:///{files / 'example.db'}")
    monkeypatch.setenv("OTHER_URL", "redis://secret@host/0")
    app = open_page(storage="OTHER_URL")
    assert app.selectbox(key="inspect-storage@inspect").options == ["example.db", "CHAT_URL"]
    assert app.selectbox(key="inspect-storage@inspect").value == "example.db"
    assert "This is an example" not in drawn(app)


def test_a_finding_that_names_an_option_of_the_terminal_names_the_control_of_the_page_too():
    files = Path(findings.__file__).parent.glob("*.py")
    sentences = [one for file in files for one in re.split(r'[.;] |"\n', file.read_text(encoding="utf-8"))]
    advice = [one for one in sentences if " --" in one]
    controls = Path(inspect_page.__file__).read_text(encoding="utf-8")
    assert advice
    for sentence in advice:
        (control,) = re.findall("on the page as “([^”]+)”, in the terminal with --", sentence)
        assert f'"{control}"' in controls


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
        ({"session": "fine", "table": "x"}, "chat.db has no session 'fine' in the table 'x'."),
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


def test_a_session_whose_id_cannot_be_seen_has_a_link_to_press(files):
    for session_id in ("", " ", "   "):
        store(files / "chat.db", [user("Hello")], session_id)
    listed = html(open_page(), 'aria-label="Sessions"')
    assert sorted(re.findall(r"<a href=[^>]*>([^<]*)</a>", listed)) == ["(1 space)", "(3 spaces)", "(empty)"]


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


def test_the_lines_of_the_same_rows_are_made_once(files, monkeypatch):
    made = []
    real = one_session.page_of_lines
    monkeypatch.setattr(one_session, "page_of_lines", lambda *of: (made.append(of), real(*of))[1])
    path = store(files / "chat.db", [user("Hello"), assistant(id_="msg_2")], "fine")
    app = open_page(session="fine")
    settled(app.run())
    assert len(made) == 1
    store(path, [user("And now?")], "fine", listed=False)
    settled(app.run())
    assert len(made) == 2
    assert "And now?" in str(ledger(app)["lines"])


def test_a_finding_leads_to_its_rows(files):
    fixture("output-without-call", files)
    said = html(settled(open_page(storage="output-without-call.db", session="s")), "output-without-call</strong>")
    (link,) = re.findall(r'<a href="([^"]*)"[^>]*>row 2</a>', said)
    assert "row=2" in link
    assert "Found with: SQLiteSession, no limit, no session_input_callback, Responses and Chat Completions APIs" in said


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
    settled(with_settings(app).selectbox(key="inspect-class@inspect").set_value("SQLiteSession").run())
    assert "would send 6 of 6 rows" in drawn(app)
    settled(app.number_input(key="inspect-limit@inspect").set_value(3).run())
    assert "would send 3 of 6 rows" in drawn(app)


def test_settings_are_drawn_from_the_first_look_and_hold_while_they_are_closed(files):
    fixture("rows-before-the-upgrade", files)
    app = open_page(session="s")
    assert "Session class" not in [one.label for one in app.selectbox]
    settled(with_settings(app).number_input(key="inspect-limit@inspect").set_value(1).run())
    app.session_state[SETTINGS] = False
    settled(app.run())
    assert "would send 1 of 6 rows" in drawn(app)
    assert app.number_input(key="inspect-limit@inspect").value == 1


def test_a_typed_key_opens_the_rows_and_reaches_no_address(files):
    fixture("two-keys", files)
    app = open_page(session="s")
    assert "note: encrypted" in drawn(app)
    with_settings(app).number_input(key="inspect-ttl@inspect").set_value(10**9)
    assert "The key is not given, so it is not known what the next run sends." in drawn(app)
    assert " turn" not in html(app, "created ")
    assert {one["why"] for one in items(app)} == {
        "encrypted, and the key is not given: it is not known whether it is sent"
    }
    assert {(one["returned"], one["sent"]) for one in items(app)} == {("?", "?")}  # and not "no"
    assert "Next run not known" in drawn(open_page(session="s", row=items(app)[0]["key"]))
    settled(app.text_input(key="inspect-key@inspect").set_value("k" * 43 + "1").run())
    assert "warning: wrong-key" in drawn(app)
    assert "would send" in drawn(app)
    assert "no row counts as expired" not in drawn(app)
    settled(with_settings(app).number_input(key="inspect-ttl@inspect").set_value(None).run())
    assert "The ttl is not given, so no row counts as expired." in drawn(app)
    assert "kkkk" not in drawn(app) + str(dict(app.query_params))


def test_a_long_session_is_shown_in_pages_and_a_link_to_a_row_opens_its_page(files):
    store(files / "chat.db", [user(f"question {number}") for number in range(120)], times=["2026-11-01 09:00:00"] * 120)
    app = open_page(session="s", row="7")
    assert [items(app)[at]["text"] for at in (0, -1)] == ["question 0", "question 19"]
    assert [items(open_page(session="s"))[at]["text"] for at in (0, -1)] == ["question 70", "question 119"]


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


def test_storage_that_cannot_be_opened_is_said_and_does_not_end_the_page(files):
    (files / "mine.sessions.json").write_text('{"files": 3}')
    app = open_page()
    assert not app.exception
    assert "mine.sessions.json must have files" in html(app, 'class="problem"')
    store(files / "chat.db", [user()])
    app = open_page(storage="chat.db", session="nobody")
    settled(button(app, "inspect-all").click().run())
    assert "1 session stored." in drawn(app)


def test_a_session_without_rows_says_so_and_blames_no_filter(files):
    store(files / "chat.db", [], "empty")
    app = open_page(session="empty")
    assert "This session has no rows, so the next run would send only its own message." in drawn(app)
    assert [line["text"] for line in ledger(app)["lines"]] == ["No row is stored."]


def test_a_search_finds_ids_and_text_also_outside_ascii_and_names_the_row(files):
    path = store(files / "chat.db", [user("Grüße, 100 % of them"), assistant()], "a")
    store(path, [user("Hello"), assistant("Hi.", "msg_2")], "hello_b")
    app = open_page()

    def found(said):
        listed = html(settled(app.text_input(key="inspect-words@inspect").set_value(said).run()), "<table")
        return re.findall(r"session=(\w+)[^>]*?(?:row=(\d+))?\"", listed.replace("&amp;", "&"))

    assert [one for one, _ in found("GRüße")] == ["a"]
    assert "Row that was found" in drawn(app)
    assert [one for one, _ in found("100 %")] == ["a"]
    assert sorted(one for one, _ in found("hello")) == ["hello_b"]
    settled(app.text_input(key="inspect-words@inspect").set_value("100%").run())
    assert "No session id and no stored text contains these words." in drawn(app)


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
    with_settings(app).number_input(key="inspect-in@inspect").set_value(1.0)
    settled(app.number_input(key="inspect-out@inspect").set_value(4.0).run())
    assert "0.0040" in html(app, "<table")
    assert "2,000 tokens in, 500 out" in drawn(open_page(session="s"))


def test_the_links_of_a_list_that_is_made_once_for_two_visitors_have_the_address_of_each(files, monkeypatch):
    monkeypatch.setattr(
        "lessons.kit.inspect.opening.sqlite_file._COARSE_NANOSECONDS", 0
    )  # as if it was written long ago
    store(files / "chat.db", [user(), assistant()])
    lists = [html(open_page(), 'aria-label="Sessions"') for _ in range(4)]  # the first of them read the file
    links = [re.findall(r'href="([^"]*)"', shown) for shown in lists]
    names = [dict(parse_qsl(link.partition("?")[2].replace("&amp;", "&")))["visitor"] for (link,) in links]
    assert len(set(names)) == 4
    assert len({words(shown) for shown in lists}) == 1
    assert not any("\0" in shown for shown in lists)


def test_a_facet_chooses_rows_and_a_call_names_the_row_of_its_output(files):
    store(files / "chat.db", [user(), call("a"), output("a"), assistant(), *[user()] * 5])
    app = open_page(session="s")
    assert items(app)[1]["why"].endswith("same call as row 3")
    settled(app.selectbox(key="inspect-facet-Kind@inspect").set_value("tool output").run())
    assert [line["key"] for line in items(app)] == ["3"]


def test_a_few_rows_stand_without_lists_to_filter_them_and_name_all_rows_of_one_call(files):
    """Two lists took the room of three rows on a laptop, where a session with an error showed none. It said "row 2, 3, 4"."""
    store(files / "chat.db", [user(""), *[call("a"), output("a")] * 2])
    app = open_page(session="s")
    assert [box.label for box in app.selectbox] == ["Storage"]
    assert items(app)[4]["why"].endswith("same call as rows 2, 3, 4")
    assert "<td>(empty)</td>" in html(open_page(), 'aria-label="Sessions"')


def test_the_head_of_the_rows_names_what_the_storage_has(files):
    """Over the items of a JSON file it named the columns of a table."""
    (files / "a.json").write_text(json.dumps([user(), assistant()]))
    (files / "own.sessions.json").write_text('{"files": "a.json"}')
    store(files / "chat.db", [user()])
    columns = [
        ledger(open_page(storage=name, session=id_))["columns"]
        for name, id_ in (("own.sessions.json", "a"), ("chat.db", "s"))
    ]
    assert columns == ["position, item", "id, message_data"]


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
    storage = open_offered("chat.db", os.environ)
    for question in QUESTIONS:
        found = answer(storage, question)
        assert found.rows
        assert found.is_whole
        assert b"\n=" not in as_csv(found.columns, [list(map(str, row)) for row in found.rows])
    storage.close()


def test_a_question_that_the_newest_items_do_not_answer_does_not_say_that_nothing_stored_does(files, monkeypatch):
    store(files / "chat.db", [user(), call("a"), output("a"), *[user()] * 3])
    monkeypatch.setattr(questions, "NEWEST", 3)
    app = open_page()
    settled(app.segmented_control(key="inspect-view@inspect").set_value("Questions").run())
    settled(app.selectbox(key="inspect-question@inspect").set_value("Which tools are used most?").run())
    assert "Nothing in the newest 3 items of each pair of tables answers this." in drawn(app)


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


@pytest.mark.parametrize(("rows", "pages"), [(1, [(1, 1)]), (50, [(1, 50)]), (51, [(1, 1), (2, 51)]), (0, [(1, 0)])])
def test_the_last_page_of_rows_which_is_opened_first_is_full(rows, pages):
    for page, (first, last) in enumerate(pages, start=1):
        of_page = one_session._of_page(page, rows)
        assert (of_page.start + 1, of_page.stop) == (first, last)
        assert all(one_session._page_of(position, rows) == page for position in range(rows)[of_page])


def test_a_long_session_is_read_to_its_first_row_and_run_whole_only_when_that_is_asked_for(files, monkeypatch):
    monkeypatch.setattr("lessons.kit.inspect.browse.ROWS_LIMIT", 20)
    items = [item for position in range(40) for item in (user(f"{position}"), assistant(id_=f"msg_{position}"))]
    store(files / "chat.db", [output("gone"), *items], times=["2026-11-01 09:00:00"] * 81)
    app = open_page(session="s", row="30")
    assert "The address names the row '30', which is older than those of the dry run: see Older rows." in drawn(app)
    assert "Only the newest 20 rows were read" in drawn(app)
    assert "81 items stored. In the newest 20: 10 turns" in drawn(app)
    assert "output-without-call" not in drawn(app)
    app.session_state["inspect-older-rows@inspect"] = True
    assert "Rows 1 to 30" in drawn(settled(app.run()))
    assert "Rows 31 to 61" in drawn(settled(button(app, "inspect-older-chevron_right").click().run()))
    # The last two columns have the room of a table of texts: of an item, one word stood on each line.
    assert "Row Stored Item message_data" in drawn(app)
    assert "Rows 12 to 61" in drawn(settled(button(app, "inspect-older-last_page").click().run()))
    settled(button(app, "inspect-older-chevron_left").click().run())
    assert "There is no row there" in drawn(settled(button(app, "inspect-older-chevron_left").click().run()))
    assert "Rows 1 to 50" in drawn(settled(button(app, "inspect-older-first_page").click().run()))
    monkeypatch.setattr(whole_session, "AT_ONCE", 0)  # other dry runs have taken all places
    assert "Other dry runs are being made" in drawn(settled(app.run()))
    assert button(app, "inspect-whole").disabled
    monkeypatch.setattr(whole_session, "AT_ONCE", 2)  # one that was stopped can still be ending
    settled(app.run())
    settled(button(app, "inspect-whole").click().run())
    settled(button(app, "inspect-whole-stop").click().run())
    assert "It was stopped." in drawn(settled(app.run()))
    settled(button(app, "inspect-whole").click().run())
    run = app.session_state["inspect-whole-run@inspect"]
    assert run.ended.wait(60)
    assert "error: output-without-call" in drawn(settled(app.run()))
    assert "Only the newest" not in drawn(app)


def test_sent_means_what_the_class_for_the_chosen_api_puts_into_its_request(files):
    image = {"type": "image_generation_call", "id": "ig_1", "result": "aGk="}
    store(files / "chat.db", [user(), reasoning(), assistant(), user("b"), image, assistant(id_="msg_2")])
    app = open_page(session="s")
    assert "would send 6 of 6 rows" in drawn(app)
    settled(with_settings(app).selectbox(key="inspect-api@inspect").set_value("Chat Completions").run())
    assert "would send 4 of 6 rows" in drawn(app)
    assert "The run would raise UserError: Unhandled item type" in drawn(app)
    told = {line["key"]: (line["sent"], line["why"]) for line in ledger(app)["lines"] if line.get("key")}
    assert told["2"] == ("no", "given to the class for Chat Completions, which leaves it out of the request")


def test_work_of_a_tab_that_was_closed_is_stopped(monkeypatch):
    monkeypatch.setattr(page_work, "LOOK_SECONDS", 0.01)
    looks = iter([True, False, True, False, False, False])
    work = page_work.start_page_work("x", lambda work: work.stopped.wait(60), lambda: next(looks))
    assert work.ended.wait(60)
    assert (work.result, work.failed) == (None, "It was stopped.")
    assert next(looks, "none is left") == "none is left"


def test_work_of_a_tab_that_shows_another_page_is_stopped(files, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        "lessons.ui.inspector.long_work.start_page_work", lambda of, work, is_open: seen.update(open=is_open)
    )
    store(files / "chat.db", [user(), assistant()])
    app = open_page(session="s")
    page = app.session_state[OPEN_PAGE.key] = OpenPage("inspect")
    app.session_state["inspect-what-if@inspect"] = True
    settled(app.run())
    settled(app.selectbox(key="inspect-other-class@inspect").set_value("AsyncSQLiteSession").run())
    assert seen["open"]()
    page.slug = "basic"  # what the entry notes for each page
    assert not seen["open"]()


def test_a_comparison_and_a_replay_can_be_stopped(tmp_path):
    stored = open_session(SQLiteStorage(fixture("control-clean", tmp_path)), "s", None, Settings()).case.stored
    with pytest.raises(CannotRead, match="stopped"):
        what_if(stored, Settings(), Settings(), sys.executable, stopped=lambda: True)
    with pytest.raises(CannotRead, match="stopped"):
        replay(stored, Settings(), read_provider({}), stopped=lambda: True)


def test_a_session_is_compared_with_another_and_with_what_a_model_answers_now(files):
    store(files / "chat.db", [user("My name is Alice"), assistant("<b>As you say.</b>")], "first")
    store(files / "chat.db", [user("My name is Alice"), assistant("Yes.", "msg_2")], "second")
    app = open_page(session="first")
    app.session_state["inspect-what-if@inspect"] = True
    app.session_state["inspect-compare@inspect"] = "Another session"
    settled(app.run())
    app.text_input(key="inspect-other-session@inspect").set_value("second")
    settled(app.run())
    shown = html(app, 'aria-label="Differences"')
    assert "&lt;b&gt;As you say.&lt;/b&gt;" in shown
    assert "row 4" in shown
    app.text_input(key="inspect-other-session@inspect").set_value("third")
    assert "chat.db has no session 'third'" in drawn(settled(app.run()))
    app.session_state["inspect-compare@inspect"] = "Send again"
    settled(app.run())
    settled(button(app, "inspect-replay").click().run())
    assert "1 of 1 message sent to offline model" in drawn(app)
    assert "1 row the same, ids aside; 1 position differs" in drawn(app)


def test_the_rows_of_a_long_session_are_shown_before_its_dry_run_and_stay_without_one(files, monkeypatch):
    path = store(
        files / "chat.db", [user(f"question {number}") for number in range(450)], times=["2026-11-01 09:00:00"] * 450
    )
    steps = []
    shown, made = one_session.rows_html, browse.picture_of
    monkeypatch.setattr(one_session, "rows_html", lambda *of: (steps.append("rows"), shown(*of))[1])
    monkeypatch.setattr(browse, "picture_of", lambda *of: (steps.append("dry run"), made(*of))[1])
    app = open_page(session="s")
    assert steps == ["rows", "dry run"]
    assert "is being made" not in drawn(app)
    settled(app.run())
    assert steps == ["rows", "dry run", "dry run"]  # the picture is kept, so the rows are not shown before it
    store(path, [user("one more")], "s", listed=False, times=["2026-11-01 10:00:00"])

    def too_long(*_):
        raise CannotRead("This took longer than 20 seconds.")

    monkeypatch.setattr(browse, "picture_of", too_long)
    said = drawn(open_page(session="s"))
    assert "one more" in said
    assert "This took longer than 20 seconds." in said
    assert "is being made" not in said


def test_the_settings_are_reached_line_by_line(files):
    """With Tab, and on a telephone, where they stand one below the other: prices do not come between class and limit."""
    store(files / "chat.db", [user("Hello")])
    app = with_settings(settled(open_page(storage="chat.db")))
    keys = [node.key for node in app.main if getattr(node, "key", None)]
    names = ("class", "limit", "api", "key", "ttl", "message", "in", "out", "callback")
    fields = [f"inspect-{name}@inspect" for name in names]
    assert [key for key in keys if key in fields] == fields
