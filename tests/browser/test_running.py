"""While the model is answering: Stop, other clicks and a reload. The model is slow and, between two words, silent."""

import json
import re

import pytest
from playwright.sync_api import Page

from tests.browser.expecting import expect
from tests.browser.lesson import (
    answering,
    chat_box,
    expect_in_address,
    go_to,
    idle,
    messages,
    next_step,
    open_lesson,
    open_tool,
    rows,
    say,
    send,
    stop_button,
    stored,
)
from tests.browser.test_accessibility import BENCH, FOOT, expect_nothing_found
from tests.support.app_server import AppServer


@pytest.fixture
def page(slow_server: AppServer, visit) -> Page:
    return open_lesson(visit(f"{slow_server.url}/basic"))


LONG, ANOTHER, THIRD = "What is a session?", "What is memory?", "What is a run?"
"""Their answers have thirty words or more. From the slow model they take longer than a busy machine needs for anything."""
SECONDS_TO_STOP = 20
SEEN_TWICE = """() => [...document.querySelectorAll(".st-key-live-turn *")]
    .filter(part => part.textContent && getComputedStyle(part).visibility !== "hidden").map(part => part.textContent)"""


def start(page: Page, message: str = "My name is Alice") -> None:
    """Send a message and wait for the first word of the reply."""
    send(page, message)
    expect(answering(page)).to_contain_text("answering")


def test_stop_does_not_wait_for_the_answer_and_leaves_the_page_whole_and_a_reload_finds_the_turn_again(
    slow_server: AppServer, page: Page
):
    start(page, LONG)
    assert page.evaluate(SEEN_TWICE) == []  # what arrives is in its line, and nowhere else
    expect(page.get_by_test_id("stStatusWidgetRunningIcon")).to_be_hidden()
    stop_button(page).click(no_wait_after=True)
    page.get_by_text("You stopped this turn.").wait_for(timeout=SECONDS_TO_STOP * 1_000)

    idle(page)
    expect(stop_button(page)).to_be_hidden()
    expect(chat_box(page)).to_be_focused()  # the focus was on Stop, which is gone
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(LONG)
    expect(page.get_by_role("radio", name="Challenges")).to_be_visible()
    expect(next_step(page)).to_be_enabled()
    expect(messages(page).last).to_contain_text("no row")
    expect(page.get_by_text("Stored: row 1.")).to_be_visible()
    assert [data for _, data in stored(slow_server, page)] == [json.dumps({"content": LONG, "role": "user"})]

    start(page, ANOTHER)
    expect(answering(page)).to_contain_text("I")
    stop_button(page).click()
    expect(rows(page)).to_have_count(2)
    expect(stop_button(page)).to_be_hidden()
    expect_stop_before_the_first_word(slow_server, page)
    start(page, THIRD)
    expect_nothing_found(page, BENCH, FOOT, running=True)
    expect_a_reload_to_find_the_turn_again(page)


def expect_stop_before_the_first_word(server: AppServer, page: Page) -> None:
    before = len(stored(server, page))
    send(page, LONG)
    stop_button(page).click()
    expect(page.get_by_text("You stopped this turn.")).to_have_count(3)
    expect(stop_button(page)).to_be_hidden()
    expect(chat_box(page)).to_be_enabled()
    expect(next_step(page)).to_be_enabled()
    assert len(stored(server, page)) <= before + 1


def expect_a_reload_to_find_the_turn_again(page: Page) -> None:
    page.reload()
    expect(answering(page)).to_contain_text("Run: one call")
    # The question is stored already: it is drawn from its row, and not again.
    expect(messages(page).filter(has_text=THIRD)).to_have_count(1)
    stop_button(page).click()
    expect(page.get_by_text("You stopped this turn.")).to_have_count(4)
    expect(stop_button(page)).to_be_hidden()


def test_stop_ends_a_step_too(slow_server: AppServer, visit):
    """The tenth step is streamed, so the slow model is slow there."""
    page = open_lesson(visit(f"{slow_server.url}/basic?step=9"))
    page.get_by_role("button", name="Run to step 9").click()
    page.get_by_role("button", name="Next: run it streamed").click()
    expect(answering(page)).to_contain_text("the model is asked")
    stop_button(page).click()
    expect(page.get_by_text("You stopped this turn.")).to_be_visible()
    expect(rows(page)).to_have_count(9)
    page.get_by_role("button", name="Step back").click()
    expect(rows(page)).to_have_count(8)


@pytest.mark.parametrize(
    ("address", "words", "parts"),
    [
        ("redis?store=redis", "The Redis server cannot be reached", (BENCH, "[role=alert]")),
        ("databases?store=postgresql", "The database server cannot be reached", ()),
    ],
)
def test_a_server_that_does_not_answer_is_named_for_rows_messages_and_steps_and_axe_finds_nothing(
    slow_server: AppServer, visit, address: str, words: str, parts: tuple[str, ...]
):
    page = open_lesson(visit(f"{slow_server.url}/{address}"))
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text(words)
    expect(messages(page)).to_have_count(0)
    page.set_viewport_size({"width": 380, "height": 800})
    expect(problem).to_be_in_viewport(ratio=1)  # without scrolling
    page.set_viewport_size({"width": 1440, "height": 1000})
    send(page, "My name is Alice")
    expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    expect(messages(page)).to_contain_text("My name is Alice")
    expect(problem).to_contain_text(words)
    expect_nothing_found(page, *parts)  # the page of Redis is read whole in test_redis.py
    next_step(page).click()
    expect(page.get_by_role("button", name="Ask again")).to_be_hidden()
    expect(problem).to_contain_text(words)
    expect(next_step(page)).to_contain_text("Run step 1")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_going_to_another_page_and_back_and_another_click_do_not_lose_the_reply(page: Page):
    """The turn goes on, and the choice of the session is the same."""
    page.get_by_role("combobox", name="Session id").fill("tea_time")
    page.get_by_role("option", name="tea_time").click()
    expect_in_address(page, "session", "tea_time")
    start(page)
    go_to(page, "Sessions Lab")
    expect(page.get_by_role("heading", name="The course")).to_be_visible()
    page.get_by_role("link", name="Open Basic sessions").click()
    open_lesson(page)
    expect(rows(page)).to_have_count(2)
    expect(rows(page).last).to_contain_text("tea_time")
    expect(messages(page).last).to_contain_text("Nice to meet you, Alice.")
    expect_another_click_not_to_lose_the_reply(page)


def expect_another_click_not_to_lose_the_reply(page: Page) -> None:
    start(page, "What's my name?")
    page.get_by_role("radio", name="Schema").click()
    expect(page.get_by_text("CREATE TABLE").first).to_be_visible()
    expect(messages(page).last).to_contain_text("Your name is Alice.")
    expect(rows(page)).to_have_count(4)
    idle(page)
    say(page, "What's my name?", 6)


def test_a_link_to_another_page_is_followed_while_a_popover_is_open(server: AppServer, visit):
    """The click closes the popover as well, and what that sends must not lead back."""
    page = open_lesson(visit(f"{server.url}/basic"))
    page.get_by_test_id("stExpandSidebarButton").click()
    open_tool(page, "Download")
    page.get_by_role("button", name="Links").click()
    expect(page.get_by_text("To share.")).to_be_visible()
    page.get_by_role("link", name="Multiple sessions").click()
    expect(page.get_by_role("heading", name="Multiple sessions", level=1)).to_be_visible()
    expect(page.get_by_role("main", name="Multiple sessions", exact=True)).to_be_visible()
    open_lesson(page)
    open_tool(page, "Sessions")
    page.get_by_role("button", name="New").click()  # answered after all that came before it
    expect(page.get_by_label("Id of the new session")).to_be_visible()
    expect(page).to_have_url(re.compile("/multi_session"))
