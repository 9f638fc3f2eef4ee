"""Records in which what the steps of Memory operations say is false."""

from dataclasses import replace

from lessons.kit.items import Item
from lessons.kit.ledger.cause import Cause
from lessons.kit.records import TurnRecord
from tests.course import false_records as false

OLDEST, OTHER = Item("user", "What's 2 + 2?", 13), Item("assistant", "Something else", 14)


def removed_another_question(seen: TurnRecord) -> TurnRecord:
    """The question that was removed was not the one of the step before."""
    return false.every_line(
        seen,
        lambda line: (
            replace(line, item=false.STRANGER) if line.mark == "removed" and line.item.kind == "user" else line
        ),
    )


def call_not_returned(seen: TurnRecord) -> TurnRecord:
    return false.every_line(
        seen, lambda line: replace(line, returned=False) if line.cause is Cause.OUTPUT_MISSING else line
    )


def call_kept_too(seen: TurnRecord) -> TurnRecord:
    """The call was stored again before its output."""
    number = next(at for at, line in enumerate(seen.ledger.lines) if line.mark == "added")
    call = next(line for line in seen.ledger.lines if line.item.kind == "tool call")
    lines = (*seen.ledger.lines[:number], replace(call, mark="added"), *seen.ledger.lines[number:])
    return replace(seen, ledger=replace(seen.ledger, lines=lines))


def last_row_is_an_item(seen: TurnRecord) -> TurnRecord:
    last = seen.ledger.lines[-1]
    return false.every_line(
        seen, lambda line: replace(line, item=replace(line.item, kind="user")) if line is last else line
    )


def nothing_skipped(seen: TurnRecord) -> TurnRecord:
    """The row that is not JSON was returned too."""
    (skipped,) = [line for line in seen.ledger.lines if line.cause is Cause.UNREADABLE]
    returned = (*seen.returned[:-1], skipped.item, seen.returned[-1])
    seen = false.every_line(seen, lambda line: replace(line, returned=True, cause=None) if line is skipped else line)
    return replace(seen, returned=returned)


HOW_MANY = "How many rows will one question make, and how often will the model be asked"
READ = ("What will get_items() return, and will reading change a row",)
ALL_OF_ONE_ID = "clear_session() deletes all rows of one id"

CASES = (
    (1, ("Two rows", "How many rows does one question make"), false.not_stored("assistant")),
    (1, ("Two rows", "How many rows does one question make"), false.not_stored("user")),
    (1, ("Two rows", "How many rows does one question make"), false.one_more_row),
    (2, ("returns all items", *READ), false.first_not_returned),
    (2, ("returns all items", "get_items() returns the items in stored order"), false.returned_reversed),
    (2, "as a list of dicts", false.with_result('["text"]')),
    (2, ("Reading changes no row", *READ), false.another_session_changed),
    (2, ("Reading changes no row", *READ), false.another_row_is_gone),
    (3, "which item will be returned, the oldest or the newest", false.returned_is(OLDEST)),
    (3, "which item will be returned, the oldest or the newest", false.returned_is(OTHER)),
    (4, "The question was wrong", removed_another_question),
    (4, ("The whole turn was removed", "What has to be removed"), false.still_stored("user")),
    (4, ("The whole turn was removed", "What has to be removed"), false.still_stored("assistant")),
    (4, "Then the model was sent 2 + 3", false.last_sent("What's 2 + 4?")),
    (4, ("Then the model was sent 2 + 3", "What has to be removed"), false.row_and_request_say_two_and_two),
    (5, ("The answer needs a tool", "One question made four rows"), false.not_stored("tool call")),
    (5, ("One question made four rows", HOW_MANY), false.not_stored("tool output")),
    (5, ("The model was asked twice", HOW_MANY), false.asked_once_more),
    (
        6,
        ("Two pops removed the reply and the tool's output", "What will two pops remove"),
        false.still_stored("assistant"),
    ),
    (
        6,
        ("Two pops removed the reply and the tool's output", "What will two pops remove"),
        false.still_stored("tool output"),
    ),
    (6, "Two pops removed the reply and the tool's output", false.a_call_less),
    (6, "The question and the call are still stored", false.gone("tool call")),
    (6, "The question and the call are still stored", false.gone("user")),
    (7, "because its output is missing", false.without_cause(Cause.OUTPUT_MISSING)),
    (7, "The session returned the call", call_not_returned),
    (7, ("the runner left it out", "Will the model be sent it"), false.left_out_was_sent),
    (7, "The session now has a call without its output", false.gone("tool call")),
    (7, "The weather question was sent again", false.not_sent("Oslo")),
    (8, ("undo_turn counted the items", "How many rows does undo_turn have to take back"), false.a_call_less),
    (8, "undo_turn counted the items", false.gave([])),
    (8, "nothing else", false.one_more_call("pop_item")),
    (8, "nothing else", false.a_row_is_gone),
    (8, "the table is as it was before", false.row_says("Rome")),
    (8, "the table is as it was before", false.a_row_is_gone),
    (9, ("items[-2:] kept", "Only the newest two items are kept"), false.rows_of_call("add_items", 3)),
    (9, "Only the newest two items are kept", false.still_stored("user")),
    (9, ("items[-2:] kept", "What will be cut apart"), call_kept_too),
    (9, "items[-2:] kept", false.not_stored("tool output")),
    (9, "The output was sent without its call", false.sent_less()),
    (9, "The output was sent without its call", false.item_sent("tool call")),
    (10, ("add_items stored a row", "The code adds a row that nobody said"), false.not_stored("system")),
    (10, "add_items stores any item, also one with the role system", false.not_stored("system")),
    (10, "The code adds a row that nobody said", false.rows_of_call("add_items", 2)),
    (10, "Will the model use it", false.not_sent("Alice")),
    (11, ("Two items were stored in one batch", "Two items are added by hand"), false.rows_of_call("add_items", 1)),
    (11, "the model was sent them like any others", false.not_sent("I also love hiking")),
    (11, ("the model was sent them like any others", "Can the model tell them"), false.not_sent("Noted: hiking")),
    (12, "No session at all", false.one_more_call("get_items")),
    (12, "No session at all", false.in_session("alice")),
    (12, ("The model was sent the same items", "How can the second run know"), false.sent_less()),
    (12, ("The model was sent the same items", "How can the second run know"), false.other_texts_sent),
    (12, "nothing was stored", false.another_session_changed),
    (13, "Two rows were written into the SQLite file", false.unchanged("agent_messages")),
    (13, "Two rows were written into the SQLite file", false.one_more_call("add_items")),
    (13, "One row is broken JSON, one is JSON and not an item", last_row_is_an_item),
    (13, ("is skipped, without an error", "What will get_items() return, and will there"), nothing_skipped),
    (13, "is skipped", false.without_cause(Cause.UNREADABLE)),
    (13, ("is skipped, without an error", "will there be an error"), false.a_call_raised),
    (13, "is returned", false.last_not_returned),
    (14, ("Other sessions did not change", "Other sessions stay"), false.another_session_changed),
    (14, ("Other sessions did not change", "Other sessions stay"), false.another_row_is_gone),
    (14, ("The row about the session itself is gone too", ALL_OF_ONE_ID), false.unchanged("agent_sessions")),
    (14, "delete besides the rows of the messages", false.unchanged("agent_sessions")),
    (14, ("All rows of this id are gone", ALL_OF_ONE_ID), false.still_stored("user")),
    (14, "also those that could not be read", false.still_stored("unreadable")),
)
