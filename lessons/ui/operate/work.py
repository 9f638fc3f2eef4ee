"""The operations as long work: each ends with words, and a stop leaves nothing half done."""

import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lessons.kit.life_cycle.cleaning import clean_up, preview, preview_lines
from lessons.kit.life_cycle.copying import PHASES, IfExists, copy_sessions, report_lines
from lessons.kit.life_cycle.erasing import (
    erase_preview_lines,
    erase_sessions,
    erase_text,
    erased_lines,
    preview_sessions,
    preview_text,
)
from lessons.kit.life_cycle.export_file import WRITTEN, InMemory, export_bytes
from lessons.kit.life_cycle.markdown import as_markdown
from lessons.kit.life_cycle.moving import SESSIONS_COMPARED, move_sessions
from lessons.kit.life_cycle.places.place import Place
from lessons.kit.life_cycle.places.sealed_place import unread_lines
from lessons.kit.life_cycle.progress import Progress
from lessons.kit.life_cycle.staged_file import CHECKED, staged
from lessons.kit.problems.counted import counted
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.turns.running_work import LongWork

Work = Callable[[LongWork, threading.Event], None]


def _progress(work: LongWork, stop: threading.Event, phases: Sequence[str], *places: Place) -> Progress:
    """Load what the places need. The progress says how much of all `phases` is done.

    Each phase counts the same. A phase without a known end counts as done when the next one begins.
    """
    shares = dict.fromkeys(phases, 0.0)

    def said(what: str, done: int, total: int) -> None:
        if what in shares:
            for before in phases[: phases.index(what)]:
                if before not in PHASES:  # those of a copy come again for each session
                    shares[before] = 1.0
            shares[what] = max(shares[what], min(done / total, 1.0)) if total else shares[what]
        of = f" of {total:,}" if total else ""
        work.advance(sum(shares.values()) / len(shares), f"{done:,}{of} {what}")

    progress = Progress(said, stop)
    for place in places:
        progress.load(place.modules)
    return progress


def _done(work: LongWork, lines: Sequence[str]) -> None:
    work.advance(1.0, "\n".join(lines))


def export_work(place: Place, ids: Sequence[str], *, markdown: bool) -> Work:
    """Make the file of an export in memory, as JSON or as Markdown."""

    def run(work: LongWork, stop: threading.Event) -> None:
        progress = _progress(work, stop, (WRITTEN,), place)
        with progress.interrupting(place.interrupt):
            if markdown:
                file = InMemory()
                for line in as_markdown(place, ids, progress):
                    file.write(f"{line}\n".encode("utf-8", "replace"))
                made = file.getvalue()
            else:
                made = export_bytes(place, ids, progress)
        work.made = made
        said = f"{counted(len(ids), 'session')} in a file of {counted(len(made), 'byte')}."
        _done(work, [said, *unread_lines(place)])

    return run


def import_work(text: str, target: Place, if_exists: IfExists, *, dry_run: bool) -> Work:
    """Import the sessions of the text of an exported file, all or none."""

    def run(work: LongWork, stop: threading.Event) -> None:
        progress = _progress(work, stop, (CHECKED, *PHASES), target)
        with tempfile.TemporaryDirectory(prefix="sessions-pasted-") as folder:
            file = Path(folder) / "pasted.jsonl"
            file.write_bytes(text.strip().encode("utf-8", "surrogatepass") + b"\n")
            try:
                with staged(file, progress) as source:
                    ids = [info.session_id for info in source.sessions()]
                    report = copy_sessions(source, target, ids, if_exists, progress, dry_run=dry_run)
            except Refused as refused:
                raise Refused(_of_pasted_text(refused.problem, file)) from refused
        _done(work, report_lines(report, target.label, dry_run=dry_run))

    return run


def _of_pasted_text(problem: Problem, file: Path) -> Problem:
    """The problem in words of the page, where nobody has named a file: a path of the server means nothing to a visitor."""
    instead = {
        str(file): "The pasted text",
        "Name a file that `export` has written.": "Paste a text that Export has made.",
    }
    what, following = problem.what, problem.next
    for said, here in instead.items():
        what, following = what.replace(said, here), following.replace(said, here)
    return replace(problem, what=what, next=following)


def move_work(
    source: Place,
    target: Place,
    ids: Sequence[str],
    if_exists: IfExists,
    *,
    dry_run: bool,
    remove: bool,
    accept_losses: bool = False,
) -> Work:
    """Copy sessions, all or none, compare the next run of each, and with `remove` delete them in the source."""
    phases = tuple(PHASES) if dry_run else (*PHASES, SESSIONS_COMPARED)

    def run(work: LongWork, stop: threading.Event) -> None:
        progress = _progress(work, stop, phases, source, target)
        moved = move_sessions(
            source, target, ids, if_exists, progress,
            dry_run=dry_run, remove=remove and not dry_run, accept_losses=accept_losses,
        )  # fmt: skip
        lines = report_lines(moved.report, target.label, dry_run=dry_run)
        if not dry_run:
            same = len(moved.compared) - len(moved.different)
            lines.append(f"The next run is equal in {same} of {counted(len(moved.compared), 'session')}.")
        lines += [f"{loss.session_id}: {loss.what}" for loss in moved.different]
        if moved.stopped:
            lines.append(f"Stopped after the copy: all is stored in {target.label}, and nothing was deleted.")
        if moved.removed:
            lines.append(f"{counted(len(moved.removed), 'session')} deleted in {source.label}.")
        _done(work, lines)

    return run


def cleanup_work(place: Place, days: int, *, dry_run: bool) -> Work:
    """Delete the sessions to which nothing was added for `days`, or only say what would be deleted."""

    def run(work: LongWork, stop: threading.Event) -> None:
        progress = _progress(work, stop, ("sessions deleted",), place)
        lines = preview_lines(preview(place, days, progress), counted(days, "day"))
        if not dry_run:
            done = clean_up(place, days, progress)
            ended = "Stopped: " if done.stopped else ""
            lines.append(f"{ended}{counted(done.sessions, 'session')} with {counted(done.rows, 'row')} deleted.")
        _done(work, lines)

    return run


def erase_work(place: Place, ids: Sequence[str], text: str, *, dry_run: bool = False) -> Work:
    """Erase sessions, or every row with a text, and search the bytes for what may be left; or only say what would go."""
    first = "rows read" if text else "sessions measured" if dry_run else "rows erased"

    def run(work: LongWork, stop: threading.Event) -> None:
        progress = _progress(work, stop, (first,) if dry_run else (first, "texts searched"), place)
        if dry_run:
            seen = preview_text(place, text, progress) if text else preview_sessions(place, ids, progress)
            _done(work, erase_preview_lines(seen))
            return
        erased = erase_text(place, text, progress) if text else erase_sessions(place, ids, progress)
        _done(work, erased_lines(erased))

    return run
