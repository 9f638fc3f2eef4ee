"""How the page lies on the screen: narrow, light and dark."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lesson import idle, messages, open_lesson, rows, say
from tests.browser.test_accessibility import BACKGROUND
from tests.support.app_server import AppServer

NARROW = {"width": 380, "height": 800}
OUTSIDE = """() => {
    const edge = document.documentElement.clientWidth;
    const kinds = "button, a, input, textarea, table, p, h1, h2, li, pre";
    const parts = document.querySelectorAll(`[data-testid="stMain"] :is(${kinds})`);
    return [...parts]
        .filter(part => !part.closest("[role=tablist]"))  // the tabs scroll by themselves
        .filter(part => part.checkVisibility() && part.getBoundingClientRect().right > edge + 1)
        .map(part => part.outerHTML.slice(0, 120));
}"""
FITS = """() => [document.scrollingElement, document.querySelector('[data-testid="stMain"]')]
    .every(part => part.scrollWidth <= part.clientWidth && part.clientWidth <= innerWidth)"""


def expect_no_sideways_scrolling(page: Page) -> None:
    assert page.evaluate(FITS)
    assert page.evaluate(OUTSIDE) == []


def top(locator) -> float:
    return locator.bounding_box()["y"]


def test_the_start_page_fits_a_telephone(server: AppServer, visit):
    page = visit(server.url, **NARROW)
    expect(page.get_by_role("link", name="Open Basic sessions")).to_be_visible()
    expect_no_sideways_scrolling(page)


@pytest.mark.parametrize("part", ["decide", "types", "mistakes", "trouble"])
def test_the_page_to_choose_by_fits_a_telephone(server: AppServer, visit, part: str):
    page = visit(f"{server.url}/choose?part={part}&answers=longer.server.dapr.unreadable&case=another-id", **NARROW)
    expect(page.get_by_role("tab", name="Decide")).to_be_visible()
    idle(page)
    expect_no_sideways_scrolling(page)


def test_a_lesson_fits_a_telephone(server: AppServer, visit):
    page = open_lesson(visit(f"{server.url}/basic", **NARROW))
    expect_no_sideways_scrolling(page)
    say(page, "My name is Alice", 2)
    say(page, "supercalifragilistic" * 20, 4)
    expect_no_sideways_scrolling(page)
    page.get_by_role("button", name="Solution").click()
    for name in ("Session calls", "Model input", "Schema"):
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        idle(page)
        expect_no_sideways_scrolling(page)


@pytest.mark.parametrize(("slug", "total"), [("memory_operations", 4), ("multi_session", 2)])
def test_a_toolbar_and_a_switcher_fit_a_telephone(server: AppServer, visit, slug: str, total: int):
    page = open_lesson(visit(f"{server.url}/{slug}", **NARROW))
    say(page, "What's the weather in Oslo?", total)
    width = "() => [document.documentElement.scrollWidth, document.querySelector('[data-testid=stMain]').scrollWidth]"
    assert page.evaluate(width) == [380, 380]


def test_a_short_conversation_its_rows_and_its_trace_are_seen_at_once(server: AppServer, visit):
    """Side by side on a laptop's screen, without scrolling; one below the other where that would be too narrow."""
    page = open_lesson(visit(f"{server.url}/basic", width=1440, height=1000))
    say(page, "My name is Alice", 2)
    say(page, "What's my name?", 4)
    trace = page.get_by_role("table", name="Trace of this turn")
    for part in (messages(page).first, messages(page).last, rows(page).first, rows(page).last, trace):
        box = part.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 1000
    chat, stored = page.get_by_role("heading", name="Chat"), page.get_by_role("heading", name="Stored rows")
    assert top(chat) == pytest.approx(top(stored), abs=2)

    for width in (1090, 380):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function("width => document.documentElement.clientWidth === width", arg=width)
        assert top(stored) > top(messages(page).last)


def test_the_page_follows_the_scheme_of_the_system(server: AppServer, visit):
    """When it is opened, and while it is open."""
    page = visit(server.url, color_scheme="dark")
    expect(page.get_by_role("link", name="Open Basic sessions")).to_be_visible()
    page.wait_for_function(BACKGROUND, arg="dark")
    page.emulate_media(color_scheme="light")
    page.wait_for_function(BACKGROUND, arg="light")
    page.reload()
    expect(page.get_by_role("link", name="Open Basic sessions")).to_be_visible()
    page.wait_for_function(BACKGROUND, arg="light")


def test_the_name_of_the_store_is_not_cut(server: AppServer, visit):
    page = open_lesson(visit(f"{server.url}/redis", width=1440, height=900))
    store = page.get_by_role("combobox", name="Stored")
    expect(store).to_have_value("Redis (fakeredis, in memory)")
    for width in (1440, 380):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("width => document.documentElement.clientWidth === width", arg=width)
        assert store.evaluate("field => field.scrollWidth <= field.clientWidth")


def test_the_rows_of_a_long_session_id_stay_on_the_page(server: AppServer, visit):
    page = open_lesson(visit(f"{server.url}/databases?session={'y' * 64}", width=1440, height=900))
    say(page, "My name is Alice", 2)
    assert page.evaluate(OUTSIDE) == []


def test_each_column_of_the_comparison_names_its_store_on_a_telephone(server: AppServer, visit):
    page = visit(f"{server.url}/compare?stores=sqlite_file", **NARROW)
    store = page.get_by_role("columnheader", name="In a file")
    expect(store).to_be_visible()
    assert store.evaluate("cell => cell.closest('thead').getBoundingClientRect().height") > 20


def test_the_table_of_all_session_types_needs_no_sideways_scrolling(server: AppServer, visit):
    page = visit(f"{server.url}/choose?part=types", width=1440, height=900)
    table = page.get_by_role("region", name="Setting up: table")
    expect(table).to_be_visible()
    assert table.evaluate("frame => frame.scrollWidth <= frame.clientWidth")
