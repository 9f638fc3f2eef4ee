"""Nothing that a lesson stores is called an error by `inspect`, apart from what a step makes on purpose."""

from pathlib import Path

from lessons.frame.lesson import Lesson, Step
from lessons.kit.background import background
from lessons.kit.inspect.check import Wanted, check_place
from lessons.kit.inspect.dry import Settings
from lessons.kit.inspect.findings.all_findings import findings_of
from lessons.kit.inspect.opening.sqlite_place import SQLitePlace
from lessons.kit.inspect.stored import Head, Pair, StoredRow, StoredSession
from lessons.kit.turns.desk import Desk

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


class FalseAlarms:
    """Looks for them after each step of a lesson that is walked on `store`."""

    def __init__(self, desk: Desk, lesson: Lesson, store: str) -> None:
        self._desk, self._lesson, self._store = desk, lesson, store
        self._made_before: set[tuple[str, str]] = set()

    def look(self, step: Step) -> None:
        """Raises AssertionError for an error that was not made on purpose, and for one on purpose that is not found."""
        made = MADE_ON_PURPOSE.get((self._lesson.entry.slug, step.title), set())
        stores = {self._store, step.store or self._store}
        found = set().union(*(errors_in(self._desk.store(name)) for name in stores))
        assert found <= self._made_before | made, (
            f"{step.title}: if it makes this on purpose, add it to MADE_ON_PURPOSE"
        )
        assert made <= found or self._store != self._lesson.walk_stores[0], step.title
        self._made_before |= made
