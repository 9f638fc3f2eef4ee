"""`inspect` finds no error in what a lesson stores, apart from the errors that a step makes on purpose."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from lessons.frame.lesson import Lesson, Step
from lessons.kit.background import background
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.all_findings import findings_of
from lessons.kit.inspect.findings.finding import Finding
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.stored import Head, Pair, StoredRow, StoredSession
from lessons.kit.inspect.wanted import Report, Wanted, heads_of
from lessons.kit.stores.redis.keys import SDK_PREFIX, as_text
from lessons.kit.stores.redis.store import RedisStore
from lessons.kit.stores.sql.server_store import DatabaseServerStore
from lessons.kit.turns.desk import Desk
from tests.support.turns import storage_of

MADE_ON_PURPOSE = {
    ("memory_operations", "Keep the newest two"): {("output-without-call", "sliced")},
    ("memory_operations", "Damage a row"): {("not-an-item", "alice")},
    ("approvals", "Approve on another session"): {("output-without-call", "decided_there")},
    ("approvals", "Stream the other cases"): {("output-without-call", "streamed_there")},
    ("model_items", "Pop the answer alone"): {("reasoning-alone", "popped")},
    ("analytics", "Open an old session"): {("rows-without-structure", "old_chat")},
    ("life_cycle", "Upgrade the wrong way"): {("rows-without-structure", "upgraded")},
}
"""The errors that a step makes to show them: code and session. Later steps may leave them there."""


def sessions_in(store, dumped):
    """Every session of a store. A SQLite file is read as the command reads it, and a server comes from its dump.

    Every other store is read as the page reads it.
    """
    if isinstance(storage_of(store), DatabaseServerStore):
        return sessions_of(dumped.get(store.name, {}).get("agent_messages", ()))
    if isinstance(storage_of(store), RedisStore):
        return sessions_in_keys(dumped.get(store.name, {}))
    path = getattr(store, "path", None)
    if not (isinstance(path, Path) and path.suffix == ".db"):
        return [read(store, summary.session_id) for summary in store.sessions().sessions]
    if not path.exists():
        return []
    storage = SQLiteStorage(path)
    try:
        return [storage.read(head) for head in heads_of(storage, Wanted(), Report())]
    finally:
        storage.close()


PAIR = Pair("agent_messages", "agent_sessions", made_by="SQLAlchemySession", medium="PostgreSQL")


def sessions_of(messages):
    """The sessions of a table of messages on a server. Its columns are those that SQLAlchemySession makes."""
    rows = defaultdict(list)
    for key, session_id, data, created in sorted(messages, key=lambda row: (row[3], row[0])):
        rows[session_id].append(StoredRow(key, data, str(created)))
    return [StoredSession(Head(PAIR, session_id), tuple(found)) for session_id, found in rows.items()]


LISTS = re.compile(re.escape(SDK_PREFIX) + ":(.*):messages")
"""The key of the list of a session, after the prefix of the visitor and lesson."""


def sessions_in_keys(dumped):
    """The sessions of the keys in Redis. A row's key is its place in the list, from 1."""
    return [
        StoredSession(
            Head(PAIR, named[1]), tuple(StoredRow(key, as_text(data), "") for key, data in enumerate(found, 1))
        )
        for name, found in dumped.items()
        if (named := LISTS.fullmatch(name))
    ]


def read(store, session_id):
    rows = store.page(session_id, limit=1_000).rows
    return StoredSession(Head(PAIR, session_id), tuple(StoredRow(row.key, row.data, row.created_at) for row in rows))


class FalseAlarms:
    """Looks for errors after each step of a lesson that is walked on `store`."""

    def __init__(self, desk: Desk, lesson: Lesson, store: str) -> None:
        self._desk, self._lesson, self._store = desk, lesson, store
        self._made_before: set[tuple[str, str]] = set()
        self._checked: dict[tuple[str, str, str], tuple[StoredSession, list[Finding]]] = {}

    def look(self, step: Step, dumped: dict[str, Any]) -> None:
        """`dumped` is what `dump_desk` has read after the step.

        Raises AssertionError for an error that was not made on purpose, and, on the lesson's first store and on Redis, for an
        error made on purpose that is not found.
        """
        made = MADE_ON_PURPOSE.get((self._lesson.entry.slug, step.title), set())
        stores = {self._store, step.store or self._store}
        found = set().union(*(self._errors_in(name, dumped) for name in stores))
        assert found <= self._made_before | made, (
            f"{step.title}: if it makes this on purpose, add it to MADE_ON_PURPOSE"
        )
        assert made <= found or self._store not in (self._lesson.walk_stores[0], "redis", "redis_fake"), step.title
        self._made_before |= made

    def _errors_in(self, name: str, dumped: dict[str, Any]) -> set[tuple[str, str]]:
        sessions = sessions_in(self._desk.store(name), dumped)
        found = [finding for stored in sessions for finding in self._findings(name, stored)]
        return {(finding.code, finding.session) for finding in found if finding.level == "error"}

    def _findings(self, name: str, stored: StoredSession) -> list[Finding]:
        """What is found in a session. A session that has not changed since the step before is not checked again."""
        key = name, stored.head.pair.messages, stored.session_id
        before = self._checked.get(key)
        if before is None or before[0] != stored:
            self._checked[key] = stored, background().run(findings_of(stored, Settings()), timeout=60)
        return self._checked[key][1]
