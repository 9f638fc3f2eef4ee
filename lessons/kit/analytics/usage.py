"""What AdvancedSQLiteSession has stored of its turns: rows by kind, tools, and the usage of the runs, read from its tables.

All of it is SQL by session, branch and turn on a read-only connection: looking opens no handle and changes nothing.
"""

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lessons.kit.items import read
from lessons.kit.sdk_version import sdk_minor
from lessons.kit.stores.rows import as_text

TOOL_CALLS = (
    "tool_call", "function_call", "computer_call", "file_search_call", "web_search_call", "code_interpreter_call",
    "tool_search_call", "custom_tool_call", "mcp_call", "mcp_approval_request", "shell_call", "apply_patch_call",
)  # fmt: skip
"""The stored kinds that the SDK's get_tool_usage() counts as calls."""

FOUND_PAGE = 20
"""How many turns one page of the list has."""
TEXT_SHOWN = 160


@dataclass(frozen=True)
class Usage:
    """What store_run_usage() kept of the run of one turn. Tokens are those that the model reported."""

    requests: int
    input_tokens: int
    output_tokens: int
    total_tokens: int


@dataclass(frozen=True)
class Turn:
    """One turn of a branch. `row` is the id of the user's message; `kinds` are its rows by stored kind.

    `usage` is None if none was stored for this turn in this branch.
    """

    number: int
    row: int | None
    kinds: tuple[tuple[str, int], ...]
    usage: Usage | None


@dataclass(frozen=True)
class ToolUse:
    """One tool of a branch: how many calls of it are stored, in how many turns."""

    name: str
    calls: int
    turns: int


@dataclass(frozen=True)
class FoundTurn:
    """One turn of the list. `text` is the start of the user's message, `length` counts all its characters."""

    number: int
    row: int
    text: str
    length: int
    created_at: str


@dataclass(frozen=True)
class FoundTurns:
    """One page of the turns that were found. `page` counts from 1, `found` counts the turns of all pages."""

    turns: tuple[FoundTurn, ...] = ()
    found: int = 0
    page: int = 1

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // FOUND_PAGE))


@dataclass(frozen=True)
class Details:
    """What a turn's usage says beyond the counts: whatever keys the SDK and the provider gave, as stored."""

    input: Any = None
    output: Any = None


def read_turns(connection: sqlite3.Connection, session_id: str, branch: str) -> tuple[Turn, ...]:
    """The turns of a branch in their order. Turn 0 holds what was stored before the first message of a user."""
    kinds: dict[int, dict[str, int]] = {}
    rows: dict[int, int] = {}
    query = (
        "SELECT user_turn_number, message_type, COUNT(*), MIN(message_id) FROM message_structure "
        "WHERE session_id = ? AND branch_id = ? GROUP BY user_turn_number, message_type ORDER BY MIN(sequence_number)"
    )
    for number, kind, count, first in connection.execute(query, (session_id, branch)):
        kinds.setdefault(number or 0, {})[as_text(kind)] = count
        if kind == "user":
            rows[number or 0] = first
    query = (
        "SELECT user_turn_number, requests, input_tokens, output_tokens, total_tokens FROM turn_usage "
        "WHERE session_id = ? AND branch_id = ?"
    )
    found = connection.execute(query, (session_id, branch))
    usage = {number: Usage(*(value or 0 for value in counted)) for number, *counted in found}
    return tuple(
        Turn(number, rows.get(number), tuple(kinds[number].items()), usage.get(number)) for number in sorted(kinds)
    )


def read_tools(connection: sqlite3.Connection, session_id: str, branch: str) -> tuple[ToolUse, ...]:
    """The tools that were called in a branch, the most used first. A handoff counts as a tool, as in the SDK."""
    query = (
        "SELECT COALESCE(tool_name, message_type) AS tool, COUNT(*), COUNT(DISTINCT user_turn_number) "
        "FROM message_structure WHERE session_id = ? AND branch_id = ? "
        f"AND message_type IN ({', '.join('?' * len(TOOL_CALLS))}) GROUP BY tool ORDER BY 2 DESC, 1"
    )
    return tuple(
        ToolUse(as_text(name), calls, turns)
        for name, calls, turns in connection.execute(query, (session_id, branch, *TOOL_CALLS))
    )


def read_details(connection: sqlite3.Connection, session_id: str, branch: str, turn: int) -> Details:
    query = (
        "SELECT input_tokens_details, output_tokens_details FROM turn_usage "
        "WHERE session_id = ? AND branch_id = ? AND user_turn_number = ?"
    )
    found = connection.execute(query, (session_id, branch, turn)).fetchone()
    return Details(*map(_decoded, found)) if found else Details()


def read_session_usage(connection: sqlite3.Connection, session_id: str) -> Usage | None:
    """The usage of all branches together; None if none was stored. A shared turn counts once: a branch does not copy usage."""
    query = (
        "SELECT SUM(requests), SUM(input_tokens), SUM(output_tokens), SUM(total_tokens) FROM turn_usage "
        "WHERE session_id = ?"
    )
    found = connection.execute(query, (session_id,)).fetchone()
    return Usage(*(value or 0 for value in found)) if found[0] is not None else None


def find_turns(connection: sqlite3.Connection, session_id: str, branch: str, search: str, page: int) -> FoundTurns:
    """One page of the turns whose user message contains `search`; if `page` is past the end, the last one.

    Finds what find_turns_by_content() of the installed SDK finds: the user's messages alone, letters from a to z in any case.
    """
    numbers = _matching(connection, session_id, branch, search)
    number = min(max(1, page), max(1, -(-len(numbers) // FOUND_PAGE)))
    shown = numbers[(number - 1) * FOUND_PAGE : number * FOUND_PAGE]
    query = (
        "SELECT s.branch_turn_number, s.message_id, m.message_data, m.created_at FROM message_structure s "
        "JOIN agent_messages m ON m.id = s.message_id "
        f"WHERE s.session_id = ? AND s.branch_id = ? AND s.message_id IN ({', '.join('?' * len(shown))}) "
        "ORDER BY s.sequence_number"
    )
    turns = []
    for turn, row, data, created in connection.execute(query, (session_id, branch, *shown)):
        item = read(as_text(data))
        turns.append(FoundTurn(turn, row, item.text[:TEXT_SHOWN], item.length, as_text(created)))
    return FoundTurns(tuple(turns), len(numbers), number)


def _matching(connection: sqlite3.Connection, session_id: str, branch: str, search: str) -> list[int]:
    """The row ids of the user messages that contain `search`, in order."""
    if not search:
        query = (
            "SELECT message_id FROM message_structure WHERE session_id = ? AND branch_id = ? AND message_type = 'user' "
            "ORDER BY sequence_number"
        )
        return [row for (row,) in connection.execute(query, (session_id, branch))]
    if sdk_minor() < (0, 23):  # 0.22 looks in the stored JSON; % is any text, _ any character
        found = connection.execute(_MESSAGES.format("LIKE ?"), (session_id, branch, f"%{search}%"))
        return [row for row, data in found if _is_object(as_text(data))]
    like = json.dumps(search)[1:-1]
    for special in "\\%_":
        like = like.replace(special, "\\" + special)
    wanted = re.compile(re.escape(search), re.IGNORECASE | re.ASCII)
    found = connection.execute(_MESSAGES.format("LIKE ? ESCAPE '\\'"), (session_id, branch, f"%{like}%"))
    # LIKE searches the stored JSON, so it also finds words that are not in the message.
    return [row for row, data in found if any(map(wanted.search, _texts(as_text(data))))]


_MESSAGES = (
    "SELECT s.message_id, m.message_data FROM message_structure s JOIN agent_messages m ON m.id = s.message_id "
    "WHERE s.session_id = ? AND s.branch_id = ? AND s.message_type = 'user' AND m.message_data {} "
    "ORDER BY s.sequence_number"
)


def _texts(data: str) -> list[str]:
    try:
        content = json.loads(data).get("content", "")
    except (ValueError, AttributeError, RecursionError):
        return []
    if isinstance(content, str):
        return [content]
    parts = content if isinstance(content, list) else []
    return [part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)]


def _is_object(data: str) -> bool:
    try:
        return isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


def _decoded(data: Any) -> Any:
    if not data:
        return None
    try:
        return json.loads(as_text(data))
    except (ValueError, RecursionError):
        return as_text(data)


@dataclass(frozen=True)
class Point:
    """The mean usage per turn of the turns `first` to `last` that have usage; None in each mean if none of them has."""

    first: int
    last: int
    requests: float | None
    input_tokens: float | None
    output_tokens: float | None
    total_tokens: float | None


def points(turns: Sequence[Turn], at_most: int) -> tuple[tuple[Point, ...], int]:
    """At most `at_most` points for a chart, each of equally many turns (the last may have fewer), and that number."""
    size = max(1, -(-len(turns) // at_most))
    return tuple(_point(turns[start : start + size]) for start in range(0, len(turns), size)), size


def _point(turns: Sequence[Turn]) -> Point:
    counted = [turn.usage for turn in turns if turn.usage is not None]
    fields = ("requests", "input_tokens", "output_tokens", "total_tokens")
    means = [sum(getattr(usage, field) for usage in counted) / len(counted) if counted else None for field in fields]
    return Point(turns[0].number, turns[-1].number, *means)


def missing_usage(turns: Sequence[Turn]) -> list[tuple[int, int]]:
    """The turns without stored usage, as ranges (first number, last number)."""
    found: list[tuple[int, int]] = []
    for turn in turns:
        if turn.usage is not None:
            continue
        if found and found[-1][1] == turn.number - 1:
            found[-1] = found[-1][0], turn.number
        else:
            found.append((turn.number, turn.number))
    return found


def total(turns: Sequence[Turn]) -> Usage:
    """The usage of these turns together."""
    counted = [turn.usage for turn in turns if turn.usage is not None]
    return Usage(
        sum(usage.requests for usage in counted),
        sum(usage.input_tokens for usage in counted),
        sum(usage.output_tokens for usage in counted),
        sum(usage.total_tokens for usage in counted),
    )


def cost(usage: Usage, input_price: float, output_price: float) -> float:
    """What the tokens cost, with prices per million tokens. The SDK does not know prices."""
    return (usage.input_tokens * input_price + usage.output_tokens * output_price) / 1e6
