"""The steps of Life cycle do by hand what the commands and the tool Operate do: the rows are the same after both."""

import asyncio
import json
from contextlib import closing

import pytest
from agents import SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession

from lessons.course.life_cycle import step_code
from lessons.kit.life_cycle.places.addresses import open_place
from lessons.terminal.command_line import main
from tests.support.places import dump, items


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def open_at():
    """Opens sessions of a file, as a step does with open_session, and closes them at the end."""
    opened = []

    def at(path):
        def open_session(session_id):
            opened.append(SQLiteSession(session_id, path))
            return opened[-1]

        return open_session

    yield at
    for session in opened:
        session.close()


def with_branches(path):
    return AdvancedSQLiteSession(session_id="alice", db_path=path, create_tables=True)


def stored(path):
    return [(info.session_id, [row.data for row in rows]) for info, rows, _ in dump(open_place(path))]


def test_an_export_of_the_command_has_the_items_of_the_step_and_what_they_lack(open_at, tmp_path):
    session = open_at("chat.db")("exported")
    asyncio.run(step_code.export_it(session))
    assert main(["export", "chat.db", "chat.jsonl", "exported"]) == 0
    lines = [json.loads(line) for line in (tmp_path / "chat.jsonl").read_text().splitlines()]
    rows = [line["row"] for line in lines if "row" in line]
    by_hand = json.loads(asyncio.run(step_code.export_items(session)))
    assert [json.loads(row["data"]) for row in rows] == by_hand["items"] == step_code.CHAT
    assert all(row["key"] and row["at"] for row in rows)
    assert not [name for item in by_hand["items"] for name in item if name in ("id", "created_at")]


def test_an_import_of_the_command_refuses_what_the_step_stores_twice(open_at, capsys):
    open_session = open_at("chat.db")
    asyncio.run(open_session("doubled").add_items(step_code.CHAT))
    assert main(["export", "chat.db", "chat.jsonl", "--all"]) == 0
    text = asyncio.run(step_code.export_items(open_session("doubled")))
    assert main(["import", "chat.jsonl", "chat.db"]) == 2
    assert "has a session 'doubled'" in capsys.readouterr().err
    assert len(items(open_place("chat.db"), "doubled")) == 2
    asyncio.run(step_code.import_items(text, open_session("doubled")))
    assert len(items(open_place("chat.db"), "doubled")) == 4


def test_a_move_to_another_class_leaves_what_the_upgrade_by_hand_does():
    with closing(with_branches("by_hand.db")) as session:
        by_hand = asyncio.run(step_code.upgrade_the_right_way(session))

    async def by_the_command():
        with closing(SQLiteSession("alice", "chat.db")) as old:
            await old.add_items(step_code.CHAT * 3)
        assert (
            await asyncio.to_thread(main, ["move", "chat.db", "new.db", "--all", "--as", "AdvancedSQLiteSession"]) == 0
        )
        with closing(with_branches("new.db")) as session:
            seen = len(await session.get_items())
            await session.pop_item()
            return {"stored": 6, "returned": seen, "left after one pop": len(await session.get_items())}

    assert asyncio.run(by_the_command()) == by_hand


def test_cleanup_leaves_what_the_statements_of_the_step_leave(open_at):
    asyncio.run(step_code.clean_up(open_at("by_hand.db")))
    open_session = open_at("by_command.db")
    for session_id in ("unused", "in_use"):
        asyncio.run(open_session(session_id).add_items(step_code.CHAT))
    step_code.make_it_old(open_session("unused"))
    assert main(["cleanup", "by_command.db", "--older-than", "30d"]) == 0
    assert stored("by_command.db") == stored("by_hand.db") != []


def test_erase_leaves_what_the_statements_of_the_step_leave(open_at, capsys):
    by_hand = asyncio.run(step_code.erase_it(open_at("by_hand.db")("erased")))
    session = open_at("by_command.db")("erased")
    asyncio.run(session.add_items(step_code.CARD))
    assert step_code.times_in_the_bytes("by_command.db", b"4111-2222") > 0
    assert main(["erase", "by_command.db", "--text", "4111-2222"]) == 0
    assert "This proves that it is erased." in capsys.readouterr().out
    assert stored("by_command.db") == stored("by_hand.db") != []
    assert step_code.times_in_the_bytes("by_command.db", b"4111-2222") == by_hand["times in the bytes"] == 0
