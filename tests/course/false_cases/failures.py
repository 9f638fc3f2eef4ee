"""Records in which what the steps of When a run fails say is false."""

from tests.course import false_records as false

CASES = (
    (1, "The question was stored", false.not_stored("user")),
    (2, "the model was sent both", false.sent_less()),
    (3, "it was sent once", false.sent_more()),
    (4, "the tool was not called again", false.one_more_row),
    (5, "an error occurred", false.last_sent("Oslo: 4 °C and rain")),
    (6, "the call is not", false.one_more_row),
    (7, "The one that was allowed called the tool", false.asked_once_more),
    (8, "the launch code is a row", false.item_says(0, "Hello")),
    (9, "with what the session returned", false.nothing_returned),
    (10, "was sent the launch code with it", false.other_texts_sent),
    (11, "Pop a question that was blocked", false.sent_more()),
    (12, "kept it out of the session", false.one_more_row),
    (13, "its call and output are stored as a pair", false.not_stored("tool output")),
    (14, "stored nothing", false.one_more_row),
)
