"""Records in which what the steps of Memory operations say is false."""

from lessons.kit.ledger.cause import Cause
from tests.course import false_records as false

CASES = (
    (1, "Two rows", false.not_stored("assistant")),
    (1, "Two rows", false.one_more_row),
    (2, "returns all items", false.first_not_returned),
    (2, "as a list of dicts", false.with_result('["text"]')),
    (2, "Reading changes no row", false.another_session_changed),
    (3, "which item will be returned, the oldest or the newest", false.something_returned),
    (4, "Then the model was sent 2 + 3", false.row_and_request_say_two_and_two),
    (5, "The model was asked twice", false.asked_once_more),
    (5, "One question made four rows", false.not_stored("tool output")),
    (6, "The question and the call are still stored", false.a_row_is_gone),
    (7, "because its output is missing", false.without_cause(Cause.OUTPUT_MISSING)),
    (7, "The session now has a call without its output", false.a_row_is_gone),
    (7, "The weather question was sent again", false.other_texts_sent),
    (8, "popped that many", false.gave([])),
    (8, "the table is as it was before", false.a_row_is_gone),
    (9, "The output was sent without its call", false.sent_less()),
    (9, "kept the tool's output and the reply", false.a_row_is_gone),
    (10, "add_items stored a row that nobody said", false.not_stored("system")),
    (10, "Will the model use it", false.other_texts_sent),
    (11, "the model was sent them", false.other_texts_sent),
    (12, "The model was sent the same items", false.sent_less()),
    (12, "nothing was stored", false.another_session_changed),
    (13, "is skipped", false.without_cause(Cause.UNREADABLE)),
    (13, "without an error", false.a_call_raised),
    (13, "is returned", false.last_not_returned),
    (14, "Other sessions did not change", false.another_session_changed),
    (14, "The row about the session itself is gone too", false.unchanged("agent_sessions")),
    (14, "All rows of this id are gone", false.a_row_is_left),
)
