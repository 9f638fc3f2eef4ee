"""What the steps of Multiple sessions have to show: one verdict for each step, by the name of its code."""

from lessons.course.multi_session.evidence import added, agents, sent_no_answer, touched
from lessons.frame.evidence import at_once, did, reads
from lessons.kit.records import TurnRecord


def alice_and_bob(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in user_alice: My name is Alice",
            "run in user_bob: My name is Bob",
            "run in user_alice: What's my name?",
        ]
        and touched(seen) == {"user_alice", "user_bob"}
        and seen.was_sent("Alice")
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
        and seen.was_sent("Japan")
        and sum(kind == "user" for kind in seen.sent_kinds) == 3
    )


def keep_a_preference(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "run in shopping: I prefer sustainable and eco-friendly products",
            "run in shopping: Show me some laptop bags",
        ]
        and seen.was_sent("eco-friendly")
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
        and seen.sent_kinds == ["user", "assistant", "user", "assistant", "user"]
    )


def researcher_then_writer(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in article_1: Research AI safety", "run in article_1: Summarize the research"]
        and agents(seen) == ["Researcher", "Writer"]
        and seen.sent_kinds == ["user", "assistant", "user"]
    )


def hand_off(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in ticket_5000: My enterprise deployment fails with error code 5000"]
        and agents(seen) == ["Triage", "Level 2 support"]
        and [line.item.kind for line in seen.ledger.lines] == ["user", "handoff", "handoff", "assistant"]
    )


def ask_after_the_handoff(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in ticket_5000: What did I ask you?"]
        and agents(seen)[0] == "Triage"
        and "handoff" in seen.sent_kinds
    )


def hand_off_without_the_call(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in ticket_5001: My enterprise deployment fails with error code 5000"]
        and agents(seen) == ["Triage", "Level 2 support"]
        and seen.sent_kinds == ["user"]
        and added(seen)[0] == "user"
        and added(seen).count("handoff") == 0
    )


def hand_off_as_one_message(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in ticket_5002: My enterprise deployment fails with error code 5000"]
        and agents(seen) == ["Triage", "Level 2 support"]
        and len(seen.sent) == 1
        and seen.was_sent("error code 5000")
        and added(seen).count("handoff") == 2
    )


def use_an_agent_as_a_tool(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in ticket_5003: Ask the Python expert: tell me about Python"]
        and set(agents(seen)) == {"Assistant", "Python expert"}
        and touched(seen) == {"ticket_5003", "expert"}
        and "tool call" in seen.sent_kinds
    )


def two_runs_at_once(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in race: My name is Alice", "run in race: I work as a developer"]
        and at_once(seen)
        and all(map(sent_no_answer, seen.requests))
        and added(seen) == ["user", "user", "assistant", "assistant"]
    )


def two_runs_in_turn(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in in_turn: My name is Alice", "run in in_turn: I work as a developer"]
        and not at_once(seen)
        and reads(seen) == [0, 2]
        and added(seen) == ["user", "assistant", "user", "assistant"]
    )


def slip_in_the_id(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in thread_1: My name is Alice", "run in thread-1: What's my name?"]
        and touched(seen) == {"thread_1", "thread-1"}
        and not seen.was_sent("Alice")
    )
