"""Sessions of a place for a reader: which there are, and one of them, row by row."""

from dataclasses import dataclass

from lessons.kit.inspect.apart import apart
from lessons.kit.inspect.check import Report, Wanted, check_class, check_place, found_pairs
from lessons.kit.inspect.dry import Settings
from lessons.kit.inspect.findings.all_findings import findings_of
from lessons.kit.inspect.findings.case import NO_ITEM, Case, Seen
from lessons.kit.inspect.findings.deletes import Deleted, what_would_delete
from lessons.kit.inspect.findings.finding import Finding
from lessons.kit.inspect.stored import CannotRead, Head, Place, StoredSession
from lessons.kit.items import Item, describe, read

SESSIONS, SECONDS = 50, 4.0
SESSION_SECONDS = 20.0


@dataclass(frozen=True)
class SessionLook:
    """One session of a list: how many items were read, whether those are all, its first line, and its findings."""

    head: Head
    items: int
    is_whole: bool
    first: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class RowLook:
    """One row of a session, and what the next run makes of it."""

    key: int
    item: Item
    returned: bool
    sent: bool
    why: str
    risk: str


@dataclass(frozen=True)
class Picture:
    """One session: its rows in stored order, what the next run sends of them, and its findings.

    `order` says in which order they are sent, if that is not the stored one. `case` is for `try_deletes`.
    """

    rows: tuple[RowLook, ...]
    is_whole: bool
    sent: int
    order: str
    raises: str
    findings: tuple[Finding, ...]
    class_name: str
    case: Case


def list_sessions(place: Place, settings: Settings) -> tuple[list[SessionLook], list[str]]:
    """The newest sessions with their findings, and what was not looked at. Raises CannotRead."""
    seen: list[StoredSession] = []
    report: Report = check_place(place, settings, Wanted(sessions=SESSIONS, seconds=SECONDS), seen.append)
    looks = []
    for stored in seen:
        first = next((describe_row(item) for item in Case(stored, settings).items[:1]), None)
        found = tuple(
            one
            for one in report.findings
            if one.session == stored.session_id
            and one.conditions.get("table", stored.pair.messages) == stored.pair.messages
        )
        words = "" if first is None else "(encrypted)" if first.kind == "encrypted" else first.text
        looks.append(SessionLook(stored.head, len(stored.rows), stored.is_whole, words, found))
    return looks, report.incomplete


def open_session(place: Place, session_id: str, messages: str | None, settings: Settings) -> Picture:
    """One session as it is stored now. `messages` is its table, None: the first that has it. Raises CannotRead."""
    check_class(place, settings)
    heads = [
        head
        for pair in found_pairs(place)
        if messages in (None, pair.messages) and (head := place.find(pair, session_id)) is not None
    ]
    if not heads:
        raise CannotRead(f"{place.label} has no session {session_id!r}.")
    stored = place.read(heads[0])
    try:
        return apart().run(_picture(stored, settings), timeout=SESSION_SECONDS)
    except TimeoutError:
        raise CannotRead(_TOO_LONG) from None


def try_deletes(picture: Picture) -> list[Deleted]:
    """What one call would delete of the session, tried on copies. Raises CannotRead if that takes too long."""
    try:
        return apart().run(what_would_delete(picture.case), timeout=SESSION_SECONDS)
    except TimeoutError:
        raise CannotRead(_TOO_LONG) from None


_TOO_LONG = f"This took longer than {SESSION_SECONDS:g} seconds. The terminal command takes as long as it needs."


async def _picture(stored: StoredSession, settings: Settings) -> Picture:
    case = Case(stored, settings)
    outcome = await case.run()
    rows = []
    for item in case.items:
        line = outcome.lines.get(item.key)
        rows.append(
            RowLook(
                item.key,
                describe_row(item),
                line is not None and line.returned,
                line is not None and line.sent,
                line.why if line is not None else "",
                line.risk if line is not None else "",
            )
        )
    findings = await findings_of(stored, settings)
    sent = sum(row.sent for row in rows)
    return Picture(
        tuple(rows), stored.is_whole, sent, outcome.other_order, outcome.raises, tuple(findings), case.class_name, case
    )


def describe_row(item: Seen) -> Item:
    """The item of a row, as it is decrypted with the key; else what is stored."""
    return read(item.row.text) if item.value is NO_ITEM else describe(item.value)
