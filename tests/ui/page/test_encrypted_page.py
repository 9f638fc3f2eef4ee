"""The lesson on encrypted sessions: key and TTL take effect on the rows at once, the envelope taken apart, the guard."""

import re
import time

import pytest
from streamlit.testing.v1 import AppTest

from lessons.kit.stores.encrypted import key_ring as module
from lessons.kit.stores.encrypted.key_ring import VARIABLE, key_ring
from lessons.kit.turns import open_desks
from lessons.kit.turns.open_desks import open_desk
from tests.support.drawn import (
    chat,
    html,
    items,
    ledger_words,
    names,
    open_lesson,
    open_tool,
    press,
    rows,
    say,
    settled,
    stored,
    trace,
    words,
)
from tests.support.encrypted_rows import add_as_of
from tests.support.turns import EXCHANGE


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def page(visitor) -> AppTest:
    return open_lesson("encrypted", visitor, tool="encryption")


@pytest.fixture
def ring(visitor):
    return key_ring(open_desk(visitor, "encrypted").folder)


def drawn(app: AppTest) -> str:
    """All that the page shows, elements and widgets."""
    return "".join(element.value for element in app.get("html")) + "".join(code.value for code in app.code) + str(app)


def choose_key(app: AppTest, at: int) -> AppTest:
    return settled(app.selectbox(key="encryption-key@encrypted").set_value(at).run())


def choose_ttl(app: AppTest, ttl: str) -> AppTest:
    return settled(app.selectbox(key="encryption-ttl@encrypted").set_value(ttl).run())


def states(app: AppTest) -> list[str]:
    said = (f"{line.get('state', '')} {'readable' if 'left' in line else ''}" for line in items(app) if "key" in line)
    return [re.findall(r"readable|expired \d|wrong key|not encrypted", words)[0] for words in said]


def test_a_row_shows_envelope_plaintext_state_and_time_left(page):
    say(page, "My name is Alice")
    assert "__enc__" in stored(page)
    assert [line["made"].startswith('decrypted: {"') for line in items(page)] == [True, True]
    assert "My name is Alice" in items(page)[0]["made"]
    assert all(580 < float(line["left"]) <= 601 for line in items(page))


def test_another_key_empties_the_chat_says_why_at_each_row_and_the_first_brings_it_back(page):
    say(page, "My name is Alice")
    press(page, "generate-key")
    assert "My name is Alice" not in chat(page)
    assert states(page) == ["wrong key"] * 2
    say(page, "What's my name?")
    assert "Your name is Alice" not in chat(page)
    assert states(page) == ["wrong key"] * 2 + ["readable"] * 2
    assert "wrong key or tampered" in trace(page)[0]
    choose_key(page, 0)
    assert "My name is Alice" in chat(page)
    assert states(page) == ["readable"] * 2 + ["wrong key"] * 2
    say(page, "What's my name?")
    assert "Your name is Alice" in chat(page)


def test_a_small_ttl_hides_and_a_larger_one_brings_back(page, visitor):
    session = open_desk(visitor, "encrypted").store("encrypted_sqlite_file").open_session("my_chat")
    for item in EXCHANGE:
        add_as_of(session, item, time.time() - 60)
    settled(page.run())
    assert states(page) == ["readable"] * 2
    choose_ttl(page, "5 s")
    say(page, "What's my name?")
    assert "expired" in trace(page)[0]
    assert all(state.startswith("expired") for state in states(page)[:2])
    # A step that reads with a larger TTL returns this row: next to that, it stood that the session does not return it.
    assert items(page)[0]["state"].endswith("with the TTL in use: still stored, and not returned with it")
    assert [key for _, key in rows(page)] == ["1", "2", "3", "4"]  # hidden, and not deleted
    choose_ttl(page, "100 years")
    assert states(page) == ["readable"] * 4
    say(page, "What's my name?")
    assert "Your name is Alice" in chat(page)


def test_a_generated_key_is_shown_once_and_is_nowhere_else(page, ring):
    secret = ring.key.secret
    assert secret not in drawn(page)
    press(page, "show-key")
    assert secret in [code.value for code in page.code]
    settled(page.run())
    assert secret not in drawn(page)
    assert "show-key" not in names(page)
    assert secret not in str(dict(page.query_params))
    assert secret not in repr(page.session_state)


def test_a_typed_key_is_used_and_not_kept_in_the_widget(page, ring):
    say(page, "My name is Alice")
    page.session_state["type-key@encrypted"] = True
    settled(page.run())
    field = page.text_input(key="typed-key@encrypted")
    assert field.proto.type == field.proto.PASSWORD
    settled(field.set_value("short").run())
    assert (ring.key.origin, ring.key.secret) == ("typed", "short")
    assert page.session_state["typed-key@encrypted"] == ""
    assert "it may be easy to guess" in html(page, "Fingerprint")
    assert states(page) == ["wrong key"] * 2


def test_a_key_of_the_environment_is_named_and_never_shown(visitor, monkeypatch):
    monkeypatch.setenv(VARIABLE, "the key in the environment of this test")
    app = open_lesson("encrypted", visitor, tool="encryption")
    assert f"It comes from {VARIABLE}" in html(app, "Fingerprint")
    assert "show-key" not in names(app)
    say(app, "My name is Alice")
    assert "the key in the environment of this test" not in drawn(app)
    assert states(app) == ["readable"] * 2


def test_the_envelope_is_taken_apart_with_its_true_sizes(page):
    open_tool(page, "envelope")
    assert "No envelope in session my_chat yet" in words(html(page, "No envelope"))
    say(page, "My name is Alice")
    parts = words(html(page, 'class="envelope"'))
    assert "Row 2" in parts
    sizes = [int(size) for size in re.findall(r"(\d+) bytes?(?= )", parts.partition("version")[2])]
    assert sizes[0] == 1
    assert (sizes[1], sizes[2], sizes[4]) == (8, 16, 32)
    assert sizes[3] % 16 == 0
    total = int(re.search(r"token of (\d+) bytes", parts)[1])
    assert sum(sizes) == total
    derivation = words(html(page, 'class="derivation"'))
    for said in (
        "HKDF-SHA256",
        "salt = my_chat",
        "agents.session-store.hkdf.v1",
        "AES-128-CBC, not AES-256",
        "HMAC-SHA256",
    ):
        assert said in derivation
    assert "✓ Opened by hand" in derivation
    open_tool(page, "encryption")
    press(page, "generate-key")
    open_tool(page, "envelope")
    derivation = words(html(page, 'class="derivation"'))
    assert "With this key the HMAC is wrong" in derivation
    readable = words(html(page, "Readable without a key"))
    for said in ("my_chat", "how many rows there are 2", "from the tokens, to the second", "hkdf-v1"):
        assert said in readable


def test_the_overhead_is_measured_on_the_page(page):
    open_tool(page, "envelope")
    press(page, "measure-overhead")
    table = words(html(page, 'aria-label="Overhead"'))
    assert re.search(r"get_items, 80 rows [\d.]+ ms [\d.]+ ms [\d.]+ ×", table)
    assert "medians of 40 calls each, both sessions in turn in one run" in table


def test_a_pop_with_a_wrong_key_is_refused_on_the_page(page):
    say(page, "My name is Alice")
    press(page, "generate-key")
    open_tool(page, "operations")
    page.session_state["operation@encrypted"] = "pop_item"
    settled(page.run())
    press(page, "call-operation")
    settled(page.run())
    said = words(html(page, "A pop could delete every row"))
    assert "Nothing was removed." in said
    assert [key for _, key in rows(page)] == ["1", "2"]


def test_the_result_of_a_step_that_asks_no_model_is_shown(page):
    for _ in range(3):
        press(page, "next-step")
        settled(page.run())
    assert "written" in ledger_words(page)
    open_tool(page, "calls")
    assert "written" in html(page, 'class="result"')


def test_switching_the_store_shows_its_rows(page):
    say(page, "My name is Alice")
    settled(page.selectbox(key="store@encrypted").set_value("encrypted_sqlite_memory").run())
    assert "No rows for session" in words(html(page, "No rows for session"))
    say(page, "My name is Bob")
    assert states(page) == ["readable"] * 2


def test_after_a_restart_of_the_app_the_page_says_that_the_key_is_new(page, visitor, ring):
    """The rows alone said "wrong key or tampered", as if somebody had changed them."""

    def after_a_restart() -> AppTest:
        open_desk(visitor, "encrypted").close()
        open_desks._alive.clear()
        module._rings.clear()
        return open_lesson("encrypted", visitor)

    told = "The app was started again, and the key in use was generated since then"
    say(page, "My name is Alice")
    assert told not in drawn(page)
    old = ring.key.secret
    assert told in drawn(after_a_restart())
    key_ring(open_desk(visitor, "encrypted").folder).type_in(old)
    assert told not in drawn(open_lesson("encrypted", visitor))
    assert told in drawn(after_a_restart())
    open_desk(visitor, "encrypted").store("encrypted_sqlite_file").erase()
    assert told not in drawn(open_lesson("encrypted", visitor))
