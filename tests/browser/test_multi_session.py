"""The lesson on several sessions in Chromium: the switcher, hostile ids, and axe."""

import json
import sqlite3
from contextlib import closing

import pytest
from agents import SQLiteSession
from playwright.sync_api import Locator, Page

from lessons.kit.visitors.workspace import new_visitor
from tests.browser.expecting import expect
from tests.browser.lesson import expect_in_address, idle, messages, open_lesson, open_tool, rows, say
from tests.browser.test_accessibility import PANEL, POPOVER, expect_nothing_found
from tests.browser.test_look import NARROW, expect_no_sideways_scrolling
from tests.support.app_server import AppServer

HOSTILE_IDS = (
    "![](https://example.invalid/x.png)",
    "<img src=https://example.invalid/x.png>",
    "[link](https://example.invalid) www.example.invalid",
    "**bold** `code` $x^2$ :red[red] :smile: a -> b -- c",
)
OLD, NEW = "2020-01-01 00:00:00", "2026-01-01 00:00:00"
HOSTILE_LINE = "![](https://example.invalid/y.png) <img src=https://example.invalid/z.png> **bold**"


@pytest.fixture
def sessions(server: AppServer, visit) -> Page:
    return open_lesson(visit(f"{server.url}/multi_session?tool=switcher"))


def open_with_rows(server: AppServer, visit, in_store: list[tuple[str, str]], texts: list[tuple[str, str]]) -> Page:
    """The lesson of a visitor for whom another program has stored sessions, with their times, and texts, with their session."""
    visitor = new_visitor()
    file = server.data / visitor / "multi_session" / "chat.db"
    file.parent.mkdir(parents=True)
    SQLiteSession("my_chat", file).close()  # makes the tables
    with closing(sqlite3.connect(file)) as database, database:
        database.executemany("INSERT INTO agent_sessions (session_id, updated_at) VALUES (?, ?)", in_store)
        data = [(name, json.dumps({"role": "user", "content": text})) for name, text in texts]
        database.executemany("INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)", data)
    return open_lesson(visit(f"{server.url}/multi_session?tool=switcher&visitor={visitor}"))


def switcher(page: Page) -> Locator:
    return page.locator(".st-key-switcher")


def session(page: Page, name: str) -> Locator:
    return switcher(page).locator("[class*=st-key-open-session-] button").filter(has_text=name)


def popover(page: Page, name: str) -> Locator:
    switcher(page).get_by_role("button", name=name).click()
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_be_visible()
    idle(page)
    return body


def close_popover(page: Page) -> None:
    page.get_by_role("heading", name="Ledger").click()
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    idle(page)


def test_sessions_are_made_switched_described_renamed_and_deleted_and_axe_finds_nothing(sessions: Page):
    page = sessions
    say(page, "My name is Alice", 2)
    page.set_viewport_size(NARROW)
    expect_no_sideways_scrolling(page)  # the switcher fits a telephone
    page.set_viewport_size({"width": 1440, "height": 1000})
    open_tool(page, "Session class")
    page.get_by_role("button", name="Check the contract").click()
    expect(page.get_by_text("rules hold")).to_be_visible()
    expect_nothing_found(page)
    open_tool(page, "Sessions")
    expect_nothing_found(page, PANEL)
    made = popover(page, "New")
    made.get_by_role("textbox", name="Id of the new session").fill("user_bob")
    made.get_by_role("button", name="Create").click()
    expect(page.get_by_text("No rows for session user_bob")).to_be_visible()
    close_popover(page)
    say(page, "My name is Bob", 2)

    form = popover(page, "Describe")
    expect_nothing_found(page, POPOVER)
    form.get_by_role("textbox", name="Owner").fill("Bob")
    form.get_by_role("textbox", name="Tags").fill("travel")
    form.get_by_role("textbox", name="Id", exact=True).fill("bob:travel")
    form.get_by_role("button", name="Save").click()
    expect_in_address(page, "session", "bob%3Atravel")
    expect(switcher(page).get_by_text("Bob · #travel")).to_be_visible()
    close_popover(page)

    session(page, "my_chat").click()
    expect_in_address(page, "session", "my_chat")
    expect(rows(page).first).to_contain_text("Alice")
    idle(page)
    form = popover(page, "Describe")
    expect(form.get_by_role("textbox", name="Owner")).to_have_value("")
    expect(form.get_by_role("textbox", name="Id", exact=True)).to_have_value("my_chat")
    close_popover(page)

    deletion = popover(page, "Delete")
    expect(deletion).to_contain_text("This deletes my_chat: 2 rows of items")
    expect_nothing_found(page, POPOVER)
    deletion.get_by_role("button", name="Delete 2 rows").click()
    expect(session(page, "my_chat")).to_have_count(0)
    expect(session(page, "bob:travel")).to_have_count(1)
    expect(rows(page).and_(page.locator(".removed"))).to_have_count(2)


def test_search_and_pages(server: AppServer, visit):
    many = [(f"session-{number:05}", OLD) for number in range(10_000)]
    page = open_with_rows(server, visit, [("my_chat", NEW), *many], [("my_chat", "My name is Alice")])
    expect(switcher(page).get_by_text("10,001 sessions in this store")).to_be_visible()
    switcher(page).get_by_label("Page 2", exact=True).click()
    expect(session(page, "session-09994")).to_be_visible()
    search = switcher(page).get_by_role("textbox", name="Search sessions")
    search.fill("session-00007")
    search.press("Enter")
    expect(switcher(page).get_by_text("1 session found")).to_be_visible()
    session(page, "session-00007").click()
    expect_in_address(page, "session", "session-00007")


def test_hostile_ids_and_first_lines_are_shown_as_they_are(server: AppServer, visit):
    """No request leaves this machine: the fixture `seen` holds that of every test."""
    hostile = [(name, HOSTILE_LINE) for name in HOSTILE_IDS]
    stored = [("my_chat", OLD), *((name, NEW) for name in HOSTILE_IDS)]
    page = open_with_rows(server, visit, stored, [("my_chat", "My name is Alice"), *hostile])
    labels = switcher(page).locator("[class*=st-key-open-session-] button code")
    expect(labels).to_have_text([*reversed(HOSTILE_IDS), "my_chat"])
    expect(switcher(page).get_by_text(HOSTILE_LINE[:50])).to_have_count(len(HOSTILE_IDS))
    for name in HOSTILE_IDS:
        session(page, name).click()
        expect(rows(page).first.locator(".of")).to_contain_text(name[:40])
        expect(messages(page).first.locator(".bubble")).to_have_text(HOSTILE_LINE)
        idle(page)
    deletion = popover(page, "Delete")
    expect(deletion).to_contain_text(f"This deletes {HOSTILE_IDS[-1]}: 1 row of items")
    expect(
        page.locator("[data-testid=stMain] :is(img, script, iframe), [data-testid=stPopoverBody] img")
    ).to_have_count(0)
