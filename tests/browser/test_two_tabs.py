"""One visitor in two tabs, and two visitors."""

import json

from playwright.sync_api import expect

from tests.browser.lesson import answering, chat_box, idle, messages, open_lesson, rows, say, stored
from tests.support.app_server import AppServer


def test_two_tabs_take_turns(slow_server: AppServer, visit):
    first = open_lesson(visit(f"{slow_server.url}/basic"))
    second = open_lesson(visit(first.url))
    chat_box(first).fill("My name is Alice")
    chat_box(second).fill("What's 2 + 2?")  # a short answer
    chat_box(first).press("Enter")
    expect(answering(first)).to_be_visible()
    chat_box(second).press("Enter")

    expect(second.get_by_text("waiting for the turn before it")).to_be_visible()
    for page in (first, second):
        expect(rows(page)).to_have_count(4)
        idle(page)
    roles = [json.loads(data)["role"] for _, data in stored(slow_server, first)]
    assert roles == ["user", "assistant", "user", "assistant"]


def test_both_tabs_show_the_same_and_another_visitor_sees_nothing_of_it(server: AppServer, visit):
    alice = open_lesson(visit(f"{server.url}/basic"))
    say(alice, "My name is Alice", 2)
    second = open_lesson(visit(alice.url))
    expect(messages(second)).to_have_text(messages(alice).all_inner_texts(), use_inner_text=True)
    expect(rows(second)).to_have_text(rows(alice).all_inner_texts(), use_inner_text=True)

    bob = open_lesson(visit(f"{server.url}/basic"))
    expect(rows(bob)).to_have_count(0)
    say(bob, "What's my name?", 2)
    for place in (rows(bob), messages(bob)):
        assert not any("Alice" in text for text in place.all_inner_texts())
    alice.reload()
    open_lesson(alice)
    expect(rows(alice)).to_have_count(2)
    assert len(stored(server, alice)) == len(stored(server, bob)) == 2
