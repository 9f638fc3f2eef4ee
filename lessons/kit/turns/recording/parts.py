"""The parts of a turn's record that come from the observation: its session calls, its requests, and its ledgers."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lessons.kit.items import Item, describe, handoffs_among
from lessons.kit.ledger.ledger import Ledger, LedgerLine, SentItem
from lessons.kit.ledger.rows import NO_ITEM
from lessons.kit.ledger.watching.events import Answered, Called, Event, Exchanged, Sending
from lessons.kit.records import DATA_LIMIT, ModelRequest, SessionCall, Usage
from lessons.kit.seen_text import printable
from lessons.kit.turns.recording.agents import HeardAnswers

SHOWN_LINES = 60
"""The number of newest ledger lines, and of newest items of a request, that a record keeps."""
RETURNED_ITEMS = 100
"""The number of newest returned items that a record keeps."""
LOOKED_AT = 200
"""The number of newest rows that a turn reads of a session: more than a run usually stores, and cheap at any table size."""


def session_calls(events: Iterable[Event]) -> tuple[SessionCall, ...]:
    """The session calls and the HTTP requests that they made, in the order in which they began."""
    found = [_as_call(event) for event in events if isinstance(event, Called | Exchanged)]
    return tuple(sorted(found, key=lambda call: call.order))


def _as_call(event: Called | Exchanged) -> SessionCall:
    if isinstance(event, Exchanged):
        return SessionCall(
            session_id=event.session_id,
            method=event.request,
            arguments="",
            rows=None,
            milliseconds=event.milliseconds,
            error=event.error,
            depth=event.depth,
            exchange=event.exchange,
            order=event.order,
        )
    plain = {name: value for name, value in event.arguments.items() if not isinstance(value, list)}
    return SessionCall(
        session_id=event.session_id,
        method=event.method,
        arguments=", ".join(f"{name}={value!r}" for name, value in plain.items())[:200],
        rows=event.count,
        milliseconds=event.milliseconds,
        error=None if event.error is None else printable(f"{type(event.error).__name__}: {event.error}")[:300],
        depth=event.depth,
        order=event.order,
        run=event.run_number,
        is_inner=event.is_inner,
    )


def returned_items(events: Iterable[Event]) -> tuple[Item, ...]:
    """The newest RETURNED_ITEMS items that the last get_items() of the turn returned."""
    reads = [
        event
        for event in events
        if isinstance(event, Called) and event.method == "get_items" and event.depth == 1 and event.error is None
    ]
    reads.sort(key=lambda call: call.order)
    items = reads[-1].items if reads else []
    handoffs = handoffs_among(items)
    return tuple(describe(item, handoffs) for item in items[-RETURNED_ITEMS:])


def model_requests(events: Iterable[Event], heard: HeardAnswers, *, estimated: bool) -> tuple[ModelRequest, ...]:
    """The requests in order. `estimated`: the model does not count tokens but estimates them.

    A model that does neither, such as a scripted one, reports 0 input and 0 output tokens. Its usage is missing, not zero.
    """
    found: dict[int, ModelRequest] = {}
    for event in events:
        match event:
            case Sending():
                found[event.number] = _as_request(event, heard)
            case Answered() if event.usage is not None and event.usage.input_tokens + event.usage.output_tokens:
                usage = Usage(event.usage.input_tokens, event.usage.output_tokens, estimated)
                found[event.number] = replace(found[event.number], usage=usage)
    return tuple(found.values())


def _as_request(sending: Sending, heard: HeardAnswers) -> ModelRequest:
    newest = sending.items[-SHOWN_LINES:]
    handoffs = handoffs_among(sending.items)
    return ModelRequest(
        agent=sending.agent,
        instructions=sending.instructions,
        items=tuple(describe(item, handoffs) for item in newest),
        raw=tuple(map(_as_text, newest)),
        count=len(sending.items),
        ended_early=heard.ended_early.get(sending.number, ""),
        choices=heard.choices.get(sending.number, 0),
    )


def kept(ledger: Ledger) -> Ledger:
    """The ledger as a record keeps it: each value is its JSON text, cut. Sent items keep only their line."""
    requests = {number: tuple(SentItem(item.line) for item in items) for number, items in ledger.requests.items()}
    return replace(ledger, lines=tuple(map(_kept_line, ledger.lines)), requests=requests)


def _kept_line(line: LedgerLine) -> LedgerLine:
    return replace(line, value=None if line.value is NO_ITEM else _as_text(line.value))


def _as_text(value: Any) -> str:
    return printable(_TO_JSON.encode(value)[:DATA_LIMIT])


_TO_JSON = json.JSONEncoder(ensure_ascii=False, default=str)
"""Made once: json.dumps with other options makes a new encoder for each value, in as much time as it writes a row."""
