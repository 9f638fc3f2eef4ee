"""Hosted conversations: the rows are at a service, behind HTTP; and long sessions that a service compacts."""

from agents import Agent, OpenAIConversationsSession, OpenAIResponsesCompactionSession, Runner
from agents.models.interface import Model

from lessons.course.hosted.evidence import (
    added_45_notes,
    asked,
    bodies,
    deleted_conversations,
    got_an_id_and_a_form,
    kept_messages,
    made_conversations,
    orders,
    sent_plainly,
    was_compacted,
)
from lessons.course.index import entry
from lessons.frame.evidence import did, opened, unforced
from lessons.frame.lesson import Lesson, Step, on_older
from lessons.kit.sdk_version import since


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one short sentence.", model=model)


async def tell_your_name(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


async def ask_what_it_remembers(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


async def read_the_newest_two(session):
    return await session.get_items(limit=2)


async def read_none(session):
    return await session.get_items(limit=0)


async def add_many(session):
    notes = [{"role": "user", "content": f"Note {n}"} for n in range(1, 46)]
    await session.add_items(notes)
    return len(await session.get_items())


async def add_many_in_parts(session):
    notes = [{"role": "user", "content": f"Note {n}"} for n in range(1, 46)]
    for first in range(0, 45, 20):  # this SDK sends one request, and the service takes 20 items
        await session.add_items(notes[first : first + 20])
    return len(await session.get_items())


async def pop_one(session):
    return await session.pop_item()


async def ask_for_the_id(open_session):
    session = open_session("new_chat")
    try:
        before = session.session_id
    except ValueError as error:
        before = f"{type(error).__name__}: {error}"
    await session.get_items()
    return [before, session.session_id]


async def resume_after_a_restart(agent, session, open_session, restart):
    await session.get_items()
    conversation_id = session.session_id  # keep it, in your own database
    restart()
    resumed = open_session("alice", conversation_id=conversation_id)
    return await Runner.run(agent, "What's my name?", session=resumed)


async def clear_and_ask(agent, session):
    await session.clear_session()
    return await Runner.run(agent, "What's my name?", session=session)


async def what_it_cannot_do(session):
    said = []
    for attempt in (
        lambda: OpenAIConversationsSession("alice"),
        lambda: OpenAIResponsesCompactionSession("alice", session),
    ):
        try:
            attempt()
        except (TypeError, ValueError) as error:
            said.append(f"{type(error).__name__}: {error}")
    return said


def three_or_more(found):
    return len(found["compaction_candidate_items"]) >= 3


def is_compacted(items):
    return any(item.get("type") == "compaction" for item in items)


async def compact_a_long_chat(agent, open_session):
    session = open_session("long_chat", should_trigger_compaction=three_or_more)
    await Runner.run(agent, "My name is Alice", session=session)
    await Runner.run(agent, "I work as a developer", session=session)
    result = await Runner.run(agent, "What's 2 + 2?", session=session)
    if not is_compacted(await session.get_items()):
        await session.run_compaction({"force": True})  # a Chat Completions model does not start it
    return result


async def compact_by_hand(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    await session.run_compaction({"force": True, "compaction_mode": "input"})
    return await session.get_items()


async def compact_by_response_id(open_session):
    copy = open_session("a_copy", compaction_mode="auto")
    await copy.add_items([{"role": "user", "content": "My name is Alice"}])
    await copy.add_items([{"role": "assistant", "content": "Hello, Alice."}])
    answered_elsewhere = {"force": True, "response_id": "resp_of_another_service"}
    await copy.run_compaction(answered_elsewhere)
    return await copy.get_items()


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
            and seen.exchanges[0] in asked(seen, "POST", "/conversations")
            and len(seen.added) >= 2
        ),
    ),
    Step(
        "Ask what it remembers",
        ask_what_it_remembers,
        asks="You send items without ids. What will come back?",
        look_for="Open the two POST requests: the items are sent without ids. The service gave each item an id, and your "
        "message also a type, a status and its text as a list of parts. The rows show that form, and you read it back.",
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
            and "limit" not in seen.exchanges[0].method
            and seen.returned_kinds == ["user", "assistant"]
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
                and len(asked(seen, "POST", "/items")) == 3
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
            and len(asked(seen, "DELETE", "")) == len(seen.removed) == 1
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
            and not seen.was_sent("Alice")
        ),
    ),
    Step(
        "What it cannot do",
        what_it_cannot_do,
        asks="Will these raise an error: choosing the id of the session, and wrapping it in a compaction session?",
        deeper=True,
        look_for="You cannot choose the session id of an OpenAIConversationsSession, and it cannot be wrapped in a compaction "
        "session: both raise an error. Not tried here: without a key, making one raises an error too. A key is enough to make "
        "it; the first call needs the network. It cannot list conversations.",
        holds=lambda seen: all(name in (seen.result or "") for name in ("TypeError", "ValueError")),
    ),
    Step(
        "Have a long chat compacted",
        compact_a_long_chat,
        asks="The history is compacted while you talk. Which of your messages stay?",
        look_for="Every item except your messages counts. At three of them (a hook says so here; ten is the default), the run "
        "sent the history to POST /responses/compact. Your messages stay, in new rows; one item (its letter is K) "
        "replaces the rest. Its text is fake. A Chat Completions model never starts this, and refuses the item K: then the "
        "code forces it. "
        + since(
            (0, 23),
            "A limit or a filter stops it on some stores, and on others compacts only what was sent.",
            before="A limit or a filter does not stop it: all rows are replaced. Since 0.23 it stops on some stores.",
        ),
        holds=lambda seen: (
            unforced(did(seen))
            == [
                "run in long_chat: My name is Alice",
                "run in long_chat: I work as a developer",
                "run in long_chat: What's 2 + 2?",
                "get_items() of long_chat",
            ]
            and opened(seen) == ["long_chat(should_trigger_compaction=three_or_more)"]
            and was_compacted(seen)
            and kept_messages(seen) == ["My name is Alice", "I work as a developer", "What's 2 + 2?"]
        ),
        session_id="long_chat",
        store="compaction_emulated",
    ),
    Step(
        "Compact by hand",
        compact_by_hand,
        asks="Compaction is forced. What will the next run send?",
        deeper=True,
        look_for="force compacts at any length. The next run would send your message and the item K. OpenAI decrypts such an "
        "item for its models; this one is fake, and no real model can read it.",
        holds=lambda seen: (
            did(seen)
            == [
                "run in by_hand: My name is Alice",
                "run_compaction(args={'force': True, 'compaction_mode': 'input'}) of by_hand",
                "get_items() of by_hand",
            ]
            and seen.returned_kinds == ["user", "compaction"]
            and bool(asked(seen, "POST", "/compact"))
        ),
        session_id="by_hand",
        store="compaction_emulated",
    ),
    Step(
        "Lose your messages",
        compact_by_response_id,
        asks="Only a response id is sent to be compacted. What becomes of your message?",
        deeper=True,
        look_for='On a copy: "auto", the default, sent only a response id. All rows became what the service returned. This '
        'service never saw that response, so your message is gone. "input" sends the items; "auto" does too after a response '
        "with store=False. OpenAI's own service answers an unknown id with an error.",
        holds=lambda seen: (
            did(seen)
            == [
                "add_items(1) of a_copy",
                "add_items(1) of a_copy",
                "run_compaction(args={'force': True, 'response_id': 'resp_of_another_service'}) of a_copy",
                "get_items() of a_copy",
            ]
            and opened(seen) == ["a_copy(compaction_mode='auto')"]
            and seen.returned_kinds == ["compaction"]
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
