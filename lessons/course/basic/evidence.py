"""What the steps of Basic sessions look at: the rows that a turn added, and what its code returned."""

import json
from typing import Any

from lessons.frame.evidence import added_to
from lessons.kit.records import TurnRecord

PAIR = ["user", "assistant"]
INSTRUCTIONS = ("Reply in one", "You are a librarian")
"""Words of the instructions that the agents of this lesson have. No row may have them."""


def same_rows_as_before(seen: TurnRecord) -> bool:
    """The session returned rows. Each was there before the turn, under the same key, and none was removed."""
    found = [line for line in seen.ledger.lines if line.returned]
    return bool(found) and all(line.row is not None and not line.mark for line in found) and not seen.removed


def found_only_in_the_file(seen: TurnRecord) -> bool:
    """Both sessions stored a message and a reply. After both were closed, the file had all of its rows, and memory had none."""
    found, stored = _returned(seen), [run.stored_count for run in seen.ledger.runs]
    return (
        added_to(seen, "alice") == [*PAIR, *PAIR]
        and found == {"items from the file": stored[0], "items from memory": 0}
        and min(stored) >= 2
    )


def shared_only_in_the_file(seen: TurnRecord) -> bool:
    """The second object of the same id returned the rows of the first from a file, and none from memory."""
    in_file, in_memory = (run.stored_count for run in seen.ledger.runs)
    return min(in_file, in_memory) >= 2 and _returned(seen) == {
        "second object, file": in_file,
        "second object, memory": 0,
    }


def kept_what_was_finished(seen: TurnRecord) -> bool:
    """The run whose stream was left stored its reply. The cancelled run stored none. The third run finished its turn."""
    found = {how: counts["in the end"] for how, counts in _returned(seen).items()}
    rows = {table.session_id: len(table.added) for table in seen.item_changes}
    return rows == found and found["break"] >= 2 and found["cancel"] == 1 and found["after_turn"] >= 2


def _returned(seen: TurnRecord) -> Any:
    return json.loads(seen.result or "null")


def streams_left() -> list[str]:
    """What the code of leave_streams_early does: one run in each session, and two reads after it."""
    return [
        words
        for how in ("break", "cancel", "after_turn")
        for words in (f"run_streamed in {how}: What's 2 + 2?", f"get_items() of {how}", f"get_items() of {how}")
    ]
