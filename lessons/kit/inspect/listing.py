"""The sessions of a storage as a list: first a page of them, and then what is found in each."""

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from lessons.kit.inspect.browse import describe_row
from lessons.kit.inspect.check import check_heads
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.all_findings import findings_in
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.findings.finding import Finding
from lessons.kit.inspect.running.apart import apart
from lessons.kit.inspect.running.kept import Kept, can_be_kept, name_of
from lessons.kit.inspect.stored import COUNTED, CannotRead, Head, Hit, Overview, Pair, Storage, StoredSession, TimeIsUp
from lessons.kit.inspect.wanted import NotChecked, Report, Wanted, check_class, found_pairs, grouped, looked_at

T = TypeVar("T", "SessionList", "tuple[SessionLook, ...]", dict[str, int])

SESSIONS, SECONDS = 50, 4.0
TOLD_SECONDS = 0.25
"""The time between two reports of what was found so far."""


@dataclass(frozen=True)
class SessionLook:
    """One session of a list. `first` is its first line, `hit` what a search has found in it, with its row.

    `first_length` is how long the first line was before it was cut. `items` and `characters` count the first COUNTED items.
    `findings`, `characters`, `turns` and `tokens` (input, output) are None until the session was read. `turns` stays None if
    some rows were not read or not decrypted, and `tokens` if no usage is stored.
    """

    head: Head
    items: int
    first: str
    hit: Hit | None = None
    findings: tuple[Finding, ...] | None = None
    characters: int | None = None
    turns: int | None = None
    tokens: tuple[int, int] | None = None
    first_length: int = 0


@dataclass(frozen=True, eq=False)
class SessionList:
    """One page of the sessions of a storage. Two are equal only if they are the same object: what was made of it is kept by it.

    `total` is how many there are; above COUNTED, there may be more. A search stops at the end of its page: then `is_more` says
    whether there are more than `total`.
    """

    sessions: tuple[SessionLook, ...]
    total: int
    incomplete: tuple[str, ...] = ()
    is_more: bool = False


def list_sessions(storage: Storage, settings: Settings, page: int = 1, words: str = "", day: str = "") -> SessionList:
    """A page of the sessions, the last used first; of a search, those with the newest hits first. Raises CannotRead.

    With `words`, only the sessions whose id or text has them; with `day` (YYYY-MM-DD), only those that were last used on it.
    Only the first row of each session is read.
    """
    check_class(storage, settings)
    name = (settings, page, words, day)
    return _read_once(storage, settings, name, lambda: _list(storage, settings, page, words, day))


def _list(storage: Storage, settings: Settings, page: int, words: str, day: str) -> SessionList:
    first = (page - 1) * SESSIONS
    pairs, told = looked_at(storage)
    if words:
        found = _search(storage, pairs, words, day, first + SESSIONS + 1, told)
        shown = found[first : first + SESSIONS]
        looks = _looks(storage, [head for head, _ in shown], settings, [hit for _, hit in shown])
        return SessionList(looks, min(len(found), first + SESSIONS), tuple(told), len(found) > first + SESSIONS)
    heads, total = _listed(storage, pairs, first, day, told)
    return SessionList(_looks(storage, heads, settings), total, tuple(told))


def _listed(storage: Storage, pairs: Sequence[Pair], first: int, day: str, told: list[str]) -> tuple[list[Head], int]:
    heads: list[Head] = []
    total = 0
    for pair in pairs:
        try:
            # With several pairs, the page is cut from the sessions of all of them, in order.
            limit, after = (SESSIONS, first) if len(pairs) == 1 else (first + SESSIONS, 0)
            one = storage.listing(pair, limit, after, day)
        except TimeIsUp as error:
            told.append(str(error))
            continue
        heads += one.heads
        total += one.total
    if len(pairs) > 1:
        heads = sorted(heads, key=lambda head: head.used, reverse=True)[first : first + SESSIONS]
    return heads, total


def _search(
    storage: Storage, pairs: Sequence[Pair], words: str, day: str, wanted: int, told: list[str]
) -> list[tuple[Head, Hit]]:
    """Up to `wanted` sessions with the words, each with its hit."""
    found: list[tuple[Head, Hit]] = []
    for pair in pairs:
        try:
            found += _search_pair(storage, pair, words, day, wanted - len(found))
        except TimeIsUp as error:
            told.append(str(error))
        if len(found) >= wanted:
            break
    return found


def _search_pair(storage: Storage, pair: Pair, words: str, day: str, wanted: int) -> list[tuple[Head, Hit]]:
    limit = wanted
    while True:
        hits = storage.search(pair, words, limit)
        heads = storage.heads(pair, hits)
        found = [(head, hit) for head, hit in zip(heads, hits, strict=True) if not day or head.used[:10] == day]
        if len(found) >= wanted or len(hits) < limit or limit >= COUNTED:
            return found[:wanted]
        limit = min(limit * 4, COUNTED)


def _looks(
    storage: Storage, heads: Sequence[Head], settings: Settings, hits: Sequence[Hit | None] = ()
) -> tuple[SessionLook, ...]:
    overviews: dict[Head, Overview] = {}
    for pair in dict.fromkeys(head.pair for head in heads):
        overviews |= storage.overviews(pair, [head for head in heads if head.pair == pair])
    looks = []
    for head, hit in zip(heads, hits or (None,) * len(heads), strict=True):
        overview = overviews.get(head)
        row = overview.first if overview is not None else None
        first, length = _first_line(StoredSession(head, (row,)), settings) if row is not None else ("", 0)
        items = overview.items if overview is not None else 0
        head = replace(head, expires=overview.expires) if overview is not None and overview.expires else head
        looks.append(SessionLook(head, items, first, hit, first_length=length))
    return tuple(looks)


def _first_line(stored: StoredSession, settings: Settings) -> tuple[str, int]:
    item = describe_row(Case(stored, settings).items[0])
    return ("(encrypted)", 0) if item.kind == "encrypted" else (item.text, item.length)


def list_unlisted(storage: Storage, settings: Settings) -> tuple[SessionLook, ...]:
    """Sessions whose items are stored while no row lists them: no page has them. Raises CannotRead and TimeIsUp."""

    def read() -> tuple[SessionLook, ...]:
        heads = [head for pair in found_pairs(storage) for head in storage.unlisted(pair, SESSIONS)]
        return _looks(storage, heads[:SESSIONS], settings)

    return _read_once(storage, settings, (settings, "unlisted"), read)


def days_of(storage: Storage) -> dict[str, int]:
    """How many sessions were last used on each day. Raises CannotRead and TimeIsUp."""

    def read() -> dict[str, int]:
        return dict(sum((Counter(storage.days(pair)) for pair in found_pairs(storage)), Counter()))

    return _read_once(storage, Settings(), ("days",), read)


def _read_once(storage: Storage, settings: Settings, name: tuple[Hashable, ...], read: Callable[[], T]) -> T:
    """What `read` returns. It is not called again while the storage proves that nothing was written.

    Nothing is kept that was read with a key, since it depends on the time, or that is incomplete.
    """
    version = storage.version() if settings.key is None else ""
    known = _lists.get((version, *name)) if version else None
    if known is not None:
        return cast("T", known)
    found = read()
    is_complete = not (isinstance(found, SessionList) and found.incomplete)
    if version and is_complete and storage.version() == version:  # all of it was read from one state
        _lists.put((version, *name), found, _characters(found))
    return found


def _characters(found: SessionList | tuple[SessionLook, ...] | dict[str, int]) -> int:
    """About how many characters the memory for it holds."""
    if isinstance(found, dict):
        return 20 * (len(found) + 1)
    looks = found.sessions if isinstance(found, SessionList) else found
    return 200 + sum(500 + len(one.first) + (len(one.hit.text) if one.hit is not None else 0) for one in looks)


_lists: Kept[object] = Kept(2_000_000)
"""Pages of sessions, days and unlisted sessions, the last used ones: about two million characters of them."""


def checked(storage: Storage, shown: SessionList, settings: Settings) -> Iterator[SessionList]:
    """Yields the list with what is known of its sessions: at once, again and again while they are checked, and at the end.

    Stops after SECONDS and says so in `incomplete`.
    """
    version = storage.version()
    if version and (before := _whole.get((version, shown))) is not None:
        yield before
        return
    end = time.monotonic() + SECONDS
    told = time.monotonic()
    names = [(version, look.head, settings) for look in shown.sessions]
    known = [_known.get(name) if version and settings.key is None else None for name in names]
    looks = [
        look if one is None else replace(look, **vars(one)) for look, one in zip(shown.sessions, known, strict=True)
    ]
    incomplete = list(map(NotChecked, shown.incomplete))
    so_far = replace(shown, sessions=tuple(looks))
    if None not in known:
        _whole.put((version, shown), so_far, 20 + sum(_weight(one.findings) for one in known if one is not None))
    yield so_far
    if None not in known:
        return
    found = _Found()
    learned: list[tuple[Hashable, _Known]] = []
    for number, look in enumerate(looks):
        if known[number] is not None:
            continue
        report = Report()
        seen: list[StoredSession] = []
        left = end - time.monotonic()
        if left < 0:
            incomplete.append(NotChecked(f"The time of {SECONDS:g} seconds was up after {number} sessions."))
            break
        try:
            check_heads(storage, [look.head], settings, Wanted(seconds=left), report, seen.append, found.look)
        except CannotRead as error:
            report.incomplete = [NotChecked(str(error), (look.head.session_id,))]
        incomplete += report.incomplete
        if seen:
            one = _after_check(storage, seen[0], tuple(report.findings), found.turns)
            looks[number] = replace(look, **vars(one))
            if found.can_be_kept and not report.incomplete:
                learned.append((names[number], one))
        if time.monotonic() - told > TOLD_SECONDS:
            told = time.monotonic()
            yield replace(shown, sessions=tuple(looks), incomplete=tuple(map(str, grouped(incomplete))))
    if version and storage.version() == version:  # everything was read from one state of the storage
        for name, one in learned:
            _known.put(name, one, _weight(one.findings))
    yield replace(shown, sessions=tuple(looks), incomplete=tuple(map(str, grouped(incomplete))))


@dataclass(frozen=True)
class _Known:
    """What a SessionLook has once the session was read."""

    findings: tuple[Finding, ...]
    characters: int
    turns: int | None
    tokens: tuple[int, int] | None


_known: Kept[_Known] = Kept(100_000)
"""Kept by the version of the storage, the session and the settings."""

_whole: Kept[SessionList] = Kept(100_000)
"""Lists of which all sessions are known, by the version of the storage and the list before they were."""


class _Found:
    """Checks sessions, one after the other, but not the same rows again. The fields tell of the last session."""

    turns: int | None = 0
    can_be_kept = False

    def look(self, stored: StoredSession, settings: Settings, seconds: float) -> tuple[Finding, ...]:
        name = name_of(stored, settings)
        if (before := _kept.get(name)) is not None:
            self.turns, findings = before
            self.can_be_kept = True
            return findings
        case = Case(stored, settings)
        self.turns, self.can_be_kept = case.turns, can_be_kept(case)
        findings = tuple(apart(len(stored.rows)).run(findings_in(case), timeout=seconds))
        if self.can_be_kept:
            _kept.put(name, (self.turns, findings), _weight(findings))
        return findings


def _weight(findings: Sequence[Finding]) -> int:
    return sum(20 + len(one.rows) for one in findings) + 20


_kept: Kept[tuple[int | None, tuple[Finding, ...]]] = Kept(100_000)
"""Room for some thousands of sessions without findings, or for fewer whose findings name many rows."""


def _after_check(storage: Storage, stored: StoredSession, findings: tuple[Finding, ...], turns: int | None) -> "_Known":
    whole = stored.is_whole
    characters = sum(len(row.text) for row in stored.rows) if whole else storage.size(stored.head, COUNTED)[1]
    tokens = (sum(one.input for one in stored.usage), sum(one.output for one in stored.usage))
    return _Known(findings, characters, turns if whole else None, tokens if stored.usage else None)
