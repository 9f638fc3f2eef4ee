"""The queries that read the tables of a SQLAlchemySession on a server, in SQLAlchemy Core for every dialect."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from lessons.kit.stores.rows import PICTURE_ROWS, Row, RowPage, TablePicture, picture_of_items
from lessons.kit.stores.session_list import Metadata, SessionPage, SessionSummary, Sort, cut_page, first_line
from lessons.kit.stores.sql.tables import Defined

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


class ForeignValue(Exception):
    """A table has the columns of the session class, but values that the class does not store."""


def read_page(
    connection: "Connection", tables: Defined, session_id: str, before: int | None, after: int | None, limit: int
) -> RowPage:
    """A page in the SDK's order: created_at, then id. A session that fits on one page is read with one statement.

    Raises ForeignValue.
    """
    from sqlalchemy import func, select

    messages = tables.messages
    own = messages.c.session_id == session_id

    def counted() -> int:
        return int(connection.execute(select(func.count()).select_from(messages).where(own)).scalar_one())

    newest_first = after is None
    query = select(messages).where(own)
    start = before if newest_first else after
    if start is not None:
        position = _position(connection, tables, session_id, start)
        if position is None and newest_first:
            return RowPage(total=counted())
        if position is not None:
            query = query.where(_older(tables, position) if newest_first else _newer(tables, position))
    order = (messages.c.created_at, messages.c.id)
    query = query.order_by(*(column.desc() for column in order) if newest_first else order).limit(limit + 1)
    found = list(connection.execute(query))
    goes_on = len(found) > limit
    del found[limit:]
    if newest_first:
        found.reverse()
    rows = tuple(map(_row, found))
    if start is None and not goes_on:
        return RowPage(rows, len(rows))
    if not rows:
        return RowPage(total=counted())
    first, last = (found[0].created_at, found[0].id), (found[-1].created_at, found[-1].id)

    def exists(condition: "ColumnElement[bool]") -> bool:
        return connection.execute(select(messages.c.id).where(own, condition).limit(1)).first() is not None

    has_older = goes_on if newest_first else exists(_older(tables, first))
    has_newer = exists(_newer(tables, last)) if newest_first else goes_on
    return RowPage(rows, counted(), has_older, has_newer)


def read_newest(connection: "Connection", tables: Defined, limit: int) -> tuple[Row, ...]:
    """The newest rows of all sessions together, in stored order."""
    from sqlalchemy import select

    found = connection.execute(select(tables.messages).order_by(tables.messages.c.id.desc()).limit(limit))
    return tuple(map(_row, list(found)[::-1]))


def read_picture(connection: "Connection", tables: Defined, session_id: str) -> tuple[TablePicture, ...]:
    """The newest rows of the session in both tables."""
    from sqlalchemy import select

    page = read_page(connection, tables, session_id, None, None, PICTURE_ROWS)
    query = select(tables.sessions).where(tables.sessions.c.session_id == session_id)
    sessions = {
        found.session_id: {"created_at": shown_time(found.created_at), "updated_at": shown_time(found.updated_at)}
        for found in connection.execute(query)
    }
    return (
        TablePicture(tables.messages.name, picture_of_items(page.rows), complete=not page.has_older),
        TablePicture(tables.sessions.name, sessions, key_name="session_id"),
    )


def read_session_ids(connection: "Connection", tables: Defined, limit: int) -> list[str]:
    """The ids of up to `limit` sessions, the last used first."""
    from sqlalchemy import select

    sessions = tables.sessions
    query = select(sessions.c.session_id).order_by(*_order(tables, "last used")).limit(limit)
    return list(connection.execute(query).scalars())


def read_sessions(connection: "Connection", tables: Defined, search: str, sort: Sort, page: int) -> SessionPage:
    """One page of the sessions whose id contains `search`, ignoring case."""
    from sqlalchemy import select

    sessions = tables.sessions
    query = select(sessions.c.session_id).order_by(*_order(tables, sort))
    if search:
        query = query.where(sessions.c.session_id.icontains(search, autoescape=True))
    found = list(connection.execute(query).scalars())
    shown, number = cut_page(found, page)
    read = _summaries(connection, tables, shown)
    # A session that was deleted between the two statements is left out.
    return SessionPage(tuple(read[one] for one in shown if one in read), len(found), number)


def shown_time(time: datetime | None) -> str:
    """The time in UTC with microseconds, '' for None. In PostgreSQL, all rows of one batch have the same time."""
    if time is None:
        return ""
    if not isinstance(time, datetime):
        raise ForeignValue(f"a time is {time!r:.40}")
    return f"{time:%Y-%m-%d %H:%M:%S.%f}"


def _summaries(connection: "Connection", tables: Defined, session_ids: list[str]) -> dict[str, SessionSummary]:
    """The summaries of these sessions by id, in one statement, since every statement is a round trip to the server."""
    from sqlalchemy import func, select

    messages, sessions = tables.messages, tables.sessions
    of_it = messages.c.session_id == sessions.c.session_id
    first = select(messages.c.message_data).where(of_it).order_by(messages.c.created_at, messages.c.id).limit(1)
    count = select(func.count()).select_from(messages).where(of_it)
    query = select(
        *(sessions.c.session_id, sessions.c.created_at, sessions.c.updated_at),
        first.scalar_subquery().label("first"),
        count.scalar_subquery().label("total"),
    ).where(sessions.c.session_id.in_(session_ids))
    return {
        row.session_id: SessionSummary(
            row.session_id,
            first_line(row.first or ""),
            row.total,
            shown_time(row.created_at)[:19],
            shown_time(row.updated_at)[:19],
            Metadata(),
        )
        for row in connection.execute(query)
    }


def _order(tables: Defined, sort: Sort) -> "list[ColumnElement[Any]]":
    sessions = tables.sessions
    # On MySQL, the SDK writes updated_at in whole seconds. created_at orders the sessions of one second.
    orders: dict[Sort, list[ColumnElement[Any]]] = {
        "last used": [sessions.c.updated_at.desc(), sessions.c.created_at.desc()],
        "created": [sessions.c.created_at.desc(), sessions.c.session_id],
        "session id": [sessions.c.session_id],
    }
    return orders[sort]


def _position(connection: "Connection", tables: Defined, session_id: str, key: int) -> tuple[datetime, int] | None:
    """created_at and id of the row with this key, or of its place if it is gone. None before all rows."""
    from sqlalchemy import select

    messages = tables.messages
    query = select(messages.c.created_at).where(messages.c.session_id == session_id, messages.c.id <= key)
    created = connection.execute(query.order_by(messages.c.id.desc()).limit(1)).scalar()
    return None if created is None else (created, key)


def _older(tables: Defined, position: tuple[datetime, int]) -> "ColumnElement[bool]":
    created, key, c = *position, tables.messages.c
    return (c.created_at < created) | ((c.created_at == created) & (c.id < key))


def _newer(tables: Defined, position: tuple[datetime, int]) -> "ColumnElement[bool]":
    created, key, c = *position, tables.messages.c
    return (c.created_at > created) | ((c.created_at == created) & (c.id > key))


def _row(found: Any) -> Row:
    if not (isinstance(found.id, int) and isinstance(found.message_data, str)):
        raise ForeignValue(f"a row has the id {found.id!r:.40} and the item {found.message_data!r:.40}")
    return Row(found.id, found.session_id, found.message_data, shown_time(found.created_at))
