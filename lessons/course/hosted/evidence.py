"""What the steps of Hosted conversations look at: the HTTP requests of a turn, and what was compacted."""

import json
import re

from lessons.frame.evidence import did, limits, opened, reads
from lessons.kit.records import SessionCall, TurnRecord

DELETED = re.compile(r"DELETE \S*/conversations/[^/?]+")
"""Matches a request that deletes a whole conversation, and not one that deletes an item."""

_ID_OF_REASONING = re.compile(r'"id": ?"rs_[^"]*"')


def asked(seen: TurnRecord, method: str, end: str) -> list[SessionCall]:
    """The HTTP requests of this method whose path, without its query, ends with what the pattern `end` matches."""
    wanted = re.compile(rf"{method} [^?]*{end}(\?.*)?")
    return [call for call in seen.exchanges if wanted.fullmatch(call.method)]


def made_conversations(seen: TurnRecord) -> int:
    return len(asked(seen, "POST", "/conversations"))


def service_chose_the_id(seen: TurnRecord) -> bool:
    """Whether the first request made a conversation: it had no id in it, and the answer has one."""
    first = seen.exchanges[0]
    exchange = first.exchange
    made = first in asked(seen, "POST", "/conversations")
    return made and exchange is not None and '"id"' not in exchange.request and '"id"' in exchange.answer


def conversations(seen: TurnRecord) -> set[str]:
    """The ids of the conversations that the requests of the turn name."""
    return set(re.findall(r"/conversations/([^/?\s]+)", " ".join(call.method for call in seen.exchanges)))


def deleted_conversations(seen: TurnRecord) -> int:
    return sum(DELETED.fullmatch(call.method) is not None for call in seen.exchanges)


def orders(seen: TurnRecord) -> list[str]:
    """The order that each list request asked for."""
    return re.findall(r"order=(\w+)", " ".join(call.method for call in seen.exchanges))


def was_compacted(seen: TurnRecord) -> bool:
    return any(line.item.kind == "compaction" and line.mark == "added" for line in seen.ledger.lines)


def rows_now(seen: TurnRecord) -> list[str]:
    """The kinds of the rows of the session after the turn, in stored order."""
    return [line.item.kind for line in seen.ledger.lines if line.row is not None and line.mark != "removed"]


def kept_messages(seen: TurnRecord) -> list[str]:
    """The messages of the user in rows that the turn added and that are still there."""
    return [line.item.text for line in seen.ledger.lines if line.item.kind == "user" and line.mark == "added"]


def got_an_id_and_a_form(seen: TurnRecord) -> bool:
    """Whether every row that the turn added has an id of the service, and the user's also a type, a status and parts."""
    stored = [json.loads((row.after or {})["message_data"]) for row in seen.added]
    told = [item for item in stored if item.get("role") == "user"]
    return all(item["id"] for item in stored) and [
        (item["type"], item["status"], isinstance(item["content"], list)) for item in told
    ] == [("message", "completed", True)]


def read_back_with_ids(seen: TurnRecord) -> bool:
    """Whether every item that the code has read has an id, and the user's also a type, a status and parts."""
    items = json.loads(seen.result or "[]")
    told = [item for item in items if item.get("role") == "user"]
    return all(item["id"] for item in items) and all(
        (item["type"], item["status"], isinstance(item["content"], list)) == ("message", "completed", True)
        for item in told
    )


def sent_plainly(seen: TurnRecord) -> bool:
    """Whether the two requests that add items have no id in them, and the user's message in them has a role and a text only.

    A reasoning item is sent with its id.
    """
    first, second = (call.exchange for call in asked(seen, "POST", "/items"))
    return (
        first is not None
        and second is not None
        and '"id"' not in _ID_OF_REASONING.sub("", first.request + second.request)
        and [sorted(item) for item in json.loads(first.request)["items"]] == [["content", "role"]]
    )


def returned_the_newest_two(seen: TurnRecord) -> bool:
    """Whether the session returned the newest two rows, in stored order."""
    stored = [line.item for line in seen.ledger.lines if line.row is not None]
    return len(stored) > 2 and [(one.kind, one.text) for one in seen.returned] == [
        (one.kind, one.text) for one in stored[-2:]
    ]


def items_in_requests(seen: TurnRecord) -> list[int]:
    """How many items each request that adds some has in it."""
    return [
        call.exchange.request.count('"role"') for call in asked(seen, "POST", "/items") if call.exchange is not None
    ]


def bodies(seen: TurnRecord, method: str, end: str, side: str) -> str:
    return " ".join(getattr(call.exchange, side) for call in asked(seen, method, end))


def added_45_notes(done: list[str]) -> bool:
    """Whether the code added 45 notes and read them: in one call, or in parts of 20, where the SDK does not make the parts."""
    parts = [f"add_items({count}) of notes" for count in (20, 20, 5)]
    return done in (["add_items(45) of notes", "get_items() of notes"], [*parts, "get_items() of notes"])


def limited_runs(seen: TurnRecord) -> bool:
    """Whether four sums were asked in "long_chat": the first three with a limit of 2, and all with a hook."""
    return (
        did(seen) == [f"run in long_chat: {question}" for question in SUMS]
        and [limit for limit, _ in limits(seen)] == [2, 2, 2, None]
        and opened(seen) == ["long_chat(should_trigger_compaction=three_replies)"]
    )


def read_all_at_last(seen: TurnRecord) -> bool:
    """Whether the first run found nothing, the next two read two items each, and the fourth read all that was stored."""
    stored = sum(run.stored_count for run in seen.ledger.runs[:-1])
    return reads(seen) == [0, 2, 2, stored]


def compacted_before_the_last(seen: TurnRecord) -> bool:
    """Whether the fourth run read three messages and one item for the replies, which a request to compact has made.

    A Chat Completions model never starts a compaction: then it read all that was stored.
    """
    if not seen.exchanges:
        return read_all_at_last(seen)
    return reads(seen)[-1] == 4 and seen.returned_kinds == ["user", "user", "user", "compaction"]


def compacted_at_the_end(seen: TurnRecord) -> bool:
    """Whether all four questions are left, and one item for the replies.

    A Chat Completions model never starts a compaction: then no row may be gone.
    """
    if not asked(seen, "POST", "/responses/compact"):
        return not seen.removed
    return kept_messages(seen) == SUMS and was_compacted(seen)


SUMS = [f"What's {number} + {number}?" for number in range(1, 5)]
