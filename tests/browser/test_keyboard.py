"""The page without a mouse."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lesson import chat_box, messages, next_step, open_lesson, rows
from tests.support.app_server import AppServer

MOST_TABS = 30
LOOK = """element => {
    const looks = [];
    for (let at = element; at && looks.length < 5; at = at.parentElement) {
        const style = getComputedStyle(at);
        looks.push([style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor].join());
    }
    return looks.join(" / ");
}"""


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus, and hold that one can see it there."""
    before = target.evaluate(LOOK)
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            break
    expect(target).to_be_focused()
    look, handle = LOOK, target.element_handle()
    page.wait_for_function(f"([element, before]) => ({look})(element) !== before", arg=[handle, before])


@pytest.fixture
def page(server: AppServer, visit, scheme: str) -> Page:
    return open_lesson(visit(f"{server.url}/basic", color_scheme=scheme))


def test_a_step_and_a_message_by_keyboard_only(page: Page):
    tab_to(page, next_step(page))
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Next: ask what it remembers")).to_be_enabled()

    tab_to(page, chat_box(page))
    page.keyboard.type("What's my name?")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(4)
    expect(messages(page).last).to_contain_text("Your name is Alice.")
    expect(chat_box(page)).to_be_focused()

    tab_to(page, rows(page).get_by_role("link", name="1", exact=True))
