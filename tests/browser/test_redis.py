"""The Redis page in Chromium: the time left moves without a rerun, and a phone shows whole keys."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.expecting import expect
from tests.browser.lesson import idle, open_lesson, say
from tests.browser.test_accessibility import expect_nothing_found
from tests.browser.test_look import resize
from tests.support.app_server import AppServer


@pytest.fixture
def redis(server: AppServer, visit) -> Page:
    return open_lesson(visit(f"{server.url}/redis?tool=redis_keys"))


def width(page: Page) -> float:
    """The width of the bar of the first key, in pixels."""
    return page.evaluate(
        "() => parseFloat(getComputedStyle(document.querySelector('.keys .time-left i'), '::before').width)"
    )


def test_keys_are_whole_on_a_phone_axe_finds_nothing_and_the_bar_shrinks(redis):
    store = redis.get_by_role("combobox", name="Stored")
    expect(store).to_have_value("Redis (fakeredis, in memory)")
    for width in (1440, 380):
        resize(redis, width, 900)
        assert store.evaluate("field => field.scrollWidth <= field.clientWidth")  # its name is not cut
    say(redis, "My name is Alice", 2)
    key = redis.locator(".keys li code").nth(1)
    expect(key).to_have_text(re.compile(r"lab:[0-9a-f]{12}:agents:session:my_chat:messages"))
    box = key.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 380
    expect_nothing_found(redis)
    resize(redis, 1440, 900)
    expect_the_bar_to_shrink_while_nothing_is_run(redis)


def expect_the_bar_to_shrink_while_nothing_is_run(redis: Page) -> None:
    redis.emulate_media(reduced_motion="reduce")  # the bar says how much time is left: it moves for everybody
    redis.get_by_role("radio", name="30 s").click()
    idle(redis)
    say(redis, "What's my name?", 4)
    expect(redis.locator(".keys .time-left")).to_have_count(2)
    redis.evaluate("() => { document.querySelector('.keys').dataset.first = 'yes' }")
    before = width(redis)
    redis.wait_for_function(
        "before => parseFloat(getComputedStyle(document.querySelector('.keys .time-left i'), '::before').width)"
        " < before - 5",
        arg=before,
    )
    expect(redis.locator(".keys[data-first]")).to_have_count(1)  # the same element: nothing was drawn again
