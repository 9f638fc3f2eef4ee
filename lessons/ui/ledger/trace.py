"""The trace of one turn: stored, returned, sent, and why they differ."""

from lessons.kit.ledger.ledger import LedgerLine
from lessons.kit.records import TurnRecord, Usage, refs
from lessons.kit.row_ref import RowRef, rows_in_words
from lessons.kit.stores.registry import store_kinds
from lessons.ui.ledger.row_links import row_link
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.widgets.item_kinds import badge
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.table import table_html

CUT = 90
SHOWN = 20
SIGNS = {"added": "+ ", "removed": "− ", "": ""}


def trace_html(record: TurnRecord, shown: ShownRows) -> str:
    """The cycle of the turn in numbers, and one line for each item in time order. `shown` is what the page shows next to it."""
    lines = record.ledger.lines[-SHOWN:]
    rows = (_line(record, line, shown) for line in lines)
    heads = ("Item", "Stored", "Returned", "Sent", "Why")
    older = ""
    if record.ledger.has_earlier or len(record.ledger.lines) > SHOWN:
        older = f'<p class="quiet">The newest {len(lines)} items. Older ones are not drawn here.</p>'
    table = table_html("Trace of this turn", heads, rows, "trace")
    return f"{_cycle(record)}{older}{table}<p class='caption'>{_totals(record)}</p>"


def _cycle(record: TurnRecord) -> str:
    """The four steps of a run, with what they did in this one."""
    read = next((call for call in record.calls if call.method == "get_items"), None)
    old = read.rows or 0 if read is not None else 0
    steps = [
        ("Read", f"get_items() gave {old}" if read is not None else _not_read(record)),
        ("Prepend", _prepended(record, old)),
        ("Run", _asked(record)),
        ("Store", _stored(record)),
    ]
    return (
        '<ol class="cycle">'
        + "".join(f"<li><strong>{name}</strong> <span>{text(words)}</span></li>" for name, words in steps)
        + "</ol>"
    )


def _not_read(record: TurnRecord) -> str:
    if record.calls or record.session_id is not None:
        return "nothing read"
    return "no session, nothing read"


def _prepended(record: TurnRecord, old: int) -> str:
    if not record.requests:
        return "nothing to send"
    new = sum(1 in line.sent and not line.returned for line in record.ledger.lines)
    new = max(new, record.requests[0].count - old)  # a later run of the same turn may have read what was new
    kept = max(0, record.requests[0].count - new)
    return f"{kept} old + {new} new" if kept == old else f"{kept} of {old} old + {new} new"


def _asked(record: TurnRecord) -> str:
    if not record.requests:
        return "the model was not asked"
    counts = ", then ".join(str(request.count) for request in record.requests)
    return f"{counts} sent to the model"


def _stored(record: TurnRecord) -> str:
    both = (*record.removed_rows, *record.added_rows)
    removed = [f"{rows_in_words(refs(table.removed), both)} removed" for table in record.item_changes if table.removed]
    return ", ".join([*removed, *filter(None, [rows_in_words(record.added_rows, both)])]) or "no row"


def _line(record: TurnRecord, line: LedgerLine, shown: ShownRows) -> str:
    stored = "–" if line.row is None else SIGNS[line.mark] + _row(line.row, line, shown)
    words = text(line.item.text[:CUT])
    if line.item.length > CUT:
        words += f'… <span class="length">{line.item.length:,} characters</span>'
    return (
        f'<tr class="{line.mark}"><td><div>{badge(line.item.kind)}<span>{words}</span></div></td><td>{stored}</td>'
        f"{_dot(line.returned)}{_sent(line.sent, len(record.requests))}<td>{text(line.why)}</td></tr>"
    )


def _row(row: RowRef, line: LedgerLine, shown: ShownRows) -> str:
    """The row of a line; as a link, unless it is gone, or in a store that no link may choose."""
    if line.mark == "removed":
        return text(f"row {row.key}")
    elsewhere = not row.is_in(shown.store, shown.session_id)
    if elsewhere and (row.store not in store_kinds() or store_kinds()[row.store].is_outside):
        return text(f"row {row.key}")
    return row_link(row, elsewhere=elsewhere)


def _dot(yes: bool) -> str:
    return '<td class="yes">yes</td>' if yes else '<td class="no">no</td>'


def _sent(numbers: tuple[int, ...], requests: int) -> str:
    """In which requests, where there were several."""
    if requests <= 1 or not numbers:
        return _dot(bool(numbers))
    which = ", ".join(map(str, numbers))
    return f'<td title="sent with request {which} of {requests}">{which}</td>'


def _totals(record: TurnRecord) -> str:
    usages = [request.usage for request in record.requests if request.usage is not None]
    parts = [f"{len(record.returned)} returned", f"{sum(request.count for request in record.requests)} sent"]
    if usages:
        parts.append(_tokens(usages))
    parts.append(f"{record.milliseconds:,.0f} ms in all")
    return " · ".join(parts)


def _tokens(usages: list[Usage]) -> str:
    estimated = " (estimated)" if any(usage.estimated for usage in usages) else ""
    given, taken = sum(usage.input_tokens for usage in usages), sum(usage.output_tokens for usage in usages)
    return f"{given:,} tokens in, {taken:,} out{estimated}"
