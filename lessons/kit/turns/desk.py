"""One visitor at one lesson: the open stores, the turns under way and their records, the place in the lesson.

Everything a page shows comes from here, so a reload, a second tab and a restart of the server show the same.
"""

import asyncio
import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lessons.kit.background import background, in_thread, kept_on
from lessons.kit.problems.explain import explain, unsaved
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import KEPT_RECORDS, TurnRecord, load_records, save_record
from lessons.kit.stores.opened_stores import erase_stores, mark_opened, opened_folder, opened_kinds
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.store import Store
from lessons.kit.turns import snapshots
from lessons.kit.turns.running_work import RunningTurn
from lessons.kit.turns.workspace import Workspace, cannot_write, clean_up_daily, open_workspace

if TYPE_CHECKING:
    from agents import Agent
    from agents.models.interface import Model

    from lessons.kit.models.providers import Provider
    from lessons.kit.turns.turn import Work

PATIENCE_SECONDS = 30
"""How long a reset, a step back or the like waits for the turn that is under way."""

BUSY = Problem(
    "A turn is still under way.", "Nothing was changed.", "Stop it, or wait until it is done, and try again."
)

IDLE_SECONDS = 3_600
"""A desk that nobody has looked at for so long is closed. What its sessions hold only in memory is lost then."""


T = TypeVar("T")


@dataclass(frozen=True)
class Progress:
    """The place in the lesson: how many steps are done, and which challenges are solved, counted from 0."""

    steps_done: int = 0
    solved: tuple[int, ...] = ()


class Desk:
    """What one visitor has on the table at one lesson. Made by `open_desk`; safe to use from any thread."""

    def __init__(self, workspace: Workspace, lesson: str) -> None:
        self.workspace, self.lesson = workspace, lesson
        self.folder = workspace.folder / lesson
        self.folder.mkdir(exist_ok=True)
        self.seen_at = time.monotonic()
        self.turns: list[RunningTurn] = []
        self.last_long_work: RunningTurn | None = None
        self._stores: dict[str, Store] = {}
        self._records = load_records(self._records_folder)
        self._progress = _load_progress(self._progress_file)
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
        """The store of that name, opened on the visitor's folder. Raises KeyError for a name that there is not."""
        with self._guard:
            if name not in self._stores:
                self._stores[name] = store_kinds()[name].open(self.folder)
                mark_opened(self.folder, name)
            return self._stores[name]

    def under_way(self) -> list[RunningTurn]:
        """The turns that are queued or running, in their order."""
        with self._guard:
            return list(self.turns)

    def start(
        self,
        work: "Work",
        store_name: str,
        provider: "Provider",
        make_agent: Callable[["Model"], "Agent"],
        *,
        turn: RunningTurn,
        snapshot: str | None = None,
        judge: Callable[[TurnRecord], TurnRecord] = lambda record: record,
    ) -> None:
        """Queue `work` and return at once; `turn` tells how it goes. Turns of one desk never run at the same time.

        `snapshot` names a copy of the storage to take first; `judge` may add a verdict to the record. Raises Refused
        when there is no room.
        """
        self.workspace.check_room()
        with self._guard:
            self.turns.append(turn)
        background().start(self._run(work, store_name, provider, make_agent, turn, snapshot, judge))

    async def _run(
        self,
        work: "Work",
        store_name: str,
        provider: "Provider",
        make_agent: Callable[["Model"], "Agent"],
        turn: RunningTurn,
        snapshot: str | None,
        judge: Callable[[TurnRecord], TurnRecord],
    ) -> None:
        # Imported with the first turn: a page that only shows rows is drawn without loading the SDK.
        from lessons.kit.models.providers import make_model
        from lessons.kit.turns.turn import failed_turn, run_turn

        record = None
        try:
            async with self._one_at_a_time:
                try:
                    if snapshot is not None:
                        await asyncio.to_thread(
                            snapshots.take, self._copies / snapshot, self._all_stores(), self.folder
                        )
                    model, store = make_model(provider), self.store(store_name)
                    # Runner.run_sync asks from another loop.
                    model.get_response = kept_on(asyncio.get_running_loop(), model.get_response)
                    record = await run_turn(work, store, make_agent(model), turn, provider, self._close_stores)
                    record = judge(record)
                except Exception as error:
                    failed = failed_turn(work, store_name, provider.label, error)
                    record = failed if record is None else replace(record, problem=failed.problem)
                record = await asyncio.to_thread(self._keep, record)
        finally:
            with self._guard:
                self.turns.remove(turn)
            turn.finish(record)

    def start_long_work(self, work: Callable[[RunningTurn, threading.Event], None], turn: RunningTurn) -> None:
        """Queue blocking `work` that is no turn, in a thread of its own, and return at once. It has no time limit.

        It is given the turn that tells how it goes, and an event that is set when it should end. There is no record of it: what
        it has stored tells. It stays `last_long_work`, with the problem that ended it. Raises Refused when there is no room.
        """
        self.workspace.check_room()
        with self._guard:
            self.turns.append(turn)
            self.last_long_work = turn
        background().start(self._run_long(work, turn))

    async def _run_long(self, work: Callable[[RunningTurn, threading.Event], None], turn: RunningTurn) -> None:
        stop = threading.Event()
        try:
            async with self._one_at_a_time:
                turn.begin(stop.set)
                await in_thread(lambda: work(turn, stop), stop.set)
        except Exception as error:
            turn.problem = explain(error)
        finally:
            with self._guard:
                self.turns.remove(turn)
            turn.finish(None)

    def _keep(self, record: TurnRecord) -> TurnRecord:
        try:
            save_record(self._records_folder, record)
        except (OSError, ValueError) as error:
            record = replace(record, problem=record.problem or unsaved(error))
        with self._guard:
            self._records = [*self._records, record][-KEPT_RECORDS:]
        return record

    def advance(self, change: Callable[[Progress], Progress]) -> None:
        """Keep a new place in the lesson."""
        with self._guard:
            self._progress = change(self._progress)
            part = self._progress_file.with_suffix(".part")
            part.write_text(json.dumps(asdict(self._progress)))
            part.replace(self._progress_file)

    def set_aside(self) -> None:
        """Empty the tables, and keep what was in them for `bring_back`. What was set aside before stays the first."""
        self.exclusively(self._set_aside)

    @property
    def has_set_aside(self) -> bool:
        return self._aside.exists()

    def bring_back(self) -> bool:
        """Put back what was set aside, in place of what is there now. False if there is nothing."""
        return self.exclusively(self._bring_back)

    def restore(self, snapshot: str) -> bool:
        """Make storage, records and progress exactly what they were when `snapshot` was taken. False if there is none."""
        return self.exclusively(lambda: self._restore(self._copies / snapshot))

    def reset(self) -> None:
        """Delete all that this visitor has stored in this lesson, and stop what is under way."""
        self._stop_all()
        self.exclusively(self._erase)

    def close(self) -> None:
        """Drop every handle, and stop what is under way."""
        self._stop_all()
        self.exclusively(self._close_stores)

    def _stop_all(self) -> None:
        for turn in self.under_way():
            turn.stop()

    def exclusively(self, work: Callable[[], T]) -> T:
        """Do `work` while no turn is under way. Raises Refused when one does not end, and when the storage refuses."""

        async def locked() -> T:
            try:
                await asyncio.wait_for(self._one_at_a_time.acquire(), PATIENCE_SECONDS)
            except TimeoutError:
                raise Refused(BUSY) from None
            try:
                return await asyncio.to_thread(work)
            except (OSError, sqlite3.Error) as error:
                raise Refused(replace(explain(error), kept="It may be only half done.")) from error
            finally:
                self._one_at_a_time.release()

        return background().run(locked(), timeout=None)

    def _set_aside(self) -> None:
        if self.has_set_aside:
            shutil.rmtree(self._copies, ignore_errors=True)
        else:
            snapshots.take(self._aside, self._all_stores(), self.folder)
            if self._copies.exists():
                self._copies.rename(self._aside / self._copies.name)
        for store in self._all_stores():
            store.erase()
        shutil.rmtree(self._records_folder, ignore_errors=True)
        with self._guard:
            self._records = []
        self.advance(lambda now: replace(now, steps_done=0))

    def _bring_back(self) -> bool:
        if not self.has_set_aside:
            return False
        solved = self._progress.solved
        self._put_back(self._aside)
        self.advance(lambda now: replace(now, solved=solved))
        shutil.rmtree(self._copies, ignore_errors=True)
        if (self._aside / self._copies.name).exists():
            (self._aside / self._copies.name).rename(self._copies)
        shutil.rmtree(self._aside)
        return True

    def _close_stores(self) -> list[str]:
        with self._guard:
            stores = list(self._stores.values())
        return [name for store in stores for name in store.close()]

    def _erase(self) -> None:
        for store in self._all_stores():
            store.erase()
        for path in set(self.folder.iterdir()) - {opened_folder(self.folder)}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        with self._guard:
            self._records, self._progress = [], Progress()

    def _restore(self, copy: Path) -> bool:
        if not copy.exists():
            return False
        self._put_back(copy)
        shutil.rmtree(copy)
        return True

    def _put_back(self, copy: Path) -> None:
        snapshots.put_back(copy, self._all_stores(), self.folder)
        with self._guard:
            self._records = load_records(self._records_folder)
            self._progress = _load_progress(self._progress_file)

    def _all_stores(self) -> list[Store]:
        """Those that were ever opened: nothing is stored in the others."""
        return [self.store(name) for name in opened_kinds(self.folder)]

    @property
    def _records_folder(self) -> Path:
        return self.folder / snapshots.RECORDS

    @property
    def _copies(self) -> Path:
        return self.folder / "snapshots"

    @property
    def _aside(self) -> Path:
        return self.folder / "aside"

    @property
    def _progress_file(self) -> Path:
        return self.folder / snapshots.PROGRESS


def _load_progress(path: Path) -> Progress:
    try:
        kept = json.loads(path.read_text())
        return Progress(max(0, int(kept["steps_done"])), tuple(map(int, kept["solved"])))
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return Progress()


_desks: dict[tuple[Path, str], Desk] = {}
_desks_guard = threading.Lock()


def open_desk(visitor: str, lesson: str) -> Desk:
    """The visitor's desk at a lesson, the same object for every tab. Raises what open_workspace raises."""
    workspace = open_workspace(visitor)
    clean_up_daily(erase_stores)  # after the visit was noted, so that it cannot remove this visitor's folder
    key = workspace.folder, lesson
    now = time.monotonic()
    with _desks_guard:
        closing = [_desks.pop(name) for name in _left_behind(key, now)]
        if key not in _desks:
            try:
                _desks[key] = Desk(workspace, lesson)
            except OSError as error:
                raise cannot_write(error) from error
        desk = _desks[key]
        desk.seen_at = now
    for other in closing:
        other.close()
    return desk


def _left_behind(key: tuple[Path, str], now: float) -> list[tuple[Path, str]]:
    """The desks that nobody looks at any more, and the one of `key` if its folder was removed."""
    idle = [name for name, desk in _desks.items() if now - desk.seen_at > IDLE_SECONDS and not desk.turns]
    removed = key in _desks and not _desks[key].folder.exists()
    return [name for name in idle if name != key] + ([key] if removed else [])
