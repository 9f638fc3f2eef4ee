"""Records in which what the steps of Basic sessions say is false."""

from dataclasses import replace

from lessons.kit.records import TurnRecord
from tests.course import false_records as false
from tests.course.false_records import Change
from tests.course.false_records import parts as part


def left(how: str, count: int) -> Change:
    """The session of this id has `count` rows in the end: the step added them, and they were returned."""

    def change(seen: TurnRecord) -> TurnRecord:
        (table,) = [one for one in seen.item_changes if one.session_id == how]
        more = [replace(table.added[-1], key=90 + number) for number in range(count)]
        tables = tuple(replace(one, added=(*one.added, *more)[:count]) if one is table else one for one in seen.changes)
        return false.gave(count, how, "in the end")(replace(seen, changes=tables))

    return change


def stored_now(seen: TurnRecord) -> TurnRecord:
    """The rows that were returned were added by this step, under new keys."""
    return false.every_line(seen, lambda line: replace(line, mark="added") if line.returned else line)


OLD, NEW = "Reply in one or two short sentences.", "You are a librarian. Reply in one sentence."
READ = "A run with a session reads its rows, sends them before your message, and stores your message and the reply"
NO_MEMORY = "A wrong id or no session gives no error and no memory"
TOLD = "How many items will the model be sent, and how many rows will there be afterwards"
WITH_THE_SAME_IDS = ("The rows were still there, with the same ids", "Will the rows still be there, with the same ids")

CASES = (
    (1, ("The session is empty.", "The session was empty"), false.something_returned),
    (1, ("The session is empty.", "The session was empty"), false.not_read),
    (1, ("sent one item: your message", TOLD), false.sent_more()),
    (1, "sent one item: your message", false.last_sent("Something else")),
    (1, ("stored your message as one row", READ), false.not_stored("user")),
    (1, ("the reply as another", TOLD, READ), false.not_stored("assistant")),
    (1, ("the reply as another", TOLD), false.one_more_row),
    (2, ("The runner read the old rows", READ), false.nothing_returned),
    (2, ("sent all of them", "your question alone, or more"), false.sent_less()),
    (2, "sent all of them", false.other_texts_sent),
    (2, ("put them before your question", READ), false.sent_first),
    (3, "Both sessions stored a message and a reply", false.not_stored("user")),
    (3, "Both sessions stored a message and a reply", false.not_stored("assistant")),
    (3, ("the file still had them", "What is left of each after close()"), false.gave(0, "items from the file")),
    (3, ("the file still had them", "What is left of each after close()"), false.gave(1, "items from the file")),
    (3, ("memory was empty", "Rows in memory are gone"), false.gave(2, "items from memory")),
    (4, "No session call was made", false.one_more_call("get_items")),
    (4, "No session call was made", false.something_returned),
    (4, ("your question alone", "Will the model know your name", NO_MEMORY), false.other_item_sent("My name is Alice")),
    (4, "no row was stored", false.another_session_changed),
    (4, "The rows are still stored", false.another_row_is_gone),
    (5, "The same store, another id", false.in_session("alice")),
    (5, ('get_items() of "bob" returned nothing', 'What will get_items() of "bob" return'), false.something_returned),
    (5, ("A session is found by its store and its id", NO_MEMORY), false.something_returned),
    (5, ("Alice's rows were not sent", "A wrong id looks the same"), false.other_item_sent("My name is Alice")),
    (5, ("A wrong id looks the same", NO_MEMORY), false.a_call_raised),
    (6, ("closed every open session", "Every handle is dropped"), false.without_a_restart),
    (6, "opened the same store again", false.not_opened),
    (6, (*WITH_THE_SAME_IDS, "Rows in a file outlive the process"), false.nothing_returned),
    (6, WITH_THE_SAME_IDS, false.a_row_is_gone),
    (6, WITH_THE_SAME_IDS, stored_now),
    (6, "and were sent", false.sent_less()),
    (7, "You tell the first one your name", false.last_sent("Hello")),
    (
        7,
        ("the second object returned the rows of the first", "the second one return"),
        false.gave(0, "second object, file"),
    ),
    (7, ("In memory, it returned nothing", "the second one return"), false.gave(2, "second object, memory")),
    (7, "A session is found by its store and its id", false.gave(2, "second object, memory")),
    (8, "The model was sent the old rows", false.sent_less()),
    (8, ("the new instructions", "The agent gets new instructions"), false.with_instructions(OLD)),
    (8, ("Will the model still be sent the old ones", "each run sends"), false.with_instructions(f"{OLD} {NEW}")),
    (8, "No row has instructions in it", false.row_says(OLD)),
    (8, "No row has instructions in it", false.row_says(NEW)),
    (9, ("run_sync returns when the run has ended", "run_sync needs no await"), false.a_run_less),
    (9, ("run_sync returns when the run has ended", "run_sync needs no await"), part.run(0, kind="run_streamed")),
    (9, ("What is sent and stored is the same", "or other rows be stored"), false.not_stored("assistant")),
    (9, ("What is sent and stored is the same", "or other rows be stored"), false.one_more_row),
    (9, ("What is sent and stored is the same", "Will the model be sent anything else"), false.sent_less()),
    (9, ("What is sent and stored is the same", "Will the model be sent anything else"), false.sent_more()),
    (10, ("When will it be a row", READ), false.not_stored("assistant")),
    (10, READ, false.not_stored("user")),
    (10, READ, false.nothing_returned),
    (10, READ, false.sent_less()),
    (10, READ, false.sent_first),
    (11, ("Three ways out at the first word", "in three ways"), false.a_run_less),
    (11, "break stops nothing", left("break", 1)),
    (11, ("so only your message is stored", "In which of them will the reply be stored"), left("cancel", 2)),
    (11, "cancel() stopped the run", false.ended_by_itself),
    (11, "and the reply is stored", left("after_turn", 1)),
)
