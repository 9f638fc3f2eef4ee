"""What the steps of Multiple sessions have to show: one verdict for each step, by the name of its code."""

from lessons.course.multi_session.evidence import (
    agents,
    asked_and_answered_the_tool,
    called_in,
    first_and_then_more,
    in_one_store,
    pairs,
    sent_no_answer,
    touched,
    user_said,
)
from lessons.frame.evidence import (
    added_to,
    at_once,
    did,
    reads,
    sent_all_that_was_read,
    without_an_error,
    without_thoughts,
)
from lessons.kit.ledger.cause import Cause
from lessons.kit.records import TurnRecord


def alice_and_bob(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in user_alice: My name is Alice",
            "run in user_bob: My name is Bob",
            "run in user_alice: What's my name?",
        ]
        and added_to(seen, "user_alice") == pairs(2)
        and added_to(seen, "user_bob") == pairs(1)
        and in_one_store(seen)
        and reads(seen)[:2] == [0, 0]
        and sent_all_that_was_read(seen)
        and without_thoughts(seen.sent_kinds) == ["user", "assistant", "user"]
        and seen.was_sent("My name is Alice")
        and not seen.was_sent("Bob")
    )


def one_person_two_contexts(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in alice:support: I'm having issues with my account",
            "run in alice:sales: What premium features do you offer?",
        ]
        and touched(seen) == {"alice:support", "alice:sales"}
        and added_to(seen, "alice:support") == added_to(seen, "alice:sales") == pairs(1)
        and reads(seen) == [0, 0]
        and seen.sent_kinds == ["user"]
    )


def refer_back(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in trip: I want to visit Japan next month",
            "run in trip: What's the weather like there in March?",
            "run in trip: What about hotels?",
        ]
        and first_and_then_more(seen)
        and without_thoughts(seen.sent_kinds) == [*pairs(2), "user"]
        and seen.was_sent("Japan")
    )


def keep_a_preference(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in shopping: I prefer sustainable and eco-friendly products",
            "run in shopping: Show me some laptop bags",
        ]
        and first_and_then_more(seen)
        and user_said(seen, "eco-friendly")
        and added_to(seen, "shopping") == pairs(2)
        and touched(seen) == {"shopping"}
    )


def three_agents_on_one_session(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in customer_7: I'm having issues with my account",
            "run in customer_7: Check my recent charges",
            "run in customer_7: The mobile app also crashes on startup",
        ]
        and agents(seen) == ["Support", "Billing", "Technical"]
        and first_and_then_more(seen)
        and without_thoughts(seen.sent_kinds) == [*pairs(2), "user"]
        and added_to(seen, "customer_7") == pairs(3)
    )


def back_to_sales(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in customer_8: What premium features do you offer?",
            "run in customer_8: I'm interested in your premium plan but have technical questions.",
            "run in customer_8: How do I upgrade?",
        ]
        and agents(seen) == ["Sales", "Support", "Sales"]
        and first_and_then_more(seen)
        and without_thoughts(seen.sent_kinds) == [*pairs(2), "user"]
        and added_to(seen, "customer_8") == pairs(3)
    )


def researcher_then_writer(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in article_1: Research AI safety", "run in article_1: Summarize the research"]
        and agents(seen) == ["Researcher", "Writer"]
        and first_and_then_more(seen)
        and added_to(seen, "article_1") == pairs(2)
    )


def hand_off(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in ticket_5000: My enterprise deployment fails with error code 5000"]
        and agents(seen) == ["Triage", "Level 2 support"]
        and without_thoughts(line.item.kind for line in seen.ledger.lines)
        == ["user", "handoff", "handoff", "assistant"]
        and "transfer_to_level_2_support" in called_in(seen, "handoff")[0]
        and "Level 2 support" in called_in(seen, "handoff")[1]
    )


def ask_after_the_handoff(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in ticket_5000: What did I ask you?"]
        and agents(seen)[0] == "Triage"
        and sent_all_that_was_read(seen)
        and seen.sent_kinds.count("handoff") == 2
    )


def hand_off_without_the_call(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in ticket_5001: My enterprise deployment fails with error code 5000"]
        and agents(seen) == ["Triage", "Level 2 support"]
        and seen.sent_kinds == ["user"]
        and seen.was_sent("error code 5000")
        and added_to(seen, "ticket_5001") == pairs(1)
        and any(line.cause is Cause.HANDOFF_FILTER for line in seen.ledger.lines)
    )


def hand_off_as_one_message(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in ticket_5002: My enterprise deployment fails with error code 5000"]
        and agents(seen) == ["Triage", "Level 2 support"]
        and len(seen.sent) == 1
        and seen.was_sent("error code 5000")
        and added_to(seen, "ticket_5002") == ["user", "handoff", "handoff", "assistant"]
    )


def use_an_agent_as_a_tool(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in ticket_5003: Ask the Python expert: tell me about Python"]
        and set(agents(seen)) == {"Assistant", "Python expert"}
        and [(run.agent, run.session_id) for run in seen.ledger.runs if run.within] == [("Python expert", "expert")]
        and added_to(seen, "ticket_5003") == ["user", "tool call", "tool output", "assistant"]
        and added_to(seen, "expert") == pairs(1)
        and asked_and_answered_the_tool(seen)
    )


def two_runs_at_once(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in race: My name is Alice", "run in race: I work as a developer"]
        and at_once(seen)
        and all(map(sent_no_answer, seen.requests))
        and added_to(seen, "race") == ["user", "user", "assistant", "assistant"]
    )


def two_runs_in_turn(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in in_turn: My name is Alice", "run in in_turn: I work as a developer"]
        and not at_once(seen)
        and first_and_then_more(seen)
        and added_to(seen, "in_turn") == pairs(2)
    )


def slip_in_the_id(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in thread_1: My name is Alice", "run in thread-1: What's my name?"]
        and touched(seen) == {"thread_1", "thread-1"}
        and reads(seen) == [0, 0]
        and added_to(seen, "thread_1") == added_to(seen, "thread-1") == pairs(1)
        and seen.sent_kinds == ["user"]
        and without_an_error(seen)
    )
