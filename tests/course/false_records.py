"""Records of a step in which one thing is not as it was: what a verdict has to say no to."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lessons.kit.items import Item
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.ledger import Ledger, LedgerLine
from lessons.kit.records import ChangedRow, ModelRequest, SessionCall, TableChanges, TurnRecord

Change = Callable[[TurnRecord], TurnRecord]
STRANGER = Item("user", "Somebody else said this", 23)


def every_line(seen: TurnRecord, change: Callable[[LedgerLine], LedgerLine | None]) -> TurnRecord:
    def changed(ledger: Ledger) -> Ledger:
        lines = [found for line in ledger.lines if (found := change(line)) is not None]
        return replace(ledger, lines=tuple(lines))

    return replace(seen, ledger=changed(seen.ledger), other_ledgers=tuple(map(changed, seen.other_ledgers)))


def _runs(seen: TurnRecord, **changes: Any) -> TurnRecord:
    return replace(seen, ledger=replace(seen.ledger, runs=tuple(replace(run, **changes) for run in seen.ledger.runs)))


def _request(number: int, change: Callable[[ModelRequest], ModelRequest]) -> Change:
    def changed(seen: TurnRecord) -> TurnRecord:
        at = number % len(seen.requests)
        return replace(seen, requests=(*seen.requests[:at], change(seen.requests[at]), *seen.requests[at + 1 :]))

    return changed


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
    """A row that was there before was removed."""
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


def nothing_returned(seen: TurnRecord) -> TurnRecord:
    return replace(_runs(every_line(seen, lambda line: replace(line, returned=False)), read=0), returned=())


def something_returned(seen: TurnRecord) -> TurnRecord:
    return replace(_runs(seen, read=1), returned=(STRANGER,))


def not_read(seen: TurnRecord) -> TurnRecord:
    return replace(_runs(seen, read=None), returned=())


def first_not_returned(seen: TurnRecord) -> TurnRecord:
    return replace(seen, returned=seen.returned[1:])


def sent_less(number: int = -1) -> Change:
    """The request was not sent the oldest of its items."""
    return _request(number, lambda one: replace(one, items=one.items[1:], raw=one.raw[1:], count=one.count - 1))


def sent_more(number: int = -1) -> Change:
    """The request was sent an item before its others."""
    return _request(
        number, lambda one: replace(one, items=(STRANGER, *one.items), raw=("{}", *one.raw), count=one.count + 1)
    )


def sent_first(seen: TurnRecord) -> TurnRecord:
    """The last request was sent its newest item before all others."""
    return _request(-1, lambda one: replace(one, items=(one.items[-1], *one.items[:-1])))(seen)


def item_sent(kind: str, number: int = -1) -> Change:
    """The request was sent an item of this kind before its others."""
    return _request(
        number, lambda one: replace(one, items=(replace(STRANGER, kind=kind), *one.items), count=one.count + 1)
    )


def not_sent(text: str) -> Change:
    """The last request was not sent the items that say this."""
    return _request(-1, lambda one: replace(one, items=tuple(item for item in one.items if text not in item.text)))


def left_out_was_sent(seen: TurnRecord) -> TurnRecord:
    """The rows that were returned and left out were sent with the last request."""
    left_out = [line.item for line in seen.ledger.lines if line.returned and not line.sent]
    number = len(seen.requests)
    sent = every_line(
        seen, lambda line: replace(line, sent=(number,), cause=None) if line.returned and not line.sent else line
    )
    return _request(-1, lambda one: replace(one, items=(*left_out, *one.items), count=one.count + len(left_out)))(sent)


def asked_once_more(seen: TurnRecord) -> TurnRecord:
    return replace(seen, requests=(*seen.requests, seen.requests[-1]))


def other_texts_sent(seen: TurnRecord) -> TurnRecord:
    """The last request had as many items of the same kinds, and none says what it said but the new message."""

    def change(one: ModelRequest) -> ModelRequest:
        items = [replace(item, text="Something else") for item in one.items[:-1]]
        return replace(one, items=(*items, one.items[-1]))

    return _request(-1, change)(seen)


def by_other_agent(number: int = -1) -> Change:
    return _request(number, lambda one: replace(one, agent="Somebody"))


def with_instructions(text: str) -> Change:
    return _request(-1, lambda one: replace(one, instructions=text))


def raw_item_sent(text: str) -> Change:
    """The last request has an item more that is not described by a text, as one with an id."""
    return _request(-1, lambda one: replace(one, raw=(*one.raw, text)))


def row_says(text: str) -> Change:
    """A row of the session says this too."""

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


def gave(value: Any, *path: str | int) -> Change:
    """The code of the step returned something else, there."""

    def put(found: Any, rest: tuple[str | int, ...]) -> Any:
        if not rest:
            return value
        first, *more = rest
        made = {**found} if isinstance(found, dict) else [*found]
        made[first] = put(found[first], tuple(more))
        return made

    def change(seen: TurnRecord) -> TurnRecord:
        found = json.loads(seen.result or "null")
        made = put(found, path)
        assert made != found, path
        return replace(seen, result=json.dumps(made))

    return change


def without_cause(cause: Cause) -> Change:
    """No row stayed behind for this cause."""

    def change(seen: TurnRecord) -> TurnRecord:
        assert any(line.cause is cause for line in seen.ledger.lines), cause
        return every_line(seen, lambda line: replace(line, cause=None) if line.cause is cause else line)

    return change


def one_more_call(method: str, session_id: str = "alice") -> Change:
    """The code of the step made this session call too, at the end."""
    return lambda seen: replace(seen, calls=(*seen.calls, SessionCall(session_id, method, "", 1, 0.1, order=999)))


def rows_of_call(method: str, rows: int) -> Change:
    """The calls of this method were given, or returned, as many rows."""
    return lambda seen: replace(
        seen, calls=tuple(replace(call, rows=rows) if call.method == method else call for call in seen.calls)
    )


def a_call_less(seen: TurnRecord) -> TurnRecord:
    """The last call of a session did not happen."""
    return replace(seen, calls=seen.calls[:-1])


def in_session(session_id: str) -> Change:
    """Every run was given a session of this id."""
    return lambda seen: _runs(seen, session_id=session_id)


def a_run_less(seen: TurnRecord) -> TurnRecord:
    """The last run did not happen."""
    return replace(seen, ledger=replace(seen.ledger, runs=seen.ledger.runs[:-1]), requests=seen.requests[:-1])


def not_opened(seen: TurnRecord) -> TurnRecord:
    return replace(seen, opened=())


def a_call_raised(seen: TurnRecord) -> TurnRecord:
    return replace(seen, calls=(*seen.calls[:-1], replace(seen.calls[-1], error="ValueError: no")))


def no_calls_inside(seen: TurnRecord) -> TurnRecord:
    return replace(seen, calls=tuple(call for call in seen.calls if call.depth == 1))


def ended_by_itself(seen: TurnRecord) -> TurnRecord:
    return _runs(seen, ended_by="")


def not_within(seen: TurnRecord) -> TurnRecord:
    return _runs(seen, within=None)


def opened_without_options(seen: TurnRecord) -> TurnRecord:
    return replace(seen, opened=tuple(replace(one, options="") for one in seen.opened))


def without_a_restart(seen: TurnRecord) -> TurnRecord:
    return replace(seen, restarts=(), dropped_handles=None)


def item_says(number: int, text: str) -> Change:
    """The added item of this number has another text."""

    def change(seen: TurnRecord) -> TurnRecord:
        line = [line for line in seen.ledger.lines if line.mark == "added"][number]
        return every_line(seen, lambda one: replace(one, item=replace(one.item, text=text)) if one is line else one)

    return change


def with_result(text: str) -> Change:
    return lambda seen: replace(seen, result=text)


def row_and_request_say_two_and_two(seen: TurnRecord) -> TurnRecord:
    return other_item_sent("What's 2 + 2?")(seen)


def other_item_sent(text: str) -> Change:
    """The last request was sent an item more, which says this."""
    item = replace(STRANGER, text=text)
    return _request(-1, lambda one: replace(one, items=(item, *one.items), raw=("{}", *one.raw), count=one.count + 1))


def answer_sent(seen: TurnRecord) -> TurnRecord:
    answer = Item("assistant", "Nice to meet you.", 17)
    return _request(-1, lambda one: replace(one, items=(answer, *one.items), count=one.count + 1))(seen)


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


def runs_read(count: int) -> Change:
    """Every run was returned this many items."""

    def change(seen: TurnRecord) -> TurnRecord:
        runs = tuple(replace(run, read=count) for run in seen.ledger.runs)
        return replace(seen, ledger=replace(seen.ledger, runs=runs))

    return change


def item_kind_added(kind: str) -> Change:
    """The turn has added a row more, of this kind."""

    def change(seen: TurnRecord) -> TurnRecord:
        last = [line for line in seen.ledger.lines if line.mark == "added"][-1]
        line = replace(last, item=replace(STRANGER, kind=kind))
        return replace(seen, ledger=replace(seen.ledger, lines=(*seen.ledger.lines, line)))

    return change


def last_sent(text: str) -> Change:
    """The last item of the last request says this."""

    def change(seen: TurnRecord) -> TurnRecord:
        request = seen.requests[-1]
        items = (*request.items[:-1], replace(request.items[-1], text=text))
        return replace(seen, requests=(*seen.requests[:-1], replace(request, items=items)))

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
