"""What the tool that lets something go wrong says of the next run."""

import sqlite3

from lessons.course.index import entry, load_lesson
from lessons.frame import walk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.page.state import PageState
from lessons.ui.sections.goes_wrong import _next


def test_a_session_without_rows_sends_only_the_message(data_folder, provider):
    desk, lesson = open_desk(new_visitor(), "failures"), load_lesson("failures")
    said = _next(entry("failures"), desk, lesson.walk_stores[0], "nothing_yet")
    here = walk.Walk(lesson, desk, lesson.walk_stores[0], provider)
    record = walk.start_message(here, "Hello", "nothing_yet").result(60)
    desk.close()
    assert said == "The next run would send only its own message."
    assert [item.text for item in record.requests[0].items] == ["Hello"]


def test_what_the_next_run_would_send_is_not_guessed_where_the_session_cannot_be_read(
    data_folder, provider, monkeypatch
):
    """The rows are there, and get_items fails, as on a broken disk: so does the run that comes next."""

    async def get_items(limit: int | None = None, **_: object) -> list[object]:
        raise sqlite3.OperationalError("disk I/O error")

    desk, lesson = open_desk(new_visitor(), "failures"), load_lesson("failures")
    store = lesson.walk_stores[0]
    here = walk.Walk(lesson, desk, store, provider)
    walk.start_message(here, "Hello", "alice").result(60)
    assert _next(entry("failures"), desk, store, "alice").startswith("The next run would send: user, assistant")
    PageState("failures").after_failure.put(None)
    monkeypatch.setattr(desk.store(store).open_session("alice"), "get_items", get_items)
    said = _next(entry("failures"), desk, store, "alice")
    record = walk.start_message(here, "Hello again", "alice").result(60)
    desk.close()
    assert said.startswith("It is not known what the next run would send.")
    assert "disk" in said
    assert record.problem is not None
    assert record.requests == ()
