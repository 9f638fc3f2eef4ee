"""Stored text is shown as it is and does nothing, whoever wrote it."""

import json
import re

import pytest
from playwright.sync_api import Page

from tests.browser.expecting import expect
from tests.browser.lesson import chat_box, messages, open_lesson, open_tool, row, rows, say, stored
from tests.support.app_server import AppServer

HOSTILE = (
    "<script>document.title = 'taken'</script>",
    "<img src=x onerror=\"document.title = 'taken'\">",
    "![](https://example.invalid/x.png) [link](javascript:alert(1))",
    "=1+1",
    "**bold** `code` $x^2$ :red[red] :material/home:",
    "&lt;b&gt; </td></table> \\u003cb\\u003e",
)
DIRECTIONS = "abc \u202e evil \u202c \u2066 hidden \u2069 end"


@pytest.fixture
def page(server: AppServer, visit) -> Page:
    return open_lesson(visit(f"{server.url}/basic"))


def test_markup_is_shown_and_does_nothing_in_messages_session_ids_and_addresses(server: AppServer, page: Page, visit):
    for number, message in enumerate(HOSTILE, start=1):
        say(page, message, 2 * number)
        expect(messages(page).nth(2 * number - 2).locator(".bubble")).to_have_text(message)
    shown = rows(page).locator(".data").all_text_contents()
    data = [json.dumps(json.loads(data), ensure_ascii=False) for _, data in stored(server, page)]
    assert shown[::2] == data[::2]
    expect(page).to_have_title(re.compile("Sessions Lab"))
    for name in ("Session calls", "Model input", "Schema"):
        open_tool(page, name)
        expect(page.locator("[data-testid=stMain] :is(img, script, iframe)")).to_have_count(0)
    expect_directions_and_a_long_message(server, page, len(data))
    expect_a_hostile_session_id_and_address(server, page, visit)


def expect_directions_and_a_long_message(server: AppServer, page: Page, before: int) -> None:
    """Direction characters are named; a long message is cut and can be opened whole. `before` is how many rows there are."""
    say(page, DIRECTIONS, before + 2)
    expect(messages(page).nth(before).locator(".bubble")).to_have_text(
        "abc U+202E evil U+202C U+2066 hidden U+2069 end".replace(" U+2066", " U+2066")
    )
    expect(page.get_by_text("Your message holds 4 characters that cannot be seen.")).to_be_visible()

    message = "<b>" + "x" * 4_990 + " end</b>"
    say(page, message, before + 4)
    expect(messages(page).nth(before + 2)).to_contain_text(f"{len(message):,} characters")
    row(page, before + 3).click()
    expect(row(page, before + 3).locator(".data")).to_have_text(stored(server, page)[before + 2][1])


def expect_a_hostile_session_id_and_address(server: AppServer, page: Page, visit) -> None:
    name = "<img src=x onerror=alert(1)>"
    page.get_by_role("combobox", name="Session id").fill(name)
    page.get_by_role("option", name=name).click()
    say(page, "Hello", 2)
    expect(rows(page).first).to_contain_text(name)

    odd = "visitor=../../x&session=%3Cscript%3E&store=../x&step=999&row=-1&challenge=99"
    other = open_lesson(visit(f"{server.url}/basic?{odd}"))
    expect(other.get_by_text("Step 11 of 11")).to_be_visible()
    expect(other.get_by_text("Challenge 3 of 3")).to_be_visible()
    expect(other.get_by_text("No rows for session <script>")).to_be_visible()
    expect(chat_box(other)).to_be_enabled()
