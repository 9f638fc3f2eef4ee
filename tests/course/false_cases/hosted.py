"""Records in which what the steps of Hosted conversations say is false."""

import re
from dataclasses import replace

from lessons.kit.records import Exchange, SessionCall, TurnRecord
from tests.course import false_records as false
from tests.course.false_records import Change
from tests.course.false_records import parts as part


def _exchanges(seen: TurnRecord, found: list[SessionCall]) -> TurnRecord:
    """The HTTP requests were these."""
    return replace(seen, calls=(*(call for call in seen.calls if call.exchange is None), *found))


def requests_reversed(seen: TurnRecord) -> TurnRecord:
    return _exchanges(seen, list(reversed(seen.exchanges)))


def without_the_last_request(seen: TurnRecord) -> TurnRecord:
    return _exchanges(seen, list(seen.exchanges[:-1]))


def last_request_twice(seen: TurnRecord) -> TurnRecord:
    return _exchanges(seen, [*seen.exchanges, seen.exchanges[-1]])


def a_request(method: str) -> Change:
    """One more HTTP request was made."""
    more = SessionCall("alice", method, "", None, 1.0, exchange=Exchange(200, "", "{}", 0, 2), is_inner=True)
    return lambda seen: _exchanges(seen, [*seen.exchanges, more])


def without_the_first_post(seen: TurnRecord) -> TurnRecord:
    first = next(call for call in seen.exchanges if call.method.startswith("POST"))
    return _exchanges(seen, [call for call in seen.exchanges if call is not first])


def requests_say(words: str, instead: str) -> Change:
    return lambda seen: _exchanges(
        seen, [replace(call, method=re.sub(words, instead, call.method)) for call in seen.exchanges]
    )


def exchanged(body: str, side: str = "request") -> Change:
    """The bodies of all requests, or of their answers, were this."""

    def change(seen: TurnRecord) -> TurnRecord:
        calls = [call for call in seen.exchanges if call.exchange is not None]
        return _exchanges(seen, [replace(call, exchange=replace(call.exchange, **{side: body})) for call in calls])

    return change


def returned_reversed(seen: TurnRecord) -> TurnRecord:
    return replace(seen, returned=tuple(reversed(seen.returned)))


def user_message_returned(seen: TurnRecord) -> TurnRecord:
    return replace(seen, returned=(false.STRANGER, *seen.returned))


def not_in_a_new_row(seen: TurnRecord) -> TurnRecord:
    """The message stayed in its old row."""
    lines = list(seen.ledger.lines)
    return replace(seen, ledger=replace(seen.ledger, lines=(replace(lines[0], mark=""), *lines[1:2], *lines[3:])))


ONE_ITEM = '{"items":[{"role":"user","content":"Hi"}]}'
WITH_AN_ID = '{"items":[{"id":"x","role":"user","content":"Hi"}]}'


def without_the_first_post_of_items(seen: TurnRecord) -> TurnRecord:
    first = next(call for call in seen.exchanges if re.fullmatch(r"POST .*/items", call.method))
    return _exchanges(seen, [call for call in seen.exchanges if call is not first])


def same_conversation(seen: TurnRecord) -> TurnRecord:
    """All requests name the same conversation."""
    return requests_say(r"/conversations/[^/?]+", "/conversations/conv_1")(seen)


def answer_is_left(seen: TurnRecord) -> TurnRecord:
    """The reply is still a row."""
    lines = list(seen.ledger.lines)
    lines[1] = replace(lines[1], mark="")
    return replace(seen, ledger=replace(seen.ledger, lines=tuple(lines)))


CASES = (
    (1, ("The first was POST /conversations", "makes the conversation at the first call"), requests_reversed),
    (1, ("gave it an id", "Who chooses the id", "and chooses its id"), exchanged("{}", "answer")),
    (1, "You chose none", exchanged('{"id":"alice","items":[]}')),
    (1, "The service keeps the rows", false.unchanged("items")),
    (2, ("the items are sent without ids", "You send items without ids"), exchanged(WITH_AN_ID)),
    (2, ("The service gave each item an id", "have ids from the service"), false.rows_store('"id"', '"key"')),
    (2, ("a type, a status and its text as a list", "What will come back"), false.rows_store('"status"', '"state"')),
    (2, "The rows show that form", false.rows_store('"type": "message"', '"kind": "message"')),
    (3, ("you read it back", "have ids from the service"), false.gave("", 0, "id")),
    (3, "you read it back", false.gave("What's my name?", 0, "content")),
    (3, ("with order=desc", "and in which order"), requests_say("order=desc", "order=asc")),
    (3, "One request", last_request_twice),
    (3, "The limit was not sent", requests_say("order=desc", "order=desc&limit=2")),
    (3, "reverses the list", returned_reversed),
    (3, ("stops after two items", "how many items will be requested"), user_message_returned),
    (4, "An empty list", false.something_returned),
    (4, ("without an HTTP request", "how many HTTP requests"), a_request("GET /v1/conversations/conv_1/items")),
    (5, ("20, 20 and 5 items", "Items go in 20 at a time"), exchanged(ONE_ITEM)),
    (5, ("Three POST requests", "How many requests will that take"), without_the_first_post_of_items),
    (5, "45 items in one call", part.called("add_items", rows=44)),
    (5, "each request is stored on its own", false.unchanged("items")),
    (5, "Reading took three requests", without_the_last_request),
    (5, ("Here the code does", "0.24 sends 20, 20 and 5 by itself"), part.without_call("add_items")),
    (5, "An add is one request", without_the_first_post_of_items),
    (6, ("Two requests: read", "pop_item(): how many requests"), without_the_last_request),
    (6, "read the newest, then", requests_reversed),
    (6, "read the newest", part.last_line(mark="")),
    (6, "delete it by its id", requests_say(r"/items/.*", "/items")),
    (6, "but not the conversation", requests_say(r"(DELETE .*)/items/.*", r"\1")),
    (7, ("session_id raises ValueError", "which id does the session have"), false.with_result('["conv_1", "conv_1"]')),
    (
        7,
        ("A read is enough to make a conversation", "makes the conversation at the first call"),
        without_the_first_post,
    ),
    (7, "an empty one", a_request("POST /v1/conversations/conv_1/items")),
    (8, ("The handle is gone, but", "The handle is gone."), false.without_a_restart),
    (8, "its id was enough to continue", false.other_texts_sent),
    (8, "but the conversation is not", a_request("POST /v1/conversations")),
    (8, "What do you need to go on", false.opened_without_options),
    (9, ("DELETE removed the conversation", "The conversation is deleted, and"), requests_say("DELETE", "GET")),
    (9, "the class forgot its id", without_the_first_post),
    (9, ("The run then made another conversation", "Under which id will its rows be"), same_conversation),
    (10, ("both raise an error", "and wrapping it in a compaction session"), false.gave("made", 1)),
    (10, ("You cannot choose the session id", "choosing the id of the session"), false.gave("made", 0)),
    (11, ("force starts a compaction at any length", "A compaction is forced"), part.without_call("run_compaction")),
    (11, "word for word", part.item(0, text="Something else")),
    (11, "in a new row", not_in_a_new_row),
    (11, "replaces the rest", false.last_not_returned),
    (11, ("One item (its letter is K)", "Compaction replaces what is not your message"), answer_is_left),
    (11, ("The next run would send both", "What will the next run send"), false.first_not_returned),
    (11, '"input" sends the items', exchanged('{"previous_response_id":"x"}')),
    (12, "After the fourth", part.run(3, read=4)),
    (12, "After which run", part.run(3, read=3)),
    (12, "With a limit, only what the run read and added counts", part.run(2, read=4)),
    (12, "which read all", false.runs_read(2)),
    (12, "the fourth without", part.run(3, limit=2)),
    (12, "A hook says: compact at three replies", false.opened_without_options),
    (12, "After the third: this SDK counts all rows", part.run(3, read=6)),
    (13, "On a copy", false.another_session_changed),
    (
        13,
        ("sent only a response id", "Only a response id is sent"),
        exchanged('{"previous_response_id":"x","input":[]}'),
    ),
    (13, '"auto", the default', false.opened_without_options),
    (13, "All rows became what the service returned", part.one_more("assistant")),
    (13, ("your message is gone", "What becomes of your message"), user_message_returned),
)
