"""What the tool that lets something go wrong says of the next run."""

from lessons.course.index import entry, load_lesson
from lessons.frame import walk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.sections.goes_wrong import _next


def test_a_session_without_rows_sends_only_the_message(data_folder, provider):
    desk, lesson = open_desk(new_visitor(), "failures"), load_lesson("failures")
    said = _next(entry("failures"), desk, lesson.walk_stores[0], "nothing_yet")
    here = walk.Walk(lesson, desk, lesson.walk_stores[0], provider)
    record = walk.start_message(here, "Hello", "nothing_yet").result(60)
    desk.close()
    assert said == "The next run would send only its own message."
    assert [item.text for item in record.requests[0].items] == ["Hello"]
