"""The compare page, without a browser: choose stores, send one message to all, read the table."""

import re

import pytest

from lessons.guides import compare
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.visitors import rate_limit
from lessons.kit.visitors.workspace import new_visitor
from tests.support.drawn import button, html, open_lesson, press, settled, words

THREE = "sqlite_file,sqlite_memory,json_files"


@pytest.fixture
def visitor(data_folder):
    name = new_visitor()
    yield name
    for desk in compare.open_desks(name, usable_kinds()).values():
        desk.close()


@pytest.fixture
def app(visitor):
    return open_lesson("compare", visitor, stores=THREE)


def run(app, message: str | None = None):
    if message is not None:
        app.text_input(key="compare-message@compare").set_value(message)
    settled(button(app, "compare-run").click().run())
    return app


def figures(app) -> dict[str, list[str]]:
    """The words of each row of the table, by the name of the figure; one for each store."""
    table = html(app, 'aria-label="Comparison"')
    lines = re.findall(r'<tr><th scope="row">(.*?)</tr>', table, re.DOTALL)
    return {re.split("<", line, maxsplit=1)[0]: [words(cell) for cell in line.split("<td>")[1:]] for line in lines}


def test_one_turn_is_shown_side_by_side(app):
    found = figures(run(app))
    assert all("done" in cell and "Oslo: 4 °C and rain" in cell for cell in found["Outcome"])
    assert found["Items"][0].startswith("4 items")
    assert ["the same 4 items as SQLiteSession: In a file" in cell for cell in found["Items"][1:]] == [True, True]
    assert [cell.split()[0] for cell in found["Rows"]] == ["4", "4", "4"]
    assert all("What's the weather in Oslo?" in cell for cell in found["First stored row"])
    assert all(cell.startswith("get_items() 0 items") and "ms" in cell for cell in found["Session calls"])
    assert "CREATE TABLE" in found["Schema"][0]
    assert "CREATE TABLE" not in found["Schema"][2]


def test_each_store_is_offered_under_its_class_and_no_name_says_twice_that_it_encrypts(app):
    names = app.pills(key="compare-stores@compare").options
    assert {"SQLiteSession: In a file", "EncryptedSession: In a file"} <= set(names)
    assert not [name for name in names if "encrypted" in name]
    assert len(set(names)) == len(names)


def test_the_stores_are_in_the_address_and_another_one_can_be_added(app):
    assert app.query_params["stores"] == THREE
    settled(app.pills(key="compare-stores@compare").unselect("sqlite_memory").run())
    assert len(figures(app)["Opened with"]) == 2
    assert "sqlite_memory" not in app.query_params["stores"]


def test_without_a_store_nothing_can_be_run(app):
    for name in THREE.split(","):
        settled(app.pills(key="compare-stores@compare").unselect(name).run())
    assert button(app, "compare-run").disabled
    assert "Choose at least one store" in html(app, "quiet empty")


def test_what_was_compared_is_there_after_a_reload(app, visitor):
    run(app)
    again = open_lesson("compare", visitor, stores=THREE)
    assert figures(again) == figures(app)


def test_a_store_that_fails_says_why_in_its_own_column(app, visitor):
    run(app)
    store = compare.open_desks(visitor, ["json_files"])["json_files"].store("json_files")
    next(store.folder.glob("*.json")).write_text("{ cut o")
    found = figures(run(app))
    assert "damaged" in found["Outcome"][2]
    assert [cell.split()[0] for cell in found["Rows"][:2]] == ["8", "8"]
    assert found["Rows"][2] == ""


def test_a_limit_that_is_reached_in_the_middle_does_not_say_that_nothing_was_stored(app, monkeypatch):
    rate_limit._recent.clear()
    monkeypatch.setenv("SESSIONS_TURNS_A_MINUTE", "2")
    said = words(html(run(app), 'role="alert"'))
    assert "The message was sent on 2 of 3 stores, and not on the others." in said
    assert "Nothing was stored" not in said


def test_no_line_of_the_table_is_empty_where_no_store_can_be_reached(visitor, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    found = figures(run(open_lesson("compare", visitor, stores="redis")))
    assert list(found) == ["Outcome"]


def test_a_line_that_opens_a_session_breaks_before_the_name_of_a_method(visitor):
    """On a laptop, from_url was broken in the middle of the word."""
    page = open_lesson("compare", visitor, stores="sqlalchemy_sqlite")
    assert "SQLAlchemySession.<wbr>from_url(<wbr>" in html(page, 'aria-label="Comparison"')


def test_text_of_a_message_is_shown_and_never_becomes_part_of_the_page(app):
    run(app, "<img src=x onerror=alert(1)>")
    assert "<img" not in html(app, 'aria-label="Comparison"')
    assert "&lt;img" in html(app, 'aria-label="Comparison"')


def test_an_empty_message_is_refused(app):
    run(app, "  ")
    assert "The message is empty" in html(app, "problem")


def test_starting_over_asks_first_and_then_empties_every_store(app):
    run(app)
    press(app, "start-over")
    press(app, "confirm-start-over")
    settled(app.run())
    assert "Rows" not in figures(app)


def test_the_rows_of_each_store_are_below(app):
    run(app)
    assert html(app, 'class="rows"').count("data-key") == 4


def test_before_the_first_run_nothing_is_empty(app):
    found = figures(app)
    assert set(found) == {"Opened with", "To know"}
    assert all(all(cells) for cells in found.values())
    assert html(app, "Run on all")


def test_the_first_row_says_where_the_stores_differ(visitor):
    app = run(open_lesson("compare", visitor, stores="sqlite_file,sqlite_memory,encrypted_sqlite_file"))
    found = figures(app)
    name, cells = next(iter(found.items()))
    assert name == "They differ in"
    first, alike, encrypted = cells
    assert first == "the others are compared with this one"
    assert alike == "= nothing: the same items, rows and bytes of the items"
    assert "a row is encrypted" in encrypted
    assert "times the bytes" in encrypted


def test_what_one_more_turn_has_stored_is_not_a_difference_of_the_stores(visitor):
    run(open_lesson("compare", visitor, stores="sqlite_file"))
    app = run(open_lesson("compare", visitor, stores="sqlite_file,sqlite_memory"))
    assert figures(app)["They differ in"] == [
        "the others are compared with this one",
        "1 turn here, 2 turns there: start over to compare them",
    ]
