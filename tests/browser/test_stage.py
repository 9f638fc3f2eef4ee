"""The projector view: what a class sees from the last row, and the keys of a presenter. And the switch of the colours."""

import pytest
from playwright.sync_api import Page

from lessons.course.index import LESSONS
from tests.browser.expecting import expect
from tests.browser.lesson import (
    chat_box,
    expect_in_address,
    idle,
    in_address,
    ledger,
    messages,
    next_step,
    open_lesson,
    row,
    settle,
    turns,
)
from tests.browser.test_look import NARROW, expect_no_sideways_scrolling, resize

SIZES = ({"width": 1024, "height": 768}, {"width": 1280, "height": 720}, {"width": 1920, "height": 1080})
IN_VIEW = """node => { const box = node.getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight + 1 && box.left >= 0 && box.right <= innerWidth + 1 }"""
NOT_CUT = "node => node.getBoundingClientRect().bottom <= node.parentElement.getBoundingClientRect().bottom + 1"
WHOLE = "words => words.scrollHeight <= words.clientHeight + 2"
SMALL_LETTERS = """line => [...line.querySelectorAll(".chat *, .row *")].filter(part =>
  part.textContent && parseFloat(getComputedStyle(part).fontSize) < 20).map(part => part.className)"""
ITEMS_IN_VIEW = """grid => {
  const bottom = grid.getBoundingClientRect().bottom, items = [...grid.querySelectorAll(".item")];
  const isSeen = item => {  // whole, and not under the head of the table or of a turn
    const box = item.getBoundingClientRect(), above = grid.getRootNode().elementFromPoint(box.left + 30, box.top + 3);
    return box.bottom <= bottom + 1 && item.contains(above);
  };
  return [items.filter(isSeen).length, items.length];
}"""
LEAST_ITEMS = 3
SIZE_OF_LETTERS = "node => parseFloat(getComputedStyle(node).fontSize)"


def test_code_rows_and_message_box_are_large_and_in_view_and_the_arrows_walk(visit, server):
    page = open_lesson(visit(f"{server.url}/basic?view=stage", **SIZES[0]))
    for number in (1, 2, 3):  # the first is pressed as soon as the button is seen
        page.keyboard.press("ArrowRight")
        expect(page.locator(".step-title")).to_contain_text(f"Step {number} of")
        expect(page.locator(".held")).to_contain_text("The rows show it")
        idle(page)
    expect(messages(page)).to_have_count(8)
    chat_box(page).fill("one")
    chat_box(page).press("ArrowLeft")
    idle(page)
    expect(messages(page)).to_have_count(8)  # an arrow in the message box moves in it
    for size in SIZES:
        page.set_viewport_size(size)
        settle(page)
        for part in (page.locator(".step-code"), chat_box(page), next_step(page)):
            assert part.evaluate(IN_VIEW), (size, part)
        # From the line that opens the session on, whole: it began in the middle of that line.
        assert page.locator(".step-code").evaluate("code => code.scrollTop") == 0, size
        # What the step tells is read whole next to the next question, of which one line was seen.
        assert page.locator(".step .following").evaluate(NOT_CUT), size
        assert page.locator(".step-words").evaluate(WHOLE), size
        for at in (5, 6, 7):
            assert messages(page).nth(at).evaluate(IN_VIEW), (size, at)
        for part in (page.locator(".code-block code"), messages(page).last.locator(".row")):
            assert part.evaluate(SIZE_OF_LETTERS) >= 20, (size, part)
        assert messages(page).last.evaluate(SMALL_LETTERS) == [], size
        expect(page.get_by_test_id("stSidebar")).not_to_be_visible()
    expect_it_to_fit_narrow_windows(page)
    page.set_viewport_size(SIZES[0])
    page.locator(".step-words").click()
    page.keyboard.press("ArrowLeft")
    expect(messages(page)).to_have_count(4)
    assert in_address(page, "view") == "stage"


@pytest.mark.parametrize(
    "lesson",
    [pytest.param(one, marks=() if one.slug == "analytics" else pytest.mark.exhaustive) for one in LESSONS],
    ids=lambda one: one.slug,
)
def test_after_each_step_the_code_three_items_and_the_message_box_are_in_view(visit, server, lesson):
    """The heads of turns without rows, and what their code returned, took the room of all rows."""
    page = open_lesson(visit(f"{server.url}/{lesson.slug}?view=stage", **SIZES[0]))
    few = {}
    for number in range(1, lesson.steps + 1):
        page.keyboard.press("ArrowRight")
        expect(page.locator(".step-title")).to_contain_text(f"Step {number} of")
        expect(page.locator(".held")).to_contain_text("The rows show it")
        expect_in_address(page, "step", str(number))
        idle(page)
        settle(page)
        assert page.locator(".step-code").evaluate(IN_VIEW), number
        assert chat_box(page).evaluate(IN_VIEW), number
        seen, items = ledger(page).evaluate(ITEMS_IN_VIEW)
        if seen < min(LEAST_ITEMS, items):
            few[number] = seen
    assert few == {}


def test_older_turns_without_rows_are_left_out_and_the_arrows_pass_them(visit, server):
    page = open_lesson(visit(f"{server.url}/memory_operations?view=stage", **SIZES[0]))
    for number in (1, 2, 3):  # the second and the third only read
        page.keyboard.press("ArrowRight")
        expect(page.locator(".step-title")).to_contain_text(f"Step {number} of")
        expect(page.locator(".held")).to_contain_text("The rows show it")
        idle(page)
    second, third = (turns(page).filter(has_text=f"Step {number} ·") for number in (2, 3))
    expect(second).to_be_hidden()
    expect(ledger(page).locator(".note:visible")).to_have_count(1)  # of the newest turn alone
    third.focus()
    third.press("ArrowUp")
    expect(row(page, 2)).to_be_focused()
    row(page, 2).press("ArrowDown")
    expect(third).to_be_focused()


def expect_it_to_fit_narrow_windows(page: Page) -> None:
    for width in (800, 720, NARROW["width"]):
        resize(page, width, NARROW["height"])
        expect_no_sideways_scrolling(page)
        expect(page.get_by_role("button", name="Leave")).to_be_in_viewport(ratio=1)
    for part in (page.locator(".step-code"), page.locator(".st-key-ledger-place"), chat_box(page)):
        assert part.bounding_box()["width"] > NARROW["width"] / 2


@pytest.mark.matrix
def test_the_colours_can_be_switched_and_stay_on_the_next_page(visit, server):
    page = open_lesson(visit(f"{server.url}/basic"))
    scheme = "getComputedStyle(document.querySelector('.stApp')).colorScheme"
    assert page.evaluate(scheme) == "light"
    page.get_by_role("button", name="Dark colours").click()
    expect(page.get_by_role("button", name="Light colours")).to_be_visible()
    page.wait_for_function(f"{scheme} === 'dark'")
    page.goto(f"{server.url}/redis?visitor={in_address(page, 'visitor')}")
    expect(page.get_by_role("button", name="Light colours")).to_be_visible()
    page.get_by_role("button", name="Light colours").click()
    expect(page.get_by_role("button", name="Dark colours")).to_be_visible()
