"""Which line belongs under which turn: rows in stored order, removed ones in their old place, and items without a row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lessons.kit.items import Item
from lessons.kit.ledger.ledger import Ledger, LedgerLine
from lessons.kit.ledger.removed_rows import History, RemovedRow, history_of, in_stored_order
from lessons.kit.records import TurnRecord, refs
from lessons.kit.row_ref import RowRef
from lessons.kit.stores.rows import Row
from lessons.ui.ledger.shown_rows import ShownRows


@dataclass(frozen=True)
class GroupedItem:
    """One line of the ledger. `row` is its stored row, or its row that was removed.

    Without a row, the item was sent or said but not stored, or its row is in another storage. `said` is its line in the
    ledger of the explained turn; for an item without a row, in the ledger of its own turn. `added_by` and `removed_by` are the
    turns that stored and removed the row, None if no kept turn did.
    """

    id: str
    row: Row | None = None
    said: LedgerLine | None = None
    added_by: TurnRecord | None = None
    removed_by: TurnRecord | None = None

    @property
    def is_removed(self) -> bool:
        return self.removed_by is not None


GONE_SHOWN = 50
"""The most removed rows that a page draws of turns that are not explained: the last removed ones."""


@dataclass
class Group:
    """The lines of one turn; where `record` is None, of the turn that runs, or of rows that no kept turn has stored.

    `vanished` are rows that the turn has stored and that are gone, although none of the turns has removed them. `elsewhere` are
    those that it has stored in another table, by the name of the table.
    """

    record: TurnRecord | None
    items: list[GroupedItem] = field(default_factory=list)
    is_running: bool = False
    vanished: tuple[RowRef, ...] = ()
    elsewhere: Mapping[str, tuple[RowRef, ...]] = field(default_factory=dict)


def groups_of(shown: ShownRows) -> list[Group]:
    """The groups of a page, oldest first. A turn that stored nothing has its place among the others."""
    turns, history = shown.turns, history_of(shown.turns, shown.session_id, shown.other_tables)
    items = list(_grouped_items(shown, history))
    number = {record.id: at for at, record in enumerate(turns)}
    groups: list[Group] = []
    following = _first_turn(items, shown, number)
    for grouped in items:
        assert grouped.row is not None
        record = grouped.added_by
        at = number[record.id] if record is not None else None
        if at is not None and at >= following:
            groups += [Group(turn) for turn in turns[following:at]]
            following = at + 1
        is_new = shown.new_after is not None and grouped.row.key > shown.new_after
        runs = record is None and is_new and not grouped.is_removed
        if runs and not shown.page.has_newer:
            groups += [Group(turn) for turn in turns[following:]]
            following = len(turns)
        if not groups or groups[-1].record is not record or groups[-1].is_running != runs:
            groups.append(Group(record, is_running=runs))
        groups[-1].items.append(grouped)
    if not shown.page.has_newer:
        groups += [Group(turn) for turn in turns[following:]]
    for group in groups:
        if group.record is not None and group is _last_of(groups, group.record):
            _add_unstored(group, groups, shown)
            group.vanished = _vanished(group.record, shown, history)
            group.elsewhere = _elsewhere(group.record, shown)
    return groups


def _first_turn(items: list[GroupedItem], shown: ShownRows, number: dict[str, int]) -> int:
    """The first turn that can be on this page: older ones belong to an older page."""
    if not shown.page.has_older:
        return 0
    return next((number[grouped.added_by.id] for grouped in items if grouped.added_by is not None), 0)


def _grouped_items(shown: ShownRows, history: History) -> Iterator[GroupedItem]:
    """The rows of the page and those that its turns have removed, in stored order."""
    explained = shown.record
    lines = {line.row: line for line in _lines(shown) if line.row is not None and line.mark != "removed"}
    gone_lines: dict[RowRef, list[LedgerLine]] = {}
    for line in _lines(shown):
        if line.row is not None and line.mark == "removed":
            gone_lines.setdefault(line.row, []).append(line)  # in one turn, several rows can have had this key
    for one in in_stored_order(history, shown.page.rows, _shown_removed(history.removed, shown)):
        if isinstance(one, RemovedRow):
            by, ref = one.removed_by, shown.ref(one.row)
            was_there = explained is not None and one.was_there(explained)
            gone = gone_lines.get(ref) if by is explained else None
            said = gone.pop(0) if gone else lines.get(ref) if was_there and by is not explained else None
            yield GroupedItem(f"x{by.id}.{one.era}.{one.row.key}", one.row, said, one.added_by, by)
        else:
            added_by = history.added_by.get(one.key)
            was_there = added_by is None or explained is None or added_by.id <= explained.id
            yield GroupedItem(f"r{one.key}", one, lines.get(shown.ref(one)) if was_there else None, added_by)


def _shown_removed(removed: Sequence[RemovedRow], shown: ShownRows) -> list[RemovedRow]:
    """The removed rows that belong on this page: all of the explained turn, and the last ones of the others."""
    here = [one for one in removed if _is_here(one.row.key, shown)]
    others = [one for one in here if one.removed_by is not shown.record][-GONE_SHOWN:]
    return [one for one in here if one.removed_by is shown.record] + others


def _vanished(record: TurnRecord, shown: ShownRows, history: History) -> tuple[RowRef, ...]:
    """The rows of a turn that something other than a turn has removed, such as the tool Operate.

    Nothing else on the page shows that they are gone.
    """
    stored = {row.key for row in shown.page.rows}
    gone = (key for key, by in history.added_by.items() if by is record and key not in stored)
    return tuple(RowRef(shown.store, shown.session_id, key) for key in sorted(gone) if _is_here(key, shown))


def _elsewhere(record: TurnRecord, shown: ShownRows) -> dict[str, tuple[RowRef, ...]]:
    """The rows that the turn has stored in tables that this page does not show, by the name of the table."""
    tables = (table for table in record.item_changes if table.session_id == shown.session_id and table.added)
    return {table.table: refs(table.added) for table in tables if table.table in shown.other_tables}


def _is_here(key: int, shown: ShownRows) -> bool:
    """Whether a row with that key belongs on this page."""
    page = shown.page
    first = page.rows[0].key if page.has_older else 0
    last = page.rows[-1].key if page.has_newer else float("inf")
    return first <= key <= last


def ledger_of(record: TurnRecord, session_id: str) -> Ledger:
    """The ledger of that session in the store of the turn.

    If there is none, it is the ledger of a turn that used no session, or an empty one.
    """
    ledgers = (record.ledger, *record.other_ledgers)
    of_session = (one for one in ledgers if one.session_id == session_id and not _is_elsewhere(one, record))
    return next(of_session, record.ledger if record.ledger.session_id is None else Ledger())


def _is_elsewhere(ledger: Ledger, record: TurnRecord) -> bool:
    """Whether the ledger is of a session in another storage, which the code of the turn has opened itself."""
    return not ledger.stores <= {record.store}


def _lines(shown: ShownRows) -> tuple[LedgerLine, ...]:
    return ledger_of(shown.record, shown.session_id).lines if shown.record is not None else ()


def _last_of(groups: list[Group], record: TurnRecord) -> Group:
    return next(group for group in reversed(groups) if group.record is record)


def _add_unstored(group: Group, groups: list[Group], shown: ShownRows) -> None:
    """Put the items of a turn that have no row where they belong. `group` is the last one of the turn."""
    record = group.record
    assert record is not None
    lines = ledger_of(record, shown.session_id).lines
    if any(line.row is None for line in lines):
        _add_between_rows(group, record, lines, groups, shown)
    for number, ledger in enumerate(record.other_ledgers):
        if ledger.session_id == shown.session_id and _is_elsewhere(ledger, record):
            group.items += [
                GroupedItem(f"u{record.id}.{number}.{at}", said=line) for at, line in enumerate(ledger.lines)
            ]
    _add_said(group, record, lines)


def _add_between_rows(
    group: Group, record: TurnRecord, lines: Sequence[LedgerLine], groups: list[Group], shown: ShownRows
) -> None:
    """Put the lines of a turn that have no row after the row before them.

    Those between the rows of earlier turns are shown only while their turn is explained.
    """
    explained = record is shown.record
    own = [one for one in groups if one.record is record]
    rows = [at for at, line in enumerate(lines) if line.row is not None]
    first_own = next((at + 1 for at in reversed(rows) if not _is_own(lines[at], own, shown)), 0)
    last_row = rows[-1] if rows else -1
    at_start = 0
    place: tuple[Group, int] | None = None
    for at, line in enumerate(lines):
        if at < first_own and not explained:
            continue
        if at == first_own:
            place = None
        if line.row is not None:
            place = _after(groups, line, record, shown) or place
            continue
        where, position = place or (own[0], at_start)
        if at > last_row:
            where, position = group, len(group.items)
        where.items.insert(position, GroupedItem(f"u{record.id}.{at}", said=line))
        if place is None:
            at_start += 1
        else:
            place = (where, position + 1)


def _is_own(line: LedgerLine, own: Sequence[Group], shown: ShownRows) -> bool:
    """Whether a turn has stored the row of a line, also if it has removed that row again. `own` are the groups of the turn."""
    if line.mark != "removed":
        return line.mark == "added"
    removed = (one for group in own for one in group.items if one.removed_by is group.record)
    return any(one.row is not None and shown.ref(one.row) == line.row for one in removed)


def _after(groups: Sequence[Group], line: LedgerLine, record: TurnRecord, shown: ShownRows) -> tuple[Group, int] | None:
    """The place after the row of a line of that turn. None if the row is not on this page."""
    for group in groups:
        for at, one in enumerate(group.items):
            is_own = group.record is record and one.row is not None and shown.ref(one.row) == line.row
            if one.said is line or (is_own and (one.removed_by is record) == (line.mark == "removed")):
                return group, at + 1
    return None


def _add_said(group: Group, record: TurnRecord, lines: Sequence[LedgerLine]) -> None:
    """Add the message and the reply of a turn that failed before anything was observed: no line has them."""
    if lines or record.ledger.runs or record.other_ledgers:
        return  # the turn was observed: its lines have them
    told = {grouped.said.item.kind for grouped in group.items if grouped.said is not None}
    told |= {line.item.kind for line in lines if line.mark == "added" or line.row is None}
    if record.message and "user" not in told and not record.added:
        item = Item("user", record.message, len(record.message))
        group.items.append(GroupedItem(f"u{record.id}.m", said=_unstored(item)))
    if record.reply and "assistant" not in told:
        said = Item("assistant", record.reply, record.reply_length or len(record.reply))
        group.items.append(GroupedItem(f"u{record.id}.r", said=_unstored(said)))


def _unstored(item: Item) -> LedgerLine:
    return LedgerLine(item, None, "", returned=False, sent=(), cause=None, why="not stored", risk="")
