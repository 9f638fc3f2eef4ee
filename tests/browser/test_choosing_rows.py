"""A row of the ledger is opened whole. The address names it, and the turn that is explained."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.expecting import expect
from tests.browser.lesson import (
    expect_in_address,
    ledger,
    messages,
    open_lesson,
    row,
    rows,
    say,
    stored,
    turns,
)
from tests.support.app_server import AppServer


@pytest.fixture
def page(server: AppServer, visit) -> Page:
    page = open_lesson(visit(f"{server.url}/basic"))
    say(page, "My name is Alice", 2)
    say(page, "What's my name?", 4)
    return page


def expect_chosen(page: Page, key: int | None) -> None:
    chosen = messages(page).and_(page.locator("[aria-current=true]"))
    expect(chosen).to_have_count(1 if key else 0)
    if key:
        expect(chosen).to_have_attribute("data-id", f"r{key}")
        expect(chosen).to_have_attribute("aria-expanded", "true")


def test_a_turn_shows_what_it_did_and_a_row_is_opened_whole_by_keyboard_by_mouse_and_by_address(
    server: AppServer, page: Page, visit
):
    expect(rows(page).nth(2).locator(".why")).to_have_text("the new input of run 1")
    expect(rows(page).first.locator(".returned")).to_have_text("yes")
    turns(page).first.click()
    expect(turns(page).first).to_have_attribute("aria-selected", "true")
    expect(rows(page).first.locator(".returned")).to_have_text("no")
    expect(rows(page).first.locator(".why")).to_have_text("the new input of run 1")
    expect(rows(page).nth(2).locator(".why")).to_be_empty()
    expect(turns(page).first).to_be_focused()
    expect(page).to_have_url(re.compile(r"[?&]turn="))

    row(page, 4).focus()
    page.keyboard.press("ArrowUp")
    expect(row(page, 3)).to_be_focused()
    page.keyboard.press("Enter")
    expect_chosen(page, 3)
    expect(row(page, 3)).to_be_focused()
    page.keyboard.press("Enter")
    expect_chosen(page, None)
    page.keyboard.press("Home")
    expect(turns(page).first).to_be_focused()
    page.keyboard.press("End")
    expect(row(page, 4)).to_be_focused()
    expect(ledger(page).locator("[tabindex='0']:not(button)")).to_have_count(1)
    expect_a_row_to_open_by_mouse_and_by_address(server, page, visit)


def expect_a_row_to_open_by_mouse_and_by_address(server: AppServer, page: Page, visit) -> None:
    row(page, 3).click()
    expect_chosen(page, 3)
    expect_in_address(page, "row", "3")
    linked = page.url

    row(page, 2).click()
    expect_chosen(page, 2)
    expect_in_address(page, "row", "2")
    expect(row(page, 2).locator(".data")).to_have_text(stored(server, page)[1][1])
    row(page, 2).get_by_role("button", name="Pretty JSON").click()
    expect(row(page, 2).locator(".data")).to_contain_text('  "role": "assistant",')
    expect(row(page, 2)).to_have_attribute("aria-expanded", "true")

    row(page, 2).locator(".kind").click()
    expect_chosen(page, None)
    expect(page).not_to_have_url(re.compile(r"[?&]row="))
    expect_chosen(open_lesson(visit(linked)), 3)


GIVE = """([id, look]) => {
    const host = [...document.querySelectorAll(".st-key-ledger-place *")].find(part => part.shadowRoot?.querySelector(".grid"));
    const root = host.shadowRoot, {given} = root.querySelector(".ledger"), [page] = given.data;
    const at = `${1e10 + (window.given = (window.given ?? 0) + 1)}`;
    const lines = page.lines.map(line => line.id === id ? {...line, ...look} : line);
    window.drawLedger({...given, data: [{...page, at, open: id, lines}]});
    const names = part => [...root.querySelectorAll(`[data-id="${id}"] > .${part} > *`)].map(one => one.classList[0]);
    return [names("why"), names("row").filter(name => !["mark", "key", "of", "lane"].includes(name))];
}"""


def test_what_a_line_gets_later_stands_in_its_place_in_an_open_row(server: AppServer, visit):
    """A row that was opened in another turn said what a branch is, and below that that no branch holds the row."""
    page = open_lesson(visit(f"{server.url}/basic"))
    say(page, "My name is Alice", 2)
    page.evaluate(GIVE, ["r1", {"why": "", "means": "branch: a second way"}])
    look = {"why": "no branch holds it", "means": "branch: a second way", "next": "sent next", "state": "on no branch"}
    assert page.evaluate(GIVE, ["r1", look]) == [
        ["cause", "next", "means"],
        ["data", "state", "when", "size", "pretty"],
    ]
