"""Watches the calls of one session: it wraps the bound methods of the instance.

A proxy or a subclass would change what the SDK does. For example, EncryptedSession (since 0.23) refuses a pop with the wrong
key only if the wrapped session is a SQLiteSession whose class has the SDK's own pop_item().
"""

import asyncio
import functools
import inspect
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lessons.kit.background import kept_on
from lessons.kit.ledger.caller import called_by_the_sdk, is_sdk_method
from lessons.kit.ledger.phase import phase_after, phase_during
from lessons.kit.ledger.row_sources import place_of, source_of, underlying
from lessons.kit.ledger.rows import Rows, RowSource
from lessons.kit.ledger.session_methods import ENDING_METHODS, PROTOCOL_METHODS, RECORDED_METHODS, STORING_METHODS
from lessons.kit.ledger.watching.context import may_note, run_of
from lessons.kit.ledger.watching.events import NO_ITEMS, Called, FirstSeen, Kept, LastSeen, settled
from lessons.kit.ledger.watching.exchanges import running_call, within_call
from lessons.kit.ledger.watching.observer import Observer
from lessons.kit.ledger.watching.placing import placed_on, release


async def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Known:
    """What the caller knows of a session that is to be watched.

    `source` reads its rows. `session_id` is the id with which it was opened, which not every class knows at once. `before` is
    awaited first in every call. Its calls run on `loop`, to which its connections belong. None is the loop of the caller.
    `is_wrapped`: another session wraps it.
    """

    source: RowSource | None
    session_id: str
    before: Callable[[], Awaitable[None]] = _nothing
    loop: asyncio.AbstractEventLoop | None = None
    is_wrapped: bool = False


def known_of(session: Any, otherwise: Callable[[Any], RowSource | None] = lambda session: None) -> Known:
    """What a session shows of itself. `otherwise` finds the rows of a session of an unknown class."""
    return Known(source_of(session, otherwise), id_of(session))


def id_of(session: Any) -> str:
    """The id of a session, '' if it does not have one yet: a Conversations session can get it with its first call."""
    try:
        return str(getattr(session, "session_id", ""))
    except ValueError:
        return ""


class WatchedSession:
    """One session whose calls are noted by one observer until `detach`.

    Two observers of one session share the wrappers of its methods, so that they can detach in any order. A private observer
    notes only calls of runs that are made for it.
    """

    def __init__(
        self,
        session: Any,
        observer: Observer,
        is_over: Callable[[], bool],
        known: Known,
        *,
        is_private: bool,
        rows_limit: int,
    ) -> None:
        self.session, self.observer, self.known = session, observer, known
        self.is_over, self.is_private, self.rows_limit = is_over, is_private, rows_limit
        self._guard = threading.Lock()
        self._looked: Future[None] | None = None
        self.newest_key: int | None = None
        names = _names(session)
        placed = placed_on(session)
        for name in names:
            if not hasattr(placed.get(name), "watchers"):
                placed[name] = _watched(session, name, placed.get(name))
            placed[name].watchers.append(self)

    @property
    def source(self) -> RowSource | None:
        return self.known.source

    @property
    def place(self) -> Hashable:
        """The place of its rows. It is equal for two sessions on the same rows, for example if one wraps the other."""
        return place_of(self.session, self.source)

    def detach(self) -> None:
        placed = placed_on(self.session)
        for name in list(placed):
            watched = placed[name]
            if self in getattr(watched, "watchers", ()):
                watched.watchers.remove(self)
                if not watched.watchers:
                    del placed[name]
                    if watched.stood_before is not None:
                        placed[name] = watched.stood_before
        release(self.session)
        if self.source is not None:
            self.source.close()

    async def look_first(self) -> None:
        """Note the current rows, only at the first look. A call that comes in the meantime waits for it.

        A look that is cancelled does not count: its call was not made either, and the next call looks.
        """
        while True:
            with self._guard:
                looking, mine = self._looked, Future[None]()
                if looking is None:
                    self._looked = mine
                    break
            if looking.done():
                return
            # Without the shield, a cancelled call ends the wait of all.
            await asyncio.shield(asyncio.wrap_future(looking))
        try:
            self.observer.note(FirstSeen(self.session, await self.rows()))
        except BaseException:
            self._looked = None
            raise
        finally:
            mine.set_result(None)

    async def look_last(self) -> bool:
        """Note the current rows, if they were looked at before. Returns whether it noted them.

        If the whole file or table is gone, the ledger keeps the rows of the look before.
        """
        if self._looked is None:
            return False
        rows = await self.rows()
        if rows is None or not (rows.is_there or rows.is_lost):
            return False
        self.observer.note(LastSeen(self.session, rows))
        return True

    async def rows(self, after: int | None = None) -> Rows | None:
        """The current rows; with `after`, only rows with a higher key, unless keys are places.

        None if they are not known or cannot be read.
        """
        if self.source is None:
            return None
        try:
            rows = await self.source.read(None if self.source.keys_are_places else after, self.rows_limit)
        except Exception:  # the session's own call raises what is wrong with the storage
            return None
        self.newest_key = max((row[0] for row in rows.found), default=after)
        return rows


def _own_limit(session: Any) -> int | None:
    """The limit in the settings of a session, or of the session that it wraps: a compaction session has no settings."""
    limit: int | None = getattr(getattr(session, "session_settings", None), "limit", None)
    wrapped = underlying(session)
    return limit if limit is not None or wrapped is None else _own_limit(wrapped)


def _names(session: Any) -> list[str]:
    kind = type(session)
    ending = [name for name in ENDING_METHODS if inspect.iscoroutinefunction(getattr(kind, name, None))]
    # EncryptedSession has run_compaction() only if the session that it wraps has it.
    compacts = ["run_compaction"] if callable(getattr(session, "run_compaction", None)) else []
    # A class can pass on methods that it does not have itself.
    passed_on = [
        name for name in PROTOCOL_METHODS if not hasattr(kind, name) and callable(getattr(session, name, None))
    ]
    of_class = [name for name in RECORDED_METHODS if hasattr(kind, name)]
    return list(dict.fromkeys([*of_class, *passed_on, *compacts, *ending]))


_signatures: "weakref.WeakKeyDictionary[Any, inspect.Signature]" = weakref.WeakKeyDictionary()


def _signature(method: Any) -> inspect.Signature:
    """The signature of a bound method, cached: making one takes longer than everything else that is done for a call."""
    function = getattr(method, "__func__", None)
    if function is None:
        return inspect.signature(method)
    if function not in _signatures:
        _signatures[function] = inspect.signature(method)
    return _signatures[function]


def _watched(session: Any, name: str, stood_before: Any) -> Any:
    original = getattr(session, name)
    watchers: list[WatchedSession] = []

    @functools.wraps(original)  # keeps the signature, which the SDK inspects
    async def call(*args: Any, **kwargs: Any) -> Any:
        # The code of a turn can read too, but only the SDK reads for a run.
        by_the_sdk = called_by_the_sdk()
        noting = [one for one in watchers if may_note(one.observer, is_private=one.is_private)]
        if not noting:
            return await settled(original(*args, **kwargs))
        arguments = dict(_signature(original).bind(*args, **kwargs).arguments)
        arguments.pop("wrapper", None)
        loop = next((one.known.loop for one in noting if one.known.loop is not None), None)
        # Runner.run_sync calls from its own loop.
        observed = _observed if loop is None else kept_on(loop, _observed)
        return await observed(session, name, arguments, lambda: original(*args, **kwargs), noting, by_the_sdk)

    vars(call).update(watchers=watchers, stood_before=stood_before)
    with suppress(TypeError, ValueError):  # the SDK inspects it in every run: here it is made once
        call.__signature__ = _signature(original)  # type: ignore[attr-defined]
    return call


async def _observed(
    session: Any,
    name: str,
    arguments: dict[str, Any],
    make: Callable[[], Any],
    noting: list[WatchedSession],
    by_the_sdk: bool,
) -> Any:
    outer = running_call()
    # An inner call is part of the call that makes it: the rows are read once, after the outer call.
    whole = [one for one in noting if one.observer not in outer or outer[one.observer][2] != one.place]
    given = arguments.get("items")
    kept = Kept(given) if whole and isinstance(given, list | tuple) else NO_ITEMS
    places = {
        one.observer: (
            one.known.session_id or id_of(session),
            outer[one.observer][1] + 1 if one.observer in outer else 1 + one.known.is_wrapped,
            one.place,
        )
        for one in noting
    }
    orders = [one.observer.next_order() for one in noting]
    for one in noting:
        one.observer.notice(phase_during(name))
        await one.known.before()
    for one in whole:
        await one.look_first()
    # After add_items() of the SDK, only newer rows are read. They can include rows of another call that runs at the same time.
    newest = whole[0].newest_key if whole else None
    own_limit = _own_limit(session)
    error, result, start = None, None, time.perf_counter()
    try:
        with within_call(places):
            result = await settled(make())
        if isinstance(result, Iterator):  # an iterator can be read only once
            result = list(result)
            return iter(result)
        return result
    except BaseException as raised:  # a cancelled call is noted too
        error = raised
        raise
    finally:
        milliseconds = (time.perf_counter() - start) * 1e3
        stores = name in STORING_METHODS and not isinstance(error, asyncio.CancelledError | GeneratorExit)
        # A compaction can remove rows during any call that stores.
        only_new = name == "add_items" and not hasattr(session, "run_compaction") and is_sdk_method(session, name)
        rows = await whole[0].rows(newest if only_new else None) if stores and whole else None
        for one in whole[1:]:
            one.newest_key = whole[0].newest_key
        found = next((one for one in (result, given) if isinstance(one, list | tuple)), None)
        if whole and isinstance(result, list | tuple):
            kept = Kept(result)
        elif whole and isinstance(result, dict) and name == "pop_item":
            kept = Kept([result])
        for one, order in zip(noting, orders, strict=True):
            session_id, depth, _ = places[one.observer]
            run = run_of(one.observer) if by_the_sdk else None
            if run is not None and error is not None:
                run.failed_in = f"{name}() of the session failed", error
            one.observer.note(
                Called(
                    session=session,
                    session_id=session_id or id_of(session),
                    method=name,
                    arguments=arguments,
                    kept=kept if one in whole else NO_ITEMS,
                    count=len(found) if found is not None else 1 if isinstance(result, dict) else None,
                    by_run=run,
                    by_the_sdk=by_the_sdk,
                    error=error,
                    late=one.is_over(),
                    depth=depth,
                    is_inner=one not in whole,
                    order=order,
                    milliseconds=milliseconds,
                    at=time.time(),
                    rows=rows if one in whole else None,
                    own_limit=own_limit,
                )
            )
            one.observer.notice(phase_after(name))
