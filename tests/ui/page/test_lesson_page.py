"""What the lesson page draws, through the entry point, without a browser."""

import re
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from lessons.course.changed_versions import changed_versions
from lessons.kit.models.providers import active_provider
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import data_folder, new_visitor
from lessons.ui.page import bench
from lessons.ui.steps import lesson_end
from lessons.ui.steps.double_click import COUNTED_ONCE
from tests.support import drawn
from tests.support.drawn import (
    button,
    chat,
    heads,
    html,
    items,
    ledger,
    ledger_words,
    names,
    open_tool,
    press,
    rows,
    say,
    settled,
    show_session,
    stored,
    trace,
    visitor_of,
    words,
)
from tests.support.turns import do, tell


@pytest.fixture
def page() -> AppTest:
    """The basic lesson, opened by a new visitor."""
    return open_lesson(new_visitor())


def open_lesson(visitor: str, **address: str) -> AppTest:
    return drawn.open_lesson("basic", visitor, **address)


def test_a_newcomer_is_told_what_to_do_first(page):
    assert button(page, "next-step").label == "Run step 1: tell it your name"
    assert "Run the first step, or send a message" in html(page, "No rows for session my_chat")
    chips = words(html(page, "chips"))
    assert "offline model" in chips
    assert "my_chat" not in chips  # step 1, next to it, opens alice
    button(page, "next-step").click().run()
    assert "alice" in words(html(page, "chips"))


def test_two_messages_show_chat_rows_and_trace(page):
    say(page, "My name is Alice")
    say(page, "What's my name?")
    assert "Your name is Alice." in chat(page)
    assert rows(page) == [("", "1"), ("", "2"), ("+", "3"), ("+", "4")]
    assert heads(page)[1].startswith("Your message · run 1: read 2, sent 3, stored rows 3, 4 · ")
    assert trace(page)[0] == "My name is Alice row 1 yes yes read and sent again"
    assert trace(page)[2] == "What's my name? row 3 no yes the new input of run 1"


def test_what_an_earlier_turn_stored_is_not_said_to_have_no_row(page):
    for message in ("My name is Alice", "What's my name?", "What's 2 + 2?"):
        say(page, message)
    assert [line.get("none") for line in items(page)] == [None] * 6
    assert len(rows(page)) == 6


def test_a_chosen_row_is_open_with_its_message(page):
    say(page, "My name is Alice")
    page.query_params["row"] = "1"
    page.run()
    assert ledger(page)["open"] == items(page)[0]["id"] == "r1"


def test_the_end_of_a_lesson_whose_changes_are_not_counted_yet_is_drawn(monkeypatch):
    """As of one that somebody is writing."""
    monkeypatch.setattr(lesson_end, "changed_versions", dict)
    page = open_lesson(new_visitor(), step="11")
    for _ in range(2):  # run all steps, then go to the end
        settled(button(page, "next-step").click().run())
    end = words(html(page, "What you learned"))
    assert "Rows in a file outlive the process." in end
    assert "The tests change" not in end


def test_every_step_can_be_walked_and_taken_back(page):
    for number in range(1, 12):
        button(page, "next-step").click()
        settled(page.run())
        assert f"Step {number} of 11" in words(html(page, f"Step {number} of 11"))
        assert "✓ The rows show it" in words(html(page, f"Step {number} of 11"))
    assert button(page, "next-step").label == "What you learned"
    button(page, "next-step").click()
    settled(page.run())
    assert "Rows in a file outlive the process." in words(html(page, "What you learned"))
    found = changed_versions()["basic"]
    assert f"{found.changed} ways. {found.caught} times ✓ becomes ✗." in words(html(page, "What you learned"))
    assert button(page, "next-step").label == "Try the challenges"
    button(page, "step-back").click()
    settled(page.run())
    assert "Step 10 of 11" in words(html(page, "Step 10 of 11"))


def test_a_link_to_a_later_step_runs_what_comes_before_it():
    page = open_lesson(new_visitor(), step="4")
    assert button(page, "next-step").label == "Run to step 4"
    assert "Step 3 is deeper and will be left out: this step does not need it." in words(html(page, "Step 4 of 11"))
    button(page, "next-step").click()
    settled(page.run())
    assert "✓ The rows show it" in words(html(page, "Step 4 of 11"))


def test_a_deeper_step_that_was_left_out_says_so_and_step_back_leads_to_it():
    visitor = new_visitor()
    page = open_lesson(visitor, step="4")
    settled(button(page, "next-step").click().run())
    page = open_lesson(visitor, step="3")
    assert "It was left out: it was not run." in words(html(page, "Step 3 of 11"))
    settled(button(page, "step-back").click().run())
    assert button(page, "next-step").label.startswith("Next: a file next to memory")


def test_the_code_that_is_shown_is_the_source_of_the_function_that_runs(page):
    from lessons.course.basic.lesson import LESSON
    from lessons.frame.lesson import source

    shown = html(page, "code-block").partition("<code>")[2].partition("</code>")[0]
    assert unescape(re.sub(r"<[^>]+>", "", shown)).endswith(source(LESSON.steps[0].run) + "\n")


def test_a_second_tab_of_the_same_visitor_shows_the_same():
    visitor = new_visitor()
    say(open_lesson(visitor), "My name is Alice")
    assert "My name is Alice" in chat(open_lesson(visitor))


def test_another_visitor_sees_none_of_it(page):
    say(page, "My name is Alice")
    other = open_lesson(new_visitor())
    assert "My name is Alice" not in ledger_words(other)


def test_without_a_session_the_exchange_is_shown_as_not_stored(page):
    page.toggle(key="with-session@basic").set_value(False).run()
    say(page, "What's my name?")
    assert [line["none"] for line in items(page)] == ["no row", "no row"]
    assert "this run had no session: nothing is stored" in ledger_words(page)


def test_a_restart_drops_the_handles_and_the_file_still_knows(page):
    say(page, "My name is Alice")
    button(page, "restart").click()
    settled(page.run())
    assert "handles dropped my_chat in chat.db" in words(html(page, "handles dropped"))
    say(page, "What's my name?")
    assert "Your name is Alice." in chat(page)


def test_the_in_memory_store_loses_its_rows_with_a_restart_and_the_page_says_so(page):
    page.selectbox(key="store@basic").set_value("sqlite_memory").run()
    say(page, "My name is Alice")
    button(page, "restart").click()
    settled(page.run())
    assert "lost with its handle: it was only in memory" in ledger_words(page)


@pytest.mark.parametrize(
    "message",
    ["<script>alert(1)</script>", '<img src=x onerror="alert(1)">', '"><b>bold</b>', "</table></div><h1>big</h1>"],
)
def test_markup_in_a_message_is_shown_and_not_obeyed(page, message):
    say(page, message)
    for element in page.get("html"):
        assert message not in element.value
    assert message in chat(page)  # the ledger sets text as text alone


def test_characters_that_cannot_be_seen_are_named(page):
    say(page, "left\u202eright\x07")
    said = chat(page)
    assert "\u202e" not in said
    assert "U+202E" in said
    assert "␇" in said
    assert "2 characters that cannot be seen" in words(html(page, "cannot be seen"))


def test_a_message_that_is_too_long_is_refused_and_nothing_is_stored(page):
    say(page, "x" * 100_000)
    assert "100,000 characters; the limit is 20,000" in words(html(page, "alert"))
    assert "No rows for session" in words(html(page, "No rows for session"))


def test_a_damaged_file_is_explained_and_starting_over_replaces_it():
    visitor = new_visitor()
    folder = data_folder() / visitor / "basic"
    folder.mkdir(parents=True)
    (folder / "chat.db").write_bytes(b"not a database, but long enough to be read as one" * 100)
    page = open_lesson(visitor)
    assert "not a usable SQLite database" in words(html(page, "usable SQLite"))
    say(page, "hello")
    assert "start the lesson over" in words(html(page, "start the lesson over"))
    press(page, "start-over")
    button(page, "confirm-start-over").click().run()
    say(page, "My name is Alice")
    assert rows(page) == [("+", "1"), ("+", "2")]


def test_a_data_folder_that_cannot_be_made_is_explained(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SESSIONS_DATA_DIR", str(tmp_path / "file" / "below"))
    page = open_lesson(new_visitor())
    assert "SESSIONS_DATA_DIR" in words(html(page, "alert"))


def test_a_challenge_is_refused_with_the_row_and_then_solved(page):
    press(page, "check")
    assert "No row says a name" in words(html(page, "Not yet"))
    button(page, "solution").click().run()
    button(page, "run-solution").click()
    settled(page.run())
    button(page, "check").click().run()
    assert words(html(page, "Solved")) == "✓ Solved: the rows show it."
    button(page, "hint").click().run()
    assert "Solved" in words(html(page, "Challenge 1 of 3"))


def test_the_solution_of_a_challenge_runs_on_the_store_that_is_chosen(visitor):
    """It ran on the first store of the lesson, and the page left the chosen one: a Redis server for one in memory."""
    page = open_lesson(visitor, store="sqlite_custom_tables", tool="challenges")
    button(page, "solution").click().run()
    button(page, "run-solution").click()
    settled(page.run())
    assert page.query_params["store"] == "sqlite_custom_tables"
    button(page, "check").click().run()
    assert words(html(page, "Solved")) == "✓ Solved: the rows show it."


def test_rows_set_aside_for_a_challenge_come_back(page):
    aside = "Its rows are set aside: the ledger shows those of the challenge."
    press(page, "next-step")
    assert aside not in words(html(page, "Step 1 of"))
    press(page, "reset-challenge")
    assert "No rows for session" in words(html(page, "No rows for session"))
    assert aside in words(html(page, "Step 1 of"))  # the card tells of rows that the ledger does not have
    button(page, "bring-back").click()
    settled(page.run())
    assert "My name is Alice" in stored(page)
    assert aside not in words(html(page, "Step 1 of"))


def test_only_fifty_rows_are_drawn_and_the_rest_can_be_reached(desk):
    from lessons.kit.background import background

    session = desk.store("sqlite_file").open_session("my_chat")
    background().run(session.add_items([{"role": "user", "content": f"message {n}"} for n in range(120)]))
    page = open_lesson(desk.workspace.visitor)
    assert "50 of 120 rows" in ledger(page)["lines"][0]["text"]
    assert "message 119" in stored(page)
    assert "message 69" not in stored(page)
    page.query_params["row"] = "30"
    settled(page.run())
    assert "message 29" in stored(page)
    assert "message 119" not in stored(page)


def test_every_tool_that_all_lessons_have_can_be_opened_and_stays_open(page):
    for tool, shown in (
        ("calls", "3 session calls: "),
        ("input", "My name is Alice"),
        ("schema", "CREATE TABLE"),
        ("all_sessions", "The newest"),
        ("legend", "Kinds of items"),
        ("tables", "agent_sessions"),
        ("challenges", "Challenge 1 of 3"),
        ("script", "To share."),
    ):
        open_tool(page, tool)
        say(page, "My name is Alice")
        shown_now = [element.value for element in (*page.get("html"), *page.code)]
        found = [text for text in shown_now if shown in text]
        assert found, tool
        # Where nothing else takes the focus, the panel could not be scrolled by keys.
        is_plain = tool in ("calls", "input", "all_sessions", "legend")
        assert any('class="whole" tabindex="0" role="region"' in text for text in found) is is_plain, tool
        assert page.query_params["tool"] in (tool, [tool])


def test_a_failed_step_ends_the_steps_that_were_asked_for(desk, provider):
    from dataclasses import replace

    from lessons.course.basic.lesson import LESSON
    from lessons.frame import walk

    async def fail(agent):
        raise RuntimeError("the second step fails")

    steps = (LESSON.steps[0], replace(LESSON.steps[1], run=fail), *LESSON.steps[2:])
    walk.start_steps(walk.Walk(replace(LESSON, steps=steps), desk, "sqlite_file", provider), 0, 3).result(60)
    for turn in desk.running():
        turn.result(60)
    assert desk.progress.steps_done == 1
    assert [record.step for record in desk.records] == [0, 1]


def test_a_step_is_not_run_when_another_tab_has_taken_the_lesson_elsewhere(page):
    from lessons.kit.turns.open_desks import open_desk

    button(page, "next-step").click()
    settled(page.run())
    visitor = page.query_params["visitor"]
    open_desk(visitor[0] if isinstance(visitor, list) else visitor, "basic").reset()
    button(page, "next-step").click()  # as it was drawn before: step 2
    settled(page.run())
    assert "Nothing was run." in words(html(page, "when this button was drawn"))
    assert button(page, "next-step").label == "Run step 1: tell it your name"


def test_a_step_that_is_asked_for_twice_is_run_once_and_the_second_press_shows_it(page):
    """By a double click, or in two tabs that were opened before it."""
    other_tab = open_lesson(visitor_of(page))
    for tab in (other_tab, page):
        button(tab, "next-step").click()  # as it was drawn before: step 1
        settled(tab.run())
        assert button(tab, "next-step").label == "Next: ask what it remembers"
        assert "when this button was drawn" not in repr(tab)
        assert len(items(tab)) == 2


def test_every_button_at_which_a_double_click_counts_once_is_on_the_page(page):
    press(page, "next-step")
    assert set(COUNTED_ONCE) <= set(names(page))


def test_an_empty_ledger_says_what_will_stand_in_each_column():
    lines = ledger(open_lesson(new_visitor()))["lines"]
    assert [line["type"] for line in lines] == ["note", "guide"]
    assert all(f"{column}: " in lines[1]["read"] for column in ("Returned", "Sent", "Why"))


def test_a_new_tab_shows_the_session_and_the_step_where_the_visitor_left_the_lesson():
    visitor = new_visitor()
    first = open_lesson(visitor)
    for _ in range(5):
        press(first, "next-step")
    again = open_lesson(visitor)  # its address has neither
    assert "Step 5 of 11" in words(html(again, "Step 5 of 11"))
    assert again.query_params["session"] == "bob"
    assert "Next, step 6: Every handle is dropped" in words(html(again, "Step 5 of 11"))


def test_a_message_in_the_way_is_named_before_the_step_runs_and_step_back_asks_first():
    page = open_lesson(new_visitor())
    press(page, "next-step")
    say(page, "I like tea")
    page.run()
    before = 'Step 2 sets aside your message "I like tea" (rows 3, 4 of alice). Step back then brings it back.'
    assert before in words(html(page, "Step 1 of 11"))
    press(page, "step-back")
    assert len(rows(page)) == 4
    assert "Step back also removes your message" in words(html(page, "Step back also removes"))
    press(page, "next-step")
    assert "✓ The rows show it" in words(html(page, "Step 2 of 11"))
    press(page, "step-back")
    assert "I like tea" in chat(page)


def test_a_step_that_does_not_show_it_says_what_is_in_the_way(monkeypatch):
    from dataclasses import replace

    from lessons.course import index

    lesson = index.load_lesson("basic")

    async def of_bob(agent, open_session):
        from agents import Runner

        return await Runner.run(agent, "My name is Alice", session=open_session("bob"))

    changed = replace(lesson, steps=(replace(lesson.steps[0], run=of_bob), *lesson.steps[1:]))
    monkeypatch.setattr(index, "load_lesson", lambda slug: changed)
    page = open_lesson(new_visitor())
    press(page, "next-step")
    said = words(html(page, "Step 1 of 11"))
    assert "✗ The rows do not show it" in said
    wanted = "“run in bob: My name is Alice” where this step does “run in alice: My name is Alice”"
    assert f"In the way: The code did {wanted}." in said


@pytest.mark.parametrize(("chosen", "rows"), [("session", 4), ("with-session", 2)])
def test_a_message_goes_where_the_choice_next_to_it_says_though_both_come_together(page, chosen, rows):
    """As on a busy server, where a new choice and a message typed at once arrive in one run."""
    say(page, "My name is Alice")
    show_session(page, "basic", "bob")
    say(page, "My name is Bob")
    if chosen == "session":
        page.selectbox(key="session@basic").set_value("my_chat")
    else:
        page.toggle(key="with-session@basic").set_value(False)
    settled(page.chat_input[0].set_value("Hello").run())
    settled(page.run())
    store = open_desk(visitor_of(page), "basic").store("sqlite_file")
    assert (len(store.page("my_chat").rows), len(store.page("bob").rows)) == (rows, 2)


def test_a_turn_that_ends_while_the_page_reads_its_rows_is_not_drawn_without_them(page, monkeypatch):
    """The page had rows from before the turn and records from after it, so a message was taken away and drawn again, or its
    rows were said to be gone.
    """
    visitor, read, begun = visitor_of(page), bench._page_of_rows, []

    def slowly(choice, state):
        rows = read(choice, state)
        if not begun:
            begun.append(do(open_desk(visitor, "basic"), active_provider(), tell, session_id="my_chat"))
        return rows

    monkeypatch.setattr(bench, "_page_of_rows", slowly)
    settled(page.run())
    assert begun[0].added_rows
    assert [key for _, key in rows(page)] == ["1", "2"]
    assert "no longer stored" not in ledger_words(page)
