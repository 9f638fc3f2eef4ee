"""What happened in one turn, as data: all that the page needs to show it. Knows neither agents nor storage."""

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lessons.kit.files import read_file, write_file
from lessons.kit.items import Item, Kind
from lessons.kit.ledger.ledger import Ledger
from lessons.kit.problems.problem import Problem
from lessons.kit.row_ref import RowRef

if TYPE_CHECKING:
    from pydantic import TypeAdapter

KEPT_RECORDS = 20
RESULT_LIMIT = 8_000
REPLY_LIMIT = 20_000
"""Characters of a reply that a record keeps."""
DATA_LIMIT = 2_000
"""Characters of a stored value that a record keeps."""
REMOVED_LIMIT = 20_000
"""The same for a removed row, which is stored nowhere else."""
BODY_LIMIT = 1_000
"""Characters of the body of an HTTP request or answer that a record keeps."""


@dataclass(frozen=True)
class Usage:
    """Tokens of one model request.

    `estimated` says that the model does not count tokens: the numbers are guessed from lengths.
    """

    input_tokens: int
    output_tokens: int
    estimated: bool


@dataclass(frozen=True)
class ModelRequest:
    """One request to the model. `items` are the newest that it was sent, `count` is all of them.

    `raw` has the same items as JSON text, cut. `ended_early` says in words why its answer is not whole, as the service told it,
    '' if it is. `choices` is the number of choices in the answer, of which the SDK uses the first; 0 if the service has no
    choices.
    """

    agent: str
    instructions: str
    items: tuple[Item, ...]
    raw: tuple[str, ...]
    count: int
    usage: Usage | None = None
    ended_early: str = ""
    choices: int = 0


@dataclass(frozen=True)
class Exchange:
    """One HTTP request and its answer: their bodies, cut at BODY_LIMIT characters, and the sizes of the whole bodies.

    `status` is None when no answer came. Headers are left out: they contain the key.
    """

    status: int | None
    request: str
    answer: str
    request_bytes: int
    answer_bytes: int


@dataclass(frozen=True)
class SessionCall:
    """One call of a session method. `rows` counts the rows returned or given; None if there are none to count.

    `order` is its place among the session calls, runs and restarts of the turn, as they began; `run` is the number of the run
    that made it, None for a call of the turn's own code. `is_inner` says that another session call made it.
    If `exchange` is given, this is an HTTP request that a session call made: `method` is the request's method and path.
    """

    session_id: str
    method: str
    arguments: str
    rows: int | None
    milliseconds: float
    error: str | None = None
    depth: int = 1
    exchange: Exchange | None = None
    order: int = 0
    run: int | None = None
    is_inner: bool = False

    @property
    def is_direct(self) -> bool:
        """Whether no other session call made it. With `depth` 2, it was made on the session that is wrapped."""
        return self.exchange is None and not self.is_inner


@dataclass(frozen=True)
class OpenedSession:
    """A session that a turn opened. `options` are those that it was given, such as "ttl=600"; keys are left out of them.

    `disposed` says that its engine was disposed of after that.
    """

    session_id: str
    options: str
    disposed: bool = False


@dataclass(frozen=True)
class ChangedRow:
    """One row that differs. `key` is its key in the table of its TableChanges; `ref` names the row if it is that of an item.

    `before` is None for an added row, `after` is None for a removed one.
    """

    key: int | str
    before: dict[str, str] | None
    after: dict[str, str] | None
    ref: RowRef | None = None


@dataclass(frozen=True)
class TableChanges:
    """The rows of one table that one turn added, removed or changed, of one session."""

    table: str
    session_id: str
    added: tuple[ChangedRow, ...] = ()
    removed: tuple[ChangedRow, ...] = ()
    changed: tuple[ChangedRow, ...] = ()

    @cached_property
    def holds_items(self) -> bool:
        """Whether it is the table of the items."""
        return any(row.ref is not None for row in (*self.added, *self.removed, *self.changed))


@dataclass(frozen=True)
class TurnRecord:
    """One turn or step, from the message to the rows. Evidence for `holds` and checks, and all that the page draws of it.

    `id` sorts by time; `session_id` is None for a run without a session; `started_at` is ISO 8601 in UTC; `milliseconds` is
    the whole turn; `result` is what the code returned if that was not a run, as JSON and cut at RESULT_LIMIT characters.
    `reply` is cut at REPLY_LIMIT characters, and `reply_length` is the length of the whole.
    `step` is the number of a lesson's step, from 0; `held` is its verdict, None if there is none. `why_not` names what is in
    the way of a step that did not show what it should. `verdict_problem` says why a step that is done has no verdict.
    `ledger` is that of the turn's own session, with the runs of the whole turn; `other_ledgers` are those of the other
    sessions that it used. `restarts` are the places of its restarts in the order of its session calls and runs. `opened`
    are the sessions that it opened, in order; `opened_with` is the code that opened the session of a step when the step began.
    """

    id: str
    title: str
    message: str
    reply: str | None
    session_id: str | None
    store: str
    model: str
    started_at: str
    milliseconds: float
    agent: str | None = None
    step: int | None = None
    held: bool | None = None
    why_not: str = ""
    verdict_problem: Problem | None = None
    calls: tuple[SessionCall, ...] = ()
    returned: tuple[Item, ...] = ()
    requests: tuple[ModelRequest, ...] = ()
    changes: tuple[TableChanges, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    other_ledgers: tuple[Ledger, ...] = ()
    restarts: tuple[int, ...] = ()
    opened: tuple[OpenedSession, ...] = ()
    opened_with: str = ""
    dropped_handles: tuple[str, ...] | None = None
    result: str | None = None
    reply_length: int = 0
    stopped: bool = False
    problem: Problem | None = None

    @property
    def step_done(self) -> bool:
        """Whether this is a step of a lesson that ran to its end, whatever its verdict."""
        return self.step is not None and self.problem is None and not self.stopped

    @property
    def went_well(self) -> bool:
        """Whether the next step of a walk may start: nothing failed, nobody stopped it, and its verdict could be taken."""
        return self.problem is None and not self.stopped and self.verdict_problem is None

    @property
    def ended_early(self) -> str:
        """Why the last answer of the model is not whole, in words; '' if it is."""
        return self.requests[-1].ended_early if self.requests else ""

    @property
    def restarted(self) -> bool:
        """Whether every handle was dropped in this turn; `dropped_handles` names those that were open."""
        return self.dropped_handles is not None

    @property
    def sent(self) -> tuple[Item, ...]:
        """The items of the last model request, the newest if there were very many."""
        return self.requests[-1].items if self.requests else ()

    @property
    def sent_kinds(self) -> list[Kind]:
        return [item.kind for item in self.sent]

    @property
    def returned_kinds(self) -> list[Kind]:
        return [item.kind for item in self.returned]

    @cached_property
    def added(self) -> tuple[ChangedRow, ...]:
        """The item rows that this turn added, over all sessions."""
        return tuple(row for table in self.item_changes for row in table.added)

    @cached_property
    def removed(self) -> tuple[ChangedRow, ...]:
        return tuple(row for table in self.item_changes for row in table.removed)

    @property
    def reply_rows(self) -> tuple[RowRef, ...]:
        """The rows of the turn's own session in which its replies are stored."""
        stored = (line for line in self.ledger.lines if line.mark == "added" and line.item.kind == "assistant")
        return tuple(line.row for line in stored if line.row is not None)

    @cached_property
    def item_changes(self) -> tuple[TableChanges, ...]:
        """What the turn did to the rows of items, session by session."""
        return tuple(table for table in self.changes if table.holds_items)

    @cached_property
    def added_rows(self) -> tuple[RowRef, ...]:
        return refs(self.added)

    @cached_property
    def removed_rows(self) -> tuple[RowRef, ...]:
        return refs(self.removed)

    @cached_property
    def changed_rows(self) -> tuple[RowRef, ...]:
        return refs(row for table in self.item_changes for row in table.changed)

    @property
    def called(self) -> list[str]:
        """The session methods that were called from outside the session, in order."""
        return [call.method for call in self.calls if call.depth == 1]

    @property
    def exchanges(self) -> tuple[SessionCall, ...]:
        """The HTTP requests that the session calls made, in order."""
        return tuple(call for call in self.calls if call.exchange is not None)

    @property
    def read_session(self) -> str | None:
        """The id of the session that was read last, which can differ from the one that the turn was given."""
        read = [call.session_id for call in self.calls if call.method == "get_items" and call.depth == 1]
        return read[-1] if read else None

    def was_sent(self, text: str) -> bool:
        """Whether any item of the last request contains `text`, in any case."""
        return any(text.casefold() in item.text.casefold() for item in self.sent)


def refs(rows: Iterable[ChangedRow]) -> tuple[RowRef, ...]:
    """The rows of items among these, in their order."""
    return tuple(row.ref for row in rows if row.ref is not None)


def load_records(folder: Path) -> list[TurnRecord]:
    """The records in `folder`, oldest first.

    A record only describes what is stored elsewhere, so a damaged one is left out: that costs a ledger and no rows.
    """
    records = []
    for path in sorted(folder.glob("*.json")):
        try:
            records.append(_read(read_file(path)))
        except (OSError, ValueError, RecursionError):
            continue
    return records


def save_record(folder: Path, record: TurnRecord) -> None:
    """Write one record, in one move so that a reader never meets half of it, and drop the oldest over KEPT_RECORDS."""
    write_file(folder / f"{record.id}.json", _written(record))
    for path in sorted(folder.glob("*.json"))[:-KEPT_RECORDS]:
        path.unlink(missing_ok=True)


def _written(record: TurnRecord) -> bytes:
    try:
        return _adapter().dump_json(record)
    except ValueError:  # it refuses half a surrogate pair, which any stored text may hold; Python's own json escapes it
        return json.dumps(_adapter().dump_python(record)).encode("ascii")


@lru_cache(32)
def _read(written: bytes) -> TurnRecord:
    """The records of a few desks are kept as they were read: a step back reads all of them again, twice."""
    record: TurnRecord = _adapter().validate_python(json.loads(written))
    return record


def load_reader() -> None:
    """Import pydantic, which reads and writes records. The SDK imports it too, and two threads cannot do that at once."""
    _adapter()


def _adapter() -> "TypeAdapter[TurnRecord]":
    with _making:
        return _made_adapter()


_making = threading.Lock()


@cache
def _made_adapter() -> "TypeAdapter[TurnRecord]":
    # Imported here: a page without records is drawn before pydantic is loaded.
    from pydantic import TypeAdapter

    return TypeAdapter(TurnRecord)
