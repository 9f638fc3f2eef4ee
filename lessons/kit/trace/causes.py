"""The words of every cause: why an item was stored, was not returned or was not sent."""

from collections.abc import Sequence

from lessons.kit.trace.lines import NOT_JSON, Line, Read, StoredRow, same_item

NO_SESSION = "never stored: this run had no session"
REPLY_NOT_STORED = "said, but not stored: the run did not end"
MOVED = "sent in another place than it is stored"
CHANGED = "changed by a callback before it was sent"
REMOVED_AGAIN = "stored and removed again in this turn"
ADDED_BY_CALLBACK = "added by a callback, not stored"
REMOVED = "removed in this turn"
GONE_WITH_ITS_HANDLE = "gone with its handle: it was only in memory"
ENDED_EARLY = "the answer ended early: "
REPLACED_AGAIN = "stored by a compaction of this turn, and replaced by the next"


def why(line: Line, lines: list[Line], reads: Sequence[Read], asked: bool, failed: bool) -> str:
    """Why this line of `lines` is where it is; '' if it was stored before, returned and sent.

    `reads` are the get_items() calls of the turn; `asked` says whether a run with the session has asked the model.
    """
    if line.mark == "added":
        return _why_added(line, asked, failed)
    if not reads:
        return line.unread or "this run did not read the session"
    if not line.returned:
        return _why_not_returned(line, reads[-1])
    if line.sent or not asked:
        return ""
    return _why_not_sent(line, lines)


def _why_added(line: Line, asked: bool, failed: bool) -> str:
    if line.returned:
        return "stored earlier in this turn"
    match line.item.kind:
        case "user" if line.sent:
            return "new input, stored before the model was asked"
        case "assistant" if asked:
            return "the reply, stored after the run"
        case "handoff":
            return "the handoff, stored in this run"
        case "tool call" | "tool output" if line.sent:
            return "stored in this run, sent in the next request"
        case "tool call" | "tool output" if asked:
            return "stored in this run, which then failed" if failed else "stored in this run"
        case _:
            return f"added in this turn; {line.unread}" if line.unread else "added in this turn"


def _why_not_returned(line: Line, read: Read) -> str:
    if line.value is NOT_JSON:
        return "not JSON: the session skips it"
    if line.unread:
        return line.unread
    if read.limit is not None:
        return f"over the limit of {read.limit}"
    return "not returned by the session"


def _why_not_sent(line: Line, lines: list[Line]) -> str:
    others = [other for other in lines if other is not line]
    if any(same_item(line.value, other.value) and other.sent for other in others):
        return "left out: another item with the same id was sent"
    missing = _MISSING.get(str(line.value.get("type"))) if isinstance(line.value, dict) else None
    if missing is not None:
        type_, name = missing
        partners = [
            other
            for other in others
            if isinstance(other.value, dict)
            and other.value.get("type") == type_
            and other.value.get("call_id") == line.value.get("call_id")
        ]
        if not partners and name == "output":
            return "a call whose output is missing: the SDK leaves it out as long as that is so"
        if not partners:
            return "not sent without its call, which is missing"
        if not any(other.returned for other in partners):
            return f"not sent without its {name}, which was not returned"
    return "dropped by a callback before the model was asked"


_MISSING = {"function_call": ("function_call_output", "output"), "function_call_output": ("function_call", "call")}


def why_compacted(row: StoredRow, made: int) -> str:
    """What a compaction, whose own row has the key `made`, did to this row; '' if nothing."""
    if row.mark == "removed":
        return "replaced by the compaction"
    if row.mark != "added" or row.key > made:
        return ""
    return "stands for what the compaction replaced" if row.key == made else "kept by the compaction, in a new row"
