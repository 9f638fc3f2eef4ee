"""A PostgreSQL, MySQL or MariaDB server, asked in transactions that the server itself lets only read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lessons.kit.inspect.opening.server_connection import in_words, mysql, postgresql
from lessons.kit.inspect.opening.server_tables import (
    OVERVIEWS,
    TEXT,
    columns_of,
    has_items,
    id_type,
    in_another_schema,
    in_key_order,
    last_use,
    not_of_the_class,
    short_sessions,
    tables,
    tables_of,
    time,
    unlisted,
    used_in,
    without_rights,
)
from lessons.kit.inspect.opening.shapes import find_pairs
from lessons.kit.inspect.opening.words import escaped, like, listing_of
from lessons.kit.inspect.stored import (
    CHARACTERS_LIMIT,
    COUNTED,
    FEW_ROWS,
    ROWS_LIMIT,
    SHORT_ROWS,
    CannotRead,
    Head,
    Hit,
    Listing,
    Medium,
    Overview,
    Pair,
    StoredRow,
    StoredSession,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

_CHUNK = 200


class ServerStorage:
    """The sessions of one database. `label` is the name of the variable that holds its address."""

    def __init__(self, label: str, url: str) -> None:
        self.label = label
        self.medium: Medium = "PostgreSQL" if url.startswith("postgres") else "MySQL"
        self._engine = postgresql(url) if self.medium == "PostgreSQL" else mysql(url)

    @contextmanager
    def connected(self) -> "Iterator[Connection]":
        """A connection within one transaction that reads one state of the database, and cannot write."""
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise in_words(self.label, error.orig) from error
        except SQLAlchemyError as error:
            raise CannotRead(f"{self.label}: {type(error).__name__}.") from error
        except OSError as error:
            raise CannotRead(f"{self.label}: the server does not answer ({type(error).__name__}).") from error

    def pairs(self) -> list[Pair]:
        with self.connected() as connection:
            described = tables_of(connection, self.medium)
        left_out = not_of_the_class({name: table.columns for name, table in described.items()}, self.medium)
        # Only SQLAlchemySession keeps its rows on such a server.
        return [
            replace(
                pair,
                structure=None,
                usage=None,
                made_by="SQLAlchemySession",
                medium=self.medium,
                id_type=id_type(described[pair.messages])
                or (id_type(described[pair.sessions]) if pair.sessions else ""),
            )
            for pair in find_pairs(described)
            if pair.messages not in left_out
        ]

    def not_readable(self) -> dict[str, str]:
        with self.connected() as connection:
            columns = columns_of(connection, self.medium)
            told = not_of_the_class(columns, self.medium)
            if self.medium == "PostgreSQL":  # MySQL does not show a user the tables that he may not read
                told = without_rights(connection) | told
                told = told or (in_another_schema(connection) if not any(map(has_items, columns.values())) else {})
            return told

    def newest(self, pair: Pair, limit: int, since: str = "") -> list[Head]:
        with self.connected() as connection:
            listed = self._listed(connection, pair, limit, since=since)
            others = self._unlisted(connection, pair, limit)
        # Sessions that no row lists come first: nothing else finds them.
        return [*(one for one in others if one.used[:19] >= since), *listed][:limit]

    def listing(self, pair: Pair, limit: int, first: int = 0, day: str = "") -> Listing:
        from sqlalchemy import func, select

        _, sessions = tables(pair)
        if sessions is None:
            return listing_of(self.newest(pair, COUNTED + 1), limit, first, day)
        part = select(sessions.c.session_id).where(*used_in(sessions, pair, day=day)).limit(COUNTED + 1).subquery()
        with self.connected() as connection:
            heads = self._listed(connection, pair, limit, first, day)
            return Listing(tuple(heads), connection.execute(select(func.count()).select_from(part)).scalar_one())

    def _listed(
        self,
        connection: "Connection",
        pair: Pair,
        limit: int,
        first: int = 0,
        day: str = "",
        since: str = "",
        says: Any = (),
    ) -> list[Head]:
        from sqlalchemy import select

        _, sessions = tables(pair)
        if sessions is None:
            return []
        used, name = last_use(sessions, pair), sessions.c.session_id
        query = (
            select(name, used, sessions.c.created_at)
            .where(*used_in(sessions, pair, day, since), *says)
            .order_by(used.desc(), name)
            .limit(limit)
            .offset(first)
        )
        return [Head(pair, str(one), time(at), created=time(made)) for one, at, made in connection.execute(query)]

    def days(self, pair: Pair) -> dict[str, int]:
        from sqlalchemy import Date, cast, func, select

        _, sessions = tables(pair)
        if sessions is None:
            return dict(Counter(head.used[:10] for head in self.newest(pair, COUNTED)))
        used = last_use(sessions, pair)
        newest = select(cast(used, Date).label("day")).order_by(used.desc()).limit(COUNTED).subquery()
        query = select(newest.c.day, func.count()).group_by(newest.c.day)
        with self.connected() as connection:
            return {str(day): count for day, count in connection.execute(query)}

    def unlisted(self, pair: Pair, limit: int) -> list[Head]:
        if pair.sessions is None:
            return []
        with self.connected() as connection:
            return self._unlisted(connection, pair, limit)

    def _unlisted(self, connection: "Connection", pair: Pair, limit: int, pattern: str = "") -> list[Head]:
        from sqlalchemy import literal

        says = (lambda one: one.ilike(pattern, escape="!")) if pattern else (lambda _: literal(True))
        found = connection.execute(unlisted(connection, pair, says).limit(limit))
        return [Head(pair, str(one), time(at), is_listed=pair.sessions is None) for one, at in found]

    def heads(self, pair: Pair, hits: Sequence[Hit]) -> list[Head]:
        _, sessions = tables(pair)
        ids = [hit.session_id for hit in hits]
        found: dict[str, Head] = {}
        if sessions is not None:
            with self.connected() as connection:
                listed = self._listed(connection, pair, len(ids), says=[sessions.c.session_id.in_(ids)])
            found = {head.session_id: head for head in listed}
        return [found.get(one) or Head(pair, one, is_listed=sessions is None) for one in ids]

    def overviews(self, pair: Pair, heads: Sequence[Head]) -> dict[Head, Overview]:
        from sqlalchemy import bindparam, text

        named = {head.session_id: head for head in heads}
        messages = self._engine.dialect.identifier_preparer.quote(pair.messages)
        if pair.id_type:
            id_ = f"CAST(session_id AS {TEXT[pair.medium]}) AS session_id"
            messages = f"(SELECT id, {id_}, message_data, created_at FROM {messages})"
        query = OVERVIEWS[self.medium].format(messages=messages)
        with self.connected() as connection:
            asked = (
                text(query) if self.medium == "PostgreSQL" else text(query).bindparams(bindparam("ids", expanding=True))
            )
            values = {"ids": list(named)} | ({"most": COUNTED} if ":most" in query else {})
            rows = connection.execute(asked, values)
            return {
                named[str(one)]: Overview(
                    None if key is None else StoredRow(key, data, time(at)), min(int(items), COUNTED)
                )
                for one, items, key, data, at in rows
            }

    def find(self, pair: Pair, session_id: str) -> Head | None:
        from sqlalchemy import select

        messages, sessions = tables(pair)
        with self.connected() as connection:
            if sessions is not None:
                used = sessions.c.updated_at if pair.updated else sessions.c.created_at
                query = select(used, sessions.c.created_at).where(sessions.c.session_id == session_id)
                row = connection.execute(query).first()
                if row is not None:
                    return Head(pair, session_id, time(row[0]), created=time(row[1]))
            query = select(messages.c.session_id).where(messages.c.session_id == session_id).limit(1)
            found = connection.execute(query).first()
            return Head(pair, session_id, is_listed=sessions is None) if found is not None else None

    def read(self, head: Head, rows_limit: int = ROWS_LIMIT) -> StoredSession:
        from sqlalchemy import select

        messages, _ = tables(head.pair)
        order = (messages.c.created_at.desc(), messages.c.id.desc())
        query = (
            select(messages.c.id, messages.c.message_data, messages.c.created_at)
            .where(messages.c.session_id == head.session_id)
            .order_by(*order)
        )
        rows: list[StoredRow] = []
        room, is_whole = CHARACTERS_LIMIT, True
        with self.connected() as connection:
            # A cursor on the server takes three more round trips, and most sessions are short.
            first = connection.execute(query.limit(min(rows_limit, _CHUNK) + 1)).all()
            found: Iterable[Any] = first
            if len(first) > _CHUNK:
                streaming = connection.execution_options(stream_results=True, yield_per=_CHUNK)
                found = streaming.execute(query.limit(rows_limit + 1))
            for key, data, created in found:
                room -= len(data or "")
                if len(rows) == rows_limit or room < 0:
                    is_whole = False
                    break
                rows.append(StoredRow(key, data, time(created)))
        return in_key_order(head, rows, is_whole)

    def read_together(self, heads: Sequence[Head], rows_limit: int = ROWS_LIMIT) -> dict[Head, StoredSession | None]:
        if rows_limit < SHORT_ROWS:
            return dict.fromkeys(heads)
        with self.connected() as connection:
            found = short_sessions(connection, heads[0].pair, [head.session_id for head in heads])
        read = {head: found[head.session_id] for head in heads}
        return {head: in_key_order(head, rows) if rows is not None else None for head, rows in read.items()}

    def page(self, head: Head, limit: int, *, before: int | None = None, after: int | None = None) -> list[StoredRow]:
        from sqlalchemy import select

        messages, _ = tables(head.pair)
        key = messages.c.id
        wanted, order = (key < before, key.desc()) if after is None else (key > after, key.asc())
        query = (
            select(key, messages.c.message_data, messages.c.created_at)
            .where(messages.c.session_id == head.session_id, wanted)
            .order_by(order)
            .limit(limit)
        )
        with self.connected() as connection:
            rows = [StoredRow(one, data, time(at)) for one, data, at in connection.execute(query)]
        return sorted(rows, key=lambda row: row.key)

    def size(self, head: Head, limit: int) -> tuple[int, int]:
        from sqlalchemy import func, select

        messages, _ = tables(head.pair)
        part = select(messages.c.message_data).where(messages.c.session_id == head.session_id).limit(limit).subquery()
        query = select(func.count(), func.sum(func.char_length(part.c.message_data))).select_from(part)
        with self.connected() as connection:
            items, characters = connection.execute(query).one()
        return int(items), int(characters or 0)

    def search(self, pair: Pair, words: str, limit: int) -> list[Hit]:
        _, sessions = tables(pair)
        found: dict[str, Hit] = {}
        with self.connected() as connection:
            if sessions is not None:
                says = [sessions.c.session_id.ilike(like(words), escape="!")]
                for head in self._listed(connection, pair, limit, says=says):
                    found[head.session_id] = Hit(head.session_id, None, head.session_id)
            self._search_text(connection, pair, words, limit, found)
            if len(found) < limit:  # all rows were read, so a look at all ids costs little
                for head in self._unlisted(connection, pair, limit, like(words)):
                    found.setdefault(head.session_id, Hit(head.session_id, None, head.session_id))
        return list(found.values())[:limit]

    def _search_text(self, connection: "Connection", pair: Pair, words: str, limit: int, found: dict[str, Hit]) -> None:
        """Add the newest row of each session that has the words, the newest first, until there are `limit` hits."""
        from sqlalchemy import or_, select

        messages, _ = tables(pair)
        patterns = dict.fromkeys((like(words), like(escaped(words))))
        says = or_(*(messages.c.message_data.ilike(one, escape="!") for one in patterns))
        query = select(messages.c.session_id, messages.c.id, messages.c.message_data).order_by(messages.c.id.desc())
        below: int | None = None
        while len(found) < limit:
            more = [messages.c.id < below] if below is not None else []
            rows = connection.execute(query.where(says, *more).limit(_CHUNK)).all()
            for one, key, data in rows:
                if len(found) < limit:
                    found.setdefault(str(one), Hit(str(one), key, str(data)))
            if len(rows) < _CHUNK:
                return
            below = rows[-1][1]

    def newest_rows(self, pair: Pair, limit: int) -> list[tuple[str, StoredRow]]:
        from sqlalchemy import select

        messages, _ = tables(pair)
        row = (messages.c.session_id, messages.c.id, messages.c.message_data, messages.c.created_at)
        query = select(*row).order_by(messages.c.id.desc()).limit(limit)
        with self.connected() as connection:
            rows = connection.execution_options(stream_results=True, yield_per=_CHUNK).execute(query)
            return [(str(one), StoredRow(key, data, time(created))) for one, key, data, created in rows]

    def some_rows(self, pair: Pair) -> list[StoredRow]:
        return [row for _, row in self.newest_rows(pair, FEW_ROWS)]

    def version(self) -> str:
        return ""

    def changed(self, session_id: str | None) -> str:
        from sqlalchemy import func, select

        told = []
        for pair in self.pairs():
            messages, sessions = tables(pair)
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
