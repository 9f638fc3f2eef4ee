"""What belongs together is seen together: after each step, and after fifteen messages, without scrolling the page.

The newest message, its row and its why, the message box and the button of the next step are inside the window. The rest of the
lessons is walked in the exhaustive run; `-s` prints the table.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from lessons.course.index import LESSONS, load_lesson
from tests.browser.lesson import chat_box, idle, messages, next_step, open_lesson, send
from tests.support.app_server import AppServer, served

SIZES = ((1440, 900), (1280, 720))
MESSAGES = 15
SHIFT = 0.05
"""The most that the layout may shift in a turn, as Chromium counts it, shifts right after a key included."""

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
    const look = (name, part, frame = page) => { if (part && !inside(part, frame)) out.push(name); };
    if (newest) {
        look("message", newest.querySelector(".bubble"), box);
        look("row", newest.querySelector(".row"), box);
        look("why", newest.querySelector(".why .cause"), box);
    }
    look("newest line", grid.lastElementChild, box);
    look("ledger", grid);
    look("message box", document.querySelector('[data-testid="stChatInputTextArea"]'));
    look("next step", document.querySelector(".st-key-next-step button"));
    const main = document.querySelector('[data-testid="stMain"]');
    const scrolled = document.scrollingElement.scrollTop || main.scrollTop;
    if (scrolled || main.scrollHeight > main.clientHeight + 1) out.push("page scrolls");
    return out;
}"""
WATCH_SHIFTS = """() => { window.shifted = 0; new PerformanceObserver(list => {
    for (const shift of list.getEntries()) {
        window.shifted += shift.value;
        window.shiftedBy = shift.sources.map(one => (one.node?.className ?? one.node?.nodeName) + "").join(", ");
    } }).observe({type: "layout-shift", buffered: false}); }"""


def out_of_view(page: Page) -> list[str]:
    """What is not inside the window, at each of the sizes."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("width => document.documentElement.clientWidth === width", arg=width)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found += [f"{part} at {width}x{height}" for part in page.evaluate(OUT_OF_VIEW)]
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """A server at which a walk and fifteen messages within a minute are not too many."""
    with served(tmp_path_factory.mktemp("in-view"), SESSIONS_TURNS_A_MINUTE="1000") as running:
        yield running


@pytest.mark.parametrize(
    "slug", [pytest.param(one.slug, marks=() if one.slug == "basic" else pytest.mark.exhaustive) for one in LESSONS]
)
def test_what_a_step_or_a_message_did_is_seen_without_scrolling(server: AppServer, visit, slug: str):
    page = open_lesson(visit(f"{server.url}/{slug}", width=1440, height=900))
    steps, table = len(load_lesson(slug).steps), {}
    for number in range(1, steps + 1):
        next_step(page).click()
        expect(page.locator(".step-title")).to_contain_text(f"Step {number} of {steps}")
        expect(page.locator(".step-title").locator(".held, .not-held")).to_be_visible()
        idle(page)
        table[f"step {number}"] = out_of_view(page)
    page.evaluate(WATCH_SHIFTS)
    for number in range(1, MESSAGES + 1):
        send(page, f"Message {number}: I like coffee with milk and {number} spoons of sugar")
        expect(messages(page).filter(has_text=f"Message {number}:")).not_to_have_count(0)
        expect(chat_box(page)).to_have_value("")
        idle(page)
        shift = page.evaluate("() => { const value = window.shifted; window.shifted = 0; return value; }")
        table[f"message {number}"] = (
            [] if shift < SHIFT else [f"layout shift {shift:.3f}: {page.evaluate('window.shiftedBy')}"]
        )
    table[f"after {MESSAGES} messages"] = out_of_view(page)
    for state, out in table.items():
        print(f"{slug:20} {state:20} {', '.join(out) or 'all in view'}")
    assert {state: out for state, out in table.items() if out} == {}
