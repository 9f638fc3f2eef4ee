"""The two tables of sessions on a SQL server, and parts of statements about them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from lessons.kit.inspect.opening.shapes import Table as Described
from lessons.kit.inspect.stored import SHORT_ROWS, Head, Pair, StoredRow, StoredSession


@lru_cache(64)
def tables(pair: Pair) -> tuple[Any, Any]:
    """The tables of messages and of sessions, the second None if no table lists the sessions; the same objects each time.

    Ids that are not texts are cast: PostgreSQL does not compare a number or a UUID with a text.
    """
    from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text

    known = MetaData()
    messages = Table(
        pair.messages,
        known,
        Column("id", Integer),
        Column("session_id", String),
        Column("message_data", Text),
        Column("created_at", DateTime),
    )
    columns: list[Any] = [Column("session_id", String), Column("created_at", DateTime), Column("updated_at", DateTime)]
    sessions = Table(pair.sessions, known, *columns) if pair.sessions is not None else None
    if pair.id_type:
        return _as_text(messages, pair), _as_text(sessions, pair)
    return messages, sessions


def _as_text(table: Any, pair: Pair) -> Any:
    from sqlalchemy import CHAR, Text, cast, select

    if table is None:
        return None
    others = [column for column in table.c if column.name != "session_id"]
    kind = Text() if pair.medium == "PostgreSQL" else CHAR(255)
    return select(cast(table.c.session_id, kind).label("session_id"), *others).subquery(table.name)


def id_type(table: Described) -> str:
    """The type of the ids, '' for a text. A user-defined type counts as a text."""
    kind = table.columns["session_id"].lower()
    return "" if any(one in kind for one in ("char", "text", "user-defined")) else kind


def columns_of(connection: Any, medium: str) -> dict[str, dict[str, str]]:
    """The types of the columns of each table of the database, or of the search path on PostgreSQL.

    There, a partition is left out: its rows are those of its table.

    Views are among them if no table has items. A view can leave out rows that every run reads, so what looks wrong in it may
    be right.
    """
    from sqlalchemy import text

    here = "= database()" if medium == "MySQL" else f"= ANY (current_schemas(false)) AND EXISTS ({_IS_MEANT})"
    query = (
        "SELECT c.table_name, c.column_name, c.data_type, t.table_type FROM information_schema.columns c"
        " JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name"
        f" WHERE c.table_schema {here} ORDER BY c.table_name, c.ordinal_position"
    )
    columns: dict[str, dict[str, str]] = {}
    views = set()
    for table, column, kind, what in connection.execute(text(query)):
        name = str(column).lower() if medium == "MySQL" else str(column)  # MySQL reads SESSION_ID as session_id
        columns.setdefault(str(table), {})[name] = str(kind)
        if "VIEW" in str(what).upper():
            views.add(str(table))
    left_out = views if any(map(has_items, (columns[name] for name in columns.keys() - views))) else set()
    return {name: of_one for name, of_one in columns.items() if name not in left_out}


def has_items(columns: Mapping[str, str]) -> bool:
    return "session_id" in columns and "message_data" in columns


def tables_of(connection: Any, medium: str) -> dict[str, Described]:
    """The tables of `columns_of`; those with items also say what their columns refer to."""
    from sqlalchemy import inspect

    found = {}
    for name, columns in columns_of(connection, medium).items():
        keys = inspect(connection).get_foreign_keys(name) if has_items(columns) else []
        found[name] = Described(
            columns,
            {one["constrained_columns"][0]: one["referred_table"] for one in keys if one["constrained_columns"]},
        )
    return found


def not_of_the_class(columns: Mapping[str, Mapping[str, str]], medium: str) -> dict[str, str]:
    """Why tables of items are not looked at: SQLAlchemySession raises on them, since it asks for created_at and keeps texts."""
    raises = {} if medium == "MySQL" else _RAISES  # MySQL takes and gives texts for its JSON
    why = {
        name: f"message_data of {name} has the type {of_one['message_data']}, and with this type {raised}"
        if (raised := raises.get(of_one["message_data"].lower()))
        else f"{name} has no column created_at, and without it every read of SQLAlchemySession raises"
        for name, of_one in columns.items()
        if has_items(of_one) and ("created_at" not in of_one or of_one["message_data"].lower() in raises)
    }
    return {name: f"{says}. The table was not looked at." for name, says in why.items()}


def in_another_schema(connection: Any) -> dict[str, str]:
    """Where PostgreSQL has a table of items outside of the search path: its schema must be named."""
    from sqlalchemy import text

    query = (
        "SELECT table_schema, min(table_name) FROM information_schema.columns"
        " WHERE column_name IN ('session_id', 'message_data') AND table_schema <> ALL (current_schemas(true))"
        " GROUP BY table_schema, table_name HAVING count(*) = 2 ORDER BY 1, 2 LIMIT 1"
    )
    return {
        f"{schema}.{name}": f"no schema of the search path has a table of sessions, and the schema {schema} has {name}. To "
        f"check it, add ?options=-csearch_path%3D{quote(str(schema), safe='')} to the address."
        for schema, name in connection.execute(text(query))
    }


def time(value: Any) -> str:
    """A time as UTC text with microseconds: in PostgreSQL, all rows of one batch have the same time. '' for None."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo is not None else value
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"
    return "" if value is None else str(value)


def last_use(sessions: Any, pair: Pair) -> Any:
    return sessions.c.updated_at if pair.updated else sessions.c.created_at


def used_in(sessions: Any, pair: Pair, day: str = "", since: str = "") -> list[Any]:
    """The conditions for sessions that were last used on `day` (YYYY-MM-DD), and at or after `since`, if they are not ''."""
    used, wanted = last_use(sessions, pair), []
    if day:
        first = datetime.fromisoformat(day)
        wanted += [used >= first, used < first + timedelta(days=1)]
    return [*wanted, used >= datetime.fromisoformat(since)] if since else wanted


def unlisted(connection: Any, pair: Pair, says: Callable[[Any], Any]) -> Any:
    """Selects the sessions that no row lists and whose id `says` accepts, each with its last use.

    If sessions have many rows, each id is looked up once in the index, not once for each of its rows.
    """
    from sqlalchemy import func, literal, select

    messages, sessions = tables(pair)
    name, made = messages.c.session_id, messages.c.created_at
    looked_up = _sessions_are_long(connection, pair)
    if looked_up:
        ids: Any = select(func.min(name).label("session_id")).cte(_IDS, recursive=True)
        following = select(func.min(name)).where(name > ids.c.session_id).scalar_subquery()
        one = ids.union_all(select(following).where(ids.c.session_id.is_not(None))).c.session_id
        used = select(func.max(made)).where(name == one).scalar_subquery().label("used")
    else:
        one, used = name, func.max(made).label("used")
    query = select(one, used).where(one.is_not(None), says(one))
    if sessions is not None:
        query = query.where(~select(literal(1)).where(sessions.c.session_id == one).exists())
    return (query if looked_up else query.group_by(one)).order_by(used.desc())


def short_sessions(connection: Any, pair: Pair, ids: Sequence[str]) -> dict[str, list[StoredRow] | None]:
    """The rows of these sessions, by their id. None for a session that is not short: it has a long row, or many.

    The text of a long row is left out: in one statement nothing else limits what the server sends.
    """
    found: dict[str, list[StoredRow] | None] = {one: [] for one in ids}
    asked = _each(connection, pair, ids) if pair.medium == "MySQL" else connection.execute(_numbered(pair, ids))
    for session_id, key, data, created, is_longer in asked:
        rows = found[session_id]
        found[session_id] = None if rows is None or is_longer else [*rows, StoredRow(key, data, time(created))]
    return {one: rows if rows is not None and len(rows) <= SHORT_ROWS else None for one, rows in found.items()}


def _each(connection: Any, pair: Pair, ids: Sequence[str]) -> Any:
    """A part of one statement for each session: MySQL compares texts without their case, and so each part as the class does."""
    one = f"CAST(session_id AS {TEXT[pair.medium]})" if pair.id_type else "session_id"
    is_long = f"coalesce(octet_length(message_data) > {SHORT_BYTES}, 0)"
    rows = f"%s, id, CASE WHEN {is_long} THEN NULL ELSE message_data END, created_at, {is_long}"
    messages = connection.dialect.identifier_preparer.quote(pair.messages)
    newest = f"WHERE {one} = %s ORDER BY created_at DESC, id DESC LIMIT {SHORT_ROWS + 1}"
    query = " UNION ALL ".join([f"(SELECT {rows} FROM {messages} {newest})"] * len(ids))
    return connection.exec_driver_sql(query, tuple(value for one in ids for value in (one, one)))


def _numbered(pair: Pair, ids: Sequence[str]) -> Any:
    from sqlalchemy import case, func, or_, select

    row = tables(pair)[0].c
    number = func.row_number().over(partition_by=row.session_id, order_by=(row.created_at.desc(), row.id.desc()))
    is_long = func.octet_length(row.message_data) > SHORT_BYTES
    data = case((is_long, None), else_=row.message_data).label("data")
    numbered = select(row.session_id, row.id, data, row.created_at, is_long.label("is_long"), number.label("number"))
    one = numbered.where(row.session_id.in_(ids)).subquery().c
    longer = or_(func.coalesce(one.is_long, False), one.number > SHORT_ROWS)
    return select(one.session_id, one.id, one.data, one.created_at, longer).where(one.number <= SHORT_ROWS + 1)


def in_key_order(head: Head, rows: Iterable[StoredRow], is_whole: bool = True) -> StoredSession:
    """A session of these rows. On PostgreSQL no class of the SDK finds an id that is not a text; MySQL compares it with one."""
    id_kind = head.pair.id_type if head.pair.medium == "PostgreSQL" else ""
    return StoredSession(head, tuple(sorted(rows, key=lambda row: row.key)), is_whole, id_kind=id_kind)


def _sessions_are_long(connection: Any, pair: Pair) -> bool:
    from sqlalchemy import func, inspect, literal, select

    messages, sessions = tables(pair)
    indexes = inspect(connection).get_indexes(pair.messages) if not pair.id_type else []
    if all(one["column_names"][:1] != ["session_id"] for one in indexes):
        return False
    if sessions is None:
        return True  # the number of sessions is not known without reading all rows
    newest = connection.execute(select(func.max(messages.c.id))).scalar() or 0
    some = select(literal(1)).select_from(sessions).limit(newest // _LOOK_UP + 1).subquery()
    return bool(connection.execute(select(func.count()).select_from(some)).scalar_one() * _LOOK_UP <= newest)


_RAISES = dict.fromkeys(("json", "jsonb"), "every call of SQLAlchemySession raises") | {
    "bytea": "every run that stores with SQLAlchemySession raises"
}
"""What PostgreSQL makes of a text for a column of this type."""
_IS_MEANT = (
    "SELECT 1 FROM pg_class p JOIN pg_namespace n ON n.oid = p.relnamespace WHERE n.nspname = c.table_schema"
    " AND p.relname = c.table_name AND NOT p.relispartition AND pg_table_is_visible(p.oid)"
)
"""The table that a statement finds by this name alone."""
SHORT_BYTES = 8_000
"""Bytes of the text of a row. A session with a longer row is read alone."""
_LOOK_UP = 30
"""To look up one id in an index takes a server as long as to read this many rows."""
_IDS = "ids of the rows"
"""A name within a statement. No table is likely to have it; if one had, the server would confuse the two."""
TEXT = {"PostgreSQL": "text", "MySQL": "char(255)"}
"""What ids that are not texts are cast to."""
OVERVIEWS = {
    "PostgreSQL": (
        "SELECT page.id, c.items, f.id, f.message_data, f.created_at FROM unnest(CAST(:ids AS text[])) AS page(id)"
        " LEFT JOIN LATERAL (SELECT id, message_data, created_at FROM {messages} m WHERE m.session_id = page.id"
        " ORDER BY created_at, id LIMIT 1) f ON true"
        " LEFT JOIN LATERAL (SELECT count(*) AS items FROM"
        " (SELECT 1 FROM {messages} m WHERE m.session_id = page.id LIMIT :most) AS counted) c ON true"
    ),
    # MariaDB does not have LATERAL. Each index of a table has the id of the row too.
    "MySQL": (
        "SELECT page.session_id, page.items, f.id, f.message_data, f.created_at FROM"
        " (SELECT session_id, count(*) AS items, min(id) AS first FROM {messages} m WHERE session_id IN :ids"
        " GROUP BY session_id) AS page JOIN {messages} f ON f.id = page.first"
    ),
}


def without_rights(connection: Any) -> dict[str, str]:
    """Why tables are not looked at that this user may not read, on PostgreSQL: those with items, and those named as the list
    of their sessions. information_schema leaves such tables out.
    """
    from sqlalchemy import text

    found = [(str(name), has_items, may_read) for name, has_items, may_read in connection.execute(text(_RIGHTS))]
    lists = {name.replace("messages", "sessions") for name, has_items, _ in found if has_items}
    names = [name for name, has_items, may_read in found if not may_read and (has_items or name in lists)]
    return {
        name: f"the user of this address may not read the table {name}, so it was not looked at. Grant it SELECT."
        for name in names
    }


_RIGHTS = """
SELECT c.relname, bool_or(a.attname = 'message_data'), bool_and(has_column_privilege(c.oid, a.attnum, 'SELECT'))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
AND a.attname IN ('session_id', 'message_data', 'created_at', 'updated_at') AND NOT a.attisdropped
GROUP BY c.oid, c.relname
HAVING bool_or(a.attname = 'session_id') AND bool_or(a.attname IN ('message_data', 'updated_at')) ORDER BY c.relname
"""
