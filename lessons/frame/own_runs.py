"""The runs of a learner's attempt, in order: what each was asked and sent, and what was stored before it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lessons.frame.evidence import question
from lessons.frame.lesson import Attempt, StoredItem
from lessons.kit.items import Item
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.ledger import LedgerLine
from lessons.kit.records import SessionCall, TurnRecord

Moment = tuple[int, int]
"""A place in the attempt: the number of the turn, and the order of what was done in it."""


@dataclass(frozen=True)
class OwnRun:
    """One run: the newest message of the user in its first request, and the items of its last request."""

    at: Moment
    session_id: str | None
    asked: str
    sent: tuple[Item, ...]

    @property
    def history(self) -> list[Item]:
        """What it was sent without the newest message of the user."""
        newest = max((at for at, item in enumerate(self.sent) if item.kind == "user"), default=len(self.sent))
        return [item for at, item in enumerate(self.sent) if at != newest]


def own_runs(attempt: Attempt) -> list[OwnRun]:
    """The runs of the attempt that asked the model, in the order in which they began, without runs inside another run."""
    found = []
    for number, record in enumerate(attempt.records):
        for run in record.ledger.runs:
            asked = question(record, run)
            if run.requests and run.within is None:
                sent = record.requests[run.requests[-1] - 1].items
                found.append(OwnRun((number, run.began), run.session_id, asked.text if asked else "", sent))
    return sorted(found, key=lambda run: run.at)


def own_calls(attempt: Attempt, session_id: str | None = None) -> list[tuple[Moment, SessionCall]]:
    """The session calls that did not fail and that no other session call made, in order: of one session, or of all."""
    return [
        ((number, call.order), call)
        for number, record in enumerate(attempt.records)
        for call in record.calls
        if call.depth == 1 and not call.is_inner and call.exchange is None and call.error is None
        if session_id in (None, call.session_id)
    ]


def restarts(attempt: Attempt) -> list[Moment]:
    return [(number, order) for number, record in enumerate(attempt.records) for order in _restarts_of(record)]


def _restarts_of(record: TurnRecord) -> tuple[int, ...]:
    return record.restarts or ((0,) if record.restarted else ())


def lines_of(record: TurnRecord) -> Iterator[tuple[str | None, LedgerLine]]:
    """The lines of all ledgers of a turn, with the ids of their sessions."""
    for ledger in (record.ledger, *record.other_ledgers):
        for line in ledger.lines:
            yield ledger.session_id, line


def was_stored(attempt: Attempt, session_id: str, row: StoredItem, moment: Moment) -> bool:
    """Whether a row that is stored now was already stored at `moment`."""
    number, order = moment
    added = [
        at
        for at, record in enumerate(attempt.records)
        if (session_id, row.key) in {(one.session_id, one.key) for one in record.added_rows}
    ]
    if not added or added[-1] != number:
        return not added or added[-1] < number
    return any(at < (number, order) and call.method == "add_items" for at, call in own_calls(attempt, session_id)
               if at[0] == number)  # fmt: skip


def added_by_hand(attempt: Attempt, session_id: str | None, fits: Callable[[Item], bool], since: Moment) -> bool:
    """Whether a session call added an item that fits, in the turn of `since` or in a later one."""
    return any(
        found == session_id and line.cause is Cause.STORED_BY_HAND and line.mark == "added" and fits(line.item)
        for record in attempt.records[since[0] :]
        for found, line in lines_of(record)
    )
