"""The list of sessions and the session class that is not the SDK's, through the entry point."""

import re
import sqlite3
from contextlib import closing

import pytest
from streamlit.testing.v1 import AppTest

from lessons.kit.background import background
from lessons.kit.stores.session_list import PAGE_SIZE, Metadata
from lessons.kit.turns.open_desks import open_desk
from tests.support.drawn import (
    button,
    chat,
    html,
    open_lesson,
    open_tool,
    press,
    rows,
    say,
    settled,
    stored,
    words,
)
from tests.support.turns import dump

HOSTILE_IDS = (
    "<script>alert(1)</script>",
    "![](https://example.invalid/x.png)",
    "[link](https://example.invalid) www.example.invalid",
    "**bold** `code` ``more`` $x^2$ :red[red] :material/home: a -> b",
    "two\nlines",
    " spaces around ",
    "\u202eright to left",
    "100%_'\"\\",
    "x" * 5_000,
    "   ",
    "",
)
BLANK_IDS = ("(empty)", "(3 spaces)")


@pytest.fixture
def store(visitor):
    """The visitor's file of this lesson."""
    return open_desk(visitor, "multi_session").store("sqlite_file")


@pytest.fixture
def page(visitor) -> AppTest:
    return open_lesson("multi_session", visitor, tool="switcher")


def add(store, session_id, content="hello", times=1):
    items = [{"role": "user", "content": content}] * times
    background().run(store.open_session(session_id).add_items(items))


def listed(app: AppTest) -> list[str]:
    """The ids in the switcher, as their buttons show them: code, in which Markdown means nothing."""
    labels = [button.label for button in app.button if (button.key or "").startswith("open-session-")]
    ids = []
    for label in labels:
        if label in BLANK_IDS:
            ids.append(label)
            continue
        fenced = re.fullmatch(r"(`+) (.*) \1", label, re.DOTALL)
        assert fenced is not None, f"Markdown would be obeyed in {label!r}"
        assert fenced[1] not in fenced[2]
        ids.append(fenced[2])
    return ids


def facts(app: AppTest) -> list[str]:
    return [words(element.value) for element in app.get("html") if "session-facts" in element.value]


def switch_to(app: AppTest, place: int) -> AppTest:
    return press(app, f"open-session-{place}")


def set_widget(app: AppTest, key: str, value: object) -> AppTest:
    """Set a widget that runs code when its value changes: `app.session_state` would not run it."""
    widget = next(
        widget for kind in ("text_input", "selectbox", "pagination") for widget in app.get(kind) if widget.key == key
    )
    return settled(widget.set_value(value).run())


def describe(app: AppTest, session_id: str, **fields: str) -> AppTest:
    for name, value in fields.items():
        app.text_input(key=f"describe-{name}-{session_id}@multi_session").set_value(value)
    save = next(button for button in app.button if button.label == "Save")
    return settled(save.click().run())


def test_the_sessions_of_the_store_are_listed_with_what_is_known_of_them(page):
    say(page, "My name is Alice")
    assert listed(page) == ["my_chat"]
    assert re.fullmatch(
        r"My name is Alice 2 items · created \d\d-\d\d \d\d:\d\d · used \d\d-\d\d \d\d:\d\d", facts(page)[0]
    )
    assert words(html(page, "in this store")) == "1 session in this store · times in UTC"


def test_a_new_session_is_opened_and_listed_with_its_first_item(page):
    say(page, "My name is Alice")
    page.text_input(key="new-session-id@multi_session").set_value("user_bob")
    press(page, "create-session")
    assert "No rows for session user_bob" in words(html(page, "No rows for session"))
    assert listed(page) == ["my_chat"]
    say(page, "What's my name?")
    assert "Your name is Alice" not in chat(page)
    assert listed(page) == ["user_bob", "my_chat"]


def test_switching_shows_the_rows_of_the_other_and_goes_into_the_address(page, store):
    add(store, "alice", "My name is Alice")
    add(store, "bob", "My name is Bob")
    settled(page.run())
    assert listed(page) == ["bob", "alice"]
    switch_to(page, 1)
    assert "My name is Alice" in stored(page)
    assert page.query_params["session"] == "alice"
    icons = [button.proto.icon for button in page.button if (button.key or "").startswith("open-session-")]
    assert [icon == ":material/radio_button_checked:" for icon in icons] == [False, True]
    say(page, "What's my name?")
    assert "Your name is Alice." in chat(page)


def test_search_order_and_pages(page, store):
    names = [f"user_{number:02}" for number in range(2 * PAGE_SIZE + 1)]
    for name in names:
        add(store, name)
    store.describe("user_03", Metadata("Alice", "Holiday", ("travel",)))
    settled(page.run())
    set_widget(page, "session-order@multi_session", "session id")
    assert listed(page) == names[:PAGE_SIZE]
    set_widget(page, "session-page@multi_session", 3)
    assert listed(page) == names[2 * PAGE_SIZE :]
    set_widget(page, "session-search@multi_session", "user_0")  # the search begins at its own first page
    assert listed(page) == names[:PAGE_SIZE]
    assert "10 sessions found" in words(html(page, "sessions found"))
    for search in ("travel", "HOLIDAY", "alice"):
        set_widget(page, "session-search@multi_session", search)
        assert listed(page) == ["user_03"]
    set_widget(page, "session-search@multi_session", "%")
    assert listed(page) == []
    assert "0 sessions found" in words(html(page, "sessions found"))


def test_a_page_that_is_no_longer_there_shows_the_last(page, store):
    for number in range(2 * PAGE_SIZE + 1):
        add(store, f"user_{number:02}")
    settled(page.run())
    set_widget(page, "session-order@multi_session", "session id")
    set_widget(page, "session-page@multi_session", 3)
    with closing(sqlite3.connect(store.path)) as other, other:
        other.execute("DELETE FROM agent_sessions WHERE session_id > 'user_02'")
    settled(page.run())
    assert listed(page) == ["user_00", "user_01", "user_02"]


def test_a_description_is_kept_shown_and_belongs_to_one_session(page, store):
    add(store, "bob")
    say(page, "My name is Alice")
    describe(page, "my_chat", owner="Alice", title="First <b>chat</b>", tags="travel, , food,travel")
    assert facts(page)[0].startswith("First &lt;b&gt;chat&lt;/b&gt; · Alice · #travel · #food")
    assert store.sessions("alice").sessions[0].metadata == Metadata("Alice", "First <b>chat</b>", ("travel", "food"))
    switch_to(page, 1)
    assert [page.text_input(key=f"describe-{name}-bob@multi_session").value for name in ("id", "owner", "title", "tags")] == [
        "bob", "", "", ""
    ]  # fmt: skip


def test_a_rename_keeps_the_rows_and_the_page_follows(page, store):
    say(page, "My name is Alice")
    describe(page, "my_chat", id="alice", owner="Alice")
    assert page.query_params["session"] == "alice"
    assert listed(page) == ["alice"]
    assert [key for _, key in rows(page)] == ["1", "2"]
    say(page, "What's my name?")
    assert "Your name is Alice." in chat(page)


def test_an_id_that_is_taken_is_refused_and_nothing_is_saved(page, store):
    add(store, "bob")
    say(page, "My name is Alice")
    before = dump(store.path)
    describe(page, "my_chat", id="bob", owner="Mallory")
    problem = words(html(page, 'class="problem"'))
    assert "There is a session 'bob' already. Nothing was changed. Choose another id." in problem
    assert dump(store.path) == before
    assert page.query_params["session"] == "my_chat"


def test_a_deletion_says_what_goes_and_takes_just_that(page, store):
    add(store, "bob")
    say(page, "My name is Alice")
    describe(page, "my_chat", owner="Alice")
    preview = words(html(page, "This deletes"))
    assert preview.startswith("This deletes my_chat : 2 rows of items, its row in the sessions table with created_at")
    assert button(page, "confirm-delete-session").label == "Delete 2 rows"
    press(page, "confirm-delete-session")
    assert listed(page) == ["bob"]
    assert rows(page) == [("−", "2"), ("−", "3")]
    assert "alice" not in str(dump(store.path)).lower()
    assert [row.session_id for row in store.page("bob").rows] == ["bob"]


@pytest.mark.parametrize(
    ("name", "goes"), [("sqlite_memory", "its row in the sessions table"), ("json_files", "their file")]
)
def test_a_store_without_metadata_lists_switches_and_deletes(page, name, goes):
    page.selectbox(key="store@multi_session").set_value(name).run()
    say(page, "My name is Alice")
    assert listed(page) == ["my_chat"]
    fields = [field.key for field in page.text_input]
    assert fields == ["session-search@multi_session", "new-session-id@multi_session"]  # none to describe it
    assert goes in words(html(page, "This deletes"))
    assert "what the app knows" not in words(html(page, "This deletes"))
    press(page, "confirm-delete-session")
    assert listed(page) == []


def test_a_hostile_id_is_shown_verbatim_and_can_be_opened_described_and_deleted(page, store):
    for session_id in HOSTILE_IDS:
        which = ascii(session_id)[:30]
        add(store, session_id, "mine")
        settled(page.run())
        (shown,) = listed(page)
        if not session_id.strip():
            assert shown == ("(empty)" if not session_id else "(3 spaces)"), which
        elif session_id.isprintable():
            assert shown == (session_id if len(session_id) <= 64 else session_id[:64] + "…"), which
        switch_to(page, 0)
        assert "mine" in stored(page), which
        for element in page.get("html"):
            assert "<script>" not in element.value, which
            assert "\u202e" not in element.value, which
        settled(page.run())
        describe(page, session_id, owner="Mallory")
        known = [(one.session_id, one.metadata.owner) for one in store.sessions().sessions]
        assert known == [(session_id, "Mallory")], which
        press(page, "confirm-delete-session")
        assert store.sessions().found == 0, which


@pytest.mark.parametrize("session_id", HOSTILE_IDS[:-1], ids=lambda session_id: ascii(session_id)[:30])
def test_a_link_to_a_hostile_id_opens_it(visitor, store, session_id):
    add(store, session_id, "mine")
    assert "mine" in stored(open_lesson("multi_session", visitor, session=session_id))


def test_a_hostile_first_line_is_escaped_and_short(page, store):
    lines = ("<script>alert(1)</script>", "![](https://example.invalid/x.png)", "\u202eright to left", "x" * 1_000_000)
    for line in lines:
        add(store, f"mallory {lines.index(line)}", line)
    settled(page.run())
    drawn = [element.value for element in page.get("html") if "session-facts" in element.value]
    assert [one for one in drawn if "<script>" in one or "\u202e" in one or len(one) >= 500] == []
    shown = [line[:20].replace("<", "&lt;").replace(">", "&gt;").replace("\u202e", "U+202E ") for line in lines]
    assert [words(one).startswith(line) for one, line in zip(drawn, reversed(shown), strict=True)] == [True] * 4


def test_ten_thousand_sessions_are_counted_and_a_few_are_drawn(page, store):
    add(store, "alice")
    with closing(sqlite3.connect(store.path)) as other, other:
        names = [(f"session-{number:05}",) for number in range(9_999)]
        other.executemany("INSERT INTO agent_sessions (session_id) VALUES (?)", names)
    settled(page.run())
    assert "10,000 sessions in this store" in words(html(page, "in this store"))
    assert len(listed(page)) == PAGE_SIZE
    set_widget(page, "session-search@multi_session", "session-09998")
    assert listed(page) == ["session-09998"]


# A session class that you write yourself.


def test_the_class_that_is_shown_is_the_class_that_runs(page):
    open_tool(page, "session_class")
    from lessons.kit.stores.json_files import session as json_file_session

    with open(json_file_session.__file__, encoding="utf-8") as file:
        assert file.read().strip() in [code.value for code in page.code]


def test_the_contract_check_shows_every_finding(page):
    open_tool(page, "session_class")
    assert not [element for element in page.get("html") if "rules hold" in element.value]
    press(page, "check-contract")
    found = html(page, "rules hold")
    count = found.count("<tr>") - 1
    assert count > 15
    assert f"JsonFileSession: {count} of {count} rules hold" in words(found)
    assert "get_items() returns the items in chronological order." in words(found)
    set_widget(page, "contract-class@multi_session", "SQLiteSession in memory")
    assert not [element for element in page.get("html") if "rules hold" in element.value]


def test_a_small_chat_bot_can_be_taken_away(page):
    open_tool(page, "session_class")
    (button,) = (one for one in page.get("download_button") if one.proto.label == "Download ChatBot")
    assert button.proto.url.endswith(".py")


def test_alice_and_bob_are_seen_side_by_side(page):
    button(page, "next-step").click()
    settled(page.run())
    open_tool(page, "all_sessions")
    table = html(page, "Rows of all sessions")
    assert "user_alice" in table
    assert "user_bob" in table
