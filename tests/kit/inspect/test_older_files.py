"""Files with the tables that older minors of the SDK make.

The statements are those of files that openai-agents 0.2.0, 0.2.11 (SQLAlchemySession), 0.4.0, 0.7.0 and 0.20.0 wrote
when they were run (2026-11-27). Their items had the same form as today's, so the rows here are made by the same helpers.
"""

import json
import sqlite3

import pytest

from lessons.kit.inspect.browse import open_session
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.listing import list_sessions
from lessons.kit.inspect.opening.storage import open_storage
from tests.support.checked_sessions import found
from tests.support.stored_sessions import assistant, call, output, reasoning, user

SESSIONS = """CREATE TABLE agent_sessions (session_id TEXT PRIMARY KEY, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);"""
MESSAGES = """CREATE TABLE agent_messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL,
    message_data TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (session_id) REFERENCES agent_sessions (session_id) ON DELETE CASCADE);"""
BY_TIME = "CREATE INDEX idx_agent_messages_session_id ON agent_messages (session_id, created_at);"
BY_ID = "CREATE INDEX idx_agent_messages_session_id ON agent_messages (session_id, id);"
ADVANCED = """
CREATE TABLE message_structure (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, message_id INTEGER NOT NULL,
    branch_id TEXT NOT NULL DEFAULT 'main', message_type TEXT NOT NULL, sequence_number INTEGER NOT NULL,
    user_turn_number INTEGER, branch_turn_number INTEGER, tool_name TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (session_id) REFERENCES agent_sessions(session_id) ON DELETE CASCADE,
    FOREIGN KEY (message_id) REFERENCES agent_messages(id) ON DELETE CASCADE);
CREATE TABLE turn_usage (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL,
    branch_id TEXT NOT NULL DEFAULT 'main', user_turn_number INTEGER NOT NULL, requests INTEGER DEFAULT 0,
    input_tokens INTEGER DEFAULT 0, output_tokens INTEGER DEFAULT 0, total_tokens INTEGER DEFAULT 0,
    input_tokens_details JSON, output_tokens_details JSON, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (session_id) REFERENCES agent_sessions(session_id) ON DELETE CASCADE,
    UNIQUE(session_id, branch_id, user_turn_number));
CREATE INDEX idx_structure_branch ON message_structure(session_id, branch_id);
CREATE INDEX idx_turn_usage_session_turn ON turn_usage(session_id, branch_id, user_turn_number);
"""
RESERVED = """
CREATE TABLE branch_reservations (session_id TEXT NOT NULL, branch_id TEXT NOT NULL, PRIMARY KEY (session_id, branch_id));
CREATE TABLE session_clear_generations (session_id TEXT PRIMARY KEY, generation INTEGER NOT NULL DEFAULT 0);
"""
ALCHEMY = """
CREATE TABLE agent_sessions (session_id VARCHAR NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL, PRIMARY KEY (session_id));
CREATE TABLE agent_messages (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, session_id VARCHAR NOT NULL,
    message_data TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    FOREIGN KEY(session_id) REFERENCES agent_sessions (session_id) ON DELETE CASCADE);
CREATE INDEX idx_agent_messages_session_time ON agent_messages (session_id, created_at);
"""
FILES = {
    "SQLiteSession 0.2 to 0.6": (SESSIONS + MESSAGES + BY_TIME, "SQLiteSession", False),
    "SQLiteSession and AsyncSQLiteSession from 0.7": (SESSIONS + MESSAGES + BY_ID, "SQLiteSession", False),
    "SQLAlchemySession from 0.2.11": (ALCHEMY, "SQLAlchemySession", False),
    "AdvancedSQLiteSession 0.4 to 0.6": (SESSIONS + MESSAGES + BY_TIME + ADVANCED, "SQLiteSession", True),
    "AdvancedSQLiteSession 0.7 to 0.19": (SESSIONS + MESSAGES + BY_ID + ADVANCED, "SQLiteSession", True),
    "AdvancedSQLiteSession from 0.20": (SESSIONS + MESSAGES + BY_ID + ADVANCED + RESERVED, "SQLiteSession", True),
}
ITEMS = [user(), reasoning(), call(), output(), assistant(), user("And now?"), assistant("Done.", "msg_2")]


def made(path, statements, items=ITEMS):
    connection = sqlite3.connect(path)
    connection.executescript(statements)
    connection.execute("INSERT INTO agent_sessions (session_id) VALUES ('ann')")
    turn = 0
    for number, item in enumerate(items, 1):
        connection.execute(
            "INSERT INTO agent_messages (session_id, message_data) VALUES ('ann', ?)", (json.dumps(item),)
        )
        turn += item.get("role") == "user"
        if ADVANCED in statements:
            connection.execute(
                "INSERT INTO message_structure (session_id, message_id, message_type, sequence_number, user_turn_number,"
                " branch_turn_number) VALUES ('ann', ?, ?, ?, ?, ?)",
                (number, item.get("role", "assistant"), number, turn, turn),
            )
    connection.commit()
    connection.close()
    return path


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_an_older_minor_is_recognised_and_gives_no_false_alarm(name, tmp_path):
    statements, made_by, is_advanced = FILES[name]
    path = made(tmp_path / "a.db", statements)
    assert found(path) == []
    storage = open_storage(str(path), {})
    (pair,) = storage.pairs()
    (look,) = list_sessions(storage, Settings()).sessions
    picture = open_session(storage, "ann", None, Settings())
    storage.close()
    assert (pair.made_by, pair.structure is not None, look.items, picture.sent) == (made_by, is_advanced, 7, 7)


@pytest.mark.parametrize("name", FILES)
def test_a_problem_in_a_file_of_an_older_minor_is_found(name, tmp_path):
    path = made(tmp_path / "a.db", FILES[name][0], [user(), output(), assistant()])
    assert ("error", "output-without-call", (2,)) in found(path)
