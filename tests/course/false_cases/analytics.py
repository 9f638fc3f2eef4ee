"""Records in which what the steps of Analytics say is false."""

import json
from dataclasses import replace

from lessons.kit.ledger.cause import Cause
from lessons.kit.records import ChangedRow, TableChanges, TurnRecord
from lessons.kit.row_ref import RowRef
from tests.course import false_records as false
from tests.course.false_records import Change
from tests.course.false_records import parts as part


def row_more(table: str, mark: str = "added", **cells: str) -> Change:
    """The turn added one more row to the table, or removed one."""

    def change(seen: TurnRecord) -> TurnRecord:
        row = ChangedRow(99, None, cells) if mark == "added" else ChangedRow(99, cells, None)
        return replace(seen, changes=(*seen.changes, TableChanges(table, "alice", **{mark: (row,)})))

    return change


def row_less(table: str) -> Change:
    """The turn did not add the last of its rows to the table."""
    return lambda seen: replace(
        seen,
        changes=tuple(replace(one, added=one.added[:-1]) if one.table == table else one for one in seen.changes),
    )


def copied(seen: TurnRecord) -> TurnRecord:
    """A message was copied."""
    row = ChangedRow(99, None, {"message_data": "{}"}, RowRef("advanced_sqlite", "alice", 99))
    return replace(seen, changes=(*seen.changes, TableChanges("agent_messages", "alice", added=(row,))))


def current_is(name: str, *path: str) -> Change:
    """This branch is the current one in the list that the code returned, or in the list at this place of its result."""

    def change(seen: TurnRecord) -> TurnRecord:
        listed = json.loads(seen.result or "null")
        for one in path:
            listed = listed[one]
        return false.gave([{**branch, "is_current": branch["branch_id"] == name} for branch in listed], *path)(seen)

    return change


USAGE = ("A turn is stored with its usage", "Into which tables will they go", "store_run_usage added the row")
STRUCTURE = ("Each message has a row in message_structure", "Into which tables will they go")
AGAIN = ("the first turn was sent again", "Turn 2 sends turn 1 again")
MORE_TOKENS = ("with more input tokens", "Will its usage say so")
TWO_REQUESTS = ("One turn, two requests", "One question, two requests")
SUM = ("turn_usage holds the sum of both", "How many rows of usage will that make")
ONLY_IF = ("and nothing in turn_usage", "What will be stored, and what not", "Usage is stored only if you call")
FOUR = ("Four turns, and the usage of three", "Four turns were run, and one without its usage")
GROWS = ("Each cost more input than the one before", "so its input grows")
TOTAL = ("The total counts the stored ones only", "What will the total be")
BEFORE_TURN_2 = (
    "The branch includes what was said before turn 2, but not turn 2",
    "A branch from turn 2 includes what was said before turn 2",
    "which turns will be on it",
)
NOT_COPIED = ("No message was copied", "A branch copies no message", "will messages be copied")
ON_THE_BRANCH = ("The model was sent turn 1 and your question", "which rows will the model be sent")
ON_MAIN = "The rows of turns 2 to 4 are on main, and were not returned"
NO_ROW = ("No row was changed", "which rows of the tables will have changed")
FOUND = ("WEATHER was found in turn 3", "Which turn will be found for WEATHER")
FORCE = ("only with force=True", "Can the branch that you are on be deleted")
GONE = ("own messages and usage are gone", "what will be gone with it", "deletes the rows that are on no other branch")
TWICE = (
    "every message is stored twice",
    "How often will each message be stored",
    "The conversation is copied to a second id",
)
ON_DATA_SCIENCE = ("The session was on data_science", "You were on a branch, and every handle is dropped")
ON_MAIN_AGAIN = (
    "After the restart a new object reads main",
    "On which branch will a new object be",
    "A new handle starts on main",
    "The current branch is known only to the session object",
)
NO_ROWS = ("so the branch has no rows", "Nothing was said before turn 1.", "Which rows will a branch from there have")
USED = ("No: the name rome was used", "Can the name be used again")
ALL_BRANCHES = ("it returns the rows of all of them", "How many conversations will it return", "opens the same file")
OLD_ROWS = ("SQLiteSession stored these rows, so", "SQLiteSession stored these rows earlier")
NONE_OF_THEM = ("returns none of them", "What will AdvancedSQLiteSession return of them")
ONE_POP = ("the old rows were deleted too", "how many rows will it delete")

CASES = (
    (1, STRUCTURE, false.unchanged("message_structure")),
    (1, STRUCTURE, row_less("message_structure")),
    (1, "names its branch", false.cell_of("message_structure", "branch_id", "x")),
    (1, "and turn", false.cell_of("message_structure", "user_turn_number", "2")),
    (1, USAGE, false.unchanged("turn_usage")),
    (1, USAGE, false.cell_of("turn_usage", "requests", "2")),
    (1, "what the run cost", false.cell_of("turn_usage", "input_tokens", "1")),
    (1, "store_run_usage added the row", part.without_call("store_run_usage")),
    (2, "Turn 2 has its own row", false.cell_of("turn_usage", "user_turn_number", "1")),
    (2, "Turn 2 has its own row", false.unchanged("turn_usage")),
    (2, AGAIN, false.sent_less()),
    (2, AGAIN, false.not_sent("Tell me about Python")),
    (2, MORE_TOKENS, false.cell_of("turn_usage", "input_tokens", "21")),
    (3, TWO_REQUESTS, part.not_asked),
    (3, TWO_REQUESTS, false.cell_of("turn_usage", "requests", "1")),
    (3, "asked again with the tool's output", part.kinds_sent("user", "tool call")),
    (3, SUM, row_more("turn_usage", user_turn_number="3")),
    (3, SUM, false.cell_of("turn_usage", "input_tokens", "1")),
    (4, "store_run_usage() is not called this time", false.one_more_call("store_run_usage")),
    (4, ("the rows are stored", "What will be stored, and what not"), false.not_stored("assistant")),
    (4, ONLY_IF, row_more("turn_usage", user_turn_number="4")),
    (5, FOUR, false.gave(3, "turns")),
    (5, FOUR, false.gave([], "usage of each turn")),
    (5, (*GROWS, "with more input tokens"), false.gave(0, "usage of each turn", 2, "input_tokens")),
    (5, (*GROWS, "with more input tokens"), false.gave(21, "usage of each turn", 1, "input_tokens")),
    (5, TOTAL, false.gave(1, "of the session", "input_tokens")),
    (5, TOTAL, false.gave(4, "of the session", "total_turns")),
    (6, BEFORE_TURN_2, false.cell_of("message_structure", "user_turn_number", "2")),
    (6, BEFORE_TURN_2, row_more("message_structure", message_id="3", branch_id="data_science", user_turn_number="1")),
    (6, BEFORE_TURN_2, row_less("message_structure")),
    (6, NOT_COPIED, copied),
    (6, NOT_COPIED, false.cell_of("message_structure", "message_id", "99")),
    (7, ON_THE_BRANCH, false.sent_less()),
    (7, ON_THE_BRANCH, false.other_item_sent("What are the best web frameworks?")),
    (7, ON_THE_BRANCH, false.not_sent("Tell me about Python")),
    (7, ON_MAIN, false.without_cause(Cause.OTHER_BRANCH)),
    (7, ON_MAIN, part.run(0, read=10)),
    (7, "The branch is now the current one", false.cell_of("message_structure", "branch_id", "main")),
    (7, "The usage is stored for the branch", false.cell_of("turn_usage", "branch_id", "main")),
    (8, "Two branches", false.gave([], "before")),
    (8, "is_current moved to main", current_is("data_science", "after")),
    (8, "is_current moved to main", current_is("main", "before")),
    (8, NO_ROW, false.another_session_changed),
    (9, FOUND, false.cell_of("message_structure", "user_turn_number", "4")),
    (9, FOUND, false.other_item_sent("What's the weather in Oslo?")),
    (9, ("the branch includes turns 1 and 2", "what will the branch include"), false.not_sent("Tell me about Python")),
    (9, ("the branch includes turns 1 and 2", "what will the branch include"), false.not_sent("web frameworks")),
    (9, "A branch was called rome", part.called("create_branch_from_content", arguments="search_term='WEATHER'")),
    (10, FORCE, false.gave("it was not refused", "without force")),
    (10, FORCE, part.called("delete_branch", arguments="branch_id='rome'")),
    (10, "Then main is current", current_is("data_science", "left")),
    (10, GONE, false.unchanged("turn_usage")),
    (10, GONE, false.unchanged("agent_messages")),
    (10, GONE, false.still_stored("assistant")),
    (10, "Those that it shared with main are still there", false.a_row_is_gone),
    (10, "It stays in branch_reservations", row_more("branch_reservations", "removed", branch_id="rome")),
    (11, TWICE, part.lost(3, of="alice_copy")),
    (11, TWICE, part.item(3, of="alice_copy", text="Something else")),
    (11, (*TWICE, "with a new session id"), false.cell_of("agent_messages", "session_id", "alice")),
    (11, ("The usage is not copied", "and its usage"), false.gave({"requests": 5}, "usage of the copy")),
    (12, ON_DATA_SCIENCE, part.called("switch_to_branch", arguments="branch_id='main'")),
    (12, ("every handle is dropped", "After the restart"), false.without_a_restart),
    (12, ON_MAIN_AGAIN, current_is("data_science")),
    (12, ON_MAIN_AGAIN, part.restarted_last),
    (13, NO_ROWS, row_more("message_structure", branch_id="from_scratch")),
    (13, "the list shows no current branch", current_is("main", "listed")),
    (13, "After you leave it, it does not exist", false.gave("it was not refused", "and back")),
    (13, "A branch that never had rows keeps its name too", false.unchanged("branch_reservations")),
    (14, USED, false.gave("it was not refused")),
    (14, USED, row_more("branch_reservations", branch_id="rome")),
    (15, ALL_BRANCHES, false.gave(11, "SQLiteSession")),
    (15, ALL_BRANCHES, false.gave(12, "AdvancedSQLiteSession")),
    (16, OLD_ROWS, false.unchanged("agent_messages")),
    (16, OLD_ROWS, false.one_more_call("add_items", "old_chat")),
    (16, "message_structure has no rows for them", row_more("message_structure", message_id="27")),
    (16, NONE_OF_THEM, false.something_returned),
    (17, ONE_POP, false.gave(2, "rows after")),
    (17, "One new message", false.gave(4, "rows")),
    (17, "one pop to remove it", false.gave({"content": "Hello, Alice."}, "popped")),
    (17, "This was a copy of the file", false.another_session_changed),
)
