"""Records in which what the steps of Approvals say is false."""

from lessons.kit.records import TurnRecord
from tests.course import false_records as false
from tests.course.false_records import Change
from tests.course.false_records import parts as part

REJECTED, BOOKED = "Tool execution was not approved.", "Booked a hotel in Oslo"


def opened_once(seen: TurnRecord) -> TurnRecord:
    """The session was not opened again."""
    return part.with_(opened=seen.opened[:1])(seen)


def output_of_another_call(number: int, of: str | None = None) -> Change:
    return part.item(number, of=of, call_id="call_of_another_session")


CASES = (
    (1, "The run ended without a reply", false.gave("Booked.", "reply")),
    (1, ("since a person has to decide", "so a person has to approve its call"), false.gave([], "waiting")),
    (1, "The question and the call are already stored", false.not_stored("user")),
    (
        1,
        ("call are already stored", "What is stored while it waits", "the question and the call are stored"),
        false.not_stored("tool call"),
    ),
    (1, "does not have an output yet", part.one_more("tool output")),
    (2, "The tool ran after the approval", part.item(2, text=REJECTED)),
    (2, "ran after the approval", part.run(0, stored_count=3)),
    (2, "in the same session", part.run(1, session_id="another")),
    (2, "Its output and the reply came", false.not_stored("tool output")),
    (2, ("and the reply came after the call", "in which order will the rows be"), part.swapped(1, 2)),
    (3, ("The tool did not run", "The call is rejected"), part.item(2, text=BOOKED)),
    (3, ("stored an output in its place", "Will it have an output"), false.not_stored("tool output")),
    (3, "which says that it was not approved", part.item(2, text="{}")),
    (3, "the model answered that", false.sent_less()),
    (3, "and the model answered", false.not_stored("assistant")),
    (3, "stored as the output of the call", output_of_another_call(2)),
    (4, ("Everything was closed", "Every handle is dropped"), false.without_a_restart),
    (4, ("closed while the call waited", "while the call waits"), part.restarted_last),
    (4, "Everything was closed while", part.with_(dropped_handles=("asked in chat.db",))),
    (4, ("the run went on from it", "Can the run go on", "goes on from the kept state"), part.run(1, resumed=False)),
    (4, "in a new handle", opened_once),
    (4, ("also after a restart, if you give it the same session",), part.run(1, session_id="another")),
    (5, "stays stored without", false.not_stored("tool call")),
    (5, "without an output", part.one_more("tool output")),
    (5, "The session returned it", false.last_not_returned),
    (
        5,
        ("the next run did not send it", "Will the model be sent the call", "the next run leaves the call out"),
        part.kinds_sent("user", "tool call", "user"),
    ),
    (5, "Nobody decides", part.run(1, resumed=True)),
    (5, "and the next question comes", part.without_run(1)),
    (6, ("Another turn came in between", "one turn late"), part.without_run(1)),
    (6, ("The output was stored after that turn", "Where among the rows"), part.swapped(2, 4)),
    (6, "the reply to the first question is now the newest row", part.swapped(3, 5)),
    (7, ("Each time the run went on", "The button is pressed twice"), part.without_run(2)),
    (7, ("from the same kept text", "The button was pressed twice"), part.run(2, resumed=False)),
    (7, ("two bookings", "How many bookings"), part.item(4, text=REJECTED)),
    (7, "two outputs for one call", output_of_another_call(4)),
    (7, "two replies", part.lost(5)),
    (7, "can be used twice", part.lost(4)),
    (8, "a call that has an output", part.returned_kinds("user", "tool call")),
    (8, "The second attempt saw it", false.with_result('"Booked."')),
    (8, ("did nothing", "do nothing"), part.one_more("tool output")),
    (8, ("and did nothing", "press do nothing"), false.asked_once_more),
    (9, "No error", part.called("get_items", error="ValueError: no")),
    (9, "the hotel is booked", part.item(0, of="decided_there", text=REJECTED)),
    (9, ("The call is in one session", "Where will the output be stored"), part.one_more("tool output")),
    (9, "its output in the other", part.lost(0, of="decided_there")),
    (9, "each has only half", output_of_another_call(0, "decided_there")),
    (9, "goes on with another session", part.run(1, session_id="asked_here")),
    (10, ("session= was forgotten", "session= is forgotten"), part.run(1, session_id="forgotten")),
    (10, "The hotel is booked", false.last_sent(REJECTED)),
    (10, "the reply was given", part.with_(reply=None)),
    (10, ("neither is stored", "What will be stored"), part.one_more("assistant")),
    (10, "still has a call that waits", part.one_more("tool output")),
    (11, ("Two calls waited", "Two calls wait,"), part.lost(2)),
    (11, ("and one was approved", "and one is approved"), part.item(3, text=REJECTED)),
    (11, "Its output is stored", part.lost(3)),
    (11, "Its output is", part.item(3, call_id="call_of_another_session")),
    (11, ("stopped again without a reply", "What will the run do"), false.gave("Booked.", "reply")),
    (11, "The approved call is done", part.item(3, text=REJECTED)),
    (11, "whatever is decided about the other", false.gave(0, "still waiting")),
    (12, ("Each call has its own output", "How many outputs"), output_of_another_call(4)),
    (12, ("the one of the tool", "One call is approved"), part.item(3, text=REJECTED)),
    (12, ("the other of the SDK", "the other rejected"), part.item(4, text=BOOKED)),
    (12, "The model was sent both", part.kinds_sent("user", "tool call", "tool call", "tool output")),
    (12, "answered once", part.one_more("assistant")),
    (13, ("The same with a stream: it", "The same with a stream."), part.run(0, kind="run")),
    (13, "it ends where the call waits", part.run(0, stored_count=4)),
    (13, ("the rows are those of a run that is not streamed", "be different"), false.not_stored("assistant")),
    (14, ("ignored and then late", "Late, twice, on another session"), part.swapped(2, 4)),
    (14, ("late, twice, in two halves", "Will any row be different"), part.lost(4, of="streamed_twice")),
    (14, "in two halves", part.one_more("tool output", of="streamed_here")),
    (14, "one of two calls that still waits", part.one_more("tool output", of="streamed_one")),
    (14, ("and not what is stored",), part.lost(5, of="streamed_twice")),
    (14, ("streaming changes", "all streamed"), part.run(8, kind="run")),
)
