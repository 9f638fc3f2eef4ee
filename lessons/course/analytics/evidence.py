"""What the steps of Analytics look at: rows of the tables, and what the code returned."""

import json
from typing import Any

from lessons.kit.ledger.cause import Cause
from lessons.kit.records import TurnRecord


def rows(seen: TurnRecord, table: str, mark: str = "added") -> list[dict[str, str]]:
    """The rows of a table that the turn added or removed, of all sessions, each as a dict of its columns."""
    changes = [row for found in seen.changes if found.table == table for row in getattr(found, mark)]
    return [row.after or row.before or {} for row in changes]


def values(seen: TurnRecord, table: str, column: str, mark: str = "added") -> set[str]:
    return {row[column] for row in rows(seen, table, mark)}


def returned(seen: TurnRecord) -> Any:
    """What the code of the step returned."""
    return json.loads(seen.result or "null")


def branches(listed: list[dict[str, Any]]) -> set[str]:
    return {branch["branch_id"] for branch in listed}


def current(listed: list[dict[str, Any]]) -> list[str]:
    return [branch["branch_id"] for branch in listed if branch["is_current"]]


def costs_more_each_turn(usage: list[dict[str, Any]]) -> bool:
    tokens = [turn["input_tokens"] for turn in usage]
    return len(tokens) == 3 and tokens == sorted(set(tokens))


def cost_of_the_requests(seen: TurnRecord) -> bool:
    """Whether the stored usage is the sum of what the requests of the turn cost, and counts them."""
    usage = [request.usage for request in seen.requests if request.usage is not None]
    tokens = [sum(one.input_tokens for one in usage), sum(one.output_tokens for one in usage)]
    return [
        [row["requests"], row["input_tokens"], row["output_tokens"], row["total_tokens"]]
        for row in rows(seen, "turn_usage")
    ] == [[str(number) for number in (len(seen.requests), *tokens, sum(tokens))]]


def is_the_sum_of_the_turns(of_the_session: dict[str, Any], turns: list[dict[str, Any]]) -> bool:
    counted = ("requests", "input_tokens", "output_tokens", "total_tokens")
    return all(of_the_session[name] == sum(turn[name] for turn in turns) for name in counted)


def keys_of_turn_1(seen: TurnRecord) -> set[str]:
    """The keys of the stored rows before the second message of the user."""
    kept = [line for line in seen.ledger.lines if line.row is not None]
    second = [at for at, line in enumerate(kept) if line.item.kind == "user"][1]
    return {str(line.row.key) for line in kept[:second] if line.row is not None}


def own_messages_are_gone(seen: TurnRecord, own_turn: str) -> bool:
    """Whether the messages that were removed are those of this turn of the branch. Main has its earlier turns too."""
    removed = rows(seen, "message_structure", "removed")
    own = {row["message_id"] for row in removed if row["user_turn_number"] == own_turn}
    return {str(row.key) for row in seen.removed_rows} == own and 0 < len(own) < len(removed)


def asked_on_another_branch(seen: TurnRecord) -> list[str]:
    """The messages of the user that were not returned because they are on another branch."""
    lines = [line for line in seen.ledger.lines if line.cause is Cause.OTHER_BRANCH and line.item.kind == "user"]
    return [line.item.text for line in lines]
