"""Which sessions a SQLite file has. Long tables are read in slices: a look at a file without WAL makes its writers wait."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from lessons.kit.inspect.opening.shapes import Table, advanced_statements, find_pairs
from lessons.kit.inspect.opening.sqlite_file import SQLiteFile, in_words, quoted, text
from lessons.kit.inspect.opening.words import NO_ITEMS, listing_of
from lessons.kit.inspect.session_ids import REPLACED, could_be, placeholder, stored_as
from lessons.kit.inspect.stored import COUNTED, CannotRead, Head, Hit, Listing, Pair

NAMED = "session_id IS NOT NULL"
_LISTED_SLICE = 50_000
"""How many rows of the table of sessions are read in one look."""
_IDS_SLICE = 10_000
"""How many ids of rows are read in one look."""
_FIRST, LAST = -1e19, 1e19
"""All row ids are between them."""
_LOOK_UP = 4
"""To look up one id in an index takes as long as to read this many rows of it."""


class SQLiteLists(SQLiteFile):
    """The tables with sessions in one file, and the ids of the sessions."""

    def pairs(self) -> list[Pair]:
        # SQLite reads SESSION_ID as session_id, and so do the session classes. pragma_table_info leaves out generated columns.
        query = (
            "SELECT m.name, m.sql, (SELECT json_group_array(json_array(lower(name), type)) FROM pragma_table_xinfo(m.name)),"
            ' (SELECT json_group_array(json_array(lower("from"), "table")) FROM pragma_foreign_key_list(m.name))'
            " FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY m.name"
        )
        with in_words(self.label):
            found = [row for row in self.execute(query) if not text(row[1]).upper().startswith("CREATE VIRTUAL")]
            if not found and self.is_empty():
                raise CannotRead(
                    f"{self.label} is an empty file. A program that opens a wrong path makes such a file. Is it the path that "
                    "your agents use?"
                )
            tables = {text(name): Table(dict(json.loads(of)), dict(json.loads(keys))) for name, _, of, keys in found}
            statements = {text(name): text(sql) for name, sql, *_ in found}
            pairs = find_pairs(tables, self._has_rowid)
            if not pairs:
                raise CannotRead(f"{self.label} {NO_ITEMS} Views are not read.{_named(list(tables))}")
            return [replace(pair, statements=advanced_statements(pair, statements)) for pair in pairs]

    def not_readable(self) -> dict[str, str]:
        return {}

    def _has_rowid(self, name: str) -> bool:
        try:
            self.execute(f"SELECT rowid FROM {quoted(name)} LIMIT 0")
        except sqlite3.OperationalError:
            return False
        return True

    def newest(self, pair: Pair, limit: int, since: str = "") -> list[Head]:
        with in_words(self.label):
            # Most callers give no time. Comparing it takes a third of the time for a million sessions.
            wanted = f"ifnull(replace({_used(pair)}, 'T', ' '), '') >= ?" if since else "1"
            listed = self._listed(pair, wanted, (since,) if since else (), limit)
            others = self._unlisted(pair, limit)
        others = [head for head in others if head.used.replace("T", " ") >= since]
        # Sessions that no row lists come first: nothing else finds them.
        return [*others, *listed][:limit]

    def listing(self, pair: Pair, limit: int, first: int = 0, day: str = "") -> Listing:
        if pair.sessions is None:
            return listing_of(self.newest(pair, COUNTED + 1), limit, first, day)
        wanted, values = (f"substr({_used(pair)}, 1, 10) = ?", (day,)) if day else ("1", ())
        with in_words(self.label):
            heads = self._listed(pair, wanted, values, limit, first)
            return Listing(tuple(heads), self._count(pair, wanted, values))

    def _listed(self, pair: Pair, wanted: str, values: tuple[Any, ...], limit: int, first: int = 0) -> list[Head]:
        """The sessions after the `first` ones, the last used first. With a `limit` of -1, all of them."""
        if pair.sessions is None:
            return []
        if limit >= 0 and (newest := self._newest_of_slices(pair, wanted, values, first + limit)) is not None:
            wanted, values = "rowid IN (SELECT value FROM json_each(?))", (json.dumps(newest),)
        return self._sorted(pair, wanted, values, limit, first)

    def _sorted(self, pair: Pair, wanted: str, values: tuple[Any, ...], limit: int, first: int = 0) -> list[Head]:
        query = (
            f"SELECT session_id, {_used(pair)}, created_at FROM {quoted(pair.sessions or '')}"
            f" WHERE {NAMED} AND {wanted} {_order(pair)} LIMIT ? OFFSET ?"
        )
        return [_head(pair, one, at, made) for one, at, made in self.execute(query, (*values, limit, first))]

    def _newest_of_slices(self, pair: Pair, wanted: str, values: tuple[Any, ...], count: int) -> list[int] | None:
        """The row ids of the `count` sessions that were last used; None if one look at the table is short enough."""
        sessions, used = quoted(pair.sessions or ""), _used(pair)
        some = f"SELECT rowid, {used} FROM {sessions} WHERE {NAMED} AND"
        of_slice = f"{some} {wanted} AND rowid > ? AND rowid <= ? AND {{more}} {_order(pair)} LIMIT ?"
        both = f"{some} rowid IN (SELECT value FROM json_each(?)) {_order(pair)} LIMIT ?"
        newest: list[tuple[int, Any]] = []
        more, least = "1", tuple[Any, ...]()
        for after, upto in self._slices_of_sessions(pair):
            if (after, upto) == (_FIRST, LAST):
                return None
            found = self.execute(of_slice.format(more=more), (*values, after, upto, *least, count))
            if newest and found:
                found = self.execute(both, (json.dumps([rowid for rowid, _ in (*newest, *found)]), count))
            newest = found or newest
            # Rows with a higher rowid are mostly the newer ones. Those that are older than `count` others are not sorted.
            if len(newest) == count and type(newest[-1][1]) in (str, int, float):
                more, least = f"{used} >= ?", (newest[-1][1],)
            if after == _FIRST:
                return [rowid for rowid, _ in newest]
        return None

    def _slices_of_sessions(self, pair: Pair) -> Iterator[tuple[float, float]]:
        """Row ids of the table of sessions: each slice is above the first and up to the second. The highest come first.

        A table WITHOUT ROWID has no slices.
        """
        query = f"SELECT rowid FROM {quoted(pair.sessions or '')} WHERE rowid < ? ORDER BY rowid DESC LIMIT 1 OFFSET ?"
        upto: float = LAST
        while True:
            try:
                ((after,),) = self.execute(query, (upto, _LISTED_SLICE)) or [(_FIRST,)]
            except sqlite3.OperationalError as error:
                if "no such column" not in str(error):
                    raise
                return
            yield after, upto
            if after == _FIRST:
                return
            upto = after

    def _count(self, pair: Pair, wanted: str, values: tuple[Any, ...]) -> int:
        """How many sessions the table lists, counted up to one more than COUNTED."""
        query = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(pair.sessions or '')} WHERE {NAMED} AND {wanted}"
        total, is_sliced = 0, False
        if values:  # without a condition, it ends after some thousands of rows
            for slice_ in self._slices_of_sessions(pair):
                is_sliced = True
                some = f"{query} AND rowid > ? AND rowid <= ? LIMIT ?)"
                ((count,),) = self.execute(some, (*values, *slice_, COUNTED + 1 - total))
                total += count
                if total > COUNTED:
                    break
        if not is_sliced:
            ((total,),) = self.execute(f"{query} LIMIT ?)", (*values, COUNTED + 1))
        return total

    def days(self, pair: Pair) -> dict[str, int]:
        if pair.sessions is None:
            return dict(Counter(head.used[:10] for head in self.newest(pair, COUNTED)))
        day, named = f"substr({_used(pair)}, 1, 10) AS day", f"FROM {quoted(pair.sessions)} WHERE {NAMED}"
        with in_words(self.label):
            ((total,),) = self.execute(f"SELECT count(*) FROM (SELECT 1 {named} LIMIT ?)", (COUNTED + 1,))
            if total > COUNTED:  # sorting takes longer than counting
                return dict(Counter(head.used[:10] for head in self._listed(pair, "1", (), COUNTED)))
            return {text(one): count for one, count in self.execute(f"SELECT {day}, count(*) {named} GROUP BY day")}

    def unlisted(self, pair: Pair, limit: int) -> list[Head]:
        with in_words(self.label):
            return self._unlisted(pair, limit) if pair.sessions is not None else []

    def _unlisted(self, pair: Pair, limit: int, wanted: str = "1", values: tuple[Any, ...] = ()) -> list[Head]:
        """Sessions of the rows that no row of the table of sessions names. With a `limit` of -1, all of them."""
        messages = table(pair.messages)
        newest = (
            f"SELECT {pair.created or chr(39) * 2} FROM {messages} t WHERE t.session_id = m.session_id"
            f" ORDER BY {pair.key} DESC LIMIT 1"
        )
        known = f"SELECT 1 FROM {table(pair.sessions)} s WHERE s.session_id = m.session_id" if pair.sessions else ""
        these = f"m.{NAMED} AND {wanted}" + (f" AND NOT EXISTS ({known})" if known else "")
        ids, size = self._ids_after(pair)
        found: list[Head] = []
        if not ids:
            query = f"SELECT DISTINCT m.session_id, ({newest}) FROM {messages} m WHERE {these} AND {{more}} LIMIT ?"
            for more, start in self._slices_of_index(pair):
                rows = self.execute(query.format(more=more), (*values, *start, limit))
                found += [_head(pair, one, at, is_listed=False) for one, at in rows]
                if 0 <= limit <= len(found):
                    return found[:limit]
            return found
        query = f"SELECT m.session_id, ({newest}) AS used, 0 FROM ids m WHERE {these}"
        query += " LIMIT ?" if known else " ORDER BY used DESC LIMIT ?"
        query = f"SELECT * FROM ({query}) UNION ALL SELECT max(session_id), NULL, count(session_id) FROM ids"
        more, start = "", tuple[Any, ...]()
        while True:
            *rows, (last, _, count) = self.execute(f"{ids.format(more=more)} {query}", (*start, *values, limit))
            found += [_head(pair, one, at, is_listed=pair.sessions is None) for one, at, _ in rows]
            if count != size or 0 <= limit <= len(found):
                return found if limit < 0 else found[:limit]
            more, start = f" AND session_id > {placeholder(last)}", (last,)

    def _slices_of_index(self, pair: Pair) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Conditions for `m`, with their values, that choose the next rows in the order of their ids."""
        some = f"SELECT m.session_id FROM {table(pair.messages)} m WHERE m.{NAMED}"
        more, after = "1", tuple[Any, ...]()
        while True:
            query = f"{some} AND {more} ORDER BY m.session_id LIMIT 1 OFFSET {_IDS_SLICE}"
            last = self.execute(query, after)
            if not last:
                yield more, after
                return
            ((upto,),) = last
            yield f"{more} AND m.session_id <= {placeholder(upto)}", (*after, upto)
            more, after = f"m.session_id > {placeholder(upto)}", (upto,)

    def _ids_after(self, pair: Pair) -> tuple[str, int]:
        """A part of a statement: the ids that the rows name, from the lowest that meets the condition `{more}`; and how many.

        Without an index of the ids it is all of them (-1), since each slice would read the whole table. If sessions have many
        rows, each id is looked up once in the index, not once for each of its rows. If they have few, it is '': to read the
        index in its order takes half as long as to collect the ids.
        """
        messages = table(pair.messages)
        all_ids = f"WITH ids AS (SELECT DISTINCT session_id FROM {messages} WHERE {NAMED}{{more}}"
        indexes = [
            name
            for _, name, _, _, is_partial in self.execute(f"PRAGMA index_list({quoted(pair.messages)})")
            if not is_partial
        ]
        if "session_id" not in [self.execute(f"PRAGMA index_info({quoted(name)})")[0][2] for name in indexes]:
            return f"{all_ids})", -1
        size = -1 if pair.sessions is None else _IDS_SLICE
        if not self._sessions_are_long(pair):  # then a table lists the sessions
            return "", size
        return (
            f"WITH RECURSIVE ids(session_id) AS (SELECT min(session_id) FROM {messages} WHERE {NAMED}{{more}} UNION ALL"
            f" SELECT (SELECT session_id FROM {messages} WHERE session_id > ids.session_id ORDER BY session_id LIMIT 1)"
            f" FROM ids WHERE ids.session_id IS NOT NULL LIMIT {size})"
        ), size

    def _sessions_are_long(self, pair: Pair) -> bool:
        if pair.sessions is None:
            return True  # the number of sessions is not known without reading all rows
        ((newest,),) = self.execute(f"SELECT max({pair.key}) FROM {table(pair.messages)}")
        rows = newest or 0
        some = f"SELECT 1 FROM {table(pair.sessions)} LIMIT ?"
        ((count,),) = self.execute(f"SELECT count(*) FROM ({some})", (rows // _LOOK_UP + 1,))
        return bool(count * _LOOK_UP <= rows)

    def heads(self, pair: Pair, hits: Sequence[Hit]) -> list[Head]:
        found: dict[Any, Head] = {}
        if pair.sessions is not None and hits:
            ids = [stored_as(hit) for hit in hits]
            with in_words(self.label):
                wanted = f"session_id IN (VALUES {', '.join(f'({placeholder(one)})' for one in ids)})"
                listed = self._sorted(pair, wanted, tuple(ids), len(ids))
            found = {stored_as(head): head for head in listed}
        is_listed = pair.sessions is None
        return [
            found.get(stored_as(hit)) or Head(pair, hit.session_id, is_listed=is_listed, stored_id=hit.stored_id)
            for hit in hits
        ]

    def find(self, pair: Pair, session_id: str) -> Head | None:
        with in_words(self.label):
            found = (self._find(pair, one) for one in could_be(session_id))
            head = next(filter(None, found), None)
            if head is not None or REPLACED not in session_id:
                return head
            # Some of its bytes are not UTF-8, and the text does not say which they are.
            listed = self._listed(pair, "1", (), -1) if pair.sessions is not None else []
            return next((one for one in (*listed, *self._unlisted(pair, -1)) if one.session_id == session_id), None)

    def _find(self, pair: Pair, value: Any) -> Head | None:
        if pair.sessions is not None:
            query = f"SELECT session_id, {_used(pair)}, created_at FROM {quoted(pair.sessions)} WHERE session_id = ?"
            for one, at, made in self.execute(query, (value,)):
                return _head(pair, one, at, made)
        query = f"SELECT session_id FROM {quoted(pair.messages)} WHERE session_id = ? LIMIT 1"
        for (one,) in self.execute(query, (value,)):
            return _head(pair, one, is_listed=pair.sessions is None)
        return None


def _order(pair: Pair) -> str:
    return f"ORDER BY {_used(pair)} DESC, session_id"


def _head(pair: Pair, one: Any, used: Any = None, created: Any = None, is_listed: bool = True) -> Head:
    return Head(pair, text(one), text(used), is_listed, text(created), not_text(one))


def _named(tables: list[str]) -> str:
    """The tables that a file has, for whoever opened another file than was meant; '' for none."""
    more = f" and {len(tables) - _TOLD:,} more" if len(tables) > _TOLD else ""
    return f" Its tables are: {', '.join(tables[:_TOLD])}{more}." if tables else ""


_TOLD = 5


def not_text(one: Any) -> Any:
    return None if isinstance(one, str) else one


def table(name: str) -> str:
    """The table with its schema: a part of the statement can have the same name."""
    return f"main.{quoted(name)}"


def _used(pair: Pair) -> str:
    return pair.updated or "created_at"
