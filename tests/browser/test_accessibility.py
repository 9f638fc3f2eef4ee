"""axe-core finds nothing serious, on the start page, on a lesson and on the page "Choose", in light and dark."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.lesson import idle, messages, open_lesson, rows, say, send
from tests.support.app_server import AppServer

GRAVE = ("serious", "critical")
BACKGROUND = """scheme => {
    const [red] = getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor.match(/\\d+/);
    return scheme === "dark" ? red < 60 : red > 200;
}"""

AT_REST = """() => document.getAnimations().every(
    one => one.playState !== "running" || one.effect.getComputedTiming().endTime > 3000
)"""

# Streamlit puts a div between ul and li around each part of its navigation: not ours to fix, and still read as a list.
NOT_OURS = {"list": "[data-testid=stSidebarNavItems]", "listitem": "[data-testid=stSidebarNavItems] li"}


RULES: dict[str, dict[str, Any]] = {"dark": {"runOnly": ["color-contrast"]}, "light": {}}
"""The other rules read no colours: they give the same in both schemes."""


def expect_nothing_grave(page: Page) -> None:
    """Let axe read the page in the dark scheme and in the light one: an open page follows the scheme of the system."""
    grave = []
    for scheme, rules in RULES.items():
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(BACKGROUND, arg=scheme)
        at_rest(page)
        grave += [f"{scheme}: {fault}" for fault in grave_faults(page, rules)]
    assert grave == [], "\n".join(grave)


def grave_faults(page: Page, rules: dict[str, Any]) -> list[str]:
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for rule in Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
        if not is_in(page, node["target"][0], NOT_OURS.get(rule["id"]))
    ]


def is_in(page: Page, found: str, place: str | None) -> bool:
    return place is not None and page.locator(found).first.evaluate("(element, place) => element.matches(place)", place)


def at_rest(page: Page) -> None:
    """Wait until nothing fades in or out: half-way colours are not those of the page. Bars that run for long go on."""
    idle(page)
    page.wait_for_function(AT_REST)


def test_start_page(server: AppServer, visit):
    page = visit(server.url)
    expect(page.get_by_role("link", name="Open Basic sessions")).to_be_visible()
    expect_nothing_grave(page)


def test_choose_page(server: AppServer, visit):
    page = visit(f"{server.url}/choose?answers=longer.server.mongodb.unreadable")
    expect(page.get_by_role("heading", name="EncryptedSession")).to_be_visible()
    expect_nothing_grave(page)

    page.get_by_role("tab", name="Session types").click()
    cell = page.get_by_role("table", name="Setting up").get_by_text("aiosqlite", exact=True)
    cell.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("async_sqlite_session.py says “import aiosqlite”").first).to_be_visible()
    expect_nothing_grave(page)

    page.get_by_role("tab", name="Common mistakes").click()
    page.get_by_role("textbox", name="Search, or paste an error message").fill(
        "'bytes' object has no attribute 'encode'"
    )
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 entry fits.")).to_be_visible()
    page.get_by_role("button", name="Run both here").click()
    expect(page.get_by_text("Raised just now")).to_be_visible()
    expect_nothing_grave(page)


def test_lesson_page(server: AppServer, visit):
    page = open_lesson(visit(f"{server.url}/basic"))
    expect_nothing_grave(page)

    say(page, "My name is Alice", 2)
    say(page, "What's my name?", 4)
    messages(page).get_by_role("link", name="row 3").click()
    expect(rows(page).nth(2)).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Not yet.")).to_be_visible()
    expect_nothing_grave(page)

    page.get_by_role("button", name="Solution").click()
    send(page, "x" * 20_001)
    expect(page.get_by_role("alert")).to_be_visible()
    for name in ("Session calls", "Model input", "Schema"):
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        expect_nothing_grave(page)

    # What opens above the page has other surroundings, so its colours are another matter.
    page.get_by_role("button", name="The lesson as a script").click()
    expect(page.get_by_role("button", name="Download the script")).to_be_visible()
    expect_nothing_grave(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_role("button", name="Delete and start over")).to_be_visible()
    expect_nothing_grave(page)
