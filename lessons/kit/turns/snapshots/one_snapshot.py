"""One copy of all that a desk has stored: how it is taken, what it holds, and what it is called."""

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lessons.kit.deleting import discard
from lessons.kit.files import read_file, sync_all
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.store import StoreCopier
from lessons.kit.turns.progress import PROGRESS

RECORDS, MANIFEST, SNAPSHOTS = "records", "manifest.json", "snapshots"


@dataclass(frozen=True)
class Manifest:
    """What a copy holds: the names of the stores with rows, of those that were empty, and the bytes of each of its files.

    A store that is in neither list could not be asked when the copy was taken. Putting the copy back leaves it alone.
    """

    stores: Sequence[str]
    empty: Sequence[str]
    files: dict[str, int]


def take(copy: Path, stores: Iterable[StoreCopier], never_opened: Iterable[str], folder: Path) -> None:
    """Copy the stores, and the records and the progress that lie in `folder`, to `copy`. An older one there is kept as well.

    The copy appears in one move, when its manifest is written: half of one would erase rows when it is put back.
    """
    part = part_of(copy)
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
    if copy.exists():  # of a step that did not come to its end: it alone has what was there before
        copy.rename(copy.with_name(f"{copy.name}.{len(copies_named(copy))}"))
    part.rename(copy)


def copies_named(copy: Path) -> list[Path]:
    """The copies of that name, the oldest first. There are several of a step that was run again after it had failed."""
    older = {path.suffix[1:]: path for path in copy.parent.glob(f"{copy.name}.*")}
    numbers = sorted(int(number) for number in older if number.isdecimal())
    return [*(older[str(number)] for number in numbers), *([copy] if copy.exists() else [])]


def part_of(copy: Path) -> Path:
    """The place of a copy until it is whole."""
    return copy.with_name(f"{copy.name}.part")


def read_manifest(copy: Path) -> Manifest:
    """What the copy holds. Raises Refused if it has no manifest, or if a file that it names is not there as it was."""
    try:
        manifest = Manifest(**json.loads(read_file(copy / MANIFEST)))
        wrong = [name for name, size in manifest.files.items() if (copy / name).stat().st_size != size]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _damaged(copy) from error
    if wrong:
        raise _damaged(copy)
    return manifest


def snapshot_of_step(index: int) -> str:
    """The name of the copy that is taken before step `index` (from 0)."""
    return f"step-{index + 1}"


def left_after(done: int) -> str:
    """The name of the copy of what the last of `done` steps left, taken before something else changed it."""
    return f"after-{done}"


def was_begun(folder: Path, index: int) -> bool:
    """Whether step `index` (from 0), the next one, was begun before and did not come to its end: its snapshot is there."""
    return bool(copies_named(folder / SNAPSHOTS / snapshot_of_step(index)))


def starts_from_copy(folder: Path, done: int) -> bool:
    """Whether the next step starts from a copy of what the last of `done` steps left, since something else came after it."""
    return (folder / SNAPSHOTS / left_after(done)).exists() or was_begun(folder, done)


def put_back_records(copy: Path, folder: Path) -> None:
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
