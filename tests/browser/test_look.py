"""How the page is laid out: narrow, wide, light and dark."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from lessons.ui.page import heading
from tests.browser.expecting import expect
from tests.browser.lesson import (
    chat_file,
    idle,
    ledger,
    next_step,
    open_lesson,
    open_tool,
    row,
    rows,
    say,
    send,
    settle,
    turns,
)
from tests.browser.test_accessibility import BACKGROUND, expect_nothing_found
from tests.support.app_server import AppServer

NARROW = {"width": 380, "height": 800}
OUTSIDE = """() => {
    const edge = document.documentElement.clientWidth;
    const kinds = "button, a, input, textarea, table, p, h1, h2, li, pre", cut = ".stMarkdownEllipsis";
    const parts = document.querySelectorAll(`[data-testid="stMain"] :is(${kinds})`);
    return [...parts]
        .filter(part => !part.closest("[role=tablist], [role=radiogroup], .wide"))  // these scroll by themselves
        .filter(part => part.checkVisibility() && (part.closest(cut) ?? part).getBoundingClientRect().right > edge + 1)
        .map(part => part.outerHTML.slice(0, 120));
}"""
WIDTHS = (320, 520, 700, 720, 760, 960, 1100, 1180, 1440)
"""Widths around each width at which the layout changes."""
OVERLAPS = """() => {
    const main = document.querySelector('[data-testid="stMain"]'), header = document.querySelector(".stAppHeader");
    const covered = getComputedStyle(header, "::before").opacity === "1" ? header.getBoundingClientRect().bottom : 0;
    const clipped = part => {
        const {left, top, right, bottom} = part.getBoundingClientRect(), box = {left, top, right, bottom};
        if (main.contains(part)) box.top = Math.max(top, covered);
        for (let at = part.parentElement; at; at = at.parentElement) {
            if (getComputedStyle(at).overflow === "visible") continue;
            const frame = at.getBoundingClientRect();
            for (const side of ["left", "top"]) box[side] = Math.max(box[side], frame[side]);
            for (const side of ["right", "bottom"]) box[side] = Math.min(box[side], frame[side]);
        }
        return box;
    };
    const kinds = "button, a, h1, h2, .chip, .question, textarea", kept = "[popover], [data-testid=stChatInput] button";
    const parts = [...main.querySelectorAll(kinds), ...document.querySelectorAll(".stAppHeader button")]
        .filter(part => part.checkVisibility({visibilityProperty: true}) && !part.closest(kept))
        .map(part => [part, clipped(part)]).filter(([, box]) => box.right - box.left > 2 && box.bottom - box.top > 2);
    const found = [];
    for (const [at, [one, a]] of parts.entries()) for (const [other, b] of parts.slice(at + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        const said = part => part.textContent || part.ariaLabel;
        if (wide > 2 && tall > 2) found.push(`${said(one)} and ${said(other)}`);
    }
    return found;
}"""
MIDDLES = "all => all.map(one => one.getBoundingClientRect()).map(({top, bottom}) => Math.round((top + bottom) / 2))"
HEADER = "getComputedStyle(document.querySelector('.stAppHeader'), '::before')"
PAGE = "getComputedStyle(document.querySelector('.stApp'))"
PART_OF_THE_LAST_LINE = """pre => {
    const words = document.createRange();
    words.selectNodeContents(pre);
    const tops = [...new Set([...words.getClientRects()].map(line => line.top))], tall = tops[1] - tops[0];
    return pre.clientHeight / tall % 1;
}"""
FITS = """() => [document.scrollingElement, document.querySelector('[data-testid="stMain"]')]
    .every(part => part.scrollWidth <= part.clientWidth && part.clientWidth <= innerWidth)"""


def expect_no_sideways_scrolling(page: Page) -> None:
    settle(page)
    assert page.evaluate(FITS)
    assert page.evaluate(OUTSIDE) == []


def top(locator) -> float:
    return locator.bounding_box()["y"]


def resize(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function("width => document.documentElement.clientWidth === width", arg=width)
    settle(page)


def test_the_start_page_fits_a_telephone_follows_the_scheme_of_the_system_and_axe_finds_nothing(
    server: AppServer, visit
):
    """The scheme is followed while the page is open and when it is opened."""
    page = visit(server.url)
    expect(page.get_by_role("link", name="Open Basic sessions")).to_be_visible()
    expect_nothing_found(page)
    word = page.locator(".question button.term").last
    word.click()  # the chips, which are on the same line, were over it
    expect(page.locator(".meaning:popover-open")).to_be_visible()
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme="light")
    resize(page, NARROW["width"], NARROW["height"])
    expect(page.get_by_role("link", name="Open Basic sessions")).to_be_visible()
    expect_no_sideways_scrolling(page)
    page.wait_for_function(BACKGROUND, arg="light")
    page.get_by_role("textbox", name="Your message").fill("")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)  # it was below the three views, far from the button
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(BACKGROUND, arg="dark")
    page.reload()
    expect(page.get_by_role("link", name="Open Basic sessions")).to_be_visible()
    page.wait_for_function(BACKGROUND, arg="dark")


def test_the_page_to_choose_by_fits_a_telephone_and_a_laptop(server: AppServer, visit):
    page = visit(f"{server.url}/choose?part=types&answers=longer.server.dapr.unreadable&case=another-id", **NARROW)
    table = page.get_by_role("region", name="Setting up: table")
    expect(table).to_be_visible()
    idle(page)
    expect_no_sideways_scrolling(page)
    for part in ("Decide", "Common mistakes", "Troubleshooting"):
        page.get_by_role("tab", name=part).click()
        expect(page.get_by_role("tabpanel", name=part)).to_be_visible()
        idle(page)
        expect_no_sideways_scrolling(page)
    for tab in page.get_by_role("tab").all():
        expect(tab).to_be_in_viewport(ratio=1)
    resize(page, 1440, 900)
    page.get_by_role("tab", name="Session types").click()
    expect(table).to_be_visible()
    assert table.evaluate("frame => frame.scrollWidth <= frame.clientWidth")  # the table of all session types


def test_a_long_message_that_was_not_sent_shows_that_it_scrolls(chromium: Browser):
    """It ended after a whole line, as if that were all of it. As it is drawn, without a server."""
    page = chromium.new_page()
    style = "".join(Path(heading.__file__).with_name(name).read_text() for name in ("style.css", "bench.css"))
    typed = f'<div class="typed"><pre>{"word " * 2_000}</pre></div>'
    for width, height in ((1440, 900), (1280, 720), (380, 800)):
        page.set_viewport_size({"width": width, "height": height})
        page.set_content(f'<style>{style}</style><div class="stApp st-key-notes">{typed}</div>')
        assert 0.3 < page.locator(".typed pre").evaluate(PART_OF_THE_LAST_LINE) < 0.7, (width, height)
        assert "gradient" in page.locator(".typed pre").evaluate("pre => getComputedStyle(pre).backgroundImage")
    page.close()


def test_on_a_phone_the_lines_of_a_list_are_equally_tall_with_and_without_a_term(chromium: Browser):
    """What you learned: the lines with a term to press were four pixels taller than those next to them."""
    page = chromium.new_page(viewport=NARROW)
    style = "".join(Path(heading.__file__).with_name(name).read_text() for name in ("style.css", "bench.css"))
    lines = '<li>A <button class="term">row</button> stays.</li><li>A file stays.</li>'
    page.set_content(f'<style>{style}</style><div class="stApp"><ol class="learned">{lines}</ol></div>')
    with_a_term, without = page.locator("li").evaluate_all("lines => lines.map(line => line.offsetHeight)")
    assert with_a_term == without >= 24
    page.close()


FIRST_LINE = """() => ['[class*="st-key-next-step-"] button', '[class*="st-key-stage-"] button', ".st-key-theme-switch",
    '[data-testid="stMainMenu"] button', '[data-testid="stExpandSidebarButton"]', ".page-head",
    '[class*="st-key-step-pager"] button']
    .map(part => document.querySelector(part).getBoundingClientRect()).map(({top, bottom}) => (top + bottom) / 2)"""
"""The middles of what stands on the line of the title."""


def test_the_first_line_has_one_middle_and_a_step_that_is_done_looks_done_while_it_is_shown(server: AppServer, visit):
    """The buttons of the header were four pixels above the others. A step looked the same before and after it had run."""
    page = open_lesson(visit(f"{server.url}/basic", width=1280, height=720))
    middles = page.evaluate(FIRST_LINE)
    assert max(middles) - min(middles) <= 1, middles
    colour = "step => getComputedStyle(step).backgroundColor"
    step = page.locator('[class*="st-key-step-pager"] [role=radio]').first
    before = step.evaluate(colour)
    next_step(page).click()
    expect(page.get_by_text("✓ The rows show it")).to_be_visible()
    expect(step).to_have_attribute("aria-checked", "true")
    assert step.evaluate(colour) != before


def test_with_the_navigation_open_the_page_scrolls_to_the_tool_below_the_ledger(server: AppServer, visit):
    """The style sheet asked for an attribute that Streamlit no longer sets: the tool could not be reached."""
    page = open_lesson(visit(f"{server.url}/basic?tool=legend", width=1280, height=720))
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.locator(".page-title")).to_have_css("padding-left", "0px")
    expect(page.get_by_test_id("stMain")).to_have_css("overflow-y", "auto")


def test_what_step_back_asks_is_on_the_first_screen_of_a_phone(server: AppServer, visit):
    """It was next to the message box, far below the button: the press seemed to do nothing."""
    page = open_lesson(visit(f"{server.url}/basic", **NARROW))
    next_step(page).click()
    expect(page.get_by_text("✓ The rows show it")).to_be_visible()
    say(page, "I like tea", 4)
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    page.locator('[class*="st-key-step-back-"] button:visible').last.click()
    expect(page.get_by_text("To do that, press Step back again.")).to_be_in_viewport()


def test_on_a_phone_the_ledger_is_as_tall_as_its_lines_up_to_two_thirds_of_the_screen(server: AppServer, visit):
    """Below two rows it was empty for half a screen, and the tools and the message box were under that."""
    page = open_lesson(visit(f"{server.url}/basic", **NARROW))
    most = 0.65 * NARROW["height"]
    height = "part => part.getBoundingClientRect().height"
    say(page, "My name is Alice", 2)
    lines = ledger(page).evaluate("grid => [...grid.children].reduce((sum, line) => sum + line.offsetHeight, 0)")
    assert 0 < lines < most
    assert page.locator(".st-key-ledger-place").evaluate(height) == pytest.approx(lines, abs=2)
    for number in range(2, 5):
        say(page, "What's my name?", 2 * number)
    settle(page)
    assert page.locator(".st-key-ledger-place").evaluate(height) == pytest.approx(most, abs=2)
    hidden = "grid => [grid.scrollHeight > grid.clientHeight, grid.scrollHeight - grid.clientHeight - grid.scrollTop]"
    assert ledger(page).evaluate(hidden) == [True, pytest.approx(0, abs=1)]


def test_a_message_that_was_not_sent_does_not_push_the_tools_over_the_ledger(server: AppServer, visit):
    page = open_lesson(visit(f"{server.url}/basic", width=1024, height=768))
    say(page, "My name is Alice", 2)
    send(page, "word " * 4_001)
    expect(page.get_by_role("alert").filter(has_text="the limit is 20,000")).to_be_visible()
    idle(page)
    expect(page.locator('[class*="st-key-suggestion"]')).to_be_hidden()  # half of the offered messages was seen
    for width, height in ((1024, 768), (720, 720), (1280, 720), (1120, 600)):
        resize(page, width, height)
        bottom, tools, notes = page.evaluate("""() => [
            document.querySelector(".st-key-ledger-place").getBoundingClientRect().bottom,
            ...["bar-tools", "notes"].map(name => document.querySelector(`.st-key-${name}`).getBoundingClientRect().top)]""")
        assert bottom <= notes + 1, (width, height)
        assert bottom <= tools + 1 or width > 1100, (width, height)


SENT_LOOKS_LIKE_RETURNED = """cell => {
    cell.dataset.is = "numbers";  // the word before them had their colour and font
    const [one, other] = [cell, cell.previousElementSibling].map(part => getComputedStyle(part, "::before"));
    return ["color", "fontFamily", "fontWeight"].every(name => one[name] === other[name]);
}"""


def test_a_lesson_fits_a_laptop_and_a_telephone_that_shows_the_words_of_a_table_and_the_id_of_each_session(
    server: AppServer, visit
):
    """A message, its row and why it was sent stand in one line on a laptop's screen, and below each other on a telephone.

    A telephone hid the fourth column of every table: the session ids of All sessions, and message_data in Tables.
    """
    page = open_lesson(visit(f"{server.url}/basic?step=3", **NARROW))
    expect_no_sideways_scrolling(page)
    assert page.locator(".step-code").evaluate(
        "code => code.scrollHeight > code.clientHeight"
    )  # long code leaves room:
    assert top(page.locator(".st-key-ledger-place")) < 0.8 * NARROW["height"]
    resize(page, 1440, 1000)
    say(page, "My name is Alice", 2)
    say(page, "What's my name?", 4)
    free = "grid => [parseFloat(getComputedStyle(grid, '::after').height), grid.scrollHeight - grid.clientHeight]"
    tall, scrolls = ledger(page).evaluate(free)
    assert (tall > 200, scrolls) == (True, 0)  # what is free below the lines is ruled: it was an empty middle
    bubble, stored, why = (row(page, 3).locator(part) for part in (".bubble", ".data", ".cause"))
    assert top(bubble) == pytest.approx(top(stored), abs=4)
    assert top(why) == pytest.approx(top(stored), abs=4)
    resize(page, 380, 800)
    assert top(bubble) < top(stored) < top(why)
    expect_the_meaning_of_the_last_word_to_fit(page)
    undo = page.locator(".st-key-choice button:visible:has(p)")
    assert len(set(undo.evaluate_all(MIDDLES))) == 1  # Undo, Restart and Start over stand in one line
    assert row(page, 3).locator(".sent").evaluate(SENT_LOOKS_LIKE_RETURNED)

    say(page, "supercalifragilistic" * 20, 6)
    expect_no_sideways_scrolling(page)
    columns = {"Tables": "message_data", "All sessions": "session_id"}
    for name in ("Challenges", "Session calls", "Model input", "Tables", "Schema", "All sessions"):
        panel = open_tool(page, name)
        expect(page.get_by_role("heading", name=name, level=2, exact=True)).to_be_in_viewport()
        if name in columns:
            expect(panel.get_by_role("columnheader", name=columns[name]).first).to_be_visible()
        expect_no_sideways_scrolling(page)
    page.wait_for_function(f"{HEADER}.opacity === '1'")  # it covers what is scrolled under it
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(BACKGROUND, arg="dark")
    page.wait_for_function(f"{HEADER}.backgroundColor === {PAGE}.backgroundColor")  # it was another black
    page.emulate_media(color_scheme="light")
    resize(page, 1440, 1000)
    page.wait_for_function(f"{HEADER}.opacity === '0'")  # the title is there
    resize(page, 1440, 700)
    assert open_tool(page, "Legend").evaluate(
        "panel => { panel.scrollTop = panel.scrollHeight; return panel.scrollTop > 100 }"
    )
    open_tool(page, "Tables")  # it began where the tool before it was left
    expect(page.get_by_role("heading", name="Tables", level=2, exact=True)).to_be_in_viewport()
    page.locator('[class*="st-key-store-"]').first.click()
    stores = page.get_by_role("option")
    expect(stores.filter(has_text="In a file, own table names")).to_be_visible()
    cut = "options => options.filter(one => [...one.children].some(part => part.scrollWidth > part.clientWidth + 1))"
    assert stores.evaluate_all(f"{cut}.length") == 0  # the list was as narrow as its field
    page.keyboard.press("Escape")


def expect_the_meaning_of_the_last_word_to_fit(page: Page) -> None:
    """Near the edge of a telephone it was a column of a few letters."""
    page.locator(".step-words button.term").last.click()
    meaning = page.locator(".meaning:popover-open")
    settle(page)
    box = meaning.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROW["width"]
    assert box["width"] > 1.5 * box["height"]
    page.keyboard.press("Escape")


def test_a_row_that_no_turn_explains_takes_the_room_of_what_a_turn_would_have_done_with_it(server: AppServer, visit):
    page = open_lesson(visit(f"{server.url}/basic", width=1440, height=900))
    say(page, "My name is Alice", 2)
    with closing(sqlite3.connect(chat_file(server, page))) as writer, writer:
        writer.execute("INSERT INTO agent_sessions (session_id) VALUES ('copied')")
        columns = "session_id, message_data"
        writer.execute(f"INSERT INTO agent_messages ({columns}) SELECT 'copied', message_data FROM agent_messages")
    page.goto(page.url.replace("my_chat", "copied"))
    expect(rows(open_lesson(page))).to_have_count(2)
    wide, data = (part.bounding_box()["width"] for part in (ledger(page), row(page, 3).locator(".row")))
    assert data > 0.6 * wide
    expect(ledger(page).get_by_text("Returned", exact=True)).to_be_hidden()


OF_ANOTHER_TURN = """grid => {  // whether the head that is seen at the top stands over a line of another turn
    grid.scrollIntoView({block: "center"});
    const {left, top} = grid.getBoundingClientRect();
    const head = grid.getRootNode().elementFromPoint(left + 60, top + 6).closest(".turn");
    const below = [...grid.querySelectorAll(".turn, .item")].find(
        line => line.getBoundingClientRect().bottom > (head ?? grid).getBoundingClientRect().bottom + 2);
    const heads = [...grid.querySelectorAll(".turn")];
    return head && below?.matches(".item") && head !== heads.findLast(
        one => one.compareDocumentPosition(below) & Node.DOCUMENT_POSITION_FOLLOWING);
}"""


MOVE_THE_SECOND_HEAD_OVER_HALF_OF_THE_FIRST = """grid => {
    grid.style.maxHeight = "6rem";  // as if there were many more lines
    grid.scrollTop = 0;
    const [first, second] = [...grid.querySelectorAll(".turn")].map(head => head.getBoundingClientRect());
    grid.scrollTop = second.top - first.bottom + first.height / 2;
}"""


def test_the_head_of_a_turn_does_not_stand_over_the_lines_of_the_next_one_at_200_percent(server: AppServer, visit):
    """A head of two lines scrolls away, and the one before it took its place."""
    page = open_lesson(visit(f"{server.url}/basic?step=2"))
    next_step(page).click()
    expect(rows(page)).to_have_count(4)
    mixed = []
    for width in range(660, 760, 10):
        resize(page, width, 450)
        first, second = turns(page).evaluate_all("heads => heads.map(head => head.clientHeight)")
        if second > 1.2 * first:
            mixed.append(ledger(page).evaluate("grid => grid.scrollTop") > 50)
        assert not ledger(page).evaluate(OF_ANOTHER_TURN), width
    assert any(mixed)  # a head of two lines after one of one, scrolled away

    resize(page, 1100, 450)
    ledger(page).evaluate(MOVE_THE_SECOND_HEAD_OVER_HALF_OF_THE_FIRST)
    settle(page)
    seen = "heads => heads.map(head => [...head.children].some(part => getComputedStyle(part).opacity > 0))"
    assert turns(page).evaluate_all(seen) == [False, True]  # half of its words was seen, then half of its figures
    ledger(page).evaluate("grid => grid.scrollTop = 0")
    settle(page)
    assert turns(page).evaluate_all(seen) == [True, True]


FOCUSED = """() => {
    let at = document.activeElement;
    while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    const {top, bottom} = at.getBoundingClientRect(), down = document.querySelector("[data-testid=stMain]").scrollTop;
    return [at === document.body ? "" : at.ariaLabel || at.textContent, top + down, bottom + down];
}"""


def test_tab_goes_down_the_page_where_it_is_one_column(server: AppServer, visit):
    """The tools are below the ledger there, and Tab came to them before it."""
    page = open_lesson(visit(f"{server.url}/basic", **NARROW))
    say(page, "My name is Alice", 2)
    for width in (NARROW["width"], 1024):
        resize(page, width, 800)
        page.locator('[class*="st-key-step-pager"] [role=radio]').first.focus()
        above, names = 0.0, []
        while "Message the agent" not in names:
            name, top, bottom = page.evaluate(FOCUSED)
            assert bottom > above, (width, names, name)  # it is not on a line above the last one
            above, names = top, [*names, name]
            page.keyboard.press("Tab")
        assert {"Challenges", "Sent next", "Projector view"} <= {name.removeprefix("present_to_all") for name in names}


def test_the_rows_of_a_long_session_id_stay_on_the_page(server: AppServer, visit):
    page = open_lesson(visit(f"{server.url}/databases?session={'y' * 64}", width=1440, height=900))
    say(page, "My name is Alice", 2)
    assert page.evaluate(OUTSIDE) == []
    name = page.locator(".st-key-choice").get_by_role("combobox", name="Session id")
    cut = "field => [field.scrollWidth > field.clientWidth, getComputedStyle(field).textOverflow]"
    assert name.evaluate(cut) == [True, "ellipsis"]  # it ended in the middle of a letter, as if that were all of it


def test_where_the_system_gives_the_colours_the_marked_code_is_read_and_what_is_chosen_is_seen(
    server: AppServer, visit
):
    page = open_lesson(visit(f"{server.url}/basic", forced_colors="active", color_scheme="dark"))
    line = page.locator(".step-code mark").first
    expect(line).to_contain_text("Runner.run")
    behind, around = line.evaluate(
        "line => [getComputedStyle(line).backgroundColor, getComputedStyle(line.parentElement).color]"
    )
    parts = line.evaluate("line => [line, ...line.querySelectorAll('*')].map(part => getComputedStyle(part).color)")
    assert len(parts) > 2
    assert set(parts) == {around} != {behind}
    expect(page.locator(".step-code")).to_have_css("border-top-color", behind)  # it only keeps lines whole

    page.goto(f"{server.url}/compare")
    stores = page.get_by_role("toolbar", name="Stores")
    for name, outline in (("SQLiteSession: In a file", "solid"), ("SQLiteSession: In memory", "none")):
        expect(stores.get_by_role("button", name=name, exact=True)).to_have_css("outline-style", outline)


LONG = "y" * 60


@pytest.mark.parametrize("slug", ["analytics", "encrypted", "hosted"])
def test_long_names_scroll_no_page_sideways(server: AppServer, visit, slug: str):
    """Session ids and names of branches have no space to break at. A scrolling area must also contain what is positioned
    absolutely.
    """
    page = open_lesson(visit(f"{server.url}/{slug}?session={LONG}", **NARROW))
    expect_no_sideways_scrolling(page)
    for width in (1024, 720, NARROW["width"]):
        resize(page, width, NARROW["height"])
        steps = page.locator('[class*="st-key-step-pager"] [role=radio]').evaluate_all(MIDDLES)
        assert min(steps.count(line) for line in steps) > 1, width  # none is alone in its line
        tools = page.locator('[class*="st-key-tool"] [role=radio]').evaluate_all(MIDDLES)
        counts = [tools.count(line) for line in set(tools)]
        assert max(counts) <= 2 * min(counts), width  # they are divided over the lines
    say(page, f"My name is {LONG}", 2)
    open_tool(page, "Session calls")
    expect_no_sideways_scrolling(page)
    if slug == "hosted":
        expect_nothing_to_overlap(page)
    if slug == "analytics":
        say(page, "What's 2 + 2?", 4)
        expect_long_branches_to_fit(page)


def test_the_findings_of_your_own_sessions_are_seen_on_a_telephone_and_no_row_of_a_short_session_is_cut(
    server: AppServer, visit
):
    page = visit(f"{server.url}/inspect", **NARROW)
    example, session = (
        page.get_by_role("button", name="Try it on an example"),
        page.get_by_role("row").filter(has_text="cleaned_up"),
    )
    expect(example.or_(session)).to_be_visible()
    if example.is_visible():  # made once, it is there for every visitor of the server
        example.click()
    finding = session.get_by_text("output-without-call")
    expect(finding).to_be_visible()
    idle(page)
    search, day = (page.locator(f'[class*="st-key-inspect-{name}"]') for name in ("words", "day"))
    assert search.bounding_box()["width"] == day.bounding_box()["width"]
    box = finding.bounding_box()
    assert box["x"] + box["width"] <= NARROW["width"]
    session.get_by_role("link").click()
    expect(page.locator(".problem")).to_be_visible()
    expect_nothing_found(page, ".problem")  # its link to a row was paler than the words around it
    grid = page.get_by_role("treegrid", name="Ledger")
    expect(grid.locator(".item")).to_have_count(4)
    assert grid.evaluate("grid => grid.scrollHeight <= grid.clientHeight")
    assert page.evaluate(FITS)
    page.get_by_text("What if? Compare").click()
    ways = page.locator('[class*="st-key-inspect-compare"] button')
    expect(ways).to_have_count(3)
    idle(page)
    assert len(set(ways.evaluate_all(MIDDLES))) == 1  # the third stood alone on a second line
    resize(page, 1440, 900)
    assert grid.evaluate(EMPTY_BELOW) < 40  # a short session left half a screen empty
    expect_a_typed_key_to_be_read_on_tab(page)


def expect_a_typed_key_to_be_read_on_tab(page: Page) -> None:
    """Tab leaves the field, and only then it is read. The button that shows the key took the focus inside the field."""
    page.get_by_text("How your code opens the sessions").click()
    key = page.get_by_role("textbox", name="Encryption key")
    key.fill("k" * 43 + "1")
    key.press("Tab")
    expect(page.get_by_role("spinbutton", name="ttl in seconds")).to_be_focused()


def test_the_start_page_keeps_its_message_box_in_view_and_compare_reads_the_names_of_many_stores_whole(
    server: AppServer, visit
):
    page = visit(server.url, width=1280, height=720)
    message = page.get_by_label("Your message")
    ask = page.get_by_role("button", name="Ask", exact=True)
    for number in range(1, 6):
        expect(ask).to_be_enabled()
        message.fill(f"Tell me why people like the number {number}, " + "with all that there is to say about it, " * 4)
        ask.click()
        expect(page.locator(".stage .added").first).to_contain_text(f"the number {number}")
        idle(page)
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    expect(ask).to_be_in_viewport(ratio=1)
    head = page.get_by_role("heading", name="The course").bounding_box()
    link = page.get_by_role("link", name="Open Basic sessions").bounding_box()
    assert abs(head["y"] + head["height"] / 2 - link["y"] - link["height"] / 2) < 8  # one line

    stores = "sqlite_file,sqlite_memory,sqlite_custom_tables,json_files,async_sqlite,redis_fake,sqlalchemy_sqlite"
    page.goto(f"{server.url}/compare?stores={stores},encrypted_sqlite_file,encrypted_sqlite_memory,hosted_emulated")
    page.get_by_role("button", name="Run on all").click()
    tabs = page.locator(".st-key-compare-rows-compare [role=tab]")
    expect(tabs).to_have_count(10)
    assert max(tabs.evaluate_all("tabs => tabs.map(tab => tab.clientHeight)")) < 50
    assert tabs.evaluate_all("tabs => tabs.every(tab => tab.scrollHeight <= tab.clientHeight + 2)")


EMPTY_BELOW = "grid => grid.getBoundingClientRect().bottom - grid.lastElementChild.getBoundingClientRect().bottom"


def test_after_a_long_solution_has_run_check_is_in_view(server: AppServer, visit):
    """The code of the solution is longer than the panel: Check, which is to be pressed next, was scrolled away above it."""
    page = open_lesson(visit(f"{server.url}/life_cycle?tool=challenges", width=1440, height=900))
    page.get_by_role("button", name="Solution").click()
    page.get_by_role("button", name="Run the solution on empty tables").click()
    expect(page.get_by_text("The solution has run.")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Check")).to_be_in_viewport(ratio=1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("slug", ["analytics", "encrypted"])
def test_nothing_overlaps_at_any_width(server: AppServer, visit, slug: str):
    page = open_lesson(visit(f"{server.url}/{slug}?session={LONG}", **NARROW))
    open_tool(page, "Session calls")
    expect_nothing_to_overlap(page)


def expect_nothing_to_overlap(page: Page) -> None:
    """At each width, at the top of the page and where it is scrolled: the header covers what is under it."""
    main = page.get_by_test_id("stMain")
    for width in WIDTHS:
        resize(page, width, 800)
        expect_no_sideways_scrolling(page)
        for share in (0, 0.1, 1):
            main.evaluate("(main, share) => { main.scrollTop = share * main.scrollHeight; }", share)
            settle(page)
            assert page.evaluate(OVERLAPS) == [], (width, share)


def expect_long_branches_to_fit(page: Page) -> None:
    panel = open_tool(page, "Branch calls")
    panel.get_by_label("Name of the branch").fill(LONG)
    panel.get_by_label("Name of the branch").press("Tab")
    expect(panel.locator("code")).to_contain_text(LONG)
    panel.get_by_role("button", name="Call it").click()
    expect(panel).to_contain_text("send another message first")  # the page moves until what the call did is in view
    idle(page)
    settle(page)
    open_tool(page, "Branches")
    expect(page.locator(".lanes")).to_contain_text("current")
    say(page, "What's 3 + 3?", 6)
    for view in ("Overview", "Row by row", "Side by side"):
        page.locator(".st-key-branch-tree").get_by_role("radio", name=view).click()
        idle(page)
        assert page.evaluate(FITS)
        if view == "Row by row":
            # With more branches its words for screen readers lie outside the screen.
            region = page.get_by_role("region", name="Rows of the branches")
            assert region.evaluate("part => getComputedStyle(part).position") == "relative"
    resize(page, 1120, 800)  # where the panel is narrowest, the names of the charts took four lines
    charts = open_tool(page, "Usage").get_by_role("radiogroup", name="Chart").get_by_role("radio")
    assert len(set(charts.evaluate_all(MIDDLES))) <= 2


def test_nothing_moves_for_those_who_asked_for_less_motion(visit, server: AppServer):
    page = visit(f"{server.url}/basic")
    page.emulate_media(reduced_motion="reduce")
    open_lesson(page)
    moving = """() => [...document.querySelectorAll("*")].filter(part => {
        const {transitionDuration, animationDuration} = getComputedStyle(part);
        return Math.max(...`${transitionDuration}, ${animationDuration}`.split(", ").map(parseFloat)) > 0.01;
    }).map(part => part.className)"""
    assert page.evaluate(moving) == []
