"""What the steps of Analytics have to show: one verdict for each step, by the name of its code."""

from lessons.course.analytics.evidence import (
    asked_on_another_branch,
    branches,
    cost_of_the_requests,
    costs_more_each_turn,
    current,
    is_the_sum_of_the_turns,
    keys_of_turn_1,
    own_messages_are_gone,
    returned,
    rows,
    values,
)
from lessons.frame.evidence import did, sent_all_that_was_read, without_thoughts
from lessons.kit.records import TurnRecord


def first_turn(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in alice: Tell me about Python", "store_run_usage() of alice"]
        and len(rows(seen, "turn_usage")) == 1
        and cost_of_the_requests(seen)
        and len(rows(seen, "message_structure")) == len(seen.added) >= 2
        and values(seen, "message_structure", "branch_id") == {"main"}
        and values(seen, "message_structure", "user_turn_number") == {"1"}
    )


def second_turn(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in alice: What are the best web frameworks?", "store_run_usage() of alice"]
        and values(seen, "turn_usage", "user_turn_number") == {"2"}
        and cost_of_the_requests(seen)
        and sent_all_that_was_read(seen)
        and seen.was_sent("Tell me about Python")
    )


def turn_with_a_tool(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in alice: What's the weather in Oslo?", "store_run_usage() of alice"]
        and len(seen.requests) >= 2
        and seen.sent_kinds[-1] == "tool output"
        and len(rows(seen, "turn_usage")) == 1
        and cost_of_the_requests(seen)
    )


def forget_the_call(seen: TurnRecord) -> bool:
    return did(seen) == ["run in alice: What's 2 + 2?"] and len(seen.added) >= 2 and not rows(seen, "turn_usage")


def read_the_usage(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "get_conversation_turns() of alice",
            "get_turn_usage() of alice",
            "get_session_usage() of alice",
            "get_tool_usage() of alice",
        ]
        and returned(seen)["turns"] == 4
        and costs_more_each_turn(returned(seen)["usage of each turn"])
        and returned(seen)["of the session"]["total_turns"] == 3
        and is_the_sum_of_the_turns(returned(seen)["of the session"], returned(seen)["usage of each turn"])
        and any(turn == 3 for _, _, turn in returned(seen)["tool, count, turn"])
    )


def branch_from_turn_2(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["create_branch_from_turn(turn_number=2, branch_name='data_science') of alice"]
        and not seen.added
        and values(seen, "message_structure", "message_id") == keys_of_turn_1(seen)
        and values(seen, "message_structure", "branch_id") == {"data_science"}
        and values(seen, "message_structure", "user_turn_number") == {"1"}
        and "data_science" in values(seen, "branch_reservations", "branch_id")
    )


def ask_on_the_branch(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in alice: What about data science libraries?", "store_run_usage() of alice"]
        and sent_all_that_was_read(seen)
        and without_thoughts(seen.sent_kinds) == ["user", "assistant", "user"]
        and seen.was_sent("Tell me about Python")
        and values(seen, "turn_usage", "branch_id")
        == values(seen, "message_structure", "branch_id")
        == {"data_science"}
        and asked_on_another_branch(seen)
        == ["What are the best web frameworks?", "What's the weather in Oslo?", "What's 2 + 2?"]
    )


def list_and_switch(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == ["list_branches() of alice", "switch_to_branch(branch_id='main') of alice", "list_branches() of alice"]
        and branches(returned(seen)["before"]) == branches(returned(seen)["after"]) == {"main", "data_science"}
        and current(returned(seen)["before"]) == ["data_science"]
        and current(returned(seen)["after"]) == ["main"]
        and not seen.changes
    )


def branch_by_content(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "find_turns_by_content(search_term='WEATHER') of alice",
            "create_branch_from_content(search_term='WEATHER', branch_name='rome') of alice",
            "run in alice: What's the weather in Rome?",
            "store_run_usage() of alice",
        ]
        and values(seen, "message_structure", "user_turn_number") == {"1", "2", "3"}
        and values(seen, "message_structure", "branch_id") == {"rome"}
        and seen.was_sent("Tell me about Python")
        and seen.was_sent("What are the best web frameworks?")
        and not seen.was_sent("Oslo")
    )


def delete_the_branch(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "delete_branch(branch_id='rome') of alice",
            "delete_branch(branch_id='rome', force=True) of alice",
            "list_branches() of alice",
        ]
        and "force=True" in returned(seen)["without force"]
        and values(seen, "message_structure", "branch_id", "removed") == {"rome"}
        and own_messages_are_gone(seen, "3")
        and branches(returned(seen)["left"]) == {"main", "data_science"}
        and current(returned(seen)["left"]) == ["main"]
        and values(seen, "turn_usage", "branch_id", "removed") == {"rome"}
        and not rows(seen, "branch_reservations", "removed")
    )


def copy_the_session(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "get_items() of alice",
            f"add_items({len(seen.added)}) of alice_copy",
            "get_session_usage() of alice",
            "get_session_usage() of alice_copy",
        ]
        and [line.item.text for ledger in seen.other_ledgers for line in ledger.lines if line.mark == "added"]
        == [item.text for item in seen.returned]
        and len(rows(seen, "agent_messages")) == len(seen.returned) > 0
        and values(seen, "agent_messages", "session_id") == {"alice_copy"}
        and returned(seen)["usage of the copy"] is None
        and returned(seen)["usage of the original"] is not None
    )


def open_it_again(seen: TurnRecord) -> bool:
    return did(seen) == [
        "switch_to_branch(branch_id='data_science') of alice",
        "restart",
        "list_branches() of alice",
    ] and current(returned(seen)) == ["main"]


def branch_from_turn_1(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "create_branch_from_turn(turn_number=1, branch_name='from_scratch') of alice",
            "list_branches() of alice",
            "switch_to_branch(branch_id='main') of alice",
            "switch_to_branch(branch_id='from_scratch') of alice",
        ]
        and current(returned(seen)["listed"]) == []
        and "from_scratch" not in branches(returned(seen)["listed"])
        and "does not exist" in returned(seen)["and back"]
        and values(seen, "branch_reservations", "branch_id") == {"from_scratch"}
        and not rows(seen, "message_structure")
    )


def use_a_name_again(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["create_branch_from_turn(turn_number=2, branch_name='rome') of alice"]
        and "already been used" in returned(seen)
        and not seen.changes
    )


def read_as_a_plain_session(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["get_items() of alice"]
        and returned(seen)["SQLiteSession"] == sum(line.row is not None for line in seen.ledger.lines)
        and returned(seen)["SQLiteSession"] > returned(seen)["AdvancedSQLiteSession"] == len(seen.returned) > 0
    )


def undo_on_a_copy(seen: TurnRecord) -> bool:
    return (
        returned(seen)["rows"] == 3
        and returned(seen)["popped"]["content"] == "Hello"
        and returned(seen)["rows after"] == 0
        and not seen.changes
    )


def open_an_old_session(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["get_items() of old_chat"]
        and len(seen.added) == 2
        and not rows(seen, "message_structure")
        and not seen.returned
    )
