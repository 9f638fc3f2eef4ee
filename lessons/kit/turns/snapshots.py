"""Copies of all that a desk has stored: rows, records and the place in the lesson."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from lessons.kit.stores.store import StoreCopier

RECORDS, PROGRESS = "records", "progress.json"


def take(copy: Path, stores: Iterable[StoreCopier], folder: Path) -> None:
    """Copy the stores, and the records and the progress that lie in `folder`, to `copy`.

    The copy appears in one move: half of one would erase rows when it is put back.
    """
    part = copy.with_name(f"{copy.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for store in stores:
        (part / store.name).mkdir()
        store.save_to(part / store.name)
    if (folder / RECORDS).exists():
        shutil.copytree(folder / RECORDS, part / RECORDS)
    if (folder / PROGRESS).exists():
        shutil.copyfile(folder / PROGRESS, part / PROGRESS)
    shutil.rmtree(copy, ignore_errors=True)
    part.rename(copy)


def put_back(copy: Path, stores: Iterable[StoreCopier], folder: Path) -> None:
    """Make all of it exactly what it was when `copy` was taken."""
    for store in stores:
        if (copy / store.name).exists():
            store.restore_from(copy / store.name)
        else:  # it was opened later
            store.erase()
    shutil.rmtree(folder / RECORDS, ignore_errors=True)
    if (copy / RECORDS).exists():
        shutil.copytree(copy / RECORDS, folder / RECORDS)
    (folder / PROGRESS).unlink(missing_ok=True)
    if (copy / PROGRESS).exists():
        shutil.copyfile(copy / PROGRESS, folder / PROGRESS)
