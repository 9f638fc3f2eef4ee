"""One session as a fixture: anonymous rows that have the same findings and the same next run."""

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from lessons.kit.inspect.dry import Settings
from lessons.kit.inspect.findings.all_findings import findings_of
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.private_copy import why_not_opened
from lessons.kit.inspect.running.apart import apart
from lessons.kit.inspect.stored import NO_ITEM, CannotRead, Pair, StoredRow, StoredSession
from lessons.kit.inspect.taking_away.anonymous import Anonymous, words_of

SESSION = "s"
KEY, OTHER_KEY = "fixture-key-" + "1" * 32, "fixture-key-" + "2" * 32
"""Rows that the given key opens are encrypted with the first, all others with the second."""
Behaviour = tuple[Any, ...]


@dataclass(frozen=True)
class Fixture:
    """An anonymous session, and the codes of its findings: the same as those of the original."""

    stored: StoredSession
    codes: tuple[str, ...]

    def as_sql(self) -> str:
        """Statements that make a SQLite database with the session in it."""
        connection = sqlite3.connect(":memory:")
        _fill(connection, self.stored)
        lines = "\n".join(connection.iterdump())
        connection.close()
        return f"-- Findings: {', '.join(self.codes) or 'none'}. Words, ids and keys are replaced.\n{lines}\n"

    def as_json(self) -> str:
        stored = self.stored
        data = {
            "class": stored.pair.made_by,
            "session": SESSION,
            "findings": self.codes,
            "rows": [{"id": row.key, "message_data": row.text, "created_at": row.created} for row in stored.rows],
            "message_structure": [row.values for row in stored.structure],
            "turn_usage": [vars(one) for one in stored.usage],
        }
        return json.dumps(data, indent=1, ensure_ascii=False, default=str) + "\n"


def fixture_of(stored: StoredSession, settings: Settings, keep_tool_names: bool = False) -> Fixture:
    """Raises CannotRead if the anonymous rows would not behave as the original ones."""
    original = words_of([row.text for row in stored.rows])
    names = Anonymous(original, keep_tool_names)
    case = Case(stored, settings)
    rows = []
    for item in case.items:
        data: Any = item.row.data
        if item.is_envelope:
            data = _envelope(names, item.stored, item.value)
        elif item.stored is NO_ITEM:
            data = names.text(item.row.text)
        else:
            data = json.dumps(names.item(item.stored))
        rows.append(StoredRow(item.key, data, item.row.created))
    structure = tuple(
        replace(row, branch=names.branch(row.branch), values=_structure(names, row.values)) for row in stored.structure
    )
    usage = tuple(replace(one, branch=names.branch(one.branch)) for one in stored.usage)
    head = replace(stored.head, session_id=SESSION, pair=_plain(stored.pair))
    made = replace(stored, head=head, rows=tuple(rows), structure=structure, usage=usage)
    asked = replace(settings, key=KEY if settings.key is not None else None)
    before, after = apart(len(stored.rows)).run(_both(stored, settings, made, asked), timeout=None)
    if before != after:
        raise CannotRead(
            "The anonymous rows would not have the same findings and the same next run, so none were made."
        )
    if left := _left(original, made, case if keep_tool_names else None):
        raise CannotRead(f"{len(left)} words of the original would be left, so no fixture was made.")
    return Fixture(made, tuple(code for code, *_ in after[0]))


async def _both(
    stored: StoredSession, settings: Settings, made: StoredSession, asked: Settings
) -> tuple[Behaviour, Behaviour]:
    return await _behaviour(stored, settings), await _behaviour(made, asked)


async def _behaviour(stored: StoredSession, settings: Settings) -> Behaviour:
    found = [(one.code, one.level, one.rows) for one in await findings_of(stored, settings)]
    run = await Case(stored, settings).run()
    lines = [(key, line.returned, line.sent, line.cause) for key, line in run.lines.items()]
    return found, run.sent_keys, lines, run.raises.partition(":")[0]


def _left(original: set[str], made: StoredSession, tools: Case | None) -> set[str]:
    kept = set() if tools is None else words_of(str(item.get("name") or "") for item in tools.items)
    return (original - kept) & words_of(row.text for row in made.rows if "__enc__" not in row.text)


def _plain(pair: Pair) -> Pair:
    return Pair(
        "agent_messages",
        "agent_sessions",
        structure="message_structure" if pair.structure else None,
        usage="turn_usage" if pair.usage else None,
        columns=pair.columns,
        made_by="SQLiteSession" if pair.made_by == "RedisSession" else pair.made_by,
        statements=_WITHOUT_KEYS if why_not_opened(pair) else (),
    )


_WITHOUT_KEYS = tuple(
    f"CREATE TABLE {name} (id, session_id, message_id, branch_id)"
    for name in ("agent_sessions", "agent_messages", "message_structure", "turn_usage")
)
"""Tables that AdvancedSQLiteSession refuses to open, as those of such a fixture are."""


def _structure(names: Anonymous, values: dict[str, Any]) -> dict[str, Any]:
    changed = {"session_id": SESSION, "branch_id": names.branch(str(values.get("branch_id")))}
    if values.get("tool_name"):
        changed["tool_name"] = names.tool_name(str(values["tool_name"]))
    return {**values, **changed}


def _envelope(names: Anonymous, envelope: dict[str, Any], value: Any) -> str:
    from lessons.kit.stores.encrypted.envelope import cipher, parse

    seen = parse(json.dumps(envelope))
    payload = envelope.get("payload")
    if seen is not None and seen.written:
        opened = value is not NO_ITEM
        inside = names.item(value) if opened else "x" * seen.plaintext_sizes[0]
        key = cipher(KEY if opened else OTHER_KEY, SESSION)
        # A second earlier: a token begins with its time, which would be a word of the original.
        payload = key.encrypt_at_time(json.dumps(inside).encode(), seen.written - 1).decode()
    elif isinstance(payload, str):
        payload = names.text(payload)
    rest = {name: names.item({name: one})[name] for name, one in envelope.items() if name in ("__enc__", "v", "kid")}
    return json.dumps(rest | ({"payload": payload} if "payload" in envelope else {}))


def _fill(connection: sqlite3.Connection, stored: StoredSession) -> None:
    pair = stored.pair
    text = "VARCHAR" if pair.made_by == "SQLAlchemySession" else "TEXT"
    connection.executescript(
        f"CREATE TABLE agent_sessions (session_id {text} PRIMARY KEY, created_at TIMESTAMP, updated_at TIMESTAMP);"
        f"CREATE TABLE agent_messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id {text} NOT NULL,"
        " message_data TEXT NOT NULL, created_at TIMESTAMP, FOREIGN KEY (session_id) REFERENCES"
        " agent_sessions (session_id) ON DELETE CASCADE);"
    )
    if stored.head.is_listed:
        times = (stored.head.created, stored.head.used)
        connection.execute("INSERT INTO agent_sessions VALUES (?, ?, ?)", (SESSION, *times))
    rows = [(row.key, SESSION, row.text, row.created) for row in stored.rows]
    connection.executemany("INSERT INTO agent_messages VALUES (?, ?, ?, ?)", rows)
    if pair.structure is not None:
        _insert(
            connection, "message_structure", pair.columns, [row.values for row in stored.structure], not pair.statements
        )
    if pair.usage is not None:
        columns = ("session_id", "branch_id", "user_turn_number", "input_tokens", "output_tokens", "total_tokens")
        used = [(SESSION, one.branch, one.turn, one.input, one.output, one.total) for one in stored.usage]
        _insert(
            connection,
            "turn_usage",
            columns,
            [dict(zip(columns, one, strict=True)) for one in used],
            not pair.statements,
        )
    connection.commit()


def _insert(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: list[dict[str, Any]], is_owned: bool
) -> None:
    described = [f"{name} INTEGER PRIMARY KEY" if name == "id" else name for name in columns]
    described += [_OWNERS[name] for name in columns if is_owned and name in _OWNERS]
    connection.execute(f"CREATE TABLE {table} ({', '.join(described)})")
    marks = ", ".join("?" * len(columns))
    connection.executemany(
        f"INSERT INTO {table} VALUES ({marks})", [[row.get(name) for name in columns] for row in rows]
    )


_OWNERS = {
    "session_id": "FOREIGN KEY (session_id) REFERENCES agent_sessions (session_id) ON DELETE CASCADE",
    "message_id": "FOREIGN KEY (message_id) REFERENCES agent_messages (id) ON DELETE CASCADE",
}
"""AdvancedSQLiteSession opens no tables without them."""
