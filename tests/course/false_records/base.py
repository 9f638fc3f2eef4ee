"""What all false records are made with: a change of every line, of every run, of one request."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lessons.kit.items import Item
from lessons.kit.ledger.ledger import Ledger, LedgerLine
from lessons.kit.records import ModelRequest, TurnRecord

Change = Callable[[TurnRecord], TurnRecord]
STRANGER = Item("user", "Somebody else said this", 23)


def every_line(seen: TurnRecord, change: Callable[[LedgerLine], LedgerLine | None]) -> TurnRecord:
    def changed(ledger: Ledger) -> Ledger:
        lines = [found for line in ledger.lines if (found := change(line)) is not None]
        return replace(ledger, lines=tuple(lines))

    return replace(seen, ledger=changed(seen.ledger), other_ledgers=tuple(map(changed, seen.other_ledgers)))


def every_run(seen: TurnRecord, **changes: Any) -> TurnRecord:
    return replace(seen, ledger=replace(seen.ledger, runs=tuple(replace(run, **changes) for run in seen.ledger.runs)))


def one_request(number: int, change: Callable[[ModelRequest], ModelRequest]) -> Change:
    def changed(seen: TurnRecord) -> TurnRecord:
        at = number % len(seen.requests)
        return replace(seen, requests=(*seen.requests[:at], change(seen.requests[at]), *seen.requests[at + 1 :]))

    return changed
