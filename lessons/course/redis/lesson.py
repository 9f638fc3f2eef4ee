"""Redis: two keys for each session, and a memory that can forget by itself."""

import asyncio

from agents import Agent, Runner
from agents.models.interface import Model

from lessons.course.index import entry
from lessons.course.redis.evidence import (
    all_gone,
    all_returned,
    both_expire_later,
    ends,
    entries_added,
    in_ten_minutes,
    keys,
    numbered_from_one,
    server_answered,
    types_of_new_keys,
    went_on_without_moving,
    were_to_expire_later,
)
from lessons.frame.evidence import added_to, did, opened, sent_all_that_was_read, without_an_error
from lessons.frame.lesson import Lesson, Step


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one short sentence.", model=model)


async def tell_your_name(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


async def ask_your_name(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


async def add_with_a_ttl(agent, open_session):
    session = open_session("alice", ttl=600)
    return await Runner.run(agent, "I love hiking", session=session)


async def only_read(open_session):
    return await open_session("alice", ttl=600).get_items()


async def add_once_more(agent, open_session):
    session = open_session("alice", ttl=600)
    return await Runner.run(agent, "What do I love?", session=session)


async def take_one_back(open_session):
    return await open_session("alice", ttl=600).pop_item()


async def use_a_second_handle(agent, open_session):
    first = open_session("alice", ttl=600)
    second = open_session("alice", ttl=None)
    result = await Runner.run(agent, "What's my name?", session=second)
    await first.get_items()
    return result


async def one_id_two_prefixes(open_session):
    support = open_session("dana", key_prefix="support")
    sales = open_session("dana", key_prefix="sales")
    await support.add_items([{"role": "user", "content": "I forgot my password"}])
    return await sales.get_items()


async def read_with_minus_one(session):
    return await session.get_items(limit=-1)


async def close_and_go_on(session):
    await session.close()
    return [await session.ping(), *await session.get_items(limit=2)]


def restart_and_ask(agent, open_session, restart):
    restart()
    return Runner.run_sync(agent, "What's my name?", session=open_session("alice"))


async def let_it_expire(open_session):
    session = open_session("alice", ttl=1)
    await session.add_items([{"role": "user", "content": "The code is 4711"}])
    await asyncio.sleep(1.2)
    return await session.get_items()


STEPS = (
    Step(
        "Tell it your name",
        tell_your_name,
        asks="Redis has no tables. What will be stored, and under which keys?",
        look_for="Two keys: a hash that says when the session was made and last added to, and a list with one JSON text for "
        "each item. There are no tables and no row ids: the id shown here is the place in the list.",
        holds=lambda seen: (
            did(seen) == ["run in alice: My name is Alice"]
            and entries_added(seen) == len(seen.added) >= 2
            and {table.table for table in seen.changes} == {"keys", "list entries"}
            and numbered_from_one(seen)
            and types_of_new_keys(seen) == ["hash", "list"]
            and ends(seen)[1] == ends(seen, part="")[1] == ""
        ),
    ),
    Step(
        "Ask for it",
        ask_your_name,
        asks="What will a run do to the list, and will a key expire?",
        look_for="get_items() is one LRANGE over the list, add_items() an RPUSH to its end. created_at in the hash stays, "
        "updated_at moves. Neither key has a TTL, so Redis never deletes them by itself.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?"]
            and seen.was_sent("Alice")
            and entries_added(seen) == len(seen.added) >= 2
            and ends(seen)[1] == ends(seen, part="")[1] == ""
        ),
    ),
    Step(
        "Add with a TTL",
        add_with_a_ttl,
        asks="ttl=600 is given with this add. Which items will expire?",
        look_for="ttl=600: ten minutes after this add both keys expire, with the rows from before. A TTL belongs to the key, "
        "not to the item. Watch the bars in the tool Redis keys.",
        holds=lambda seen: (
            did(seen) == ["run in alice: I love hiking"]
            and opened(seen) == ["alice(ttl=600)"]
            and both_expire_later(seen)
            and in_ten_minutes(seen)
            and len(seen.added) >= 2
        ),
    ),
    Step(
        "Only read",
        only_read,
        asks="Does reading make the session live longer?",
        look_for="Everything was returned, and nothing changed: a read does not move the expiry. A session that is only read "
        "for ten minutes is deleted.",
        holds=lambda seen: (
            did(seen) == ["get_items() of alice"]
            and opened(seen) == ["alice(ttl=600)"]
            and len(seen.returned) >= 6
            and all_returned(seen)
            and not seen.changes
        ),
    ),
    Step(
        "Add once more",
        add_once_more,
        asks="Another add. What will happen to the time that is left?",
        look_for="expires_at moved, in both keys. Every add_items() starts the whole TTL again: the expiry moves forward. A "
        "run adds twice, your message and the reply.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What do I love?"]
            and opened(seen) == ["alice(ttl=600)"]
            and ends(seen)[0] > ""
            and both_expire_later(seen)
            and in_ten_minutes(seen)
            and seen.called.count("add_items") == 2
            and added_to(seen, "alice") == ["user", "assistant"]
        ),
    ),
    Step(
        "Take one back",
        take_one_back,
        asks="One item is popped. Will the expiry move?",
        deeper=True,
        look_for="pop_item() is one RPOP: the newest entry is gone, and expires_at is what it was. Only an add moves it.",
        holds=lambda seen: (
            did(seen) == ["pop_item() of alice"]
            and opened(seen) == ["alice(ttl=600)"]
            and len(seen.removed) == 1
            and seen.ledger.lines[-1].mark == "removed"
            and went_on_without_moving(seen)
        ),
    ),
    Step(
        "A second handle",
        use_a_second_handle,
        asks="A second handle on the same session, without a TTL. What will it see, and what will it change?",
        deeper=True,
        look_for="Two handles on one session, as two servers would have: neither keeps a copy, so each reads what the other "
        "has stored. The second has no TTL, and its add left the expiry as it was.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?", "get_items() of alice"]
            and opened(seen) == ["alice(ttl=600)", "alice(ttl=None)"]
            and seen.was_sent("hiking")
            and len(seen.returned) >= 9
            and all_returned(seen)
            and went_on_without_moving(seen)
        ),
    ),
    Step(
        "One id, two prefixes",
        one_id_two_prefixes,
        asks="The same id under another prefix. What will be returned?",
        deeper=True,
        look_for="sales returned nothing: a session is found by key_prefix and id together, and these are other keys. The "
        "item of support is not in the ledger, which reads the usual prefix: the tool Redis keys shows it. The app "
        "puts lab:… before every prefix, so that visitors do not share keys.",
        holds=lambda seen: (
            did(seen) == ["add_items(1) of dana", "get_items() of dana"]
            and opened(seen) == ["dana(key_prefix='support')", "dana(key_prefix='sales')"]
            and len(keys(seen, "added")) == 2
            and all(":support:dana" in str(row.key) for row in keys(seen, "added"))
            and seen.returned_kinds == []
        ),
        session_id="dana",
    ),
    Step(
        "A limit of -1",
        read_with_minus_one,
        asks="get_items(limit=-1): all rows, or none?",
        deeper=True,
        look_for="Nothing was returned, and everything is still stored. SQLiteSession returns all rows for -1, RedisSession "
        "none. Leave the limit out when you want all rows.",
        holds=lambda seen: (
            did(seen) == ["get_items(limit=-1) of alice"] and seen.returned_kinds == [] and not seen.changes
        ),
    ),
    Step(
        "Close a handle, go on",
        close_and_go_on,
        asks="The handle is closed. Will the next call fail?",
        deeper=True,
        look_for="close() closed nothing: this session was given its client, so the client is not its own. A session made with "
        "RedisSession.from_url() owns its client, and after close() every call raises RuntimeError. ping() says whether the "
        "server answers. The client may decode responses or not: the session reads bytes and text.",
        holds=lambda seen: (
            did(seen) == ["close() of alice", "ping() of alice", "get_items(limit=2) of alice"]
            and len(seen.returned) == 2
            and server_answered(seen)
            and not seen.changes
        ),
    ),
    Step(
        "Drop every handle and ask",
        restart_and_ask,
        asks="Every handle is dropped. Where is the memory?",
        look_for="The new handle read the same list: the memory is in the server. Connections belong to the event loop that "
        "made them, so this app has one loop for all. If you call asyncio.run() each time, a session that you keep fails every "
        "second time.",
        holds=lambda seen: (
            did(seen) == ["restart", "run_sync in alice: What's my name?"]
            and seen.was_sent("Alice")
            and sent_all_that_was_read(seen)
        ),
    ),
    Step(
        "Let it expire",
        let_it_expire,
        asks="Ten minutes are left, and an add comes with ttl=1. Which rows will be left?",
        look_for="One second after the add Redis deleted both keys, with every row in them, also those added with ten minutes. "
        "Here, expired means deleted. The TTL of an EncryptedSession hides rows: they are stored until a pop or a compaction.",
        holds=lambda seen: (
            did(seen) == ["add_items(1) of alice", "get_items() of alice"]
            and opened(seen) == ["alice(ttl=1)"]
            and len(seen.removed) >= 8
            and all_gone(seen)
            and len(keys(seen, "removed")) == 2
            and were_to_expire_later(seen)
            and without_an_error(seen)
            and seen.returned_kinds == []
        ),
    ),
    Step(
        "Ask after it has expired",
        ask_your_name,
        asks="The session has expired. What will the model be sent, and will there be an error?",
        look_for="The model was sent only your question, without an error or a warning. The list starts at 1 again, and the "
        "hash has a new created_at.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?"]
            and seen.sent_kinds == ["user"]
            and without_an_error(seen)
            and numbered_from_one(seen)
            and types_of_new_keys(seen) == ["hash", "list"]
        ),
    ),
)


LESSON = Lesson(
    entry=entry("redis"),
    make_agent=make_agent,
    session_id="alice",
    walk_stores=("redis_fake", "redis"),
    steps=STEPS,
    learned=(
        "A session is a list and a hash under two keys. There are no tables and no row ids.",
        "A TTL belongs to the keys: every add starts it again for all items, and reading does not.",
        "Expired means deleted, with every row and without an error.",
    ),
)
