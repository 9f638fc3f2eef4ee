"""The session calls of one turn, with the HTTP exchanges that they made."""

from lessons.kit.problems.counted import counted
from lessons.kit.records import Exchange, SessionCall, TurnRecord
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.table import table_html

CUT = 400
PATH_CUT = 160
RESULT_CUT = 3_000


def calls_html(record: TurnRecord) -> str:
    """The log of session calls in the order in which they began."""
    if not record.calls:
        return '<p class="quiet">This turn made no session call.</p>'
    table = table_html("Session calls", ("Call", "Session", "Rows", "Time"), map(_call, record.calls), "calls")
    total = sum(call.milliseconds for call in record.calls if call.is_direct)
    times = f"{total:.1f} ms of the turn's {record.milliseconds:,.0f} ms"
    return f"{table}<p class='caption'>{_how_many(record)}: {times}</p>"


def result_html(record: TurnRecord) -> str:
    """What the code of the turn returned, if that was not a run."""
    if record.result is None or (record.result == "null" and not record.calls):
        return ""
    returned = "None" if record.result == "null" else record.result
    region = 'class="result" tabindex="0" role="region" aria-label="Returned"'  # it scrolls, also by keys
    return f'<p class="caption">Returned</p><pre {region}>{text(returned, RESULT_CUT)}</pre>'


def _how_many(record: TurnRecord) -> str:
    """How many session calls there were, and how many HTTP requests they made."""
    requests = len(record.exchanges)
    calls = counted(len(record.calls) - requests, "session call")
    return f"{calls} and {counted(requests, 'HTTP request')}" if requests else calls


def _call(call: SessionCall) -> str:
    rows = "–" if call.rows is None else f"{call.rows:,}"
    error = f'<p class="note">{text(call.error, CUT)}</p>' if call.error else ""
    if call.exchange is not None:
        return _exchange(call, call.exchange, error)
    arguments = f"<wbr>{text(call.arguments, 80)}" if call.arguments else ""  # a long call breaks before its arguments
    # What is not part of the call above it does not stand below it.
    depth, of = (1, "underlying_session.<wbr>" * (call.depth - 1)) if call.is_direct else (call.depth, "")
    return (
        f'<tr><td class="code" style="padding-left:{depth - 0.5}rem">'
        f"{of}{text(call.method)}({arguments}){error}</td>"
        f'<td>{text(call.session_id, 40)}</td><td class="number">{rows}</td>'
        f'<td class="number">{call.milliseconds:.1f} ms</td></tr>'
    )


def _exchange(call: SessionCall, exchange: Exchange, error: str) -> str:
    """One HTTP request: method, path and answer; the bodies are folded away."""
    method, _, path = call.method.partition(" ")
    status = "no answer" if exchange.status is None else str(exchange.status)
    tone = "held" if exchange.status is not None and exchange.status < 400 else "not-held"
    bodies = _body("Sent", exchange.request, exchange.request_bytes)
    bodies += _body("Answered", exchange.answer, exchange.answer_bytes)
    return (
        f'<tr class="exchange"><td class="code" colspan="3" style="padding-left:{call.depth - 0.5}rem"><details><summary>'
        f'<b>{text(method)}</b> {text(path, PATH_CUT)} <span class="{tone}">{status}</span></summary>{bodies}</details>'
        f'{error}</td><td class="number">{call.milliseconds:.1f} ms</td></tr>'
    )


def _body(label: str, body: str, size: int) -> str:
    if not body:
        return f'<p class="quiet">{label}: nothing</p>'
    cut = f", the first {len(body):,} characters" if size > len(body.encode()) else ""
    region = f'tabindex="0" role="region" aria-label="{label}"'  # it scrolls, also by keys
    return f'<p class="quiet">{label}: {size:,} bytes{cut}</p><pre {region}>{text(body)}</pre>'
