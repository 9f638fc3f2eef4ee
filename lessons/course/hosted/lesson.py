"""Hosted conversations: a service keeps the rows, behind HTTP. Also long sessions that a service compacts."""

from lessons.course.hosted.evidence import (
    added_45_notes,
    asked,
    bodies,
    compacted_at_the_end,
    compacted_before_the_last,
    conversations,
    deleted_conversations,
    got_an_id_and_a_form,
    items_in_requests,
    kept_messages,
    limited_runs,
    made_conversations,
    orders,
    read_all_at_last,
    read_back_with_ids,
    returned_the_newest_two,
    rows_now,
    sent_plainly,
    service_chose_the_id,
)
from lessons.course.hosted.step_code import (
    add_many,
    add_many_in_parts,
    ask_for_the_id,
    ask_what_it_remembers,
    clear_and_ask,
    compact_by_hand,
    compact_by_response_id,
    compact_with_a_limit,
    make_agent,
    pop_one,
    read_none,
    read_the_newest_two,
    resume_after_a_restart,
    tell_your_name,
    what_it_cannot_do,
)
from lessons.course.index import entry
from lessons.frame.evidence import did, opened
from lessons.frame.lesson import Lesson, Step, on_older
from lessons.kit.sdk_version import since

STEPS = (
    Step(
        "Tell it your name",
        tell_your_name,
        asks="The service keeps the rows. Who chooses the id of the conversation?",
        look_for="Under Session calls each call has its HTTP requests below it. The first was POST /conversations: the "
        "service made a conversation and gave it an id. You chose none.",
        holds=lambda seen: (
            did(seen) == ["run in alice: My name is Alice"]
            and made_conversations(seen) == 1
            and service_chose_the_id(seen)
            and len(seen.added) >= 2
        ),
    ),
    Step(
        "Ask what it remembers",
        ask_what_it_remembers,
        asks="You send items without ids. What will come back?",
        look_for="Open the two POST requests: the items are sent without ids, except a reasoning item. The service gave each "
        "item an id, and your message also a type, a status and its text as a list of parts. The rows show that form, and you "
        "read it back. With a Chat Completions model this run raises UserError.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?"]
            and seen.was_sent("Alice")
            and made_conversations(seen) == 0
            and sent_plainly(seen)
            and got_an_id_and_a_form(seen)
        ),
    ),
    Step(
        "Read the newest two",
        read_the_newest_two,
        asks="limit=2: how many items will be requested, and in which order?",
        look_for="One request with order=desc: from the newest. The limit was not sent. The class stops after two items and "
        "reverses the list.",
        holds=lambda seen: (
            did(seen) == ["get_items(limit=2) of alice"]
            and orders(seen) == ["desc"]
            and len(seen.exchanges) == 1
            and "limit" not in seen.exchanges[0].method
            and returned_the_newest_two(seen)
            and read_back_with_ids(seen)
            and not seen.changes
        ),
    ),
    Step(
        "Read with a limit of 0",
        read_none,
        asks="limit=0: how many HTTP requests will be made?",
        deeper=True,
        look_for="An empty list, without an HTTP request.",
        holds=lambda seen: did(seen) == ["get_items(limit=0) of alice"] and not seen.exchanges and not seen.returned,
    ),
    on_older(
        (0, 24),
        Step(
            "Add 45 items at once",
            add_many,
            asks="45 items in one call. How many requests will that take?",
            look_for="Three POST requests: 20, 20 and 5 items. Each is stored on its own: if the third fails, 40 items are "
            "there, and sending all again stores them twice. Reading took three requests as well, 20 items a page.",
            holds=lambda seen: (
                added_45_notes(did(seen))
                and items_in_requests(seen) == [20, 20, 5]
                and len(seen.added) == 45
                and orders(seen) == ["asc"] * 3
            ),
            session_id="notes",
        ),
        run=add_many_in_parts,
        look_for="The installed SDK sends all items in one request, and the service refuses more than 20: 0.24 sends 20, 20 "
        "and 5 by itself. Here the code does. Reading took three requests as well, 20 items a page.",
    ),
    Step(
        "Pop one",
        pop_one,
        asks="pop_item(): how many requests, and what can happen in between?",
        deeper=True,
        look_for="Two requests: read the newest, then delete it by its id. Between the two, another program may add an item.",
        holds=lambda seen: (
            did(seen) == ["pop_item() of notes"]
            and orders(seen) == ["desc"]
            and len(seen.exchanges) == 2
            and seen.exchanges[-1] in asked(seen, "DELETE", "/items/[^/]+")
            and len(seen.removed) == 1
            and seen.ledger.lines[-1].mark == "removed"
        ),
        session_id="notes",
    ),
    Step(
        "Ask for the id",
        ask_for_the_id,
        asks="Before the first call: which id does the session have?",
        look_for="Before its first call the session has no id, and session_id raises ValueError. A read is enough to make a "
        "conversation, an empty one.",
        holds=lambda seen: (
            did(seen) == ["get_items() of new_chat"]
            and "ValueError" in (seen.result or "")
            and made_conversations(seen) == 1
            and not asked(seen, "POST", "/items")
            and not seen.added
        ),
        session_id="new_chat",
    ),
    Step(
        "Resume after a restart",
        resume_after_a_restart,
        asks="The handle is gone. What do you need to go on with the conversation?",
        look_for="The handle is gone, but the conversation is not: its id was enough to continue. No API call lists your "
        "conversations, so keep the id. Nobody can find one that you lose.",
        holds=lambda seen: (
            did(seen) == ["get_items() of alice", "restart", "run in alice: What's my name?"]
            and opened(seen)[0].startswith("alice(conversation_id=")
            and seen.was_sent("Alice")
            and made_conversations(seen) == 0
        ),
    ),
    Step(
        "Clear it, then ask",
        clear_and_ask,
        asks="The conversation is deleted, and a run follows. Under which id will its rows be?",
        look_for="DELETE removed the conversation, and the class forgot its id. The run then made another conversation: "
        "compare the ids. OpenAI's reference says that deleting a conversation does not delete its items.",
        holds=lambda seen: (
            did(seen) == ["clear_session() of alice", "run in alice: What's my name?"]
            and deleted_conversations(seen) == 1
            and made_conversations(seen) == 1
            and len(conversations(seen)) == 2
            and not seen.was_sent("Alice")
        ),
    ),
    Step(
        "What it cannot do",
        what_it_cannot_do,
        asks="Will these raise an error: choosing the id of the session, and wrapping it in a compaction session?",
        deeper=True,
        look_for="You cannot choose the session id, and a compaction session cannot wrap it: both raise an error. Not tried "
        "here: without a key, making one raises an error too. It cannot list conversations.",
        holds=lambda seen: all(name in (seen.result or "") for name in ("TypeError", "ValueError")),
    ),
    Step(
        "Compact by hand",
        compact_by_hand,
        asks="A compaction is forced after one turn. What will the next run send?",
        look_for="force starts a compaction at any length. Your message stays, word for word, in a new row. One item (its "
        "letter is K) replaces the rest. The next run would send both. OpenAI says that its models can read such an item. "
        "This one is fake: no model can read it.",
        holds=lambda seen: (
            did(seen)
            == [
                "run in by_hand: My name is Alice",
                "run_compaction(args={'force': True, 'compaction_mode': 'input'}) of by_hand",
                "get_items() of by_hand",
            ]
            and rows_now(seen) == seen.returned_kinds == ["user", "compaction"]
            and '"input"' in bodies(seen, "POST", "/compact", "request")
            and kept_messages(seen) == ["My name is Alice"]
            and len(asked(seen, "POST", "/responses/compact")) == 1
        ),
        session_id="by_hand",
        store="compaction_emulated",
    ),
    on_older(
        (0, 23),
        Step(
            "Compact with a limit",
            compact_with_a_limit,
            asks="A hook says: compact at three replies. Three runs read with a limit of 2, the fourth without. After which "
            "run will it be compacted?",
            deeper=True,
            look_for="After the fourth, which read all. With a limit, only what the run read and added counts, so the three "
            "replies were never counted together. Without a hook, ten items that are not your messages are needed: a small "
            "limit stops compaction, without an error.",
            holds=lambda seen: limited_runs(seen) and read_all_at_last(seen) and compacted_at_the_end(seen),
            session_id="long_chat",
            store="compaction_emulated",
        ),
        look_for="After the third: this SDK counts all rows of the session. Without a hook all items count that are not your "
        "messages, and ten are needed. Since 0.23 only what the run read and added counts, so a small limit stops compaction, "
        "without an error. A Chat Completions model never starts it at all.",
        holds=lambda seen: limited_runs(seen) and compacted_before_the_last(seen),
    ),
    Step(
        "Lose your messages",
        compact_by_response_id,
        asks="Only a response id is sent to be compacted. What becomes of your message?",
        deeper=True,
        look_for='On a copy: "auto", the default, sent only a response id. All rows became what the service returned. This '
        'service never saw that response, so your message is gone. "input" sends the items; "auto" does too after a response '
        "with store=False. Users report that OpenAI's "
        "own service answers an unknown id with an error.",
        holds=lambda seen: (
            did(seen)
            == [
                "add_items(1) of a_copy",
                "add_items(1) of a_copy",
                "run_compaction(args={'force': True, 'response_id': 'resp_of_another_service'}) of a_copy",
                "get_items() of a_copy",
            ]
            and opened(seen) == ["a_copy(compaction_mode='auto')"]
            and rows_now(seen) == seen.returned_kinds == ["compaction"]
            and {table.session_id for table in seen.changes} == {"a_copy"}
            and "previous_response_id" in bodies(seen, "POST", "/compact", "request")
            and '"input"' not in bodies(seen, "POST", "/compact", "request")
        ),
        session_id="a_copy",
        store="compaction_emulated",
    ),
)


LESSON = Lesson(
    entry=entry("hosted"),
    make_agent=make_agent,
    session_id="alice",
    walk_stores=("hosted_emulated", "hosted"),
    steps=STEPS,
    learned=(
        "The service makes the conversation at the first call and chooses its id. Keep it: nothing lists them.",
        since(
            (0, 24),
            "Items go in 20 at a time, and each request is stored on its own. ",
            before="An add is one request, and the service takes 20 items in it. Since 0.24 the class makes parts of 20. ",
        )
        + "The items that you read back have ids from the service.",
        "Compaction replaces what is not your message by one item that only the service can read.",
    ),
)
