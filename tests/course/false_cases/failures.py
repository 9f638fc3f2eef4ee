"""Records in which what the steps of When a run fails say is false."""

from dataclasses import replace

from lessons.kit.records import TurnRecord
from lessons.kit.sdk_version import since
from tests.course import false_records as false
from tests.course.false_records import parts as part

FAILED = "An error occurred while running the tool"
WHICH = "no weather today"
TOOL_OUTPUT = "Oslo: 4 °C and rain"
ended_well = false.with_result('"reply: It rains."')


def nothing_returned(seen: TurnRecord) -> TurnRecord:
    return replace(seen, returned=())


CASES = (
    (
        1,
        ("The question was stored before", "is stored before the model is asked, and stays", "A question stays stored"),
        false.not_stored("user"),
    ),
    (1, "so it stays although the run failed", ended_well),
    (1, "The connection breaks while the model answers", false.with_result("null")),
    (1, "What will be stored?", part.one_more("assistant")),
    (2, "Nothing removes a question", part.lost(0)),
    (2, "sends it, unless a limit", false.sent_less()),
    (
        2,
        ("was stored a second time", "How often will it be stored", "sending it again stores it twice"),
        part.lost(1),
    ),
    (2, "the model was sent both", false.sent_less()),
    (2, "The run failed, and you send the same", part.one_more("assistant")),
    (3, "ask_again saw that the question was stored", part.without_call("get_items", 1)),
    (3, "ask_again saw", nothing_returned),
    (
        3,
        ("with no new input: [] instead", "without storing the question twice", "goes on from what is stored"),
        part.one_more("user"),
    ),
    (3, "The session returned it", nothing_returned),
    (3, "it was sent once", false.sent_more()),
    (4, "The answer after the tool was lost", part.without_run(1)),
    (4, ("the call and its output were stored", "The tool has answered, then"), part.lost(2)),
    (4, "The run went on from there", part.kinds_sent("user")),
    (4, ("the tool was not called again", "Will the tool be called again"), part.one_more("tool call")),
    (4, "No tool that has answered is called again", part.one_more("tool output")),
    (5, ("is an error message of the SDK", "A tool raises an exception"), part.item(2, text=TOOL_OUTPUT)),
    (5, ("The run goes on", "Will the run end"), part.lost(3)),
    (5, "the model is told that an error occurred", false.last_sent(TOOL_OUTPUT)),
    (5, "it is not told which", false.last_sent(since((0, 23), f"{FAILED} {WHICH}", before=FAILED))),
    (6, ("the exception ends the run", "The same tool, with"), ended_well),
    (6, ("Only the question is stored", "What will be stored?"), part.one_more("tool call")),
    (7, ("The one that was allowed called the tool", "the tool needs two"), part.lost(1)),
    (7, "One request is allowed", false.asked_once_more),
    (7, "What will be stored when the run stops", part.one_more("assistant")),
    (8, "before the model was asked, so it stays", part.lost(0)),
    (8, ("it stopped the run before the model was asked", "A guardrail blocks the question"), part.asked),
    (8, ("In both cases the question is stored", "Is the question stored?"), part.lost(0)),
    (8, "the launch code is a row", part.item(0, text="Hello")),
    (9, "with what the session returned", nothing_returned),
    (
        9,
        ("It found the launch code of the first question", "The blocked question is a row"),
        part.item(0, text="Hello"),
    ),
    (9, ("blocked the second one too", "What will happen to the next"), ended_well),
    (9, "blocked the second one too", part.item(1, text="My launch code is 0000")),
    (9, ("no question of this session is answered any more", "can block every later run"), part.asked),
    (9, "A blocked question is stored too", part.lost(0)),
    (10, ("looks at the newest item only, so the second", "looks at the newest item only."), part.lost(2)),
    (10, ("The model was sent the launch code with it", "What will the model be sent"), false.other_texts_sent),
    (10, "as history", nothing_returned),
    (11, ("Pop a question that was blocked", "How do you get rid"), false.sent_more()),
    (11, ("Pop a question", "Take it back with pop_item()"), part.without_call("pop_item")),
    (12, "The model had already answered", part.not_asked),
    (12, "The answer is blocked after the model gave it", ended_well),
    (12, ("kept it out of the session", "What will be stored?"), part.one_more("assistant")),
    (12, "The question is stored, and will be sent again", part.lost(0)),
    (13, ("its call and output are stored as a pair", "Will the call have its output"), part.lost(2)),
    (13, ("lets the round finish", "The run is cancelled after the tool"), ended_well),
    (13, "A question stays stored when its run fails or is stopped", part.lost(0)),
    (14, "ask_again saw the question and its answer", part.without_call("get_items")),
    (14, "saw the question and its answer in the session", nothing_returned),
    (14, ("it asked nothing", "A client sends a request twice"), false.asked_once_more),
    (14, ("stored nothing", "Will the question be stored twice"), part.one_more("user")),
)
