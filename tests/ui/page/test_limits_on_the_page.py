"""A limit of the server that is reached is said on the page, and nothing is lost."""

import pytest

from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors import rate_limit, storage_limits
from lessons.kit.visitors.storage_limits import SlowFigure
from lessons.kit.visitors.workspace import new_visitor
from tests.support.drawn import html, open_lesson, press, say, settled, words


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    rate_limit._recent.clear()
    monkeypatch.setattr(storage_limits, "_total", SlowFigure(storage_limits._measure_total))


@pytest.fixture
def visitor():
    """Somebody who has sent one message."""
    visitor = new_visitor()
    settled(say(open_lesson("multi_session", visitor), "My name is Alice").run())
    assert open_desk(visitor, "multi_session").records
    return visitor


def refused(visitor: str) -> str:
    """What the page says when one more message is sent, which can be copied from there. The rows are those of before."""
    page = open_lesson("multi_session", visitor)
    before = html(page, "rows")
    say(page, "I am Bob from Rome")
    assert html(page, "rows") == before
    assert "I am Bob from Rome</pre>" in html(page, 'role="alert"').partition("<strong>Not sent</strong>")[2]
    return words(html(page, 'role="alert"'))


def test_too_many_turns_of_a_visitor(visitor, monkeypatch):
    monkeypatch.setenv("SESSIONS_TURNS_A_MINUTE", "1")
    assert refused(visitor).startswith("You have started 1 turn within a minute. This server allows no more.")


def test_too_many_turns_of_all_visitors(visitor, monkeypatch):
    monkeypatch.setenv("SESSIONS_ALL_TURNS_A_MINUTE", "1")
    assert refused(new_visitor()).startswith("All visitors together have started 1 turn within a minute")


def test_too_many_visitors(visitor, monkeypatch):
    monkeypatch.setenv("SESSIONS_VISITORS_LIMIT", "1")
    assert refused(new_visitor()).startswith("This server has as many visitors as it may have: 1.")
    page = open_lesson("multi_session", new_visitor())
    press(page, "next-step")
    assert "as many visitors as it may have" in words(html(page, 'role="alert"'))
    assert "asked-above" in html(page, 'role="alert"')  # on a phone, the button and the reason are above the ledger


def test_too_much_stored_by_all_visitors(visitor, monkeypatch):
    monkeypatch.setenv("SESSIONS_TOTAL_LIMIT_MB", "0.001")
    storage_limits._total.now()
    assert refused(new_visitor()).startswith("This server is full: all visitors together use")
