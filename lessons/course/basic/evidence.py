"""What the steps of Basic sessions look at: the rows that a turn added, and what its code returned."""

import json
from typing import Any

from lessons.kit.records import TurnRecord


def stored_a_pair(seen: TurnRecord) -> bool:
    """The turn added rows, your message first and the reply last."""
    kinds = [line.item.kind for line in seen.ledger.lines if line.mark == "added"]
    return len(kinds) >= 2 and (kinds[0], kinds[-1]) == ("user", "assistant")


def found_only_in_the_file(seen: TurnRecord) -> bool:
    """After both were closed, the file still had the items of a turn, and memory had none."""
    found = _returned(seen)
    return found["items from the file"] >= 2 and found["items from memory"] == 0 and len(seen.requests) >= 2


def kept_what_was_finished(seen: TurnRecord) -> bool:
    """The run whose stream was left stored its reply afterwards; the cancelled run stored none; the third finished its turn."""
    found = {how: counts["in the end"] for how, counts in _returned(seen).items()}
    rows = {table.session_id: len(table.added) for table in seen.item_changes}
    return rows == found and found["break"] >= 2 and found["cancel"] == 1 and found["after_turn"] >= 2


def _returned(seen: TurnRecord) -> Any:
    return json.loads(seen.result or "null")


def streams_left() -> list[str]:
    """What the code of leave_streams_early does: a run in each session, which is read twice."""
    return [
        words
        for how in ("break", "cancel", "after_turn")
        for words in (f"run_streamed in {how}: What's 2 + 2?", f"get_items() of {how}", f"get_items() of {how}")
    ]
