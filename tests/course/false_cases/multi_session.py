"""Records in which what the steps of Multiple sessions say is false."""

from dataclasses import replace

from lessons.kit.ledger.cause import Cause
from lessons.kit.records import TurnRecord
from tests.course import false_records as false
from tests.course.false_records import parts as part


def in_two_stores(seen: TurnRecord) -> TurnRecord:
    """The rows of Bob are in another store."""

    def moved(table):
        rows = tuple(replace(row, ref=row.ref and replace(row.ref, store="another")) for row in table.added)
        return replace(table, added=rows) if table.session_id == "user_bob" else table

    return replace(seen, changes=tuple(map(moved, seen.changes)))


def bobs_reply_sent(seen: TurnRecord) -> TurnRecord:
    """The last request was sent the reply to Bob, in place of the one to Alice."""
    first, reply, question = seen.sent
    return part.sent([first, replace(reply, text="Nice to meet you, Bob."), question])(seen)


def one_after_the_other(seen: TurnRecord) -> TurnRecord:
    """The first run ended before the second began."""
    first, second = sorted(seen.ledger.runs, key=lambda run: run.began)
    runs = (replace(first, ended=second.began - 1), second)
    return replace(seen, ledger=replace(seen.ledger, runs=runs))


def tool_said(text: str):
    """The output of the tool in the turn's own session is this."""
    return part.item(2, text=text)


PLACE = "How will the model know which place you mean"
EACH = "What will each be sent, and will a row say who spoke"
WHO_ANSWERS = ("The next run started with triage again", "Which agent will answer now", "not which agent answers")
SLIP = (
    "You get no error",
    "a slip gives no error and no memory",
    "what does a slip in the id cost, and will anything warn you",
)
TWO_ROWS = "A handoff is two rows, unless a filter removes them"
WAIT = ("Nothing in the SDK makes runs wait", "Nothing in the SDK makes runs on one session wait")

CASES = (
    (1, "Three runs, two ids", false.a_run_less),
    (1, ("Three runs, two ids", "Two people, one store."), false.in_session("user_alice")),
    (1, ("Three runs, two ids, one store", "Two people, one store."), in_two_stores),
    (1, ("The last run read the rows of user_alice", "Whose rows will the last run send"), false.sent_less()),
    (1, "The last run read the rows of user_alice", part.run(2, read=0)),
    (1, ("none of user_bob", "Whose rows will the last run send"), bobs_reply_sent),
    (1, "Only session_id keeps people apart", bobs_reply_sent),
    (2, ("alice:support and alice:sales", "How many sessions will there be"), false.another_session_changed),
    (2, ("alice:support and alice:sales", "How many sessions will there be"), false.in_session("alice:support")),
    (2, "alice:support and alice:sales", part.run(1, read=2)),
    (2, ("A helper builds the id", "owner:topic, as in step 2"), false.in_session("alice")),
    (2, "One person talks about two things", part.run(1, session_id="bob:sales")),
    (2, "One person talks about two things", false.last_sent("I'm having issues with my account")),
    (3, ("all earlier rows were sent again", PLACE), false.sent_less(1)),
    (3, ("all earlier rows were sent again", PLACE), false.sent_less()),
    (3, ("all earlier rows were sent again", PLACE), false.other_texts_sent),
    (4, ("A preference is a row like any other", "Where is it stored"), part.item(0, text="Hello")),
    (4, ("A preference is a row like any other", "Where is it stored"), false.not_stored("user")),
    (4, "You said what you prefer", part.sent([replace(false.STRANGER, text="Hello")], 0)),
    (4, ("only while it is sent", "how long does it change the answers"), false.not_sent("I prefer")),
    (4, "only in this session", false.another_session_changed),
    (5, ("were each sent all earlier rows", EACH), false.sent_less(1)),
    (5, ("were each sent all earlier rows", EACH), false.sent_less()),
    (5, "were each sent all earlier rows", part.run(1, read=0)),
    (5, ("Support, billing and technical support", "Three agents use one session"), false.by_other_agent()),
    (5, ("Support, billing and technical support", "Three agents use one session"), false.by_other_agent(1)),
    (5, "Three agents use one session", part.run(2, session_id="customer_8")),
    (5, EACH, false.one_more_row),
    (6, "Sales answers, then support, then sales again", false.by_other_agent(1)),
    (6, "Sales answers, then support, then sales again", part.run(2, session_id="customer_9")),
    (6, ("Sales was sent both replies", "Will sales be sent what support said"), false.sent_less()),
    (
        6,
        ("Sales was sent both replies", "Will sales be sent what support said"),
        part.kinds_sent("user", "assistant", "user"),
    ),
    (6, "reads all of its rows", false.nothing_returned),
    (6, "reads all of its rows", part.run(2, read=2)),
    (7, "two separate runs that share a session", false.a_run_less),
    (7, "two separate runs that share a session", part.run(1, session_id="article_2")),
    (7, ("two separate runs that share a session", "A second agent continues the work"), false.sent_less()),
    (7, "A second agent continues the work", false.by_other_agent()),
    (7, ("This was not a handoff", "Is that a handoff, and will a row say so"), false.item_kind_added("handoff")),
    (7, "your code chose the second agent", part.run(1, within=1)),
    (8, "One run, two agents", false.by_other_agent(0)),
    (8, ("One run, two agents", "Triage can hand the question"), false.by_other_agent(1)),
    (8, "level 1 was not asked", false.by_other_agent()),
    (8, "triage called transfer_to_level_2_support", part.item(1, text="look_it_up({})")),
    (8, "the output names the agent that took over", part.item(2, text="{}")),
    (8, ("The call and its output are rows", "Which rows will that make", TWO_ROWS), part.lost(1)),
    (8, ("The call and its output are rows", "Which rows will that make", TWO_ROWS), part.lost(2)),
    (8, "Level 2 support answered last", false.by_other_agent()),
    (9, WHO_ANSWERS, false.by_other_agent(0)),
    (9, "The session stores what was said", false.sent_less()),
    (9, "The session stores what was said", false.nothing_returned),
    (10, "The same handoff with remove_all_tools", false.by_other_agent()),
    (10, ("with remove_all_tools", "The input filter removes the calls"), false.without_cause(Cause.HANDOFF_FILTER)),
    (10, ("was sent your message alone", "The input filter removes the calls"), false.item_sent("handoff")),
    (10, "was sent your message alone", false.last_sent("Something else")),
    (10, ("no row says that there was a handoff", "Will the rows still show the handoff"), part.one_more("handoff")),
    (10, TWO_ROWS, part.one_more("handoff")),
    (11, ("was sent one message", "The history is nested into one message"), false.sent_more()),
    (11, ("holds the conversation so far as text", "The history is nested"), false.last_sent("Something else")),
    (11, "The rows are those of a plain handoff", part.lost(1)),
    (11, "The rows are those of a plain handoff", part.lost(2)),
    (11, ("the message itself is not stored", "Will that message be a row"), part.one_more("assistant")),
    (12, ("The expert ran inside a tool call", "An agent is called as a tool"), false.not_within),
    (12, ("are rows of the session expert", "In which session will its question"), part.lost(0, of="expert")),
    (12, ("are rows of the session expert", "In which session will its question"), part.lost(1, of="expert")),
    (12, "Its tool was made with session=", part.run(1, session_id=None)),
    (12, "under the name of the tool", part.item(1, text='Python_expert({"input": "Ask the Python expert"})')),
    (12, "they are the arguments", part.item(1, text='ask_python_expert({"input": "Something else"})')),
    (12, "the output of the call", tool_said("Something else")),
    (13, ("Two runs start together on one session", *WAIT), one_after_the_other),
    (13, "Two runs start together on one session", part.run(1, session_id="other")),
    (13, "Neither model was sent the other's answer", false.item_sent("assistant", 0)),
    (13, "Neither model was sent the other's answer", false.item_sent("assistant", 1)),
    (13, ("two questions, then two answers", "In which order will the rows be stored"), part.swapped(1, 2)),
    (14, "The same two messages, with a lock", false.last_sent("Hello")),
    (14, ("The same two messages, with a lock", "With one lock"), false.overlapping),
    (14, ("the second run read what the first had stored", "What will the second run read now"), part.run(1, read=0)),
    (14, "the second run read what the first had stored", false.sent_less()),
    (15, "thread_1 and thread-1 are two sessions", false.in_session("thread_1")),
    (15, "thread_1 and thread-1 are two sessions", part.run(1, read=2)),
    (15, (*SLIP, "thread_1 and thread-1 are two sessions"), false.other_item_sent("My name is Alice")),
    (15, SLIP, false.a_call_raised),
)
