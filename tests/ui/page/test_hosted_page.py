"""The page of the lesson on hosted conversations, through the entry point, without a browser."""

import pytest

from lessons.kit.turns.open_desks import open_desk
from tests.support.drawn import html, items, open_lesson, open_tool, press, rows, say, settled, stored, trace, words


@pytest.fixture
def page(visitor):
    return open_lesson("hosted", visitor, tool="opening")


def choose_store(page, name):
    return settled(page.selectbox(key="store@hosted").set_value(name).run())


def open_calls(page):
    return open_tool(page, "calls")


def test_the_emulation_is_labelled_at_the_chips_and_at_the_rows(page):
    assert "emulated service" in words(html(page, "chips"))
    assert "Emulated: an app in this process" in words(html(page, "Emulated:"))
    choose_store(page, "compaction_emulated")
    assert "file, emulated compaction" in words(html(page, "chips"))
    assert "its summary is fake" in words(html(page, 'class="note"'))


def test_a_message_is_stored_at_the_service_and_its_conversation_is_named(page, visitor):
    say(page, "My name is Alice")
    known = open_desk(visitor, "hosted").store("hosted_emulated").conversation_id("my_chat")
    assert rows(page) == [("+", "1"), ("+", "2")]
    assert "msg_" in stored(page)
    assert f'OpenAIConversationsSession(conversation_id="{known}")' in [code.value for code in page.code]
    assert "my_chat is a name of this app" in words(html(page, "is a name of this app"))


def test_the_http_exchanges_stand_below_their_session_calls(page):
    say(page, "My name is Alice")
    open_calls(page)
    calls = html(page, 'class="calls"')
    assert "3 session calls and 4 HTTP requests: " in calls
    assert calls.count('<tr class="exchange">') == 4
    assert calls.index("get_items()") < calls.index("<b>POST</b> /v1/conversations <span") < calls.index("add_items()")
    assert '{"items":[{"content":"My name is Alice","role":"user"}]}' in calls


def test_hostile_text_in_a_body_is_escaped(page):
    say(page, "<img src=x onerror=alert(1)>")
    open_calls(page)
    calls = html(page, 'class="calls"')
    assert "<img" not in calls
    assert "&lt;img src=x onerror=alert(1)&gt;" in calls


def test_every_step_holds_and_can_be_taken_back(page):
    codes = [words(html(page, "step-code"))]
    for number in range(1, 14):
        press(page, "next-step")
        assert "✓ The rows show it" in words(html(page, f"Step {number} of 13")), number
        codes.append(words(html(page, "step-code")))
    # The code is that which ran: a step that gets an id, or another one, was not opened with it.
    assert "session = OpenAIConversationsSession()" in codes[1]
    assert codes[2].split(")")[0] == codes[9].split(")")[0] != codes[10].split(")")[0]
    press(page, "step-back")
    assert "Step 12 of 13" in words(html(page, "Step 12 of 13"))


def test_what_a_compaction_replaced_is_told_row_by_row(page):
    choose_store(page, "compaction_emulated")
    for number in range(1, 11):
        say(page, f"What's {number} + {number}?")
    assert any("replaced by the compaction" in line for line in trace(page))
    assert any("stands for what the compaction replaced" in line for line in trace(page))
    assert ("compaction", "K") in [(line["kind"], line["letter"]) for line in items(page)]


def test_without_a_key_openais_own_service_is_not_offered_and_the_help_says_what_to_set(page):
    store = page.selectbox(key="store@hosted")
    assert store.options == ["Emulated service", "Emulated compaction"]
    open_tool(page, "schema")
    assert "OpenAI's service: Set OPENAI_API_KEY to a key of OpenAI." in html(page, "Stores that cannot be used here")


def test_openais_own_service_is_used_once_it_is_chosen_on_the_page_and_by_no_link(monkeypatch, visitor):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-key-of-a-test")
    page = open_lesson("hosted", visitor, store="hosted", session="alice")
    assert page.selectbox(key="store@hosted").value == "hosted_emulated"
    choose_store(page, "hosted")
    assert "at OpenAI" in words(html(page, "chips"))
    assert "what you say is stored there, under your key" in words(html(page, 'class="note"'))
    assert not any("sk-a-key" in element.value for element in page.get("html"))
