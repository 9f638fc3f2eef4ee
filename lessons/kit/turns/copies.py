"""Step back, set aside, bring back, start over: all that deletes or replaces what a desk has stored.

Each writes down what it is about to do before it changes anything. What a kill interrupts is finished before the desk is used
again, or undone if its copy was not complete yet. So every part of it may be done twice, and a copy is deleted last.

For a power cut, each waits for the disk in between: a copy is there before rows are deleted, and rows before their copy is.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from lessons.kit.deleting import discard, sweep
from lessons.kit.files import read_file, sync, sync_all
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import load_records
from lessons.kit.stores.opened_stores import never_opened, opened_folder
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.store import StoreCopier
from lessons.kit.turns.progress import PROGRESS, Progress, load_progress
from lessons.kit.visitors.lesson_stores import LessonStores

RECORDS, MANIFEST = "records", "manifest.json"

Action = Literal["restore", "set aside", "empty", "bring back", "start over"]

_BEGUN = "begun "
"""How the name of the file begins that says what is being done. It is empty, so that it can be made on a full disk."""


@dataclass(frozen=True)
class Begun:
    """An operation that was begun; `copy` is the name of the snapshot that it restores."""

    action: Action
    copy: str = ""


class Copies:
    """The copies of one desk, and the operations on them. Never two at a time, and never while a turn is running.

    `stores` are those of the desk; `advance` keeps a new place in the lesson. All operations raise Refused, OSError
    and sqlite3.Error. One that has changed something before that is finished by the next use of the desk; `start_over` is not.
    """

    def __init__(
        self,
        folder: Path,
        stores: LessonStores,
        advance: Callable[[Callable[[Progress], Progress]], None],
    ) -> None:
        self._folder, self._stores, self._advance = folder, stores, advance
        self._snapshots, self._aside = folder / "snapshots", folder / "aside"
        self._changed = False

    @property
    def has_set_aside(self) -> bool:
        return self._aside.exists()

    def take(self, name: str) -> None:
        """Copy all that is stored now as the snapshot `name`."""
        self._take(self._snapshots / name)

    def restore(self, name: str) -> bool:
        """Make storage, records and progress exactly what they were when the snapshot was taken. False if there is none."""
        wanted = Begun("restore", name)
        if self.finish() == wanted:
            return True
        copy = self._snapshots / name
        if not copy.exists() and (_part(copy) / MANIFEST).exists():
            _part(copy).rename(copy)  # it was whole, and the older one was out of its way when a kill came
        if not copy.exists():
            return False
        self._check(copy)
        self._do(wanted)
        return True

    def set_aside(self) -> None:
        """Empty the tables, and keep what was in them for `bring_back`. What was set aside before stays the first."""
        self.finish()
        if self.has_set_aside:
            self._do(Begun("empty"))
        else:
            self._do(Begun("set aside"), first=lambda: self._take(self._aside))

    def bring_back(self) -> bool:
        """Put back what was set aside, in place of what is there now. False if there is nothing."""
        wanted = Begun("bring back")
        if self.finish() == wanted:
            return True
        if not self.has_set_aside:
            return False
        self._check(self._aside)
        self._do(wanted)
        return True

    def start_over(self) -> None:
        """Delete all that is stored, also what was set aside."""
        if self._folder.exists():
            self._do(Begun("start over"))
        else:
            self._erase_stores()

    @property
    def begun(self) -> Begun | None:
        """The operation that is not finished; None if there is none. Starting over ends every other."""
        found = []
        for path in self._folder.glob(f"{_BEGUN}*"):
            action, _, copy = path.name.removeprefix(_BEGUN).partition(".")
            found += [Begun(known, copy) for known in get_args(Action) if known == action]
        return max(found, key=lambda one: one.action == "start over", default=None)

    def finish(self) -> Begun | None:
        """Finish what was begun, or undo it where nothing was changed yet. Returns what it was; None if there was nothing."""
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
            _take(copy, self._stores.all(), never_opened(self._folder), self._folder)
        except (Refused, OSError, sqlite3.Error):
            discard(_part(copy), self._folder)  # of a full disk it would hold the last room
            raise

    def _put_back(self, copy: Path, place: Callable[[Progress, Progress], Progress]) -> None:
        manifest = _read_manifest(copy)
        sync_all(copy)
        for name in manifest.stores:
            self._stores.open(name).restore_from(copy / name)
            self._changed = True
        for store in self._stores.all():
            if store.name in manifest.empty:
                store.erase()
                self._changed = True
        _put_back_records(copy, self._folder)
        then = load_progress(copy / PROGRESS, load_records(copy / RECORDS))
        self._advance(lambda now: place(now, then))
        sync(self._folder)

    def _empty(self) -> None:
        self._erase_stores()
        discard(self._snapshots)
        discard(self._folder / RECORDS)
        self._advance(lambda now: replace(now, steps_done=0))

    def _erase_stores(self) -> None:
        """Erase every store, also where one of them refuses: that is said at the end."""
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
        """Raises Refused if the copy is not whole, or holds rows of a store that cannot be used now."""
        kinds = store_kinds()
        for name in _read_manifest(copy).stores:
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


@dataclass(frozen=True)
class Manifest:
    """What a copy holds: the names of the stores with rows, of those that were empty, and the bytes of each of its files.

    A store that is in neither list could not be asked when the copy was taken. Putting the copy back leaves it alone.
    """

    stores: Sequence[str]
    empty: Sequence[str]
    files: dict[str, int]


def _take(copy: Path, stores: Iterable[StoreCopier], never_opened: Iterable[str], folder: Path) -> None:
    """Copy the stores, and the records and the progress that lie in `folder`, to `copy`, in place of an older one there.

    The copy appears in one move, when its manifest is written: half of one would erase rows when it is put back.
    """
    part = _part(copy)
    discard(part, folder)
    part.mkdir(parents=True)
    opened = list(stores)
    for store in opened:
        (part / store.name).mkdir()
        store.save_to(part / store.name)
    if (folder / RECORDS).exists():
        shutil.copytree(folder / RECORDS, part / RECORDS)
    if (folder / PROGRESS).exists():
        shutil.copyfile(folder / PROGRESS, part / PROGRESS)
    files = {str(path.relative_to(part)): path.stat().st_size for path in part.rglob("*") if path.is_file()}
    held = [store.name for store in opened if any((part / store.name).iterdir())]
    empty = [store.name for store in opened if store.name not in held]
    written = part / f"{MANIFEST}.part"
    written.write_text(json.dumps(asdict(Manifest(held, [*empty, *never_opened], files))))
    written.rename(part / MANIFEST)
    if copy.exists():  # it is deleted for the newer one
        sync_all(part)
        discard(copy, folder)
    part.rename(copy)


def _part(copy: Path) -> Path:
    """The place of a copy until it is whole."""
    return copy.with_name(f"{copy.name}.part")


def _read_manifest(copy: Path) -> Manifest:
    """What the copy holds. Raises Refused if it has no manifest, or if a file that it names is not there as it was."""
    try:
        manifest = Manifest(**json.loads(read_file(copy / MANIFEST)))
        wrong = [name for name, size in manifest.files.items() if (copy / name).stat().st_size != size]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _damaged(copy) from error
    if wrong:
        raise _damaged(copy)
    return manifest


def _put_back_records(copy: Path, folder: Path) -> None:
    """Make the records in `folder` those of the copy."""
    discard(folder / RECORDS)
    if (copy / RECORDS).exists():
        shutil.copytree(copy / RECORDS, folder / RECORDS)
        sync_all(folder / RECORDS)


def _damaged(copy: Path) -> Refused:
    return Refused(
        Problem(
            f"The copy {copy.name!r} is not whole: a file of it is missing or has changed.",
            "Nothing was changed: the rows of now and what is left of the copy are kept.",
            "Go on from here, or start the lesson over.",
        )
    )
