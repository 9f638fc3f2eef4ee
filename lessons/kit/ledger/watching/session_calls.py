"""Watches the calls of one session, by wrapping the bound methods of the instance.

A proxy or a subclass would change what the SDK does with it: EncryptedSession, for one, refuses a pop with the wrong key only
where it wraps a class of the SDK itself.
"""

import asyncio
import contextvars
import functools
import inspect
from collections.abc import Callable
from typing import Any

from lessons.kit.ledger.caller import called_by_the_sdk
from lessons.kit.ledger.rows import Rows, source_of
from lessons.kit.ledger.session_methods import RECORDED_METHODS, STORING_METHODS
from lessons.kit.ledger.watching.door import may_note, run_of
from lessons.kit.ledger.watching.events import Called, FirstSeen, copied, settled
from lessons.kit.ledger.watching.observer import Observer

_inside: contextvars.ContextVar[bool] = contextvars.ContextVar("inside_a_session_call", default=False)
"""Whether this code runs within a watched call: what it calls on a session is a part of that call."""


class WatchedSession:
    """One session whose calls are noted by one observer until `detach`.

    `source` is where its rows are, None if that is not known. Two observers of one session share the functions around its
    methods, so that either can go first. A private one notes only what is made for it alone.
    """

    def __init__(
        self, session: Any, observer: Observer, is_over: Callable[[], bool], *, is_private: bool, rows_limit: int
    ) -> None:
        self.session, self.source, self.observer = session, source_of(session), observer
        self.is_over, self.is_private, self.rows_limit = is_over, is_private, rows_limit
        self._first_seen = False
        self.newest_key: int | None = None
        for name in _names(session):
            watched = session.__dict__.get(name)
            if not hasattr(watched, "watchers"):
                watched = _watched(session, name)
                setattr(session, name, watched)
            watched.watchers.append(self)

    def detach(self) -> None:
        for name in _names(self.session):
            watched = self.session.__dict__.get(name)
            if self in getattr(watched, "watchers", ()):
                watched.watchers.remove(self)
                if not watched.watchers:
                    _give_back(self.session, name, watched.stood_before)
        if self.source is not None:
            self.source.close()

    async def look_first(self) -> None:
        """Note the rows as they are, if that is the first look at them."""
        if not self._first_seen:
            self._first_seen = True
            rows = await self.rows()
            self.observer.note(FirstSeen(self.session, self.source, rows))

    async def rows(self, after: int | None = None) -> Rows | None:
        """The rows as they are stored now, those after a key if it is given.

        None where they are not known or cannot be read.
        """
        if self.source is None:
            return None
        try:
            rows = await self.source.read(after, self.rows_limit)
        except Exception:  # whatever the storage raises, the session's own call says it
            return None
        self.newest_key = max((row.key for row in rows.items), default=after)
        return rows


def _names(session: Any) -> list[str]:
    return [name for name in RECORDED_METHODS if hasattr(type(session), name)]


def _give_back(session: Any, name: str, stood_before: Any) -> None:
    """What stood on the instance before it was watched: the app's own recorder is such a function."""
    if stood_before is None:
        del session.__dict__[name]
    else:
        setattr(session, name, stood_before)


def _watched(session: Any, name: str) -> Any:
    original = getattr(session, name)
    stood_before = session.__dict__.get(name)
    signature = inspect.signature(original)
    watchers: list[WatchedSession] = []

    @functools.wraps(original)  # keeps the signature, which the SDK inspects
    async def call(*args: Any, **kwargs: Any) -> Any:
        by_the_sdk = called_by_the_sdk()
        noting = [one for one in watchers if may_note(one.observer, is_private=one.is_private)]
        if _inside.get() or not noting:
            return await settled(original(*args, **kwargs))
        arguments = dict(signature.bind(*args, **kwargs).arguments)
        arguments.pop("wrapper", None)
        given = arguments.get("items")
        items = copied(given) if isinstance(given, list) else []
        for watcher in noting:
            await watcher.look_first()
        # Another call may store while this one does: what it adds is looked for after the newest row of now.
        newest = noting[0].newest_key
        token, error, result = _inside.set(True), None, None
        try:
            result = await settled(original(*args, **kwargs))
            return result
        except BaseException as raised:
            error = raised
            raise
        finally:
            _inside.reset(token)
            stores = name in STORING_METHODS and not isinstance(error, asyncio.CancelledError | GeneratorExit)
            # A compaction can take rows out during any call that stores.
            only_new = name == "add_items" and not hasattr(session, "run_compaction")
            rows = await noting[0].rows(newest if only_new else None) if stores else None
            for watcher in noting[1:]:
                watcher.newest_key = noting[0].newest_key
            if isinstance(result, list):
                items = copied(result)
            elif isinstance(result, dict) and name == "pop_item":
                items = [copied(result)]
            for watcher in noting:
                run = run_of(watcher.observer) if by_the_sdk else None
                late = watcher.is_over()
                watcher.observer.note(Called(session, name, arguments, items, run, error, late, rows))

    vars(call).update(watchers=watchers, stood_before=stood_before)
    return call
