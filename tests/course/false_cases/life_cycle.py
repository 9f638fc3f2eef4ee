"""Records in which what the steps of Life cycle say is false."""

from dataclasses import replace

from lessons.kit.ledger.cause import Cause
from lessons.kit.records import ChangedRow, OpenedSession, TableChanges, TurnRecord
from tests.course import false_records as false
from tests.course.false_records import parts as part


def same_ids(seen: TurnRecord) -> TurnRecord:
    """The rows of the copy have the ids of the original."""
    original = next(table for table in seen.item_changes if table.session_id == "original")
    ids = [row.key for row in original.added]

    def changed(table: TableChanges) -> TableChanges:
        if table.session_id != "copy" or not table.holds_items:
            return table
        rows = [replace(row, key=ids[at % len(ids)]) for at, row in enumerate(table.added)]
        return replace(table, added=tuple(rows))

    return replace(seen, changes=tuple(map(changed, seen.changes)))


def copied_as_they_are(seen: TurnRecord) -> TurnRecord:
    """The rows of the new session are those of the old one, byte for byte."""
    old = next(table for table in seen.item_changes if table.session_id == "sealed")
    tables = [
        replace(table, added=old.added) if table.session_id == "renamed" and table.holds_items else table
        for table in seen.changes
    ]
    return replace(seen, changes=tuple(tables))


def with_a_larger_ttl(seen: TurnRecord) -> TurnRecord:
    return replace(seen, opened=(OpenedSession("sealed", "ttl=86400"), *seen.opened))


def the_unused_rows_are_left(seen: TurnRecord) -> TurnRecord:
    return false.every_line(seen, lambda line: replace(line, mark="added") if line.mark == "removed" else line)


def its_session_row_is_left(seen: TurnRecord) -> TurnRecord:
    row = ChangedRow("unused", None, {"session_id": "unused"})
    return replace(seen, changes=(*seen.changes, TableChanges("agent_sessions", "unused", added=(row,))))


NOT_ENOUGH = "to copy or to open them is not enough"

CASES = (
    (1, ("get_items() gives plain dicts", "What of a session is in an export"), false.gave(0, "items")),
    (1, "a session is JSON in one line", false.gave(0, "characters")),
    (1, "get_items() is the export", part.without_call("get_items")),
    (2, "The copy has the same items", part.item(0, text="My number is 1")),
    (2, "in the same order", part.swapped(0, 1)),
    (2, ("In a table they are rows with other ids", "Will the rows have the same ids"), same_ids),
    (2, "The run sent them", false.sent_less()),
    (2, "the model knows the number", false.other_texts_sent),
    (2, ("The export is added to a new session", "add_items() the import"), part.without_call("add_items", 1)),
    (3, ("One digit was changed", "One digit is changed"), false.gave("", "refused")),
    (3, ("The checksum did not fit", "Will the import notice"), false.gave("another reason", "refused")),
    (3, "nothing was stored", false.gave(2, "stored")),
    (4, ("stores them a second time", "The same export is added twice"), part.lost(2)),
    (4, ("the model is sent both", "What will the model be sent"), false.sent_less()),
    (4, "into a session that has its rows", part.without_call("add_items", 0)),
    (5, "was decrypted under the old id", false.gave(0, "moved")),
    (5, ("encrypted under the new one", NOT_ENOUGH), copied_as_they_are),
    (5, "One is an hour old", part.lost(0)),
    (5, "get_items() left it out", false.without_cause(Cause.EXPIRED)),
    (5, "ttl is 600", with_a_larger_ttl),
    (5, "without an error", part.called("get_items", error="ValueError: no")),
    (5, ("so it was not moved", "Will all items arrive"), false.gave(3, "moved")),
    (6, "The model was sent the question alone", false.sent_more()),
    (6, ("the old rows are on no branch", NOT_ENOUGH), false.without_cause(Cause.NO_STRUCTURE)),
    (6, ("the new class does not return them", "The class was changed"), false.gave(8, "AdvancedSQLiteSession")),
    (6, ("Nothing is lost yet", "Are the old rows lost"), false.a_row_is_gone),
    (6, "returns the old rows and the new ones", false.gave(2, "SQLiteSession")),
    (7, ("The same six items", "The items are added to a new session"), part.called("add_items", rows=5)),
    (7, ("each row is on the branch main", NOT_ENOUGH), false.cell_of("message_structure", "branch_id", "x")),
    (7, ("all were returned", "What is returned"), false.gave(5, "returned")),
    (7, ("a pop took one", "what will one pop delete"), false.gave(0, "left after one pop")),
    (7, "and a pop took one", part.lost(0)),
    (8, "The session without an add for 40 days is gone", false.gave([], "deleted")),
    (8, "for 40 days is gone", its_session_row_is_left),
    (8, "with its rows", the_unused_rows_are_left),
    (8, "Which session is old enough", false.gave(["in_use"], "deleted")),
    (9, ("clear_session() deleted the rows", "clear_session() deletes the rows"), false.gave(1, "rows")),
    (9, "clear_session() deleted", part.without_call("clear_session")),
    (
        9,
        ("still in the bytes", "Is the card number still in the file", "can leave the text in the bytes"),
        false.gave(0, "times in the bytes"),
    ),
    (
        10,
        ("nowhere in the bytes", "What has to be done so that the number is nowhere", "To erase it, write the file"),
        false.gave(1, "times in the bytes"),
    ),
    (10, "The rows were deleted, the file", false.a_row_is_left),
)
