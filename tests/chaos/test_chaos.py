"""The chaos run finds what it looks for, and its attacks do what they say."""

import asyncio
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from typing import ClassVar

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from tests.chaos import __main__ as command
from tests.chaos import attacks, disk, visitor
from tests.chaos.attacks import Attacks
from tests.chaos.visitor import Place, Visitor
from tests.support.own_databases import OwnLastingRedis
from tests.support.said import Said, message
from tests.support.st_client import FINISHED_OK, ForwardMsg, Timing
from tests.support.visitor_tab import VisitorTab

ASKED, REPLIED = Said(1, False), Said(1, True)
HERE = Place("basic", "sqlite_file")


@pytest.fixture
def alice():
    return Visitor("http://127.0.0.1:1", 0, 1, HERE)


@pytest.fixture
def talked(desk, provider, alice):
    """The visitor's folder after two turns of hers, which the page showed as stored."""
    alice.name = desk.workspace.visitor
    for number in (1, 2):
        here = walk.Walk(load_lesson("basic"), desk, "sqlite_file", provider)
        walk.start_message(here, message(alice.secret, number), alice.session).result(20)
        alice.sent = number
        alice.acknowledged |= {Said(number, False), Said(number, True)}
    desk.exclusively(lambda: None)
    return desk


def faults(alice, desk) -> list[str]:
    data = desk.workspace.folder.parent
    return command.judge(
        alice, command.stored(alice, data, {}), command.recorded(alice, data), command.copied(alice, data, {})
    )


def change(desk, statement: str) -> None:
    with closing(sqlite3.connect(desk.folder / "chat.db")) as connection, connection:
        connection.execute(statement)


def test_what_was_stored_is_found_in_the_storage_and_in_the_records(talked, alice):
    assert faults(alice, talked) == []
    assert command.recorded(alice, talked.workspace.folder.parent) == alice.acknowledged


PLANTED = {
    "a row that the page showed is lost": (
        "DELETE FROM agent_messages WHERE id = 2",
        "the reply to message 1 was acknowledged and is not stored",
    ),
    "a row is there twice": (
        "INSERT INTO agent_messages (session_id, message_data) "
        "SELECT session_id, message_data FROM agent_messages WHERE id = 4",
        "the reply to message 2 is stored twice",
    ),
    "two rows changed places": (
        "UPDATE agent_messages SET id = CASE id WHEN 2 THEN 9 ELSE id END",
        "the reply to message 1 stands after the reply to message 2",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_fault_of_the_storage_is_found(name, talked, alice):
    statement, fault = PLANTED[name]
    change(talked, statement)
    assert faults(alice, talked) == [f"{alice}: {fault}"]


def test_a_row_that_only_a_record_acknowledged_must_be_there(talked, alice):
    alice.acknowledged = {ASKED}
    change(talked, "DELETE FROM agent_messages WHERE id = 4")
    assert faults(alice, talked) == [f"{alice}: the reply to message 2 was acknowledged and is not stored"]


def test_what_a_step_put_aside_must_be_stored_or_in_a_copy(talked, alice, provider):
    alice.put_aside, alice.acknowledged = alice.acknowledged, set()
    walk.start_step(walk.Walk(load_lesson("basic"), talked, "sqlite_file", provider), 0).result(20)
    talked.exclusively(lambda: None)
    assert faults(alice, talked) == []
    shutil.rmtree(talked.folder / "snapshots")
    change(talked, "DELETE FROM agent_messages")
    shutil.rmtree(talked.folder / "records")
    assert faults(alice, talked) == [
        f"{alice}: {said} was put aside by a step, and is neither stored nor in a copy"
        for said in sorted(alice.put_aside)
    ]


def test_a_row_that_nobody_sent_and_a_visitor_of_whom_nothing_was_stored_are_found(alice):
    assert command.judge(alice, [ASKED], {ASKED}, set()) == [f"{alice}: message 1 is stored and was never sent"]
    assert command.judge(alice, [], set(), set()) == [f"{alice}: no row was ever acknowledged, so nothing was tested"]


def test_a_row_may_be_there_that_nobody_acknowledged(alice):
    alice.sent = 2
    assert command.judge(alice, [ASKED, REPLIED, Said(2, False)], {ASKED}, set()) == []


def sent(place: int, kind: str, **values: str) -> bytes:
    """One element of a page, as a server sends it."""
    forward = ForwardMsg()
    forward.metadata.delta_path[:] = [0, place]
    element = getattr(forward.delta.new_element, kind)
    for name, value in values.items():
        setattr(element, name, value)
    return forward.SerializeToString()


class Page(VisitorTab):
    """A tab whose page has both buttons of a lesson, and still shows message 1 when a step begins."""

    clicked: ClassVar[Counter[str]] = Counter()

    async def open(self, page: str = "", **how: object) -> Timing:
        self._apply(sent(0, "button", id="$$ID-0-next-step@basic"))
        self._apply(sent(1, "button", id="$$ID-0-step-back@basic"))
        return Timing(status=FINISHED_OK)

    async def click(self, what, **how: object) -> Timing:
        self.clicked[what.key] += 1
        self._show(message(self.secret, 1))
        return Timing(status=FINISHED_OK)

    async def chat(self, text: str, *args: object, **how: object) -> Timing:
        self._show(text)
        assert Said(int(text.rpartition("x")[2].rstrip(".")), False) in self.stored
        return Timing(status=FINISHED_OK)

    def _show(self, text: str) -> None:
        line = {"id": "r1", "type": "item", "look": "", "kind": "user", "text": text, "key": "1"}
        self._apply(sent(3, "bidi_component", json=json.dumps([{"lines": [line], "at": "1"}])))


def test_a_step_and_a_step_back_may_take_what_was_said_before_them(alice, monkeypatch):
    monkeypatch.setattr(visitor, "VisitorTab", Page)

    def do(*acts: str) -> set[int]:
        for act in acts:
            asyncio.run(alice._try(act))
        return {said.number for said in alice.acknowledged}

    assert do("message") == {1}
    assert do("step") == set()
    assert do("message", "message") == {2, 3}
    assert do("step back") == set()
    assert Page.clicked == {"next-step@basic": 1, "step-back@basic": 1}


WRITER = """
import os, sys
file = os.open("file", os.O_CREAT | os.O_WRONLY)
for line in sys.stdin:
    try:
        os.write(file, b"x")
        print("kept")
    except OSError:
        print("full")
"""


@pytest.mark.skipif(not hasattr(disk.resource, "prlimit"), reason="this system cannot limit another process")
def test_the_limit_of_a_process_fills_its_disk_until_it_is_freed(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-SuIc", WRITER], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def tried() -> str:
        print("write", file=process.stdin, flush=True)
        return process.stdout.readline().strip()

    limit = disk.FileLimit(tmp_path)
    assert tried() == "kept"
    limit.fill(process.pid)
    assert tried() == "full"
    limit.free()
    assert tried() == "kept"
    process.communicate()
    limit.close()


def test_a_locked_file_is_locked_by_another_process(tmp_path):
    path = tmp_path / "chat.db"
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        connection.execute("CREATE TABLE t (x)")
        command_line = [sys.executable, "-SI", str(attacks.HOLD_LOCK), "60", str(path)]
        process = subprocess.Popen(command_line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "1\n"
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            connection.execute("INSERT INTO t VALUES (1)")
        process.communicate()
        connection.execute("INSERT INTO t VALUES (1)")


class Server:
    """Notes what is done to it."""

    name, pid = "PostgreSQL", 1

    def __init__(self, data) -> None:
        self.data, self.done = data, Counter()

    def __getattr__(self, what: str):
        return lambda *given: self.done.update([what])


def test_every_kind_of_attack_is_made_and_undone(tmp_path, monkeypatch, alice):
    for name in ("BETWEEN_OUTAGES", "OUTAGE_SECONDS", "AWAY_SECONDS"):
        monkeypatch.setattr(attacks, name, (0.001, 0.002))
    monkeypatch.setattr(attacks, "LOCK_SECONDS", (0.0, 0.0))
    app, small, database = Server(tmp_path), Server(tmp_path), Server(tmp_path)
    made = Attacks(app, small, [database], [alice], random.Random(1))

    async def some() -> None:
        chance = random.Random(1)
        await made._fill_disk(chance)
        for _ in range(8):
            await made._outage_of(database)(chance)

    asyncio.run(some())
    assert small.done["fill"] >= small.done["free"] == 1
    assert database.done["start"] == database.done["stop"] + database.done["kill"] == 8
    assert min(database.done.values()) > 0
    assert made.counts["disk full"] == 1
    asyncio.run(made.go_on(time.perf_counter()))  # the time is over: nothing more
    assert app.done == {}


@pytest.mark.servers
def test_redis_of_the_run_keeps_what_it_has_answered_when_it_is_killed(tmp_path):
    from redis import Redis

    if OwnLastingRedis.missing():
        pytest.skip(OwnLastingRedis.missing())
    server = OwnLastingRedis(tmp_path)
    server.prepare()
    server.start()
    try:
        with Redis.from_url(server.url) as redis:
            redis.rpush("list", "stored")
        server.kill()
        server.start()
        with Redis.from_url(server.url) as redis:
            assert redis.lrange("list", 0, -1) == [b"stored"]
    finally:
        server.stop()


@pytest.mark.parametrize("wrong", [[], ["a row is lost"]])
def test_the_command_fails_when_anything_is_wrong_and_says_how_to_repeat_it(wrong, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command, "run", lambda *given: command.Outcome({}, {}, [], wrong))
    monkeypatch.setattr(command.tempfile, "mkdtemp", lambda prefix: str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    assert command.main(["--minutes", "0.5", "--seed", "9"]) == len(wrong)
    said = capsys.readouterr().out
    assert "python -m tests.chaos --visitors 10 --minutes 0.5 --seed 9" in said
    assert all(words in said for words in wrong)
    assert (tmp_path / "run").exists() == bool(wrong)
