"""The sessions of a SQLite file."""

import json
import sqlite3
import time
from collections.abc import Callable, Collection, Container, Iterator, Sequence
from typing import Any, TypeVar

from lessons.kit.inspect.opening.sqlite_file import STATEMENT_SECONDS, in_words, quoted, text
from lessons.kit.inspect.opening.sqlite_lists import LAST, NAMED, SQLiteLists, not_text, table
from lessons.kit.inspect.opening.words import escaped, like
from lessons.kit.inspect.session_ids import kind_of, placeholder, stored_as
from lessons.kit.inspect.stored import (
    CHARACTERS_LIMIT,
    COUNTED,
    FEW_ROWS,
    ROWS_LIMIT,
    CannotRead,
    Head,
    Hit,
    Medium,
    Overview,
    Pair,
    StoredRow,
    StoredSession,
    StructureRow,
    TimeIsUp,
    TurnTokens,
)

T = TypeVar("T")
Chosen = tuple[str, tuple[Any, ...]]
"""A condition that chooses rows, with its values."""
STRUCTURE_LOOKED_AT = 2_000
"""In a table of so many rows, message_structure is looked through for rows that name rows of another session."""
_FIRST_SLICE = 50
"""How many rows are read in the first look of several. The next ones take as many as fit into _TOGETHER_SECONDS."""
_TOGETHER_SECONDS = 0.03
_TOGETHER_CHARACTERS = 8_000_000
"""No further session is read in the same look after so many."""


class SQLiteStorage(SQLiteLists):
    """The sessions of one file. Its methods raise CannotRead if it is not a SQLite database, or is locked."""

    medium: Medium = "SQLite"

    def overviews(self, pair: Pair, heads: Sequence[Head]) -> dict[Head, Overview]:
        if not heads:
            return {}
        ids = [stored_as(head) for head in heads]
        values = ", ".join(f"({position}, {placeholder(one)})" for position, one in enumerate(ids))
        of_one = f"FROM {table(pair.messages)} m WHERE m.session_id = page.one"
        query = (
            f"WITH page (position, one) AS (VALUES {values})"
            f" SELECT position, count, f.{pair.key}, f.message_data, {f'f.{pair.created}' if pair.created else 'NULL'} FROM"
            f" (SELECT position, (SELECT count(*) FROM (SELECT 1 {of_one} LIMIT {COUNTED})) AS count,"
            f" (SELECT {pair.key} {of_one} ORDER BY {pair.key} LIMIT 1) AS first FROM page) AS page"
            f" LEFT JOIN {table(pair.messages)} f ON f.{pair.key} = page.first"
        )
        with in_words(self.label):
            rows = self.execute(query, tuple(ids))
        return {
            heads[position]: Overview(None if key is None else StoredRow(key, data, text(at)), count)
            for position, count, key, data, at in rows
        }

    def read(self, head: Head, rows_limit: int = ROWS_LIMIT) -> StoredSession:
        with in_words(self.label):
            return self.from_one_state(lambda: self._read(head, rows_limit))

    def read_together(self, heads: Sequence[Head], rows_limit: int = ROWS_LIMIT) -> dict[Head, StoredSession | None]:
        # Each time that the file is locked, the look waits for the writer, and then the writer for the look.
        with in_words(self.label):
            return self.from_one_state(lambda: self._read_some(heads, rows_limit))

    def _read_some(self, heads: Sequence[Head], rows_limit: int) -> dict[Head, StoredSession | None]:
        end, room = time.monotonic() + _TOGETHER_SECONDS, _TOGETHER_CHARACTERS
        found: dict[Head, StoredSession | None] = {}
        with self.one_transaction():
            for head in heads:
                try:
                    found[head] = stored = self._rows_of(head, rows_limit)
                except sqlite3.Error:
                    if not found:
                        raise
                    break  # it is the first one of the next look
                room -= sum(len(row.data or "") for row in stored.rows if isinstance(row.data, str | bytes | None))
                if room < 0 or time.monotonic() > end:
                    break
        return found

    def _read(self, head: Head, rows_limit: int) -> StoredSession:
        with self.one_transaction():
            return self._rows_of(head, rows_limit)

    def _rows_of(self, head: Head, rows_limit: int) -> StoredSession:
        pair, ask = head.pair, self._connection.execute
        one = stored_as(head)
        is_it = f"session_id = {placeholder(one)}"
        id_kind = ""
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
        keys = {row.key for row in rows}
        if len(keys) < len(rows) or not all(isinstance(key, int) for key in keys):
            raise CannotRead(
                f"{self.label}: rows of {pair.messages} have no id, or one that is not a number or that another row has, so "
                "their order is not known. Is id still the PRIMARY KEY? A copy made with CREATE TABLE … AS SELECT has none."
            )
        structure: list[StructureRow] = []
        elsewhere: list[tuple[int, str]] = []
        usage: list[TurnTokens] = []
        if pair.structure is not None:
            found = ask(f"SELECT * FROM {quoted(pair.structure)} WHERE {is_it}", (one,))
            names = [name.lower() for name, *_ in found.description]
            structure = [_structure(dict(zip(names, row, strict=True))) for row in found]
            # The class does not ask which session they name: a session that was renamed has them under its old id.
            if named := self._named_by_others(pair, one, rows, {row.message for row in structure}):
                query = f"SELECT * FROM {quoted(pair.structure)} WHERE message_id IN (SELECT value FROM json_each(?))"
                query += f" AND NOT ({is_it})"
                structure += [
                    _structure(dict(zip(names, row, strict=True))) for row in ask(query, (json.dumps(named), one))
                ]
            if gone := {row.message for row in structure}.difference(row.key for row in rows) if is_whole else ():
                query = (
                    f"SELECT {pair.key}, session_id FROM {quoted(pair.messages)}"
                    f" WHERE {pair.key} IN (SELECT value FROM json_each(?)) ORDER BY 1"
                )
                elsewhere = [(key, text(other)) for key, other in ask(query, (json.dumps(sorted(gone)),))]
        if pair.usage is not None:
            found = ask(f"SELECT * FROM {quoted(pair.usage)} WHERE {is_it}", (one,))
            names = [name.lower() for name, *_ in found.description]
            usage = [_tokens(dict(zip(names, row, strict=True))) for row in found]
        if head.stored_id is not None and rows:
            query = f"SELECT 1 FROM {quoted(pair.messages)} WHERE {is_it} AND session_id = ? LIMIT 1"
            id_kind = "" if ask(query, (one, head.session_id)).fetchone() else kind_of(one)
        return StoredSession(
            head, tuple(reversed(rows)), is_whole, tuple(structure), tuple(usage), id_kind, tuple(elsewhere)
        )

    def _named_by_others(self, pair: Pair, one: Any, rows: Sequence[StoredRow], known: Collection[int]) -> list[int]:
        """Those of the rows that message_structure may name in rows of another session.

        Rows that the session itself does not name, and in a small table any row: there is no index on message_id.
        """
        query = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(pair.structure or '')} LIMIT ?)"
        ((count,),) = self._connection.execute(query, (STRUCTURE_LOOKED_AT + 1,)).fetchall()
        return [row.key for row in rows if count <= STRUCTURE_LOOKED_AT or row.key not in known]

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

        def look(these: Chosen) -> dict[Any, Hit]:
            return self._search_text(pair, words, limit, found, these)

        with in_words(self.label):
            if pair.sessions is not None:
                for head in self._listed(pair, "session_id LIKE ? ESCAPE '!'", (like(words),), limit):
                    found[stored_as(head)] = Hit(head.session_id, None, head.session_id, head.stored_id)
            for more in self._slices(pair, look):
                found |= more
                if len(found) >= limit:
                    break
            if len(found) < limit:  # all rows were read, so a look at all ids costs little
                for head in self._unlisted(pair, limit, "m.session_id LIKE ? ESCAPE '!'", (like(words),)):
                    hit = Hit(head.session_id, None, head.session_id, head.stored_id)
                    found.setdefault(stored_as(head), hit)
        return list(found.values())[:limit]

    def _search_text(self, pair: Pair, words: str, limit: int, found: Container[Any], these: Chosen) -> dict[Any, Hit]:
        """The newest of `these` rows of each session that has the words and is not `found`, until there are `limit` hits."""
        patterns = list(dict.fromkeys((like(words), like(escaped(words)))))
        says = " OR ".join("message_data LIKE ? ESCAPE '!'" for _ in patterns)
        messages, (chosen, values) = quoted(pair.messages), these
        query = (
            f"SELECT session_id, {pair.key} FROM {messages} WHERE {chosen} AND {NAMED} AND ({says})"
            f" ORDER BY {pair.key} DESC"
        )
        keys: dict[Any, int] = {}
        for one, key in self._connection.execute(query, (*values, *patterns)):
            if one not in found:
                keys.setdefault(one, key)
            if len(keys) >= limit:
                break
        query = f"SELECT {pair.key}, message_data FROM {messages} WHERE {pair.key} IN (SELECT value FROM json_each(?))"
        texts = dict(self._connection.execute(query, (json.dumps(list(keys.values())),)).fetchall()) if keys else {}
        return {one: Hit(text(one), key, text(texts.get(key)), not_text(one)) for one, key in keys.items()}

    def newest_rows(self, pair: Pair, limit: int) -> list[tuple[str, StoredRow]]:
        found: list[tuple[str, StoredRow]] = []

        def look(these: Chosen) -> list[Any]:
            chosen, values = these
            query = (
                f"SELECT session_id, {pair.key}, message_data, {pair.created or 'NULL'} FROM {quoted(pair.messages)}"
                f" WHERE {chosen} ORDER BY {pair.key} DESC LIMIT ?"
            )
            return self._connection.execute(query, (*values, limit - len(found))).fetchall()

        with in_words(self.label):
            for rows in self._slices(pair, look):
                found += [(text(one), StoredRow(key, data, text(created))) for one, key, data, created in rows]
                if len(found) >= limit:
                    break
        return found

    def some_rows(self, pair: Pair) -> list[StoredRow]:
        return [row for _, row in self.newest_rows(pair, FEW_ROWS)]

    def _slices(self, pair: Pair, look: Callable[[Chosen], T]) -> Iterator[T]:
        """What `look` returns of some rows, then of the next ones, the newest first, each from one state of the file.

        If the rows cannot be found in the order of their keys, it is called once, for all of them. Raises TimeIsUp if all looks
        together take as long as one statement may.
        """
        is_in_order = self._is_in_key_order(pair)
        end = time.monotonic() + STATEMENT_SECONDS
        query = f"SELECT {pair.key} FROM {quoted(pair.messages)} WHERE {pair.key} < ? ORDER BY {pair.key} DESC"
        below, count = LAST, _FIRST_SLICE

        def look_below() -> tuple[T, float | None, float]:
            began = time.monotonic()  # without the time for which it waits for a lock
            with self.one_transaction():
                if not is_in_order:
                    return look(("1", ())), None, 0.0
                last = self._connection.execute(f"{query} LIMIT 1 OFFSET ?", (below, count - 1)).fetchone()
                chosen = f"{pair.key} < ?" + (f" AND {pair.key} >= ?" if last is not None else "")
                found = look((chosen, (below, *(last or ()))))
                return found, last[0] if last is not None else None, time.monotonic() - began

        while True:
            found, last, took = self.from_one_state(look_below)
            yield found
            if last is None:
                return
            if time.monotonic() > end:
                raise TimeIsUp(f"{self.label}: a statement took longer than {STATEMENT_SECONDS:g} seconds.")
            below, count = last, max(1, int(count * min(_TOGETHER_SECONDS / max(took, 1e-6), 4)))

    def _is_in_key_order(self, pair: Pair) -> bool:
        """Whether SQLite keeps the rows in the order of their keys."""
        if pair.key == "rowid":
            return True
        query = "SELECT lower(type) FROM pragma_table_info(?) WHERE lower(name) = ? AND pk = 1"
        return self.execute(query, (pair.messages, pair.key)) == [("integer",)]


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
