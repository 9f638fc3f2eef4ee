"""What the steps of Multiple sessions look at: the sessions that a turn changed, and what each agent was sent."""

import json

from lessons.frame.evidence import reads, sent_all_that_was_read
from lessons.kit.records import ModelRequest, TurnRecord


def touched(seen: TurnRecord) -> set[str]:
    """The ids of the sessions that the turn stored rows in."""
    return {table.session_id for table in seen.changes if table.added}


def pairs(count: int) -> list[str]:
    """The kinds of the rows of this many turns without a tool."""
    return ["user", "assistant"] * count


def in_one_store(seen: TurnRecord) -> bool:
    return len({row.store for row in seen.added_rows}) == 1


def user_said(seen: TurnRecord, words: str) -> bool:
    """Whether a message of the user with these words was stored in the turn, and sent with its last request."""
    sent = [item.text for item in seen.sent if item.kind == "user"]
    return any(words in text and text in sent for text in called_in(seen, "user"))


def sent_no_answer(request: ModelRequest) -> bool:
    return all(item.kind != "assistant" for item in request.items)


def agents(seen: TurnRecord) -> list[str]:
    return [request.agent for request in seen.requests]


def first_and_then_more(seen: TurnRecord) -> bool:
    """The first run found nothing. Each later run sent all earlier rows, and read more than the run before it."""
    found = reads(seen)
    return found[0] == 0 and sent_all_that_was_read(seen) and found == sorted({one or 0 for one in found})


def called_in(seen: TurnRecord, kind: str) -> list[str]:
    """The texts of the rows of a kind that the turn added to its own session."""
    return [line.item.text for line in seen.ledger.lines if line.mark == "added" and line.item.kind == kind]


def asked_and_answered_the_tool(seen: TurnRecord) -> bool:
    """The question and the reply in the session "expert" are the arguments and the output of the tool in the turn's session."""
    (expert,) = [ledger for ledger in seen.other_ledgers if ledger.session_id == "expert"]
    question, *_, reply = [line.item.text for line in expert.lines if line.mark == "added"]
    (call,), output = called_in(seen, "tool call"), called_in(seen, "tool output")
    name, _, arguments = call.removesuffix(")").partition("(")
    return name == "ask_python_expert" and json.loads(arguments) == {"input": question} and output == [reply]
