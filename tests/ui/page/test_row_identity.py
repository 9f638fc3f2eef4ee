"""A row is named by its store, its session and its key: the same key elsewhere is another row."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from lessons.course.index import entry
from lessons.kit.row_ref import RowRef
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.page.session_choice import Choice, choose_row
from tests.support.drawn import button, heads, html, items, ledger, open_lesson, press, rows, say, settled, trace

ALICE, BOB = "My name is Alice", "I am Bob from Rome"


def tell(visitor: str, session: str, store: str, message: str) -> AppTest:
    return say(open_lesson("multi_session", visitor, session=session, store=store), message)


def selected(app: AppTest) -> list[str]:
    """The keys of the rows that are drawn as chosen."""
    if app.query_params.get("stores"):
        drawn = " ".join(element.value for element in app.get("html"))
        return re.findall(r'data-key="(\d+)" aria-current="true"', drawn)
    return [line["key"] for line in items(app) if line["id"] == ledger(app)["open"]]


def test_a_row_of_one_session_is_not_explained_by_the_turn_of_another_that_gave_the_same_key(visitor):
    tell(visitor, "alice", "json_files", ALICE)
    tell(visitor, "bob", "json_files", BOB)
    page = open_lesson("multi_session", visitor, session="alice", store="json_files", row="1")
    assert "Alice" in trace(page)[0]
    assert "Bob" not in " ".join(trace(page))
    page = open_lesson("multi_session", visitor, session="bob", store="json_files", row="1")
    assert "Bob" in trace(page)[0]


def test_a_row_of_one_store_is_not_explained_by_the_turn_of_another_that_gave_the_same_key(visitor):
    tell(visitor, "my_chat", "sqlite_file", ALICE)
    tell(visitor, "my_chat", "json_files", BOB)
    page = open_lesson("multi_session", visitor, session="my_chat", store="sqlite_file", row="1")
    assert "Alice" in trace(page)[0]
    assert selected(page) == ["1"]


def test_rows_are_not_marked_by_the_turn_of_another_session_that_gave_the_same_keys(visitor):
    tell(visitor, "alice", "json_files", ALICE)
    tell(visitor, "bob", "json_files", BOB)
    page = open_lesson("multi_session", visitor, session="alice", store="json_files")
    assert rows(page) == [("+", "1"), ("+", "2")]
    assert "Alice" in trace(page)[0]  # the last turn of this session is explained, not the last of all


def test_the_chosen_row_of_one_session_is_not_chosen_in_the_next(visitor):
    tell(visitor, "alice", "json_files", ALICE)
    page = tell(visitor, "bob", "json_files", BOB)
    page.query_params["row"] = "1"
    settled(page.run())
    assert selected(page) == ["1"]
    page.query_params["session"] = "alice"  # the address of another session, as a step back in the browser brings it
    settled(page.run())
    assert selected(page) == []
    assert "row" not in page.query_params


def test_a_step_that_stores_in_two_sessions_names_the_session_of_each_row(visitor):
    page = open_lesson("multi_session", visitor, store="json_files")
    press(page, "next-step")
    settled(page.run())
    head = heads(page)[0]
    assert "run 1 with user_alice: read 0, sent 1, stored rows 1, 2 of user_alice" in head
    assert "run 2 with user_bob: read 0, sent 1, stored rows 1, 2 of user_bob" in head


def test_a_row_that_is_chosen_in_one_store_of_the_comparison_is_not_chosen_in_the_next():
    page = open_lesson("compare", new_visitor(), stores="sqlite_file,json_files")
    settled(button(page, "compare-run").click().run())
    settled(page.run())
    page.query_params["row"] = "1"
    settled(page.run())
    assert selected(page) == ["1"]
    labels = [tab.label for tab in page.tabs]
    page.session_state["compare-rows@compare"] = labels[1]
    settled(page.run())
    assert 'data-key="1"' in html(page, 'class="rows"')
    assert selected(page) == []


@pytest.fixture
def chosen(monkeypatch):
    """What a click on a row of another session does, without a browser: the session that is then shown, and the address."""
    shown, put = [], {}
    monkeypatch.setattr("lessons.ui.page.session_choice.show_session", lambda state, *session: shown.append(session))
    monkeypatch.setattr("lessons.ui.page.session_choice.address.put", lambda **values: put.update(values))

    def click(slug: str, row: RowRef) -> tuple[list[tuple[str, str]], dict[str, object]]:
        desk = open_desk(new_visitor(), slug)
        choose_row(entry(slug), Choice(desk.store(entry(slug).usable_stores[0]), "my_chat", True), row)
        return shown, put

    return click


def test_a_click_on_a_row_of_another_session_shows_that_session(chosen):
    assert chosen("multi_session", RowRef("json_files", "bob", 2)) == (
        [("bob", "json_files")],
        {"store": "json_files", "session": "bob", "row": 2},
    )


@pytest.mark.parametrize(
    ("slug", "store"), [("multi_session", "redis_fake"), ("multi_session", "no_such_store"), ("hosted", "hosted")]
)
def test_a_link_to_a_row_chooses_no_store_that_is_outside_or_that_the_lesson_does_not_offer(
    chosen, slug, store, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    assert (store in entry(slug).usable_stores) == (store == "hosted")
    assert chosen(slug, RowRef(store, "bob", 2)) == ([], {})
