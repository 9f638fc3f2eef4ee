"""Notes the HTTP requests that session calls make. The app's HTTP client reports them here."""

import contextvars
import time
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from lessons.kit.ledger.watching.events import Exchanged
from lessons.kit.ledger.watching.observer import Observer
from lessons.kit.models.providers import redact
from lessons.kit.records import BODY_LIMIT, Exchange
from lessons.kit.seen_text import printable

Places = Mapping[Observer, tuple[str, int, Hashable]]
"""For each observer of a session call: the id by which it knows the session, the depth of the call, the place of the rows."""

_running: contextvars.ContextVar[Places] = contextvars.ContextVar("running_session_call", default={})  # noqa: B039


def running_call() -> Places:
    """The innermost watched session call that this code is part of, empty if there is none. Never changed in place."""
    return _running.get()


@contextmanager
def within_call(places: Places) -> Iterator[None]:
    """Code inside is part of this session call."""
    token = _running.set({**_running.get(), **places})
    try:
        yield
    finally:
        _running.reset(token)


@dataclass
class Answer:
    """The answer of an HTTP exchange. `status` stays None if no answer came."""

    status: int | None = None
    body: str = ""


@contextmanager
def noted_exchange(request: str, body: str) -> Iterator[Answer]:
    """Note an HTTP exchange one level below the session call that makes it. Outside of a watched call, nothing is noted.

    `request` is method and path, such as "GET /v1/conversations". The caller fills in the answer.
    """
    answer, places = Answer(), _running.get()
    orders = {observer: observer.next_order() for observer in places}
    start, error = time.perf_counter(), None
    try:
        yield answer
    except BaseException as raised:
        error = printable(type(raised).__name__)
        raise
    finally:
        milliseconds = (time.perf_counter() - start) * 1e3
        for observer, (session_id, depth, _) in places.items():
            kept = Exchange(answer.status, _kept(body), _kept(answer.body), _size(body), _size(answer.body))
            observer.note(
                Exchanged(session_id, redact(request), kept, error, depth + 1, orders[observer], milliseconds)
            )


def _kept(body: str) -> str:
    """The part of a body that is kept. Secrets are searched in a longer part: a secret that is cut is not recognised."""
    return printable(redact(body[: 2 * BODY_LIMIT])[:BODY_LIMIT])


def _size(body: str) -> int:
    return len(body.encode(errors="replace"))
