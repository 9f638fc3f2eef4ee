"""Session classes of one's own that do what no class of the SDK does, and rows that other code changes."""

import sqlite3
from contextlib import closing

import fakeredis
import pytest
from agents import Runner, SQLiteSession
from agents.extensions.memory import EncryptedSession, RedisSession
from agents.memory import OpenAIResponsesCompactionSession

from lessons.kit.ledger import Cause, observe
from tests.support.observed import PAIR, TWO, go, ledger_of, lines
from tests.support.scripted import assistant, file_session, make_agent, user


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


@pytest.mark.parametrize("kind", [InMemory, Slotted, Bare, AsATuple, Stamping])
def test_every_item_of_a_class_of_ones_own_is_one_line(kind):
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


def test_a_compaction_above_a_class_of_ones_own_shows_with_the_next_read():
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
    assert ledger.lines[0].why.startswith("deleted outside the session")


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
    assert ledger.lines[0].why == "changed outside the session: row 1 is another item now"
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
