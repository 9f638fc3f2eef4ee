"""Writes sessions into the tables of an SQL database, inside one transaction."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from lessons.kit.life_cycle.places.dialects import MySQL, SQLite, batches
from lessons.kit.life_cycle.places.place import MORE_TABLES, Row, SessionInfo, Values, refuse
from lessons.kit.life_cycle.places.sql_place import SQLALCHEMY, SqlPlace


class SqlWriting:
    """One transaction of a SqlPlace."""

    def __init__(self, place: SqlPlace, connection: Any) -> None:
        self.place, self.connection = place, connection
        self.sessions = place.database.name(place.tables.sessions)
        self.messages = place.database.name(place.tables.messages)

    def exists(self, session_id: str) -> bool:
        tables = (self.sessions, self.messages)
        return any(self.ask(f"SELECT 1 FROM {table} WHERE session_id = ? LIMIT 1", [session_id]) for table in tables)

    def add_session(self, info: SessionInfo) -> None:
        time = self.place.database.stored_time()
        columns = {"created_at": info.created_at, "updated_at": info.updated_at}
        known = {column: value for column, value in columns.items() if value is not None}
        names = "".join(f", {column}" for column in known)
        marks = "".join(f", {time}" for _ in known)
        self.ask(
            f"INSERT INTO {self.sessions} (session_id{names}) VALUES (?{marks})", [info.session_id, *known.values()]
        )

    def add_rows(self, info: SessionInfo, rows: Callable[[], Iterator[Row]], *, keep_keys: bool) -> tuple[int, bool]:
        if keep_keys and _may_keep(rows()):
            self.ask("SAVEPOINT before_rows")
            try:
                count = self._insert(info, rows(), with_keys=True)
            except Exception as error:
                if not _is_taken(error):
                    raise self._unfit(error, info.session_id) from error
                self.ask("ROLLBACK TO SAVEPOINT before_rows")
            else:
                self.ask("RELEASE SAVEPOINT before_rows")
                self._count_on()
                return count, True
        try:
            return self._insert(info, rows(), with_keys=False), False
        except Exception as error:
            raise self._unfit(error, info.session_id) from error

    def _insert(self, info: SessionInfo, rows: Iterator[Row], *, with_keys: bool) -> int:
        database = self.place.database
        data = "CAST(? AS TEXT)" if isinstance(database, SQLite) else "?"
        key = "id, " if with_keys else ""
        statement = (
            f"INSERT INTO {self.messages} ({key}session_id, message_data, created_at) "
            f"VALUES ({'?, ' if with_keys else ''}?, {data}, {database.stored_time()})"
        )
        count, at = 0, self._newest_time(info.session_id)
        for part in batches(rows):
            values = []
            for row in part:
                time = row.at or info.updated_at or self.place.cutoff(0)
                # SQLAlchemySession reads by time: a row must not be older than the one before it.
                at = max(at, time) if self.place.session_class == SQLALCHEMY else time
                own = [info.session_id, row.data, at]
                values.append([row.key, *own] if with_keys else own)
            before = self.newest_key(info.session_id)
            database.many(self.connection, statement, values)
            self._added(info.session_id, part, before)
            count += len(part)
        return count

    def _added(self, session_id: str, rows: list[Row], before: int) -> None:
        """Called after these rows were added to a session whose newest key was `before`."""

    def add_more(self, session_id: str, more: Iterable[tuple[str, Values]]) -> None:
        return  # only AdvancedSQLiteSession has more tables

    def put_on_main(self, session_id: str, after: int) -> None:
        return  # and branches

    def newest_key(self, session_id: str) -> int:
        return int(
            self.ask(f"SELECT coalesce(max(id), 0) FROM {self.messages} WHERE session_id = ?", [session_id])[0][0]
        )

    def written(self, session_id: str, after: int) -> Iterator[Row]:
        return self.place.visible_after(session_id, after)

    def remove(self, session_id: str, unused_since: str | None = None) -> int:
        if unused_since is not None:
            last = self.place.last_used("t")
            query = f"SELECT 1 FROM {self.sessions} t WHERE session_id = ? AND {last} < ?"
            if not self.ask(query, [session_id, unused_since]):
                return -1
        rows = int(self.ask(f"SELECT count(*) FROM {self.messages} WHERE session_id = ?", [session_id])[0][0])
        more = set(MORE_TABLES) & self.place.database.tables(self.connection)
        # The rows go before the session that they refer to: a database may enforce its foreign keys.
        for table in [table for table in MORE_TABLES if table in more]:
            self.ask(f"DELETE FROM {self.place.database.name(table)} WHERE session_id = ?", [session_id])
        for name in (self.messages, self.sessions):
            self.ask(f"DELETE FROM {name} WHERE session_id = ?", [session_id])
        return rows

    def remove_rows(self, session_id: str, rows: Sequence[Row]) -> None:
        statement = f"DELETE FROM {self.messages} WHERE session_id = ? AND id = ?"
        self.place.database.many(self.connection, statement, [(session_id, row.key) for row in rows])

    def _newest_time(self, session_id: str) -> str:
        utc = self.place.database.utc("created_at")
        found = self.ask(f"SELECT max({utc}) FROM {self.messages} WHERE session_id = ?", [session_id])[0][0]
        return str(found) if found is not None else ""

    def _count_on(self) -> None:
        """Number the next row after those that were stored with their keys. Only PostgreSQL does not do that by itself."""
        if self.place.database.__class__.__name__ != "PostgreSQL":
            return
        self.ask(
            f"SELECT setval(pg_get_serial_sequence(?, 'id'), greatest(nextval(pg_get_serial_sequence(?, 'id')) - 1,"
            f" (SELECT max(id) FROM {self.messages}), 1))",
            [self.messages, self.messages],
        )

    def ask(self, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """What a statement finds in this transaction."""
        return self.place.database.execute(self.connection, statement, values)

    def _unfit(self, error: Exception, session_id: str) -> Exception:
        if isinstance(error, UnicodeEncodeError) or "NUL" in str(error) or "0x00" in str(error):
            return refuse(
                f"A row of the session {session_id!r} has a text that {self.place.label} cannot hold: it is not UTF-8, or has "
                "a NUL character.",
                "Take the session to a SQLite file.",
            )
        if isinstance(self.place.database, MySQL) and "too long" in str(error):
            return refuse(
                f"A row or the id of the session {session_id!r} is longer than its column in {self.place.label}.",
                "Make message_data a LONGTEXT.",
            )
        return error


def _may_keep(rows: Iterator[Row]) -> bool:
    """Whether every row has a key, each higher than the one before."""
    last = 0
    for row in rows:
        if row.key is None or row.key <= last:
            return False
        last = row.key
    return True


def _is_taken(error: Exception) -> bool:
    return type(error).__name__ in ("IntegrityError", "UniqueViolation")
