"""The table of the comparison: one column for each store, one row for each figure."""

import re
import time
from collections.abc import Callable, Mapping

from lessons.kit.problems.counted import counted
from lessons.kit.records import SessionCall, TurnRecord
from lessons.kit.stores.registry import store_kinds
from lessons.kit.turns.running_work import RunningTurn, State
from lessons.kit.turns.store_comparison import Column, same_items, shares
from lessons.ui.ledger.ledger_lines import QUEUED
from lessons.ui.ledger.running_turn import PHASES
from lessons.ui.widgets.markup import attribute, problem_box, text
from lessons.ui.widgets.table import scroll_region, table_html

LONG_SECONDS = 10
"""After this, a column says that its store has not answered yet."""

ROW_CUT = 400
SCHEMA_CUT = 4_000
REPLY_CUT = 300

WORDS_OF_CODE = re.compile(r"\(|\.(?=\w+\()|:///?|:(?=\w)")
"""After these, a line that opens a session breaks, and not in the middle of a word: a bracket, the dot of a method, a colon."""

BEFORE = ("To know", "Opened with")
"""What is known of a store before its first run."""
Cell = Callable[[Column], str]


def comparison_html(columns: Mapping[str, Column], running: Mapping[str, RunningTurn]) -> str:
    """The stores side by side, by name; `running` are those whose turn is not done."""
    done = [column for name, column in columns.items() if name not in running]
    reference = next((column for column in done if column.record is not None and column.record.problem is None), None)
    bytes_, stored, calls = (
        shares(done, figure) for figure in (lambda one: one.kept and one.kept.item_bytes, _size, _call_time)
    )
    figures: list[tuple[str, str, Cell]] = [
        ("Opened with", "", _opened),
        ("Outcome", "", _outcome),
        ("Items", "as get_items() returned them after the turn", lambda one: _items(one, reference)),
        ("Rows", "of this session", _rows),
        ("Bytes of the items", "the stored text alone", lambda one: _item_bytes(one, bytes_)),
        ("Bytes of the storage", "", lambda one: _storage(one, stored)),
        ("First stored row", "verbatim", _first),
        ("Session calls", "in order", _calls),
        ("Time in calls", "of the last turn", lambda one: _time_in_calls(one, calls)),
        ("Whole turn", "", _whole_turn),
        ("Schema", "as the storage describes it", _schema),
    ]
    if any(_notice(column) for column in columns.values()):
        figures.insert(0, ("To know", "", lambda one: text(_notice(one) or "–")))
    heads = (
        f'{text(column.store.label)}<span class="quiet">{text(column.store.session_type)}</span>'
        for column in columns.values()
    )
    if has_run(columns) or running:
        figures.insert(0, ("They differ in", "", lambda one: _differences(one, reference)))
    else:  # no empty lines: a sentence below the table says what a run will fill in
        figures = [figure for figure in figures if figure[0] in BEFORE]
    lines = []
    for name, what, cell in figures:
        cells = []
        for store, column in columns.items():
            if store in running and name not in ("To know", "Opened with"):
                cells.append(f"<td>{_state(running[store]) if name == 'Outcome' else ''}</td>")
            else:
                cells.append(f"<td>{cell(column)}</td>")
        if set(cells) == {"<td></td>"}:
            continue  # as where no store could be reached, or none is done yet
        what = f'<span class="quiet">{text(what)}</span>' if what else ""
        lines.append(f'<tr><th scope="row">{text(name)}{what}</th>{"".join(cells)}</tr>')
    return scroll_region("Stores side by side", table_html("Comparison", ("", *heads), lines), "compare")


def has_run(columns: Mapping[str, Column]) -> bool:
    """Whether anything was run or stored, so that there is more to show than how the stores are opened."""
    return any(
        column.records or column.problem or (column.kept is not None and column.kept.page.total)
        for column in columns.values()
    )


def _state(turn: RunningTurn) -> str:
    seconds = time.monotonic() - turn.asked_at
    late = (
        '<p class="note">No end yet. The other stores do not wait for it; you can stop it.</p>'
        if seconds > LONG_SECONDS
        else ""
    )
    phase = QUEUED if turn.state is State.QUEUED else PHASES[turn.phase]
    return f'<span class="quiet">running · {phase} · {seconds:.0f} s</span>{late}'


def _notice(column: Column) -> str:
    """That a service is emulated, or who gets to see the rows."""
    return store_kinds()[column.store.name].notice


def _title(column: Column) -> str:
    """The session class and the label of a store."""
    return f"{column.store.session_type}: {column.store.label}"


def _outcome(column: Column) -> str:
    if column.problem is not None:
        return problem_box(column.problem)
    record = column.record
    if record is None:
        return '<span class="quiet">not run yet</span>'
    if record.problem is not None:
        return problem_box(record.problem)
    if record.stopped:
        return "<b>stopped</b>"
    return f'<span class="held">✓ done</span><p class="reply">{text(record.reply or "no reply", REPLY_CUT)}</p>'


def _items(column: Column, reference: Column | None) -> str:
    if _went_well(column) is None:
        return ""
    if reference is None or column is reference:
        count = len(column.record.returned) if column.record else 0
        return f"{counted(count, 'item')}<span class='quiet'>the others are compared with these</span>"
    found = same_items(column, reference, _title(reference))
    return f'<span class="{"held" if found.equal else "not-held"}">{"=" if found.equal else "≠"}</span> {text(found.words)}'


def _differences(column: Column, reference: Column | None) -> str:
    """How the store differs from the first one that has answered, in short; the lines below say more."""
    if _went_well(column) is None or reference is None or column.kept is None or reference.kept is None:
        return ""
    if column is reference:
        return '<span class="quiet">the others are compared with this one</span>'
    if len(column.records) != len(reference.records):  # what a turn more has stored is not a difference of the stores
        here, there = (counted(len(one.records), "turn") for one in (column, reference))
        return f'<span class="quiet">{here} here, {there} there: start over to compare them</span>'
    found = [] if same_items(column, reference, "").equal else ["the items"]
    rows, usual = column.kept.page.total, reference.kept.page.total
    found += [] if rows == usual else [f"{counted(rows, 'row')}, not {usual:,}"]
    found += [] if _form(column) == _form(reference) else [f"a row is {_form(column)}"]
    more = column.kept.item_bytes / max(reference.kept.item_bytes, 1)
    found += [] if 0.95 < more < 1.05 else [f"{more:.1f} times the bytes"]
    http = len(column.record.exchanges) if column.record else 0
    found += [counted(http, "HTTP request")] if http else []
    if not found:
        return '<span class="held">=</span> nothing: the same items, rows and bytes of the items'
    return f"<b>{text('; '.join(found))}</b>"


def _form(column: Column) -> str:
    """Whether the stored text of the first item is encrypted or plain JSON."""
    first = column.kept.first if column.kept is not None else ""
    return "encrypted" if '"__enc__"' in first else "plain JSON"


def _rows(column: Column) -> str:
    if column.kept is None:
        return ""
    record = column.record
    added = f'<span class="quiet">{len(record.added)} added by the last turn</span>' if record else ""
    return f"<b>{column.kept.page.total:,}</b>{added}"


def _item_bytes(column: Column, parts: Mapping[str, float]) -> str:
    kept = column.kept
    if kept is None:
        return ""
    older = kept.page.total - kept.counted
    left_out = f'<span class="quiet">of the newest {kept.counted:,} rows</span>' if older > 0 else ""
    return f"<b>{kept.item_bytes:,}</b>{_bar(parts, column)}{left_out}"


def _storage(column: Column, parts: Mapping[str, float]) -> str:
    if column.kept is None:
        return ""
    size = column.kept.size
    if size is None:
        return '<span class="quiet">this storage does not tell</span>'
    return f'<b>{size.bytes:,}</b>{_bar(parts, column)}<span class="quiet">{text(size.measured)}</span>'


def _opened(column: Column) -> str:
    if column.kept is None:
        return ""
    region = f'tabindex="0" role="region" aria-label="Opened with: {attribute(column.store.label)}"'  # it scrolls
    opening = WORDS_OF_CODE.sub(r"\g<0><wbr>", text(column.kept.opening, 300))
    return f'<div class="opened" {region}><code>{opening}</code></div>'


def _first(column: Column) -> str:
    if column.kept is None or not column.kept.first:
        return ""
    region = f'tabindex="0" role="region" aria-label="First stored row: {attribute(column.store.label)}"'  # it scrolls
    return f'<div class="first" {region}><code>{text(column.kept.first, ROW_CUT)}</code></div>'


def _calls(column: Column) -> str:
    record = column.record
    if record is None or not record.calls:
        return ""
    region = f'tabindex="0" role="region" aria-label="Session calls: {attribute(column.store.label)}"'  # it scrolls
    return f'<div class="many" {region}><ol>{"".join(map(_call, record.calls))}</ol></div>'


def _call(call: SessionCall) -> str:
    rows = "" if call.rows is None else f" {counted(call.rows, 'item')}"
    error = f'<p class="note">{text(call.error, 200)}</p>' if call.error else ""
    return (
        f'<li style="padding-left:{(call.depth - 1) * 0.6:g}rem"><span><code>{text(call.method)}()</code>{rows}</span>'
        f'<span class="ms">{_ms(call.milliseconds)}</span>{error}</li>'
    )


def _ms(milliseconds: float) -> str:
    """Of 100 and more, tenths say nothing, and push the time to a second line."""
    return f"{milliseconds:,.{0 if milliseconds >= 100 else 1}f} ms"


def _time_in_calls(column: Column, parts: Mapping[str, float]) -> str:
    spent = _call_time(column)
    return "" if spent is None else f"<b>{_ms(spent)}</b>{_bar(parts, column)}"


def _whole_turn(column: Column) -> str:
    record = _went_well(column)
    return "" if record is None else f"{record.milliseconds:,.0f} ms"


def _schema(column: Column) -> str:
    if column.kept is None or not column.kept.schema:
        return ""
    region = (
        f'tabindex="0" role="region" aria-label="Schema: {attribute(column.store.label)}"'  # it scrolls, also by keys
    )
    return f"<pre {region}>{text(column.kept.schema, SCHEMA_CUT)}</pre>"


def _bar(parts: Mapping[str, float], column: Column) -> str:
    part = parts.get(column.store.name)
    return "" if part is None else f'<i class="bar" style="width:{max(part * 100, 1):.0f}%"></i>'


def _size(column: Column) -> float | None:
    return column.kept.size.bytes if column.kept is not None and column.kept.size is not None else None


def _call_time(column: Column) -> float | None:
    """Milliseconds in the session calls of the last turn, including the calls of a session inside another."""
    record = _went_well(column)
    return sum(call.milliseconds for call in record.calls if call.depth == 1) if record is not None else None


def _went_well(column: Column) -> TurnRecord | None:
    record = column.record
    return record if record is not None and record.problem is None and not record.stopped else None
