"""The learner's own turns between the steps of a lesson: which of them are in the way of the next step, in words."""

from collections.abc import Sequence

from lessons.frame.entry import Entry
from lessons.kit.records import TurnRecord
from lessons.kit.row_ref import refs_in_words
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.snapshots.one_snapshot import starts_from_copy

MESSAGE_CUT = 24
"""What is quoted of a message stands in one line with its rows."""


def is_of_steps(entry: Entry, session_id: str | None) -> bool:
    """Whether steps may use this session: any but the one that the learner's own messages go to at first."""
    return session_id != entry.session_id


def since_last_step(desk: Desk) -> list[TurnRecord]:
    """The turns after the last step that is done, oldest first, including a step that failed."""
    found: list[TurnRecord] = []
    for record in reversed(desk.records):
        if record.step is not None and record.step_done:
            break
        found.insert(0, record)
    return found


def in_the_way(entry: Entry, desk: Desk) -> list[TurnRecord]:
    """The turns since the last step that the next step leaves out: it starts from a copy of what the last step left.

    Empty where the next step starts from what is there.
    """
    if desk.has_set_aside or not starts_from_copy(desk.folder, desk.progress.steps_done):
        return []
    return [record for record in since_last_step(desk) if _may_change_steps(entry, record)]


def _may_change_steps(entry: Entry, record: TurnRecord) -> bool:
    used = {record.session_id, *(ledger.session_id for ledger in record.other_ledgers)} - {None}
    return record.restarted or record.step is not None or any(is_of_steps(entry, one) for one in used)


def in_words(turns: Sequence[TurnRecord]) -> str:
    """These turns and their rows: 'your message "hello" (rows 5, 6 of alice)', "your 15 messages (rows 3–32 of alice)"."""
    own = [record for record in turns if record.step is None]
    parts = [f"what step {record.step + 1} did before it ended" for record in turns if record.step is not None]
    if len(own) > 1:
        parts.append(f"your {len(own)} {'messages' if all(record.message for record in own) else 'turns'}")
    elif own:
        parts.append(
            f'your message "{_cut(own[0].message)}"'
            if own[0].message
            else f'your "{_cut(own[0].title.removeprefix("await session."))}"'
        )
    rows = refs_in_words(
        list(dict.fromkeys(row for record in turns for row in (*record.added_rows, *record.removed_rows)))
    )
    return f"{' and '.join(dict.fromkeys(parts))}{f' ({rows})' if rows else ''}"


def _cut(words: str) -> str:
    return words if len(words) <= MESSAGE_CUT else f"{words[:MESSAGE_CUT]}…"
