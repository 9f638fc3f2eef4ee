"""Files with sessions as the SDK stores them, or as another program leaves them."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent / "stuck"
"""Databases with one session "s". It has a problem that people report; in control-clean.sql it has none."""

TABLES = """
CREATE TABLE {sessions} (session_id TEXT PRIMARY KEY, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE {messages} (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, message_data TEXT NOT NULL,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (session_id)
  REFERENCES {sessions} (session_id) ON DELETE CASCADE);
CREATE INDEX idx_{messages}_session_id ON {messages} (session_id, id);
"""


def user(text: str = "Hello") -> dict[str, Any]:
    return {"content": text, "role": "user"}


def assistant(text: str = "Hi.", id_: str = "msg_1") -> dict[str, Any]:
    part = {"annotations": [], "text": text, "type": "output_text", "logprobs": []}
    return {"id": id_, "content": [part], "role": "assistant", "status": "completed", "type": "message"}


def call(call_id: str = "call_1", arguments: str = "{}", name: str = "look") -> dict[str, Any]:
    return {
        "arguments": arguments,
        "call_id": call_id,
        "name": name,
        "type": "function_call",
        "id": f"fc_{call_id}",
        "status": "completed",
    }


def output(call_id: str = "call_1", text: str = "seen") -> dict[str, Any]:
    return {"call_id": call_id, "output": text, "type": "function_call_output"}


def reasoning(id_: str = "rs_1", **more: Any) -> dict[str, Any]:
    return {"id": id_, "summary": [], "type": "reasoning", **more}


def make_tables(path: Path, sessions: str = "agent_sessions", messages: str = "agent_messages") -> None:
    connection = sqlite3.connect(path)
    connection.executescript(TABLES.format(sessions=sessions, messages=messages))
    connection.close()


def store(
    path: Path,
    items: Sequence[Any],
    session_id: str = "s",
    *,
    listed: bool = True,
    times: Sequence[str] | None = None,
    messages: str = "agent_messages",
    sessions: str = "agent_sessions",
) -> Path:
    """Store items, each a minute after the one before, in a file that has the tables or gets them. A str is stored as it is."""
    connection = sqlite3.connect(path)
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (messages,)).fetchone():
        connection.executescript(TABLES.format(sessions=sessions, messages=messages))
    at = times or [f"2026-11-01 09:{place:02}:00" for place in range(len(items))]
    if listed:
        connection.execute(
            f"INSERT INTO {sessions} VALUES (?, ?, ?)", (session_id, "2026-11-01 09:00:00", max(at, default=""))
        )
    connection.executemany(
        f"INSERT INTO {messages} (session_id, message_data, created_at) VALUES (?, ?, ?)",
        [
            (session_id, item if isinstance(item, str) else json.dumps(item), time)
            for item, time in zip(items, at, strict=True)
        ],
    )
    connection.commit()
    connection.close()
    return path


def fixture(name: str, folder: Path) -> Path:
    """The database that the file `name`.sql makes."""
    path = folder / f"{name}.db"
    connection = sqlite3.connect(path)
    connection.executescript((FIXTURES / f"{name}.sql").read_text(encoding="utf-8"))
    connection.commit()
    connection.close()
    return path
