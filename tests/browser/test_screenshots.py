"""Pictures of the main states, for people to look at: SCREENSHOTS=1 python -m pytest tests/browser/test_screenshots.py"""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.expecting import expect
from tests.browser.lesson import (
    answering,
    idle,
    messages,
    next_step,
    open_lesson,
    open_tool,
    row,
    rows,
    say,
    send,
    solve_with_the_solution,
    stop_button,
)
from tests.support.app_server import AppServer

FOLDER = Path(__file__).with_name("screenshots")
NARROW = {"width": 380, "height": 800}


@pytest.fixture
def keep(scheme: str) -> Callable[[Page, str], None]:
    FOLDER.mkdir(exist_ok=True)

    def keep(page: Page, name: str, whole: bool = False) -> None:
        page.mouse.move(0, 0)
        height = page.viewport_size["height"]
        if whole:
            # The page scrolls inside itself, so a picture of the whole needs a screen of its height.
            tall = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
            page.set_viewport_size({**page.viewport_size, "height": tall})
        page.screenshot(path=FOLDER / f"{name}-{scheme}.png", animations="disabled")
        page.set_viewport_size({**page.viewport_size, "height": height})

    return keep


def test_start(server: AppServer, visit, scheme: str, keep):
    for name, size in {"start": {}, "start-380": NARROW}.items():
        page = visit(server.url, color_scheme=scheme, **size)
        expect(page.get_by_role("link", name="Open Basic sessions")).to_be_visible()
        idle(page)
        keep(page, name, whole=name != "start")


def test_lesson(server: AppServer, visit, scheme: str, keep):
    page = open_lesson(visit(f"{server.url}/basic", color_scheme=scheme))
    keep(page, "lesson-empty")
    say(page, "My name is Alice", 2)
    say(page, "What's my name?", 4)
    keep(page, "two-turns")
    row(page, 3).click()
    expect(row(page, 3)).to_have_attribute("aria-current", "true")
    keep(page, "row-chosen")
    for name in ("Session calls", "Model input", "Schema"):
        open_tool(page, name)
        keep(page, f"tab-{name.lower().replace(' ', '-')}")
    page.get_by_text("With session").click()
    send(page, "What's my name?")
    expect(messages(page).last).to_contain_text("no row")
    idle(page)
    keep(page, "no-session")
    send(page, "x" * 20_001)
    expect(page.get_by_role("alert")).to_be_visible()
    idle(page)
    keep(page, "refused")


def test_the_picture_of_the_readme(server: AppServer, visit):
    """Two steps of the first lesson, into docs/lesson.png."""
    page = open_lesson(visit(f"{server.url}/basic", color_scheme="light", width=1440, height=810))
    for count in (2, 4):
        next_step(page).click()
        expect(rows(page)).to_have_count(count)
        idle(page)
    page.mouse.move(0, 0)
    page.screenshot(path=Path(__file__).parents[2] / "docs" / "lesson.png", animations="disabled")


def test_steps(server: AppServer, visit, scheme: str, keep):
    page = open_lesson(visit(f"{server.url}/basic?step=7", color_scheme=scheme))
    keep(page, "step-7-by-link")
    page.get_by_role("button", name="Run to step 7").click()
    expect(page.get_by_text("✓ The rows show it")).to_be_visible()
    idle(page)
    keep(page, "step-7", whole=True)
    open_tool(page, "Challenges")
    solve_with_the_solution(page)
    idle(page)
    keep(page, "challenge-solved", whole=True)


def test_running(slow_server: AppServer, visit, scheme: str, keep):
    page = open_lesson(visit(f"{slow_server.url}/basic", color_scheme=scheme))
    send(page, "My name is Alice")
    expect(answering(page)).to_contain_text("Nice to")
    keep(page, "running")
    stop_button(page).click()
    expect(page.get_by_text("You stopped this turn.")).to_be_visible()
    idle(page)
    keep(page, "stopped")


def test_failed(server: AppServer, visit, scheme: str, keep):
    page = open_lesson(visit(f"{server.url}/basic", color_scheme=scheme))
    say(page, "My name is Alice", 2)
    visitor = next(folder for folder in server.data.iterdir() if folder.name in page.url)
    file = visitor / "basic" / "chat.db"
    for part in (file, file.with_name("chat.db-wal"), file.with_name("chat.db-shm")):
        part.unlink(missing_ok=True)
    file.write_bytes(b"This is not a database. " * 500)
    page.get_by_role("button", name="Restart").click()
    idle(page)
    send(page, "What's my name?")
    expect(page.get_by_role("alert").first).to_be_visible()
    idle(page)
    keep(page, "failed")


def test_narrow(server: AppServer, visit, scheme: str, keep):
    page = open_lesson(visit(f"{server.url}/basic", color_scheme=scheme, **NARROW))
    keep(page, "lesson-empty-380", whole=True)
    next_step(page).click()
    expect(page.get_by_text("✓ The rows show it")).to_be_visible()
    next_step(page).click()
    expect(rows(page)).to_have_count(4)
    idle(page)
    keep(page, "two-turns-380", whole=True)
