"""One visitor at one lesson: the open stores, the turns under way and their records, the place in the lesson.

Everything a page shows comes from here, so a reload, a second tab and a restart of the server show the same.
"""

import asyncio
import json
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lessons.kit.background import background
from lessons.kit.records import KEPT_RECORDS, TurnRecord, load_records, save_record
from lessons.kit.running import RunningTurn
from lessons.kit.stores import Store, store_kinds
from lessons.kit.workspace import Workspace, clean_up_daily, open_workspace

if TYPE_CHECKING:
    from agents import Agent
    from agents.models.interface import Model

    from lessons.kit.providers import Provider
    from lessons.kit.turn import Work

ASIDE = "aside"
IDLE_SECONDS = 3_600
"""A desk that nobody has looked at for so long is closed. What its sessions hold only in memory is lost then."""


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
        self._stores: dict[str, Store] = {}
        self._records = load_records(self._records_folder)
        self._progress = self._load_progress()
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
        from lessons.kit.providers import make_model
        from lessons.kit.turn import failed_turn, run_turn

        record = None
        try:
            async with self._one_at_a_time:
                if snapshot is not None:
                    await asyncio.to_thread(self._save_snapshot, snapshot)
                agent, store = make_agent(make_model(provider)), self.store(store_name)
                running = asyncio.ensure_future(run_turn(work, store, agent, turn, provider, self._close_stores))
                loop = asyncio.get_running_loop()
                turn.begin(lambda: loop.call_soon_threadsafe(running.cancel))
                record = judge(await running)
                self._keep(record)
                await asyncio.to_thread(save_record, self._records_folder, record)
        except Exception as error:
            record = failed_turn(work, store_name, provider.label, error)
            self._keep(record)
        finally:
            with self._guard:
                self.turns.remove(turn)
            turn.finish(record)

    def _keep(self, record: TurnRecord) -> None:
        with self._guard:
            self._records = [*self._records, record][-KEPT_RECORDS:]

    def advance(self, progress: Progress) -> None:
        """Keep a new place in the lesson."""
        self._progress = progress
        part = self._progress_file.with_suffix(".part")
        part.write_text(json.dumps(asdict(progress)))
        part.replace(self._progress_file)

    def set_aside(self) -> None:
        """Empty the tables, and keep what was in them for `bring_back`. What was set aside before stays the first."""
        self._exclusively(self._set_aside)

    @property
    def has_set_aside(self) -> bool:
        return (self._snapshots / ASIDE).exists()

    def bring_back(self) -> bool:
        """Put back what was set aside, in place of what is there now. False if there is nothing."""
        solved = self._progress.solved
        found = self.restore(ASIDE)
        if found:
            self.advance(replace(self._progress, solved=solved))
        return found

    def restore(self, snapshot: str) -> bool:
        """Make storage, records and progress exactly what they were when `snapshot` was taken. False if there is none."""
        return self._exclusively(lambda: self._restore_snapshot(snapshot))

    def reset(self) -> None:
        """Delete all that this visitor has stored in this lesson."""
        self._exclusively(self._erase)

    def close(self) -> None:
        self._exclusively(self._close_stores)

    def _exclusively(self, work: Callable[[], Any]) -> Any:
        async def locked() -> Any:
            async with self._one_at_a_time:
                return await asyncio.to_thread(work)

        return background().run(locked())

    def _set_aside(self) -> None:
        if not self.has_set_aside:
            self._save_snapshot(ASIDE)
        self._close_stores()
        for store_name in store_kinds():
            self.store(store_name).erase()
        shutil.rmtree(self._records_folder, ignore_errors=True)
        with self._guard:
            self._records = []
        self.advance(replace(self._progress, steps_done=0))

    def _close_stores(self) -> list[str]:
        with self._guard:
            return [name for store in self._stores.values() for name in store.close()]

    def _erase(self) -> None:
        self._close_stores()
        with self._guard:
            self._stores.clear()
            self._records, self._progress = [], Progress()
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def _save_snapshot(self, name: str) -> None:
        folder = self._snapshots / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for store_name in store_kinds():
            (folder / store_name).mkdir()
            self.store(store_name).save_to(folder / store_name)
        if self._records_folder.exists():
            shutil.copytree(self._records_folder, folder / "records")
        (folder / "progress.json").write_text(json.dumps(asdict(self._progress)))

    def _restore_snapshot(self, name: str) -> bool:
        folder = self._snapshots / name
        if not folder.exists():
            return False
        for store_name in store_kinds():
            self.store(store_name).restore_from(folder / store_name)
        shutil.rmtree(self._records_folder, ignore_errors=True)
        if (folder / "records").exists():
            shutil.copytree(folder / "records", self._records_folder)
        self._records = load_records(self._records_folder)
        self.advance(_progress_from(folder / "progress.json"))
        shutil.rmtree(folder)
        return True

    def _load_progress(self) -> Progress:
        return _progress_from(self._progress_file)

    @property
    def _records_folder(self) -> Path:
        return self.folder / "records"

    @property
    def _snapshots(self) -> Path:
        return self.folder / "snapshots"

    @property
    def _progress_file(self) -> Path:
        return self.folder / "progress.json"


def _progress_from(path: Path) -> Progress:
    try:
        kept = json.loads(path.read_text())
        return Progress(int(kept["steps_done"]), tuple(map(int, kept["solved"])))
    except (OSError, ValueError, KeyError, TypeError):
        return Progress()


_desks: dict[tuple[Path, str], Desk] = {}
_desks_guard = threading.Lock()


def open_desk(visitor: str, lesson: str) -> Desk:
    """The visitor's desk at a lesson, the same object for every tab. Raises what open_workspace raises."""
    clean_up_daily()
    workspace = open_workspace(visitor)
    key = workspace.folder, lesson
    with _desks_guard:
        desk = _desks.get(key)
        if desk is None or not desk.folder.exists():
            desk = _desks[key] = Desk(workspace, lesson)
        desk.seen_at = time.monotonic()
        idle = [
            name for name, other in _desks.items() if desk.seen_at - other.seen_at > IDLE_SECONDS and not other.turns
        ]
        closing = [_desks.pop(name) for name in idle]
    for other in closing:
        other.close()
    return desk
