"""Undoes the learner's newest message: removes the rows of its whole turn, if no other row came after them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from lessons.frame.own_turns import is_of_steps
from lessons.frame.walk import MESSAGE_TITLE, Walk
from lessons.kit.background import in_blocking_thread
from lessons.kit.items import read
from lessons.kit.ledger.ledger import LedgerLine
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import TurnRecord
from lessons.kit.stores.store import Store
from lessons.kit.turns.planned_turn import PlannedTurn
from lessons.kit.turns.running_work import RunningTurn

UNDO_TITLE = "Undo"


def start_undo(walk: Walk, session_id: str) -> RunningTurn:
    """Pop the rows of the newest message that still has rows. Raises Refused if there is none, or if other rows came later."""
    store = walk.desk.store(walk.store)
    record = newest_message(walk.desk.records, session_id, walk.store)
    if record is None:
        raise _refused("This session has no message of yours that can be undone.", "Send one first.")
    keys = [row.key for row in record.added_rows if row.session_id == session_id]
    _check_are_newest(store, session_id, record, keys)
    run = _pops(keys, lambda: _check_are_newest(store, session_id, record, keys))
    planned = PlannedTurn(UNDO_TITLE, run, session_id, walk.store, walk.provider, walk.lesson.make_agent)
    return walk.desk.start(replace(planned, is_in_the_way=is_of_steps(walk.lesson.entry, session_id)))


def newest_message(records: Sequence[TurnRecord], session_id: str, store: str) -> TurnRecord | None:
    """The learner's newest message that has rows in the session, as far as the records tell.

    A turn owns the rows that it has added until a later one removes them, or adds others under the same key: in a list or a
    JSON file a key is a position.
    """
    owners: dict[int, TurnRecord] = {}
    for record in records:
        for row in record.removed_rows:
            if row.is_in(store, session_id):
                owners.pop(row.key, None)
        for row in record.added_rows:
            if row.is_in(store, session_id):
                owners[row.key] = record
    owned = [record for record in owners.values() if record.title == MESSAGE_TITLE]
    return max(owned, key=lambda record: record.id, default=None)


def _pops(keys: Sequence[int], look: Callable[[], list[Any]]) -> Callable[[Any], Any]:
    async def undo(session: Any) -> list[Any]:
        expected = await in_blocking_thread(look)  # again: another tab can have stored something since
        taken: list[Any] = []
        for item in reversed(expected):
            popped = await session.pop_item()
            if popped != item:
                if popped is not None:
                    await session.add_items([popped])
                raise _refused(
                    "Something was stored in this session at the same time.", "Look at the newest rows.",
                    f"{len(taken)} of {len(keys)} rows of the turn were removed.",
                )  # fmt: skip
            taken.append(popped)
        return taken

    return undo


def _check_are_newest(store: Store, session_id: str, record: TurnRecord, keys: Sequence[int]) -> list[Any]:
    """The items of these rows. Raises Refused if they are not the newest of the session, or not what the turn has stored."""
    store.check_pop(session_id)
    rows = store.page(session_id, limit=len(keys)).rows
    if [row.key for row in rows] != list(keys):
        raise _refused(
            "Other rows came after that message, or some of its rows are gone.",
            "Undo what came later first. Pop takes single items.",
        )
    made = store.read_back(session_id, {row.key: row.data for row in rows})
    if any(one.why or one.data is None for one in made.values()):
        raise _refused("The session does not return all rows of that message.", "Look at the Why column of its lines.")
    said = {line.row.key: line.item for line in _lines(record, session_id) if line.row is not None}
    if any(read(made[key].data or "").text != said[key].text for key in keys if key in said):
        raise _refused(
            "Rows of that message are stored under other keys or with other words now.", "Pop takes single items."
        )
    return [json.loads(made[row.key].data or "null") for row in rows]


def _lines(record: TurnRecord, session_id: str) -> list[LedgerLine]:
    ledgers = (record.ledger, *record.other_ledgers)
    return [
        line for ledger in ledgers if ledger.session_id == session_id for line in ledger.lines if line.mark == "added"
    ]


def _refused(what: str, next_: str, kept: str = "Nothing was removed.") -> Refused:
    return Refused(Problem(what, kept, next_))
