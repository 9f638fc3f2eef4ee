"""axe-core finds nothing of ours at any level, on every kind of page, in light and dark.

The window is so tall that nothing is below its edge: axe skips what is scrolled out of sight. Every lesson with every tool is
read in the exhaustive run.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from lessons.course.index import LESSONS
from tests.browser.expecting import expect
from tests.browser.lesson import idle, next_step, open_lesson, open_tool, row, say, send
from tests.support.app_server import AppServer

TALL, TALL_FOR_A_PART = 6_000, 2_000
"""Pixels. A part is next to the ledger or above it, and a taller window takes longer to draw."""
BACKGROUND = """scheme => {
    const [red] = getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor.match(/\\d+/);
    return scheme === "dark" ? red < 60 : red > 200;
}"""

AT_REST = """() => getComputedStyle(document.documentElement).getPropertyValue("--line")
    && document.querySelector(".page-head")
    && document.getAnimations().filter(one => one.timeline === document.timeline).every(
        one => one.playState !== "running" || one.effect.getComputedTiming().endTime > 3000
    )"""

RUN_AXE = """async ([parts, options]) => {
    const repeated = [];
    for (const code of document.querySelectorAll("pre")) {
        const seen = new Set();
        for (const word of code.querySelectorAll("span:not(:has(*))")) {
            const looks = [];
            for (let at = word; at !== code; at = at.parentElement) looks.push(at.tagName, at.className, at.style.cssText);
            const look = looks.join(), {left, top, width, height} = word.getBoundingClientRect();
            if (seen.has(look)) repeated.push(word);
            else if (document.elementFromPoint(left + width / 2, top + height / 2) === word) seen.add(look);
        }
    }
    for (const word of repeated) word.style.visibility = "hidden";
    const found = await axe.run(parts.length ? {include: parts} : document, options);
    for (const word of repeated) word.style.visibility = "";
    return found.violations;
}"""
"""In a block of code one word of each look is read: where a keyword is readable, the other keywords are."""
OPTIONS = {"resultTypes": ["violations"], "preload": False}

TABS, BENCH, PANEL, NOTES, FOOT, POPOVER, MAIN_BUTTON = (
    "[data-testid=stTabs]",
    ".st-key-bench",
    ".st-key-panel",
    ".st-key-notes",
    ".st-key-foot",
    "[data-testid=stPopoverBody]",
    "[data-testid=stBaseButton-primary]",
)

# Streamlit puts a div between ul and li around each part of its navigation: not ours to fix, and still read as a list.
NOT_OURS = {"list": "[data-testid=stSidebarNavItems]", "listitem": "[data-testid=stSidebarNavItems] li"}


RULES: dict[str, dict[str, Any]] = {"dark": {"runOnly": ["color-contrast"]}, "light": {}}
"""The other rules read no colours: they give the same in both schemes."""


def expect_nothing_found(page: Page, *parts: str, running: bool = False) -> None:
    """Let axe read the page in both schemes, and leave it in the other one: an open page follows the scheme of the system.

    `parts` are selectors of what has changed since the page was read whole: then only what is in them is read. It is read while
    a turn is `running`, or else when nothing runs.
    """
    found, size = [], page.viewport_size
    page.set_viewport_size({"width": size["width"], "height": TALL_FOR_A_PART if parts else TALL})
    for scheme in in_each_scheme(page):
        found += [f"{scheme}: {fault}" for fault in faults_of(page, scheme, *parts, running=running)]
    page.set_viewport_size(size)
    assert found == [], "\n".join(found)


def in_each_scheme(page: Page) -> Iterator[str]:
    """Bring the page to each scheme, first to the one that it has: each change of scheme draws all of the page again."""
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for scheme in ("dark", "light") if is_dark else ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(BACKGROUND, arg=scheme)
        yield scheme


def faults_of(page: Page, scheme: str, *parts: str, running: bool = False) -> list[str]:
    if running:
        page.wait_for_function(AT_REST)
    else:
        at_rest(page)
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    # axe refuses a part that is not there, so nothing is left out in silence.
    found = page.evaluate(RUN_AXE, [[[part] for part in parts], {**RULES[scheme], **OPTIONS}])
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"]
        if not is_in(page, node["target"][0], NOT_OURS.get(rule["id"]))
    ]


def is_in(page: Page, found: str, place: str | None) -> bool:
    return place is not None and page.locator(found).first.evaluate("(element, place) => element.matches(place)", place)


def at_rest(page: Page) -> None:
    """Wait until the whole page is drawn and no short animation runs. One of more than three seconds may go on.

    Streamlit fetches the script that draws HTML, and with it the style sheet, after the page says that nothing runs.
    """
    idle(page)
    page.wait_for_function(AT_REST)


def test_choose_page(server: AppServer, visit):
    page = visit(f"{server.url}/choose?answers=longer.server.mongodb.unreadable")
    expect(page.get_by_role("heading", name="EncryptedSession")).to_be_visible()
    expect(page.get_by_role("main", name="Choose", exact=True)).to_be_visible()
    expect_nothing_found(page)

    page.get_by_role("tab", name="Session types").click()
    cell = page.get_by_role("table", name="Setting up").get_by_text("aiosqlite", exact=True)
    cell.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("async_sqlite_session.py says “import aiosqlite”").first).to_be_visible()
    expect_nothing_found(page, TABS)

    page.get_by_role("tab", name="Common mistakes").click()
    page.get_by_role("textbox", name="Search, or paste an error message").fill(
        "'bytes' object has no attribute 'encode'"
    )
    page.keyboard.press("Enter")
    expect(page.get_by_text("result").first).to_be_visible()
    page.get_by_role("button", name="Run both here").click()
    expect(page.get_by_text("Raised just now")).to_be_visible()
    expect_nothing_found(page, TABS)


def test_lesson_page(server: AppServer, visit):
    page = open_lesson(visit(f"{server.url}/basic"))
    expect_nothing_found(page)
    expect_the_main_button_to_be_readable_with_the_focus_and_while_it_is_pressed(page)

    say(page, "My name is Alice", 2)
    say(page, "What's my name?", 4)
    row(page, 3).click()
    expect(row(page, 3)).to_have_attribute("aria-current", "true")
    open_tool(page, "Challenges")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Not yet.")).to_be_visible()
    expect_nothing_found(page, BENCH)

    page.get_by_role("button", name="Solution").click()
    send(page, "x" * 20_001)
    expect(page.get_by_role("alert")).to_be_visible()
    expect_nothing_found(page, PANEL, "[role=alert]")
    for name in ("Session calls", "Tables", "Model input", "Schema"):
        open_tool(page, name)
        expect_nothing_found(page, PANEL)

    # What opens over the page has another background, so its colours are read separately.
    open_tool(page, "Download")
    expect_nothing_found(page, PANEL)
    page.get_by_role("button", name="The lesson as a script").click()
    expect(page.get_by_role("button", name="Download the script")).to_be_visible()
    expect_nothing_found(page, POPOVER)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_role("button", name="Delete and start over")).to_be_visible()
    expect_nothing_found(page, "[role=dialog]")


def expect_the_main_button_to_be_readable_with_the_focus_and_while_it_is_pressed(page: Page) -> None:
    """Streamlit gives it another background in each state."""
    button = page.get_by_test_id("stBaseButton-primary").first
    page.keyboard.press("Tab")  # so that the focus is one of the keyboard
    button.focus()
    expect_nothing_found(page, MAIN_BUTTON)
    button.hover()
    expect_nothing_found(page, MAIN_BUTTON)
    page.mouse.down()
    expect_nothing_found(page, MAIN_BUTTON)
    page.mouse.move(0, 0)  # released elsewhere, it is not clicked
    page.mouse.up()


@pytest.mark.exhaustive
@pytest.mark.parametrize("slug", [lesson.slug for lesson in LESSONS])
def test_every_lesson_with_every_tool(server: AppServer, visit, slug: str):
    page = open_lesson(visit(f"{server.url}/{slug}"))
    expect_nothing_found(page)
    for number in range(1, 5):
        next_step(page).click()
        expect(page.locator(".step-title")).to_contain_text(f"Step {number} of")
        expect(page.locator(".step-title").locator(".held, .not-held")).to_be_visible()
        idle(page)
    expect_nothing_found(page)
    for name in page.locator('[class*="st-key-tool"] [role=radio]').all_inner_texts():
        open_tool(page, name)
        expect_nothing_found(page)
    open_tool(page, "Challenges")
    page.get_by_role("button", name="Solution").click()
    send(page, "x" * 20_001)
    expect(page.get_by_role("alert").first).to_be_visible()
    expect_nothing_found(page)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "path", ["inspect", "compare", "choose?part=words", "no-such-page", "basic?step=99&challenge=77"]
)
def test_the_other_pages(server: AppServer, visit, path: str):
    page = visit(f"{server.url}/{path}")
    expect(page.locator(".page-head")).to_be_visible()
    expect_nothing_found(page)
