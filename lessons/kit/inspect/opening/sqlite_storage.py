"""The sessions of a SQLite file."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lessons.kit.inspect.opening.shapes import Table, advanced_statements, find_pairs
from lessons.kit.inspect.opening.sqlite_file import SQLiteFile, in_words, quoted, text
from lessons.kit.inspect.opening.words import escaped, like, listing_of
from lessons.kit.inspect.session_ids import REPLACED, could_be, kind_of, placeholder, stored_as
from lessons.kit.inspect.stored import (
    CHARACTERS_LIMIT,
    COUNTED,
    ROWS_LIMIT,
    CannotRead,
    Head,
    Hit,
    Listing,
    Medium,
    Overview,
    Pair,
    StoredRow,
    StoredSession,
    StructureRow,
    TurnTokens,
)


class SQLiteStorage(SQLiteFile):
    """The sessions of one file. Its methods raise CannotRead if it is not a SQLite database, or is locked."""

    medium: Medium = "SQLite"

    def pairs(self) -> list[Pair]:
        # SQLite reads SESSION_ID as session_id, and so do the session classes.
        query = (
            "SELECT m.name, m.sql, (SELECT json_group_array(json_array(lower(name), type)) FROM pragma_table_info(m.name)),"
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
            return [
                replace(pair, statements=advanced_statements(pair, statements))
                for pair in find_pairs(tables, self._has_rowid)
            ]

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
            listed = self._listed(pair, wanted, (*((since,) if since else ()), limit, 0))
            others = self._unlisted(pair, limit)
        others = [head for head in others if head.used.replace("T", " ") >= since]
        # Sessions that no row lists come first: nothing else finds them.
        return [*others, *listed][:limit]

    def listing(self, pair: Pair, limit: int, first: int = 0, day: str = "") -> Listing:
        if pair.sessions is None:
            return listing_of(self.newest(pair, COUNTED + 1), limit, first, day)
        wanted, values = (f"substr({_used(pair)}, 1, 10) = ?", (day,)) if day else ("1", ())
        query = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(pair.sessions)} WHERE {_NAMED} AND {wanted} LIMIT ?)"
        with in_words(self.label):
            heads = self._listed(pair, wanted, (*values, limit, first))
            ((total,),) = self.execute(query, (*values, COUNTED + 1))
        return Listing(tuple(heads), total)

    def _listed(self, pair: Pair, wanted: str, values: tuple[Any, ...]) -> list[Head]:
        if pair.sessions is None:
            return []
        query = (
            f"SELECT session_id, {_used(pair)}, created_at FROM {quoted(pair.sessions)} WHERE {_NAMED} AND {wanted}"
            f" ORDER BY {_used(pair)} DESC, session_id LIMIT ? OFFSET ?"
        )
        return [_head(pair, one, at, made) for one, at, made in self.execute(query, values)]

    def days(self, pair: Pair) -> dict[str, int]:
        if pair.sessions is None:
            return dict(Counter(head.used[:10] for head in self.newest(pair, COUNTED)))
        named = f"FROM {quoted(pair.sessions)} WHERE {_NAMED}"
        with in_words(self.label):
            ((total,),) = self.execute(f"SELECT count(*) FROM (SELECT 1 {named} LIMIT ?)", (COUNTED + 1,))
            # Sorting takes longer than counting, so it is done only if there are too many.
            newest = f" ORDER BY {_used(pair)} DESC LIMIT {COUNTED}" if total > COUNTED else ""
            part = f"SELECT substr({_used(pair)}, 1, 10) AS day {named}{newest}"
            return {text(day): count for day, count in self.execute(f"SELECT day, count(*) FROM ({part}) GROUP BY day")}

    def unlisted(self, pair: Pair, limit: int) -> list[Head]:
        with in_words(self.label):
            return self._unlisted(pair, limit) if pair.sessions is not None else []

    def _unlisted(self, pair: Pair, limit: int, wanted: str = "1", values: tuple[Any, ...] = ()) -> list[Head]:
        messages = _table(pair.messages)
        newest = (
            f"SELECT {pair.created or chr(39) * 2} FROM {messages} t WHERE t.session_id = m.session_id"
            f" ORDER BY {pair.key} DESC LIMIT 1"
        )
        known = f"SELECT 1 FROM {_table(pair.sessions)} s WHERE s.session_id = m.session_id" if pair.sessions else ""
        query = f"{self._ids(pair)} SELECT m.session_id, ({newest}) AS used FROM ids m WHERE m.{_NAMED} AND {wanted}"
        query += f" AND NOT EXISTS ({known}) LIMIT ?" if known else " ORDER BY used DESC LIMIT ?"
        is_listed = pair.sessions is None
        return [_head(pair, one, at, is_listed=is_listed) for one, at in self.execute(query, (*values, limit))]

    def _ids(self, pair: Pair) -> str:
        """The ids that the rows name. If sessions have many rows, each id is looked up once in the SDK's index, not once for
        each of its rows.
        """
        messages = _table(pair.messages)
        indexes = [name for _, name, *_ in self.execute(f"PRAGMA index_list({quoted(pair.messages)})")]
        first = [self.execute(f"PRAGMA index_info({quoted(name)})")[0][2] for name in indexes]
        if "session_id" not in first or not self._sessions_are_long(pair):
            return f"WITH ids AS (SELECT DISTINCT session_id FROM {messages})"
        return (
            f"WITH RECURSIVE ids(session_id) AS (SELECT min(session_id) FROM {messages} UNION ALL"
            f" SELECT (SELECT session_id FROM {messages} WHERE session_id > ids.session_id ORDER BY session_id LIMIT 1)"
            " FROM ids WHERE ids.session_id IS NOT NULL)"
        )

    def _sessions_are_long(self, pair: Pair) -> bool:
        if pair.sessions is None:
            return True  # the number of sessions is not known without reading all rows
        ((newest,),) = self.execute(f"SELECT max({pair.key}) FROM {_table(pair.messages)}")
        rows = newest or 0
        some = f"SELECT 1 FROM {_table(pair.sessions)} LIMIT ?"
        ((count,),) = self.execute(f"SELECT count(*) FROM ({some})", (rows // _LOOK_UP + 1,))
        return bool(count * _LOOK_UP <= rows)

    def heads(self, pair: Pair, hits: Sequence[Hit]) -> list[Head]:
        found: dict[Any, Head] = {}
        if pair.sessions is not None and hits:
            ids = [stored_as(hit) for hit in hits]
            with in_words(self.label):
                wanted = f"session_id IN (VALUES {', '.join(f'({placeholder(one)})' for one in ids)})"
                listed = self._listed(pair, wanted, (*ids, len(ids), 0))
            found = {stored_as(head): head for head in listed}
        is_listed = pair.sessions is None
        return [
            found.get(stored_as(hit)) or Head(pair, hit.session_id, is_listed=is_listed, stored_id=hit.stored_id)
            for hit in hits
        ]

    def overviews(self, pair: Pair, heads: Sequence[Head]) -> dict[Head, Overview]:
        if not heads:
            return {}
        ids = [stored_as(head) for head in heads]
        values = ", ".join(f"({position}, {placeholder(one)})" for position, one in enumerate(ids))
        of_one = f"FROM {_table(pair.messages)} m WHERE m.session_id = page.one"
        query = (
            f"WITH page (position, one) AS (VALUES {values})"
            f" SELECT position, count, f.{pair.key}, f.message_data, {f'f.{pair.created}' if pair.created else 'NULL'} FROM"
            f" (SELECT position, (SELECT count(*) FROM (SELECT 1 {of_one} LIMIT {COUNTED})) AS count,"
            f" (SELECT {pair.key} {of_one} ORDER BY {pair.key} LIMIT 1) AS first FROM page) AS page"
            f" LEFT JOIN {_table(pair.messages)} f ON f.{pair.key} = page.first"
        )
        with in_words(self.label):
            rows = self.execute(query, tuple(ids))
        return {
            heads[position]: Overview(None if key is None else StoredRow(key, data, text(at)), count)
            for position, count, key, data, at in rows
        }

    def find(self, pair: Pair, session_id: str) -> Head | None:
        with in_words(self.label):
            found = (self._find(pair, one) for one in could_be(session_id))
            head = next(filter(None, found), None)
            if head is not None or REPLACED not in session_id:
                return head
            # Some of its bytes are not UTF-8, and the text does not say which they are.
            listed = self._listed(pair, "1", (-1, 0)) if pair.sessions is not None else []
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

    def read(self, head: Head, rows_limit: int = ROWS_LIMIT) -> StoredSession:
        with in_words(self.label):
            return self.from_one_state(lambda: self._read(head, rows_limit))

    def _read(self, head: Head, rows_limit: int) -> StoredSession:
        pair, ask = head.pair, self._connection.execute
        one = stored_as(head)
        is_it = f"session_id = {placeholder(one)}"
        id_kind = ""
        ask("BEGIN")  # one state of the file for all that follows
        try:
            query = (
                f"SELECT {pair.key}, message_data, {pair.created or 'NULL'} FROM {quoted(pair.messages)}"
                f" WHERE {is_it} ORDER BY {pair.key} DESC LIMIT ?"
            )
            rows: list[StoredRow] = []
            room, is_whole = CHARACTERS_LIMIT, True
            for key, data, created in ask(query, (one, rows_limit + 1)):
                room -= len(data or "") if isinstance(data, str | bytes | None) else 0
                if len(rows) == rows_limit or room < 0:
                    is_whole = False
                    break
                rows.append(StoredRow(key, data, text(created)))
            structure: list[StructureRow] = []
            usage: list[TurnTokens] = []
            if pair.structure is not None:
                found = ask(f"SELECT * FROM {quoted(pair.structure)} WHERE {is_it}", (one,))
                names = [name.lower() for name, *_ in found.description]
                structure = [_structure(dict(zip(names, row, strict=True))) for row in found]
            if pair.usage is not None:
                found = ask(f"SELECT * FROM {quoted(pair.usage)} WHERE {is_it}", (one,))
                names = [name.lower() for name, *_ in found.description]
                usage = [_tokens(dict(zip(names, row, strict=True))) for row in found]
            if head.stored_id is not None and rows:
                query = f"SELECT 1 FROM {quoted(pair.messages)} WHERE {is_it} AND session_id = ? LIMIT 1"
                id_kind = "" if ask(query, (one, head.session_id)).fetchone() else kind_of(one)
        finally:
            ask("COMMIT")
        return StoredSession(head, tuple(reversed(rows)), is_whole, tuple(structure), tuple(usage), id_kind)

    def read_short(self, heads: Sequence[Head]) -> dict[Head, StoredSession]:
        return {}

    def page(self, head: Head, limit: int, *, before: int | None = None, after: int | None = None) -> list[StoredRow]:
        pair, one = head.pair, stored_as(head)
        query = (
            f"SELECT {pair.key}, message_data, {pair.created or 'NULL'} FROM {quoted(pair.messages)}"
            f" WHERE session_id = {placeholder(one)} AND {pair.key} {'<' if after is None else '>'} ?"
            f" ORDER BY {pair.key} {'DESC' if after is None else 'ASC'} LIMIT ?"
        )
        with in_words(self.label):
            rows = self.execute(query, (one, before if after is None else after, limit))
        return sorted((StoredRow(key, data, text(at)) for key, data, at in rows), key=lambda row: row.key)

    def size(self, head: Head, limit: int) -> tuple[int, int]:
        with in_words(self.label):
            one = stored_as(head)
            part = (
                f"SELECT message_data FROM {quoted(head.pair.messages)} WHERE session_id = {placeholder(one)} LIMIT ?"
            )
            query = f"SELECT count(*), sum(length(message_data)) FROM ({part})"
            ((items, characters),) = self.execute(query, (one, limit))
            return items, characters or 0

    def search(self, pair: Pair, words: str, limit: int) -> list[Hit]:
        found: dict[Any, Hit] = {}
        with in_words(self.label):
            if pair.sessions is not None:
                for head in self._listed(pair, "session_id LIKE ? ESCAPE '!'", (like(words), limit, 0)):
                    found[stored_as(head)] = Hit(head.session_id, None, head.session_id, head.stored_id)
            self.from_one_state(lambda: self._search_text(pair, words, limit, found))
            if len(found) < limit:  # all rows were read, so a look at all ids costs little
                for head in self._unlisted(pair, limit, "m.session_id LIKE ? ESCAPE '!'", (like(words),)):
                    hit = Hit(head.session_id, None, head.session_id, head.stored_id)
                    found.setdefault(stored_as(head), hit)
        return list(found.values())[:limit]

    def _search_text(self, pair: Pair, words: str, limit: int, found: dict[Any, Hit]) -> None:
        """Add the newest row of each session that has the words, the newest first, until there are `limit` hits."""
        patterns = list(dict.fromkeys((like(words), like(escaped(words)))))
        says = " OR ".join("message_data LIKE ? ESCAPE '!'" for _ in patterns)
        messages = quoted(pair.messages)
        query = f"SELECT session_id, {pair.key} FROM {messages} WHERE {_NAMED} AND ({says}) ORDER BY {pair.key} DESC"
        keys: dict[Any, int] = {}
        for one, key in self._connection.execute(query, patterns):
            if len(found) + len(keys) >= limit:
                break
            if one not in found:
                keys.setdefault(one, key)
        query = f"SELECT {pair.key}, message_data FROM {messages} WHERE {pair.key} IN (SELECT value FROM json_each(?))"
        texts = dict(self._connection.execute(query, (json.dumps(list(keys.values())),)).fetchall())
        found |= {one: Hit(text(one), key, text(texts.get(key)), _not_text(one)) for one, key in keys.items()}

    def newest_rows(self, pair: Pair, limit: int) -> list[tuple[str, StoredRow]]:
        with in_words(self.label):
            query = (
                f"SELECT session_id, {pair.key}, message_data, {pair.created or 'NULL'} FROM {quoted(pair.messages)}"
                f" ORDER BY {pair.key} DESC LIMIT ?"
            )
            rows = self.execute(query, (limit,))
            return [(text(one), StoredRow(key, data, text(created))) for one, key, data, created in rows]


_NAMED = "session_id IS NOT NULL"
_LOOK_UP = 4
"""To look up one id in an index takes as long as to read this many rows of it."""


def _head(pair: Pair, one: Any, used: Any = None, created: Any = None, is_listed: bool = True) -> Head:
    return Head(pair, text(one), text(used), is_listed, text(created), _not_text(one))


def _not_text(one: Any) -> Any:
    return None if isinstance(one, str) else one


def _table(name: str) -> str:
    """The table with its schema: a part of the statement can have the same name."""
    return f"main.{quoted(name)}"


def _used(pair: Pair) -> str:
    return pair.updated or "created_at"


def _structure(values: dict[str, Any]) -> StructureRow:
    return StructureRow(
        values.get("id", 0),
        values["message_id"],
        values["branch_id"],
        values["sequence_number"],
        values.get("user_turn_number"),
        values,
    )


def _tokens(values: dict[str, Any]) -> TurnTokens:
    found = [values.get(name) for name in ("input_tokens", "output_tokens", "total_tokens")]
    counts = [one if isinstance(one, int) else 0 for one in found]
    return TurnTokens(values["branch_id"], values["user_turn_number"], *counts)
