"""Records in which what the steps of Hosted conversations say is false."""

from dataclasses import replace

from lessons.kit.records import SessionCall, TurnRecord
from tests.course import false_records as false
from tests.course.false_records import Change


def _exchanges(seen: TurnRecord, found: list[SessionCall]) -> TurnRecord:
    """The HTTP requests were these."""
    return replace(seen, calls=(*(call for call in seen.calls if call.exchange is None), *found))


def requests_reversed(seen: TurnRecord) -> TurnRecord:
    return _exchanges(seen, list(reversed(seen.exchanges)))


def without_the_last_request(seen: TurnRecord) -> TurnRecord:
    return _exchanges(seen, list(seen.exchanges[:-1]))


def without_the_first_post(seen: TurnRecord) -> TurnRecord:
    first = next(call for call in seen.exchanges if call.method.startswith("POST"))
    return _exchanges(seen, [call for call in seen.exchanges if call is not first])


def requests_say(words: str, instead: str) -> Change:
    return lambda seen: _exchanges(
        seen, [replace(call, method=call.method.replace(words, instead)) for call in seen.exchanges]
    )


def exchanged(body: str) -> Change:
    """The bodies of all requests were this."""
    return lambda seen: _exchanges(
        seen, [replace(call, exchange=replace(call.exchange, request=body)) for call in seen.exchanges if call.exchange]
    )


CASES = (
    (1, "The first was POST /conversations", requests_reversed),
    (2, "the items are sent without ids", exchanged('{"items":[{"id":"x","role":"user","content":"Hi"}]}')),
    (2, "a type, a status and its text as a list", false.rows_store('"status"', '"state"')),
    (3, "order=desc", requests_say("order=desc", "order=asc")),
    (3, "The limit was not sent", requests_say("order=desc", "order=desc&limit=2")),
    (3, "reverses the list", false.returned_reversed),
    (4, "without an HTTP request", false.something_returned),
    (5, "Reading took three requests", without_the_last_request),
    (6, "Two requests", without_the_last_request),
    (7, "session_id raises ValueError", false.with_result('["conv_1", "conv_1"]')),
    (8, "its id was enough to continue", false.other_texts_sent),
    (9, "The run then made another conversation", without_the_first_post),
    (10, "both raise an error", false.with_result("[]")),
    (11, "Your message stays, word for word", false.item_says(0, "Something else")),
    (11, "replaces the rest", false.last_not_returned),
    (12, "Three runs read with a limit of 2, the fourth without", false.runs_read(2)),
    (13, "your message is gone", false.something_returned),
)
