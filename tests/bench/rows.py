"""The rows that the bench finds when it opens a page, and the environment of everything that it measures."""

import sqlite3
from contextlib import closing
from pathlib import Path

from lessons.kit.visitors.workspace import new_visitor

BASELINE = "tests/bench/baseline_app.py"
OTHER_SESSIONS = 500
NO_LIMIT = dict.fromkeys(
    (
        "SESSIONS_VISITOR_LIMIT_MB",
        "SESSIONS_TOTAL_LIMIT_MB",
        "SESSIONS_VISITORS_LIMIT",
        "SESSIONS_TURNS_A_MINUTE",
        "SESSIONS_ALL_TURNS_A_MINUTE",
    ),
    "1000000",
)
"""A million rows need more than a visitor may store."""


def offline(data: Path) -> dict[str, str]:
    """The environment of everything that is measured: the offline model at once, no .env, no limit."""
    return {
        "SESSIONS_DATA_DIR": str(data),
        "SESSIONS_MODEL_PROVIDER": "offline",
        "SESSIONS_OFFLINE_SECONDS_PER_WORD": "0",
        **NO_LIMIT,
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
        "PYTHON_DOTENV_DISABLED": "1",
    }


def visitor_with(data: Path, rows: int) -> str:
    """A new visitor whose lesson has `rows` stored rows for "alice", and two for each of 500 other sessions."""
    visitor = new_visitor()
    fill(chat_file(data, visitor), rows)
    return visitor


def chat_file(data: Path, visitor: str) -> Path:
    return data / visitor / "basic" / "chat.db"


def fill(path: Path, rows: int, other_sessions: int = OTHER_SESSIONS) -> None:
    """Write the rows into the SDK's own tables: a question of 100 characters and an answer of 300, in turn."""
    from agents import SQLiteSession

    path.parent.mkdir(parents=True, exist_ok=True)
    SQLiteSession("alice", path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        others = [f"visitor-{number:03}" for number in range(other_sessions)]
        connection.executemany(
            "INSERT OR IGNORE INTO agent_sessions (session_id) VALUES (?)", [(name,) for name in [*others, "alice"]]
        )
        connection.executemany(
            "INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)",
            [(name, _item(number)) for name in others for number in range(2)],
        )
        connection.executemany(
            "INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)",
            (("alice", _item(number)) for number in range(rows)),
        )


def _item(number: int) -> str:
    if number % 2 == 0:
        return f'{{"content": "Question {number // 2}: {"which of these words matter " * 3}?", "role": "user"}}'
    said = f"Answer {number // 2}: {'these words are here to give the row its usual length, ' * 5}."
    return (
        f'{{"id": "msg_{number:016x}", "content": [{{"annotations": [], "text": "{said}", "type": "output_text"}}], '
        '"role": "assistant", "status": "completed", "type": "message"}'
    )
