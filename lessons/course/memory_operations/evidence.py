"""What the steps of Memory operations look at: the rows that a turn added, removed, returned and sent."""

import json

from lessons.frame.evidence import did, without_thoughts
from lessons.kit.items import describe
from lessons.kit.ledger.cause import Cause
from lessons.kit.records import TurnRecord


def kinds(seen: TurnRecord, mark: str) -> list[str]:
    """The kinds of the rows that the turn added or removed, in stored order."""
    return [line.item.kind for line in seen.ledger.lines if line.mark == mark]


def stored(seen: TurnRecord) -> list[str]:
    """The kinds of the rows that were there after the turn."""
    return [line.item.kind for line in seen.ledger.lines if line.row is not None and line.mark != "removed"]


def stored_texts(seen: TurnRecord) -> list[str]:
    """The texts of the rows that were there after the turn, in stored order."""
    return [line.item.text for line in seen.ledger.lines if line.row is not None and line.mark != "removed"]


def texts(seen: TurnRecord) -> str:
    return " ".join(stored_texts(seen))


def returned_the_newest_reply(seen: TurnRecord) -> bool:
    """The session returned one item: its newest row, which is a reply."""
    return [(item.kind, item.text) for item in seen.returned] == [("assistant", *stored_texts(seen)[-1:])]


def removed_the_question(seen: TurnRecord, words: str) -> bool:
    """The rows that the turn removed are a question with these words and its reply."""
    removed = [line.item for line in seen.ledger.lines if line.mark == "removed"]
    return without_thoughts(item.kind for item in removed) == ["user", "assistant"] and words in removed[0].text


def stored_pair(seen: TurnRecord) -> bool:
    """The turn added a question and its reply."""
    return without_thoughts(kinds(seen, "added")) == ["user", "assistant"]


def stored_a_tool_turn(seen: TurnRecord) -> bool:
    """The turn added a question, a call, its output and the reply."""
    return without_thoughts(kinds(seen, "added")) == TOOL_TURN


def popped(count: int) -> list[str]:
    """What that many pops are called among what the code did."""
    return ["pop_item() of alice"] * count


def corrected(seen: TurnRecord) -> bool:
    """The code popped as many rows as are gone, and then asked again."""
    gone = len(kinds(seen, "removed"))
    return did(seen) == ["get_items() of alice", *popped(gone), "run in alice: What's 2 + 3?"]


def popped_the_newest_two(seen: TurnRecord) -> bool:
    """Two pops removed the reply and the tool's output, so that the call is left alone.

    Or the reply and the reasoning item before it, where there is one: then the call keeps its output.
    """
    left, gone = without_thoughts(stored(seen)), kinds(seen, "removed")
    if gone == ["reasoning", "assistant"]:
        return left[-3:] == ["user", "tool call", "tool output"]
    return gone == ["tool output", "assistant"] and left[-2:] == ["user", "tool call"]


def left_out_the_call(seen: TurnRecord) -> bool:
    """The run did not send the call, because its output is missing.

    With a reasoning model the call can have kept its output: then the run sent both.
    """
    if "reasoning" in stored(seen) and stored(seen).count("tool call") == stored(seen).count("tool output"):
        return not never_sent(seen) and seen.sent_kinds.count("tool output") == stored(seen).count("tool output") > 0
    return without_thoughts(never_sent(seen)) == ["tool call"] and left_out_for(seen, Cause.OUTPUT_MISSING) == [
        "tool call"
    ]


def undone(seen: TurnRecord) -> bool:
    """The code ran a turn with a tool, and popped each of its rows."""
    rows = returned_kinds(seen)
    return without_thoughts(rows) == TOOL_TURN[::-1] and did(seen) == [
        "run in alice: What's the weather in Rome?",
        "get_items() of alice",
        *popped(len(rows)),
    ]


def kept_and_sent_two(seen: TurnRecord) -> bool:
    """The tool's output and the reply are left, and were sent; or the reply and the reasoning item before it."""
    kept = stored(seen)[:2]
    return kept in (["tool output", "assistant"], ["reasoning", "assistant"]) and seen.sent_kinds == [*kept, "user"]


def sessions_rows_gone(seen: TurnRecord) -> bool:
    """Each table of sessions that changed has lost a row. A store with a table of messages has a table of sessions too."""
    has_one = any(table.table.endswith("messages") for table in seen.item_changes)
    found = [table for table in seen.changes if table.table.endswith("sessions")]
    return all(table.removed for table in found) and (bool(found) or not has_one)


def never_sent(seen: TurnRecord) -> list[str]:
    """The kinds of the rows that the session returned and the model was not sent."""
    return [line.item.kind for line in seen.ledger.lines if line.returned and not line.sent]


def left_out_for(seen: TurnRecord, cause: Cause) -> list[str]:
    """The kinds of the rows whose line in the ledger has this cause."""
    return [line.item.kind for line in seen.ledger.lines if line.row is not None and line.cause is cause]


def returned_kinds(seen: TurnRecord) -> list[str]:
    """The kinds of the items that the code of the step returned."""
    return [describe(item).kind for item in json.loads(seen.result or "[]")]


def gave_a_list_of_dicts(seen: TurnRecord) -> bool:
    """Whether the code of the step returned a list that begins with a dict. A long result is cut, so it is not decoded."""
    return "".join((seen.result or "").split()).startswith("[{")


def changed_sessions(seen: TurnRecord) -> set[str]:
    """The ids of the sessions of which any table has changed."""
    return {table.session_id for table in seen.changes}


TOOL_TURN = ["user", "tool call", "tool output", "assistant"]
