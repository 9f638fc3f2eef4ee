"""Watches runs and session calls, and returns them as a ledger."""

import asyncio
import itertools
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any

from lessons.kit.ledger.explaining.ends import tell_end
from lessons.kit.ledger.explaining.make_ledger import make_ledger
from lessons.kit.ledger.explaining.shelf.tracked import Shelf
from lessons.kit.ledger.explaining.story import Story
from lessons.kit.ledger.ledger import Ledger
from lessons.kit.ledger.phase import Phase
from lessons.kit.ledger.rows import NEWEST_ROWS, RowSource, named
from lessons.kit.ledger.watching.door import forget, noted_by, open_door, remember
from lessons.kit.ledger.watching.events import Event, RunBegan
from lessons.kit.ledger.watching.session_calls import Known, WatchedSession, known_of


class Observation:
    """Collects the events of runs and session calls, from `begin` to `end`. `sessions` are watched from the start.

    `notice` is called when a session call or a model request begins and when it ends. A private observation sees only the runs
    that are made for it (see seen_only_by). `rows_limit` is the number of rows that are read of a session, the newest ones.
    """

    def __init__(
        self,
        sessions: Sequence[Any],
        notice: Callable[[Phase], object] = lambda phase: None,
        *,
        is_private: bool = False,
        rows_limit: int = NEWEST_ROWS,
    ) -> None:
        self._first, self._notice, self._is_private = sessions, notice, is_private
        self._rows_limit = rows_limit
        self._watched: dict[int, WatchedSession] = {}
        self._events: list[Event] = []
        self._runs, self._requests, self._order = itertools.count(1), itertools.count(1), itertools.count(1)
        self._undo: list[Callable[[], None]] = []
        self._guard = threading.Lock()
        self._open = ExitStack()
        self._over = False

    def begin(self) -> None:
        with ExitStack() as opened:
            opened.enter_context(open_door())
            if not self._is_private:
                opened.enter_context(noted_by(self))
            for session in self._first:
                self.watch(session)
            self._open = opened.pop_all()

    async def look_first(self) -> None:
        """Note the current rows of the sessions. Without this, they are noted at the first call of each session."""
        for watched in list(self._watched.values()):
            await watched.look_first()

    async def look_last(self) -> None:
        """Note the current rows of the sessions that were looked at before, once for two handles on the same rows."""
        looked_at = set()
        for watched in reversed(list(self._watched.values())):
            if watched.source is not None and watched.place not in looked_at and await watched.look_last():
                looked_at.add(watched.place)

    def release(self) -> None:
        """Close the files that were opened to read rows. The next look opens them again."""
        for watched in list(self._watched.values()):
            if watched.source is not None:
                watched.source.close()

    def end(self) -> None:
        """End the observation. Only a stream that still runs is watched until it ends, for what it stores."""
        self._open.close()
        self._over = True
        for undo in self._undo:
            undo()
        if not self.still_running():
            self.detach()

    def detach(self) -> None:
        """Stop watching all sessions, even if a stream still runs."""
        for watched in self._watched.values():
            watched.detach()
            forget(watched.session, self)

    @property
    def ledger(self) -> Ledger:
        """The ledger of the first session, with the items of runs without a session where they happened."""
        story = self._story()
        shelves = [story.shelf(self._first[0])] if self._first else story.shelves
        requests = list(story.requests.values())
        if not shelves:
            return make_ledger(story.elsewhere, requests)
        return make_ledger(shelves[0], requests, story.elsewhere)

    def of(self, session: Any) -> Ledger:
        """The ledger of one session."""
        story = self._story()
        return make_ledger(story.shelf(session), list(story.requests.values()))

    @property
    def ledgers(self) -> list[Ledger]:
        """The ledgers of all watched sessions, in the order in which they were first seen. Runs without a session come last."""
        story = self._story()
        for watched in list(self._watched.values()):
            story.shelf(watched.session)
        requests = list(story.requests.values())
        without = [story.elsewhere] if story.elsewhere.listed else []
        return [make_ledger(shelf, requests) for shelf in (*story.shelves, *without)]

    def ledgers_of(self, store: str, session_id: str, newest: int) -> tuple[Ledger, tuple[Ledger, ...]]:
        """The ledger of that session in that store, and the ledgers of the other sessions.

        The first includes the items of runs without a session. Each has at most `newest` lines, the last ones.
        """
        story = self._story()
        requests = list(story.requests.values())
        main = story.of_rows(store, session_id) or Shelf(store, session_id, None)
        others = [make_ledger(shelf, requests, newest=newest) for shelf in story.shelves if shelf is not main]
        return make_ledger(main, requests, story.elsewhere, newest), tuple(others)

    @property
    def events(self) -> list[Event]:
        """All events, in order."""
        return list(self._events)

    def _story(self) -> Story:
        if self._over and not self.still_running():
            self.detach()
        story = Story(self._known)
        story.follow(list(self._events))
        for requests in story.requests.values():
            tell_end(requests)
        return story

    def _known(self, session: Any) -> Known:
        watched = self._watched.get(id(session))
        return watched.known if watched is not None else known_of(session)

    def _found(self, session: Any) -> Known:
        """What a session that is to be watched shows of itself. If its rows are watched already, they keep their names here."""
        found = known_of(session, self._told_source)
        source = found.source
        if source is not None:
            for other in self._watched.values():
                if other.source is not None and other.place == (source.place, source.name):
                    return replace(found, source=named(source, other.source.store, other.source.session_id))
        return found

    def _told_source(self, session: Any) -> RowSource | None:
        """The rows of a session of an unknown class, if the caller has told where they are. Another session can wrap it."""
        watched = self._watched.get(id(session))
        return watched.source if watched is not None else None

    def still_running(self) -> bool:
        """Whether a run has not ended, such as a stream that was left. What it stores after `end` is noted as stored later."""
        return any(event.run.goes_on for event in self._events if isinstance(event, RunBegan))

    def note(self, event: Event) -> None:
        self._events.append(event)

    def notice(self, phase: Phase) -> None:
        self._notice(phase)

    def next_run(self) -> int:
        return next(self._runs)

    def next_request(self) -> int:
        return next(self._requests)

    def next_order(self) -> int:
        return next(self._order)

    def watch(self, session: Any, known: Known | None = None) -> None:
        """Note the calls of this session from now on. `known` is what the caller knows of it; None looks at the session."""
        with self._guard:
            if id(session) not in self._watched:
                self._watched[id(session)] = WatchedSession(
                    session,
                    self,
                    lambda: self._over,
                    known or self._found(session),
                    is_private=self._is_private,
                    rows_limit=self._rows_limit,
                )
                if not self._is_private:
                    remember(session, self)

    def undo_later(self, undo: Callable[[], None]) -> None:
        self._undo.append(undo)


class observe:
    """`async with observe(session) as seen:` in a coroutine, `with observe(session) as seen:` in a plain script.

    It sees any number of runs and session calls, of the sessions that are given here and of those that a run inside is given.
    `seen.ledger` is the ledger of the first session, `seen.of(session)` the ledger of another one. A run in a
    threading.Thread is seen only if its session is one of these. asyncio.to_thread() keeps the context, so its runs are seen.
    """

    def __init__(self, *sessions: Any) -> None:
        self._sessions = sessions
        self._entered: list[Observation] = []

    def __enter__(self) -> Observation:
        observation = Observation(self._sessions)
        observation.begin()
        self._entered.append(observation)
        return observation

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._entered.pop().end()

    async def __aenter__(self) -> Observation:
        observation = self.__enter__()
        await observation.look_first()
        return observation

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        observation = self._entered.pop()
        if not isinstance(error, asyncio.CancelledError | GeneratorExit):
            await observation.look_last()
        observation.end()
