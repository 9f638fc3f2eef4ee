"""Moves sessions from one place to another, and shows that the next run would send the same from there."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lessons.kit.life_cycle.copying import Copied, IfExists, Report, copy_sessions
from lessons.kit.life_cycle.places.addresses import sqlite_place
from lessons.kit.life_cycle.places.place import Loss, Place, digest, refuse
from lessons.kit.life_cycle.places.sealed_place import SealedPlace, fitting
from lessons.kit.life_cycle.places.sql_place import SqlPlace
from lessons.kit.life_cycle.progress import Progress
from lessons.kit.problems.problem import Refused

COMPARED_ITEMS = 1_000
"""For a long session, how many of its newest items the compared runs read."""

_MESSAGE = "What did we talk about?"


@dataclass(frozen=True)
class Moved:
    """What was copied and what the target does not keep, and what was found afterwards.

    `compared` are the sessions whose next run was compared in both places. `different` are those whose next run would send
    something else, each with the reason. `removed` are those that were then deleted from the source. `stopped` says that the
    move was stopped after everything was copied; then nothing was deleted.
    """

    report: Report
    compared: tuple[str, ...] = ()
    different: tuple[Loss, ...] = ()
    removed: tuple[str, ...] = ()
    stopped: bool = False


SESSIONS_COMPARED = "sessions compared"

_QUIET = Progress()


def move_sessions(
    source: Place,
    target: Place,
    session_ids: Sequence[str],
    if_exists: IfExists = "refuse",
    progress: Progress = _QUIET,
    *,
    dry_run: bool = False,
    remove: bool = False,
    accept_losses: bool = False,
) -> Moved:
    """Copy sessions into the target, all or none, compare the next run of each, and with `remove` delete them in the source.

    Nothing is deleted if a next run differs, if the source has changed since, or, without `accept_losses`, if the target loses
    more than the row ids. Raises Refused; then the source is as it was.
    """
    source, target = fitting(source, target)
    report = copy_sessions(source, target, session_ids, if_exists, progress, dry_run=dry_run)
    if dry_run:
        return Moved(report)
    new = [copied for copied in report.copied if copied.how in ("new", "renamed")]
    different: list[Loss] = []
    compared: list[str] = []
    try:
        with apart(source, progress) as before, apart(target, progress) as after:
            for copied in new:
                why = progress.run(_difference(before, after, copied, progress))
                if why:
                    different.append(Loss(copied.session_id, why))
                compared.append(copied.session_id)
                progress(SESSIONS_COMPARED, len(compared), len(new))
    except Refused:
        if not progress.is_stopped:
            raise
        return Moved(report, tuple(compared), tuple(different), stopped=True)
    removed: tuple[str, ...] = ()
    if remove:
        large = [loss for loss in report.losses if not (loss.is_small or accept_losses)]
        if different or large:
            raise refuse(
                f"The sessions are in {target.label}, which does not keep everything of them: "
                f"{'; '.join(f'{loss.session_id}: {loss.what}' for loss in (*different, *large)[:5])}.",
                "Look at the target, and then delete them in the source, or accept the losses.",
                f"The sessions in {source.label} were not deleted.",
            )
        removed = tuple(copied.session_id for copied in report.copied if copied.how != "kept")
        try:
            with progress.interrupting(source.interrupt):
                _remove(source, [copied for copied in report.copied if copied.how != "kept"], progress)
        except Refused:
            if not progress.is_stopped:
                raise
            return Moved(report, tuple(compared), tuple(different), stopped=True)
    return Moved(report, tuple(compared), tuple(different), removed)


@contextmanager
def apart(place: Place, progress: Progress = _QUIET) -> Iterator[Place]:
    """The place itself, or for a SQLite file a copy: a session class that opens a file changes its mode and makes tables."""
    if isinstance(place, SealedPlace):
        with apart(place.inner, progress) as inner:
            yield cast("Place", place.around(inner))
        return
    path = place.file
    if path is None or not isinstance(place, SqlPlace):
        yield place
        return
    with tempfile.TemporaryDirectory(prefix="sessions-move-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / path.name
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as there, closing(sqlite3.connect(copy)) as here:
            there.backup(here, pages=2_000, progress=lambda *_: progress.check(), sleep=0)
        aside = sqlite_place(copy, place.session_class, place.tables)
        aside.label = place.label
        yield aside


def _remove(source: Place, copied: Sequence[Copied], progress: Progress) -> None:
    """Delete sessions if their rows are still those that were copied."""
    with source.writing() as writing:
        for number, one in enumerate(copied, start=1):
            rows = progress.each(source.rows(one.session_id), "rows compared again")
            if digest(rows)[1] != one.checksum:
                raise refuse(
                    f"The session {one.session_id!r} was used in {source.label} while it was moved.",
                    "Move it again, and merge the two.",
                    "It is in both places. Nothing was deleted.",
                )
            writing.remove(one.session_id)
            progress("sessions deleted", number, len(copied))


async def _difference(source: Place, target: Place, copied: Copied, progress: Progress) -> str:
    """How the next run differs in the two places, in words; '' if it does not."""
    before = _formed(await _next_items(source, copied.session_id, copied.rows), (source, target))
    progress.check()
    after = _formed(await _next_items(target, copied.as_id, copied.rows), (source, target))
    if before == after:
        return ""
    if isinstance(before, str) or isinstance(after, str):
        return (
            f"the next run ends with {before if isinstance(before, str) else 'no error'} in {source.label}, and with "
            + (f"{after if isinstance(after, str) else 'no error'} in the target")
        )
    pairs = zip(before, after, strict=False)
    at = next((number for number, (one, other) in enumerate(pairs) if one != other), min(len(before), len(after)))
    return f"the next run would send {len(after)} items and not {len(before)}, or others from item {at + 1} on"


def _formed(items: list[Any] | str, places: Sequence[Place]) -> list[Any] | str:
    """The items as both places would give them back: a change of form counts as a loss, not as a difference."""
    if isinstance(items, str) or all("form" in place.keeps for place in places):
        return items
    texts = map(json.dumps, items)
    for place in places:
        texts = map(place.form, texts)
    return list(map(json.loads, texts))


async def _next_items(place: Place, session_id: str, rows: int) -> list[Any] | str:
    """The items of the next run, or the name of the error that it ends with."""
    from lessons.kit.ledger import next_run

    limit = COMPARED_ITEMS if rows > COMPARED_ITEMS else None
    async with place.opened(session_id) as session:
        try:
            ledger = await next_run(session, _MESSAGE, limit=limit)
        except Exception as error:
            return type(error).__name__
    return [item.value for item in ledger.requests[1]]
