"""Lines that come or leave above the newest ones move nothing that is in view.

A turn that compacts a session removes all its rows and stores others: once it has ended, the removed ones stand above those
that are in view already. How much of it is drawn before the end depends on the time, so the lines are given to the ledger here.
"""

from playwright.sync_api import Page

from tests.browser.expecting import expect
from tests.browser.lesson import chat_box, idle, ledger, next_step, open_lesson, say, settle
from tests.browser.test_in_view import SHIFT, TAKE_SHIFT, WATCH_SHIFTS
from tests.support.app_server import AppServer

DRAW = """numbers => {
    const host = [...document.querySelectorAll(".st-key-ledger-place *")].find(part => part.shadowRoot?.querySelector(".grid"));
    const {given} = host.shadowRoot.querySelector(".ledger"), [page] = given.data;
    const item = page.lines.findLast(({type}) => type === "item"), at = 1e10 + (window.drawn = (window.drawn ?? 0) + 1);
    const line = id => id[0] === "t" ? {id, type: "turn", text: id} : {...item, id, look: "", mark: ""};
    window.drawLedger({...given, data: [{...page, at: `${at}`, lines: numbers.map(line)}]});
}"""
IN_VIEW = """() => {
    const host = [...document.querySelectorAll(".st-key-ledger-place *")].find(part => part.shadowRoot?.querySelector(".grid"));
    const grid = host.shadowRoot.querySelector(".grid");
    return [[...grid.querySelectorAll("[data-id]")].map(line => line.dataset.id),
        grid.scrollHeight - grid.scrollTop - grid.clientHeight];
}"""


def lines(kind: str, *numbers: int) -> list[str]:
    return [f"{kind}{number}" for number in numbers]


OLD, NEW = lines("r", *range(1, 21)), lines("r", *range(31, 51))
REMOVED = lines("x", *range(1, 21))


CASES = {
    "removed rows come": (["t1", *NEW, "p-live"], ["t1", *REMOVED, *NEW]),
    "old rows leave with a new turn": (["t1", *OLD, "t2", *NEW], ["t1", "t2", *NEW, "t3", "r51", "r52"]),
    "some leave in their turn": (["t1", *OLD, "t2", *NEW], ["t1", *OLD[5:], "t2", *NEW, "t3", "r51", "r52"]),
    "removed rows come in a turn": (
        ["t1", *OLD, "p-head", "p-user", "p-live"],
        ["t1", *REMOVED, *OLD, "t2", "r51", "r52"],
    ),
}
"""The lines before and after."""


def test_lines_that_come_or_leave_above_move_nothing_in_view(server: AppServer, visit):
    page: Page = open_lesson(visit(f"{server.url}/basic", width=1280, height=720))
    say(page, "My name is Alice", 2)
    page.evaluate(WATCH_SHIFTS)
    for name, (before, after) in CASES.items():
        page.evaluate(DRAW, before)
        settle(page)
        page.evaluate(TAKE_SHIFT)
        page.evaluate(DRAW, after)
        settle(page)
        settle(page)
        shift, by = page.evaluate(TAKE_SHIFT)
        assert shift < SHIFT, (name, by)
        assert page.evaluate(IN_VIEW) == [after, 0], name


TERMS = """() => [...document.querySelectorAll("button.term")].map(term => {
    const {width, height} = term.getBoundingClientRect();
    return [term.textContent, width >= 24 && height >= 23.9];
})"""


def test_on_a_phone_a_step_moves_little_and_the_message_box_stays_in_its_place(server: AppServer, visit):
    """The words of each step have another number of lines, and the ledger grows until it is two thirds of the screen."""
    page: Page = open_lesson(visit(f"{server.url}/basic", width=380, height=800))
    page.evaluate(WATCH_SHIFTS)
    for number in range(1, 5):
        next_step(page).press("Enter")
        expect(page.locator(".step-title")).to_contain_text(f"Step {number} of")
        expect(page.locator(".step-title .held")).to_be_visible()
        idle(page)
        settle(page)
        shift, by = page.evaluate(TAKE_SHIFT)
        assert shift < SHIFT, (number, by)
        # The newest line was below the screen, with the code in between.
        expect(page.locator(".step-title .held")).to_be_in_viewport(ratio=1)
        expect(ledger(page).locator("> :last-child")).to_be_in_viewport(ratio=1)
        terms = page.evaluate(TERMS)
        assert len(terms) > 1
        assert dict(terms) == {term: True for term, _ in terms}  # large enough for a finger

    height = ledger(page).bounding_box()["height"]
    say(page, "What's my name?", 6)
    settle(page)
    # The page moves by 0.12 then. A browser counts it only if the reply takes longer than half a second.
    assert ledger(page).bounding_box()["height"] > height  # the steps leave it less room than messages do

    page.goto(f"{server.url}/multi_session")
    open_lesson(page)
    box = chat_box(page)
    box.focus()
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, main.scrollHeight)")
    page.evaluate(WATCH_SHIFTS)
    for number in range(1, 4):
        before = box.bounding_box()["y"]
        say(page, f"Message {number}", 2 * number)
        settle(page)
        assert abs(box.bounding_box()["y"] - before) < 4, number
        shift, by = page.evaluate(TAKE_SHIFT)
        assert shift < SHIFT, (number, by)
