"""Each kind of difference between stored, returned and sent, read line by line in the browser."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Page

from lessons.kit.models.providers import read_provider
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.browser.expecting import expect
from tests.browser.lesson import messages, open_lesson
from tests.kit.turns.test_turns_of_the_app import TURNS, run_in_the_app
from tests.support.app_server import AppServer

READ = """lines => lines.map(line => {
    const part = name => line.querySelector(`:scope > ${name}`)?.textContent ?? "";
    return [line.querySelector(".kind").ariaLabel, line.querySelector(".row > .key").textContent,
        part(".returned"), part(".sent"), part(".why")];
})"""


def has_run(name: str) -> tuple[str, Any]:
    """A visitor who has run the turn, and its record."""
    visitor = new_visitor()
    desk = open_desk(visitor, "basic")
    try:
        return visitor, run_in_the_app(desk, read_provider({}), name)
    finally:
        desk.close()


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", sorted(TURNS))
def test_the_page_shows_what_the_ledger_of_a_turn_says(server: AppServer, visit, monkeypatch, name):
    monkeypatch.setenv("SESSIONS_DATA_DIR", str(server.data))
    with ThreadPoolExecutor(1) as another_thread:
        visitor, record = another_thread.submit(has_run, name).result()
    lines = record.ledger.lines
    page: Page = open_lesson(visit(f"{server.url}/basic?visitor={visitor}&session=alice&store=sqlite_file"))
    expect(messages(page)).to_have_count(len(lines))
    shown = messages(page).evaluate_all(READ)
    several = len(record.requests) > 1
    for (kind, key, returned, sent, why), line in zip(shown, lines, strict=True):
        assert (kind, key) == (line.item.kind, str(line.row.key) if line.row else "")
        assert returned == ("yes" if line.returned else "no")
        numbers = ", ".join(map(str, line.sent))
        assert sent == (numbers if several and numbers else "yes" if line.sent else "no")
        assert why.startswith(line.why or ("read and sent again" if line.returned else ""))
        assert line.risk in why
