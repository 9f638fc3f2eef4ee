"""The lesson on memory operations in Chromium: the toolbar, and axe."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.expecting import expect
from tests.browser.lesson import idle, ledger, messages, open_lesson, rows, say, trace
from tests.browser.test_accessibility import expect_nothing_found
from tests.browser.test_look import NARROW, expect_no_sideways_scrolling
from tests.support.app_server import AppServer


@pytest.fixture
def operations(server: AppServer, visit) -> Page:
    return open_lesson(visit(f"{server.url}/memory_operations?tool=operations"))


def toolbar(page: Page) -> Locator:
    return page.locator(".st-key-operations")


def choose(page: Page, name: str) -> None:
    toolbar(page).get_by_role("radio", name=name).click()
    idle(page)


def call(page: Page, name: str) -> None:
    choose(page, name)
    toolbar(page).get_by_role("button", name="Call it").click()


def result(page: Page) -> Locator:
    """What the code of the last turn returned."""
    return ledger(page).locator(".note").last


def test_the_four_operations(operations: Page):
    page = operations
    choose(page, "Add items")
    text = toolbar(page).get_by_role("textbox", name="text")
    text.fill("The user's name is Bob.")
    toolbar(page).get_by_role("button", name="Call it").click()  # with the text not yet sent: one click does both
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("Bob")
    say(page, "What's my name?", 3)
    expect(messages(page).last).to_contain_text("Your name is Bob")

    choose(page, "Read items")
    toolbar(page).get_by_role("spinbutton", name="limit").fill("1")
    toolbar(page).get_by_role("button", name="Call it").click()
    expect(toolbar(page).get_by_test_id("stCode")).to_have_text("await session.get_items(limit=1)")
    expect(result(page)).to_contain_text('1 item: assistant "')
    expect(trace(page).first).to_contain_text("the limit of the call get_items()")

    call(page, "Pop the newest")
    expect(result(page)).to_contain_text("Your name is Bob")
    expect(rows(page).last).to_have_class(re.compile("removed"))
    idle(page)
    call(page, "Clear")
    expect(result(page)).to_contain_text("None")
    expect(rows(page).and_(page.locator(".removed"))).to_have_count(2)


def test_json_is_refused_where_it_is_wrong_and_taken_when_corrected_and_axe_finds_nothing(operations: Page):
    page = operations
    say(page, "My name is Alice", 2)
    call(page, "Pop the newest")
    expect(result(page)).to_be_visible()
    expect_nothing_found(page)
    choose(page, "Add items")
    toolbar(page).get_by_role("radio", name="JSON").click()
    text = toolbar(page).get_by_role("textbox", name="Items as JSON")
    text.fill('[{"role": "user", "content": "Hi"}, {"role": "robot", "content": "x"}]')
    text.blur()
    expect(toolbar(page).get_by_role("alert")).to_contain_text(
        "Item 2 is not an item that the SDK knows: role: input should be"
    )
    expect(toolbar(page).get_by_role("button", name="Call it")).to_be_disabled()
    expect_nothing_found(page, ".st-key-operations")
    text.fill(json.dumps([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]))
    text.blur()
    toolbar(page).get_by_role("button", name="Call it").click()
    expect(rows(page)).to_have_count(3)
    expect(rows(page).last).to_contain_text("Hello")


def test_the_orphan_of_two_pops(operations: Page):
    page = operations
    say(page, "What's the weather in Oslo?", 4)
    page.set_viewport_size(NARROW)
    expect_no_sideways_scrolling(page)  # the toolbar fits a telephone
    page.set_viewport_size({"width": 1440, "height": 1000})
    for left in (3, 2):
        call(page, "Pop the newest")
        expect(rows(page).and_(page.locator(":not(.removed)"))).to_have_count(left)
        idle(page)
    say(page, "What's 1 + 1?", 4)
    expect(trace(page).nth(1)).to_contain_text(
        "a call without its output: the SDK leaves it out until an output is stored"
    )
