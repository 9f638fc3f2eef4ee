"""A PostgreSQL, MySQL or MariaDB server, asked in transactions that the server itself keeps from writing."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lessons.kit.inspect.opening.shapes import Table, find_pairs
from lessons.kit.inspect.opening.words import escaped, like
from lessons.kit.inspect.stored import (
    CHARACTERS_LIMIT,
    ROWS_LIMIT,
    CannotRead,
    Head,
    Hit,
    Medium,
    Pair,
    StoredRow,
    StoredSession,
    TimeIsUp,
)
from lessons.kit.stores.sql import limits

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

STATEMENT_SECONDS = 30
"""For one statement; the server itself ends it then."""
_CHUNK = 200


class ServerPlace:
    """The sessions of one database. `label` is the name of the variable that holds its address."""

    def __init__(self, label: str, url: str) -> None:
        self.label = label
        self.medium: Medium = "PostgreSQL" if url.startswith("postgres") else "MySQL"
        self._engine = _postgresql(url) if self.medium == "PostgreSQL" else _mysql(url)

    @contextmanager
    def connected(self) -> "Iterator[Connection]":
        """A connection within one transaction that reads one state of the database, and cannot write."""
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise _in_words(self.label, error.orig) from error
        except SQLAlchemyError as error:
            raise CannotRead(f"{self.label}: {type(error).__name__}.") from error
        except OSError as error:
            raise CannotRead(f"{self.label}: the server does not answer ({type(error).__name__}).") from error

    def pairs(self) -> list[Pair]:
        from sqlalchemy import text

        here = "= database()" if self.medium == "MySQL" else "= ANY (current_schemas(false))"
        columns = (
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            f" WHERE table_schema {here} ORDER BY table_name, ordinal_position"
        )
        tables: dict[str, dict[str, str]] = {}
        with self.connected() as connection:
            for table, column, kind in connection.execute(text(columns)):
                tables.setdefault(str(table), {})[str(column)] = str(kind)
            refers_to = {name: self._refers_to(connection, name) for name in tables if "message_data" in tables[name]}
        described = {name: Table(kinds, refers_to.get(name, {})) for name, kinds in tables.items()}
        # Only SQLAlchemySession keeps its rows on such a server.
        return [
            replace(pair, structure=None, usage=None, made_by="SQLAlchemySession", medium=self.medium)
            for pair in find_pairs(described)
        ]

    def _refers_to(self, connection: "Connection", table: str) -> dict[str, str]:
        from sqlalchemy import inspect

        keys = inspect(connection).get_foreign_keys(table)
        return {one["constrained_columns"][0]: one["referred_table"] for one in keys if one["constrained_columns"]}

    def newest(self, pair: Pair, limit: int, since: str = "") -> list[Head]:
        from sqlalchemy import and_, func, literal, select

        messages, sessions = _tables(pair)
        with self.connected() as connection:
            listed: list[Head] = []
            if sessions is None:
                query = select(messages.c.session_id, func.max(messages.c.created_at)).group_by(messages.c.session_id)
                found = [Head(pair, str(one), _time(at)) for one, at in connection.execute(query)]
                found = [head for head in found if head.used[:19] >= since]
                return sorted(found, key=lambda head: head.used, reverse=True)[:limit]
            used = sessions.c.updated_at if pair.updated else sessions.c.created_at
            wanted = used >= datetime.fromisoformat(since) if since else literal(True)
            made = sessions.c.created_at
            query = select(sessions.c.session_id, used, made).where(wanted).order_by(used.desc()).limit(limit)
            listed = [
                Head(pair, str(one), _time(at), created=_time(since)) for one, at, since in connection.execute(query)
            ]
            known = select(sessions.c.session_id).where(sessions.c.session_id == messages.c.session_id).exists()
            newest = func.max(messages.c.created_at)
            query = (
                select(messages.c.session_id, newest).where(and_(~known)).group_by(messages.c.session_id).limit(limit)
            )
            others = [Head(pair, str(one), _time(at), is_listed=False) for one, at in connection.execute(query)]
            return [*(one for one in others if one.used[:19] >= since), *listed][:limit]

    def find(self, pair: Pair, session_id: str) -> Head | None:
        from sqlalchemy import select

        messages, sessions = _tables(pair)
        with self.connected() as connection:
            if sessions is not None:
                used = sessions.c.updated_at if pair.updated else sessions.c.created_at
                query = select(used, sessions.c.created_at).where(sessions.c.session_id == session_id)
                row = connection.execute(query).first()
                if row is not None:
                    return Head(pair, session_id, _time(row[0]), created=_time(row[1]))
            query = select(messages.c.session_id).where(messages.c.session_id == session_id).limit(1)
            found = connection.execute(query).first()
            return Head(pair, session_id, is_listed=sessions is None) if found is not None else None

    def read(self, head: Head, rows_limit: int = ROWS_LIMIT) -> StoredSession:
        from sqlalchemy import select

        messages, _ = _tables(head.pair)
        order = (messages.c.created_at.desc(), messages.c.id.desc())
        query = (
            select(messages.c.id, messages.c.message_data, messages.c.created_at)
            .where(messages.c.session_id == head.session_id)
            .order_by(*order)
            .limit(rows_limit + 1)
        )
        rows: list[StoredRow] = []
        room, is_whole = CHARACTERS_LIMIT, True
        with self.connected() as connection:
            for key, data, created in connection.execution_options(stream_results=True, yield_per=_CHUNK).execute(
                query
            ):
                room -= len(data or "")
                if len(rows) == rows_limit or room < 0:
                    is_whole = False
                    break
                rows.append(StoredRow(key, data, _time(created)))
        return StoredSession(head, tuple(sorted(rows, key=lambda row: row.key)), is_whole)

    def size(self, head: Head, limit: int) -> tuple[int, int]:
        from sqlalchemy import func, select

        messages, _ = _tables(head.pair)
        part = select(messages.c.message_data).where(messages.c.session_id == head.session_id).limit(limit).subquery()
        query = select(func.count(), func.sum(func.char_length(part.c.message_data))).select_from(part)
        with self.connected() as connection:
            items, characters = connection.execute(query).one()
        return int(items), int(characters or 0)

    def search(self, pair: Pair, words: str, limit: int) -> list[Hit]:
        from sqlalchemy import func, or_, select

        messages, sessions = _tables(pair)
        patterns = (like(words), like(escaped(words)))
        says = or_(*(messages.c.message_data.ilike(one, escape="!") for one in dict.fromkeys(patterns)))
        found: dict[str, Hit] = {}
        with self.connected() as connection:
            ids = (sessions if sessions is not None else messages).c.session_id
            query = select(ids).where(ids.ilike(patterns[0], escape="!")).distinct().limit(limit)
            for (one,) in connection.execute(query):
                found[str(one)] = Hit(str(one), None, str(one))
            newest = select(func.max(messages.c.id)).where(says).group_by(messages.c.session_id).limit(limit)
            keys = [key for (key,) in connection.execute(newest)]
            query = select(messages.c.session_id, messages.c.id, messages.c.message_data).where(messages.c.id.in_(keys))
            for one, key, data in connection.execute(query):
                found.setdefault(str(one), Hit(str(one), key, str(data)))
        return list(found.values())[:limit]

    def newest_rows(self, pair: Pair, limit: int) -> list[tuple[str, StoredRow]]:
        from sqlalchemy import select

        messages, _ = _tables(pair)
        row = (messages.c.session_id, messages.c.id, messages.c.message_data, messages.c.created_at)
        query = select(*row).order_by(messages.c.id.desc()).limit(limit)
        with self.connected() as connection:
            rows = connection.execution_options(stream_results=True, yield_per=_CHUNK).execute(query)
            return [(str(one), StoredRow(key, data, _time(created))) for one, key, data, created in rows]

    def changed(self, session_id: str | None) -> str:
        from sqlalchemy import func, select

        told = []
        for pair in self.pairs():
            messages, sessions = _tables(pair)
            queries = [select(func.max(messages.c.id))]
            if session_id is not None:
                rows = select(messages.c.id).where(messages.c.session_id == session_id).limit(10_000).subquery()
                queries = [select(func.max(rows.c.id)), select(func.count()).select_from(rows)]
            elif sessions is not None and pair.updated:
                queries.append(select(func.max(sessions.c.updated_at)))
            with self.connected() as connection:
                told += [str(connection.execute(query).scalar()) for query in queries]
        return " ".join(told)

    def close(self) -> None:
        self._engine.dispose()


def _tables(pair: Pair) -> tuple[Any, Any]:
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
    if pair.sessions is None:
        return messages, None
    columns: list[Any] = [Column("session_id", String), Column("created_at", DateTime), Column("updated_at", DateTime)]
    return messages, Table(pair.sessions, known, *columns)


def _time(value: Any) -> str:
    """UTC with microseconds: rows of one batch share them in PostgreSQL."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo is not None else value
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"
    return "" if value is None else str(value)


def _postgresql(url: str) -> "Engine":
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
    from sqlalchemy import create_engine

    at = url.partition("://")[2]
    settings = {"default_transaction_read_only": "on", "statement_timeout": STATEMENT_SECONDS * 1000, "timezone": "UTC"}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())

    def connect() -> Any:
        whole = math.ceil(limits.CONNECT_SECONDS)  # libpq drops what comes after the point
        asked: dict[str, Any] = conninfo_to_dict(f"postgresql://{at}")
        # Those of the address first: a search path, for one, says which tables are meant.
        asked |= {"options": f"{asked.get('options') or ''} {options}", "connect_timeout": whole}
        connection = psycopg.connect(**asked)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return connection

    return create_engine("postgresql+psycopg://", creator=connect, pool_size=1, max_overflow=0)


def _mysql(url: str) -> "Engine":
    import pymysql
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url

    from lessons.kit.stores.sql.mysql import connection_arguments

    address = f"mysql://{url.partition('://')[2]}"
    at = make_url(address)

    def connect() -> Any:
        connection = pymysql.connect(
            **connection_arguments(address),
            database=at.database,
            read_timeout=STATEMENT_SECONDS + limits.ANSWER_SECONDS,
            write_timeout=limits.ANSWER_SECONDS,
        )
        connection.query("SET SESSION TRANSACTION READ ONLY")
        connection.query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.query("SET time_zone = '+00:00'")
        is_mariadb = "mariadb" in str(connection.server_version).lower()  # type: ignore[attr-defined]
        limit = (
            f"max_statement_time = {STATEMENT_SECONDS}"
            if is_mariadb
            else f"max_execution_time = {STATEMENT_SECONDS}000"
        )
        connection.query(f"SET SESSION {limit}")
        return connection

    return create_engine("mysql+pymysql://", creator=connect, pool_size=1, max_overflow=0)


_ENDED = ("statement timeout", "max_statement_time", "maximum statement execution time")


def _in_words(label: str, error: BaseException | None) -> Exception:
    """The error with no part of the address: the driver's own words can name the user and the host."""
    said = str(error).lower()
    if any(words in said for words in _ENDED):
        return TimeIsUp(f"{label}: a statement took longer than {STATEMENT_SECONDS} seconds.")
    if "read-only" in said or "read only" in said:
        return CannotRead(f"{label}: the server refused a write, since the transaction reads only.")
    return CannotRead(f"{label}: the server refused or did not answer ({type(error).__name__}).")
