"""Questions without an answer, runs that were stored at the same time, and orders that depend on the class."""

from collections.abc import Sequence
from itertools import pairwise

from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.findings.finding import Finding, subject
from lessons.kit.inspect.stored import ClassName
from lessons.kit.ledger.explaining.risk import CALL_OF_OUTPUT, OUTPUT_OF_CALL


async def unanswered_question(case: Case) -> list[Finding]:
    """Questions that no answer follows: the next run sends them again, before its own message."""
    mixed = {item.key for group in _mixed(case.visible) for item in group}
    said = [item for item in case.visible if item.role not in ("system", "developer")]  # the others answer nothing
    found = [
        item
        for item, after in pairwise([*said, None])
        if item is not None and _asks(item) and item.key not in mixed and _is_left(item, after)
    ]
    rows = await case.keys_sent_of(found)
    if not rows:
        return []
    says = (
        f"{subject(rows)}: a user's message without an answer. The next run sends it again, before its own "
        "message. Delete it if the question is not to be answered. The rows do not show whether a guardrail blocked it or rows "
        "before it, whether the run failed, or whether it is still running."
    )
    return [case.finding("unanswered-question", "note", rows, says)]


def _asks(item: Seen) -> bool:
    """Whether it is a user's message with words: applications store an uploaded image or file as a message before them."""
    if item.role != "user":
        return False
    parts = item.get("content")
    is_attached = isinstance(parts, list) and parts and all(_is_attached(part) for part in parts)
    return not is_attached


def _is_attached(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") in ("input_image", "input_file", "input_audio")


def _is_left(item: Seen, after: Seen | None) -> bool:
    if after is None:
        return True
    # Messages of one input are stored together. If the next one was stored later, the run before it gave no answer.
    # Nobody asks the same twice in one input: then it was asked again.
    is_later = bool(item.row.created) and item.row.created != after.row.created
    return after.role == "user" and (is_later or item.value == after.value)


async def overlapping_runs(case: Case) -> list[Finding]:
    """Rows in an order that almost only two runs at the same time leave."""
    groups = _mixed(case.visible)
    if not groups:
        return []
    outcome = await case.run()
    findings = []
    for group in groups:
        rows = [item.key for item in group]
        if not any(key in outcome.values for key in rows):
            continue
        what = "a message between a call and its output" if _is_split(group) else "two questions, then two answers"
        says = (
            f"{subject(rows)} look like two runs of this session at the same time: {what}. Two such runs do not send "
            "each other's rows, and every later run sends them mixed, in this order. Let one run of a session finish before "
            "the next begins. One run with two messages, or a late approval, can leave the same rows: which it was, they do "
            "not show."
        )
        findings.append(case.finding("overlapping-runs", "note", rows, says))
    return findings


def _mixed(items: Sequence[Seen]) -> list[list[Seen]]:
    """Groups of rows: two questions and then two answers, or a question between a call and its output."""
    groups: list[list[Seen]] = []
    first = 0  # where the questions begin that are not answered yet
    at = 0
    while at < len(items):
        end = at + max(_run_of(items, at, "user"), 1)
        while end < len(items) and items[end].role != "user":
            end += 1
        answers = _answers_at_the_end(items[at:end])
        if answers == 2 and sum(map(_asks, items[first:end])) > 1:
            groups.append(list(items[first:end]))
        first = end if answers else first
        at = end
    covered = {item.key for group in groups for item in group}
    calls: dict[tuple[str, str], int] = {}
    last_user = -1
    for position, item in enumerate(items):
        if item.role == "user":
            last_user = position
        elif item.type in OUTPUT_OF_CALL:
            calls[item.type, str(item.get("call_id"))] = position
        elif item.type in CALL_OF_OUTPUT:
            call = calls.get((CALL_OF_OUTPUT[item.type], str(item.get("call_id"))))
            if call is not None and last_user > call and item.key not in covered:
                groups.append([items[call], items[last_user], item])
    return groups


def _answers_at_the_end(items: Sequence[Seen]) -> int:
    """How many answers end a turn, at most two. Reasoning can stand before each, and a commentary before its own answer."""
    last, before = ([None, None, *(item for item in items if item.type != "reasoning")])[:-3:-1]
    if last is None or last.role != "assistant":
        return 0
    return 2 if before is not None and before.role == "assistant" and before.get("phase") != "commentary" else 1


def _run_of(items: Sequence[Seen], at: int, role: str) -> int:
    end = at
    while end < len(items) and items[end].role == role:
        end += 1
    return end - at


def _is_split(group: Sequence[Seen]) -> bool:
    return group[0].type in OUTPUT_OF_CALL


async def order_differs_by_class(case: Case) -> list[Finding]:
    """Rows that one class returns in another order than another class that can open the same tables."""
    if not case.is_in_a_file:
        return []
    other: ClassName = "SQLiteSession" if case.class_name != "SQLiteSession" else "SQLAlchemySession"
    if case.class_name == "AdvancedSQLiteSession":
        order = {row.message: row.sequence for row in case.stored.structure}
        if len(order) != len(case.stored.structure) or set(order) != {item.key for item in case.items}:
            return []  # several branches, or rows without structure: then more than the order differs
        differs = sorted(order, key=lambda key: order[key]) != sorted(order)
    else:
        by_time = sorted(case.items, key=lambda item: (item.row.created, item.key))
        differs = [item.key for item in by_time] != [item.key for item in case.items]
    if not differs:
        return []
    mine, its = await case.run(limit=None), await case.run(limit=None, class_name=other)
    if not mine.sent_keys or not its.sent_keys or mine.sent_keys == its.sent_keys:
        return []
    rows = sorted(
        {one for pair in zip(mine.sent_keys, its.sent_keys, strict=False) if pair[0] != pair[1] for one in pair}
    )
    orders = {"SQLiteSession": "id", "AsyncSQLiteSession": "id", "SQLAlchemySession": "created_at and then id"}
    says = (
        f"{subject(rows)}: {case.class_name} sends {_order(mine.sent_keys, rows)} (by "
        f"{orders.get(case.class_name, 'sequence_number')}), and {other} sends {_order(its.sent_keys, rows)} "
        f"(by {orders[other]}). "
        "Open the file with one class only, or correct the times. The rows do not show which order is meant."
    )
    shown = f"{case.class_name} and {other}"
    return [case.finding("order-differs-by-class", "warning", rows, says, **{"class": shown, "limit": "none"})]


def _order(keys: Sequence[int], among: Sequence[int]) -> str:
    wanted = [str(key) for key in keys if key in among]
    return ", ".join(wanted[:8]) + (", …" if len(wanted) > 8 else "")
