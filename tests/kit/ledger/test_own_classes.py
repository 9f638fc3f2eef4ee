"""Custom session classes that do what no class of the SDK does, and rows that other code changes."""

import copy
import sqlite3
from contextlib import closing

import fakeredis
import pytest
from agents import OpenAIConversationsSession, RunConfig, Runner, SQLiteSession
from agents.extensions.memory import EncryptedSession, RedisSession
from agents.memory import OpenAIResponsesCompactionSession
from agents.testing import assistant_message, function_call
from openai import AsyncOpenAI
from openai.types.responses import ResponseOutputMessage

from lessons.kit.ledger import Cause, observe
from lessons.kit.sdk_version import since
from tests.support.model_endpoint import ModelEndpoint
from tests.support.observed import PAIR, TWO, go, ledger_of, lines
from tests.support.scripted import assistant, file_session, make_agent, output, user


class InMemory:
    session_settings = None

    def __init__(self, *items):
        self.session_id, self.items = "mine", list(items)

    async def get_items(self, limit=None):
        return list(self.items)

    async def add_items(self, items):
        self.items += items

    async def pop_item(self):
        return self.items.pop()

    async def clear_session(self):
        self.items.clear()


class Slotted(InMemory):
    """Takes no new attribute."""

    __slots__ = ("items", "session_id")


class Bare:
    __slots__ = ("items", "session_id")
    __init__ = InMemory.__init__
    get_items, add_items, pop_item = InMemory.get_items, InMemory.add_items, InMemory.pop_item
    clear_session = InMemory.clear_session


class Reversed(InMemory):
    async def get_items(self, limit=None):
        return self.items[::-1]


class AsATuple(InMemory):
    async def get_items(self, limit=None):
        return tuple(self.items)


class OneByOne(InMemory):
    """Returns a generator, which can be read once."""

    async def get_items(self, limit=None):
        return (item for item in self.items)


class OfObjects(InMemory):
    """Returns replies as the objects of OpenAI's library."""

    async def get_items(self, limit=None):
        return [ResponseOutputMessage(**item) if "id" in item else item for item in self.items]


class Stamping(InMemory):
    async def add_items(self, items):
        self.items += [{**item, "at": 5} for item in items]


def after_two_runs(session):
    async def work():
        async with observe(session) as seen:
            await Runner.run(make_agent(), "Hi", session=session)
            await Runner.run(make_agent(), "Ho", session=session)
        return seen.ledger

    return go(work())


@pytest.mark.parametrize("kind", [InMemory, Slotted, Bare, AsATuple, OneByOne, OfObjects, Stamping])
def test_every_item_of_a_custom_class_is_one_line(kind):
    session = kind()
    assert lines(after_two_runs(session)) == [
        "user - yes 1,2 new-input",
        "assistant - yes 2 reply",
        "user - no 2 new-input",
        "assistant - no - reply",
    ]
    assert type(session) is kind
    assert "get_items" not in getattr(session, "__dict__", {})


def test_items_that_are_returned_in_another_order_are_found():
    ledger = after_two_runs(Reversed(user("a"), assistant("b")))
    assert len(ledger.lines) == 6
    assert [line.returned for line in ledger.lines].count(True) == 4


def test_a_class_that_gives_out_its_own_items_may_store_what_a_callback_changes(tmp_path):
    class Shared(InMemory):
        async def get_items(self, limit=None):
            return self.items

    def edit(history, new):
        history[0]["content"] = "edited"
        return history + new

    async def work():
        return await ledger_of(Shared(*copy.deepcopy(PAIR)), run_config=RunConfig(session_input_callback=edit))

    assert go(work()).lines[0].why == "changed in place by the session_input_callback edit: sent in this form"


def test_a_conversation_returns_its_items_in_another_form(tmp_path):
    """In a user's own script no store lists the conversation, so an item is recognised by its content."""

    async def work(endpoint):
        client = AsyncOpenAI(base_url=endpoint.url, api_key="any")
        session = OpenAIConversationsSession(openai_client=client)
        async with observe(session) as seen:
            for message in ("Hi", "Ho"):
                await Runner.run(make_agent(), message, session=session)
            await session.pop_item()
        return seen.ledger

    with ModelEndpoint() as endpoint:
        ledger = go(work(endpoint))
    assert lines(ledger) == [
        "user - yes 1,2 new-input",
        "assistant - yes 2 reply",
        "user - no 2 new-input",
        "assistant - no - popped",
    ]


def test_a_class_that_stores_items_in_another_form(tmp_path):
    class Shouting(SQLiteSession):
        async def add_items(self, items):
            await super().add_items([{**item, "content": f"{item['content']}!"} for item in items])

    ledger = go(ledger_of(Shouting("chat", tmp_path / "chat.db")))
    assert lines(ledger) == TWO
    assert ledger.lines[0].why == "the new input of run 1; stored in another form by add_items() of Shouting"


def test_a_class_that_does_not_store_the_reply(tmp_path):
    class Forgetful(SQLiteSession):
        async def add_items(self, items):
            await super().add_items([item for item in items if item.get("role") == "user"])

    ledger = go(ledger_of(Forgetful("chat", tmp_path / "chat.db")))
    assert lines(ledger) == [TWO[0], "assistant - no - reply-not-stored"]
    assert ledger.lines[1].why == "said, and not stored: add_items() of Forgetful was given it, and no row has it"


def test_a_session_around_another_one_that_is_watched_too(tmp_path):
    async def work():
        inner = await file_session(tmp_path, *PAIR)

        class Around(InMemory):
            async def get_items(self, limit=None):
                return await inner.get_items(limit)

            async def add_items(self, items):
                await inner.add_items(items)

        outer = Around()
        async with observe(outer, inner) as seen:
            await Runner.run(make_agent(), "Hi", session=outer)
        return seen.of(inner)

    assert lines(go(work()))[2:] == ["user 3 no - stored-by-hand", "assistant 4 no - stored-by-hand"]


class Compacting:
    """Stands for the client of a compaction."""

    def __init__(self):
        self.responses = self
        self.output = [{"type": "compaction", "id": "cmp_1", "encrypted_content": "…"}]
        self.usage = None

    async def compact(self, **given):
        return self


def compaction(inner):
    return OpenAIResponsesCompactionSession(
        "chat", inner, client=Compacting(), compaction_mode="input", should_trigger_compaction=lambda given: True
    )


def test_a_compaction_below_an_encrypted_session_is_taken_from_the_rows(tmp_path):
    session = EncryptedSession("chat", compaction(SQLiteSession("chat", tmp_path / "chat.db")), "a key")
    if not hasattr(session, "run_compaction"):
        pytest.skip("this SDK compacts nothing below an encrypted session")
    assert [line.cause for line in go(ledger_of(session)).lines] == ["compacted", "compacted", "compaction"]


def test_a_compaction_above_a_custom_class_shows_with_the_next_read():
    causes = [line.cause for line in after_two_runs(compaction(InMemory(*PAIR))).lines]
    assert Cause.UNKNOWN not in causes
    assert causes[:2] == ["compacted", "compacted"]


def test_a_list_whose_first_item_other_code_takes_out():
    async def work():
        session = RedisSession("chat", redis_client=fakeredis.FakeAsyncRedis())
        await session.add_items([*PAIR, user("a"), assistant("b")])
        async with observe(session) as seen:
            await session._redis.lpop(session._messages_key)
            await Runner.run(make_agent(), "Hi", session=session)
        return seen.ledger

    ledger = go(work())
    assert lines(ledger)[1:] == [
        "assistant 1 yes 1 -",
        "user 2 yes 1 -",
        "assistant 3 yes 1 -",
        "user 4 no 1 new-input",
        "assistant 5 no - reply",
    ]
    assert ledger.lines[0].why.startswith("gone after add_items(), which removes nothing: no watched call")


def sql(folder, statement):
    with closing(sqlite3.connect(folder / "chat.db")) as file, file:
        file.execute(statement)


def test_rows_that_other_code_changes_and_adds(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            text = """'{"role": "user", "content": "other"}'"""
            sql(tmp_path, f"UPDATE agent_messages SET message_data = {text} WHERE id = 1")
            sql(tmp_path, f"INSERT INTO agent_messages (session_id, message_data) VALUES ('chat', {text})")
            await Runner.run(make_agent(), "Hi", session=session)
        return seen.ledger

    ledger = go(work())
    assert ledger.lines[0].why == "row 1 has another text now, and no watched call has changed it"
    assert [(line.item.text, line.mark, line.cause) for line in ledger.lines[1:4]] == [
        ("other", "added", None),
        ("Hello Ann", "", None),
        ("other", "added", None),
    ]


def test_a_pop_with_more_rows_than_are_looked_at_adds_none(tmp_path):
    async def work():
        session = await file_session(tmp_path, *(user(str(number)) for number in range(1_005)))
        async with observe(session) as seen:
            await session.pop_item()
        return seen.ledger

    assert {line.mark for line in go(work()).lines} == {"", "removed"}


def test_a_class_that_stores_more_than_it_is_given_is_not_another_program(tmp_path):
    class Trimming(SQLiteSession):
        async def add_items(self, items):
            await super().add_items(items)
            newest = (await self.get_items())[-2:]
            await self.clear_session()
            await super().add_items(newest)

    ledger = go(ledger_of(Trimming("chat", tmp_path / "chat.db"), message=[user("a"), user("b")]))
    again = next(line for line in ledger.lines if line.mark == "added" and line.item.text == "b")
    assert (again.cause, again.why) == (
        Cause.UNKNOWN,
        "there after add_items() of Trimming, which is not a class of the SDK, and not before",
    )


class PassesOn:
    """Has none of the methods of a session: it passes every access on."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


def test_a_class_that_only_passes_on_what_it_is_asked_for():
    async def work():
        return await ledger_of(PassesOn(InMemory(*PAIR)))

    assert lines(go(work())) == [
        "user - yes 1 -",
        "assistant - yes 1 -",
        "user - no 1 new-input",
        "assistant - no - reply",
    ]


def test_an_item_that_a_pop_shows_first_has_a_line():
    async def work():
        session = InMemory(user("a"), *PAIR)
        async with observe(session) as seen:
            await session.pop_item()
            await session.pop_item()
            await Runner.run(make_agent(), "Hi", session=session)
        return seen.ledger

    assert lines(go(work())) == [
        "user - yes 1 -",
        "user - no - popped",
        "assistant - no - popped",
        "user - no 1 new-input",
        "assistant - no - reply",
    ]


@pytest.mark.parametrize("own", [True, False])
def test_an_output_that_was_left_out_for_its_id_is_not_the_one_that_the_run_stores_later(tmp_path, own):
    """The output that the run made had no line, and the one that was left out was said to be stored."""
    config = RunConfig(session_input_callback=lambda history, new: [*history, *new])

    async def work():
        session = InMemory() if own else await file_session(tmp_path)
        agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c1")], [assistant_message("4")])
        given = [output(text="53"), output(text="83")]
        ledger = await ledger_of(session, agent, given, run_config=config)
        return ledger, await session.get_items()

    ledger, stored = go(work())
    assert [line.value for line in ledger.lines if line.mark == "added"] == stored
    told = {line.item.text: (line.mark, line.cause) for line in ledger.lines}
    assert told["53"] == ("", Cause.SAME_ID)
    assert told["Oslo: 4"] == ("added", Cause.STORED_IN_RUN)


def test_an_item_is_told_as_a_custom_class_was_given_it():
    """The SDK takes some fields out before it stores an item, and the line still had them."""
    search = {"type": "web_search_call", "id": "w1", "status": "completed", "created_by": "someone"}

    async def work():
        session = InMemory()
        return await ledger_of(session, message=[user("Hi"), search]), session.items

    ledger, stored = go(work())
    assert [line.value for line in ledger.lines] == stored
    assert ("created_by" in stored[1]) is since((0, 23), False, before=True)
