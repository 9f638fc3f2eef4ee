"""What cannot work says so, keeps what there is, and says what to do."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from lessons.kit.visitors.workspace import new_visitor
from tests.browser.expecting import expect
from tests.browser.lesson import chat_file, go_to, idle, next_step, open_lesson, open_tool, rows, say, send
from tests.browser.test_accessibility import BENCH, NOTES, expect_nothing_found
from tests.support.app_server import AppServer, served

ALL_IN_SIGHT = """notes => { const place = notes.getBoundingClientRect();
    return notes.scrollHeight <= notes.clientHeight && [...notes.querySelectorAll(".problem, .typed")].every(part => {
        const {top, bottom} = part.getBoundingClientRect(); return top >= place.top && bottom <= place.bottom + 1; }); }"""


@pytest.fixture
def page(server: AppServer, visit) -> Page:
    return open_lesson(visit(f"{server.url}/basic"))


def test_a_data_folder_that_cannot_be_made(tmp_path: Path, visit):
    (tmp_path / "file").write_text("not a folder")
    with served(tmp_path, SESSIONS_DATA_DIR=str(tmp_path / "file" / "data")) as server:
        page = visit(f"{server.url}/basic")
        problem = page.get_by_role("alert")
        expect(problem).to_contain_text("The data folder cannot be written")
        expect(problem).to_contain_text("Set SESSIONS_DATA_DIR to a folder that this server may write")
        expect(page.get_by_test_id("stException")).to_have_count(0)
        go_to(page, "Sessions Lab")
        expect(page.get_by_role("heading", name="The course")).to_be_visible()


@pytest.fixture
def damaged(server: AppServer, visit) -> Page:
    """The lesson of a visitor whose file is not a database."""
    visitor = new_visitor()
    folder = server.data / visitor / "basic"
    folder.mkdir(parents=True)
    (folder / "chat.db").write_bytes(b"This is not a database. " * 500)
    page = visit(f"{server.url}/basic?visitor={visitor}")
    expect(page.locator(".st-key-unread").get_by_role("button", name="Start over")).to_have_count(1)
    idle(page)
    return page


def test_a_damaged_file_is_named_and_start_over_replaces_it(server: AppServer, damaged: Page):
    problem = damaged.get_by_role("alert")
    expect(problem).to_contain_text("The file chat.db is not a usable SQLite database")
    expect(problem).to_contain_text("Move the file away, or")

    send(damaged, "What's my name?")
    expect(damaged.get_by_text("not a usable SQLite database")).not_to_have_count(0)
    next_step(damaged).click()
    expect(damaged.get_by_text("Step 1: Tell it your name")).to_be_visible()
    expect_nothing_found(damaged, BENCH, NOTES)
    expect(damaged.get_by_text("✓ The rows show it")).to_have_count(0)
    expect(damaged.get_by_test_id("stException")).to_have_count(0)
    assert chat_file(server, damaged).read_bytes().startswith(b"This is not a database.")

    damaged.get_by_role("button", name="Start over").first.click()
    damaged.get_by_role("button", name="Delete and start over").click()
    expect(damaged.get_by_text("No rows for session")).to_be_visible()
    expect(problem).to_have_count(0)
    say(damaged, "My name is Bob", 2)


def test_messages_that_are_empty_or_too_long_and_a_full_folder(server: AppServer, page: Page):
    """In a full folder every button that would store something is refused in words."""
    send(page, "   ")
    send(page, "x" * 20_001)
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("The message has 20,001 characters; the limit is 20,000.")
    expect(problem).to_contain_text("Nothing was stored.")
    expect(page.get_by_role("region", name="The message that was not sent")).to_have_text("x" * 20_001)
    assert page.locator(".st-key-notes").evaluate(ALL_IN_SIGHT)  # the reason, and what was typed
    expect(rows(page)).to_have_count(0)
    say(page, "Hello", 2)
    expect(problem).to_have_count(0)

    with (chat_file(server, page).parent / "large").open("wb") as large:
        large.truncate(101_000_000)  # a hole in the file: it takes no room on the disk
    for act in (lambda: send(page, "Hello"), next_step(page).click, page.get_by_role("button", name="Restart").click):
        act()
        expect(problem).to_contain_text("Your storage is full: 101 MB of 100 MB are used")
        open_tool(page, "Tables" if page.get_by_role("heading", name="Schema").count() else "Schema")
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(rows(page)).to_have_count(2)
    expect_nothing_found(page, NOTES)


def test_an_address_that_does_not_exist(server: AppServer, visit):
    page = visit(f"{server.url}/nowhere")
    expect(page.get_by_text(re.compile("Page not found", re.IGNORECASE))).to_be_visible()
