"""The page of the lesson Analytics: rows with their branch, usage of what is said, and the guard."""

import asyncio

import pytest
from streamlit.testing.v1 import AppTest

from lessons.kit.turns.open_desks import open_desk
from tests.support.drawn import html, items, open_lesson, open_tool, press, rows, say, settled, trace, words
from tests.support.turns import dump

STEPS = 17


@pytest.fixture
def page(visitor) -> AppTest:
    return open_lesson("analytics", visitor)


@pytest.fixture
def store(visitor):
    return open_desk(visitor, "analytics").store("advanced_sqlite")


def call(app: AppTest, method: str) -> AppTest:
    open_tool(app, "operations")
    app.session_state["operation@analytics"] = method
    return press(settled(app.run()), "call-operation")


def drawn_notes(app: AppTest) -> list[str]:
    """Why the session does not return a row, for each row that says so."""
    return [line["state"] for line in items(app) if line.get("state")]


def test_the_chip_names_the_class(page):
    assert "AdvancedSQLiteSession" in words(html(page, 'class="chips"'))


def test_what_is_said_is_stored_with_its_usage(page, store):
    say(page, "What's the weather in Oslo?")
    shown = words(html(open_tool(page, "tables"), "<h3>"))
    assert "message_structure 4 rows. By this turn: 4 added." in shown
    assert "turn_usage 1 row. By this turn: 1 added." in shown
    usage = asyncio.run(store.open_session("my_chat").get_turn_usage())
    assert [(turn["user_turn_number"], turn["requests"]) for turn in usage] == [(1, 2)]


def test_a_run_without_the_session_stores_no_usage(page, store):
    page.toggle(key="with-session@analytics").set_value(False).run()
    say(page, "What's 2 + 2?")
    assert asyncio.run(store.open_session("my_chat").get_session_usage()) is None


def test_rows_of_another_branch_say_so_and_a_restart_is_on_main(page, store):
    say(page, "What's 2 + 2?")
    say(page, "What's 3 + 3?")
    asyncio.run(store.open_session("my_chat").create_branch_from_turn(2, "alt"))
    say(page, "What's 4 + 4?")
    assert rows(page) == [("", "1"), ("", "2"), ("", "3"), ("", "4"), ("+", "5"), ("+", "6")]
    assert [line[-32:] for line in trace(page)[2:4]] == [
        f"row {key} no no on another branch: main"[-32:] for key in (3, 4)
    ]
    assert drawn_notes(page) == []  # each line says it once
    press(page, "restart")
    assert drawn_notes(page) == ["on another branch: alt"] * 2
    assert "which was on alt" in words(html(page, "Restart: handles dropped"))


def test_a_step_back_is_on_the_branch_again(visitor, store):
    page = open_lesson("analytics", visitor, session="alice")
    for _ in range(8):
        press(page, "next-step")
    assert store.current_branch("alice") == "main"
    press(page, "step-back")
    assert store.current_branch("alice") == "data_science"


@pytest.mark.parametrize("method", ["pop_item", "clear_session"])
def test_an_old_session_loses_no_row_by_a_button(visitor, store, method):
    page = open_lesson("analytics", visitor, step=str(STEPS), session="old_chat")
    press(page, "next-step")
    assert f"Step {STEPS} of {STEPS}" in words(html(page, f"of {STEPS}"))
    assert len(drawn_notes(page)) == 2
    say(page, "What's 2 + 2?")  # a new row with structure: now a pop would delete the old ones too
    before = dump(store.path)
    call(page, method)
    problem = html(page, "lie on no branch")
    assert "2 rows of this session lie on no branch" in problem
    assert "Nothing was deleted." in problem
    assert dump(store.path) == before
