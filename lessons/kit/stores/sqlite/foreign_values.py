"""Finds a value in the tables of a SQLite file that neither its session class nor the app writes."""

import sqlite3
from collections.abc import Iterable

NUMBERS = frozenset(
    (
        "id",
        "message_id",
        "sequence_number",
        "user_turn_number",
        "branch_turn_number",
        "requests",
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "generation",
    )
)
TEXTS = frozenset(
    ("session_id", "message_data", "created_at", "updated_at", "branch_id", "message_type", "owner", "title", "tags")
)
_MAY_BE_NULL = ("user_turn_number", "requests", "input_tokens", "output_tokens", "total_tokens")
"""Columns for which the session class can leave out a value."""
_CALLED = {"integer": "a whole number", "text": "text", "real": "a number", "blob": "bytes", "null": "empty"}


def foreign_value(connection: sqlite3.Connection, tables: Iterable[str]) -> str:
    """What is wrong with the first such value, as a clause, '' if every value has its type. Raises sqlite3.Error."""
    for table in tables:
        columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
        for column in columns:
            if column not in NUMBERS | TEXTS:
                continue
            wanted = "integer" if column in NUMBERS else "text"
            allowed = (wanted, "null") if column in _MAY_BE_NULL else (wanted,)
            query = (
                f"SELECT typeof({column}) FROM {table} WHERE typeof({column}) NOT IN ({', '.join('?' * len(allowed))})"
            )
            found = connection.execute(f"{query} LIMIT 1", allowed).fetchone()
            if found is not None:
                return f"a value of {column} in the table {table} is {_CALLED[found[0]]}, not {_CALLED[wanted]}"
            if column == "tags" and _has_other_tags(connection, table):
                return f"a value of tags in the table {table} is not a JSON list"
    return ""


def _has_other_tags(connection: sqlite3.Connection, table: str) -> bool:
    is_list = "CASE WHEN json_valid(tags) THEN json_type(tags) = 'array' ELSE 0 END"
    return connection.execute(f"SELECT 1 FROM {table} WHERE NOT {is_list} LIMIT 1").fetchone() is not None
