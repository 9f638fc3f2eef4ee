"""The page of the lesson on long conversations, drawn through the entry without a browser."""

import json
from dataclasses import asdict

from lessons.kit.analytics.measured_ways import TURNS, MeasuredWay, measured_ways_file
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.drawn import html, open_lesson


def test_ways_that_were_stopped_before_the_end_are_said_to_be_some_of_five(data_folder):
    visitor = new_visitor()
    desk = open_desk(visitor, "long_conversations")
    held = MeasuredWay(
        "No limit", "forty", "sqlite_file", (1,) * TURNS, (1,) * TURNS, TURNS, {"user": 1}, 9, "Alice", True
    )
    desk.folder.mkdir(parents=True, exist_ok=True)
    measured_ways_file(desk.folder).write_text(json.dumps([asdict(held)]), encoding="utf-8")
    desk.close()
    app = open_lesson("long_conversations", visitor, tool="measured_ways")
    assert "It was stopped before the end: 1 of 5 ways are kept." in html(app, "stopped before")
