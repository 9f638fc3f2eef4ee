"""Lines that come or leave above the newest ones move nothing that is in view.

A turn that compacts a session removes all its rows and stores others: once it has ended, the removed ones stand above those
that are in view already. How much of it is drawn before the end depends on the time, so the lines are given to the ledger here.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.expecting import expect
from tests.browser.lesson import (
    chat_box,
    idle,
    ledger,
    messages,
    next_step,
    open_lesson,
    rows,
    say,
    send,
    settle,
    stop_button,
)
from tests.browser.test_in_view import SHIFT, TAKE_SHIFT, WATCH_SHIFTS
from tests.support.app_server import AppServer
from tests.support.shared_server import shared

DRAW = """([numbers, whys]) => {
    const host = [...document.querySelectorAll(".st-key-ledger-place *")].find(part => part.shadowRoot?.querySelector(".grid"));
    const {given} = host.shadowRoot.querySelector(".ledger"), [page] = given.data;
    const item = page.lines.findLast(({type}) => type === "item"), at = 1e10 + (window.drawn = (window.drawn ?? 0) + 1);
    const all = id => ({...item, id, look: "", mark: "", why: whys[id] ?? "read"});
    const line = id => id[0] === "t" ? {id, type: "turn", text: id} : all(id);
    window.drawLedger({...given, data: [{...page, at: `${at}`, lines: numbers.map(line)}]});
}"""
IN_VIEW = """() => {
    const host = [...document.querySelectorAll(".st-key-ledger-place *")].find(part => part.shadowRoot?.querySelector(".grid"));
    const grid = host.shadowRoot.querySelector(".grid");
    return [[...grid.querySelectorAll("[data-id]")].map(line => line.dataset.id),
        grid.scrollHeight - grid.scrollTop - grid.clientHeight];
}"""


HEIGHT_OF_LINES = """() => {
    const host = [...document.querySelectorAll(".st-key-ledger-place *")].find(part => part.shadowRoot?.querySelector(".grid"));
    return host.shadowRoot.querySelector(".grid").scrollHeight;
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
        page.evaluate(DRAW, [before, {}])
        settle(page)
        page.evaluate(TAKE_SHIFT)
        page.evaluate(DRAW, [after, {}])
        settle(page)
        settle(page)
        shift, by = page.evaluate(TAKE_SHIFT)
        assert shift < SHIFT, (name, by)
        assert page.evaluate(IN_VIEW) == [after, 0], name


def test_on_a_phone_lines_above_that_become_less_tall_move_nothing_in_view(server: AppServer, visit):
    """When a turn ends, other causes are said of the lines above it. That many of them changed was counted as half a screen."""
    page: Page = open_lesson(visit(f"{server.url}/basic", width=380, height=800))
    say(page, "My name is Alice", 2)
    page.evaluate(WATCH_SHIFTS)
    drawn = ["t1", *OLD, "t2", *NEW[:7]]
    page.evaluate(DRAW, [drawn, dict.fromkeys(OLD, "not sent: the run had a limit of two items, and " * 3)])
    settle(page)
    before = page.evaluate(HEIGHT_OF_LINES)
    page.evaluate(TAKE_SHIFT)
    page.evaluate(DRAW, [drawn, {}])
    page.wait_for_function(f"before => ({HEIGHT_OF_LINES})() < before - 300", arg=before)
    settle(page)
    shift, by = page.evaluate(TAKE_SHIFT)
    assert shift < SHIFT, (shift, by)
    assert page.evaluate(IN_VIEW) == [drawn, 0]


TERMS = """() => [...document.querySelectorAll("button.term")].map(term => {
    const {width, height} = term.getBoundingClientRect();
    return [term.textContent, width >= 24 && height >= 23.9];
})"""


def test_on_a_phone_a_step_moves_little_and_the_message_box_stays_in_its_place(server: AppServer, visit):
    """The words of each step have another number of lines, and the ledger grows until it is two thirds of the screen."""
    page: Page = open_lesson(visit(f"{server.url}/basic", width=380, height=800))
    page.evaluate(WATCH_SHIFTS)
    for number in range(1, 5):
        run_step(page, number)
        shift, by = page.evaluate(TAKE_SHIFT)
        assert shift < SHIFT, (number, by)
        # The newest line was below the screen, with the code in between.
        expect(page.locator(".step-title .held")).to_be_in_viewport(ratio=1)
        expect(ledger(page).locator("> :last-child")).to_be_in_viewport(ratio=1)
        terms = page.evaluate(TERMS)
        assert len(terms) > 1
        assert dict(terms) == {term: True for term, _ in terms}  # large enough for a finger

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


@pytest.fixture(scope="module")
def paced_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with a model that takes most of a second for a sentence: a fast machine too draws each turn while it runs."""
    with shared(tmp_path_factory, "paced", SESSIONS_OFFLINE_SECONDS_PER_WORD="0.2") as running:
        yield running


@pytest.mark.parametrize(("slug", "number", "total"), [("basic", 3, 6), ("memory_operations", 2, 4)])
def test_on_a_phone_a_message_after_steps_and_the_step_after_it_move_little(
    paced_server: AppServer, visit, slug: str, number: int, total: int
):
    """The first has long words, next to which is said what the next step sets aside, and tells of other lines than a message.
    After the second the tools come into view, and lines move in the ledger."""
    page: Page = open_lesson(visit(f"{paced_server.url}/{slug}", width=380, height=800))
    page.evaluate(WATCH_SHIFTS)
    page.get_by_role("radio", name=re.compile(f"^{number} ")).click()
    expect(page.locator(".step-title")).to_contain_text(f"Step {number} of")
    next_step(page).press("Enter")
    expect(page.locator(".step-title .held")).to_be_visible()
    idle(page)
    settle(page)
    height, card = height_of(ledger(page)), height_of(page.locator(".step"))
    chat_box(page).focus()
    page.evaluate(TAKE_SHIFT)
    # A reply of one line: a second one that comes at the end moves the lines above by as much.
    send(page, "What's 2 + 3?")
    expect(stop_button(page)).to_be_visible()
    expect(rows(page)).to_have_count(total)
    expect(page.locator(".in-the-way")).to_be_visible()
    idle(page)
    settle(page)
    shift, by = page.evaluate(TAKE_SHIFT)
    assert shift < SHIFT, (shift, by)
    assert height_of(ledger(page)) > height  # the steps leave it less room than messages do
    assert height_of(page.locator(".step")) == card

    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    next_step(page).focus()
    page.evaluate(TAKE_SHIFT)
    run_step(page, number + 1)
    shift, by = page.evaluate(TAKE_SHIFT)
    assert shift < SHIFT, (shift, by)
    assert height_of(ledger(page)) == height


def test_on_a_phone_the_ledger_has_its_full_height_for_messages_after_the_end_of_the_lesson_too(
    server: AppServer, visit
):
    """No step follows that a message could be in the way of."""
    page: Page = open_lesson(visit(f"{server.url}/basic", width=380, height=800))
    page.get_by_role("radio", name="11 ").click()
    expect(page.locator(".step-title")).to_contain_text("Step 11 of")
    next_step(page).press("Enter")
    expect(page.get_by_role("radio", name="11✓ ")).to_be_visible()
    idle(page)
    settle(page)
    height = height_of(ledger(page))
    next_step(page).press("Enter")
    expect(page.get_by_role("heading", name="What you learned")).to_be_visible()
    send(page, "What's my name?")
    expect(messages(page).filter(has_text="What's my name?")).to_have_count(1)
    idle(page)
    settle(page)
    assert height_of(ledger(page)) > height


def run_step(page: Page, number: int) -> None:
    next_step(page).press("Enter")
    expect(page.locator(".step-title")).to_contain_text(f"Step {number} of")
    expect(page.locator(".step-title .held")).to_be_visible()
    idle(page)
    settle(page)


def height_of(part: Locator) -> float:
    return part.evaluate("part => part.getBoundingClientRect().height")
