"""Choosing a row marks it and its message; the address holds it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lesson import expect_in_address, in_address, messages, open_lesson, rows, say
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


def test_a_row_is_chosen_by_mouse_by_keyboard_and_by_address(page: Page, visit):
    messages(page).get_by_role("link", name="row 3").click()
    expect_chosen(page, 3)
    expect_in_address(page, "row", "3")
    expect_chosen(open_lesson(visit(page.url)), 3)

    rows(page).get_by_role("link", name="2", exact=True).click()
    expect_chosen(page, 2)
    expect_in_address(page, "row", "2")
    expect(rows(page).nth(1)).to_contain_text('"role": "assistant"')  # the chosen row is shown whole
    expect(page.get_by_role("table", name="Trace of this turn").locator("tbody tr")).to_have_count(2)

    rows(page).get_by_role("link", name="2", exact=True).click()
    expect_chosen(page, None)
    assert in_address(page, "row") is None

    linked = messages(page).get_by_role("link", name="row 3").evaluate("link => link.href")
    expect_chosen(open_lesson(visit(linked)), 3)  # as when it is opened in a tab of its own

    messages(page).get_by_role("link", name="row 2").focus()
    page.keyboard.press("Tab")
    expect(messages(page).get_by_role("link", name="row 3")).to_be_focused()
    page.keyboard.press("Enter")
    expect_chosen(page, 3)
