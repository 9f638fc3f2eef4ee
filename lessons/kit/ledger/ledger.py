"""The ledger of one session: one line for each item, with its row, whether it was returned and sent, and why.

This module does not import the SDK: a page that draws records uses it before the SDK is loaded.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from lessons.kit.items import Item
from lessons.kit.ledger.cause import Cause
from lessons.kit.row_ref import RowRef

Mark = Literal["added", "removed", ""]
RunKind = Literal["run", "run_sync", "run_streamed"]


@dataclass(frozen=True)
class LedgerLine:
    """One item. `row` is None if it is not a row, or if the rows of its session are not known.

    `sent` are the numbers of the requests that sent it, counted from 1 through the whole observation. `cause` is None for an
    item that was returned and sent unchanged. `why` is the cause in words. `risk` says where a hosted model refuses the item,
    as users report. `by_no_call`: the row was added, removed or changed, but not by a watched call.
    `value` is the item as the session holds it, or as it was first seen. In the record of a turn it is its JSON text, cut.
    """

    item: Item
    row: RowRef | None
    mark: Mark
    returned: bool
    sent: tuple[int, ...]
    cause: Cause | None
    why: str
    risk: str
    by_no_call: bool = False
    value: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class SentItem:
    """One item of a request: the index of its line in the ledger, from 0, and its value as it was sent (None in a record)."""

    line: int
    value: Any = None


@dataclass(frozen=True)
class LedgerRun:
    """One call of the Runner. `number` counts all runs of the observation, from 1, in the order in which they began.

    `session_id` is None for a run without a session. `kind` is the method of the Runner; `resumed`: its input was a RunState.
    `read` is the number of items that the session returned to it, None if it did not read. `limit` is the limit of that read,
    None if there was none; `whose_limit` says whose it is. `requests` are the numbers of its requests, `sent` has the
    number of items of each. `stored` are the rows that it has stored. `stored_count` is their number, also where the rows are
    not known. `within` is the number of the run whose code made it, for example in a tool. `began` and `ended` are its
    places in the order of the session calls, runs and restarts of the turn, from 1. `ended` is None for a stream that still
    runs. `ended_by` says in words what ended it early, '' if nothing did.
    """

    number: int
    agent: str
    session_id: str | None
    kind: RunKind
    resumed: bool = False
    read: int | None = None
    limit: int | None = None
    whose_limit: str = ""
    requests: tuple[int, ...] = ()
    sent: tuple[int, ...] = ()
    stored: tuple[RowRef, ...] = ()
    stored_count: int = 0
    within: int | None = None
    began: int = 0
    ended: int | None = None
    ended_by: str = ""


@dataclass(frozen=True)
class Ledger:
    """The lines of one session in stored order. `has_earlier`: there are earlier rows or lines that it does not include.

    `requests` has the items of each request by its number, in the order in which they were sent. An item without a line, such
    as one of the earlier rows, is left out. `runs` are all runs of the observation, also those with another session or none.
    """

    session_id: str | None = None
    lines: tuple[LedgerLine, ...] = ()
    has_earlier: bool = False
    requests: dict[int, tuple[SentItem, ...]] = field(default_factory=dict)
    runs: tuple[LedgerRun, ...] = ()

    @cached_property
    def stores(self) -> frozenset[str]:
        """The stores in which its rows are."""
        return frozenset(line.row.store for line in self.lines if line.row is not None)

    def __str__(self) -> str:
        return "\n".join([_HEAD, *map(_as_text, self.lines)]) if self.lines else "Nothing was stored, returned or sent."


_HEAD = f"{'row':>6} {'mark':7} {'returned':8} {'sent':8} {'cause':26} item"


def _as_text(line: LedgerLine) -> str:
    row = str(line.row.key) if line.row is not None else "-"
    sent = ",".join(map(str, line.sent)) or "-"
    words = f"{line.item.kind}: {line.item.text[:60]!r}"
    why = f"\n{'':7}{line.why}" if line.why else ""
    risk = f"\n{'':7}risk: {line.risk}" if line.risk else ""
    returned = "yes" if line.returned else "no"
    return f"{row:>6} {line.mark or '-':7} {returned:8} {sent:8} {line.cause or '-':26} {words}{why}{risk}"
