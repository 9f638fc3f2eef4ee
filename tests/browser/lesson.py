"""What the tests do and see on a lesson page."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page

from tests.browser.expecting import expect
from tests.support.app_server import AppServer

LOG = '[role=log][aria-label="Chat"]'
"""The lines of the ledger. A selector finds it in a fifteenth of the time that its role and name take."""

IDLE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


def open_lesson(page: Page) -> Page:
    """Wait until the whole page is drawn: the steps, which come last, are there, and nothing runs."""
    next_step(page).wait_for()
    idle(page)
    return page


def open_tool(page: Page, name: str) -> Locator:
    """Open the tool with this name next to the ledger, and return the place where it is drawn."""
    page.get_by_role("radio", name=name, exact=True).click()
    page.get_by_role("heading", name=name, level=2, exact=True).wait_for()
    idle(page)
    return page.locator(".st-key-panel")


def idle(page: Page) -> None:
    """Wait until nothing runs. Each look of an `expect` that fails describes the whole page, which takes much longer."""
    page.wait_for_function(IDLE)


def settle(page: Page) -> None:
    """Let two frames be drawn: what moves when the window or the place in it changes has moved."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def chat_box(page: Page) -> Locator:
    return page.get_by_test_id("stChatInputTextArea")


def go_to(page: Page, title: str) -> None:
    """Follow a link of the navigation, which is folded away on a lesson."""
    unfold = page.get_by_test_id("stExpandSidebarButton")
    if unfold.is_visible():
        unfold.click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()


def rows(page: Page) -> Locator:
    """The lines of the ledger that have a row, also those whose row the open turn has removed."""
    return page.locator(f"{LOG} .item:not(.gone):has(.key:not(:empty))")


def messages(page: Page) -> Locator:
    """The lines of items, with or without a row."""
    return page.locator(f"{LOG} .item")


def answering(page: Page) -> Locator:
    """The line in which a reply arrives."""
    return page.locator(f"{LOG} .item.live")


def ledger(page: Page) -> Locator:
    return page.locator("[role=treegrid][aria-label=Ledger]")


def turns(page: Page) -> Locator:
    """The heads of the turns."""
    return ledger(page).locator(".turn")


def trace(page: Page) -> Locator:
    """The lines that the open turn marks as returned and sent, or as not."""
    return page.locator(f"{LOG} .item:has(.returned:not([data-is='']))")


def row(page: Page, key: int) -> Locator:
    return ledger(page).locator(f'[data-id="r{key}"]')


def next_step(page: Page) -> Locator:
    return page.locator('[class*="st-key-next-step-"] button')


def stop_button(page: Page) -> Locator:
    """The app's own button: until the style sheet has arrived, Streamlit's is visible too."""
    return page.locator('[class*="st-key-stop-"] button')


def send(page: Page, message: str) -> None:
    chat_box(page).fill(message)
    chat_box(page).press("Enter")


def say(page: Page, message: str, total: int) -> None:
    """Send a message and wait until `total` rows are stored and the page rests."""
    send(page, message)
    expect(rows(page)).to_have_count(total)
    idle(page)


def solve_with_the_solution(page: Page) -> None:
    """Check the challenge that is open, which is not solved, run its solution and check it again."""
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Not yet.")).to_be_visible()
    page.get_by_role("button", name="Solution").click()
    page.get_by_role("button", name="Run the solution on empty tables").click()
    expect(page.get_by_text("The solution has run.")).to_be_visible()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("✓ Solved: the rows show it.")).to_be_visible()


def in_address(page: Page, name: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(name, [None])[0]


def expect_in_address(page: Page, name: str, value: str) -> None:
    page.wait_for_url(re.compile(rf"[?&]{name}={re.escape(value)}(&|$)"), wait_until="commit")


def chat_file(server: AppServer, page: Page) -> Path:
    """The file in which this visitor's rows of the first lesson are stored."""
    return server.data / str(in_address(page, "visitor")) / "basic" / "chat.db"


def stored(server: AppServer, page: Page, session_id: str = "my_chat") -> list[tuple[int, str]]:
    """Row id and JSON of every stored row, read with a connection that cannot write."""
    with closing(sqlite3.connect(f"{chat_file(server, page).as_uri()}?mode=ro", uri=True)) as reader:
        query = "SELECT id, message_data FROM agent_messages WHERE session_id = ? ORDER BY id"
        return reader.execute(query, (session_id,)).fetchall()
