"""The log of session calls, and of the HTTP requests that they make.

A session is recorded by wrapping the bound methods of the instance. A proxy or a subclass changes what the SDK does with it:
EncryptedSession, for one, refuses a pop with the wrong key only where it wraps a class of the SDK itself.
"""

import asyncio
import contextvars
import functools
import inspect
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lessons.kit.background import kept_on
from lessons.kit.ledger.caller import called_by_the_sdk
from lessons.kit.ledger.phase import Phase, phase_after, phase_during
from lessons.kit.ledger.session_methods import RECORDED_METHODS
from lessons.kit.models.providers import redact
from lessons.kit.records import BODY_LIMIT, Exchange
from lessons.kit.seen_text import printable

WINDOW = 100
"""The newest items of a call or request that are kept. Copying all of them would cost more than the run."""

_depth: contextvars.ContextVar[int] = contextvars.ContextVar("session_call_depth", default=0)
_read: contextvars.ContextVar[int | None] = contextvars.ContextVar("read_by_a_run", default=None)
_call: contextvars.ContextVar["tuple[Recorder, str] | None"] = contextvars.ContextVar("session_call", default=None)
"""The recorder of the session call that is running, and the id of its session."""


@dataclass(frozen=True)
class CallLog:
    """One finished session call, or one HTTP exchange that a session call made (`exchange`).

    `items` are the newest WINDOW items that it returned or was given, `count` is all of them. `limit` is the one that applied
    to a reading call, and `order` counts the calls of the turn as they began. `depth` is 1 for a call of the session. A call of
    the session that it wraps has 2, and `past_the_wrapper` if the wrapping session did not make it.
    """

    session_id: str
    method: str
    arguments: dict[str, Any]
    items: tuple[Any, ...]
    count: int | None
    limit: int | None
    milliseconds: float
    depth: int
    error: str | None
    order: int
    exchange: Exchange | None = None
    past_the_wrapper: bool = False


async def _nothing() -> None:
    pass


@dataclass
class Recorder:
    """Collects the calls of one turn, in the order in which they began. `notice` is given the phase when one begins or is done.

    The calls run on `loop`, to which the session's connections belong; None takes the caller's.
    """

    notice: Callable[[Phase], object] = lambda phase: None
    loop: asyncio.AbstractEventLoop | None = None
    calls: list[CallLog] = field(default_factory=list)
    _begun: int = 0

    def begin(self) -> int:
        """The number of a call that begins now, in the order of the turn, from 1."""
        self._begun += 1
        return self._begun

    @contextmanager
    def attached(
        self,
        session: Any,
        before: Callable[[], Awaitable[None]] = _nothing,
        session_id: str | None = None,
        *,
        wrapped: bool = False,
    ) -> Iterator[None]:
        """Record `session` while inside; `before` is awaited first in every call. The session is as it was afterwards.

        `session_id` is the id that it was opened by; None takes its own, which not every class knows at once. `wrapped` says
        that another session is around it.
        """
        known = str(getattr(session, "session_id", "")) if session_id is None else session_id
        names = [name for name in RECORDED_METHODS if hasattr(type(session), name)]
        for name in names:
            setattr(session, name, self._recording(session, known, name, before, wrapped))
        try:
            yield
        finally:
            for name in names:
                session.__dict__.pop(name, None)

    def _recording(
        self, session: Any, session_id: str, name: str, before: Callable[[], Awaitable[None]], wrapped: bool
    ) -> Callable[..., Any]:
        original = getattr(session, name)
        signature = inspect.signature(original)
        # Runner.run_sync calls from its own loop.
        on_its_loop = original if self.loop is None else kept_on(self.loop, original)

        @functools.wraps(original)  # keeps the signature, which the SDK inspects
        async def call(*args: Any, **kwargs: Any) -> Any:
            arguments = dict(signature.bind(*args, **kwargs).arguments)
            arguments.pop("wrapper", None)
            # The code of a turn may read too, but only the SDK reads for a run.
            for_a_run = called_by_the_sdk()
            past_the_wrapper = wrapped and _depth.get() == 0
            order, token, result, error = self.begin(), _depth.set(max(_depth.get(), int(wrapped)) + 1), None, None
            outer_call = _call.set((self, session_id))
            self.notice(phase_during(name))
            await before()
            start = time.perf_counter()
            try:
                result = await on_its_loop(*args, **kwargs)
                if name == "get_items" and for_a_run and _depth.get() == 1:
                    _read.set(order)
                return result
            except BaseException as raised:  # a cancelled call is logged too
                error = printable(f"{type(raised).__name__}: {raised}")
                raise
            finally:
                milliseconds = (time.perf_counter() - start) * 1e3
                items = _items(result, arguments)
                self.calls.append(
                    CallLog(
                        session_id=session_id,
                        method=name,
                        arguments={key: value for key, value in arguments.items() if not isinstance(value, list)},
                        items=tuple(items[-WINDOW:]) if items is not None else (),
                        count=len(items) if items is not None else None,
                        limit=_limit(session, arguments),
                        milliseconds=milliseconds,
                        depth=_depth.get(),
                        error=error,
                        order=order,
                        past_the_wrapper=past_the_wrapper,
                    )
                )
                _call.reset(outer_call)
                _depth.reset(token)
                self.notice(phase_after(name))

        return call


@dataclass
class Answer:
    """What came back of an HTTP exchange; `status` stays None when nothing did."""

    status: int | None = None
    body: str = ""


@contextmanager
def logged_exchange(request: str, body: str) -> Iterator[Answer]:
    """Log an HTTP exchange below the session call that makes it; outside of a turn nothing is logged.

    `request` is its method and path, as "GET /v1/conversations"; the caller fills in the answer.
    """
    answer = Answer()
    call = _call.get()
    if call is None:
        yield answer
        return
    recorder, session_id = call
    order, start, error = recorder.begin(), time.perf_counter(), None
    try:
        yield answer
    except BaseException as raised:
        error = printable(type(raised).__name__)
        raise
    finally:
        recorder.calls.append(
            CallLog(
                session_id=session_id,
                method=redact(request),
                arguments={},
                items=(),
                count=None,
                limit=None,
                milliseconds=(time.perf_counter() - start) * 1e3,
                depth=_depth.get() + 1,
                error=error,
                order=order,
                exchange=Exchange(answer.status, _kept(body), _kept(answer.body), _size(body), _size(answer.body)),
            )
        )


def _kept(body: str) -> str:
    """What the record keeps of a body. More is searched for secrets, so that none is cut in two and not recognised."""
    return printable(redact(body[: 2 * BODY_LIMIT])[:BODY_LIMIT])


def _size(body: str) -> int:
    return len(body.encode(errors="replace"))


def last_read_by_a_run() -> int | None:
    """The order of the get_items() call that the SDK made last in this context, to begin a run with its items."""
    return _read.get()


def _limit(session: Any, arguments: dict[str, Any]) -> int | None:
    asked: int | None = arguments.get("limit")
    default: int | None = getattr(getattr(session, "session_settings", None), "limit", None)
    return default if asked is None else asked


def _items(result: Any, arguments: dict[str, Any]) -> list[Any] | None:
    if isinstance(result, list):
        return result
    given = arguments.get("items")
    if isinstance(given, list):
        return given
    return [result] if isinstance(result, dict) else None
