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
from lessons.kit.inspect.stored import (
    CHARACTERS_LIMIT,
    COUNTED,
    ROWS_LIMIT,
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
    """The sessions of one file. Raises CannotRead if it is not a SQLite database, or is locked."""

    medium: Medium = "SQLite"

    def pairs(self) -> list[Pair]:
        # SQLite takes SESSION_ID for session_id, and so do the session classes.
        query = (
            "SELECT m.name, m.sql, (SELECT json_group_array(json_array(lower(name), type)) FROM pragma_table_info(m.name)),"
            ' (SELECT json_group_array(json_array(lower("from"), "table")) FROM pragma_foreign_key_list(m.name))'
            " FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY m.name"
        )
        with in_words(self.label):
            found = [row for row in self.execute(query) if not text(row[1]).upper().startswith("CREATE VIRTUAL")]
            tables = {text(name): Table(dict(json.loads(of)), dict(json.loads(keys))) for name, _, of, keys in found}
            statements = {text(name): text(sql) for name, sql, *_ in found}
            return [
                replace(pair, statements=advanced_statements(pair, statements))
                for pair in find_pairs(tables, self._has_rowid)
            ]

    def _has_rowid(self, name: str) -> bool:
        try:
            self.execute(f"SELECT rowid FROM {quoted(name)} LIMIT 0")
        except sqlite3.OperationalError:
            return False
        return True

    def newest(self, pair: Pair, limit: int, since: str = "") -> list[Head]:
        with in_words(self.label):
            listed = self._listed(pair, f"replace({_used(pair)}, 'T', ' ') >= ?", (since, limit, 0))
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
        found = self.execute(query, values)
        return [Head(pair, text(one), text(at), created=text(made)) for one, at, made in found]

    def days(self, pair: Pair) -> dict[str, int]:
        if pair.sessions is None:
            return dict(Counter(head.used[:10] for head in self.newest(pair, COUNTED)))
        named = f"FROM {quoted(pair.sessions)} WHERE {_NAMED}"
        with in_words(self.label):
            ((total,),) = self.execute(f"SELECT count(*) FROM (SELECT 1 {named} LIMIT ?)", (COUNTED + 1,))
            # To sort them takes longer than to count them.
            newest = f" ORDER BY {_used(pair)} DESC LIMIT {COUNTED}" if total > COUNTED else ""
            part = f"SELECT substr({_used(pair)}, 1, 10) AS day {named}{newest}"
            return {text(day): count for day, count in self.execute(f"SELECT day, count(*) FROM ({part}) GROUP BY day")}

    def unlisted(self, pair: Pair, limit: int) -> list[Head]:
        with in_words(self.label):
            return self._unlisted(pair, limit) if pair.sessions is not None else []

    def _unlisted(self, pair: Pair, limit: int, wanted: str = "1", values: tuple[Any, ...] = ()) -> list[Head]:
        messages = quoted(pair.messages)
        newest = (
            f"SELECT {pair.created or chr(39) * 2} FROM {messages} t WHERE t.session_id = m.session_id"
            f" ORDER BY {pair.key} DESC LIMIT 1"
        )
        known = f"SELECT 1 FROM {quoted(pair.sessions)} s WHERE s.session_id = m.session_id" if pair.sessions else ""
        query = f"{self._ids(pair)} SELECT m.session_id, ({newest}) AS used FROM ids m WHERE m.{_NAMED} AND {wanted}"
        query += f" AND NOT EXISTS ({known}) LIMIT ?" if known else " ORDER BY used DESC LIMIT ?"
        is_listed = pair.sessions is None
        return [
            Head(pair, text(one), text(at), is_listed=is_listed) for one, at in self.execute(query, (*values, limit))
        ]

    def _ids(self, pair: Pair) -> str:
        """The ids that the rows name. In the SDK's index each id is looked up once, and not once for each of its rows."""
        messages = quoted(pair.messages)
        indexes = [name for _, name, *_ in self.execute(f"PRAGMA index_list({messages})")]
        first = [self.execute(f"PRAGMA index_info({quoted(name)})")[0][2] for name in indexes]
        if "session_id" not in first:
            return f"WITH ids AS (SELECT DISTINCT session_id FROM {messages})"
        return (
            f"WITH RECURSIVE ids(session_id) AS (SELECT min(session_id) FROM {messages} UNION ALL"
            f" SELECT (SELECT min(session_id) FROM {messages} WHERE session_id > ids.session_id) FROM ids"
            " WHERE ids.session_id IS NOT NULL)"
        )

    def heads(self, pair: Pair, ids: Sequence[str]) -> list[Head]:
        found: dict[str, Head] = {}
        if pair.sessions is not None:
            with in_words(self.label):
                wanted = "session_id IN (SELECT value FROM json_each(?))"
                listed = self._listed(pair, wanted, (json.dumps(list(ids)), len(ids), 0))
            found = {head.session_id: head for head in listed}
        return [found.get(one) or Head(pair, one, is_listed=pair.sessions is None) for one in ids]

    def overviews(self, pair: Pair, ids: Sequence[str]) -> dict[str, Overview]:
        of_one = f"FROM {quoted(pair.messages)} m WHERE m.session_id = page.value"
        query = (
            f"SELECT page.value, count, f.{pair.key}, f.message_data, {f'f.{pair.created}' if pair.created else 'NULL'} FROM"
            f" (SELECT value, (SELECT count(*) FROM (SELECT 1 {of_one} LIMIT {COUNTED})) AS count,"
            f" (SELECT {pair.key} {of_one} ORDER BY {pair.key} LIMIT 1) AS first FROM json_each(?) AS page) AS page"
            f" LEFT JOIN {quoted(pair.messages)} f ON f.{pair.key} = page.first"
        )
        with in_words(self.label):
            rows = self.execute(query, (json.dumps(list(ids)),))
        return {
            text(one): Overview(None if key is None else StoredRow(key, data, text(at)), count)
            for one, count, key, data, at in rows
        }

    def find(self, pair: Pair, session_id: str) -> Head | None:
        with in_words(self.label):
            if pair.sessions is not None:
                used = pair.updated or "created_at"
                query = f"SELECT {used}, created_at FROM {quoted(pair.sessions)} WHERE session_id = ?"
                for at, made in self.execute(query, (session_id,)):
                    return Head(pair, session_id, text(at), created=text(made))
            query = f"SELECT 1 FROM {quoted(pair.messages)} WHERE session_id = ? LIMIT 1"
            found = self.execute(query, (session_id,))
            return Head(pair, session_id, is_listed=pair.sessions is None) if found else None

    def read(self, head: Head, rows_limit: int = ROWS_LIMIT) -> StoredSession:
        with in_words(self.label):
            return self.looked(lambda: self._read(head, rows_limit))

    def _read(self, head: Head, rows_limit: int) -> StoredSession:
        pair, ask = head.pair, self._connection.execute
        ask("BEGIN")  # one state of the file for all that follows
        try:
            query = (
                f"SELECT {pair.key}, message_data, {pair.created or 'NULL'} FROM {quoted(pair.messages)}"
                f" WHERE session_id = ? ORDER BY {pair.key} DESC LIMIT ?"
            )
            rows: list[StoredRow] = []
            room, is_whole = CHARACTERS_LIMIT, True
            for key, data, created in ask(query, (head.session_id, rows_limit + 1)):
                room -= len(data or "") if isinstance(data, str | bytes | None) else 0
                if len(rows) == rows_limit or room < 0:
                    is_whole = False
                    break
                rows.append(StoredRow(key, data, text(created)))
            structure: list[StructureRow] = []
            usage: list[TurnTokens] = []
            if pair.structure is not None:
                found = ask(f"SELECT * FROM {quoted(pair.structure)} WHERE session_id = ?", (head.session_id,))
                names = [name.lower() for name, *_ in found.description]
                structure = [_structure(dict(zip(names, row, strict=True))) for row in found]
            if pair.usage is not None:
                found = ask(f"SELECT * FROM {quoted(pair.usage)} WHERE session_id = ?", (head.session_id,))
                names = [name.lower() for name, *_ in found.description]
                usage = [_tokens(dict(zip(names, row, strict=True))) for row in found]
        finally:
            ask("COMMIT")
        return StoredSession(head, tuple(reversed(rows)), is_whole, tuple(structure), tuple(usage))

    def page(self, head: Head, limit: int, *, before: int | None = None, after: int | None = None) -> list[StoredRow]:
        pair = head.pair
        query = (
            f"SELECT {pair.key}, message_data, {pair.created or 'NULL'} FROM {quoted(pair.messages)}"
            f" WHERE session_id = ? AND {pair.key} {'<' if after is None else '>'} ?"
            f" ORDER BY {pair.key} {'DESC' if after is None else 'ASC'} LIMIT ?"
        )
        with in_words(self.label):
            rows = self.execute(query, (head.session_id, before if after is None else after, limit))
        return sorted((StoredRow(key, data, text(at)) for key, data, at in rows), key=lambda row: row.key)

    def size(self, head: Head, limit: int) -> tuple[int, int]:
        with in_words(self.label):
            part = f"SELECT message_data FROM {quoted(head.pair.messages)} WHERE session_id = ? LIMIT ?"
            query = f"SELECT count(*), sum(length(message_data)) FROM ({part})"
            ((items, characters),) = self.execute(query, (head.session_id, limit))
            return items, characters or 0

    def search(self, pair: Pair, words: str, limit: int) -> list[Hit]:
        found: dict[str, Hit] = {}
        with in_words(self.label):
            if pair.sessions is not None:
                for head in self._listed(pair, "session_id LIKE ? ESCAPE '!'", (like(words), limit, 0)):
                    found[head.session_id] = Hit(head.session_id, None, head.session_id)
            self.looked(lambda: self._search_text(pair, words, limit, found))
            if len(found) < limit:  # all rows were read, so a look at all ids costs little
                for head in self._unlisted(pair, limit, "m.session_id LIKE ? ESCAPE '!'", (like(words),)):
                    found.setdefault(head.session_id, Hit(head.session_id, None, head.session_id))
        return list(found.values())[:limit]

    def _search_text(self, pair: Pair, words: str, limit: int, found: dict[str, Hit]) -> None:
        """Add the newest row of each session that has the words, the newest first, until there are `limit` hits."""
        patterns = list(dict.fromkeys((like(words), like(escaped(words)))))
        says = " OR ".join("message_data LIKE ? ESCAPE '!'" for _ in patterns)
        messages = quoted(pair.messages)
        query = f"SELECT session_id, {pair.key} FROM {messages} WHERE {_NAMED} AND ({says}) ORDER BY {pair.key} DESC"
        keys: dict[str, int] = {}
        for one, key in self._connection.execute(query, patterns):
            if len(found) + len(keys) >= limit:
                break
            if text(one) not in found:
                keys.setdefault(text(one), key)
        query = f"SELECT {pair.key}, message_data FROM {messages} WHERE {pair.key} IN (SELECT value FROM json_each(?))"
        texts = dict(self._connection.execute(query, (json.dumps(list(keys.values())),)).fetchall())
        found |= {one: Hit(one, key, text(texts.get(key))) for one, key in keys.items()}

    def newest_rows(self, pair: Pair, limit: int) -> list[tuple[str, StoredRow]]:
        with in_words(self.label):
            query = (
                f"SELECT session_id, {pair.key}, message_data, {pair.created or 'NULL'} FROM {quoted(pair.messages)}"
                f" ORDER BY {pair.key} DESC LIMIT ?"
            )
            rows = self.execute(query, (limit,))
            return [(text(one), StoredRow(key, data, text(created))) for one, key, data, created in rows]


_NAMED = "session_id IS NOT NULL"


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
