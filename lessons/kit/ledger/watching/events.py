"""What is noted while runs are watched, in the order in which it happened.

Items are copied where they are seen: a run, a callback or a filter may change them afterwards.
"""

import copy
import inspect
import marshal
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lessons.kit.items import NotANumber
from lessons.kit.ledger.ledger import RunKind
from lessons.kit.ledger.rows import Rows, StoredItem
from lessons.kit.records import Exchange
from lessons.kit.stores.sdk_private import stored_exception


class LookedAt(Exception):
    """Ends a run that is only made to see what it would send."""


@dataclass
class Heard:
    """What the code of the turn has read of the events of a stream: whole answers, and the text since the last of them."""

    answers: int = 0
    text: str = ""


@dataclass(eq=False)
class WatchedRun:
    """One call of the Runner. `session` is its session or None; `resumed` says that its input was a RunState.

    `result` and `error` are set at its end; of a streamed run, `result` is there at once and `error` is asked of it.
    `preparing` is the number of the request that was prepared last, and `asked` has those with which a model was asked, as
    far as that was seen: `sees_model` says whether it can be. `posts_bodies` says that its model asks by HTTP, with a body
    that is seen.
    `failed_in` says what raised, and its error; None where the SDK raises it because of that.
    `is_server_managed` says that the service keeps the conversation, so
    that a request has only what is new. `handoff_tools` are the names by which its agents hand off.
    `heard` is what was read of its stream, None if it has none.
    `within` is the number of the run whose code made this one; `began` and `ended` are its places in the order of the turn.
    """

    number: int
    kind: RunKind
    agent: str
    session: Any
    input: Any
    config: Any
    resumed: bool
    within: int | None
    began: int
    ended: int | None = None
    result: Any = None
    error: BaseException | None = None
    preparing: int | None = None
    asked: set[int] = field(default_factory=set)
    sees_model: bool = False
    posts_bodies: bool = False
    failed_in: tuple[str, BaseException | None] | None = None
    is_server_managed: bool = False
    handoff_tools: set[str] = field(default_factory=set)
    heard: "Heard | None" = None

    @property
    def failure(self) -> BaseException | None:
        """What ended the run before its end, also if the code of a streamed run never asked."""
        return self.error if self.error is not None else stored_exception(self.result)

    @property
    def goes_on(self) -> bool:
        """Whether it has not ended: a stream that was left, or a run of other code on a watched session."""
        if self.kind != "run_streamed":
            return self.ended is None
        task = getattr(self.result, "run_loop_task", None)
        return task is not None and not task.done()


@dataclass(frozen=True, eq=False)
class Seen:
    """One item at one place: the object, which tells whether it is the same later, and a copy of what it was."""

    item: Any
    value: Any


def seen(items: Sequence[Any]) -> list[Seen]:
    return [Seen(item, copied(item)) for item in items]


def plain_item(item: Any) -> Any:
    """An item as the SDK takes it over: your own class can return the objects of OpenAI's library."""
    dump = getattr(item, "model_dump", None)
    return dump(exclude_unset=True) if dump is not None else item


def copied(value: Any) -> Any:
    """A copy that shares nothing that can change. Items are JSON: this takes a quarter of the time of copy.deepcopy."""
    if type(value) is dict:
        return {name: one if type(one) is str else copied(one) for name, one in value.items()}
    if type(value) is list:
        return [copied(one) for one in value]
    if type(value) is float and value != value:
        return NotANumber()
    if value is None or type(value) in (str, int, float, bool):
        return value
    return copy.deepcopy(value)


_NAN = struct.pack("<d", float("nan"))
"""In the bytes of marshal, where a value is NaN."""


class Kept:
    """Items as they are now. To keep them as bytes takes a fifth of the time of copies; they are made again when asked for."""

    __slots__ = ("_bytes", "_items")

    def __init__(self, items: Sequence[Any] = ()) -> None:
        self._items: list[Any] | None = None
        try:
            self._bytes = marshal.dumps(list(items))
        except ValueError:  # not plain JSON, as the objects of OpenAI's library
            self._items = [copied(plain_item(item)) for item in items]

    @property
    def items(self) -> list[Any]:
        if self._items is None:
            items = marshal.loads(self._bytes)
            self._items = copied(items) if _NAN in self._bytes else items
        return self._items


NO_ITEMS = Kept()


@dataclass(frozen=True, eq=False)
class RunBegan:
    run: WatchedRun
    input: list[Any]


@dataclass(frozen=True, eq=False)
class Called:
    """One finished call of a session method.

    `kept` are the items that it returned or was given, `count` is their number, None where the method has none to count.
    `by_run` is the run whose code made it, None for a call of the turn's own code; `by_the_sdk` says that the SDK made it.
    `rows` are those behind the session after a call that can change them, None where they are not known. `late` says that the
    observation had ended. `depth` is 1 for a call of the session. A call of the session that it wraps has 2, and is an
    `is_inner` one if the wrapping session made it: then its items are not kept. `order` is its place among the calls, runs and
    restarts, as they began, and `at` the Unix time of its end. `own_limit` is the session's own limit at that time.
    """

    session: Any
    session_id: str
    method: str
    arguments: dict[str, Any]
    kept: Kept
    count: int | None
    by_run: WatchedRun | None
    by_the_sdk: bool
    error: BaseException | None
    late: bool
    depth: int
    is_inner: bool
    order: int
    milliseconds: float
    at: float
    rows: Rows | None = None
    own_limit: int | None = None

    @property
    def began(self) -> float:
        """When it began (Unix time). The look at the rows comes after it."""
        return (self.rows.began if self.rows is not None else self.at) - self.milliseconds / 1_000

    @property
    def run_number(self) -> int | None:
        """The number of the run that has made it, None where no run has."""
        return self.by_run.number if self.by_run is not None else None

    @property
    def items(self) -> list[Any]:
        return self.kept.items


@dataclass(frozen=True, eq=False)
class Exchanged:
    """An HTTP request that a session call made, and its answer; `request` is its method and path."""

    session_id: str
    request: str
    exchange: Exchange
    error: str | None
    depth: int
    order: int
    milliseconds: float


@dataclass(frozen=True, eq=False)
class FirstSeen:
    """The rows behind a session before anything was called on it; None where they are not known."""

    session: Any
    rows: Rows | None


@dataclass(frozen=True, eq=False)
class LastSeen:
    """The rows behind a session at the end of the observation."""

    session: Any
    rows: Rows


@dataclass(frozen=True, eq=False)
class Restarted:
    """Every handle was dropped, as at the end of a process. `lost` are the rows that were gone then, by store and session."""

    order: int
    lost: dict[tuple[str, str], tuple[StoredItem, ...]]


@dataclass(frozen=True, eq=False)
class CallbackRan:
    """session_input_callback: what it was given, as history and as new items, and what it returned."""

    run: WatchedRun
    name: str
    history: list[Seen]
    new: list[Seen]
    returned: list[Seen]


@dataclass(frozen=True, eq=False)
class FilterRan:
    """call_model_input_filter, for one request."""

    run: WatchedRun
    name: str
    given: list[Seen]
    returned: list[Seen]


@dataclass(frozen=True, eq=False)
class HandedOff:
    """A handoff from one agent to another; `filter` is the name of its input filter, '' if it has none."""

    run: WatchedRun
    source: str
    target: str


@dataclass(frozen=True, eq=False)
class HandoffFiltered:
    """An input filter of a handoff has run. `added` are the items that it was not given and that it returned."""

    run: WatchedRun
    name: str
    added: list[Any]


@dataclass(frozen=True, eq=False)
class Sending:
    """A model is about to be sent the `kept` items. `number` counts the requests of the whole observation, from 1.

    `given` is the very list that the run gives to the model, which tells its request from another.
    """

    run: WatchedRun
    agent: str
    number: int
    kept: Kept
    instructions: str = ""
    given: Any = None

    @property
    def items(self) -> list[Any]:
        return self.kept.items


@dataclass(frozen=True, eq=False)
class Posted:
    """The body of an HTTP request that the model class has made of a request: `items` of Responses or Chat Completions."""

    run: WatchedRun
    path: str
    model: str
    items: list[Any]


@dataclass(frozen=True, eq=False)
class Answered:
    """A model has answered with these items, in the form in which they would be sent or stored."""

    run: WatchedRun
    number: int
    items: list[Any]
    usage: Any = None


@dataclass(frozen=True, eq=False)
class EndedEarly:
    """The answer to a request is not whole, as its service said: `why`, in words."""

    number: int
    why: str


@dataclass(frozen=True, eq=False)
class Said:
    """What had arrived of the last answer when the code of the turn ended. `ended_by` is '' if the run itself tells it."""

    text: str
    ended_by: str


Event = (
    RunBegan
    | Called
    | Exchanged
    | FirstSeen
    | LastSeen
    | Restarted
    | CallbackRan
    | FilterRan
    | HandedOff
    | HandoffFiltered
    | Sending
    | Posted
    | Answered
    | EndedEarly
    | Said
)


async def settled(value: Any) -> Any:
    """The value, awaited if it has to be: the SDK takes functions of both kinds."""
    return await value if inspect.isawaitable(value) else value
