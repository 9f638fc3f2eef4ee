"""A failure that the learner chooses: what goes wrong, what it should leave behind, and the recovery that is right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lessons.frame.lesson import Code
from lessons.frame.walk import Walk
from lessons.kit.items import read
from lessons.kit.records import TurnRecord
from lessons.kit.stores.store import RowReader
from lessons.kit.turns.planned_turn import PlannedTurn
from lessons.kit.turns.running_work import RunningTurn

GOES_WRONG, RECOVERY = "Goes wrong", "Recovery"
"""What the titles of the two turns begin with."""


@dataclass(frozen=True)
class Failure:
    """One thing that goes wrong, on a session without rows.

    `run` makes it go wrong and returns in words how it ended; `ends` is a part of these words. `stored` are the kinds of the
    rows that it leaves. `recover` is the right recovery; after it the rows have the kinds `after`. `tells` says both in words.
    `stores` are the kinds of store that it can happen on, the first of them by default; empty where it is any.
    """

    name: str
    title: str
    run: Code
    ends: str
    stored: tuple[str, ...]
    recover: Code
    after: tuple[str, ...]
    tells: str
    stores: tuple[str, ...] = ()

    def store_for(self, chosen: str) -> str:
        """The kind of store that it runs on, if the learner has chosen the kind `chosen`."""
        return chosen if not self.stores or chosen in self.stores else self.stores[0]


@dataclass(frozen=True)
class Went:
    """How a failure went: the newest record of it, and of its recovery if that ran."""

    record: TurnRecord
    recovery: TurnRecord | None = None


def start_failure(walk: Walk, failure: Failure) -> RunningTurn:
    """Make it go wrong, in a session that has no rows yet. Raises Refused."""
    store = failure.store_for(walk.store)
    session_id = free_session(walk.desk.store(store), failure.name)
    return walk.desk.start(_planned(replace(walk, store=store), GOES_WRONG, failure, failure.run, session_id))


def start_recovery(walk: Walk, failure: Failure, record: TurnRecord) -> RunningTurn:
    """Recover from the failure of that record, in the same session. Raises Refused."""
    session_id = record.session_id or failure.name
    return walk.desk.start(_planned(replace(walk, store=record.store), RECOVERY, failure, failure.recover, session_id))


def free_session(store: RowReader, name: str) -> str:
    """The name, with a number if a session of that name has rows."""
    number, session_id = 1, name
    while store.page(session_id, limit=1).rows:
        number += 1
        session_id = f"{name}_{number}"
    return session_id


def newest(failure: Failure, records: Sequence[TurnRecord]) -> Went | None:
    """How it went the last time, None if it has not run yet."""
    recovery = None
    for record in reversed(records):
        if record.title == f"{RECOVERY}: {failure.title}" and recovery is None:
            recovery = record
        if record.title == f"{GOES_WRONG}: {failure.title}":
            return Went(record, recovery)
    return None


def left_behind(record: TurnRecord) -> tuple[str, ...]:
    """The kinds of the rows that the turn has added, in stored order."""
    ledgers = (record.ledger, *record.other_ledgers)
    return tuple(line.item.kind for ledger in ledgers for line in ledger.lines if line.mark == "added")


def went_wrong_as_told(failure: Failure, record: TurnRecord) -> bool:
    """Whether the run ended as the failure says, and left those rows."""
    return record.problem is None and failure.ends in (record.result or "") and left_behind(record) == failure.stored


def stored_kinds(store: RowReader, session_id: str) -> tuple[str, ...]:
    """The kinds of all rows that the session returns now. Raises Refused."""
    rows = {row.key: row.data for row in store.page(session_id).rows}
    made = store.read_back(session_id, rows)
    return tuple(read(one.data).kind for key in rows if (one := made[key]).data is not None)


def _planned(walk: Walk, what: str, failure: Failure, run: Code, session_id: str) -> PlannedTurn:
    title = f"{what}: {failure.title}"
    return PlannedTurn(title, run, session_id, walk.store, walk.provider, walk.lesson.make_agent)
