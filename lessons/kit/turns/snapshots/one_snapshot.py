"""One copy of everything that a desk has stored: taking it, its manifest, and its name."""

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
    """The content of a copy: the names of the stores with rows and of the empty ones, and the size of each file in bytes.

    A store that is in neither list could not be asked when the copy was taken. Restoring the copy does not change it.
    """

    stores: Sequence[str]
    empty: Sequence[str]
    files: dict[str, int]


def take(copy: Path, stores: Iterable[StoreCopier], never_opened: Iterable[str], folder: Path) -> None:
    """Copy the stores, and the records and the progress in `folder`, to `copy`. An older copy there is renamed and kept.

    The copy is moved to its place only after its manifest is written: half a copy would erase rows when it is restored.
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
    if copy.exists():  # of a step that did not end: only that copy has the rows from before it
        copy.rename(copy.with_name(f"{copy.name}.{len(copies_named(copy))}"))
    part.rename(copy)


def copies_named(copy: Path) -> list[Path]:
    """The copies of that name, the oldest first. There are several if a step was run again after it failed."""
    older = {path.suffix[1:]: path for path in copy.parent.glob(f"{copy.name}.*")}
    numbers = sorted(int(number) for number in older if number.isdecimal())
    return [*(older[str(number)] for number in numbers), *([copy] if copy.exists() else [])]


def part_of(copy: Path) -> Path:
    """The path of a copy until it is complete."""
    return copy.with_name(f"{copy.name}.part")


def read_manifest(copy: Path) -> Manifest:
    """The manifest of the copy. Raises Refused if it is missing, or if one of its files is missing or has another size."""
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
    """The name of the copy of what the last of `done` steps left. It is taken before something else changes that."""
    return f"after-{done}"


def was_begun(folder: Path, index: int) -> bool:
    """Whether the next step, `index` (from 0), was begun before and did not end: then its snapshot exists."""
    return bool(copies_named(folder / SNAPSHOTS / snapshot_of_step(index)))


def starts_from_copy(folder: Path, done: int) -> bool:
    """Whether the next step starts from a copy of what the last of `done` steps left, since something else ran after that."""
    return (folder / SNAPSHOTS / left_after(done)).exists() or was_begun(folder, done)


def put_back_records(copy: Path, folder: Path) -> None:
    """Replace the records in `folder` with those of the copy."""
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
