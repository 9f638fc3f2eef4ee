"""The desk of one visitor at one lesson: the open stores, the running turns, their records, and the place in the lesson.

Everything that a page shows comes from here, so a reload, a second tab and a restart of the server show the same.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from lessons.kit.background import background, in_thread
from lessons.kit.problems.disk_errors import in_folder
from lessons.kit.problems.explain import explain, unsaved
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import KEPT_RECORDS, TurnRecord, load_records, save_record
from lessons.kit.stores.store import Store
from lessons.kit.turns.planned_turn import PlannedTurn
from lessons.kit.turns.progress import PROGRESS, Progress, load_progress, save_progress
from lessons.kit.turns.running_work import LONG_WORKS, LongWork, RunningTurn
from lessons.kit.turns.snapshots.one_snapshot import RECORDS
from lessons.kit.turns.snapshots.restoring import Snapshots
from lessons.kit.turns.verdict import judged
from lessons.kit.visitors.lesson_stores import LessonStores
from lessons.kit.visitors.rate_limit import check_pace, count_turn
from lessons.kit.visitors.storage_limits import check_room
from lessons.kit.visitors.workspace import Workspace

PATIENCE_SECONDS = 30
"""Seconds that an operation such as a reset or a step back waits for the running turn."""

BUSY = Problem("A turn is still running.", "Nothing was changed.", "Stop it, or wait until it is done, and try again.")
T = TypeVar("T")


class Desk:
    """The state of one visitor at one lesson. `open_desk` makes it, and any thread can use it.

    `watch` is informed of each use, since a use can open files. `used_at` is the time.monotonic() of the last use.
    """

    def __init__(self, workspace: Workspace, lesson: str, watch: "Watch | None" = None) -> None:
        self.workspace, self.lesson, self.folder = workspace, lesson, workspace.folder / lesson
        self.used_at = time.monotonic()
        self._watch = watch if watch is not None else Watch()
        self.last_long_work: LongWork | None = None
        self._running: list[RunningTurn | LongWork] = []
        self.stores = LessonStores(workspace, self.folder)
        self._records = load_records(self._records_folder)
        self._progress = load_progress(self._progress_file, self._records)
        self._snapshots = Snapshots(self.folder, self.stores, self.advance)
        self._finishing_refused = False
        self._guard = threading.Lock()
        self._one_at_a_time = asyncio.Lock()

    @property
    def records(self) -> Sequence[TurnRecord]:
        """The last turns, oldest first."""
        return tuple(self._records)

    @property
    def progress(self) -> Progress:
        return self._progress

    def store(self, name: str) -> Store:
        """The store of that name, opened on the visitor's folder.

        Raises KeyError if no kind of store has that name, and Refused if the note that it was opened cannot be written.
        """
        return self.stores.open(name)

    def make_folder(self) -> None:
        """Make the folder of this desk, before something is first written in it. Raises Refused."""
        self.stores.make_folder()

    def check_can_start(self) -> None:
        """Raises Refused if a turn would be refused now: a storage limit is reached, or too many turns within a minute."""
        check_room(self.workspace)
        check_pace(self.workspace.visitor)

    def _admit(self) -> None:
        """Count a turn that starts now. Raises Refused if it must not start."""
        check_room(self.workspace)
        count_turn(self.workspace.visitor)
        self.make_folder()

    def use(self) -> None:
        """Note that a page looks at this desk, or that a turn has used a session."""
        self.used_at = time.monotonic()
        self._watch.used(self)

    def _called(self) -> None:
        self.used_at = time.monotonic()
        self._watch.called(self)

    async def _room(self) -> None:
        if self._watch.room is not None:
            await self._watch.room(self)

    def running(self) -> list[RunningTurn | LongWork]:
        """The turns and long works that are queued or running, in order."""
        with self._guard:
            return list(self._running)

    def start(self, planned: PlannedTurn) -> RunningTurn:
        """Queue the turn and return at once. Turns of one desk never run at the same time.

        Raises Refused if it must not start now. If a following turn must not start, a record says so, since no caller waits for
        it.
        """
        self._admit()
        turn = _running_turn(planned)
        with self._guard:
            self._running.append(turn)
        background().start(self._run(planned, turn))
        return turn

    async def _run(self, planned: PlannedTurn, turn: RunningTurn) -> None:
        record = None
        try:
            async with self._one_at_a_time:
                tell = await self._ran(planned, turn)
                # The verdict comes before the record, and the record before the next step. Each change of threads takes 0.2 ms.
                record = await asyncio.to_thread(lambda: self._keep(judged(tell(), planned), planned.walk_store, turn))
            if planned.following is not None and record.went_well:
                await asyncio.to_thread(self._start_following, planned.following, turn)
        finally:
            with self._guard:
                self._running.remove(turn)
            self.use()  # reading the rows after the last session call was a use too
            turn.finish(record)

    async def _ran(self, planned: PlannedTurn, turn: RunningTurn) -> Callable[[], TurnRecord]:
        # Imported at the first turn, so that a page that only shows rows does not load the SDK.
        from lessons.kit.models.providers import make_model
        from lessons.kit.turns.recording.sessions import always_room
        from lessons.kit.turns.run_turn import failed_turn, run_turn, untold_turn

        try:
            await asyncio.to_thread(self._make_ready, planned)
            agent, store = planned.make_agent(make_model(planned.provider)), self.store(planned.store)
        except Exception as error:
            return partial(failed_turn, planned, explain(in_folder(error, self.folder)))
        try:
            # A call to a server can take seconds and opens no file, so it does not wait for room.
            room = self._room if store.medium.startswith("file") else always_room
            return (await run_turn(planned, store, agent, turn, self.stores.close, self._called, room)).record
        except Exception as error:
            return partial(untold_turn, planned, error)

    def _make_ready(self, planned: PlannedTurn) -> None:
        self._finish()
        if self._snapshots.make_ready(planned, self._progress):
            self._reload()

    def _start_following(self, planned: PlannedTurn, before: RunningTurn) -> None:
        """Queue the turn that follows `before`, unless that was stopped. If it cannot start, its own record says why."""
        from lessons.kit.turns.run_turn import failed_turn

        try:
            self._admit()
        except Exception as error:
            self._keep(replace(failed_turn(planned, explain(error)), step=planned.step))
            return
        turn = _running_turn(planned)
        with self._guard:
            if before.stop_asked:
                return
            self._running.append(turn)
        background().start(self._run(planned, turn))

    def start_long_work(self, work: Callable[[LongWork, threading.Event], None], title: str) -> LongWork:
        """Queue blocking `work` that is not a turn, in a separate thread, and return at once. It has no time limit.

        `work` is called with its LongWork, to report progress, and an event that is set when it should end. It has no record.
        It stays in `last_long_work`, with the problem that ended it. Raises Refused if it must not start now.
        """
        self._admit()
        running = LongWork(title)
        with self._guard:
            self._running.append(running)
            self.last_long_work = running
        background().start(self._run_long(work, running))
        return running

    async def _run_long(self, work: Callable[[LongWork, threading.Event], None], running: LongWork) -> None:
        stop = threading.Event()
        problem = None
        try:
            async with self._one_at_a_time, LONG_WORKS():
                await asyncio.to_thread(self._finish)
                running.begin(stop.set)
                await in_thread(lambda: work(running, stop), stop.set)
        except Exception as error:
            problem = explain(error)
        finally:
            with self._guard:
                self._running.remove(running)
            running.finish(problem)

    def _keep(self, record: TurnRecord, store: str = "", turn: RunningTurn | None = None) -> TurnRecord:
        """Store the record, and for a step that is done also the place in the lesson. A kill in between does no harm."""
        step, done = record.step, record.step_done
        try:
            save_record(self._records_folder, record)
        except (OSError, ValueError) as error:
            record = replace(record, problem=record.problem or unsaved(error))
        if step is not None and done:
            try:
                self.advance(lambda now: replace(now.before(step), steps_done=step + 1, store=store or now.store))
            except Refused as refused:
                record = replace(record, problem=record.problem or refused.problem)
        with self._guard:
            if turn is not None:
                turn.record = record
            self._records = [*self._records, record][-KEPT_RECORDS:]
        return record

    def advance(self, change: Callable[[Progress], Progress]) -> None:
        """Keep a new place in the lesson. Raises Refused if it cannot be written. Then it is kept until the app ends."""
        self.make_folder()
        with self._guard:
            self._progress = change(self._progress)
            try:
                save_progress(self._progress_file, self._progress)
            except OSError as error:
                problem = explain(error)
                what = f"Your place in the lesson was not saved. {problem.what}"
                raise Refused(replace(problem, what=what, kept="All rows are kept.")) from error

    def set_aside(self) -> None:
        """Empty the tables, and keep their content for `bring_back` and the next step. What is already set aside stays."""
        self.make_folder()
        self._locked(self._on_snapshots(self._snapshots.set_aside))

    @property
    def has_set_aside(self) -> bool:
        return self._snapshots.has_set_aside

    def bring_back(self) -> bool:
        """Put back what was set aside, in place of what is stored now. False if nothing was set aside."""
        return self._locked(self._on_snapshots(self._snapshots.bring_back))

    def restore(self, snapshot: str) -> bool:
        """Restore storage, records and progress exactly as they were when `snapshot` was taken. False if it does not exist."""
        return self._locked(self._on_snapshots(lambda: self._snapshots.restore(snapshot)))

    def reset(self) -> None:
        """Stop what is running, and delete everything that this visitor has stored in this lesson."""
        self._stop_all()
        self._locked(self._on_snapshots(self._snapshots.start_over))

    def finish_begun(self) -> None:
        """Finish an operation, such as a step back, that was running when an earlier process was killed.

        If the storage refuses, the next turn or operation tries again and says why it failed.
        """
        if self._snapshots.begun is not None and not self._finishing_refused:
            try:
                self.exclusively(lambda: None)
            except Refused:
                self._finishing_refused = True

    def close(self) -> None:
        """Stop what is running, and drop every handle."""
        self._stop_all()
        self.drop_handles()

    def drop_handles(self) -> None:
        """Drop every handle while no turn is running. Raises Refused if a turn does not end."""
        self._locked(self.stores.close)

    def _stop_all(self) -> None:
        with self._guard:  # so that no following turn is queued in between
            for work in self._running:
                work.stop()

    def exclusively(self, work: Callable[[], T]) -> T:
        """Do `work`, which may write, while no turn is running.

        Raises Refused if a turn does not end, if the storage refuses, or if the app accepts no more visitors.
        """
        self.make_folder()

        def after_what_was_begun() -> T:
            self._finish()
            return work()

        return self._locked(after_what_was_begun)

    def _locked(self, work: Callable[[], T]) -> T:
        async def locked() -> T:
            try:
                await asyncio.wait_for(self._one_at_a_time.acquire(), PATIENCE_SECONDS)
            except TimeoutError:
                raise Refused(BUSY) from None
            try:
                return await asyncio.to_thread(work)
            except (OSError, sqlite3.Error) as error:
                problem = explain(in_folder(error, self.folder))
                raise Refused(replace(problem, kept="It may be only half done.")) from error
            finally:
                self._one_at_a_time.release()

        return background().run(locked(), timeout=None)

    def _finish(self) -> None:
        if self._snapshots.begun is not None:
            self._on_snapshots(self._snapshots.finish)()

    def _on_snapshots(self, operation: Callable[[], T]) -> Callable[[], T]:
        """The same operation, which reads records and progress again at its end, also after an error."""

        def done() -> T:
            try:
                return operation()
            finally:
                self._reload()

        return done

    def _reload(self) -> None:
        with self._guard:
            self._records = load_records(self._records_folder)
            self._progress = load_progress(self._progress_file, self._records)

    @property
    def _records_folder(self) -> Path:
        return self.folder / RECORDS

    @property
    def _progress_file(self) -> Path:
        return self.folder / PROGRESS


@dataclass(frozen=True)
class Watch:
    """The functions to call when a desk can open files: at each use, and before and after each session call of a turn."""

    used: Callable[[Desk], object] = lambda desk: None
    room: Callable[[Desk], Awaitable[None]] | None = None
    called: Callable[[Desk], object] = lambda desk: None


def _running_turn(planned: PlannedTurn) -> RunningTurn:
    return RunningTurn(planned.title, planned.message, planned.session_id, planned.store)
