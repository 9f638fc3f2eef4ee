"""Choosing a row marks it and its message; the address holds it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lesson import expect_in_address, in_address, messages, open_lesson, rows, say, trace
from tests.support.app_server import AppServer


@pytest.fixture
def page(server: AppServer, visit) -> Page:
    page = open_lesson(visit(f"{server.url}/basic"))
    say(page, "My name is Alice", 2)
    say(page, "What's my name?", 4)
    return page


def expect_chosen(page: Page, row: int | None) -> None:
    chosen = [row] if row else []
    for place in (rows(page), messages(page)):
        expect(place.and_(page.locator("[aria-current=true]"))).to_have_count(len(chosen))
        for key in chosen:
            expect(place.nth(key - 1)).to_have_attribute("aria-current", "true")


def test_by_the_message_and_by_the_row(page: Page):
    messages(page).get_by_role("link", name="row 3").click()
    expect_chosen(page, 3)
    expect_in_address(page, "row", "3")

    rows(page).get_by_role("link", name="2", exact=True).click()
    expect_chosen(page, 2)
    expect_in_address(page, "row", "2")
    expect(rows(page).nth(1)).to_contain_text('"role": "assistant"')  # the chosen row is shown whole
    expect(page.get_by_role("table", name="Trace of this turn").locator("tbody tr")).to_have_count(2)

    rows(page).get_by_role("link", name="2", exact=True).click()
    expect_chosen(page, None)
    assert in_address(page, "row") is None


def test_by_the_keyboard(page: Page):
    messages(page).get_by_role("link", name="row 2").focus()
    page.keyboard.press("Tab")
    expect(messages(page).get_by_role("link", name="row 3")).to_be_focused()
    page.keyboard.press("Enter")
    expect_chosen(page, 3)


def test_the_address_shows_the_same_to_a_fresh_browser(page: Page, visit):
    messages(page).get_by_role("link", name="row 3").click()
    expect_in_address(page, "row", "3")
    expect_chosen(open_lesson(visit(page.url)), 3)


def test_a_row_link_that_is_opened_in_a_tab_of_its_own_chooses_the_row(page: Page, visit):
    linked = messages(page).get_by_role("link", name="row 3").evaluate("link => link.href")
    expect_chosen(open_lesson(visit(linked)), 3)


def test_a_row_of_another_session_in_the_trace_opens_that_session(server: AppServer, visit):
    page = open_lesson(visit(f"{server.url}/multi_session?session=bob&store=json_files"))
    say(page, "I am Bob from Rome", 2)
    visitor = in_address(page, "visitor")
    page = open_lesson(visit(f"{server.url}/multi_session?visitor={visitor}&session=alice&store=sqlite_file"))
    expect(page.get_by_text("No rows for session alice")).to_be_visible()
    trace(page).get_by_role("link", name="row 1").click()
    expect_chosen(page, 1)
    expect_in_address(page, "session", "bob")
    expect_in_address(page, "store", "json_files")
    expect(rows(page).first).to_contain_text("Bob")


def test_a_row_of_one_store_of_the_comparison_is_not_chosen_in_the_next(server: AppServer, visit):
    page = visit(f"{server.url}/compare?stores=sqlite_file,json_files")
    page.get_by_role("button", name="Run on all").click()
    expect(rows(page)).to_have_count(4)
    rows(page).get_by_role("link", name="1", exact=True).click()
    expect(rows(page).first).to_have_attribute("aria-current", "true")
    page.get_by_role("tab").nth(1).click()
    expect(page.get_by_role("tab").nth(1)).to_have_attribute("aria-selected", "true")
    expect(rows(page)).to_have_count(4)
    expect(page.locator("table.rows [aria-current=true]")).to_have_count(0)
    rows(page).get_by_role("link", name="1", exact=True).click()
    expect(rows(page).first).to_have_attribute("aria-current", "true")
    expect_in_address(page, "store", "json_files")
