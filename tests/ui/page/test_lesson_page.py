"""What the lesson page draws, through the entry point, without a browser."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lessons.kit.visitors.workspace import data_folder, new_visitor
from tests.support.drawn import button

APP = Path(__file__).parents[3] / "streamlit_sessions_app.py"
BASIC = "pages/basic.py"


@pytest.fixture
def page() -> AppTest:
    """The basic lesson, opened by a new visitor."""
    return open_lesson(new_visitor())


def open_lesson(visitor: str, **address: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30)
    app.query_params["visitor"] = visitor
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    app.switch_page(BASIC).run()
    return settled(app)


def settled(app: AppTest) -> AppTest:
    assert not app.exception, [found.message for found in app.exception]
    return app


def say(app: AppTest, message: str) -> AppTest:
    return settled(app.chat_input[0].set_value(message).run())


def html(app: AppTest, part: str) -> str:
    """The drawn element that holds `part`."""
    found = [element.value for element in app.get("html") if part in element.value]
    assert found, f"nothing drawn holds {part!r}"
    return found[-1]


def words(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def test_a_newcomer_is_told_what_to_do_first(page):
    assert page.button(key="next-step").label == "Run step 1: tell it your name"
    assert words(html(page, "Nothing is stored in this session yet"))
    assert "offline model" in words(html(page, "chips"))


def test_two_messages_show_chat_rows_and_trace(page):
    say(page, "My name is Alice")
    say(page, "What's my name?")
    assert "Your name is Alice." in words(html(page, 'class="chat"'))
    rows = html(page, 'class="rows"')
    assert rows.count('<tr class="added"') == 2
    assert "4 of 4 rows" in words(rows)
    trace = words(html(page, 'class="trace"'))
    assert "get_items() gave 2" in trace
    assert "3 sent to the model" in trace
    assert "rows 3, 4" in trace
    assert "the new input of run 1" in trace


def test_a_message_carries_the_id_of_its_row_and_choosing_it_marks_both(page):
    say(page, "My name is Alice")
    page.query_params["row"] = "1"
    page.run()
    assert '<tr class="added selected" data-key="1"' in html(page, 'class="rows"')
    assert 'class="line user added selected" data-key="1"' in html(page, 'class="chat"')


def test_every_step_can_be_walked_and_taken_back(page):
    for number in range(1, 11):
        page.button(key="next-step").click()
        settled(page.run())
        assert f"Step {number} of 10" in words(html(page, f"Step {number} of 10"))
        assert "✓ The rows show it" in words(html(page, f"Step {number} of 10"))
    assert page.button(key="next-step").disabled
    page.button(key="step-back").click()
    settled(page.run())
    assert "Step 9 of 10" in words(html(page, "Step 9 of 10"))


def test_a_link_to_a_later_step_runs_what_comes_before_it():
    page = open_lesson(new_visitor(), step="4")
    assert page.button(key="next-step").label == "Run steps 1 to 4"
    page.button(key="next-step").click()
    settled(page.run())
    assert "✓ The rows show it" in words(html(page, "Step 4 of 10"))


def test_the_code_that_is_shown_is_the_source_of_the_function_that_runs(page):
    from lessons.course.basic.lesson import LESSON
    from lessons.frame.lesson import source

    assert source(LESSON.steps[0].run) in [code.value for code in page.code]


def test_a_second_tab_of_the_same_visitor_shows_the_same():
    visitor = new_visitor()
    say(open_lesson(visitor), "My name is Alice")
    assert "My name is Alice" in html(open_lesson(visitor), 'class="chat"')


def test_another_visitor_sees_none_of_it(page):
    say(page, "My name is Alice")
    other = open_lesson(new_visitor())
    assert not [element for element in other.get("html") if "My name is Alice" in element.value]


def test_without_a_session_the_exchange_is_shown_as_not_stored(page):
    page.toggle(key="with-session@basic").set_value(False).run()
    say(page, "What's my name?")
    chat = words(html(page, 'class="chat"'))
    assert chat.count("not stored") == 2
    assert "this run had no session: nothing is stored" in words(html(page, 'class="trace"'))
    assert "No rows for session my_chat" in words(html(page, "No rows for session"))


def test_a_restart_drops_the_handles_and_the_file_still_knows(page):
    say(page, "My name is Alice")
    page.button(key="restart").click()
    settled(page.run())
    assert "handles dropped: my_chat in chat.db" in words(html(page, "handles dropped"))
    say(page, "What's my name?")
    assert "Your name is Alice." in words(html(page, 'class="chat"'))


def test_the_in_memory_store_loses_its_rows_with_a_restart_and_the_page_says_so(page):
    page.selectbox(key="store@basic").set_value("sqlite_memory").run()
    say(page, "My name is Alice")
    page.button(key="restart").click()
    settled(page.run())
    assert "lost with its handle: it was only in memory" in words(html(page, 'class="trace"'))


@pytest.mark.parametrize(
    "message",
    ["<script>alert(1)</script>", '<img src=x onerror="alert(1)">', '"><b>bold</b>', "</table></div><h1>big</h1>"],
)
def test_markup_in_a_message_is_shown_and_not_obeyed(page, message):
    say(page, message)
    for element in page.get("html"):
        assert message not in element.value
    assert "&lt;" in html(page, 'class="rows"')


def test_characters_that_cannot_be_seen_are_named(page):
    say(page, "left\u202eright\x07")
    chat = html(page, 'class="chat"')
    assert "\u202e" not in chat
    assert "U+202E" in chat
    assert "␇" in chat
    assert "2 characters that cannot be seen" in words(html(page, "cannot be seen"))


def test_a_message_that_is_too_long_is_refused_and_nothing_is_stored(page):
    say(page, "x" * 100_000)
    assert "100,000 characters; the limit is 20,000" in words(html(page, "alert"))
    assert "No rows for session" in words(html(page, "No rows for session"))


def test_a_damaged_file_is_explained_and_starting_over_mends_it():
    visitor = new_visitor()
    folder = data_folder() / visitor / "basic"
    folder.mkdir(parents=True)
    (folder / "chat.db").write_bytes(b"not a database, but long enough to be read as one" * 100)
    page = open_lesson(visitor)
    assert "not a usable SQLite database" in words(html(page, "usable SQLite"))
    say(page, "hello")
    assert "start the lesson over" in words(html(page, "start the lesson over"))
    button(page, "start-over").click().run()
    button(page, "confirm-start-over").click().run()
    say(page, "My name is Alice")
    assert "2 of 2 rows" in words(html(page, 'class="rows"'))


def test_a_data_folder_that_cannot_be_made_is_explained(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SESSIONS_DATA_DIR", str(tmp_path / "file" / "below"))
    page = open_lesson(new_visitor())
    assert "SESSIONS_DATA_DIR" in words(html(page, "alert"))


def test_a_challenge_is_refused_with_the_row_and_then_solved(page):
    button(page, "check").click().run()
    assert "No row says a name" in words(html(page, "Not yet"))
    button(page, "solution").click().run()
    button(page, "run-solution").click()
    settled(page.run())
    button(page, "check").click().run()
    assert words(html(page, "Solved")) == "✓ Solved: the rows show it."
    button(page, "hint").click().run()
    assert "Solved" in words(html(page, "Challenge 1 of 3"))


def test_rows_set_aside_for_a_challenge_come_back(page):
    say(page, "My name is Alice")
    button(page, "reset-challenge").click()
    settled(page.run())
    assert "No rows for session" in words(html(page, "No rows for session"))
    button(page, "bring-back").click()
    settled(page.run())
    assert "My name is Alice" in html(page, 'class="rows"')


def test_only_fifty_rows_are_drawn_and_the_rest_can_be_reached(desk):
    from lessons.kit.background import background

    session = desk.store("sqlite_file").open_session("my_chat")
    background().run(session.add_items([{"role": "user", "content": f"message {n}"} for n in range(120)]))
    page = open_lesson(desk.workspace.visitor)
    rows = html(page, 'class="rows"')
    assert "50 of 120 rows" in words(rows)
    assert "message 119" in rows
    page.button(key="older-rows").click().run()
    rows = html(page, 'class="rows"')
    assert "message 69" in rows
    assert "message 70" not in rows


def test_every_tab_of_the_ledger_can_be_opened(page):
    say(page, "My name is Alice")
    for tab, shown in (
        ("Session calls", "3 session calls: "),
        ("Model input", "My name is Alice"),
        ("Schema", "CREATE TABLE"),
    ):
        page.session_state["ledger-tabs"] = tab
        settled(page.run())
        drawn = [element.value for element in (*page.get("html"), *page.code)]
        assert any(shown in text for text in drawn), tab


def test_an_open_tab_stays_open_when_a_turn_makes_another_number_of_calls(page):
    """Streamlit knows the open tab by its name: with the number in it, the next turn closed it, and a click was lost."""
    page.session_state["ledger-tabs"] = "Session calls"
    settled(page.run())
    say(page, "My name is Alice")
    assert page.session_state["ledger-tabs"] == "Session calls"
    assert any("3 session calls: " in element.value for element in page.get("html"))


def test_a_failed_step_ends_the_steps_that_were_asked_for(desk, provider):
    from dataclasses import replace

    from lessons.course.basic.lesson import LESSON
    from lessons.frame import walk

    async def fail(agent):
        raise RuntimeError("the second step fails")

    steps = (LESSON.steps[0], replace(LESSON.steps[1], run=fail), *LESSON.steps[2:])
    walk.start_steps(walk.Walk(replace(LESSON, steps=steps), desk, "sqlite_file", provider), 0, 3).result(20)
    for turn in desk.running():
        turn.result(20)
    assert desk.progress.steps_done == 1
    assert [record.step for record in desk.records] == [0, 1]


def test_a_step_is_not_run_when_another_tab_has_taken_the_lesson_elsewhere(page):
    from lessons.kit.turns.open_desks import open_desk

    page.button(key="next-step").click()
    settled(page.run())
    visitor = page.query_params["visitor"]
    open_desk(visitor[0] if isinstance(visitor, list) else visitor, "basic").reset()
    page.button(key="next-step").click()  # as it was drawn before: step 2
    settled(page.run())
    assert "Nothing was run." in words(html(page, "Another tab"))
    assert page.button(key="next-step").label == "Run step 1: tell it your name"
