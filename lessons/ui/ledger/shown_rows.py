"""What the ledger draws: one page of rows, what the session makes of each, and the turns that the page knows of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lessons.kit.items import handoffs_in
from lessons.kit.records import TableChanges, TurnRecord, refs
from lessons.kit.row_ref import RowRef
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.rows import ReadBack, Row, RowPage


@dataclass(frozen=True)
class NextMessage:
    """What would be sent with a message that is sent now, in words.

    `why_not` has the cause for each row, by key, that would not be sent, and '' for one that would. A row that it does not
    name is older than those that were looked at.
    """

    words: str
    rest: str = ""
    why_not: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ShownRows:
    """One page of the rows of a session in a store, and what the session makes of each, by key.

    `records` are the turns that are kept, oldest first. `record` is the one that is explained, which can be a turn of another
    session or store. `selected` is the chosen row. `is_read` is False if the storage could not be read: then nothing is said
    of its rows. While a turn runs, the rows whose key is above `new_after` are its own. `next_message` says what would be sent
    with a message that is sent now; None if that is not asked for.
    """

    store: str
    session_id: str
    page: RowPage = field(default_factory=RowPage)
    read_back: Mapping[int, ReadBack] = field(default_factory=dict)
    records: Sequence[TurnRecord] = ()
    record: TurnRecord | None = None
    selected: RowRef | None = None
    is_read: bool = True
    new_after: int | None = None
    next_message: NextMessage | None = None

    def ref(self, row: Row) -> RowRef:
        return RowRef(self.store, self.session_id, row.key)

    def is_selected(self, row: Row) -> bool:
        return self.selected == self.ref(row)

    def made_of(self, row: Row) -> ReadBack:
        """What the session makes of a row."""
        made = self.read_back.get(row.key)
        return made if made is not None else ReadBack(row.data)

    @cached_property
    def handoffs(self) -> frozenset[str]:
        """The call ids of the handoffs among these rows."""
        made = (self.made_of(row).data or row.data for row in self.page.rows)
        return handoffs_in(made)

    @cached_property
    def turns(self) -> tuple[TurnRecord, ...]:
        """The turns that used or changed this session of this store, and those that were asked without it, oldest first."""
        return tuple(record for record in self.records if self._belongs(record))

    def _belongs(self, record: TurnRecord) -> bool:
        if record.store != self.store:
            return False
        used = {record.session_id, *(call.session_id for call in record.calls)}
        changed = {table.session_id for table in record.changes}
        # In the other sessions, a turn without a session was a head with no line below it.
        asked_here = (
            record.session_id is None and not record.calls and record.ledger.session_id in (None, self.session_id)
        )
        return self.session_id in used | changed or asked_here

    @cached_property
    def marks(self) -> Mapping[RowRef, str]:
        """'added' or 'changed' for the rows that the explained turn touched."""
        if self.record is None:
            return {}
        tables = [table for table in self.record.item_changes if table.table not in self.other_tables]
        changed = dict.fromkeys(refs(row for table in tables for row in table.changed), "changed")
        return {**changed, **dict.fromkeys(refs(row for table in tables for row in table.added), "added")}

    @cached_property
    def other_tables(self) -> tuple[str, ...]:
        """Other tables of items in the same store. This page has no rows of them. They number their rows independently."""
        kind = store_kinds().get(self.store)
        return kind.more_tables if kind is not None else ()

    @property
    def changes(self) -> tuple[TableChanges, ...]:
        """What the explained turn changed in this session of this store, table by table."""
        if self.record is None or self.record.store != self.store:
            return ()
        return tuple(table for table in self.record.changes if table.session_id == self.session_id)
