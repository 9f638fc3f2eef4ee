"""Records in which one run, one item, one request or one session call, chosen by its place, is not as it was."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lessons.kit.items import Item
from lessons.kit.ledger.ledger import Ledger, LedgerLine
from lessons.kit.records import ModelRequest, SessionCall, TurnRecord
from tests.course.false_records.base import STRANGER, Change


def with_(**changes: Any) -> Change:
    """The record has other values."""
    return lambda seen: replace(seen, **changes)


def run(number: int, **changes: Any) -> Change:
    """The run of this place, from 0, has other values."""

    def change(seen: TurnRecord) -> TurnRecord:
        runs = list(seen.ledger.runs)
        runs[number] = replace(runs[number], **changes)
        return replace(seen, ledger=replace(seen.ledger, runs=tuple(runs)))

    return change


def without_run(number: int) -> Change:
    """The run of this place, from 0, was not made."""

    def change(seen: TurnRecord) -> TurnRecord:
        runs = list(seen.ledger.runs)
        del runs[number]
        return replace(seen, ledger=replace(seen.ledger, runs=tuple(runs)))

    return change


def _of_added(seen: TurnRecord, session_id: str | None, change: Any) -> TurnRecord:
    """`change` is given the list of the lines that were added to the session, and changes it."""

    def changed(ledger: Ledger) -> Ledger:
        if ledger.session_id != (session_id or seen.session_id):
            return ledger
        lines = list(ledger.lines)
        places = [at for at, line in enumerate(lines) if line.mark == "added"]
        added = [lines[at] for at in places]
        change(added)
        others = [line for line in lines if line.mark != "added"]
        if len(added) == len(places):
            for at, line in zip(places, added, strict=True):
                lines[at] = line
        else:
            lines = [*others, *added]
        return replace(ledger, lines=tuple(lines))

    return replace(seen, ledger=changed(seen.ledger), other_ledgers=tuple(map(changed, seen.other_ledgers)))


def item(number: int, *, of: str | None = None, **changes: Any) -> Change:
    """The item of this place, from 0, among those that were added to a session has other values."""

    def change(seen: TurnRecord) -> TurnRecord:
        def put(added: list[LedgerLine]) -> None:
            added[number] = replace(added[number], item=replace(added[number].item, **changes))

        return _of_added(seen, of, put)

    return change


def swapped(one: int, other: int, *, of: str | None = None) -> Change:
    """Two items that were added to a session stand in the other order."""

    def change(seen: TurnRecord) -> TurnRecord:
        def swap(added: list[LedgerLine]) -> None:
            added[one], added[other] = added[other], added[one]

        return _of_added(seen, of, swap)

    return change


def lost(number: int, *, of: str | None = None) -> Change:
    """The item of this place, from 0, was not added to the session."""

    def change(seen: TurnRecord) -> TurnRecord:
        return _of_added(seen, of, lambda added: added.pop(number))

    return change


def one_more(kind: str, *, of: str | None = None, text: str = STRANGER.text) -> Change:
    """One more item was added to the session, after the others."""

    def change(seen: TurnRecord) -> TurnRecord:
        more = replace(STRANGER, kind=kind, text=text)  # type: ignore[arg-type]
        return _of_added(seen, of, lambda added: added.append(replace(added[-1], item=more)))

    return change


def last_line(**changes: Any) -> Change:
    """The last line of the ledger has other values."""

    def change(seen: TurnRecord) -> TurnRecord:
        *lines, last = seen.ledger.lines
        return replace(seen, ledger=replace(seen.ledger, lines=(*lines, replace(last, **changes))))

    return change


def sent(items: Sequence[Item], number: int = -1) -> Change:
    """The request has these items."""

    def change(seen: TurnRecord) -> TurnRecord:
        requests = list(seen.requests)
        requests[number] = replace(requests[number], items=tuple(items), raw=("{}",) * len(items), count=len(items))
        return replace(seen, requests=tuple(requests))

    return change


def kinds_sent(*kinds: str) -> Change:
    """The last request has items of these kinds."""
    return sent([replace(STRANGER, kind=kind) for kind in kinds])  # type: ignore[arg-type]


def asked(seen: TurnRecord) -> TurnRecord:
    """The model was asked once more."""
    request = ModelRequest("Assistant", "", (STRANGER,), ("{}",), 1)
    return replace(seen, requests=(*seen.requests, request))


def not_asked(seen: TurnRecord) -> TurnRecord:
    """The last request was not made."""
    return replace(seen, requests=seen.requests[:-1])


def returned_kinds(*kinds: str) -> Change:
    """The last read returned items of these kinds."""
    items = tuple(replace(STRANGER, kind=kind) for kind in kinds)  # type: ignore[arg-type]
    return lambda seen: replace(seen, returned=items)


def called(method: str, **changes: Any) -> Change:
    """The last call of this method has other values."""

    def change(seen: TurnRecord) -> TurnRecord:
        last = [call for call in seen.calls if call.method == method][-1]
        calls = tuple(replace(call, **changes) if call is last else call for call in seen.calls)
        return replace(seen, calls=calls)

    return change


def without_call(method: str, number: int = -1) -> Change:
    """The call of this method was not made."""

    def change(seen: TurnRecord) -> TurnRecord:
        missing = [call for call in seen.calls if call.method == method][number]
        return replace(seen, calls=tuple(call for call in seen.calls if call is not missing))

    return change


def called_once_more(method: str) -> Change:
    """The method was called once more, after all others."""

    def change(seen: TurnRecord) -> TurnRecord:
        last: SessionCall = [call for call in seen.calls if call.method == method][-1]
        more = replace(last, order=1 + max(call.order for call in seen.calls))
        return replace(seen, calls=(*seen.calls, more))

    return change


def restarted_last(seen: TurnRecord) -> TurnRecord:
    """The restart came after all else."""
    return replace(seen, restarts=(1_000,))
