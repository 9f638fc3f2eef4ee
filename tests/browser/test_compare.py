"""The compare page: stores side by side while their turns run, on a telephone, and for axe."""

from playwright.sync_api import Page

from tests.browser.expecting import expect
from tests.browser.lesson import expect_in_address, idle
from tests.browser.test_accessibility import expect_nothing_found
from tests.browser.test_look import NARROW, resize
from tests.support.app_server import AppServer

MAIN = "[data-testid=stMain]"
STORES = "stores=sqlite_file,sqlite_memory,json_files"


def open_page(page: Page) -> Page:
    expect(page.get_by_role("button", name="Run on all")).to_be_enabled()
    idle(page)
    return page


def table(page: Page):
    return page.get_by_role("table", name="Comparison")


def run(page: Page) -> None:
    page.get_by_role("button", name="Run on all").click()
    expect(table(page).get_by_text("✓ done")).to_have_count(3)
    idle(page)


def test_one_message_is_run_on_all_stores_a_row_is_chosen_in_each_scheme_and_it_fits_a_telephone(
    server: AppServer, visit
):
    page = open_page(visit(f"{server.url}/compare?{STORES}"))
    expect_nothing_found(page)
    run(page)
    expect(table(page).get_by_text("the same 4 items as SQLiteSession: In a file")).to_have_count(2)
    choose_row(page, "2")
    expect_nothing_found(page, "[role=region]", "[data-testid=stTabs]")  # in light, then in dark
    choose_row(page, "3")
    expect_the_comparison_to_fit_a_telephone_and_scroll_by_itself(page)


def choose_row(page: Page, key: str) -> None:
    page.get_by_role("link", name=key, exact=True).first.click()
    expect(page.locator('table.rows tr[aria-current="true"]')).to_have_count(1)
    expect_in_address(page, "row", key)


def test_a_running_turn_is_shown_in_its_column_and_can_be_stopped(slow_server: AppServer, visit):
    page = open_page(visit(f"{slow_server.url}/compare?{STORES}"))
    # The answer has forty words. The page's own question is answered in a few seconds: before Stop, on a busy machine.
    page.get_by_role("textbox", name="Message to the agent").fill("What is a session?")
    page.get_by_role("button", name="Run on all").click()
    expect(table(page).get_by_text("running ·").first).to_be_visible()
    expect_nothing_found(page, MAIN, running=True)  # below the table stood the words for before the run, greyed out
    page.get_by_role("button", name="Stop all").click()
    expect(table(page).get_by_text("stopped")).to_have_count(3)


def expect_the_comparison_to_fit_a_telephone_and_scroll_by_itself(page: Page) -> None:
    resize(page, NARROW["width"], NARROW["height"])
    page.get_by_test_id("stMain").evaluate("main => { main.scrollTop = 0; }")
    expect(page.get_by_role("button", name="Run on all")).to_be_in_viewport(ratio=1)  # below all the stores
    at_the_end = page.get_by_role("toolbar", name="Stores").get_by_role("button", name="JSON files")
    at_the_end.scroll_into_view_if_needed()
    expect(at_the_end).to_be_in_viewport(ratio=1)
    store = page.get_by_role("columnheader", name="In a file")
    assert store.evaluate("cell => cell.closest('thead').getBoundingClientRect().height") > 20
    region = page.get_by_role("region", name="Stores side by side")
    assert region.evaluate("region => region.scrollWidth > region.clientWidth")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.compare').scrollLeft > 0")
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
