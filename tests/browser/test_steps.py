"""The steps of the first lesson, by clicking, and back again."""

import pytest
from playwright.sync_api import Page, expect

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

STEPS = 10


@pytest.fixture
def page(server: AppServer, visit) -> Page:
    return open_lesson(visit(f"{server.url}/basic"))


def run_step(page: Page, number: int) -> None:
    next_step(page).click()
    expect(page.get_by_text(f"Step {number} of {STEPS}")).to_be_visible()
    expect(page.get_by_text("✓ The rows show it")).to_be_visible()
    expect(page.get_by_role("radio", name=f"{number}✓ ")).to_be_visible()


def step_back(page: Page) -> None:
    page.get_by_role("button", name="Step back").click()


def test_every_step_holds(page: Page):
    for number in range(1, STEPS + 1):
        run_step(page, number)
        expect_in_address(page, "step", str(number))
    expect(rows(page)).not_to_have_count(0)
    next_step(page).press("Enter")
    expect(page.get_by_role("heading", name="What you learned")).to_be_visible()
    expect(page.get_by_role("link", name="Next: Memory operations")).to_be_visible()
    expect(next_step(page)).to_be_focused()
    next_step(page).press("Enter")
    expect(page.get_by_role("heading", name="Challenges", level=2, exact=True)).to_be_visible()


def test_step_back_removes_exactly_the_rows_of_the_step(server: AppServer, page: Page):
    run_step(page, 1)
    after_one = stored(server, page, "alice")
    run_step(page, 2)
    run_step(page, 3)
    after_three = stored(server, page, "alice")
    assert [key for key, _ in after_three] == [1, 2, 3, 4]

    step_back(page)  # step 3 stored nothing
    expect(page.get_by_text("Step 2 of 10")).to_be_visible()
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


def test_a_challenge_and_starting_over(server: AppServer, page: Page):
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

    open_tool(page, "Download")
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Delete and start over").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("No rows for session alice")).to_be_visible()
    expect(page.get_by_role("radio", name="1✓ Tell it your name")).to_have_count(0)
    expect(page.get_by_role("button", name="Run step 1: tell it your name")).to_be_enabled()
