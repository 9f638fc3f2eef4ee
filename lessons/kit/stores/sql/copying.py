"""Copies the two tables of a SQLAlchemySession on a server to JSON, and writes them back with the same ids and times."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from lessons.kit.stores.sql.tables import Defined

if TYPE_CHECKING:
    from sqlalchemy import Connection


def read_copy(connection: "Connection", tables: Defined) -> dict[str, Any]:
    """All rows of both tables as lists of values, under "sessions" and "messages"."""
    from sqlalchemy import select

    return {
        name: [
            [_kept(value) for value in row]
            for row in connection.execute(select(table).order_by(*table.primary_key.columns))
        ]
        for name, table in (("sessions", tables.sessions), ("messages", tables.messages))
    }


def write_copy(connection: "Connection", tables: Defined, copy: dict[str, Any]) -> None:
    """Replace all rows of the tables, which must exist, with these."""
    for table in (tables.messages, tables.sessions):
        connection.execute(table.delete())
    for table, rows in ((tables.sessions, copy["sessions"]), (tables.messages, copy["messages"])):
        names = [column.name for column in table.columns]
        if rows:
            connection.execute(table.insert(), [_given(dict(zip(names, row, strict=True))) for row in rows])


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _given(row: dict[str, Any]) -> dict[str, Any]:
    return {name: datetime.fromisoformat(value) if name.endswith("_at") else value for name, value in row.items()}
