"""Cases of `test_false_records.py` for the lessons from Long conversations on."""

from dataclasses import replace

from lessons.kit.ledger.cause import Cause
from lessons.kit.records import ChangedRow, SessionCall, TableChanges, TurnRecord
from tests.course import false_records as false
from tests.course.false_records import Change


def runs_read(count: int) -> Change:
    """Every run was returned this many items."""

    def change(seen: TurnRecord) -> TurnRecord:
        runs = tuple(replace(run, read=count) for run in seen.ledger.runs)
        return replace(seen, ledger=replace(seen.ledger, runs=runs))

    return change


nothing_read = runs_read(0)


def older_returned(seen: TurnRecord) -> TurnRecord:
    """The first row was returned, and not the newest."""
    first = seen.ledger.lines[0]
    return false.every_line(seen, lambda line: replace(line, returned=True) if line is first else line)


def item_kind_added(kind: str) -> Change:
    """The turn has added a row more, of this kind."""

    def change(seen: TurnRecord) -> TurnRecord:
        last = [line for line in seen.ledger.lines if line.mark == "added"][-1]
        line = replace(last, item=replace(false.STRANGER, kind=kind))
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


def ended_at_once(seen: TurnRecord) -> TurnRecord:
    """The first run ended before any other began."""
    runs = tuple(
        replace(run, ended=run.began) if run.began == min(one.began for one in seen.ledger.runs) else run
        for run in seen.ledger.runs
    )
    return replace(seen, ledger=replace(seen.ledger, runs=runs))


def expires(at: str) -> Change:
    """Every key is to expire then."""

    def changed(row: ChangedRow) -> ChangedRow:
        return replace(row, after={**row.after, "expires_at": at}) if row.after and "expires_at" in row.after else row

    def change(seen: TurnRecord) -> TurnRecord:
        tables = tuple(
            replace(table, added=tuple(map(changed, table.added)), changed=tuple(map(changed, table.changed)))
            for table in seen.changes
        )
        return replace(seen, changes=tables)

    return change


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


def returned_reversed(seen: TurnRecord) -> TurnRecord:
    return replace(seen, returned=tuple(reversed(seen.returned)))


def last_sent(text: str) -> Change:
    """The last item of the last request says this."""

    def change(seen: TurnRecord) -> TurnRecord:
        request = seen.requests[-1]
        items = (*request.items[:-1], replace(request.items[-1], text=text))
        return replace(seen, requests=(*seen.requests[:-1], replace(request, items=items)))

    return change


MORE = {
    "long_conversations": (
        (1, "Each turn sent all turns before it again", nothing_read),
        (2, "all rows were returned and sent", false.first_not_returned),
        (3, "returned the newest four items", older_returned),
        (3, "The older ones are still stored", false.a_row_is_gone),
        (4, "six were returned", false.first_not_returned),
        (5, "Of that turn, the model was sent only the reply", false.sent_more()),
        (6, "Your name was not sent", false.other_item_sent("My name is Alice")),
        (6, "Every row is still stored", false.a_row_is_gone),
        (6, "was given all items", false.first_not_returned),
        (7, "both runs stored theirs", false.not_stored("system")),
        (8, "None of it is stored", item_kind_added("system")),
        (8, "your name was sent", false.other_texts_sent),
        (9, "The old rows are gone", false.a_row_is_left),
        (9, "followed by the newest turn, whole", false.item_says(1, "Something else")),
        (10, "Your messages stay, word for word", false.first_not_returned),
        (10, "replaces all others", false.last_not_returned),
    ),
    "failures": (
        (1, "The question was stored", false.not_stored("user")),
        (2, "the model was sent both", false.sent_less()),
        (3, "it was sent once", false.sent_more()),
        (4, "the tool was not called again", false.one_more_row),
        (5, "an error occurred", last_sent("Oslo: 4 °C and rain")),
        (6, "the call is not", false.one_more_row),
        (7, "The one that was allowed called the tool", false.asked_once_more),
        (8, "the launch code is a row", false.item_says(0, "Hello")),
        (9, "with what the session returned", false.nothing_returned),
        (10, "was sent the launch code with it", false.other_texts_sent),
        (11, "Pop a question that was blocked", false.sent_more()),
        (12, "kept it out of the session", false.one_more_row),
        (13, "its call and output are stored as a pair", false.not_stored("tool output")),
        (14, "stored nothing", false.one_more_row),
    ),
    "approvals": (
        (1, "The question and the call are already stored", false.not_stored("tool call")),
        (2, "Its output and the reply came after the call", false.not_stored("tool output")),
        (3, "which says that it was not approved", false.item_says(2, "Booked a hotel in Oslo")),
        (3, "the model answered that", false.sent_less()),
        (4, "Everything was closed", false.without_a_restart),
        (5, "did not send it", false.sent_more()),
        (6, "The output was stored after that turn", false.not_stored("tool output")),
        (7, "two outputs for one call", false.not_stored("tool output")),
        (8, "did nothing", false.one_more_row),
        (9, "each has only half", false.not_stored("tool call")),
        (10, "The hotel is booked", last_sent("Tool execution was not approved.")),
        (11, "Its output is stored", false.not_stored("tool output")),
        (12, "answered once", item_kind_added("assistant")),
        (13, "the rows are those of a run that is not streamed", false.not_stored("assistant")),
        (14, "Each session has the rows that it has without a stream", false.one_more_row),
    ),
    "life_cycle": (
        (1, "get_items() gives plain dicts", false.gave(0, "items")),
        (2, "The copy has the same items", false.item_says(0, "My number is 1")),
        (2, "it knows the number", false.other_texts_sent),
        (3, "nothing was stored", false.gave(2, "stored")),
        (4, "the model is sent both", false.sent_less()),
        (5, "get_items() left it out", false.without_cause(Cause.EXPIRED)),
        (5, "the new session can read it", false.gave(0, "read under the new id")),
        (6, "the old rows are on no branch", false.without_cause(Cause.NO_STRUCTURE)),
        (6, "Nothing is lost yet", false.a_row_is_gone),
        (6, "returns the old rows and the new ones", false.gave(2, "SQLiteSession")),
        (7, "on the branch main", false.cell_of("message_structure", "branch_id", "x")),
        (7, "a pop took one", false.gave(0, "left after one pop")),
        (8, "The session without an add for 40 days is gone", false.gave([], "deleted")),
        (9, "still in the bytes", false.gave(0, "times in the bytes")),
        (10, "nowhere in the bytes", false.gave(1, "times in the bytes")),
    ),
    "databases": (
        (1, "made two tables", false.unchanged("agent_sessions")),
        (1, "made two tables", another_table_changed),
        (2, "read both rows", false.nothing_returned),
        (3, "engine_kwargs", false.opened_without_options),
        (4, "its database is empty", runs_read(2)),
        (4, "None of your rows changed", false.another_session_changed),
        (5, "the second was sent the name", false.other_texts_sent),
        (6, "the first read fails", false.with_result("[]")),
        (7, "an emoji takes twelve characters", false.cell_of("agent_messages", "message_data", "Zürich")),
        (8, "share a created_at", one_time_differs),
        (9, "into chat_messages and chat_sessions", another_table_changed),
        (10, "70,000 characters in one row", false.with_result("65535")),
        (11, "No run waited until another had ended", ended_at_once),
        (12, "every row is there", false.a_row_is_gone),
        (13, "reads two of the stored rows", false.last_not_returned),
    ),
    "redis": (
        (1, "Two keys", false.unchanged("keys")),
        (2, "Neither key has a TTL", expires("2999-01-01 00:00:00.000")),
        (3, "ten minutes after this add", expires("2999-01-01 00:00:00.000")),
        (4, "nothing changed", false.another_session_changed),
        (5, "Every add_items() starts the whole TTL again", expires("2999-01-01 00:00:00.000")),
        (6, "expires_at is what it was", expires("2999-01-01 00:00:00.000")),
        (7, "left the expiry as it was", expires("2999-01-01 00:00:00.000")),
        (8, "sales returned nothing", false.something_returned),
        (9, "Nothing was returned", false.something_returned),
        (10, "close() closed nothing", false.nothing_returned),
        (11, "read the same list", false.other_texts_sent),
        (12, "Redis deleted both keys", false.unchanged("keys")),
        (13, "was sent only your question", false.sent_more()),
    ),
    "hosted": (
        (1, "The first was POST /conversations", requests_reversed),
        (2, "the items are sent without ids", exchanged('{"items":[{"id":"x","role":"user","content":"Hi"}]}')),
        (2, "a type, a status and its text as a list", false.rows_store('"status"', '"state"')),
        (3, "order=desc", requests_say("order=desc", "order=asc")),
        (3, "The limit was not sent", requests_say("order=desc", "order=desc&limit=2")),
        (3, "reverses the list", returned_reversed),
        (4, "without an HTTP request", false.something_returned),
        (5, "Reading took three requests", without_the_last_request),
        (6, "Two requests", without_the_last_request),
        (7, "session_id raises ValueError", false.with_result('["conv_1", "conv_1"]')),
        (8, "its id was enough to continue", false.other_texts_sent),
        (9, "The run then made another conversation", without_the_first_post),
        (10, "both raise an error", false.with_result("[]")),
        (11, "Your message stays, word for word", false.item_says(0, "Something else")),
        (11, "replaces the rest", false.last_not_returned),
        (12, "Three runs read with a limit of 2, the fourth without", runs_read(2)),
        (13, "your message is gone", false.something_returned),
    ),
}
