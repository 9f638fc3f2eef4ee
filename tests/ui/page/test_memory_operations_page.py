"""The toolbar of the four operations: the call as code, its result, and the row changes."""

import json
import re
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from lessons.kit.background import background
from lessons.kit.models.providers import active_provider
from lessons.kit.turns.open_desks import open_desk
from tests.support.drawn import (
    button,
    chat,
    heads,
    html,
    items,
    ledger,
    ledger_words,
    open_lesson,
    open_tool,
    press,
    removed_before,
    rows,
    say,
    settled,
    stored,
    trace,
    words,
)
from tests.support.model_endpoint import ModelEndpoint
from tests.support.turns import insert_row

NOTE = {"role": "system", "content": "The user's name is Alice."}


@pytest.fixture
def page(visitor) -> AppTest:
    return open_lesson("memory_operations", visitor, tool="operations")


@pytest.fixture
def file(visitor):
    """The visitor's file of this lesson."""
    return open_desk(visitor, "memory_operations").store("sqlite_file").path


def choose(app: AppTest, method: str, **widgets) -> AppTest:
    """Choose an operation, and its arguments in the order of the widgets."""
    for key, value in {"operation": method, **widgets}.items():
        app.session_state[f"{key.replace('_', '-')}@memory_operations"] = value
        settled(app.run())
    return app


def call(app: AppTest, method: str, **widgets) -> AppTest:
    return press(choose(app, method, **widgets), "call-operation")


def add_json(app: AppTest, text: str) -> AppTest:
    return call(app, "add_items", items_form="JSON", items_json=text)


def shown_code(app: AppTest) -> list[str]:
    return [code.value for code in app.code if code.value.startswith("await session.")]


def result(app: AppTest) -> str:
    """What the last call returned, as its tool shows it. The operations are open again after it."""
    open_tool(app, "calls")
    shown = html(app, "Returned</p>").partition('<pre class="result"')[2].partition(">")[2].partition("</pre>")[0]
    open_tool(app, "operations")
    return unescape(shown)


def tables(app: AppTest) -> str:
    """What the turn that is open changed in each table. The operations are open again after it."""
    open_tool(app, "tables")
    shown = re.findall(r"<h3>([^<]*)</h3><p class='caption'>[^<]*By this turn: ([^<]*)</p>", html(app, "<h3>"))
    open_tool(app, "operations")
    return " ".join(f"{table}: {changes}" for table, changes in shown)


def test_reading_shows_the_call_the_items_and_no_change(page):
    say(page, "My name is Alice")
    call(page, "get_items")
    assert shown_code(page) == ["await session.get_items()"]
    assert heads(page)[-1].startswith("await session.get_items() · one get_items(), no run → no row stored")
    assert [item["role"] for item in json.loads(result(page))] == ["user", "assistant"]
    assert rows(page) == [("", "1"), ("", "2")]


def test_a_limit_is_a_part_of_the_call_and_says_what_it_left_out(page):
    say(page, "My name is Alice")
    call(page, "get_items", operation_limit=1)
    assert shown_code(page) == ["await session.get_items(limit=1)"]
    assert len(json.loads(result(page))) == 1
    assert trace(page)[0].endswith("row 1 no no older than the newest item: the limit of the call get_items()")
    assert rows(page) == [("", "1"), ("", "2")]


def test_a_message_is_added_as_it_was_typed_and_the_next_answer_uses_it(page):
    call(page, "add_items", item_role="system", item_text="The user's name is Alice.")
    assert shown_code(page) == [f"await session.add_items({[NOTE]!r})"]
    assert "The code returned None" in ledger_words(page)
    assert rows(page) == [("+", "1")]
    assert "agent_messages: 1 added" in tables(page)
    say(page, "What's my name?")
    assert "Your name is Alice" in chat(page)


def test_what_is_typed_with_the_same_click_is_what_is_called(page):
    """A browser sends the text that was just typed together with the click, before the page is drawn again."""
    choose(page, "add_items", item_role="user", item_text="Old")
    page.text_input(key="item-text@memory_operations").set_value("New")
    press(page, "call-operation")
    assert "New" in stored(page)
    assert "Old" not in stored(page)


def test_items_as_json_are_added_in_one_call(page):
    add_json(page, json.dumps([NOTE, {"role": "user", "content": "Hi"}]))
    assert shown_code(page) == [f"await session.add_items({[NOTE, {'role': 'user', 'content': 'Hi'}]!r})"]
    assert rows(page) == [("+", "1"), ("+", "2")]
    assert "rows 1, 2 stored" in heads(page)[-1]


def test_pop_shows_the_row_that_it_took_and_what_it_gave(page):
    add_json(page, json.dumps(NOTE))
    call(page, "pop_item")
    assert json.loads(result(page)) == NOTE
    assert rows(page) == [("−", "1")]
    assert "row 1 removed" in heads(page)[-1]
    assert "agent_messages: 1 removed" in tables(page)
    call(page, "pop_item")
    assert result(page) == "None"
    assert "no row stored" in heads(page)[-1]


def test_clear_shows_every_row_that_it_took(page):
    say(page, "My name is Alice")
    call(page, "clear_session")
    assert shown_code(page) == ["await session.clear_session()"]
    assert rows(page) == [("−", "1"), ("−", "2")]
    assert tables(page) == "agent_messages: 2 removed. agent_sessions: 1 removed."
    say(page, "Do you know anything about me?")
    assert rows(page) == [("+", "3"), ("+", "4")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            '{"role": "user", "content": "cut o',
            "This is not JSON: Unterminated string starting at: line 1 column 29",
        ),
        ('{"role": "robot", "content": "x"}', "role: input should be 'user', 'assistant', 'system' or 'developer'."),
        ('[{"role": "user", "content": "Hi"}, "no item"]', "Item 2 is not an item that the SDK knows: it is a text"),
        ('{"type": "<script>alert(1)</script>"}', "no item has the type '<script>alert(1)</script>'"),
    ],
)
def test_json_that_is_not_an_item_is_refused_with_words_and_nothing_is_stored(page, text, why):
    choose(page, "add_items", items_form="JSON", items_json=text)
    box = html(page, 'class="problem"')
    assert why in words(box).replace("&lt;", "<").replace("&gt;", ">")
    assert "<script>" not in box
    assert "Nothing was stored." in words(box)
    assert button(page, "call-operation").disabled
    assert shown_code(page) == []
    page.text_area(key="items-json@memory_operations").set_value(json.dumps(NOTE)).run()
    press(page, "call-operation")
    assert rows(page) == [("+", "1")]


def test_json_that_becomes_invalid_with_the_click_is_refused_too(page):
    choose(page, "add_items", items_form="JSON")
    page.text_area(key="items-json@memory_operations").set_value("{")
    press(page, "call-operation")
    assert "This is not JSON" in words(html(page, 'class="problem"'))
    assert "No rows for session" in words(html(page, "No rows for session"))


def test_two_pops_after_a_plain_turn_take_it_whole(page):
    say(page, "What's 2 + 2?")
    call(page, "pop_item")
    call(page, "pop_item")
    say(page, "What's 2 + 3?")
    assert rows(page) == [("+", "3"), ("+", "4")]
    assert "5" in chat(page)


def test_two_pops_after_a_tool_turn_leave_an_orphan_that_is_never_sent(page):
    say(page, "What's the weather in Oslo?")
    assert rows(page) == [("+", "1"), ("+", "2"), ("+", "3"), ("+", "4")]
    call(page, "pop_item")
    call(page, "pop_item")
    assert rows(page) == [("", "1"), ("", "2"), ("−", "3")]
    say(page, "What's 1 + 1?")
    question, orphan, *_ = trace(page)
    assert question.endswith("row 1 yes yes read and sent again")
    assert orphan.endswith("row 2 yes no a call without its output: the SDK leaves it out until an output is stored")
    assert "run 1: read 2, sent 2, " in heads(page)[-1]


def test_a_limit_that_cuts_a_call_from_its_output(page):
    """Read with the toolbar; step 10 runs with it."""
    say(page, "What's the weather in Oslo?")
    call(page, "get_items", operation_limit=2)
    assert [item.get("type") for item in json.loads(result(page))] == ["function_call_output", "message"]
    assert [line.rpartition("row ")[2] for line in trace(page)] == [
        *(f"{key} no no older than the newest 2 items: the limit of the call get_items()" for key in (1, 2)),
        *(f"{key} yes no returned to the code of the turn, and no run with the session sent it" for key in (3, 4)),
    ]


def test_step_seven_says_it_of_the_orphan(visitor):
    page = open_lesson("memory_operations", visitor, step="7")
    press(page, "next-step")
    assert "✓ The rows show it" in words(html(page, "Step 7 of 14"))
    assert any(
        line.endswith("a call without its output: the SDK leaves it out until an output is stored")
        for line in trace(page)
    )


def test_a_corrupt_row_and_a_row_that_is_not_an_item_are_shown_explained_and_survived(page, file):
    say(page, "My name is Alice")
    insert_row(file, "my_chat", '{"role": "user", "content": "cut o')
    insert_row(file, "my_chat", '"a text, and no item"')
    settled(page.run())
    assert "not JSON: get_items() skips it, so it is not sent" in stored(page)
    assert "JSON, but not an item: a run that reads it sends it as it is" in stored(page)
    say(page, "What's my name?")
    assert "Your name is Alice." in chat(page)
    assert trace(page)[2].endswith("row 3 no no not JSON: the session skips it")
    assert trace(page)[3].endswith("row 4 yes yes read and sent again")
    for _ in range(4):
        call(page, "pop_item")
    assert rows(page) == [("", "1"), ("−", "2"), ("−", "3")]  # a pop drops the corrupt rows on its way


@pytest.fixture
def chat_completions(monkeypatch):
    """The app with a model behind the Chat Completions API, over HTTP."""
    with ModelEndpoint() as endpoint:
        monkeypatch.setenv("SESSIONS_MODEL_PROVIDER", "compatible")
        for name, value in {"API_KEY": "any+Key/17", "BASE_URL": endpoint.url, "MODEL": "llama3.2"}.items():
            monkeypatch.setenv(f"COMPATIBLE_{name}", value)
        active_provider.cache_clear()
        yield endpoint
    active_provider.cache_clear()


def test_a_row_that_no_model_can_be_sent_is_explained_and_popping_it_is_the_way_out(chat_completions, visitor, file):
    """The SDK cannot turn it into a chat message, so every run fails until it is gone."""
    page = open_lesson("memory_operations", visitor, tool="operations")
    say(page, "My name is Alice")
    insert_row(file, "my_chat", '"a text, and no item"')
    asked = len(chat_completions.requests)
    for key in (4, 5):
        say(page, "What's my name?")
        problem = ledger_words(page).splitlines()[-1]
        assert "UserError: Unhandled item type or structure: a text, and no item" in problem
        assert f"Stored before it failed: row {key}." in problem
        assert "every run will send that item and fail: pop items until it is gone, clear the session" in problem
    assert len(chat_completions.requests) == asked
    for _ in range(3):
        call(page, "pop_item")
    say(page, "What's my name?")
    assert "Your name is Alice." in chat(page)
    assert "UserError" not in ledger_words(page).splitlines()[-1]


HOSTILE = (
    "<script>document.title = 'taken'</script>",
    "![](https://example.invalid/x.png) [link](javascript:alert(1))",
    "abc \u202e evil \u2066 hidden",
    "half a pair \ud800",
    "</pre></table><h1>big</h1>",
)


@pytest.mark.parametrize("content", HOSTILE, ids=ascii)
def test_hostile_items_are_shown_and_not_obeyed(page, content):
    add_json(page, json.dumps({"role": "user", "content": content}))
    call(page, "get_items")
    for element in page.get("html"):
        assert "<script>" not in element.value
        assert "<h1>" not in element.value
        assert "\u202e" not in element.value
        assert "\u2066" not in element.value
    assert rows(page) == [("", "1")]
    if content.isprintable():
        assert " ".join(content.split()) in ledger_words(page)


def test_the_largest_item_that_can_be_typed_is_shown_cut_with_its_length(page):
    large = json.dumps({"role": "user", "content": "x" * 190_000})
    add_json(page, large)
    drawn = [element.value for element in (*page.get("html"), *page.code)]
    assert max(map(len, drawn)) < 50_000
    assert "190,000 characters" in chat(page)
    assert f"{len(large):,} characters" in stored(page)
    call(page, "get_items")
    assert len(result(page)) < 5_000
    call(page, "pop_item")
    assert rows(page) == [("−", "1")]


def test_every_store_can_be_called(page):
    for store in ("sqlite_memory", "sqlite_custom_tables"):
        page.selectbox(key="store@memory_operations").set_value(store).run()
        add_json(page, json.dumps(NOTE))
        assert rows(page) == [("+", "1")]
        call(page, "pop_item")
        assert rows(page) == [("−", "1")]


def test_what_one_tab_pops_the_other_sees(page, visitor):
    other = open_lesson("memory_operations", visitor, tool="operations")
    say(page, "My name is Alice")
    call(other, "pop_item")
    settled(page.run())
    assert rows(page) == [("", "1"), ("−", "2")]
    session = open_desk(visitor, "memory_operations").store("sqlite_file").open_session("my_chat")
    assert len(background().run(session.get_items())) == 1


def test_a_removed_row_stays_where_it_stood_and_names_the_turn_that_removed_it(page):
    say(page, "My name is Alice")
    call(page, "pop_item")
    assert rows(page) == [("", "1"), ("−", "2")]
    say(page, "What is my name?")
    assert removed_before(page) == [("2", "removed by: await session.pop_item()")]
    assert [line["key"] for line in items(page) if "key" in line] == ["1", "2", "3", "4"]
    turn = next(line["id"] for line in ledger(page)["lines"] if line["type"] == "turn")
    page.query_params["turn"] = turn[1:]
    settled(page.run())
    (key, why), *_ = removed_before(page)
    assert key == "2"
    assert why.startswith("the reply")
    assert why.endswith("removed by: await session.pop_item()")
