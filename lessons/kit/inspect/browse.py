"""Sessions of a place for a reader: which there are, and one of them, row by row."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from lessons.kit.inspect.apart import apart
from lessons.kit.inspect.check import Report, Wanted, check_class, check_heads, found_pairs
from lessons.kit.inspect.dry import Settings
from lessons.kit.inspect.findings.all_findings import findings_of
from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.findings.deletes import Deleted, what_would_delete
from lessons.kit.inspect.findings.finding import Finding
from lessons.kit.inspect.stored import (
    COUNTED,
    NO_ITEM,
    CannotRead,
    Head,
    Hit,
    Place,
    StoredSession,
    TimeIsUp,
    TurnTokens,
)
from lessons.kit.items import Item, describe, handoffs_among, read

SESSIONS, SECONDS = 50, 4.0
SESSION_SECONDS = 20.0


@dataclass(frozen=True)
class SessionLook:
    """One session of a list. `first` is its first line that was read, `hit` what a search has found in it, with its row.

    `items` and `characters` are of the first COUNTED items. `turns` and `tokens` are None where not all of it was read, or
    where no usage is stored.
    """

    head: Head
    items: int
    characters: int
    turns: int | None
    tokens: tuple[int, int] | None
    first: str
    findings: tuple[Finding, ...]
    hit: Hit | None = None


@dataclass(frozen=True)
class SessionList:
    """One page of the sessions of a place. `days` counts them by last use.

    `total` is how many there are; above COUNTED, there may be more.
    """

    sessions: tuple[SessionLook, ...]
    total: int
    days: dict[str, int]
    incomplete: tuple[str, ...]


@dataclass(frozen=True)
class RowLook:
    """One row of a session, and what the next run makes of it.

    `value` is the item as it is returned, NO_ITEM where there is none; `turn` counts the user's messages before it; `partners`
    are the rows of the same call.
    """

    key: int
    item: Item
    returned: bool
    sent: bool
    why: str
    risk: str
    data: str = ""
    created: str = ""
    value: Any = NO_ITEM
    turn: int = 0
    branches: tuple[str, ...] = ()
    partners: tuple[int, ...] = ()


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

    @property
    def head(self) -> Head:
        return self.case.stored.head

    @property
    def usage(self) -> tuple[TurnTokens, ...]:
        return self.case.stored.usage


def list_sessions(place: Place, settings: Settings, page: int = 1, words: str = "", day: str = "") -> SessionList:
    """A page of the sessions, the last used first, with their findings. Raises CannotRead.

    `words`: only those whose id or text has them; `day`: only those that were last used on it.
    """
    check_class(place, settings)
    report = Report()
    heads, hits = _heads(place, words, report)
    days = Counter(head.used[:10] for head in heads)
    heads = [head for head in heads if not day or head.used[:10] == day]
    shown = heads[(page - 1) * SESSIONS : page * SESSIONS]
    seen: list[StoredSession] = []
    check_heads(place, shown, settings, Wanted(seconds=SECONDS), report, seen.append)
    looks = tuple(_look(place, stored, report, settings, hits) for stored in seen)
    return SessionList(looks, len(heads), dict(days), tuple(report.incomplete))


def _heads(place: Place, words: str, report: Report) -> tuple[list[Head], dict[tuple[str, str], Hit]]:
    heads: list[Head] = []
    hits: dict[tuple[str, str], Hit] = {}
    for pair in found_pairs(place):
        try:
            newest = place.newest(pair, COUNTED + 1)
            if words:
                found = {hit.session_id: hit for hit in place.search(pair, words, COUNTED)}
                known = {head.session_id for head in newest}
                older = (place.find(pair, one) for one in list(found.keys() - known)[:SESSIONS])
                newest = [head for head in newest if head.session_id in found] + [
                    one for one in older if one is not None
                ]
                hits |= {(pair.messages, one): hit for one, hit in found.items()}
            heads += newest
        except TimeIsUp as error:
            report.incomplete.append(str(error))
    return sorted(heads, key=lambda head: head.used, reverse=True), hits


def _look(
    place: Place, stored: StoredSession, report: Report, settings: Settings, hits: dict[tuple[str, str], Hit]
) -> SessionLook:
    case, name = Case(stored, settings), stored.pair.messages
    first = describe_row(case.items[0]) if case.items else None
    found = tuple(
        one for one in report.findings if one.session == stored.session_id and one.conditions.get("table", name) == name
    )
    size = (len(stored.rows), sum(len(row.text) for row in stored.rows))
    tokens = (sum(one.input for one in stored.usage), sum(one.output for one in stored.usage))
    return SessionLook(
        stored.head,
        *(size if stored.is_whole else place.size(stored.head, COUNTED)),
        sum(item.role == "user" for item in case.items) if stored.is_whole else None,
        tokens if stored.usage else None,
        "" if first is None else "(encrypted)" if first.kind == "encrypted" else first.text,
        found,
        hits.get((name, stored.session_id)),
    )


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
    return picture_of(place.read(heads[0]), settings)


def picture_of(stored: StoredSession, settings: Settings) -> Picture:
    """A session that was read. Raises CannotRead if it takes too long."""
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
    branches: dict[int, list[str]] = defaultdict(list)
    for row in stored.structure:
        branches[row.message].append(row.branch)
    calls: dict[str, list[int]] = defaultdict(list)
    described = [describe_row(item) for item in case.items]
    handoffs = handoffs_among(item.value for item in case.items if item.value is not NO_ITEM)
    for item in case.items:
        if isinstance(item.get("call_id"), str):
            calls[item.get("call_id")].append(item.key)
    turn = 0
    for item, seen in zip(case.items, described, strict=True):
        line = outcome.lines.get(item.key)
        turn += item.role == "user"
        rows.append(
            RowLook(
                item.key,
                describe(item.value, handoffs) if seen.call_id in handoffs else seen,
                line is not None and line.returned,
                line is not None and line.sent,
                line.why if line is not None else "",
                line.risk if line is not None else "",
                item.row.text,
                item.row.created,
                item.value,
                turn,
                tuple(branches[item.key]),
                tuple(key for key in calls.get(str(item.get("call_id")), ()) if key != item.key),
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
