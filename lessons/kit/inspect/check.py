"""Checks the sessions of a storage, one after the other, and says whether it saw all of them."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from lessons.kit.inspect.dry_run import MAIN, Settings
from lessons.kit.inspect.findings.all_findings import findings_of
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.findings.finding import Finding
from lessons.kit.inspect.running.apart import apart
from lessons.kit.inspect.stored import CannotRead, Head, Storage, StoredSession, TimeIsUp
from lessons.kit.inspect.wanted import NotChecked, Report, Wanted, check_class, heads_of

_TOGETHER = 20
"""At most so many sessions are read together."""


def check_storage(
    storage: Storage,
    settings: Settings,
    wanted: Wanted,
    seen: Callable[[StoredSession], None] = lambda _: None,
    report: Report | None = None,
    told: Callable[[int, int], object] = lambda done, total: None,
    heads: Sequence[Head] | None = None,
) -> Report:
    """Read and check each session that is wanted. `seen` is called with each. Raises CannotRead if nothing can be read.

    What is found is added to `report`, so that it is not lost if the check is interrupted. `told` is called before each session
    with the number of those before it, and of all. `heads` are the wanted sessions, if they are known already.
    """
    check_class(storage, settings)
    report = Report() if report is None else report
    heads = list(heads_of(storage, wanted, report)) if heads is None else heads
    check_heads(storage, heads, settings, wanted, report, seen, told=lambda done: told(done, len(heads)))
    return report


def findings_within(stored: StoredSession, settings: Settings, seconds: float) -> list[Finding]:
    """The findings of a session. Raises TimeoutError if they take longer than `seconds`."""
    return apart(len(stored.rows)).run(findings_of(stored, settings), timeout=seconds)


def check_heads(
    storage: Storage,
    heads: Iterable[Head],
    settings: Settings,
    wanted: Wanted,
    report: Report,
    seen: Callable[[StoredSession], None] = lambda _: None,
    look: Callable[[StoredSession, Settings, float], Sequence[Finding]] = findings_within,
    told: Callable[[int], object] = lambda done: None,
) -> None:
    """Read and check these sessions, and add what is found to the report. Raises CannotRead if none of them can be read.

    `look` returns the findings of one session. It is given the seconds that are left, and raises TimeoutError after them.
    `told` is called before each session with the number of those before it.
    """
    end = time.monotonic() + wanted.seconds
    unread: CannotRead | None = None
    for done, (head, read) in enumerate(_read_together(storage, heads, wanted.rows)):
        told(done)
        if time.monotonic() > end:
            why = f"The time of {wanted.seconds:g} seconds was up after {report.sessions:,} sessions."
            report.incomplete.append(NotChecked(why))
            break
        try:
            stored = read or storage.read(head, wanted.rows)
        except (TimeIsUp, CannotRead) as error:
            unread = error if isinstance(error, CannotRead) else unread
            report.incomplete.append(NotChecked(str(error), (head.session_id,)))
            continue
        if not stored.is_whole:
            why = f"only the newest {len(stored.rows):,} rows were read."
            report.incomplete.append(NotChecked(why, (head.session_id,)))
        if said := _without_branch(stored, settings):
            unread = CannotRead(str(said))
            report.incomplete.append(said)
            continue
        seen(stored)
        left = max(end - time.monotonic(), 1.0)
        try:
            report.findings += look(stored, settings, left)
        except TimeoutError:
            report.incomplete.append(NotChecked("the time was up.", (head.session_id,)))
        except Exception as error:  # one strange session must not hide the findings of the others
            why = f"could not be checked ({type(error).__name__})."
            report.incomplete.append(NotChecked(why, (head.session_id,)))
        report.sessions += 1  # not before: the check can be interrupted
    if unread is not None and not report.sessions:
        raise unread


def _read_together(storage: Storage, heads: Iterable[Head], rows: int) -> Iterator[tuple[Head, StoredSession | None]]:
    """Each session, with its rows if it was read together with others. None: it must be read alone."""
    heads = iter(heads)
    while group := list(islice(heads, _TOGETHER)):
        read: dict[Head, StoredSession | None] = {}
        for number, head in enumerate(group):
            more = [one for one in group[number:] if one.pair == head.pair]
            if head not in read and len(more) > 1:
                try:
                    read |= storage.read_together(more, rows)
                except (CannotRead, TimeIsUp):  # reading each session alone reports it
                    read |= dict.fromkeys(more)
            yield head, read.pop(head, None)


def _without_branch(stored: StoredSession, settings: Settings) -> NotChecked | None:
    """Says that the session does not have the branch of the settings; None if it does, or if the class has no branches."""
    if settings.branch == MAIN or Case(stored, settings).class_name != "AdvancedSQLiteSession":
        return None
    if any(row.branch == settings.branch for row in stored.structure):
        return None
    return NotChecked(f"no branch {settings.branch!r}.", (stored.session_id,))
