"""The page without a mouse."""

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.expecting import expect
from tests.browser.lesson import chat_box, messages, next_step, open_lesson, open_tool, row, rows, say
from tests.browser.test_accessibility import at_rest, in_each_scheme
from tests.support.app_server import AppServer

LOOK = """element => {
    const looks = [];
    for (let at = element; at && looks.length < 5; at = at.parentElement) {
        const style = getComputedStyle(at);
        looks.push([style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor].join());
    }
    return looks.join(" / ");
}"""


def look_of(page: Page, target: Locator) -> dict[str, str]:
    """How `target` looks in each scheme."""
    looks = {}
    for scheme in in_each_scheme(page):
        at_rest(page)
        looks[scheme] = target.evaluate(LOOK)
    return looks


def tab_to(page: Page, target: Locator, most: int = 15) -> None:
    """Press Tab until `target` has the focus, and check that one can see it there."""
    before = look_of(page, target)
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("element => element.matches(':focus')"):
            break
    expect(target).to_be_focused()
    look, handle = LOOK, target.element_handle()
    for scheme in in_each_scheme(page):
        page.wait_for_function(f"([element, before]) => ({look})(element) !== before", arg=[handle, before[scheme]])


WATCH_LOG = """log => {
    window.log = log;
    window.taken = [];
    new MutationObserver(changes => changes.forEach(({removedNodes}) => removedNodes.forEach(node => {
        if (node.classList?.contains("item") && !node.isConnected) window.taken.push(node.textContent);
    }))).observe(log, {childList: true, subtree: true});
}"""


@pytest.fixture
def page(server: AppServer, visit) -> Page:
    return open_lesson(visit(f"{server.url}/basic"))


def test_a_step_and_a_message_by_keyboard_only(page: Page):
    page.get_by_role("log", name="Chat").evaluate(WATCH_LOG)
    tab_to(page, next_step(page), most=30)  # past the navigation
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(2)
    expect(next_step(page)).to_be_focused()
    expect(page.get_by_role("button", name="Next: ask what it remembers")).to_be_enabled()

    tab_to(page, chat_box(page), most=21)  # past the terms of the step
    page.keyboard.type("What's my name?")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(4)
    expect(messages(page).last).to_contain_text("Your name is Alice.")
    expect(chat_box(page)).to_be_focused()
    # A screen reader follows one log: lines come, and none is drawn again.
    assert page.evaluate("window.log.isConnected")
    assert page.evaluate("window.taken") == []

    next_step(page).focus()
    tab_to(page, row(page, 4))


def test_the_keys_scroll_a_long_value_of_an_open_row(page: Page):
    say(page, "I like coffee with milk. " * 200, 2)
    row(page, 1).press("Enter")
    for part in (".bubble", ".data"):
        long = row(page, 1).locator(part)
        expect(long).to_have_attribute("tabindex", "0")
        long.press("ArrowDown")
        page.wait_for_function("long => long.scrollTop > 0", arg=long.element_handle())
    expect(row(page, 1)).to_have_attribute("aria-expanded", "true")
    row(page, 1).press("Enter")
    expect(row(page, 1).locator("[tabindex]")).to_have_count(0)


def test_the_focus_stays_in_its_place_when_the_pressed_button_vanishes(page: Page):
    open_tool(page, "Challenges")
    page.get_by_role("button", name="Reset").press("Enter")
    bring_back = page.get_by_role("button", name="Bring them back")
    bring_back.press("Enter")
    expect(bring_back).to_have_count(0)
    expect(page.locator(".st-key-challenge :focus, .st-key-challenge:focus")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator(".st-key-challenge button:focus")).to_have_count(1)


def test_the_switch_of_the_colours_has_the_focus_after_a_key_has_pressed_it(page: Page):
    page.get_by_role("button", name="Dark colours").press("Enter")
    expect(page.get_by_role("button", name="Light colours")).to_be_focused()
