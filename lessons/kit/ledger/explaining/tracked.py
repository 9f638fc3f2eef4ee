"""One item that is followed through an observation, and the shelf of one session's items in stored order."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.rows import Rows, RowSource, StoredItem, decode_json
from lessons.kit.ledger.watching.events import WatchedRun

Origin = Literal["stored before", "input", "made", "callback", "filter", "handoff", "state", "elsewhere"]


@dataclass(frozen=True)
class Told:
    """A cause and its words. `run` is the number of the run that it is about, None where it is about none."""

    cause: Cause
    why: str
    run: int | None = None


@dataclass(eq=False)
class Tracked:
    """One item. `value` is what the session makes of its row, or what was first seen of it.

    `stored` says whether it is or was a row; `told` are the causes why a run did not return or send it as it is, in order;
    `added` and `gone` say how the row came and went. `text` is what is stored in the row; `after` is the item before it
    where it first stood, and `instead` the one that is sent in its place.
    """

    value: Any
    origin: Origin
    key: int | None = None
    text: str = ""
    unread: Told | None = None
    stored: bool = False
    is_listed: bool = False
    in_hand: bool = False
    returned: bool = False
    sent: list[int] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    added: Told | None = None
    gone: Told | None = None
    of_run: WatchedRun | None = None
    after: "Tracked | None" = None
    instead: "Tracked | None" = None
    risks: list[str] = field(default_factory=list)

    def tell(self, cause: Cause, why: str, run: WatchedRun | None = None) -> None:
        self.told.append(Told(cause, why, run.number if run is not None else None))


@dataclass(eq=False)
class Shelf:
    """The items of one session: those that are stored now (`rows`), and all that a ledger of it lists (`listed`).

    `source` is None where the rows are not known. `read` says whether anything has read the session; `is_complete` is False
    when it has older rows that were not looked at.
    """

    identity: Hashable
    session_id: str
    source: RowSource | None
    rows: list[Tracked] = field(default_factory=list)
    listed: list[Tracked] = field(default_factory=list)
    is_complete: bool = True
    seen: bool = False
    read: bool = False
    methods: list[str] = field(default_factory=list)
    newest: dict[int, StoredItem] = field(default_factory=dict)
    """The rows at the last look, by key in stored order, and when that was."""
    looked_at: float = 0.0

    @property
    def store(self) -> str:
        return self.source.store if self.source is not None else ""

    def track(self, row: StoredItem, at: float, origin: Origin) -> Tracked:
        """A new item for a row that was just seen."""
        decoded = self.source.decode(row.text, at) if self.source is not None else decode_json(row.text)
        unread, why = (row.unread, row.why) if row.unread is not None else (decoded.unread, decoded.why)
        return Tracked(
            decoded.value,
            origin,
            row.key,
            row.text,
            unread=Told(unread, why) if unread is not None else None,
            stored=True,
        )

    def put(self, items: Iterable[Tracked]) -> None:
        for item in items:
            item.stored = True
            self.rows.append(item)
            self.list(item)

    def list(self, item: Tracked) -> None:
        if not item.is_listed:
            item.is_listed = True
            self.listed.append(item)

    def look(self, rows: Rows | None) -> None:
        """Keep what was seen at the last look."""
        if rows is not None:
            found = {row.key: row for row in rows.items}
            self.newest = found if rows.after is None else {**self.newest, **found}
            self.looked_at = rows.at

    def complete(self) -> None:
        """Take in the rows of the last look that no watched call has stored, and put all in stored order."""
        known = {row.key for row in self.rows}
        for key, row in self.newest.items():
            if key not in known:
                item = self.track(row, self.looked_at, "elsewhere")
                item.added = Told(Cause.UNKNOWN, "stored by code that was not watched")
                self.put([item])
        place = {key: number for number, key in enumerate(self.newest)}
        self.rows.sort(key=lambda row: place.get(row.key, -1) if row.key is not None else -1)
