"""The lesson on hosted conversations in Chromium: the exchanges, a phone, axe."""

import pytest
from playwright.sync_api import Page

from tests.browser.expecting import expect
from tests.browser.lesson import idle, open_lesson, open_tool, rows, say
from tests.browser.test_accessibility import expect_nothing_found
from tests.support.app_server import AppServer


@pytest.fixture
def page(server: AppServer, visit) -> Page:
    return open_lesson(visit(f"{server.url}/hosted"))


def open_calls(page: Page) -> None:
    open_tool(page, "Session calls")
    expect(page.get_by_role("table", name="Session calls")).to_be_visible()
    idle(page)


def test_an_exchange_opens_with_a_click_and_with_a_key_and_fits_a_phone(page):
    say(page, "My name is Alice", total=2)
    open_calls(page)
    exchange = page.locator("tr.exchange").nth(2)
    body = exchange.get_by_text('"content":"My name is Alice"').first
    expect(exchange).to_contain_text("POST /v1/conversations/conv_emulated_")
    expect(body).to_be_hidden()
    exchange.locator("summary").click()
    expect(body).to_be_visible()
    exchange.locator("summary").press("Enter")
    expect(body).to_be_hidden()

    page.set_viewport_size({"width": 380, "height": 800})
    page.wait_for_function("document.documentElement.clientWidth === 380")
    page.locator("tr.exchange summary").last.click()
    table = page.get_by_role("table", name="Session calls").bounding_box()
    assert table["x"] + table["width"] <= 380
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_the_page_is_accessible_with_an_open_exchange_and_a_compaction(server: AppServer, visit):
    page = open_lesson(visit(f"{server.url}/hosted?step=11"))
    page.get_by_role("button", name="Run to step 11").click()
    expect(page.get_by_text("Step 11 of 13")).to_be_visible()
    expect(page.locator(".step-title .held")).to_be_visible()
    idle(page)
    expect(rows(page).last.get_by_role("img", name="compaction")).to_be_visible()
    open_calls(page)
    page.locator("tr.exchange summary").last.click()
    expect_nothing_found(page)
