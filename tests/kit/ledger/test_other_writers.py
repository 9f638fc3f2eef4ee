"""Rows that another program writes or deletes while a session is observed: no call is given as their cause."""

import asyncio
import json
import sqlite3

from agents import function_tool
from agents.testing import assistant_message, function_call

from lessons.kit.ledger import Cause, observe
from tests.support.observed import PAIR, go, ledger_of, lines
from tests.support.scripted import file_session, make_agent, user


def test_rows_of_another_writer_are_not_taken_for_the_runs(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)

        @function_tool
        def write_along() -> str:
            with sqlite3.connect(tmp_path / "chat.db") as other:
                other.execute(
                    "INSERT INTO agent_messages (session_id, message_data) VALUES ('chat', ?)",
                    ('{"role": "user", "content": "from elsewhere"}',),
                )
            return "done"

        steps = [function_call("write_along", {}, call_id="c1")], [assistant_message("ok")]
        return await ledger_of(session, make_agent(*steps, tools=[write_along]))

    ledger = go(work())
    assert lines(ledger)[2:] == [
        "user 3 no 1,2 new-input",
        "user 4 no - unknown",
        "tool_call 5 no 2 stored-in-run",
        "tool_output 6 no 2 stored-in-run",
        "assistant 7 no - reply",
    ]
    assert ledger.lines[3].why == "not there when the ledger first looked: no watched call has stored it"


def test_a_row_that_another_program_changes_is_told_with_both_its_texts(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await session.get_items()
            with sqlite3.connect(tmp_path / "chat.db") as other:
                text = json.dumps(user("changed"))
                other.execute("UPDATE agent_messages SET message_data = ? WHERE id = 1", (text,))
            other.close()
        return seen.ledger

    ledger = go(work())
    assert [(line.item.text, line.mark, line.cause) for line in ledger.lines[:2]] == [
        ("I am Ann", "removed", Cause.UNKNOWN),
        ("changed", "added", Cause.UNKNOWN),
    ]
    assert ledger.lines[1].why == "what row 1 has now: no watched call has changed it"


def without_the_first_row(folder):
    """Another program deletes row 1."""
    with sqlite3.connect(folder / "chat.db") as other:
        other.execute("DELETE FROM agent_messages WHERE id = 1")
    other.close()


def test_a_message_about_compaction_is_not_a_compaction(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        session.run_compaction = None  # all rows are looked at after each call of such a class
        async with observe(session) as seen:
            await session.get_items()
            without_the_first_row(tmp_path)
            await session.add_items([{"role": "user", "content": [{"type": "input_text", "text": "compaction"}]}])
            await session.add_items([{"role": "user", "content": [{"type": "compaction"}]}])
        return seen.ledger

    first = go(work()).lines[0]
    assert (first.cause, first.why) == (
        Cause.UNKNOWN,
        "gone after add_items(), which removes nothing: no watched call has removed it",
    )


def test_a_pop_takes_out_one_row_and_no_other_that_is_gone(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await session.get_items()
            without_the_first_row(tmp_path)
            await session.pop_item()
        return seen.ledger

    assert [line.cause for line in go(work()).lines] == [Cause.UNKNOWN, Cause.POPPED]


def test_a_row_that_comes_during_a_pop_is_not_claimed_for_it(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await session.get_items()
            with sqlite3.connect(tmp_path / "chat.db") as other:
                for text in ("one", "two"):
                    other.execute(
                        "INSERT INTO agent_messages (session_id, message_data) VALUES ('chat', ?)",
                        (json.dumps(user(text)),),
                    )
            other.close()
            await session.pop_item()
        return seen.ledger

    found = [(line.item.text, line.cause) for line in go(work()).lines if line.mark == "added"]
    assert found == [("one", Cause.UNKNOWN)]


def test_a_row_that_a_pop_takes_out_while_another_call_stores_is_popped(tmp_path):
    """The add is done first, and its look misses the row: the pop is not done yet."""

    async def work():
        session = await file_session(tmp_path, *PAIR)
        session.run_compaction = None  # all rows are looked at after each call of such a class
        popped, added = asyncio.Event(), asyncio.Event()
        pop_item = session.pop_item

        async def slow_pop():
            item = await pop_item()
            popped.set()
            await added.wait()
            return item

        session.pop_item = slow_pop
        async with observe(session) as seen:
            pop = asyncio.create_task(session.pop_item())
            await popped.wait()
            await session.add_items([user("new")])
            added.set()
            await pop
        return seen.ledger

    assert lines(go(work())) == ["user 1 no - not-read", "assistant 2 no - popped", "user 3 no - stored-by-hand"]
