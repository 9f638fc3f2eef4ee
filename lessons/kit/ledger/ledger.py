"""The ledger of one session: one line for each item, with its row, whether it was returned and sent, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lessons.kit.items import Item, describe, read
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.requests import Requests
from lessons.kit.ledger.explaining.tracked import Shelf, Told, Tracked
from lessons.kit.ledger.rows import NO_ITEM
from lessons.kit.records import Mark
from lessons.kit.row_ref import RowRef


@dataclass(frozen=True)
class LedgerLine:
    """One item. `row` is None if it is no row, or if the rows of its session are not known.

    `sent` are the numbers of the requests that sent it, from 1 through the whole observation. `cause` is None for an item
    that was returned and sent as it is; `why` says it in words; `risk` says where a hosted model is reported to refuse it.
    `value` is the item as the session holds it, or as it was first seen.
    """

    item: Item
    row: RowRef | None
    mark: Mark
    returned: bool
    sent: tuple[int, ...]
    cause: Cause | None
    why: str
    risk: str
    value: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class SentItem:
    """One item of a request: the place of its line in the ledger, and its value as it was sent."""

    line: int
    value: Any


@dataclass(frozen=True)
class Ledger:
    """The lines of one session in stored order. `has_earlier` says that older rows exist, of which nothing is said.

    `requests` has the items of each request by its number, in the order in which they were sent.
    """

    session_id: str | None
    lines: tuple[LedgerLine, ...]
    has_earlier: bool = False
    requests: dict[int, tuple[SentItem, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        return "\n".join([_HEAD, *map(_as_text, self.lines)]) if self.lines else "Nothing was stored, returned or sent."


def make_ledger(shelf: Shelf, runs: Iterable[Requests], elsewhere: Iterable[Tracked] = ()) -> Ledger:
    """The ledger of a shelf, after all that was watched has been followed. `elsewhere` are items of runs with no session."""
    items = [*_in_order(shelf), *elsewhere]
    place = {id(item): number for number, item in enumerate(items)}
    requests = {
        number: tuple(SentItem(place[id(item)], value) for item, value in pairs)
        for run in runs
        for number, pairs in run.sent.items()
        if all(id(item) in place for item, _ in pairs)
    }
    return Ledger(
        shelf.session_id or None, tuple(_line(item, shelf) for item in items), not shelf.is_complete, requests
    )


def _in_order(shelf: Shelf) -> list[Tracked]:
    """Rows in stored order, removed ones where they stood, and what is no row after the item that it followed."""
    rows = [item for item in shelf.listed if item.stored]
    place = {id(row): number for number, row in enumerate(shelf.rows)}
    ordered: list[Tracked] = []
    gone: list[Tracked] = []
    for row in rows:
        if id(row) in place:
            ordered.append(row)
        else:
            gone.append(row)
    ordered.sort(key=lambda row: place[id(row)])
    for row in gone:
        before = rows[: rows.index(row)]
        ordered.insert(max((ordered.index(one) + 1 for one in before if one in ordered), default=0), row)
    for item in shelf.listed:
        if not item.stored:
            at = ordered.index(item.after) + 1 if item.after is not None and item.after in ordered else len(ordered)
            at = 0 if item.after is None and item.origin in ("filter", "handoff") else at
            ordered.insert(at, item)
    return ordered


def _line(item: Tracked, shelf: Shelf) -> LedgerLine:
    told = cause_of(item, shelf)
    why = told.why if told is not None else ""
    if told is not None and told.cause is Cause.SAME_ID and item.instead is not None and item.instead.key is not None:
        why = f"{why}: row {item.instead.key}"
    return LedgerLine(
        item=read(item.text) if item.value is NO_ITEM else describe(item.value),
        row=RowRef(shelf.store, shelf.session_id, item.key) if item.key is not None else None,
        mark="removed" if item.gone is not None else "added" if item.added is not None and item.stored else "",
        returned=item.returned,
        sent=tuple(item.sent),
        cause=told.cause if told is not None else None,
        why=why,
        risk="; ".join(item.risks),
        value=item.value,
    )


def cause_of(item: Tracked, shelf: Shelf) -> Told | None:
    """The one cause that a line names: how a row went, why the last run did not send it as it is, or how it came."""
    if item.gone is not None:
        return item.gone
    of_its_run = [told for told in item.told if item.added is None or told.run == item.added.run]
    if item.added is not None:
        return of_its_run[-1] if of_its_run else item.added
    if item.told:
        return item.told[-1]
    if item.unread is not None and not item.returned:
        return item.unread
    if not item.stored:
        return Told(Cause.UNKNOWN, "not stored, and no cause was seen")
    if item.returned and item.sent:
        return None
    if not shelf.read:
        return Told(Cause.NOT_READ, _not_read(shelf))
    if not item.sent:
        return Told(Cause.NOT_READ, "read by the code of the turn, and no run with the session sent it")
    return None


def _not_read(shelf: Shelf) -> str:
    if not shelf.methods:
        return "this turn did not read the session"
    counts = {name: shelf.methods.count(name) for name in shelf.methods}
    calls = ", ".join(f"{name}()" if count == 1 else f"{name}() {count} times" for name, count in counts.items())
    return f"this turn did not read the session: {calls}, no run"


_HEAD = f"{'row':>6} {'mark':7} {'returned':8} {'sent':8} {'cause':26} item"


def _as_text(line: LedgerLine) -> str:
    row = str(line.row.key) if line.row is not None else "-"
    sent = ",".join(map(str, line.sent)) or "-"
    words = f"{line.item.kind}: {line.item.text[:60]!r}"
    why = f"\n{'':7}{line.why}" if line.why else ""
    risk = f"\n{'':7}risk: {line.risk}" if line.risk else ""
    returned = "yes" if line.returned else "no"
    return f"{row:>6} {line.mark or '-':7} {returned:8} {sent:8} {line.cause or '-':26} {words}{why}{risk}"
