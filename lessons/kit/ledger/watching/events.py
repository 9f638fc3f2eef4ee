"""The events that are noted while runs are watched.

Items are copied when they are seen, since a run, a callback or a filter can change them later.
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
    """Raised to end a run that is made only to see what it would send."""


@dataclass
class Heard:
    """What the code of the turn has read of a stream: the number of whole answers, and the text after the last of them."""

    answers: int = 0
    text: str = ""


@dataclass(eq=False)
class WatchedRun:
    """One call of the Runner. `session` is its session or None. `resumed`: its input was a RunState.

    `result` and `error` are set when the call ends. A streamed run has its `result` at once; `failure` finds its error there.
    `preparing` is the number of the last request that was prepared. `asked` are the numbers of the requests with which a model
    was seen to be asked. `sees_model` says whether that can be seen. `posts_bodies`: its model posts HTTP bodies that are seen.
    `failed_in` says in words what raised, with the error. The error is None where the SDK raises its own, for a wrong result.
    `is_server_managed`: the service keeps the conversation, so a request has only new items. `handoff_tools` are the names of
    the tools with which its agents hand off.
    `heard` is what was read of its stream, None for a run without a stream.
    `within` is the number of the run whose code made this one. `began` and `ended` are its places in the order of the turn.
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
        """The error that ended the run, also if the code of the turn never read the stream. None without an error."""
        return self.error if self.error is not None else stored_exception(self.result)

    @property
    def goes_on(self) -> bool:
        """Whether it has not ended, such as a stream that was left or a run of other code on a watched session."""
        if self.kind != "run_streamed":
            return self.ended is None
        task = getattr(self.result, "run_loop_task", None)
        return task is not None and not task.done()


@dataclass(frozen=True, eq=False)
class Seen:
    """One item of a list. `item` is the object, by which it is recognised later; `value` is a copy of what it was."""

    item: Any
    value: Any


def seen(items: Sequence[Any]) -> list[Seen]:
    return [Seen(item, copied(item)) for item in items]


def plain_item(item: Any) -> Any:
    """The item as a dict, as the SDK makes one of an object of OpenAI's library: your own class can return such objects."""
    dump = getattr(item, "model_dump", None)
    return dump(exclude_unset=True) if dump is not None else item


def copied(value: Any) -> Any:
    """A deep copy. Items are mostly JSON, for which this takes a quarter of the time of copy.deepcopy."""
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
"""The bytes that marshal writes for NaN."""


class Kept:
    """Items as they are now. They are kept as bytes, in a fifth of the time of a copy, and decoded at the first use."""

    __slots__ = ("_bytes", "_items")

    def __init__(self, items: Sequence[Any] = ()) -> None:
        self._items: list[Any] | None = None
        try:
            self._bytes = marshal.dumps(list(items))
        except ValueError:  # not plain JSON, such as objects of OpenAI's library
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

    `kept` are the items that it returned or was given. `count` is their number, None where there are none to count.
    `by_run` is the watched run for which the SDK made the call, None for any other call. `by_the_sdk`: the SDK made it.
    `rows` are the rows after a call that can change them, None if they are not known. `late`: the observation had ended.
    `depth` is 1 for a call of the session, and 2 for a call of the session that it wraps. `is_inner`: the wrapping session
    made the call, so its items are not kept. `order` is its place among the calls, runs and restarts, by their start. `at` is
    the Unix time at which it was noted, after the rows were read. `own_limit` is the limit in the session's own settings.
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
        """The Unix time at which it began. `milliseconds` does not include the read of the rows after it."""
        return (self.rows.began if self.rows is not None else self.at) - self.milliseconds / 1_000

    @property
    def run_number(self) -> int | None:
        """The number of the run for which it was made, None if there is no such run."""
        return self.by_run.number if self.by_run is not None else None

    @property
    def items(self) -> list[Any]:
        return self.kept.items


@dataclass(frozen=True, eq=False)
class Exchanged:
    """An HTTP request that a session call made, with its answer. `request` is method and path."""

    session_id: str
    request: str
    exchange: Exchange
    error: str | None
    depth: int
    order: int
    milliseconds: float


@dataclass(frozen=True, eq=False)
class FirstSeen:
    """The rows behind a session at the first look at it. None if they are not known."""

    session: Any
    rows: Rows | None


@dataclass(frozen=True, eq=False)
class LastSeen:
    """The rows behind a session at the end of the observation."""

    session: Any
    rows: Rows


@dataclass(frozen=True, eq=False)
class Restarted:
    """All handles were dropped, as at the end of a process. `lost` are the rows that this removed, by store and session id."""

    order: int
    lost: dict[tuple[str, str], tuple[StoredItem, ...]]


@dataclass(frozen=True, eq=False)
class CallbackRan:
    """A session_input_callback has run: the history and the new items that it was given, and the list that it returned."""

    run: WatchedRun
    name: str
    history: list[Seen]
    new: list[Seen]
    returned: list[Seen]


@dataclass(frozen=True, eq=False)
class FilterRan:
    """A call_model_input_filter has run for one request."""

    run: WatchedRun
    name: str
    given: list[Seen]
    returned: list[Seen]


@dataclass(frozen=True, eq=False)
class HandedOff:
    """A handoff from one agent to another. `source` and `target` are their names."""

    run: WatchedRun
    source: str
    target: str


@dataclass(frozen=True, eq=False)
class HandoffFiltered:
    """An input filter of a handoff has run. `added` are the items that it returned and was not given."""

    run: WatchedRun
    name: str
    added: list[Any]


@dataclass(frozen=True, eq=False)
class Sending:
    """The `kept` items are about to be sent to a model. `number` counts the requests of the whole observation, from 1.

    `given` is the list object that the run passes to the model. Its identity distinguishes this request from others.
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
    """The model class posts an HTTP body. `items` are the input of Responses or the messages of Chat Completions."""

    run: WatchedRun
    path: str
    model: str
    items: list[Any]


@dataclass(frozen=True, eq=False)
class Answered:
    """A model has answered with these items. They are in the form in which they can be sent or stored."""

    run: WatchedRun
    number: int
    items: list[Any]
    usage: Any = None


@dataclass(frozen=True, eq=False)
class EndedEarly:
    """The answer to a request is incomplete. `why` says it in words."""

    number: int
    why: str


@dataclass(frozen=True, eq=False)
class Said:
    """What had arrived of the last answer when the code of the turn ended. `ended_by` says why, '' if the run itself does."""

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
    """The value, awaited if it is awaitable: the SDK accepts sync and async functions."""
    return await value if inspect.isawaitable(value) else value
