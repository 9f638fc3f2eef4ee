"""Records in which what the steps of Long conversations say is false."""

from dataclasses import replace

from lessons.kit.records import TurnRecord
from tests.course import false_records as false


def older_returned(seen: TurnRecord) -> TurnRecord:
    """The first row was returned, and not the newest."""
    first = seen.ledger.lines[0]
    return false.every_line(seen, lambda line: replace(line, returned=True) if line is first else line)


CASES = (
    (1, "Each turn sent all turns before it again", false.runs_read(0)),
    (2, "all rows were returned and sent", false.first_not_returned),
    (3, "returned the newest four items", older_returned),
    (3, "The older ones are still stored", false.a_row_is_gone),
    (4, "six were returned", false.first_not_returned),
    (5, "Of that turn, the model was sent only the reply", false.sent_more()),
    (6, "Your name was not sent", false.other_item_sent("My name is Alice")),
    (6, "Every row is still stored", false.a_row_is_gone),
    (6, "was given all items", false.first_not_returned),
    (7, "both runs stored theirs", false.not_stored("system")),
    (8, "None of it is stored", false.item_kind_added("system")),
    (8, "your name was sent", false.other_texts_sent),
    (9, "The old rows are gone", false.a_row_is_left),
    (9, "followed by the newest turn, whole", false.item_says(1, "Something else")),
    (10, "Your messages stay, word for word", false.first_not_returned),
    (10, "replaces all others", false.last_not_returned),
)
