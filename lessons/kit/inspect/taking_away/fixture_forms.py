"""The two forms in which a fixture is written, and read again: statements for SQLite, and JSON."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lessons.kit.inspect.dry_run import MAIN
from lessons.kit.inspect.stored import CLASSES, Head, Pair, StoredRow, StoredSession, StructureRow, TurnTokens

SESSION = "s"
UNOWNED = tuple(
    f"CREATE TABLE {name} (id, session_id, message_id, branch_id)"
    for name in ("agent_sessions", "agent_messages", "message_structure", "turn_usage")
)
"""Statements that make tables without foreign keys, which AdvancedSQLiteSession refuses to open."""
_STRUCTURE = ("id", "session_id", "message_id", "branch_id", "message_type", "sequence_number", "user_turn_number")
_USAGE = ("branch", "turn", "input", "output", "total")


@dataclass(frozen=True)
class Fixture:
    """An anonymous session, and the codes of its findings: the same as those of the original.

    `branch` is the name that the branch of the settings has in it.
    """

    stored: StoredSession
    codes: tuple[str, ...]
    branch: str = MAIN

    def as_sql(self) -> str:
        """Statements that make a SQLite database with the session in it."""
        connection = sqlite3.connect(":memory:")
        _fill(connection, self.stored)
        lines = "\n".join(connection.iterdump())
        connection.close()
        on = f" on the branch {self.branch}" if self.branch != MAIN else ""
        return f"-- Findings{on}: {', '.join(self.codes) or 'none'}. Words, ids and keys are replaced.\n{lines}\n"

    def as_json(self) -> str:
        """JSON with the rows of each table, null for a table that does not exist."""
        stored, pair = self.stored, self.stored.pair
        data = {
            "class": pair.made_by,
            "session": SESSION,
            "created_at": stored.head.created,
            "updated_at": stored.head.used,
            "is_listed": stored.head.is_listed,
            "has_foreign_keys": not pair.statements,
            "findings": self.codes,
            "branch": self.branch,
            "rows": [
                {"id": row.key, "message_data": None if row.data is None else row.text, "created_at": row.created}
                for row in stored.rows
            ],
            "message_structure": [row.values for row in stored.structure] if pair.structure else None,
            "turn_usage": [vars(one) for one in stored.usage] if pair.usage else None,
        }
        return json.dumps(data, indent=1, ensure_ascii=False, default=str) + "\n"


def from_json(text: str) -> Fixture:
    """The fixture that `as_json` wrote. Raises ValueError, KeyError or TypeError for JSON of another form."""
    data = json.loads(text)
    rows, structure, usage = data["rows"], data["message_structure"], data["turn_usage"]
    if data["class"] not in CLASSES:
        raise ValueError(f"{data['class']!r} is not a class of sessions")
    columns = tuple(structure[0]) if structure else _STRUCTURE
    if not all(name.isidentifier() for name in columns):  # they become part of a statement
        raise ValueError("message_structure has names that no column has")
    pair = Pair(
        "agent_messages",
        "agent_sessions",
        structure=None if structure is None else "message_structure",
        usage=None if usage is None else "turn_usage",
        columns=columns if structure is not None else (),
        made_by=data["class"],
        statements=() if data["has_foreign_keys"] else UNOWNED,
    )
    head = Head(pair, SESSION, data["updated_at"], bool(data["is_listed"]), data["created_at"])
    stored = StoredSession(
        head,
        tuple(StoredRow(row["id"], row["message_data"], row["created_at"]) for row in rows),
        structure=tuple(_structure_row(values) for values in structure or ()),
        usage=tuple(TurnTokens(*(one[name] for name in _USAGE)) for one in usage or ()),
    )
    return Fixture(stored, tuple(data["findings"]), data.get("branch", MAIN))


def _structure_row(values: Mapping[str, Any]) -> StructureRow:
    return StructureRow(
        values["id"],
        values["message_id"],
        values["branch_id"],
        values["sequence_number"],
        values.get("user_turn_number"),
        dict(values),
    )


def _fill(connection: sqlite3.Connection, stored: StoredSession) -> None:
    pair = stored.pair
    needed = "" if any(row.data is None for row in stored.rows) else " NOT NULL"
    text = "VARCHAR" if pair.made_by == "SQLAlchemySession" else "TEXT"
    connection.executescript(
        f"CREATE TABLE agent_sessions (session_id {text} PRIMARY KEY, created_at TIMESTAMP, updated_at TIMESTAMP);"
        f"CREATE TABLE agent_messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id {text} NOT NULL,"
        f" message_data TEXT{needed}, created_at TIMESTAMP, FOREIGN KEY (session_id) REFERENCES"
        " agent_sessions (session_id) ON DELETE CASCADE);"
    )
    if stored.head.is_listed:
        times = (stored.head.created, stored.head.used)
        connection.execute("INSERT INTO agent_sessions VALUES (?, ?, ?)", (SESSION, *times))
    rows = [(row.key, SESSION, None if row.data is None else row.text, row.created) for row in stored.rows]
    connection.executemany("INSERT INTO agent_messages VALUES (?, ?, ?, ?)", rows)
    if pair.structure is not None:
        _insert(
            connection, "message_structure", pair.columns, [row.values for row in stored.structure], not pair.statements
        )
    if pair.usage is not None:
        columns = ("session_id", "branch_id", "user_turn_number", "input_tokens", "output_tokens", "total_tokens")
        used = [(SESSION, one.branch, one.turn, one.input, one.output, one.total) for one in stored.usage]
        _insert(
            connection,
            "turn_usage",
            columns,
            [dict(zip(columns, one, strict=True)) for one in used],
            not pair.statements,
        )
    connection.commit()


def _insert(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: list[dict[str, Any]], is_owned: bool
) -> None:
    described = [f"{name} INTEGER PRIMARY KEY" if name == "id" else name for name in columns]
    described += [_OWNERS[name] for name in columns if is_owned and name in _OWNERS]
    connection.execute(f"CREATE TABLE {table} ({', '.join(described)})")
    marks = ", ".join("?" * len(columns))
    connection.executemany(
        f"INSERT INTO {table} VALUES ({marks})", [[row.get(name) for name in columns] for row in rows]
    )


_OWNERS = {
    "session_id": "FOREIGN KEY (session_id) REFERENCES agent_sessions (session_id) ON DELETE CASCADE",
    "message_id": "FOREIGN KEY (message_id) REFERENCES agent_messages (id) ON DELETE CASCADE",
}
"""AdvancedSQLiteSession does not open tables without them."""
