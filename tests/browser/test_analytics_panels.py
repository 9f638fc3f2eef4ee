"""The analytics panels in Chromium: charts and their words, the tree, a phone, axe, and a data set that is stopped."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.expecting import expect
from tests.browser.lesson import idle, open_lesson, open_tool, row, say, stop_button
from tests.browser.test_accessibility import expect_nothing_found
from tests.browser.test_look import expect_no_sideways_scrolling
from tests.support.app_server import AppServer

WORDS_OF_CHARTS = {
    "Tokens": "input tokens in turn",
    "Cumulated": "output tokens in all",
    "Requests": "the most in one turn",
    "Message kinds": "as message_type says",
    "Cost": "All branches of the session",
}


@pytest.fixture
def branched(server: AppServer, visit) -> Page:
    """Two turns, and a branch from the second with its own turn."""
    page = open_lesson(visit(f"{server.url}/analytics?tool=branch_calls"))
    say(page, "My name is Alice", 2)
    say(page, "What's 2 + 2?", 4)
    panel = page.locator(".st-key-branch-panel")
    panel.get_by_label("Name of the branch").fill("plan_b")
    panel.get_by_label("Name of the branch").press("Tab")
    expect(panel.locator("code")).to_contain_text("create_branch_from_turn(2, 'plan_b')")
    panel.get_by_role("button", name="Call it").click()
    expect(page.locator(".st-key-branch-panel")).to_contain_text("send another message first")
    say(page, "What's 3 + 3?", 6)
    return page


def choose(page: Page, place: str, name: str) -> None:
    if not page.locator(f".st-key-{place}").count():
        open_tool(page, {"usage": "Usage", "branch-tree": "Branches"}[place])
    page.locator(f".st-key-{place}").get_by_role("radio", name=name).click()
    idle(page)


def test_every_chart_is_drawn_has_words_and_numbers_and_the_tree_draws_shared_rows_once(branched: Page):
    open_tool(branched, "Usage")
    expect_charts(branched)
    expect_nothing_found(branched)
    expect_tree(branched)
    expect_nothing_found(branched, ".st-key-branch-tree", ".st-key-bench")
    expect_all_on_a_phone(branched)


def expect_charts(branched: Page) -> None:
    usage = branched.locator(".st-key-usage")
    drawn = usage.get_by_test_id("stVegaLiteChart")
    for view in WORDS_OF_CHARTS:
        words = choose_chart(branched, view)
        expect(drawn.locator("canvas, svg").first).to_be_visible()
        expect(usage.locator(".chart-words")).to_contain_text(re.compile(words))
        assert drawn.evaluate("one => one.offsetWidth <= one.closest('.st-key-usage').offsetWidth")
    choose_chart(branched, "Tokens")
    expect(usage).to_contain_text("Turn 1: no usage was stored")
    expect(usage.get_by_role("button", name="The numbers")).to_have_count(1)
    usage.get_by_role("button", name="The numbers").click()
    table = branched.get_by_role("table", name="Tokens per turn")
    expect(table.get_by_role("row").nth(1)).to_contain_text("not stored")
    branched.keyboard.press("Escape")


def choose_chart(page: Page, view: str) -> str:
    """Choose it, wait until it is drawn with all that is below it, and return its words."""
    words = f"Branch plan_b, 2 turns.*{WORDS_OF_CHARTS[view]}"
    choose(page, "usage", view)
    charts = page.locator(".st-key-usage").get_by_test_id("stVegaLiteChart")
    # While the run of the page goes on, the chart before can stand next to the new one.
    expect(charts.and_(page.get_by_label(re.compile(words)))).to_have_count(1)
    idle(page)  # the click alone does not start the run of the page: only with the words it has begun
    expect(charts).to_have_count(1)
    return words


def expect_tree(branched: Page) -> None:
    choose(branched, "branch-tree", "Row by row")
    tree = branched.get_by_role("table", name="Rows of the branches")
    shared = tree.get_by_role("row").nth(1).get_by_role("cell")
    expect(shared).to_have_count(1)
    expect(shared).to_have_attribute("colspan", "2")
    expect(tree.get_by_role("link", name="1", exact=True)).to_have_count(1)
    tree.get_by_role("link", name="1", exact=True).click()
    expect(row(branched, 1)).to_have_attribute("aria-current", "true")
    choose(branched, "branch-tree", "Side by side")
    expect(branched.locator(".common")).to_contain_text("2 rows, 1–2")


def expect_all_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 380, "height": 800})
    say(page, "What's the weather in Oslo?", 10)
    for view in ("Tokens", "Tools", "Message kinds"):
        choose(page, "usage", view)
        expect_no_sideways_scrolling(page)
    choose(page, "branch-tree", "Row by row")
    expect_no_sideways_scrolling(page)


def test_a_data_set_is_stopped_and_what_is_there_is_kept(server: AppServer, visit):
    page = open_lesson(visit(f"{server.url}/analytics?tool=dataset"))
    section = page.locator(".st-key-dataset")
    section.get_by_role("button", name="Generate 500 turns").click()
    expect(section.get_by_role("progressbar")).to_be_visible()
    expect(section).to_contain_text(re.compile(r"\d+ of 500 turns"))
    stop_button(page).click()
    expect(section).to_contain_text(re.compile(r"It was stopped before the end: \d+ of 500 turns are kept."))
    expect(section.get_by_role("button", name="Delete it and generate 500 turns again")).to_be_enabled()
    open_tool(page, "Branches")
    expect(page.locator(".lanes")).to_contain_text("main")
