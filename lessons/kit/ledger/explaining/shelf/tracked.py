"""Tracked: one item that is followed through an observation. Shelf: the items of one session, in stored order."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.following import SAME, in_plain_form
from lessons.kit.ledger.explaining.risk import Risks
from lessons.kit.ledger.rows import NO_ITEM, EncryptedRows, JsonRows, Rows, RowSource, StoredItem, decode_json
from lessons.kit.ledger.watching.events import Called, WatchedRun

Origin = Literal["stored before", "input", "made", "callback", "filter", "handoff", "state", "elsewhere"]


@dataclass(frozen=True)
class Told:
    """A cause and its words. `run` is the number of the run that it is about, None if it is not about a run.

    `by_no_call`: the row was added, removed or changed, but not by a watched call, so the cause is unknown. `has_changed`: the
    same, and the row has another text now.
    """

    cause: Cause
    why: str
    run: int | None = None
    by_no_call: bool = False
    has_changed: bool = False


@dataclass(eq=False)
class Tracked:
    """One item. `value` is the item that the session makes of its row, or the first value that was seen.

    `sent` are the numbers of the requests that sent it, and `sent_by` is the number of the last run that did, 0 for none.
    `stored` says that it is or was a row. `told` are the reasons, in order, why it was not returned or not sent unchanged.
    `added` and `gone` say how the row came and how it went. `looked_for` is the Unix time at which the last look that showed it
    began, or, without a look, that of the call that returned or stored it. `gone_at` is the Unix time of the look that missed
    it. `text` is the stored text of the row. `unread` says why the session does not return it; `apart` is the same for a reason
    outside of the text, such as the branch. `in_hand`: the code of the turn has read it. `after` is the item before it where it
    first stood, and `instead` the one that is sent in its place. `note` is added to the words of its cause. `returned_early`:
    another run got it before the call that stores it had finished. `risks` are the lists that sent it, with its place in each.
    `branches` are the names of those that have the row, where its class has branches. `came` is its place in the order in
    which the items of all shelves were listed. It is 0 for what was stored before. `put` is its place in the order of
    storing, 0 if that is not known.
    """

    value: Any
    origin: Origin
    key: int | None = None
    text: str = ""
    unread: Told | None = None
    apart: Told | None = None
    branches: tuple[str, ...] = ()
    stored: bool = False
    is_listed: bool = False
    in_hand: bool = False
    returned: bool = False
    returned_early: bool = False
    sent: list[int] = field(default_factory=list)
    sent_by: int = 0
    told: list[Told] = field(default_factory=list)
    added: Told | None = None
    gone: Told | None = None
    gone_at: float = 0.0
    looked_for: float = 0.0
    of_run: WatchedRun | None = None
    after: "Tracked | None" = None
    instead: "Tracked | None" = None
    risks: list[tuple[Risks, int]] = field(default_factory=list)
    note: str = ""
    came: int = 0
    put: int = 0
    _plain: tuple[Any, dict[str, Any]] | None = None

    @property
    def in_plain_form(self) -> dict[str, Any] | None:
        """Its value without what a service adds, None if the session does not return the row or the value is not a dict."""
        if self.unread is not None or not isinstance(self.value, dict):
            return None
        if self._plain is None or self._plain[0] is not self.value:
            self._plain = self.value, in_plain_form(self.value)
        return self._plain[1]

    def tell(self, cause: Cause, why: str, run: WatchedRun | None = None) -> None:
        self.told.append(Told(cause, why, run.number if run is not None else None))


@dataclass
class Taker:
    """A pop or a clear. `done` is the Unix time of the look after it. `is_free`: the row that it removed is not known yet."""

    call: Called
    told: Told
    done: float
    is_free: bool = False


@dataclass(eq=False)
class Shelf:
    """The items of one session: those that are stored now (`rows`), and all that its ledger lists (`listed`).

    `source` is None where the rows are not known. `seen` says that the rows were read at least once, `read` that get_items()
    was called. `is_complete` is False if there are older rows, before `oldest_key`, that were not read. `methods` are the
    session calls of the turn's own code. `awaited` are items that a call was given and that no look has shown yet: they count
    as stored if a later look shows them. `clock` numbers what happens on all shelves of an observation, in order.
    """

    store: str
    session_id: str
    source: RowSource | None
    rows: list[Tracked] = field(default_factory=list)
    listed: list[Tracked] = field(default_factory=list)
    is_complete: bool = True
    seen: bool = False
    oldest_key: int | None = None
    read: bool = False
    may_be_compacted: bool = False
    methods: list[str] = field(default_factory=list)
    awaited: list[tuple[Tracked, Any]] = field(default_factory=list)
    brought: dict[int, str] = field(default_factory=dict)
    """By row key: the name of your own class, for rows that are new after its add_items() and not an item of that call."""
    takers: list[Taker] = field(default_factory=list)
    newest: Rows | None = None
    """The rows of the last look. If that look read only newer rows, the older rows of the look before are included."""
    clock: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def expires_at(self) -> float | None:
        """The Unix time at which the storage itself deletes the rows, as the last look saw it. None if it does not."""
        return self.newest.expires_at if self.newest is not None else None

    def track(self, row: StoredItem, at: float, origin: Origin) -> Tracked:
        """A new item for a row that was just seen."""
        decoded = self.source.decode(row.text, at) if self.source is not None else decode_json(row.text)
        apart = Told(row.unread, row.why) if row.unread is not None else None
        unread = Told(decoded.unread, decoded.why) if decoded.unread is not None else None
        item = Tracked(decoded.value, origin, row.key, row.text, unread=apart or unread, apart=apart, stored=True)
        item.branches = row.branches
        return item

    def read_through(self, source: RowSource | None, at: float) -> None:
        """Decode all rows with another handle on them, which may have another encryption key."""
        if source is None or source is self.source:
            return
        same = isinstance(source, JsonRows) and isinstance(self.source, JsonRows)
        self.source = source
        for row in () if same else self.rows:
            self._decode(row, at)

    def look_again(self, row: Tracked, at: float) -> None:
        """Decode the row as of this Unix time: an encrypted row can have expired since it was seen."""
        if isinstance(self.source, EncryptedRows):
            self._decode(row, at)

    def _decode(self, row: Tracked, at: float) -> None:
        if self.source is None or row.key is None:
            return
        decoded = self.source.decode(row.text, at)
        unread = Told(decoded.unread, decoded.why) if decoded.unread is not None else None
        row.unread = row.apart or unread
        if unread is None or row.value is NO_ITEM:
            row.value = decoded.value

    def put(self, items: Iterable[Tracked]) -> None:
        for item in items:
            item.stored, item.put = True, next(self.clock)
            self.rows.append(item)
            self.list(item)

    def list(self, item: Tracked) -> None:
        if not item.is_listed:
            item.is_listed = True
            item.came = 0 if item.origin == "stored before" else next(self.clock)
            self.listed.append(item)

    def look(self, rows: Rows | None) -> None:
        """Keep the rows of the last look. Of two looks that overlap, the last one is the one that began later."""
        if rows is None:
            return
        if rows.after is not None and self.newest is not None:
            new = {row.key for row in rows.items}
            older = tuple(row for row in self.newest.items if row.key not in new)
            rows = replace(rows, found=(*older, *rows.items), complete=self.newest.complete)
        elif self.newest is not None and rows.began < self.newest.began:
            return
        self.newest = rows


def take_same(items: list[Tracked], value: Any) -> Tracked | None:
    """Remove and return the item of the list that has this value, in its own form or in another. None if there is none."""
    for is_same in SAME:
        found = next((item for item in items if is_same(item.value, value)), None)
        if found is not None:
            items.remove(found)
            return found
    return None
