"""Deletes the sessions to which nothing was added for a number of days, in batches and with a preview."""

from dataclasses import dataclass, replace

from lessons.kit.life_cycle.places.dialects import batches
from lessons.kit.life_cycle.places.place import Place, refuse
from lessons.kit.life_cycle.progress import Progress
from lessons.kit.problems.counted import counted
from lessons.kit.problems.problem import Refused

SESSIONS_IN_A_BATCH = 200
SHOWN = 20


@dataclass(frozen=True)
class Preview:
    """What a clean-up would delete: `sessions` of `total`, their rows, and the bytes of the texts. `first` are some of the ids.

    `cutoff` is the moment, in UTC, before which they were last added to. `expiring` counts those that expire by themselves.
    """

    sessions: int
    total: int
    rows: int
    bytes: int
    cutoff: str
    first: tuple[str, ...]
    expiring: int = 0


@dataclass(frozen=True)
class Cleaned:
    """What was deleted. `used` counts the sessions that were kept because they were used in the meantime."""

    sessions: int
    rows: int
    used: int
    stopped: bool = False


_QUIET = Progress()


def preview(place: Place, days: float, progress: Progress = _QUIET) -> Preview:
    """What `clean_up` would delete now. Changes nothing. Raises Refused, also if a time is more than a day in the future."""
    sessions = rows = size = expiring = 0
    first: list[str] = []
    with progress.interrupting(place.interrupt), place.reading():
        total, future = place.counted()
        if future:
            raise refuse(
                f"{future} of {total} sessions in {place.label} were used more than a day in the future, by its own clock.",
                "Check the clock of the database, or the program that writes these times.",
            )
        for found in place.unused(days):
            sessions, rows, size = sessions + 1, rows + found.rows, size + found.bytes
            progress("sessions measured", sessions)
            expiring += found.info.expires_at is not None
            if len(first) < SHOWN:
                first.append(found.info.session_id)
        return Preview(sessions, total, rows, size, place.cutoff(days), tuple(first), expiring)


def clean_up(place: Place, days: float, progress: Progress = _QUIET, *, even_most: bool = False) -> Cleaned:
    """Delete these sessions with everything that belongs to them, a batch in each transaction. Raises Refused.

    Without `even_most`, it refuses to delete more than half of all sessions if that is more than SHOWN: a wrong clock is then
    more likely than so many people who left. A session that is used in the meantime stays. A stop undoes the batch that is
    being deleted; the batches before it stay deleted.
    """
    seen = preview(place, days, progress)
    if not even_most and seen.sessions > max(seen.total / 2, SHOWN):
        raise refuse(
            f"{seen.sessions} of {seen.total} sessions would be deleted, more than half.",
            "If that is meant, and the clock is right, say that it may be most of them.",
        )
    with progress.interrupting(place.interrupt), place.reading():
        found = [one.info.session_id for one in place.unused(days)]
    done = Cleaned(0, 0, 0)
    for part in batches(found, SESSIONS_IN_A_BATCH):
        try:
            done = _delete(place, part, seen.cutoff, done, progress, len(found))
        except Refused:
            if not progress.is_stopped:
                raise
            return replace(done, stopped=True)
    return done


def _delete(
    place: Place, session_ids: list[str], cutoff: str, before: Cleaned, progress: Progress, total: int
) -> Cleaned:
    sessions, rows, used = before.sessions, before.rows, before.used
    with progress.interrupting(place.interrupt), place.writing() as writing:
        for session_id in session_ids:
            progress("sessions deleted", sessions + used, total)
            count = writing.remove(session_id, cutoff)
            sessions, rows, used = sessions + (count >= 0), rows + max(count, 0), used + (count < 0)
    return Cleaned(sessions, rows, used)


def preview_lines(seen: Preview, age: str) -> list[str]:
    """What would be deleted, for a person."""
    lines = [
        f"{seen.sessions:,} of {counted(seen.total, 'session')} last added to before {seen.cutoff} (UTC), {age} ago: "
        f"{counted(seen.rows, 'row')}, {counted(seen.bytes, 'byte')}."
    ]
    lines += [f"  {session_id}" for session_id in seen.first]
    if seen.sessions > len(seen.first):
        lines.append(f"  and {seen.sessions - len(seen.first)} more")
    if seen.expiring:
        lines.append(f"{seen.expiring} of them expire by themselves (TTL).")
    return lines
