"""The switch that marks the rows that would be sent with the next message."""

import pytest

from lessons.course.index import LESSONS, entry, load_lesson
from lessons.frame import walk
from lessons.kit.background import background
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.ledger.next_message import next_message
from lessons.ui.ledger.shown_rows import ShownRows
from tests.support.drawn import items, ledger, ledger_words, open_lesson, press, say, settled


def switch(app, on=True, slug="basic"):
    return settled(app.toggle(key=f"shows-next@{slug}").set_value(on).run())


def nexts(app):
    return [line.get("next", "") for line in items(app)]


def test_the_rows_that_a_message_would_be_sent_with_are_marked_when_asked_for():
    app = open_lesson("basic", new_visitor())
    say(app, "My name is Alice")
    assert nexts(app) == ["", ""]
    switch(app)
    assert nexts(app) == ["next run: sent", "next run: sent"]
    assert "If you send a message now, 2 rows would be sent before it." in ledger_words(app)
    assert len([line for line in ledger(app)["lines"] if line["type"] == "item"]) == 2  # the look has stored nothing
    say(app, "And now?")
    assert nexts(app) == ["next run: sent"] * 4


def test_without_the_session_no_row_would_be_sent():
    app = open_lesson("basic", new_visitor())
    say(app, "My name is Alice")
    settled(app.toggle(key="with-session@basic").set_value(False).run())
    switch(app)
    assert nexts(app) == ["next run: not sent, no session"] * 2


def test_a_session_whose_id_is_an_ordinary_word_is_named_as_a_session():
    """It said "1 row of asked would not be sent" of the session "asked"."""
    app = open_lesson("approvals", new_visitor())
    press(app, "next-step")
    switch(app, slug="approvals")
    assert "1 row of session asked would not be sent." in ledger_words(app)


def test_it_is_off_again_before_the_next_step_asks_its_question():
    app = open_lesson("basic", new_visitor())
    press(app, "next-step")
    switch(app)
    assert nexts(app) == ["next run: sent", "next run: sent"]
    press(app, "next-step")
    assert set(nexts(app)) == {""}


@pytest.mark.parametrize(
    "slug",
    [
        lesson.slug if lesson.slug == "basic" else pytest.param(lesson.slug, marks=pytest.mark.matrix)
        for lesson in LESSONS
    ],
)
def test_the_mark_is_what_the_next_message_is_really_sent_with(slug, provider):
    """After each lesson's last step, in the session that its page shows: its agent, limit, callback and key."""
    lesson, page = load_lesson(slug), entry(slug)
    desk = open_desk(new_visitor(), slug)
    here = walk.Walk(lesson, desk, lesson.walk_stores[0], provider)
    turn = walk.start_steps(here, 0, len(lesson.steps) - 1)
    while desk.running():
        desk.running()[0].result(60)
    del turn
    asked = 0
    for session_id in desk.store(here.store).session_ids()[:3]:
        store = desk.store(here.store)
        rows = store.page(session_id)
        if not rows.rows:
            continue
        shown = ShownRows(store.name, session_id, rows)
        told = next_message(page, desk, shown, with_session=True)
        before = [row.key for row in rows.rows]
        assert [row.key for row in store.page(session_id).rows] == before
        record = walk.start_message(here, "And now?", session_id).result(60)
        sent = {
            line.row.key
            for line in record.ledger.lines
            if line.row is not None and 1 in line.sent and line.mark != "added"
        }
        assert {key for key, why in told.why_not.items() if not why} == sent & set(before), session_id
        asked += 1
    assert asked


def test_all_rows_are_counted_and_a_session_that_is_too_long_is_not_read(provider, monkeypatch):
    desk = open_desk(new_visitor(), "basic")
    here = walk.Walk(load_lesson("basic"), desk, "sqlite_file", provider)
    walk.start_message(here, "Hello", "alice").result(60)
    items = [{"role": "user", "content": f"message {number}"} for number in range(1_100)]
    background().run(desk.store("sqlite_file").open_session("alice").add_items(items))
    shown = ShownRows("sqlite_file", "alice", desk.store("sqlite_file").page("alice"))
    told = next_message(entry("basic"), desk, shown, with_session=True)
    assert told.words == "If you send a message now, 1,102 rows would be sent before it."
    assert told.rest == "Rows older than the newest ones have no mark."
    monkeypatch.setattr("lessons.ui.ledger.next_message.MOST_ROWS", 1_000)
    assert "does not look up what would be sent" in next_message(entry("basic"), desk, shown, with_session=True).words
