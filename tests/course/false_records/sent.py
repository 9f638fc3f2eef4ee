"""Records in which the model was asked more often, by another agent or with other items."""

from dataclasses import replace

from lessons.kit.records import ModelRequest, TurnRecord
from tests.course.false_records.base import STRANGER, Change, every_line, one_request


def sent_less(number: int = -1) -> Change:
    """The request lacks the oldest of its items."""
    return one_request(number, lambda one: replace(one, items=one.items[1:], raw=one.raw[1:], count=one.count - 1))


def sent_more(number: int = -1) -> Change:
    """The request has one more item, before its others."""
    return one_request(
        number, lambda one: replace(one, items=(STRANGER, *one.items), raw=("{}", *one.raw), count=one.count + 1)
    )


def sent_first(seen: TurnRecord) -> TurnRecord:
    """The last request has its newest item before all others."""
    return one_request(-1, lambda one: replace(one, items=(one.items[-1], *one.items[:-1])))(seen)


def item_sent(kind: str, number: int = -1) -> Change:
    """The request has one more item, of this kind, before its others."""
    return one_request(
        number, lambda one: replace(one, items=(replace(STRANGER, kind=kind), *one.items), count=one.count + 1)
    )


def not_sent(text: str) -> Change:
    """The last request does not have the items that say this."""
    return one_request(-1, lambda one: replace(one, items=tuple(item for item in one.items if text not in item.text)))


def left_out_was_sent(seen: TurnRecord) -> TurnRecord:
    """The rows that were returned and left out were sent with the last request."""
    left_out = [line.item for line in seen.ledger.lines if line.returned and not line.sent]
    number = len(seen.requests)
    sent = every_line(
        seen, lambda line: replace(line, sent=(number,), cause=None) if line.returned and not line.sent else line
    )
    return one_request(-1, lambda one: replace(one, items=(*left_out, *one.items), count=one.count + len(left_out)))(
        sent
    )


def asked_once_more(seen: TurnRecord) -> TurnRecord:
    return replace(seen, requests=(*seen.requests, seen.requests[-1]))


def other_texts_sent(seen: TurnRecord) -> TurnRecord:
    """The last request had items of the same kinds, but all except the new message have another text."""

    def change(one: ModelRequest) -> ModelRequest:
        items = [replace(item, text="Something else") for item in one.items[:-1]]
        return replace(one, items=(*items, one.items[-1]))

    return one_request(-1, change)(seen)


def by_other_agent(number: int = -1) -> Change:
    return one_request(number, lambda one: replace(one, agent="Somebody"))


def with_instructions(text: str) -> Change:
    return one_request(-1, lambda one: replace(one, instructions=text))


def raw_item_sent(text: str) -> Change:
    """The last request has one more item in its raw form, such as one with an id."""
    return one_request(-1, lambda one: replace(one, raw=(*one.raw, text)))


def row_and_request_say_two_and_two(seen: TurnRecord) -> TurnRecord:
    return other_item_sent("What's 2 + 2?")(seen)


def other_item_sent(text: str) -> Change:
    """The last request has one more item, which says this."""
    item = replace(STRANGER, text=text)
    return one_request(
        -1, lambda one: replace(one, items=(item, *one.items), raw=("{}", *one.raw), count=one.count + 1)
    )


def last_sent(text: str) -> Change:
    """The last item of the last request says this."""

    def change(seen: TurnRecord) -> TurnRecord:
        request = seen.requests[-1]
        items = (*request.items[:-1], replace(request.items[-1], text=text))
        return replace(seen, requests=(*seen.requests[:-1], replace(request, items=items)))

    return change
