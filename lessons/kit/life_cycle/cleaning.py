"""Deletes the sessions that nothing was added to for a number of days, with a preview, in batches."""

from collections.abc import Callable
from dataclasses import dataclass

from lessons.kit.life_cycle.places.dialects import batches
from lessons.kit.life_cycle.places.place import Place, Progress, refuse

SESSIONS_IN_A_BATCH = 200
SHOWN = 20


@dataclass(frozen=True)
class Preview:
    """What a clean-up would delete: sessions of `total`, their rows, and the bytes of the texts. `first` are some of the ids.

    `cutoff` is the moment, in UTC, before which they were last added to; `expiring` are those that expire by themselves.
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
    """What was deleted, and how many sessions were used in the meantime, and left."""

    sessions: int
    rows: int
    used: int
    stopped: bool = False


def preview(place: Place, days: float) -> Preview:
    """What `clean_up` would delete now. Changes nothing. Raises Refused, also where the times of the storage do not fit."""
    sessions = rows = size = expiring = 0
    first: list[str] = []
    with place.reading():
        total, future = place.counted()
        if future:
            raise refuse(
                f"{future} of {total} sessions in {place.label} were used more than a day in the future, by its own clock.",
                "Check the clock of the database, or the program that writes these times.",
            )
        for found in place.unused(days):
            sessions, rows, size = sessions + 1, rows + found.rows, size + found.bytes
            expiring += found.info.expires_at is not None
            if len(first) < SHOWN:
                first.append(found.info.session_id)
        return Preview(sessions, total, rows, size, place.cutoff(days), tuple(first), expiring)


def clean_up(
    place: Place,
    days: float,
    progress: Progress = lambda *_: None,
    *,
    even_most: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Cleaned:
    """Delete them, some sessions in each transaction, each with all that belongs to it. Raises Refused.

    Unless `even_most`, it refuses to delete more than half of all sessions, if there are more than a few: then a clock is more
    likely to be wrong than so many people to be gone. A session that is used in the meantime stays. `stop` is asked after each
    batch.
    """
    seen = preview(place, days)
    if not even_most and seen.sessions > max(seen.total / 2, SHOWN):
        raise refuse(
            f"{seen.sessions} of {seen.total} sessions would be deleted, more than half.",
            "If that is meant, and the clock is right, say that it may be most of them.",
        )
    with place.reading():
        found = [one.info.session_id for one in place.unused(days)]
    done = rows = used = 0
    for part in batches(found, SESSIONS_IN_A_BATCH):
        with place.writing() as writing:
            for session_id in part:
                count = writing.remove(session_id, seen.cutoff)
                used += count < 0
                done, rows = done + (count >= 0), rows + max(count, 0)
        progress("sessions deleted", done)
        if stop():
            return Cleaned(done, rows, used, stopped=True)
    return Cleaned(done, rows, used)
