"""Records in which what the steps of Approvals say is false."""

from tests.course import false_records as false

CASES = (
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
    (10, "The hotel is booked", false.last_sent("Tool execution was not approved.")),
    (11, "Its output is stored", false.not_stored("tool output")),
    (12, "answered once", false.item_kind_added("assistant")),
    (13, "the rows are those of a run that is not streamed", false.not_stored("assistant")),
    (14, "Each session has the rows that it has without a stream", false.one_more_row),
)
