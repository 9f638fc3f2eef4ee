"""Steps of the first lesson, and back again. `test_in_view.py` walks them all."""

import pytest
from playwright.sync_api import Page

from lessons.course.index import entry
from tests.browser.expecting import expect
from tests.browser.lesson import (
    expect_in_address,
    idle,
    next_step,
    open_lesson,
    open_tool,
    rows,
    solve_with_the_solution,
    stored,
)
from tests.support.app_server import AppServer

STEPS = entry("basic").steps


@pytest.fixture
def page(server: AppServer, visit) -> Page:
    return open_lesson(visit(f"{server.url}/basic"))


def run_step(page: Page, number: int) -> None:
    idle(page)  # a button that is drawn again in this moment belongs to another step
    next_step(page).click()
    expect(page.get_by_text(f"Step {number} of {STEPS}")).to_be_visible()
    expect(page.get_by_text("✓ The rows show it")).to_be_visible()
    expect(page.get_by_role("radio", name=f"{number}✓ ")).to_be_visible()


def step_back(page: Page) -> None:
    idle(page)
    page.get_by_role("button", name="Step back").click()


def press_at_once(page: Page, *keys: str) -> None:
    """Press the buttons with these keys before the page can be drawn again."""
    page.evaluate(
        "keys => keys.forEach(key => document.querySelector(`[class*='st-key-${key}-'] button`).click())", list(keys)
    )


def test_a_double_click_a_held_key_and_what_is_pressed_before_the_page_is_drawn_again_run_no_other_step(
    server: AppServer, page: Page
):
    elsewhere = page.get_by_text("The lesson is at a different step than when this button was drawn.")
    press_at_once(page, "next-step", "next-step")
    expect(rows(page)).to_have_count(2)
    expect_in_address(page, "session", "alice")
    idle(page)
    expect(elsewhere).to_have_count(0)
    after_one = stored(server, page, "alice")
    assert len(after_one) == 2

    next_step(page).hover()
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    open_tool(page, "Schema")  # answered after all that came before it
    expect(page.get_by_text("Step 1 of 11")).to_be_visible()
    assert stored(server, page, "alice") == after_one

    idle(page)
    next_step(page).focus()
    page.keyboard.down("Enter")
    expect(page.get_by_text("Step 2 of 11")).to_be_visible()
    expect(page.get_by_text("✓ The rows show it")).to_be_visible()
    expect(page.get_by_role("radio", name="2✓ ")).to_be_visible()
    idle(page)
    page.keyboard.down("Enter")  # it is held, so this is a repetition
    page.keyboard.up("Enter")
    open_tool(page, "Tables")
    expect(page.get_by_text("Step 2 of 11")).to_be_visible()
    press_at_once(page, "step-back", "next-step")  # which was drawn for step 3
    expect(elsewhere).to_be_visible()
    idle(page)
    assert stored(server, page, "alice") == after_one


def test_step_back_removes_exactly_the_rows_of_the_step_and_starting_over_all(server: AppServer, page: Page):
    run_step(page, 1)
    after_one = stored(server, page, "alice")
    run_step(page, 2)
    run_step(page, 3)
    after_three = stored(server, page, "alice")
    assert [key for key, _ in after_three] == [1, 2, 3, 4]

    step_back(page)  # step 3 stored nothing
    expect(page.get_by_text("Step 2 of 11")).to_be_visible()
    expect(rows(page)).to_have_count(4)
    assert stored(server, page, "alice") == after_three

    step_back(page)
    expect(rows(page)).to_have_count(2)
    assert stored(server, page, "alice") == after_one

    run_step(page, 2)
    idle(page)
    assert [key for key, _ in stored(server, page, "alice")] == [1, 2, 3, 4]

    step_back(page)
    expect(rows(page)).to_have_count(2)
    step_back(page)
    expect(page.get_by_text("No rows for session alice")).to_be_visible()
    expect(page.get_by_role("button", name="Run step 1: tell it your name")).to_be_enabled()

    expect_a_challenge_to_be_solved_and_starting_over(page)


def expect_a_challenge_to_be_solved_and_starting_over(page: Page) -> None:
    run_step(page, 1)
    open_tool(page, "Challenges")
    solve_with_the_solution(page)
    challenge_done = page.get_by_role("radio", name="1✓", exact=True)
    expect(challenge_done).to_have_count(1)

    page.get_by_role("button", name="Bring them back").click()
    expect(page.get_by_role("button", name="Bring them back")).to_have_count(0)
    expect(rows(page)).to_have_count(2)
    expect(challenge_done).to_have_count(1)
    expect(page.get_by_role("radio", name="1✓ Tell it your name")).to_have_count(1)

    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Delete and start over").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("No rows for session alice")).to_be_visible()
    expect(page.get_by_role("radio", name="1✓ Tell it your name")).to_have_count(0)
    expect(page.get_by_role("button", name="Run step 1: tell it your name")).to_be_enabled()
