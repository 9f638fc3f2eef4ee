"""Lists, describes and renames the sessions of a SQLite store. The SDK cannot do this, so it is SQL on the SDK's tables."""

import json
import sqlite3
from collections.abc import Sequence

from lessons.kit.stores.rows import as_text
from lessons.kit.stores.session_list import Metadata, SessionSummary, Sort, first_line
from lessons.kit.stores.sqlite.reading import has_table
from lessons.kit.stores.table_names import Tables

METADATA_TABLE = "session_metadata"


SORTS: dict[Sort, str] = {
    "last used": "updated_at DESC, rowid DESC",
    "created": "created_at DESC, rowid DESC",
    "session id": "session_id",
}


def find_session_ids(connection: sqlite3.Connection, tables: Tables, search: str, sort: Sort) -> list[str]:
    """All ids, in this order, whose id, owner, title or tags contain `search`. It ignores the case of ASCII letters."""
    where, given = "", {}
    if search:
        where, given = "WHERE session_id LIKE :like ESCAPE '\\'", {"like": f"%{_escaped(search)}%"}
        if _has_metadata(connection):
            where += (
                f" OR session_id IN (SELECT session_id FROM {METADATA_TABLE} WHERE owner LIKE :like ESCAPE '\\' OR title "
                "LIKE :like ESCAPE '\\' OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value LIKE :like ESCAPE '\\'))"
            )
    query = f"SELECT session_id FROM {tables.sessions} {where} ORDER BY {SORTS[sort]}"
    return [str(session_id) for (session_id,) in connection.execute(query, given)]


def summarise(connection: sqlite3.Connection, tables: Tables, session_id: str) -> SessionSummary | None:
    """The summary of one session, None if it does not exist. The cost does not depend on the number of other sessions."""
    query = f"SELECT created_at, updated_at FROM {tables.sessions} WHERE session_id = ?"
    times = connection.execute(query, (session_id,)).fetchone()
    if times is None:
        return None
    first = connection.execute(
        f"SELECT message_data FROM {tables.messages} WHERE session_id = ? ORDER BY id LIMIT 1", (session_id,)
    ).fetchone()
    count = connection.execute(f"SELECT COUNT(*) FROM {tables.messages} WHERE session_id = ?", (session_id,))
    return SessionSummary(
        session_id,
        first_line(as_text(first[0])) if first else "",
        count.fetchone()[0],
        str(times[0]),
        str(times[1]),
        read_metadata(connection, session_id),
    )


def read_metadata(connection: sqlite3.Connection, session_id: str) -> Metadata:
    """Owner, title and tags of a session, empty if none are kept."""
    if not _has_metadata(connection):
        return Metadata()
    query = f"SELECT owner, title, tags FROM {METADATA_TABLE} WHERE session_id = ?"
    found = connection.execute(query, (session_id,)).fetchone()
    return Metadata(found[0], found[1], tuple(json.loads(found[2]))) if found else Metadata()


def write_metadata(connection: sqlite3.Connection, tables: Tables, session_id: str, metadata: Metadata) -> bool:
    """Keep the metadata of a session. A trigger deletes it when any program deletes the session's row.

    A foreign key would not do this, since the SDK's connections do not enforce them. False if the session does not exist:
    then nothing would ever delete the metadata, so it is not kept.
    """
    if not _exists(connection, tables.sessions, session_id):
        return False
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {METADATA_TABLE} (session_id TEXT PRIMARY KEY, owner TEXT NOT NULL, "
        "title TEXT NOT NULL, tags TEXT NOT NULL)"
    )
    connection.execute(
        f"CREATE TRIGGER IF NOT EXISTS forget_{METADATA_TABLE} AFTER DELETE ON {tables.sessions} "
        f"BEGIN DELETE FROM {METADATA_TABLE} WHERE session_id = OLD.session_id; END"
    )
    connection.execute(
        f"INSERT OR REPLACE INTO {METADATA_TABLE} VALUES (?, ?, ?, ?)",
        (session_id, metadata.owner, metadata.title, json.dumps(metadata.tags)),
    )
    return True


def rename(
    connection: sqlite3.Connection, tables: Tables, session_id: str, new_id: str, more: Sequence[str] = ()
) -> bool:
    """Give all rows of a session another id, also in the tables of `more` that exist.

    False if a session with the new id exists. Then nothing is changed.
    """
    if any(_exists(connection, table, new_id) for table in (tables.sessions, tables.messages)):
        return False
    names = [tables.sessions, tables.messages, *([METADATA_TABLE] if _has_metadata(connection) else [])]
    for name in names:
        connection.execute(f"UPDATE {name} SET session_id = ? WHERE session_id = ?", (new_id, session_id))
    for name in more:
        if has_table(connection, name):  # replaces rows that a cleared session with the new id has left
            connection.execute(
                f"UPDATE OR REPLACE {name} SET session_id = ? WHERE session_id = ?", (new_id, session_id)
            )
    return True


def _exists(connection: sqlite3.Connection, table: str, session_id: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {table} WHERE session_id = ?", (session_id,)).fetchone() is not None


def _has_metadata(connection: sqlite3.Connection) -> bool:
    return has_table(connection, METADATA_TABLE)


def _escaped(search: str) -> str:
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
