"""A ledger of every session class, and of rows that only one kind of class has: encrypted, expired, on a branch."""

import json
import sqlite3
import time

import pytest
from agents import (
    RunConfig,
    Runner,
    SessionSettings,
    SQLiteSession,
)
from agents.extensions.memory import AdvancedSQLiteSession, AsyncSQLiteSession, EncryptedSession, SQLAlchemySession
from agents.testing import assistant_message

from lessons.kit.ledger import Cause, observe
from lessons.kit.sdk_version import since
from tests.support.observed import PAIR, TWO, go, ledger_of, lines
from tests.support.scripted import assistant, file_session, make_agent, user


class OwnSession:
    """A class that a user might write."""

    session_id, session_settings = "own", None

    def __init__(self, *items):
        self.items = list(items)

    async def get_items(self, limit=None):
        return list(self.items) if limit is None else self.items[-limit:]

    async def add_items(self, items):
        self.items += items

    async def pop_item(self):
        return self.items.pop() if self.items else None

    async def clear_session(self):
        self.items.clear()


def test_a_custom_class_has_lines_without_rows():
    async def work():
        session = OwnSession(*PAIR)
        async with observe(session) as seen:
            await Runner.run(make_agent(), "Hi", session=session)
            await session.pop_item()
        return seen.ledger

    assert lines(go(work())) == [
        "user - yes 1 -",
        "assistant - yes 1 -",
        "user - no 1 new-input",
        "assistant - no - popped",
    ]


def test_rows_that_another_key_has_encrypted(tmp_path):
    async def work():
        inner = SQLiteSession("chat", tmp_path / "chat.db")
        await EncryptedSession("chat", inner, "one key").add_items([user("secret")])
        await inner.add_items([user("plain")])
        return await ledger_of(EncryptedSession("chat", inner, "another key"))

    assert [(line.row.key, line.cause) for line in go(work()).lines] == [
        (1, Cause.WRONG_KEY),
        (2, since((0, 23), Cause.NOT_ENCRYPTED, before=None)),  # 0.22 returns it
        (3, Cause.NEW_INPUT),
        (4, Cause.REPLY),
    ]


def test_a_row_that_the_code_has_stored_and_cannot_read_says_why(tmp_path):
    async def work():
        session = EncryptedSession("chat", SQLiteSession("chat", tmp_path / "chat.db"), "a key")
        async with observe(session, session.underlying_session) as seen:
            await session.underlying_session.add_items([user("plain")])
            await session.get_items()
        return seen.ledger

    returned = "user 1 yes - stored-by-hand"  # by 0.22, which reads what is not encrypted as it is
    assert lines(go(work())) == [since((0, 23), "user 1 no - not-encrypted", before=returned)]


def test_rows_older_than_the_ttl(tmp_path):
    async def work():
        session = EncryptedSession("chat", SQLiteSession("chat", tmp_path / "chat.db"), "a key", ttl=60)
        token = session.cipher.encrypt_at_time(json.dumps(user("old")).encode(), int(time.time()) - 90).decode()
        await session.underlying_session.add_items([{"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": token}])
        return await ledger_of(session)

    ledger = go(work())
    assert lines(ledger)[0] == "user 1 no - expired"
    assert ledger.lines[0].why == "expired: older than the ttl of 60 seconds"


def test_rows_on_another_branch(tmp_path):
    async def work():
        session = AdvancedSQLiteSession(session_id="chat", db_path=str(tmp_path / "chat.db"), create_tables=True)
        agent = make_agent([assistant_message("one")], [assistant_message("two")])
        for message in ("first", "second"):
            await Runner.run(agent, message, session=session)
        await session.create_branch_from_turn(2, "other")
        return await ledger_of(session)

    ledger = go(work())
    assert [line.cause for line in ledger.lines][:4] == [None, None, Cause.OTHER_BRANCH, Cause.OTHER_BRANCH]
    assert ledger.lines[2].why == "on another branch: main"


def test_rows_that_go_with_their_branch(tmp_path):
    async def work():
        session = AdvancedSQLiteSession(session_id="chat", db_path=str(tmp_path / "chat.db"), create_tables=True)
        agent = make_agent(*([assistant_message(name)] for name in "abc"))
        for message in ("first", "second"):
            await Runner.run(agent, message, session=session)
        await session.create_branch_from_turn(2, "other")
        await Runner.run(agent, "third", session=session)
        async with observe(session) as seen:
            await session.switch_to_branch("main")
            await session.delete_branch("other")
        return seen.ledger

    assert [line.cause for line in go(work()).lines] == [
        *[Cause.NOT_READ] * 4,
        Cause.BRANCH_DELETED,
        Cause.BRANCH_DELETED,
    ]


def test_a_row_that_is_not_json(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        with sqlite3.connect(tmp_path / "chat.db") as other:
            other.execute("UPDATE agent_messages SET message_data = 'not json' WHERE id = 1")
        other.close()
        return await ledger_of(session)

    assert lines(go(work()))[0] == "unreadable 1 no - unreadable"


@pytest.mark.parametrize("make", ["memory", "async_sqlite", "sqlalchemy", "advanced", "encrypted"])
def test_every_class_of_the_sdk(tmp_path, make):
    async def work():
        path = tmp_path / "chat.db"
        session = {
            "memory": lambda: SQLiteSession("chat"),
            "async_sqlite": lambda: AsyncSQLiteSession("chat", str(path)),
            "sqlalchemy": lambda: SQLAlchemySession.from_url(
                "chat", url=f"sqlite+aiosqlite:///{path}", create_tables=True
            ),
            "advanced": lambda: AdvancedSQLiteSession(session_id="chat", db_path=str(path), create_tables=True),
            "encrypted": lambda: EncryptedSession("chat", SQLiteSession("chat", path), "a key"),
        }[make]()
        agent = make_agent([assistant_message("one")], [assistant_message("two")])
        first = await ledger_of(session, agent)
        second = await ledger_of(
            session, agent, "Again", run_config=RunConfig(session_settings=SessionSettings(limit=1))
        )
        if hasattr(session, "engine"):
            await session.engine.dispose()
        elif make == "async_sqlite":
            await session.close()
        return first, second

    first, second = go(work())
    assert lines(first) == TWO
    assert lines(second) == [
        "user 1 no - over-limit",
        "assistant 2 yes 1 -",
        "user 3 no 1 new-input",
        "assistant 4 no - reply",
    ]


def test_a_read_of_another_branch_by_its_name_returns_the_rows_of_that_branch(tmp_path):
    """The returned rows had a second line each, without a row, and their own lines said that they were not returned."""

    async def work():
        session = AdvancedSQLiteSession(session_id="chat", db_path=tmp_path / "chat.db", create_tables=True)
        await session.add_items([*PAIR, user("same"), assistant("on main")])
        await session.create_branch_from_turn(2, "other")
        await session.add_items([user("same"), assistant("on other")])
        await session.switch_to_branch("main")
        async with observe(session) as seen:
            await session.get_items(branch_id="other")
            await session.switch_to_branch("main")
        session.close()
        return seen.ledger

    ledger = go(work())
    assert [(line.row.key, line.returned, line.mark) for line in ledger.lines] == [
        (1, True, ""),
        (2, True, ""),
        (3, False, ""),
        (4, False, ""),
        (5, True, ""),
        (6, True, ""),
    ]
    assert {line.why for line in ledger.lines[2:4]} == {"not on the branch other, which get_items() was asked for"}
    assert {line.cause for line in ledger.lines[2:4]} == {Cause.OTHER_BRANCH}


def test_a_row_that_was_left_out_of_one_run_of_several_says_so_also_after_a_read_by_hand(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        agent = make_agent([assistant_message("1")], [assistant_message("2")])
        async with observe(session) as seen:
            one = RunConfig(session_settings=SessionSettings(limit=1))
            await Runner.run(agent, "Hi", session=session, run_config=one)
            await Runner.run(agent, "Ho", session=session)
            await session.get_items(limit=1)
        return seen.ledger

    assert go(work()).lines[0].why.startswith("in run 1: older than the newest item")
