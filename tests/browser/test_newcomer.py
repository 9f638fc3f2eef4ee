"""A newcomer on a fresh server: from the start page, by deep link, and after the server was restarted."""

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.expecting import expect
from tests.browser.lesson import chat_file, messages, next_step, open_lesson, rows, say, trace
from tests.browser.test_look import resize
from tests.support.app_server import served


def test_newcomer_path_a_restart_of_the_server_and_a_deep_link_as_its_first_visit(tmp_path: Path, visit):
    with served(tmp_path) as server:
        page = visit(server.url)
        expect(page.get_by_role("heading", name="The course")).to_be_visible()
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_enabled()  # by itself, when the SDK is loaded
        expect(page.get_by_label("Your message")).to_have_value("My name is Alice")
        page.get_by_role("link", name="Open Basic sessions").click()
        open_lesson(page)

        say(page, "My name is Alice", 2)
        say(page, "What's my name?", 4)
        expect(messages(page).last).to_contain_text("Your name is Alice.")
        returned, sent = (trace(page).locator(column) for column in (".returned", ".sent"))
        expect(returned).to_have_text(["yes", "yes", "no", "no"])
        expect(sent).to_have_text(["yes", "yes", "yes", "no"])
        of_alice = page.url

        server.stop()
        expect_the_sign_of_a_lost_server_to_cover_no_button(page)
        page.goto("about:blank")  # a page that is open asks the server again as soon as it is there
        server.start()
        expect_a_deep_link_to_open(visit(f"{server.url}/basic?step=5"))
        page.goto(of_alice)
        open_lesson(page)
        expect(rows(page)).to_have_count(4)
        expect(trace(page)).to_have_count(4)
        say(page, "What's my name?", 6)
        expect(messages(page).last).to_contain_text("Your name is Alice.")
        assert chat_file(server, page).exists()


COVERED = """sign => [...document.querySelectorAll("button, a, textarea, .chip")].filter(part => {
    const one = sign.getBoundingClientRect(), other = part.getBoundingClientRect();
    return part.checkVisibility({visibilityProperty: true}) && !sign.contains(part) && other.width && one.left < other.right
        && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}).map(part => part.textContent || part.ariaLabel)"""


def expect_the_sign_of_a_lost_server_to_cover_no_button(page: Page) -> None:
    """It covered half of the button of the next step."""
    sign = page.get_by_test_id("stConnectionStatus")
    sign.wait_for()
    for width, height in ((1440, 1000), (1280, 720), (1024, 768), (760, 800), (380, 800)):
        resize(page, width, height)
        assert sign.evaluate(COVERED) == [], width


def expect_a_deep_link_to_open(page: Page) -> None:
    """It is the first visit of a fresh server."""
    open_lesson(page)
    answers = page.evaluate("performance.getEntriesByType('resource').map((one) => [one.name, one.responseStatus])")
    assert [name for name, status in answers if status >= 400] == []  # it would ask elsewhere only after a moment
    expect(page.get_by_test_id("stSidebarNavLink")).to_contain_text(["Sessions Lab", "Basic sessions"])
    expect(page.get_by_test_id("stSidebar")).to_contain_text("rule-based stand-in")
    expect(page).to_have_title("Basic sessions · Sessions Lab")
    expect(page.get_by_text("Step 5 of 11")).to_be_visible()

    page.get_by_role("button", name="Run to step 5").click()
    expect(page.get_by_text("✓ The rows show it")).to_be_visible()
    expect(page.get_by_role("button", name="Next: restart, then ask again")).to_be_enabled()
    expect(next_step(page)).to_be_enabled()
    expect(rows(page).first).to_contain_text("bob")
