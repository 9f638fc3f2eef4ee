"""How far a visitor is in a lesson, kept in a file."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lessons.kit.files import read_file, write_file
from lessons.kit.records import TurnRecord

PROGRESS = "progress.json"
"""The name of the file in the folder of a visitor at a lesson."""


@dataclass(frozen=True)
class Progress:
    """The number of steps that are done, and the solved challenges, numbered from 0. `store` is the store of the steps.

    `left_out` are earlier steps, numbered from 0, that were not run.
    """

    steps_done: int = 0
    solved: tuple[int, ...] = ()
    store: str = ""
    left_out: tuple[int, ...] = ()

    def before(self, step: int) -> "Progress":
        """The progress with `step` (from 0) as the next step. Steps that this skips are added to `left_out`."""
        left_out = (*(one for one in self.left_out if one < step), *range(self.steps_done, step))
        return replace(self, steps_done=step, left_out=left_out)


def load_progress(path: Path, records: Sequence[TurnRecord]) -> Progress:
    """The progress in the file, or the start of the lesson if there is none.

    The record of a step is stored before the progress. If the process is killed in between, the newest record is one step
    ahead. Then that step counts as done.
    """
    progress = _read(path)
    newest = next((record for record in reversed(records) if record.step is not None), None)
    if newest is not None and newest.step_done and newest.step == progress.steps_done:
        return replace(progress, steps_done=progress.steps_done + 1)
    return progress


def read_progress(folder: Path) -> Progress:
    """The progress in the folder of a visitor at a lesson, or the start of the lesson if there is none."""
    return _read(folder / PROGRESS)


def _read(path: Path) -> Progress:
    try:
        kept = json.loads(read_file(path))
        done, solved = max(0, int(kept["steps_done"])), tuple(map(int, kept["solved"]))
        return Progress(done, solved, str(kept.get("store", "")), tuple(map(int, kept.get("left_out", ()))))
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return Progress()


def save_progress(path: Path, progress: Progress) -> None:
    """Write the progress to the file. Raises OSError."""
    write_file(path, json.dumps(asdict(progress)).encode())
