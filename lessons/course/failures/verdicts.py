"""What the steps of When a run fails have to show: one verdict for each step, by the name of its code."""

from lessons.course.failures.evidence import TOOL_ROUND, added, asked_once, failed_with, texts
from lessons.frame.evidence import did, without_thoughts
from lessons.kit.records import TurnRecord
from lessons.kit.sdk_version import since


def lose_the_connection(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in connection_lost: What's 2 + 2?"]
        and failed_with(seen, "ConnectionError")
        and added(seen) == ["user"]
        and seen.sent_kinds == ["user"]
    )


def send_the_same_again(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in sent_twice: What's 3 + 3?", "run in sent_twice: What's 3 + 3?"]
        and without_thoughts(added(seen)) == ["user", "user", "assistant"]
        and [item.text for item in seen.sent] == ["What's 3 + 3?"] * 2
    )


def go_on_from_what_is_stored(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in asked_once: What's 4 + 4?",
            "get_items(limit=1000000000) of asked_once",
            "get_items(limit=1000000000) of asked_once",
            "run in asked_once: What's 4 + 4?",
        ]
        and asked_once(seen)
        and without_thoughts(added(seen)) == ["user", "assistant"]
        and seen.returned_kinds == seen.sent_kinds == ["user"]
    )


def go_on_after_a_tool(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in goes_on: What's the weather in Oslo?",
            "get_items(limit=1000000000) of goes_on",
            "get_items(limit=1000000000) of goes_on",
            "run in goes_on: What's the weather in Oslo?",
        ]
        and without_thoughts(added(seen)) == [*TOOL_ROUND, "assistant"]
        and without_thoughts(seen.sent_kinds) == TOOL_ROUND
    )


def a_tool_fails(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in tool_fails: What's the weather in Oslo?"]
        and without_thoughts(added(seen)) == [*TOOL_ROUND, "assistant"]
        and all("An error occurred while running the tool" in text for text in texts(seen, "tool output"))
        and seen.was_sent("An error occurred while running the tool")
        and seen.was_sent("no weather today") == since((0, 23), False, before=True)
    )


def a_tool_raises(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in tool_raises: What's the weather in Oslo?"]
        and failed_with(seen, "UserError: Error running tool get_weather: no weather today")
        and added(seen) == ["user"]
        and len(seen.requests) == 1
    )


def too_many_turns(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in out_of_turns: What's the weather in Oslo?"]
        and failed_with(seen, "MaxTurnsExceeded")
        and without_thoughts(added(seen)) == TOOL_ROUND
        and len(seen.requests) == 1
    )


def block_a_question(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in blocked"]
        and failed_with(seen, "GuardrailTripwireTriggered")
        and added(seen) == ["user"]
        and "launch code" in seen.ledger.lines[-1].item.text
        and not seen.requests
    )


def ask_after_a_blocked_question(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in blocked_for_good", "run in blocked_for_good"]
        and failed_with(seen, "GuardrailTripwireTriggered")
        and ["launch code" in text for text in texts(seen, "user")] == [True, False]
        and added(seen) == ["user", "user"]
        and seen.returned_kinds == ["user"]
        and not seen.requests
    )


def look_at_the_newest_only(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in sent_after_all", "run in sent_after_all: What's 5 + 5?"]
        and seen.returned_kinds == ["user"]
        and seen.sent_kinds == ["user", "user"]
        and "launch code" in seen.sent[0].text
        and "5 + 5" in seen.sent[1].text
        and added(seen)[-1] == "assistant"
    )


def take_the_blocked_question_back(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in taken_back",
            "get_items(limit=1000000000) of taken_back",
            "pop_item() of taken_back",
            "run in taken_back: What's 6 + 6?",
        ]
        and "pop_item" in seen.called
        and not seen.was_sent("launch code")
        and seen.sent_kinds == ["user"]
        and without_thoughts(added(seen)) == ["user", "assistant"]
    )


def block_an_answer(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in answer_blocked: What's 7 + 7?"]
        and failed_with(seen, "GuardrailTripwireTriggered")
        and added(seen) == ["user"]
        and len(seen.requests) == 1
    )


def stop_after_the_tool(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run_streamed in stopped: What's the weather in Oslo?"]
        and failed_with(seen, "reply: None")
        and without_thoughts(added(seen)) == TOOL_ROUND
        and len(seen.requests) == 1
    )


def retry_a_request(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in retried: What's 8 + 8?",
            "get_items(limit=1000000000) of retried",
            "get_items(limit=1000000000) of retried",
        ]
        and asked_once(seen)
        and seen.returned_kinds == added(seen)
        and len(seen.requests) == 1
        and seen.called.count("get_items") >= 2
    )
