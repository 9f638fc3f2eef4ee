"""Each test is a new visitor, although all tests share one profile of Chromium."""

from tests.browser.expecting import expect
from tests.browser.lesson import open_lesson, rows, say
from tests.browser.profile import Profile
from tests.support.app_server import AppServer

KEPT = "() => [localStorage.mark, sessionStorage.mark, document.cookie.includes('mark'), innerWidth, history.length]"


def test_the_next_visitor_finds_nothing_of_the_one_before(server: AppServer, profile: Profile, visit):
    first = open_lesson(visit(f"{server.url}/basic", width=800))
    before = first.evaluate(KEPT)
    first.emulate_media(color_scheme="dark")
    first.evaluate("localStorage.mark = sessionStorage.mark = document.cookie = 'mark=1'")
    say(first, "My name is Alice", 2)
    second = visit(f"{server.url}/_stcore/health")
    assert second.evaluate("localStorage.mark") == "mark=1"  # one profile: a second tab of the same visitor sees it

    profile.forget_visitor()
    again = open_lesson(visit(f"{server.url}/basic", width=800))
    assert again is first
    assert second.is_closed()
    expect(rows(again)).to_have_count(0)
    assert again.evaluate(KEPT) == before
    assert again.evaluate("matchMedia('(prefers-color-scheme: light)').matches")
