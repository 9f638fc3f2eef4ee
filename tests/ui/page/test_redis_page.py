"""The Redis page: the keys with their types, entries and time left, the TTL of the next handle, servers that fail."""

import json
import re
import time

import pytest
from streamlit.testing.v1 import AppTest

from lessons.kit.background import background
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.turns.open_desks import open_desk
from tests.support.drawn import (
    chat,
    html,
    ledger,
    ledger_words,
    open_lesson,
    open_tool,
    press,
    rows,
    say,
    settled,
    words,
)
from tests.support.redis_server import Wire, free_port


@pytest.fixture
def page(visitor) -> AppTest:
    return open_lesson("redis", visitor, tool="redis_keys")


def keys(app: AppTest) -> list[str]:
    return re.findall(r'data-key="lab:[0-9a-f]{12}:([^"]*)"', html(app, 'class="keys"'))


def choose_ttl(app: AppTest, seconds: int) -> AppTest:
    app.session_state["redis-ttl@redis"] = seconds
    desk_store(app).ttl = seconds or None  # AppTest runs no callback of a value that was set this way
    return settled(app.run())


def desk_store(app: AppTest):
    visitor = app.query_params["visitor"]
    return open_desk(visitor[0] if isinstance(visitor, list) else visitor, "redis").store("redis_fake")


def test_the_page_says_that_fakeredis_is_an_emulation_and_names_the_variable(page, visitor, monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    settled(page.run())
    assert "fakeredis, an emulation" in words(html(page, 'class="chips"'))
    about = words(html(page, "Expired means gone"))
    assert "This is fakeredis, an emulation in the memory of this app: when the app ends, its keys are gone." in about
    assert "Set REDIS_URL to the address of a Redis server." in about
    assert "No keys yet." in html(page, "No keys yet")


def test_a_turn_makes_two_keys_and_shows_them_whole(page):
    say(page, "My name is Alice")
    assert keys(page) == ["agents:session:my_chat", "agents:session:my_chat:messages"]
    shown = words(html(page, 'class="keys"'))
    assert "hash · 3 fields · does not expire" in shown
    assert "list · 2 entries · does not expire" in shown
    assert "session_id: my_chat" in shown
    assert "My name is Alice" in shown
    assert rows(page) == [("+", "1"), ("+", "2")]
    tables = html(open_tool(page, "tables"), "<h3>list entries</h3>")
    assert re.findall("<h3>(.*?)</h3><p class='caption'>2 rows. By this turn: (.*?)</p>", tables) == [
        ("list entries", "2 added."),
        ("keys", "2 added."),
    ]


def test_the_chosen_ttl_is_that_of_the_next_message_and_has_a_bar(page):
    say(page, "My name is Alice")
    choose_ttl(page, 600)
    assert 'class="time-left"' not in html(page, 'class="keys"')  # what is stored has no TTL yet
    say(page, "What's my name?")
    bars = re.findall(r"--lifetime:(\d+);--gone:(\d+)", html(page, 'class="keys"'))
    assert len(bars) == 2
    assert all(lifetime == "600" and int(gone) < 20 for lifetime, gone in bars)
    # When the time is up, the bar says so without a rerun. It spoke of a row that is still stored.
    assert html(page, 'class="keys"').count("expired: Redis has deleted this key") == 2
    assert '<th scope="col">expires_at</th>' in html(open_tool(page, "tables"), "<h3>keys</h3>")


def test_the_bar_of_a_key_begins_at_the_ttl_that_its_last_add_has_set(page):
    """Redis keeps the end alone; the hash says when the last add was."""
    store = desk_store(page)
    background().run(store.open_session("my_chat", ttl=600).add_items([{"role": "user", "content": "x"}]))
    for key in store.keys()[0]:
        store.server.sync_client().pexpireat(key.name, key.expires_at - 300_000)
    settled(page.run())
    (lifetime, gone), *_ = re.findall(r"--lifetime:(\d+);--gone:(\d+)", html(page, 'class="keys"'))
    assert (lifetime, int(gone) < 20) == ("300", True)


def test_what_has_expired_is_no_longer_on_the_page(page):
    store = desk_store(page)
    background().run(store.open_session("my_chat", ttl=1).add_items([{"role": "user", "content": "secret code"}]))
    press(page, "look-again")
    assert len(keys(page)) == 2
    deadline = time.monotonic() + 60
    while store.keys()[1]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    press(page, "look-again")
    assert "No keys yet." in html(page, "No keys yet")
    assert not any("secret code" in element.value for element in page.get("html"))


def test_an_item_can_be_popped_next_to_the_chat(page):
    say(page, "My name is Alice")
    page.session_state["operation@redis"] = "pop_item"
    settled(page.run())
    press(page, "call-operation")
    assert rows(page) == [("", "1"), ("−", "2")]


def test_the_steps_can_be_walked_and_the_last_says_that_the_rows_expired(visitor):
    page = open_lesson("redis", visitor, step="12", tool="redis_keys")
    press(page, "next-step")
    assert "✓ The rows show it" in words(html(page, "Step 12 of 13"))
    ledger = ledger_words(page)
    assert "expired: the storage deleted the whole list" in ledger
    # What no row shows is in the heads: the expiry, where a turn has moved it, and a row that was stored and is gone.
    assert re.findall(r"Step (\d+) ·[^·]*·[^·]*keys expire at \d\d:\d\d:\d\d UTC", ledger) == ["3", "5"]
    assert "rows 1–10 removed, row 11 stored and removed" in ledger


def test_a_restart_names_what_tells_two_handles_apart_above_what_is_stored_after_it(visitor):
    page = open_lesson("redis", visitor, step="11")
    press(page, "next-step")
    ledger = ledger_words(page)
    dropped = "Restart: handles dropped alice in Redis, alice in Redis (ttl=600)\n"
    assert dropped in ledger
    assert ledger.index(dropped) < ledger.rindex("What's my name?")


def test_hostile_entries_are_shown_and_not_obeyed(page):
    store = desk_store(page)
    nasty = {"role": "user", "content": "<script>document.title = 'taken'</script></li></ul><h1>big</h1>"}
    background().run(store.open_session('<img src=x onerror="alert(1)">').add_items([nasty]))
    settled(page.run())
    for element in page.get("html"):
        for tag in ("<script>", "<h1>", "<img"):
            assert tag not in element.value


# A real server.

needs_redis = pytest.mark.skipif(
    "redis" not in usable_kinds(), reason="no Redis server (tests.support.database_servers)"
)


@needs_redis
def test_the_same_page_on_a_real_server(visitor):
    page = open_lesson("redis", visitor, store="redis", tool="redis_keys")
    say(page, "My name is Alice")
    say(page, "What's my name?")
    assert "Your name is Alice." in chat(page)
    assert "Redis server" in words(html(page, 'class="chips"'))
    assert "emulation" not in html(page, "Expired means gone")
    assert re.search(r"list · 4 entries · [\d,]+ bytes", words(html(page, 'class="keys"')))
    store = open_desk(visitor, "redis").store("redis")
    assert [json.loads(row.data)["role"] for row in store.page("my_chat").rows] == ["user", "assistant"] * 2


def test_a_server_that_cannot_be_reached_is_said_and_fakeredis_goes_on(visitor, monkeypatch):
    monkeypatch.setenv("REDIS_URL", f"redis://:hidden-p4ss@127.0.0.1:{free_port()}/0")
    page = open_lesson("redis", visitor, store="redis")
    assert "The Redis server cannot be reached." in words(html(page, 'class="problem"'))
    for message in ("My name is Alice", "I like tea"):
        say(page, message)
        assert "Start it, or check REDIS_URL" in words(html(page, 'class="problem"'))
    assert "The app knows of no row of the turns below." in ledger_words(page)
    unstored = [line["text"] for line in ledger(page)["lines"] if line.get("none") == "no row"]
    assert unstored == ["My name is Alice", "I like tea"]  # the page showed the refusal alone
    assert "hidden-p4ss" not in repr(page)  # all elements, with what they hold
    page.selectbox(key="store@redis").set_value("redis_fake").run()
    say(page, "My name is Alice")
    assert rows(page) == [("+", "1"), ("+", "2")]


def test_a_page_on_a_server_that_hangs_is_drawn_all_the_same(visitor, monkeypatch, own_redis):
    wire = Wire(own_redis.port)
    monkeypatch.setenv("REDIS_URL", wire.url)
    page = open_lesson("redis", visitor, store="redis")
    wire.stall()
    begun = time.monotonic()
    settled(page.run())
    assert time.monotonic() - begun < 30  # one limit of 3 seconds, and not one for each of the looks
    assert "did not answer within 3 seconds" in words(html(page, 'class="problem"'))
    wire.restore()
    say(page, "My name is Alice")
    assert rows(page) == [("+", "1"), ("+", "2")]
    wire.cut()


def test_an_address_in_the_link_is_not_a_server(visitor):
    """Visitors cannot make the server connect to addresses of their choice."""
    url = "redis://127.0.0.1:1/0"
    page = open_lesson("redis", visitor, store=url, REDIS_URL=url)
    assert page.selectbox(key="store@redis").value == "redis_fake"
    say(page, "My name is Alice")
    assert rows(page) == [("+", "1"), ("+", "2")]
