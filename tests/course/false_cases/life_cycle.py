"""Records in which what the steps of Life cycle say is false."""

from lessons.kit.ledger.cause import Cause
from tests.course import false_records as false

CASES = (
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
)
