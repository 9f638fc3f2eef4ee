"""What is noted while runs are watched, in the order in which it happened.

Items are copied where they are seen: a run, a callback or a filter may change them afterwards.
"""

import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lessons.kit.ledger.ledger import RunKind
from lessons.kit.ledger.rows import Rows, RowSource
from lessons.kit.stores.sdk_private import stored_exception


class LookedAt(Exception):
    """Ends a run that is only made to see what it would send."""


@dataclass(eq=False)
class WatchedRun:
    """One call of the Runner. `session` is its session or None; `resumed` says that its input was a RunState.

    `result` and `error` are set at its end; of a streamed run, `result` is there at once and `error` is asked of it.
    `broke_off` is the number of a request that was prepared and not made: a hook raised, or the write before it failed.
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
    broke_off: int | None = None

    @property
    def failure(self) -> BaseException | None:
        """What ended the run before its end, also if the code of a streamed run never asked."""
        return self.error if self.error is not None else stored_exception(self.result)

    @property
    def goes_on(self) -> bool:
        """Whether it is a stream that has not ended."""
        task = getattr(self.result, "run_loop_task", None)
        return task is not None and not task.done()


@dataclass(frozen=True, eq=False)
class Seen:
    """One item at one place: the object, which tells whether it is the same later, and a copy of what it was."""

    item: Any
    value: Any


def seen(items: Sequence[Any]) -> list[Seen]:
    return [Seen(item, copied(item)) for item in items]


def copied(value: Any) -> Any:
    """A copy that shares nothing that can change. Items are JSON: this takes a quarter of the time of copy.deepcopy."""
    if type(value) is dict:
        return {name: one if type(one) is str else copied(one) for name, one in value.items()}
    if type(value) is list:
        return [copied(one) for one in value]
    if value is None or type(value) in (str, int, float, bool):
        return value
    return copy.deepcopy(value)


@dataclass(frozen=True, eq=False)
class RunBegan:
    run: WatchedRun
    input: list[Any]


@dataclass(frozen=True, eq=False)
class Called:
    """One finished call of a session method.

    `items` are those that it returned or was given. `by_run` is the run whose code made it, None for a call of the turn's own
    code; `rows` are those behind the session after a call that can change them, None where they are not known.
    `late` says that the observation had ended.
    """

    session: Any
    method: str
    arguments: dict[str, Any]
    items: list[Any]
    by_run: WatchedRun | None
    error: BaseException | None
    late: bool
    rows: Rows | None = None


@dataclass(frozen=True, eq=False)
class FirstSeen:
    """The rows behind a session before anything was called on it; None where they are not known."""

    session: Any
    source: RowSource | None
    rows: Rows | None


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
    """An input filter of a handoff has run."""

    run: WatchedRun
    name: str


@dataclass(frozen=True, eq=False)
class Sending:
    """A model is about to be sent these items. `number` counts the requests of the whole observation, from 1."""

    run: WatchedRun
    agent: str
    number: int
    items: list[Any]


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


Event = (
    RunBegan | Called | FirstSeen | CallbackRan | FilterRan | HandedOff | HandoffFiltered | Sending | Posted | Answered
)


async def settled(value: Any) -> Any:
    """The value, awaited if it has to be: the SDK takes functions of both kinds."""
    return await value if inspect.isawaitable(value) else value
