"""Nothing that a lesson stores is called an error, apart from what a step makes on purpose.

The fast part checks each lesson on its own store, and each store with one lesson; the other pairs have the mark `matrix`.
"""

from pathlib import Path

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.background import background
from lessons.kit.inspect.check import Wanted, check_place
from lessons.kit.inspect.dry import Settings
from lessons.kit.inspect.findings.all_findings import findings_of
from lessons.kit.inspect.opening.sqlite_place import SQLitePlace
from lessons.kit.inspect.stored import Head, Pair, StoredRow, StoredSession
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.course.test_every_lesson import PAIRS, on

MADE_ON_PURPOSE = {
    ("memory_operations", "Keep the newest two"): {("output-without-call", "sliced")},
    ("memory_operations", "Damage a row"): {("not-an-item", "alice")},
    ("approvals", "Approve on another session"): {("output-without-call", "decided_there")},
    ("analytics", "Open an old session"): {("rows-without-structure", "old_chat")},
}
"""The errors that a step makes to show them: code and session. Later steps may leave them there."""


def errors_in(store):
    """What is found in a store: in its file as the command reads it, else in its rows as the page reads them."""
    path = getattr(store, "path", None)
    if isinstance(path, Path) and path.suffix == ".db":
        if not path.exists():
            return set()
        place = SQLitePlace(path)
        try:
            found = check_place(place, Settings(), Wanted()).findings
        finally:
            place.close()
    else:
        found = [
            finding
            for summary in store.sessions().sessions
            for finding in background().run(findings_of(read(store, summary.session_id), Settings()), timeout=60)
        ]
    return {(finding.code, finding.session) for finding in found if finding.level == "error"}


def read(store, session_id):
    rows = store.page(session_id, limit=1_000).rows
    pair = Pair("agent_messages", "agent_sessions", made_by="SQLAlchemySession", medium="PostgreSQL")
    return StoredSession(Head(pair, session_id), tuple(StoredRow(row.key, row.data, row.created_at) for row in rows))


@pytest.mark.parametrize(("slug", "store"), [on(*pair) for pair in PAIRS])
def test_what_a_lesson_stores_gives_no_error(data_folder, provider, slug, store):
    desk, lesson = open_desk(new_visitor(), slug), load_lesson(slug)
    allowed = set()
    try:
        for index, step in enumerate(lesson.steps):
            record = walk.start_step(walk.Walk(lesson, desk, store, provider), index).result(30)
            assert record.held, (step.title, record.problem)
            made = MADE_ON_PURPOSE.get((slug, step.title), set())
            found = set().union(*(errors_in(desk.store(name)) for name in {store, step.store or store}))
            assert found <= allowed | made, f"{step.title}: if it makes this on purpose, add it to MADE_ON_PURPOSE"
            assert made <= found or store != lesson.walk_stores[0], step.title
            allowed |= made
    finally:
        desk.close()
