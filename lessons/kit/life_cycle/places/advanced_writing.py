"""Writes sessions into the tables of AdvancedSQLiteSession: each row with its place in message_structure."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from lessons.kit.life_cycle.places.dialects import batches
from lessons.kit.life_cycle.places.place import BATCH, MORE_TABLES, STRUCTURE, USAGE, Row, Values
from lessons.kit.life_cycle.places.sql_place import SqlPlace
from lessons.kit.life_cycle.places.sql_writing import SqlWriting
from lessons.kit.stores.sdk_private import structure_of

_KEYS = "temp.keys_of_rows"
"""A temporary table of this connection: the key that a row had in the source, and its key now."""


class AdvancedWriting(SqlWriting):
    """One transaction on the tables of AdvancedSQLiteSession."""

    def __init__(self, place: SqlPlace, connection: Any) -> None:
        super().__init__(place, connection)
        self.ask(f"CREATE TABLE {_KEYS} (session_id TEXT, old INTEGER, new INTEGER, PRIMARY KEY (session_id, old))")

    def _added(self, session_id: str, rows: list[Row], before: int) -> None:
        query = f"SELECT id FROM {self.messages} WHERE session_id = ? AND id > ? ORDER BY id"
        new = [key for (key,) in self.ask(query, [session_id, before])]
        pairs = [(session_id, row.key, key) for row, key in zip(rows, new, strict=True) if row.key is not None]
        self.place.database.many(self.connection, f"INSERT OR REPLACE INTO {_KEYS} VALUES (?, ?, ?)", pairs)

    def add_more(self, session_id: str, more: Iterable[tuple[str, Values]]) -> None:
        for table, given in more:
            if table not in MORE_TABLES:
                continue
            values = {**given, "session_id": session_id}
            if table == STRUCTURE:
                query = f"SELECT new FROM {_KEYS} WHERE session_id = ? AND old = ?"
                found = self.ask(query, [session_id, values["message_id"]])
                if not found:
                    continue  # its row does not exist
                values["message_id"] = found[0][0]
            columns, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
            self.ask(f'INSERT OR REPLACE INTO "{table}" ({columns}) VALUES ({marks})', values.values())

    def put_on_main(self, session_id: str, after: int) -> None:
        """Put the rows after that key on the branch main, numbered as add_items() numbers them."""
        sequence, turn, branch_turn = self._numbers(session_id)
        statement = (
            f"INSERT INTO {STRUCTURE} (session_id, message_id, branch_id, message_type, sequence_number,"
            " user_turn_number, branch_turn_number, tool_name) VALUES (?, ?, 'main', ?, ?, ?, ?, ?)"
        )
        query = (
            f"SELECT id, message_data FROM {self.messages} WHERE session_id = ? AND id > ? ORDER BY id LIMIT {BATCH}"
        )
        while found := self.ask(query, [session_id, after]):
            rows = []
            for key, data in found:
                kind, tool, is_user = structure_of(json.loads(data))
                sequence, turn, branch_turn = sequence + 1, turn + is_user, branch_turn + is_user
                rows.append((session_id, key, kind, sequence, turn, branch_turn, tool))
            for part in batches(rows):
                self.place.database.many(self.connection, statement, part)
            after = found[-1][0]

    def remove_rows(self, session_id: str, rows: Sequence[Row]) -> None:
        keys = [(session_id, row.key) for row in rows]
        database = self.place.database
        database.many(self.connection, f"DELETE FROM {STRUCTURE} WHERE session_id = ? AND message_id = ?", keys)
        super().remove_rows(session_id, rows)
        self.ask(
            f"DELETE FROM {USAGE} WHERE session_id = ? AND NOT EXISTS (SELECT 1 FROM {STRUCTURE} s WHERE s.session_id ="
            f" {USAGE}.session_id AND s.branch_id = {USAGE}.branch_id AND s.user_turn_number = {USAGE}.user_turn_number)",
            [session_id],
        )

    def _numbers(self, session_id: str) -> tuple[int, int, int]:
        """The last sequence number of the session, and the last user_turn_number and branch_turn_number of main."""
        last = f"SELECT coalesce(max(sequence_number), 0) FROM {STRUCTURE} WHERE session_id = ?"
        turns = (
            f"SELECT coalesce(max(user_turn_number), 0), coalesce(max(branch_turn_number), 0) FROM {STRUCTURE}"
            " WHERE session_id = ? AND branch_id = 'main'"
        )
        (sequence,), (turn, branch_turn) = self.ask(last, [session_id])[0], self.ask(turns, [session_id])[0]
        return int(sequence), int(turn), int(branch_turn)
