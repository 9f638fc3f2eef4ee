"""What belongs together is seen together: after each step, and after fifteen messages, without scrolling the page.

The newest message, its row and its why, the message box and the button of the next step are inside the window. The rest of the
lessons is walked in the exhaustive run; `-s` prints the table.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from lessons.course.index import LESSONS, load_lesson
from lessons.frame.lesson import own_first
from lessons.ui.page import heading
from lessons.ui.widgets.code import code_html
from tests.browser.expecting import expect
from tests.browser.lesson import (
    chat_box,
    expect_in_address,
    idle,
    messages,
    next_step,
    open_lesson,
    rows,
    send,
    settle,
    turns,
)
from tests.support.app_server import AppServer

SIZES = ((1440, 900), (1280, 720))
MESSAGES = 15
TABS_TO_CHECK = 15
"""At most, from the button of the next step: a term that the card explains has no second button in the challenge."""
SHIFT = 0.05
"""The most that the layout may shift in a turn, as Chromium counts it, shifts right after a key included."""
TAKE_SHIFT = "() => { const value = window.shifted; window.shifted = 0; return [value, window.shiftedBy]; }"

OPENED = 'AdvancedSQLiteSession(session_id="my_chat", db_path="chat.db", create_tables=True)'
"""A line that opens a session, as long as those on the page."""
STEPS_WITHOUT_THEIR_CALL = """() => [...document.querySelectorAll(".step-code")].filter(code => {
    const call = code.querySelector("mark").getBoundingClientRect(), head = code.querySelector(".head");
    const top = head.getBoundingClientRect().bottom;
    return call.top < top - 1 || call.bottom > code.getBoundingClientRect().bottom + 1;
}).map(code => code.dataset.step)"""

STEPS_THAT_BEGIN_IN_THE_MIDDLE = """() => [...document.querySelectorAll(".step-code")].filter(code => {
    const call = code.querySelector("mark").getBoundingClientRect(), frame = code.getBoundingClientRect();
    const line = parseFloat(getComputedStyle(code.querySelector("code")).lineHeight);
    return code.scrollTop > 1 && call.bottom + code.scrollTop < frame.bottom - line / 2;
}).map(code => code.dataset.step)"""
"""Those whose call would be in sight if the code began with its first line."""

STEPS_WITHOUT_THEIR_HEAD = """() => [...document.querySelectorAll(".step-code")].filter(code => {
    const head = code.querySelector(".def").getBoundingClientRect(), frame = code.getBoundingClientRect();
    return head.top < frame.top - 1 || head.bottom > frame.bottom;
}).map(code => code.dataset.step)"""

IS_CUT = "node => node.scrollHeight > node.clientHeight + 1"
OUT_OF_VIEW = """() => {
    const host = [...document.querySelectorAll(".st-key-ledger-place *")].find(part => part.shadowRoot?.querySelector(".grid"));
    const grid = host.shadowRoot.querySelector(".grid"), box = grid.getBoundingClientRect();
    const heads = [...grid.querySelectorAll(".turn")];
    const ofTurn = item => heads.at(-1) && heads.at(-1).compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING;
    const newest = [...grid.querySelectorAll(".item")].filter(ofTurn).at(-1);  // a turn can have stored nothing here
    const page = {top: 0, left: 0, bottom: innerHeight, right: innerWidth};
    const inside = (part, frame) => {
        const one = part.getBoundingClientRect();
        return one.width > 0 && one.top >= frame.top - 1 && one.bottom <= frame.bottom + 1 && one.left >= frame.left - 1
            && one.right <= frame.right + 1;
    };
    const out = [];
    const seenOf = code => {  // what of it is in sight: the head of the function stays above the rest
        const {bottom, left, right} = code.getBoundingClientRect(), head = code.querySelector(".head");
        return {bottom, left, right, top: head.getBoundingClientRect().bottom};
    };
    const look = (name, part, frame = page) => { if (!part || !inside(part, frame)) out.push(name); };
    if (newest) {
        look("message", newest.querySelector(".bubble"), box);
        look("row", newest.querySelector(".row"), box);
        look("why", newest.querySelector(".why .cause"), box);
    }
    if (heads.at(-1)?.clientHeight > 50) out.push("head of more than two lines");
    look("newest line", grid.lastElementChild, box);
    look("ledger", grid);
    look("words of the step", document.querySelector(".step-title"));
    const said = document.querySelector(".step .said");
    if (innerHeight >= 720 && said && said.scrollHeight > said.clientHeight + 1) out.push("end of the words of the step");
    for (const code of document.querySelectorAll(".step-code")) look("SDK call", code.querySelector("mark"), seenOf(code));
    look("message box", document.querySelector('[data-testid="stChatInputTextArea"]'));
    look("next step", document.querySelector('[class*="st-key-next-step-"] button'));
    const main = document.querySelector('[data-testid="stMain"]');
    const scrolled = document.scrollingElement.scrollTop || main.scrollTop;
    if (scrolled || main.scrollHeight > main.clientHeight + 1) out.push("page scrolls");
    return out;
}"""
WATCH_SHIFTS = """() => { window.shifted = 0; window.shiftedBy = ""; new PerformanceObserver(list => {
    for (const shift of list.getEntries()) {
        window.shifted += shift.value;
        window.shiftedBy = shift.sources.map(one => (one.node?.className ?? one.node?.nodeName) + "").join(", ");
    } }).observe({type: "layout-shift", buffered: false}); }"""


def out_of_view(page: Page) -> list[str]:
    """What is not inside the window, at each of the sizes.

    It ends with the first size, and layout shifts from the resizing do not count.
    """
    found = []
    for width, height in (*SIZES[1:], SIZES[0]):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("width => document.documentElement.clientWidth === width", arg=width)
        settle(page)
        found += [f"{part} at {width}x{height}" for part in page.evaluate(OUT_OF_VIEW)]
    page.evaluate(TAKE_SHIFT)
    return found


def test_the_call_of_the_sdk_and_the_head_of_the_function_are_in_sight_in_the_code_of_each_step(chromium: Browser):
    """As the cards are drawn, without a server: all of them are on one page."""
    style = "".join(Path(heading.__file__).with_name(name).read_text() for name in ("style.css", "bench.css"))
    cards = [
        f'<div class="st-key-card"><section class="step"><div class="step-code" data-step="{lesson.slug} {number}">'
        f"{code_html(own_first(step.run), step.run, OPENED)}</div><div></div></section></div>"
        for lesson in LESSONS
        for number, step in enumerate(load_lesson(lesson.slug).steps, start=1)
    ]
    page = chromium.new_page()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.set_content(f'<style>{style}</style><div class="stApp">{"".join(cards)}</div>')
        settle(page)
        assert page.locator(".step-code").count() == sum(lesson.steps for lesson in LESSONS)
        assert page.evaluate(STEPS_WITHOUT_THEIR_CALL) == [], (width, height)
        assert page.evaluate(STEPS_WITHOUT_THEIR_HEAD) == [], (width, height)
        assert page.evaluate(STEPS_THAT_BEGIN_IN_THE_MIDDLE) == [], (width, height)
    page.close()


@pytest.mark.parametrize(
    "slug", [pytest.param(one.slug, marks=() if one.slug == "basic" else pytest.mark.exhaustive) for one in LESSONS]
)
def test_every_step_holds_and_what_it_or_a_message_did_is_seen_without_scrolling(server: AppServer, visit, slug: str):
    page = open_lesson(visit(f"{server.url}/{slug}", width=1440, height=900))
    page.evaluate(WATCH_SHIFTS)
    table = {"the first message": said(page, 0)}
    steps = len(load_lesson(slug).steps)
    for number in range(1, steps + 1):
        next_step(page).click()
        expect(page.locator(".step-title")).to_contain_text(f"Step {number} of {steps}")
        expect(page.locator(".step-title .held")).to_be_visible()
        expect(page.get_by_role("radio", name=f"{number}✓ ")).to_be_visible()
        expect_in_address(page, "step", str(number))
        table[f"step {number}"] = shifted(page) + out_of_view(page)
    expect(rows(page)).not_to_have_count(0)
    next_step(page).press("Enter")
    expect(page.get_by_role("heading", name="What you learned")).to_be_visible()
    expect(page.get_by_role("link", name="Next: ")).to_be_visible()
    expect(next_step(page)).to_be_focused()
    table["the end"] = shifted(page) + out_of_view(page)
    for number in range(1, MESSAGES + 1):
        table[f"message {number}"] = said(page, number)
    table[f"after {MESSAGES} messages"] = out_of_view(page)
    for state, out in table.items():
        print(f"{slug:20} {state:20} {', '.join(out) or 'all in view'}")
    assert {state: out for state, out in table.items() if out} == {}
    next_step(page).press("Enter")
    expect(page.get_by_role("heading", name="What you learned")).to_be_visible()
    next_step(page).press("Enter")
    expect(page.get_by_role("heading", name="Challenges", level=2, exact=True)).to_be_visible()
    idle(page)
    expect(next_step(page)).to_be_focused()
    for _ in range(TABS_TO_CHECK):
        page.keyboard.press("Tab")
        if page.get_by_role("button", name="Check").evaluate("button => button === document.activeElement"):
            break
    expect(page.get_by_role("button", name="Check")).to_be_focused()
    if slug == "basic":
        expect_the_head_of_a_turn_to_open_at_a_press(page, f"Step {steps} ·")


def expect_the_head_of_a_turn_to_open_at_a_press(page: Page, title: str) -> None:
    """The figures of its three runs do not fit into two lines next to a tool."""
    head = turns(page).filter(has_text=title)
    facts = head.locator(".facts")
    settle(page)
    assert facts.evaluate(IS_CUT)
    head.click()
    expect(head).to_have_attribute("aria-selected", "true")
    settle(page)
    assert not facts.evaluate(IS_CUT)


def said(page: Page, number: int) -> list[str]:
    send(page, f"Message {number}: I like coffee with milk and {number} spoons of sugar")
    expect(messages(page).filter(has_text=f"Message {number}:")).not_to_have_count(0)
    expect(chat_box(page)).to_have_value("")
    return shifted(page)


def shifted(page: Page) -> list[str]:
    """How far the layout has shifted since it was last asked, where that is too far."""
    idle(page)
    settle(page)
    shift, by = page.evaluate(TAKE_SHIFT)
    return [] if shift < SHIFT else [f"layout shift {shift:.3f}: {by}"]
