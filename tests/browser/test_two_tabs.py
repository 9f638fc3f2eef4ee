"""One visitor in two tabs, and another visitor."""

import json

from tests.browser.expecting import expect
from tests.browser.lesson import answering, chat_box, idle, messages, open_lesson, rows, send, stored
from tests.support.app_server import AppServer


def test_two_tabs_take_turns_and_show_the_same_and_another_visitor_sees_nothing_of_it(slow_server: AppServer, visit):
    first = open_lesson(visit(f"{slow_server.url}/basic"))
    second = open_lesson(visit(first.url))
    chat_box(first).fill("My name is Alice")
    chat_box(second).fill("What's 2 + 2?")  # a short answer
    chat_box(first).press("Enter")
    expect(answering(first)).to_be_visible()
    chat_box(second).press("Enter")
    expect(second.get_by_text("waiting for the turn before it")).to_be_visible()

    bob = open_lesson(visit(f"{slow_server.url}/basic"))
    expect(rows(bob)).to_have_count(0)
    send(bob, "What's my name?")
    for page in (first, second):
        expect(rows(page)).to_have_count(4)
        idle(page)
    roles = [json.loads(data)["role"] for _, data in stored(slow_server, first)]
    assert roles == ["user", "assistant", "user", "assistant"]

    expect(rows(bob)).to_have_count(2)
    idle(bob)
    for place in (rows(bob), messages(bob)):
        assert not any("Alice" in text for text in place.all_inner_texts())
    first.reload()
    open_lesson(first)
    for lines in (messages, rows):
        expect(lines(first)).to_have_count(4)
        expect(lines(second)).to_have_text(lines(first).all_inner_texts(), use_inner_text=True)
    assert (len(stored(slow_server, first)), len(stored(slow_server, bob))) == (4, 2)
