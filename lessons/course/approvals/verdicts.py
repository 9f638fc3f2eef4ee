"""What the steps of Approvals have to show: one verdict for each step, by the name of its code."""

from lessons.course.approvals.evidence import (
    DECIDED,
    WAITING,
    answered,
    booked,
    outputs,
    rows_of,
    says,
    stored_by_runs,
)
from lessons.frame.evidence import did, without_an_error, without_thoughts
from lessons.kit.items import TEXT_LIMIT
from lessons.kit.records import TurnRecord


def ask_for_a_booking(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in asked: Book a hotel in Oslo"]
        and rows_of(seen) == WAITING
        and len(seen.requests) == 1
        and says(seen, '"reply": null', "book_hotel(")
    )


def approve_it(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in approved: Book a hotel in Oslo", "run in approved, resumed"]
        and stored_by_runs(seen) == [2, 2]
        and rows_of(seen) == DECIDED
        and answered(seen) == [1]
        and booked(outputs(seen))
        and len(seen.requests) == 2
    )


def reject_it(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in rejected: Book a hotel in Oslo", "run in rejected, resumed"]
        and rows_of(seen) == DECIDED
        and ["not approved" in text for text in outputs(seen)] == [True]
        and answered(seen) == [1]
        and without_thoughts(seen.sent_kinds) == [*WAITING, "tool output"]
        and seen.was_sent("not approved")
    )


def approve_after_a_restart(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in restarted: Book a hotel in Oslo", "restart", "run in restarted, resumed"]
        and any(name.startswith("restarted") for name in seen.dropped_handles or ())
        and [one.session_id for one in seen.opened] == ["restarted", "restarted"]
        and rows_of(seen) == DECIDED
        and answered(seen) == [1]
        and booked(outputs(seen))
    )


def ignore_it(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in ignored: Book a hotel in Oslo", "run in ignored: What's 2 + 2?"]
        and rows_of(seen) == [*WAITING, "user", "assistant"]
        and without_thoughts(seen.returned_kinds) == WAITING
        and without_thoughts(seen.sent_kinds) == ["user", "user"]
    )


def approve_it_late(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in late: Book a hotel in Oslo", "run in late: What's 2 + 2?", "run in late, resumed"]
        and rows_of(seen) == [*WAITING, "user", "assistant", "tool output", "assistant"]
        and answered(seen) == [1]
        and booked(outputs(seen))
        and seen.ledger.lines[-1].item.text == (seen.reply or "")[:TEXT_LIMIT]
    )


def approve_it_twice(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in twice: Book a hotel in Oslo", "run in twice, resumed", "run in twice, resumed"]
        and rows_of(seen) == [*DECIDED, "tool output", "assistant"]
        and answered(seen) == [1, 1]
        and booked(outputs(seen))
    )


def approve_it_once(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in once: Book a hotel in Oslo",
            "get_items(limit=1000000) of once",
            "run in once, resumed",
            "get_items(limit=1000000) of once",
        ]
        and rows_of(seen) == without_thoughts(seen.returned_kinds) == DECIDED
        and says(seen, "decided already")
        and answered(seen) == [1]
        and booked(outputs(seen))
        and len(seen.requests) == 2
    )


def approve_on_another_session(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in asked_here: Book a hotel in Oslo",
            "get_items() of decided_there",
            "run in decided_there, resumed",
        ]
        and rows_of(seen, "asked_here") == WAITING
        and rows_of(seen, "decided_there") == ["tool output", "assistant"]
        and answered(seen, "decided_there", calls_in="asked_here") == [1]
        and booked(outputs(seen, "decided_there"))
        and without_an_error(seen)
        and len(seen.requests) == 2
    )


def approve_without_a_session(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in forgotten: Book a hotel in Oslo", "run, resumed"]
        and rows_of(seen) == WAITING
        and len(seen.requests) == 2
        and without_thoughts(seen.sent_kinds) == [*WAITING, "tool output"]
        and booked([seen.sent[-1].text])
        and bool(seen.reply)
    )


def decide_one_of_two(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in one_of_two: Book a hotel in Oslo and Rome", "run in one_of_two, resumed"]
        and rows_of(seen) == [*WAITING, "tool call", "tool output"]
        and answered(seen) == [1]
        and booked(outputs(seen))
        and says(seen, '"reply": null', '"still waiting": 1')
    )


def approve_one_and_reject_one(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in both: Book a hotel in Oslo and Rome", "run in both, resumed"]
        and rows_of(seen).count("tool call") == 2
        and sorted(answered(seen)) == [1, 2]
        and sorted("not approved" in text for text in outputs(seen)) == [False, True]
        and booked([text for text in outputs(seen) if "not approved" not in text])
        and seen.sent_kinds.count("tool output") == 2
        and rows_of(seen)[-1] == "assistant"
        and rows_of(seen).count("assistant") == 1
    )


def stream_it(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run_streamed in streamed: Book a hotel in Oslo", "run_streamed in streamed, resumed"]
        and stored_by_runs(seen) == [2, 2]
        and rows_of(seen) == DECIDED
        and booked(outputs(seen))
        and len(seen.requests) == 2
    )


def stream_the_other_cases(seen: TurnRecord) -> bool:
    asked, resumed = "run_streamed in streamed_{}: Book a hotel in Oslo", "run_streamed in streamed_{}, resumed"
    return (
        did(seen)
        == [
            asked.format("late"),
            "run_streamed in streamed_late: What's 2 + 2?",
            resumed.format("late"),
            asked.format("twice"),
            resumed.format("twice"),
            resumed.format("twice"),
            asked.format("here"),
            "get_items() of streamed_there",
            resumed.format("there"),
            f"{asked.format('one')} and Rome",
            resumed.format("one"),
        ]
        and rows_of(seen, "streamed_late") == [*WAITING, "user", "assistant", "tool output", "assistant"]
        and rows_of(seen, "streamed_twice") == [*DECIDED, "tool output", "assistant"]
        and rows_of(seen, "streamed_here") == WAITING
        and rows_of(seen, "streamed_there") == ["tool output", "assistant"]
        and rows_of(seen, "streamed_one") == [*WAITING, "tool call", "tool output"]
        and all(booked(outputs(seen, f"streamed_{name}")) for name in ("late", "twice", "there", "one"))
    )
