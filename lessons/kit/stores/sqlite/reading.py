"""The queries that read the tables of a SQLite session."""

import sqlite3
from collections.abc import Sequence

from lessons.kit.stores.rows import PICTURE_ROWS, Row, RowPage, TablePicture, as_text
from lessons.kit.stores.table_names import Tables


def read_page(
    connection: sqlite3.Connection,
    tables: Tables,
    session_id: str,
    before: int | None,
    after: int | None,
    limit: int,
) -> RowPage:
    """A page by key, whose cost does not depend on the number of rows. Its `total` stays 0."""
    older, newer = before if before is not None else _AFTER_ALL, after if after is not None else -1
    newest_first = after is None
    found = connection.execute(
        f"SELECT id, session_id, message_data, created_at FROM {tables.messages} "
        f"WHERE session_id = ? AND id < ? AND id > ? ORDER BY id {'DESC' if newest_first else 'ASC'} LIMIT ?",
        (session_id, older, newer, limit),
    ).fetchall()
    if newest_first:
        found.reverse()
    rows = tuple(Row(key, as_text(owner), as_text(data), as_text(created)) for key, owner, data, created in found)
    if not rows:
        return RowPage()
    return RowPage(
        rows,
        has_older=_exists(connection, tables, session_id, "id < ?", rows[0].key),
        has_newer=_exists(connection, tables, session_id, "id > ?", rows[-1].key),
    )


def read_newest(connection: sqlite3.Connection, tables: Tables, limit: int) -> tuple[Row, ...]:
    """The newest rows of all sessions together, in stored order."""
    query = f"SELECT id, session_id, message_data, created_at FROM {tables.messages} ORDER BY id DESC LIMIT ?"
    found = connection.execute(query, (limit,)).fetchall()
    return tuple(Row(key, as_text(owner), as_text(data), as_text(created)) for key, owner, data, created in found[::-1])


_AFTER_ALL = 2**63 - 1


def read_total(connection: sqlite3.Connection, tables: Tables, session_id: str) -> int:
    """The number of item rows of a session."""
    query = f"SELECT COUNT(*) FROM {tables.messages} WHERE session_id = ?"
    return int(connection.execute(query, (session_id,)).fetchone()[0])


def read_picture(
    connection: sqlite3.Connection, tables: Tables, session_id: str, more: Sequence[str] = ()
) -> tuple[TablePicture, ...]:
    """The newest rows of the session in its two tables, and in the tables of `more` that exist."""
    query = (
        f"SELECT id, session_id, message_data, created_at FROM {tables.messages} "
        "WHERE session_id = ? ORDER BY id DESC LIMIT ?"
    )
    newest = connection.execute(query, (session_id, PICTURE_ROWS + 1)).fetchall()
    items: dict[int | str, dict[str, str]] = {
        key: {"session_id": as_text(owner), "message_data": as_text(data), "created_at": as_text(created)}
        for key, owner, data, created in newest[PICTURE_ROWS - 1 :: -1]
    }
    query = f"SELECT session_id, created_at, updated_at FROM {tables.sessions} WHERE session_id = ?"
    sessions: dict[int | str, dict[str, str]] = {
        as_text(found): {"created_at": as_text(created), "updated_at": as_text(updated)}
        for found, created, updated in connection.execute(query, (session_id,))
    }
    return (
        TablePicture(tables.messages, items, complete=len(newest) <= PICTURE_ROWS),
        TablePicture(tables.sessions, sessions, key_name="session_id"),
        *(_picture_of(connection, table, session_id) for table in more if has_table(connection, table)),
    )


def _picture_of(connection: sqlite3.Connection, table: str, session_id: str) -> TablePicture:
    query = f"SELECT rowid AS key, * FROM {table} WHERE session_id = ? ORDER BY rowid DESC LIMIT ?"
    found = connection.execute(query, (session_id, PICTURE_ROWS + 1))
    columns = [name for name, *_ in found.description]
    newest = [dict(zip(columns, map(as_text, row), strict=True)) for row in found]
    rows: dict[int | str, dict[str, str]] = {int(row.pop("key")): row for row in newest[PICTURE_ROWS - 1 :: -1]}
    # A column that is an INTEGER PRIMARY KEY is the same as the rowid.
    key_name = "" if all(row.get("id") == str(key) for key, row in rows.items()) else "rowid"
    return TablePicture(table, rows, len(newest) <= PICTURE_ROWS, key_name)


def has_table(connection: sqlite3.Connection, table: str) -> bool:
    """Whether the file has a table of this name."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (table,)).fetchone() is not None


def read_schema(connection: sqlite3.Connection) -> str:
    """The statements that created the tables and indexes, as SQLite keeps them, '' if there are none."""
    found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name")
    return "\n\n".join(f"{_dedented(sql)};" for (sql,) in found)


def _exists(connection: sqlite3.Connection, tables: Tables, session_id: str, condition: str, key: int) -> bool:
    query = f"SELECT 1 FROM {tables.messages} WHERE session_id = ? AND {condition} LIMIT 1"
    return connection.execute(query, (session_id, key)).fetchone() is not None


def _dedented(sql: str) -> str:
    lines = [line.strip() for line in sql.splitlines()]
    return "\n".join(f"    {line}" if 0 < index < len(lines) - 1 else line for index, line in enumerate(lines))
