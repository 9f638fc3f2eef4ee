"""The head of a turn in the ledger: what it read, sent and stored, in numbers; and the notes below its lines."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from lessons.kit.items import describe
from lessons.kit.ledger.run_words import run_words, words_of_like_runs
from lessons.kit.problems.counted import counted
from lessons.kit.records import TurnRecord, Usage, refs
from lessons.kit.row_ref import RowRef, refs_in_words, rows_in_words
from lessons.kit.stores.redis.keys import SDK_PREFIX
from lessons.kit.stores.redis.store import KEYS
from lessons.kit.stores.rows import PICTURE_ROWS
from lessons.ui.widgets.markup import marked

TITLE_CUT = 120
RESULT_CUT = 160
SHOWN_PARTS, PART_CUT = 6, 280
SHOWN_HANDLES = 4
SHOWN_ITEMS, ITEM_CUT = 3, 32


def title_of(record: TurnRecord) -> str:
    title = marked(record.title, TITLE_CUT)
    return f"Step {record.step + 1} · {title}" if record.step is not None else title


def facts_of(record: TurnRecord) -> str:
    """What each run read, sent and stored, in order, then the rows that are gone, tokens and time."""
    if record.ledger.runs:
        alike = words_of_like_runs(record.ledger.runs)
        parts = [*map(marked, [alike] if alike else run_words(record)), *_removed(record)]
    elif not record.requests:
        parts = [f"{', '.join(map(marked, run_words(record)))} → {_stored(record)}"]
    else:
        parts = [f"{_read(record)} → {_sent(record)} → {_stored(record)}"]
    parts += _expiry(record)
    usages = [request.usage for request in record.requests if request.usage is not None]
    if usages:
        parts.append(_tokens(usages))
    parts.append(f"{record.milliseconds:,.0f} ms")
    return " · ".join(parts)


def _read(record: TurnRecord) -> str:
    reads = [call for call in record.calls if call.method == "get_items" and call.depth == 1]
    if reads:
        return f"{counted(reads[-1].rows or 0, 'item')} read"
    if record.calls or record.session_id is not None:
        return "nothing read"
    return "no session"


def _sent(record: TurnRecord) -> str:
    if not record.requests:
        return "model not asked"
    counts = ", then ".join(f"{request.count:,}" for request in record.requests[:4])
    more = f", … {len(record.requests)} requests" if len(record.requests) > 4 else ""
    return f"{counts}{more} sent"


def _removed(record: TurnRecord) -> list[str]:
    return [f"{_known(refs(table.removed), record)} removed" for table in record.item_changes if table.removed]


def _stored(record: TurnRecord) -> str:
    removed = _removed(record)
    added = [f"{_known(record.added_rows, record)} stored"] if record.added_rows else []
    between = _stored_and_removed(record)
    return ", ".join([*removed, *added, *between, *_under_another_prefix(record)]) or "no row stored"


def _under_another_prefix(record: TurnRecord) -> list[str]:
    """The entries that the turn added to Redis lists of another key_prefix: the ledger has no rows of them."""
    stored = Counter[str]()
    for table in record.changes:
        for row in (*table.added, *table.changed) if table.table == KEYS else ():
            before, after = (int((state or {}).get("entries") or 0) for state in (row.before, row.after))
            prefix = str(row.key).removesuffix(f":{table.session_id}:messages").split(":", 2)[-1]
            if (row.after or {}).get("type") == "list" and prefix != SDK_PREFIX and after > before:
                stored[prefix] += after - before
    return [f"{counted(count, 'item')} stored under the prefix {marked(prefix)}" for prefix, count in stored.items()]


def _stored_and_removed(record: TurnRecord) -> list[str]:
    """The rows that the turn has both stored and removed: comparing the tables before and after it does not show them."""
    known = frozenset(record.removed_rows)
    lines = [line for ledger in (record.ledger, *record.other_ledgers) for line in ledger.lines]
    rows = [line.row for line in lines if line.mark == "removed" and line.row is not None and line.row not in known]
    return [f"{_known(rows, record)} stored and removed"] if rows else []


def _expiry(record: TurnRecord) -> list[str]:
    """When the Redis keys to which the turn added will expire, if that has changed: no row shows it."""
    moved = []
    for table in record.changes:
        for row in (*table.added, *table.changed) if table.table == KEYS else ():
            before, after = ((state or {}).get("expires_at", "") for state in (row.before, row.after))
            if before != after and (row.after or {}).get("type") == "list":
                moved.append(f"keys expire at {after[11:19]} UTC" if after else "keys no longer expire")
    return list(dict.fromkeys(moved))


def _known(rows: Sequence[RowRef], record: TurnRecord) -> str:
    """These rows in words, with the session named if any is of another one than the turn's own.

    A record knows the newest PICTURE_ROWS of a session: if it has so many, there can be more.
    """
    sessions = {row.session_id for row in (*rows, *record.removed_rows, *record.added_rows)}
    named = rows_in_words(rows) if sessions <= {record.session_id} else refs_in_words(rows)
    most = max(Counter(row.session_id for row in rows).values(), default=0)
    return f"{named}{', perhaps more,' if most >= PICTURE_ROWS else ''}"


def _tokens(usages: Sequence[Usage]) -> str:
    estimated = " (estimated)" if any(usage.estimated for usage in usages) else ""
    given, taken = sum(usage.input_tokens for usage in usages), sum(usage.output_tokens for usage in usages)
    return f"{given:,} tokens in, {taken:,} out{estimated}"


def notes_of(record: TurnRecord, *, is_open: bool) -> Iterator[tuple[str, str, str]]:
    """The notes below the lines of a turn: for each its look, what happened, and the rest. More is said of an open turn."""
    if record.dropped_handles is not None:
        yield "calm", "Restart: handles dropped", _some_of(record.dropped_handles) or "none was open"
    if record.result is not None and (record.result != "null" or record.calls):
        yield "calm", "The code returned", _returned(record.result, is_open=is_open)
    if record.stopped:
        kept = rows_in_words(record.added_rows) or "nothing"
        rest = f"Stored: {kept}. The reply is not stored, so the next run will not send it."
        yield "calm", "You stopped this turn.", rest
    if record.problem is not None:
        # What to do about it is said of the open turn: of an older one, it may be true no more.
        rest = f"{record.problem.kept}\n{record.problem.next}" if is_open else ""
        yield "problem", record.problem.what, rest
    elif record.ended_early and not record.stopped:
        yield "calm", f"The reply ended early: {record.ended_early}.", _ended_early(record)


def _returned(result: str, *, is_open: bool) -> str:
    """What the code returned. For items, what each says: the rows above have their JSON."""
    what, said = _items_in(result)
    if said:
        some = ", ".join(said[:SHOWN_ITEMS])
        more = f", and {len(said) - SHOWN_ITEMS} more" if len(said) > SHOWN_ITEMS else ""
        return f"{counted(len(said), what)}: {some}{more} · The JSON is in Session calls."
    try:
        value = json.loads(result)
    except (ValueError, RecursionError):  # a record keeps the beginning of a long one
        return _cut_with_length(" ".join(result.split()), len(result))
    shown = "None" if value is None else _json(value)
    if is_open and len(shown) > RESULT_CUT and isinstance(value, dict | list):
        return _part_by_part(value, len(result))
    return _cut_with_length(shown, len(result))


def _part_by_part(value: dict[str, Any] | list[Any], length: int) -> str:
    """Each part of a long value on its own line, so that the first one does not take the room of the others."""
    parts = (
        [f"{key}: {_json(one)}" for key, one in value.items()] if isinstance(value, dict) else list(map(_json, value))
    )
    lines = [f"{part[:PART_CUT]}{'…' if len(part) > PART_CUT else ''}" for part in parts[:SHOWN_PARTS]]
    is_whole = len(parts) <= SHOWN_PARTS and all(len(part) <= PART_CUT for part in parts)
    return "\n".join([*lines, *([] if is_whole else [f"{length:,} characters, all of them in Session calls"])])


def _cut_with_length(words: str, length: int) -> str:
    cut = f"… {length:,} characters, all of them in Session calls" if len(words) > RESULT_CUT else ""
    return f"{words[:RESULT_CUT]}{cut}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _items_in(result: str) -> tuple[str, list[str]]:
    """The items of a list, or the one item, in words, and what they are called; none where it is neither.

    What is next to items in a list, such as the answer to a ping, is not an item: it is told as it is.
    """
    try:
        decoded = json.loads(result)
    except (ValueError, RecursionError):
        return "", []
    values = decoded if isinstance(decoded, list) else [decoded]
    items = [describe(value) for value in values]
    if all(item.kind == "unreadable" for item in items):
        return "", []
    said = []
    for value, item in zip(values, items, strict=True):
        words = f"{item.text[:ITEM_CUT]}{'…' if item.length > ITEM_CUT else ''}"
        said.append(f'{item.kind} "{words}"' if isinstance(value, dict) else words)
    return "item" if all(isinstance(value, dict) for value in values) else "value", said


def _some_of(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN_HANDLES} more" if len(names) > SHOWN_HANDLES else ""
    return f"{', '.join(names[:SHOWN_HANDLES])}{more}"


def _ended_early(record: TurnRecord) -> str:
    """A reply that the SDK took for a whole one, and that its service did not complete."""
    kept = "The reply is not stored, so the next run will not send it."
    if record.reply_rows:
        row = record.reply_rows[-1].key
        kept = f"The SDK stored it as row {row}, like a whole reply. The next run will send it as it is."
    return f"{kept}\nSend a message to have it completed, or pop the row first."
