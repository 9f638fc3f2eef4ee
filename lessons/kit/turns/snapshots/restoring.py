"""Step back, set aside, bring back, start over: the operations that delete or replace what a desk has stored.

Each operation notes in a file what it will do before it changes anything. If the process is killed, the operation is finished
before the desk is used again, or undone if its copy was not complete. So every part of it can run twice, and a copy is
deleted last.

Each also waits for the disk, because of power cuts: a copy is on the disk before rows are deleted, and rows are on the disk
before their copy is deleted.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from lessons.kit.deleting import discard, sweep
from lessons.kit.files import sync, sync_all
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import load_records
from lessons.kit.stores.opened_stores import never_opened, opened_folder
from lessons.kit.stores.registry import store_kinds
from lessons.kit.turns.planned_turn import PlannedTurn
from lessons.kit.turns.progress import PROGRESS, Progress, load_progress
from lessons.kit.turns.snapshots.one_snapshot import (
    RECORDS,
    SNAPSHOTS,
    copies_named,
    left_after,
    part_of,
    put_back_records,
    read_manifest,
    snapshot_of_step,
    take,
)
from lessons.kit.visitors.lesson_stores import LessonStores

Action = Literal["restore", "set aside", "empty", "bring back", "start over"]

_BEGUN = "begun "
"""The start of the name of the file that notes the running operation. The file is empty, so a full disk has room for it."""


@dataclass(frozen=True)
class Begun:
    """An operation that was begun. `copy` is the name of the snapshot that it restores, '' for other operations."""

    action: Action
    copy: str = ""


class Snapshots:
    """The copies of one desk, and the operations on them. Only one operation runs at a time, and only while no turn runs.

    `stores` are the stores of the desk. `advance` keeps a new place in the lesson. All operations can raise Refused, OSError
    and sqlite3.Error. If an operation has changed something before it raised, the next use of the desk finishes it. That is not
    so for `start_over`.
    """

    def __init__(
        self,
        folder: Path,
        stores: LessonStores,
        advance: Callable[[Callable[[Progress], Progress]], None],
    ) -> None:
        self._folder, self._stores, self._advance = folder, stores, advance
        self._snapshots, self._aside = folder / SNAPSHOTS, folder / "aside"
        self._changed = False

    @property
    def has_set_aside(self) -> bool:
        return self._aside.exists()

    def take(self, name: str) -> None:
        """Copy everything that is stored now, as the snapshot `name`."""
        self._take(self._snapshots / name)

    def make_ready(self, turn: PlannedTurn, now: Progress) -> bool:
        """Copy what has to be kept before the turn. For a step, restore what the step before it left. True if it replaced rows.

        A step brings back what was set aside for a challenge. Everything else since the last step is kept in the snapshot of
        the step, to which Step back returns.
        """
        left = left_after(now.steps_done)
        if turn.is_in_the_way and not self.has_set_aside:
            # The message is more important than the copy. If the copy fails, the next step runs on what is stored then.
            with suppress(Refused, OSError, sqlite3.Error):
                if not self._keep_left(now.steps_done):
                    self.take(left)
        if turn.snapshot is None:
            return False
        replaced = turn.step is not None and self.bring_back()
        is_next = turn.step is not None and turn.step >= now.steps_done  # steps before it can be left out
        if is_next:
            self._keep_left(now.steps_done)
        self.take(turn.snapshot)
        if is_next and (self._snapshots / left).exists():
            self._start_from(self._snapshots / left, turn.snapshot)
            replaced = True
        if turn.step is not None:
            discard(self._snapshots / left_after(turn.step + 1), self._folder)
            if turn.step > now.steps_done:  # before it runs, so that a kill leaves a place as after any step
                step = turn.step
                self._advance(lambda kept: kept.before(step))
        return replaced

    def _keep_left(self, done: int) -> bool:
        """Keep what the last step left, if a step was begun since: that step's snapshot has it. Returns whether it is kept."""
        left, before = self._snapshots / left_after(done), copies_named(self._snapshots / snapshot_of_step(done))
        if not left.exists() and before:
            discard(part_of(left), self._folder)
            shutil.copytree(before[0], part_of(left))
            sync_all(part_of(left))
            part_of(left).rename(left)
        return left.exists()

    def _start_from(self, left: Path, snapshot: str) -> None:
        """Restore what the last step left. If that fails or is interrupted, the snapshot that was just taken is restored."""
        self._check(left)
        sync_all(self._snapshots / snapshot)
        sync(self._snapshots)
        undo = Begun("restore", snapshot)
        self._note(undo).touch()
        sync(self._folder)
        try:
            self._put_back(left, lambda now, then: replace(then, solved=now.solved))
        except Exception:
            self._carry_out(undo)
            raise
        self._note(undo).unlink()

    def restore(self, name: str) -> bool:
        """Restore storage, records and progress exactly as they were when the snapshot was taken. False if it does not exist.

        Of several snapshots with that name, it uses the newest. The next call uses the one before.
        """
        finished = self.finish()
        if finished is not None and finished.action == "restore" and finished.copy.partition(".")[0] == name:
            return True
        copies = copies_named(self._snapshots / name)
        if not copies:
            return False
        self._check(copies[-1])
        self._do(Begun("restore", copies[-1].name))
        return True

    def set_aside(self) -> None:
        """Empty the tables, and keep their content for `bring_back`. If something is already set aside, that stays."""
        self.finish()
        if self.has_set_aside:
            self._do(Begun("empty"))
        else:
            self._do(Begun("set aside"), first=lambda: self._take(self._aside))

    def bring_back(self) -> bool:
        """Put back what was set aside, in place of what is stored now. False if nothing was set aside."""
        wanted = Begun("bring back")
        if self.finish() == wanted:
            return True
        if not self.has_set_aside:
            return False
        self._check(self._aside)
        self._do(wanted)
        return True

    def start_over(self) -> None:
        """Delete everything that is stored, including what was set aside."""
        if self._folder.exists():
            self._do(Begun("start over"))
        else:
            self._erase_stores()

    @property
    def begun(self) -> Begun | None:
        """The operation that is not finished, None if there is none. "start over" takes precedence over any other."""
        found = []
        for path in self._folder.glob(f"{_BEGUN}*"):
            action, _, copy = path.name.removeprefix(_BEGUN).partition(".")
            found += [Begun(known, copy) for known in get_args(Action) if known == action]
        return max(found, key=lambda one: one.action == "start over", default=None)

    def finish(self) -> Begun | None:
        """Finish the operation that was begun, or undo it if nothing was changed yet. Returns it, None if there was none."""
        begun = self.begun
        if begun is not None:
            self._carry_out(begun)
        return begun

    def _do(self, begun: Begun, first: Callable[[], None] = lambda: None) -> None:
        self._note(begun).touch()
        sync(self._folder)
        self._changed = False
        try:
            first()
            self._carry_out(begun)
        except BaseException:
            if not self._changed or begun.action == "start over":
                self._note(begun).unlink(missing_ok=True)
            raise

    def _carry_out(self, begun: Begun) -> None:
        match begun.action:
            case "restore":
                copy = self._snapshots / begun.copy
                if copy.exists():
                    self._put_back(copy, lambda now, then: then)
                    discard(copy, self._folder)
            case "set aside":
                if self._aside.exists():  # otherwise the copy was not complete, and nothing was changed
                    self._changed = True
                    self._snapshots.mkdir(exist_ok=True)
                    if not self._snapshots_aside.exists():
                        self._snapshots.rename(self._snapshots_aside)
                    sync_all(self._aside)
                    sync(self._folder)
                    self._empty()
            case "empty":
                self._empty()
            case "bring back":
                if self._aside.exists():
                    self._put_back(self._aside, lambda now, then: replace(then, solved=now.solved))
                    if self._snapshots_aside.exists():
                        discard(self._snapshots)
                        self._snapshots_aside.rename(self._snapshots)
                    discard(self._aside)
            case "start over":
                self._erase_stores()
                keep = {opened_folder(self._folder), self._note(begun)}
                for path in set(self._folder.iterdir()) - keep:
                    discard(path)
        self._note(begun).unlink()

    def _take(self, copy: Path) -> None:
        sweep(self._folder)
        for part in self._snapshots.glob("*.part"):
            discard(part, self._folder)
        try:
            take(copy, self._stores.all(), never_opened(self._folder), self._folder)
        except (Refused, OSError, sqlite3.Error):
            discard(part_of(copy), self._folder)  # on a full disk, half a copy would use the last space
            raise

    def _put_back(self, copy: Path, place: Callable[[Progress, Progress], Progress]) -> None:
        manifest = read_manifest(copy)
        sync_all(copy)
        for name in manifest.stores:
            self._stores.open(name).restore_from(copy / name)
            self._changed = True
        for store in self._stores.all():
            if store.name in manifest.empty:
                store.erase()
                self._changed = True
        put_back_records(copy, self._folder)
        then = load_progress(copy / PROGRESS, load_records(copy / RECORDS))
        self._advance(lambda now: place(now, then))
        sync(self._folder)

    def _empty(self) -> None:
        self._erase_stores()
        discard(self._snapshots)
        discard(self._folder / RECORDS)

    def _erase_stores(self) -> None:
        """Erase every store, even if one of them refuses. The first error is raised at the end."""
        refused: list[Exception] = []
        for store in self._stores.all():
            try:
                store.erase()
                self._changed = True
            except (Refused, OSError, sqlite3.Error) as error:
                refused.append(error)
        if refused:
            raise refused[0]

    def _check(self, copy: Path) -> None:
        """Raises Refused if the copy is not complete, or has rows of a store that cannot be used now."""
        kinds = store_kinds()
        for name in read_manifest(copy).stores:
            missing = kinds[name].missing() if name in kinds else "This version of the app does not have it."
            if missing:
                label = kinds[name].label if name in kinds else name
                what = f"The copy holds rows of the store {label!r}, which cannot be used now."
                raise Refused(Problem(what, "Nothing was changed: the copy is kept.", missing))

    @property
    def _snapshots_aside(self) -> Path:
        return self._aside / self._snapshots.name

    def _note(self, begun: Begun) -> Path:
        return self._folder / f"{_BEGUN}{begun.action}{f'.{begun.copy}' if begun.copy else ''}"
