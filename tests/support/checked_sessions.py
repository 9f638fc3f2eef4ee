"""Files of sessions to check: what the checks find in them, and how to make files of the rarer kinds."""

import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lessons.kit.inspect.check import check_storage
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.finding import Finding
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.stored import NotUtf8
from lessons.kit.inspect.wanted import Wanted
from tests.support.stored_sessions import assistant, store, user

KEY, OTHER_KEY = "k" * 43 + "1", "k" * 43 + "2"


def findings(path: Path, **settings: Any) -> list[Finding]:
    storage = SQLiteStorage(path)
    try:
        report = check_storage(storage, Settings(**settings), Wanted())
    finally:
        storage.close()
    assert report.is_complete, report.incomplete
    return report.findings


def found(path: Path, **settings: Any) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(one.level, one.code, one.rows) for one in findings(path, **settings)]


def envelope(text: Any, key: str = KEY, session_id: str = "s", age: int = 0, **more: Any) -> dict[str, Any]:
    from lessons.kit.stores.encrypted.envelope import cipher

    token = cipher(key, session_id).encrypt_at_time(json.dumps(text).encode(), int(time.time()) - age).decode()
    return {"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": token} | more


ITEMS = (json.dumps(user("Where is my order?")), json.dumps(assistant()))


def with_ids(path: Path, kind: str, ids: Sequence[Any], *, listed: bool = True) -> Path:
    """A file with a session of ITEMS for each id. `kind` is the type of the id columns: it decides how SQLite stores an id."""
    connection = sqlite3.connect(path)
    connection.executescript(
        f"CREATE TABLE agent_sessions (session_id {kind} PRIMARY KEY, created_at, updated_at);"
        f"CREATE TABLE agent_messages (id INTEGER PRIMARY KEY, session_id {kind} NOT NULL, message_data TEXT, created_at);"
        "CREATE INDEX of_session ON agent_messages (session_id, id)"
    )
    for one in ids:
        as_it_is = "CAST(? AS TEXT)" if isinstance(one, NotUtf8) else "?"
        if listed:
            connection.execute(f"INSERT INTO agent_sessions (session_id) VALUES ({as_it_is})", (one,))
        rows = [(one, data) for data in ITEMS]
        statement = f"INSERT INTO agent_messages (session_id, message_data) VALUES ({as_it_is}, ?)"
        connection.executemany(statement, rows)
    connection.commit()
    connection.close()
    return path


def advanced(
    path: Path, items: Sequence[Any], structure: Sequence[int] | None = None, usage: Sequence[int] = ()
) -> Path:
    """A file of an AdvancedSQLiteSession with these items.

    `structure` has the ids of the messages that get a row in message_structure, by default all; `usage` the turns that get
    a row in turn_usage.
    """
    store(path, items)
    connection = sqlite3.connect(path)
    connection.executescript("""
        CREATE TABLE message_structure (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL,
          message_id INTEGER NOT NULL, branch_id TEXT NOT NULL DEFAULT 'main', message_type TEXT NOT NULL,
          sequence_number INTEGER NOT NULL, user_turn_number INTEGER, branch_turn_number INTEGER, tool_name TEXT,
          created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
          FOREIGN KEY (session_id) REFERENCES agent_sessions(session_id) ON DELETE CASCADE,
          FOREIGN KEY (message_id) REFERENCES agent_messages(id) ON DELETE CASCADE);
        CREATE TABLE turn_usage (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, branch_id TEXT NOT NULL,
          user_turn_number INTEGER NOT NULL, requests INTEGER, input_tokens INTEGER, output_tokens INTEGER,
          total_tokens INTEGER, input_tokens_details JSON, output_tokens_details JSON,
          FOREIGN KEY (session_id) REFERENCES agent_sessions(session_id) ON DELETE CASCADE);
    """)
    turn = 0
    for position, message in enumerate(structure if structure is not None else range(1, len(items) + 1)):
        role = items[message - 1].get("role", "assistant") if message <= len(items) else "assistant"
        turn += role == "user"
        connection.execute(
            "INSERT INTO message_structure (session_id, message_id, message_type, sequence_number, user_turn_number,"
            " branch_turn_number) VALUES ('s', ?, ?, ?, ?, ?)",
            (message, role, position + 1, turn, turn),
        )
    for number in usage:
        connection.execute(
            "INSERT INTO turn_usage (session_id, branch_id, user_turn_number, total_tokens) VALUES ('s', 'main', ?, 7)",
            (number,),
        )
    connection.commit()
    connection.close()
    return path


def without_owner(path: Path) -> Path:
    """A file of an AdvancedSQLiteSession whose table of usage has no foreign key, as another program may make it."""
    advanced(path, [user(), assistant()])
    connection = sqlite3.connect(path)
    columns = ", ".join(name for _, name, *_ in connection.execute("PRAGMA table_info(turn_usage)"))
    connection.executescript(f"DROP TABLE turn_usage; CREATE TABLE turn_usage ({columns});")
    connection.close()
    return path
