"""Encrypted sessions in Chromium: time runs out without a rerun, and another key tells why at each row."""

import re

import pytest
from playwright.sync_api import Locator, Page

from lessons.course.index import load_lesson
from tests.browser.expecting import expect
from tests.browser.lesson import idle, messages, next_step, open_lesson, open_tool, rows, say
from tests.browser.test_accessibility import BACKGROUND, BENCH, expect_nothing_found, faults_of
from tests.support.app_server import AppServer

STEPS = len(load_lesson("encrypted").steps)
NOTHING_IS_WIDER = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture
def page(server: AppServer, visit) -> Page:
    return open_lesson(visit(f"{server.url}/encrypted?tool=encryption"))


def choose(page: Page, label: str, option: str) -> None:
    idle(page)  # a page that is drawn again closes the list
    box = page.get_by_role("combobox", name=label)
    box.click()
    page.get_by_role("option", name=option).click()
    expect(box).to_have_value(re.compile(f"^{re.escape(option)}"))
    idle(page)


def left(page: Page) -> Locator:
    """What is said of the time that a row has left."""
    return rows(page).locator(".left")


def test_the_time_runs_out_and_says_expired_without_a_rerun_and_another_key_says_why_at_each_row(page: Page):
    choose(page, "TTL", "5 s")
    say(page, "My name is Alice", 2)
    expect(page.locator('[class*="st-key-stop-"]')).to_be_hidden()
    idle(page)
    page.evaluate(
        """() => { window.reruns = 0; new MutationObserver(() => window.reruns++).observe(
            document.querySelector('[data-testid="stApp"]'),
            {attributes: true, attributeFilter: ["data-test-script-state"]}); }"""
    )
    # Each text is noted as it comes: between two looks from here a busy machine shows several.
    left(page).first.evaluate(
        """line => { window.told = []; new MutationObserver(() => window.told.push(line.textContent)).observe(
            line, {childList: true, characterData: true, subtree: true}); }"""
    )
    expect(left(page).first).to_have_text("expired: still stored, no longer returned")
    *counted, _ = dict.fromkeys(page.evaluate("window.told"))
    seconds = [int(re.fullmatch(r"readable, (\d) s left", one)[1]) for one in counted]
    assert seconds
    assert seconds == sorted(seconds, reverse=True)
    assert page.evaluate("window.reruns") == 0
    expect_nothing_found(page, BENCH)
    choose(page, "TTL", "1 day")
    expect(left(page).first).to_have_text(re.compile(r"readable, 8\d{4} s left"))

    expect(messages(page).first).to_contain_text("My name is Alice")
    page.get_by_role("button", name="Generate another key").click()
    expect(messages(page).filter(has_text="My name is Alice")).to_have_count(0)
    expect(rows(page).filter(has_text="wrong key or tampered")).to_have_count(2)
    expect_nothing_found(page, BENCH)
    choose(page, "Key in use", "1: generated")
    expect(messages(page).first).to_contain_text("My name is Alice")


def test_every_step_is_walked_and_axe_finds_nothing(page: Page):
    # The style sheet is in the page: what looks like a tag in it has the sanitizer throw it away whole.
    expect(page.locator(".chips")).to_have_css("display", "flex")
    for number in range(1, STEPS + 1):
        next_step(page).click()
        expect(page.locator(".step-title")).to_contain_text(f"Step {number} of {STEPS}")
        expect(page.locator(".step-title .held")).to_be_visible()
        idle(page)
    expect_nothing_found(page)
    open_tool(page, "Envelope")
    page.locator(".st-key-costs button").click()
    expect(page.get_by_role("table", name="Overhead")).to_be_visible()
    assert page.evaluate(NOTHING_IS_WIDER)
    expect_nothing_found(page, BENCH)
    # On a phone things lie elsewhere, in both schemes alike, and have the colours that were just read.
    page.emulate_media(color_scheme="light")
    page.wait_for_function(BACKGROUND, arg="light")
    page.set_viewport_size({"width": 380, "height": 1000})
    page.wait_for_function("document.documentElement.clientWidth === 380")
    assert page.evaluate(NOTHING_IS_WIDER)
    assert faults_of(page, "light") == []
