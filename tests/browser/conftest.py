"""Chromium, the servers that it visits, and what is checked on every page: nothing leaves this machine, nothing throws."""

import importlib.util
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.app_server import AppServer
from tests.support.shared_server import shared

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.profile import Profile

CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that is found is used. The headless shell is Chromium without its own windows: a page takes half the work."""
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    "--font-render-hinting=none",  # without hinting the headless shell lays text out as Chromium does in a window
    "--process-per-site",  # the one process of all pages has read the scripts already when a second tab opens
    # Streamlit's moving placeholders are drawn without a graphics card, and a visit is too short for the optimizing
    # compiler to pay off: together they took a third of the work of a visit.
    *("--force-prefers-reduced-motion", "--js-flags=--no-opt --single-threaded"),
)
FOLDER = Path(__file__).parent


def what_is_missing() -> str | None:
    """What has to be installed before the browser tests can run, or None."""
    if any(importlib.util.find_spec(name) is None for name in ("playwright", "axe_playwright_python")):
        return "Install Playwright: python -m pip install -r tests/requirements.txt"
    if chromium_path() is None:
        return "Install Chromium, for example with: apt-get install chromium"
    return None


def chromium_path() -> str | None:
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


# Where something is missing, one test says so, and not each of them. The screenshots are for people: they check nothing.
collect_ignore = ["test_screenshots.py"] if not os.environ.get("SCREENSHOTS") else []
if what_is_missing():
    collect_ignore = [path.name for path in FOLDER.glob("test_*.py") if path.name != "test_requirements.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, and run it last: Playwright's loop must not be there when other tests want one.

    The longest tests come first: otherwise one worker would still run when the others have ended.
    """
    for item in items:
        if item.path.parent == FOLDER:
            item.add_marker("browser")
            item.add_marker("server")
    items.sort(key=lambda item: (item.get_closest_marker("browser") is not None, -_seconds(item)))


LONGEST = {
    "test_two_tabs_take_turns_and_show_the_same_and_another_visitor_sees_nothing_of_it": 25,
    "test_going_to_another_page_and_back_and_another_click_do_not_lose_the_reply": 24,
    "test_lesson_page": 19,
    "test_every_step_is_walked_and_axe_finds_nothing": 18,
    "test_sessions_are_made_switched_described_renamed_and_deleted_and_axe_finds_nothing": 16,
    "test_every_chart_is_drawn_has_words_and_numbers_and_the_tree_draws_shared_rows_once": 15,
    "test_stop_does_not_wait_for_the_answer_and_leaves_the_page_whole_and_a_reload_finds_the_turn_again": 15,
    "test_every_step_holds_and_what_it_or_a_message_did_is_seen_without_scrolling": 12,
    "test_markup_is_shown_and_does_nothing_in_messages_session_ids_and_addresses": 9,
    "test_the_time_runs_out_and_says_expired_without_a_rerun_and_another_key_says_why_at_each_row": 8,
    "test_choose_page": 8,
    "test_json_is_refused_where_it_is_wrong_and_taken_when_corrected_and_axe_finds_nothing": 7,
    "test_newcomer_path_a_restart_of_the_server_and_a_deep_link_as_its_first_visit": 7,
    "test_step_back_removes_exactly_the_rows_of_the_step_and_starting_over_all": 6,
    "test_a_turn_shows_what_it_did_and_a_row_is_opened_whole_by_keyboard_by_mouse_and_by_address": 5,
    "test_the_page_is_accessible_with_an_open_exchange_and_a_compaction": 5,
}
"""Tests and their seconds: of the processor, or of waiting for a slow model."""


def _seconds(item: pytest.Item) -> int:
    return LONGEST.get(getattr(item, "originalname", item.name), 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if any(report.keywords.get("browser") for report in terminalreporter.stats.get("skipped", ())):
        terminalreporter.write_line(f"The browser tests were skipped. {what_is_missing()}")


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    missing = what_is_missing()
    if missing and os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"CI=true, so the browser tests must run. {missing}", pytrace=False)
    if missing:
        pytest.skip(missing)
    from playwright.sync_api import expect, sync_playwright

    from tests.browser.profile import WAIT_MS

    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def slow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with a model that takes ten seconds for a sentence, and more than a minute for a long answer.

    Its Redis and PostgreSQL servers do not answer.
    """
    nobody = "127.0.0.1:1"
    with shared(
        tmp_path_factory,
        "slow",
        SESSIONS_OFFLINE_SECONDS_PER_WORD="2",
        REDIS_URL=f"redis://{nobody}/0",
        POSTGRES_URL=f"postgresql://user@{nobody}/none",
    ) as running:
        yield running


@dataclass
class Seen:
    """What the pages of one test asked for and threw."""

    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def watch(self, context: "BrowserContext") -> None:
        context.on("request", lambda request: self._went_to(request.url))
        context.on("page", lambda page: page.on("websocket", lambda socket: self._went_to(socket.url)))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def _went_to(self, url: str) -> None:
        own = url.removeprefix("blob:")
        if not own.startswith("data:"):
            self.hosts.add(urlsplit(own).hostname or own)


@pytest.fixture(scope="session")
def all_seen() -> Seen:
    """What the pages of the running test have done: the pages outlive it, so their listeners do."""
    return Seen()


@pytest.fixture(autouse=True)
def seen(all_seen: Seen) -> Iterator[Seen]:
    """Checks in every browser test that no request leaves this machine and no page throws."""
    all_seen.hosts.clear()
    all_seen.errors.clear()
    yield all_seen
    assert all_seen.hosts <= {"127.0.0.1"}
    assert all_seen.errors == []


@pytest.fixture(scope="session")
def profile(chromium: "Browser", all_seen: Seen) -> "Iterator[Profile]":
    from tests.browser.profile import Profile

    profile = Profile(chromium, all_seen.watch)
    yield profile
    profile.close()


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def visit(profile: "Profile", seen: Seen, request: pytest.FixtureRequest) -> "Iterator[Callable[..., Page]]":
    """`visit(url, **options)` opens an address as a new visitor's browser would, with options of `new_context`."""
    yield profile.open
    if request.node.stash.get(FAILED, False):
        profile.close()  # in whatever state it is
    else:
        profile.forget_visitor()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return request.param
