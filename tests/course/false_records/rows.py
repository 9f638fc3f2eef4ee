"""Records in which other rows were stored, removed or returned."""

from dataclasses import replace

from lessons.kit.items import Item
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.ledger import LedgerLine
from lessons.kit.records import ChangedRow, TableChanges, TurnRecord
from tests.course.false_records.base import STRANGER, Change, every_line


def not_stored(kind: str) -> Change:
    """The newest row of the kind was not added."""

    def change(seen: TurnRecord) -> TurnRecord:
        ledgers = (*seen.other_ledgers, seen.ledger)
        lines = [one for ledger in ledgers for one in ledger.lines if one.mark == "added" and one.item.kind == kind]
        lost = lines[-1]
        without = every_line(seen, lambda line: None if line is lost else line)
        changes = [
            replace(table, added=tuple(row for row in table.added if row.ref is None or row.ref != lost.row))
            for table in seen.changes
        ]
        return replace(without, changes=tuple(changes))

    return change


def one_more_row(seen: TurnRecord) -> TurnRecord:
    """The turn has added a message that its code did not send."""
    last = [line for line in seen.ledger.lines if line.mark == "added"][-1]
    return replace(seen, ledger=replace(seen.ledger, lines=(*seen.ledger.lines, replace(last, item=STRANGER))))


def a_row_is_gone(seen: TurnRecord) -> TurnRecord:
    """The first row of the session was removed."""
    return _removed(seen, next(line for line in seen.ledger.lines if line.row is not None and line.mark != "removed"))


def _removed(seen: TurnRecord, lost: LedgerLine) -> TurnRecord:
    assert lost.row is not None
    row = ChangedRow(lost.row.key, {"message_data": "{}"}, None, lost.row)
    table = TableChanges("agent_messages", lost.row.session_id, removed=(row,))
    gone = every_line(seen, lambda line: replace(line, mark="removed") if line is lost else line)
    return replace(gone, changes=(*seen.changes, table))


def gone(kind: str) -> Change:
    """The newest row of the kind was removed."""

    def change(seen: TurnRecord) -> TurnRecord:
        lines = [one for one in seen.ledger.lines if one.row is not None and one.mark == "" and one.item.kind == kind]
        return _removed(seen, lines[-1])

    return change


def another_session_changed(seen: TurnRecord) -> TurnRecord:
    row = ChangedRow(99, None, {"message_data": "{}"}, None)
    return replace(seen, changes=(*seen.changes, TableChanges("agent_messages", "stranger", added=(row,))))


def another_row_is_gone(seen: TurnRecord) -> TurnRecord:
    """A row of a session that the step does not use was removed."""
    row = ChangedRow(98, {"message_data": "{}"}, None, None)
    return replace(seen, changes=(*seen.changes, TableChanges("agent_messages", "stranger", removed=(row,))))


def unchanged(*tables: str) -> Change:
    """These tables have not changed."""
    return lambda seen: replace(seen, changes=tuple(one for one in seen.changes if one.table not in tables))


def first_not_returned(seen: TurnRecord) -> TurnRecord:
    return replace(seen, returned=seen.returned[1:])


def row_says(text: str) -> Change:
    """The first row of the session says this too."""

    def change(seen: TurnRecord) -> TurnRecord:
        first = next(line for line in seen.ledger.lines if line.row is not None)
        item = replace(first.item, text=f"{first.item.text} {text}")
        return every_line(seen, lambda line: replace(line, item=item) if line is first else line)

    return change


def rows_store(words: str, instead: str) -> Change:
    """The stored text of the added rows has other words."""

    def text(row: ChangedRow) -> ChangedRow:
        return replace(row, after={name: value.replace(words, instead) for name, value in (row.after or {}).items()})

    def change(seen: TurnRecord) -> TurnRecord:
        assert any(words in value for row in seen.added for value in (row.after or {}).values()), words
        return replace(
            seen, changes=tuple(replace(table, added=tuple(map(text, table.added))) for table in seen.changes)
        )

    return change


def cell_of(table: str, column: str, value: str, mark: str = "added") -> Change:
    """The last row that the turn added to the table, or removed from it, has another value in the column."""

    def changed(row: ChangedRow) -> ChangedRow:
        after = {**row.after, column: value} if row.after else None
        return replace(row, after=after, before=None if after else {**(row.before or {}), column: value})

    def change(seen: TurnRecord) -> TurnRecord:
        (one,) = [found for found in seen.changes if found.table == table and getattr(found, mark)]
        rows = getattr(one, mark)
        other = replace(one, **{mark: (*rows[:-1], changed(rows[-1]))})
        return replace(seen, changes=tuple(other if found is one else found for found in seen.changes))

    return change


def without_cause(cause: Cause) -> Change:
    """No line of the ledger has this cause."""

    def change(seen: TurnRecord) -> TurnRecord:
        assert any(line.cause is cause for line in seen.ledger.lines), cause
        return every_line(seen, lambda line: replace(line, cause=None) if line.cause is cause else line)

    return change


def item_says(number: int, text: str) -> Change:
    """The added item of this number has another text."""

    def change(seen: TurnRecord) -> TurnRecord:
        line = [line for line in seen.ledger.lines if line.mark == "added"][number]
        return every_line(seen, lambda one: replace(one, item=replace(one.item, text=text)) if one is line else one)

    return change


def returned_reversed(seen: TurnRecord) -> TurnRecord:
    return replace(seen, returned=tuple(reversed(seen.returned)))


def returned_is(*items: Item) -> Change:
    return lambda seen: replace(seen, returned=items)


def last_not_returned(seen: TurnRecord) -> TurnRecord:
    return replace(seen, returned=seen.returned[:-1])


def still_stored(kind: str = "") -> Change:
    """The first of the removed rows, or the first of a kind, was not removed."""

    def change(seen: TurnRecord) -> TurnRecord:
        left = next(line for line in seen.ledger.lines if line.mark == "removed" and line.item.kind.startswith(kind))
        tables = [
            replace(table, removed=tuple(row for row in table.removed if row.ref is None or row.ref != left.row))
            for table in seen.changes
        ]
        stays = every_line(seen, lambda line: replace(line, mark="") if line is left else line)
        return replace(stays, changes=tuple(tables))

    return change


a_row_is_left = still_stored()


def item_kind_added(kind: str) -> Change:
    """The turn has added one more row, of this kind."""

    def change(seen: TurnRecord) -> TurnRecord:
        last = [line for line in seen.ledger.lines if line.mark == "added"][-1]
        line = replace(last, item=replace(STRANGER, kind=kind))
        return replace(seen, ledger=replace(seen.ledger, lines=(*seen.ledger.lines, line)))

    return change


def another_table_changed(seen: TurnRecord) -> TurnRecord:
    row = ChangedRow(99, None, {"x": "1"}, None)
    return replace(seen, changes=(*seen.changes, TableChanges("agent_turns", seen.session_id or "", added=(row,))))


def one_time_differs(seen: TurnRecord) -> TurnRecord:
    """The newest row was stored at another time than the one before it."""
    last = seen.added[-1]

    def changed(row: ChangedRow) -> ChangedRow:
        return replace(row, after={**(row.after or {}), "created_at": "x"}) if row is last else row

    tables = tuple(replace(table, added=tuple(map(changed, table.added))) for table in seen.changes)
    return replace(seen, changes=tables)
