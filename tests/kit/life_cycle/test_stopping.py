"""Long work tells how far it is, and a stop ends it between two rows and inside a statement, with nothing half done."""

import asyncio
import os
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lessons.kit.life_cycle import staged_file
from lessons.kit.life_cycle.copying import PHASES, copy_sessions
from lessons.kit.life_cycle.erasing import erase_sessions, erase_text
from lessons.kit.life_cycle.export_file import write_export
from lessons.kit.life_cycle.moving import SESSIONS_COMPARED, move_sessions
from lessons.kit.life_cycle.places.addresses import open_place
from lessons.kit.life_cycle.places.sql_place import SqlPlace
from lessons.kit.life_cycle.places.store_place import store_place
from lessons.kit.life_cycle.progress import EVERY, Progress
from lessons.kit.life_cycle.staged_file import CHECKED, staged
from lessons.kit.problems.problem import Refused
from tests.support.places import dump, empty_place, filled
from tests.support.stores import opened_store

MANY = [{"role": "user", "content": f"Number {number}"} for number in range(EVERY * 2)]
ENDLESS = {
    "sqlite": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
    "postgresql": "SELECT pg_sleep(600)",
    "mysql": "SELECT SLEEP(600)",
}


@pytest.fixture
def source(tmp_path):
    return filled(tmp_path / "from.db", items=MANY)


def stopping_at(*when):
    """A progress that is stopped when it tells this, and what it told."""
    stop, told = threading.Event(), []

    def said(what, done, total):
        told.append((what, done, total))
        if (what, done) == when:
            stop.set()

    return Progress(said, stop), told


def delete_and_wait(place, progress, statement):
    with progress.interrupting(place.interrupt), place.writing() as writing:
        writing.remove("s")
        writing.ask(statement)
        progress.check()  # MariaDB ends SLEEP without an error


@pytest.mark.parametrize(
    "kind", ["sqlite", *(pytest.param(name, marks=pytest.mark.servers) for name in ("postgresql", "mysql"))]
)
def test_a_statement_that_would_not_end_is_interrupted(kind, tmp_path, monkeypatch):
    """It ends because of the stop, or this test does not end."""
    with empty_place(kind, tmp_path, monkeypatch) as place:
        filled(tmp_path / "one.db", items=MANY[:1])
        copy_sessions(open_place(str(tmp_path / "one.db")), place, ["s"])
        stop = threading.Event()
        threading.Timer(0.05, stop.set).start()
        with pytest.raises(Refused, match="stopped"):
            delete_and_wait(place, Progress(stop=stop), ENDLESS[kind])
        assert [(info.session_id, len(rows)) for info, rows, _ in dump(place)] == [("s", 1)]


@pytest.mark.parametrize("what", list(PHASES))
def test_a_copy_that_is_stopped_between_two_rows_leaves_nothing(what, source, tmp_path):
    progress, told = stopping_at(what, EVERY)
    with pytest.raises(Refused, match="stopped"):
        copy_sessions(source, open_place(str(tmp_path / "to.db")), ["s"], progress=progress)
    assert told[-1] == (what, EVERY, len(MANY) * PHASES[what])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("to.db")] == []


def test_every_phase_is_told_of_to_its_end(source, tmp_path):
    told = {}
    progress = Progress(lambda what, done, total: told.update({what: (done, total)}))
    move_sessions(source, open_place(str(tmp_path / "to.db")), ["s"], progress=progress)
    rows = len(MANY)
    assert told == {
        "rows read": (rows, rows),
        "rows copied": (rows, rows),
        "rows compared": (rows * 2, rows * 2),
        SESSIONS_COMPARED: (1, 1),
    }


def test_a_move_that_is_stopped_after_its_copy_keeps_both_and_says_so(source, tmp_path):
    filled(tmp_path / "from.db", session_id="t", items=MANY[:1])
    progress, _ = stopping_at(SESSIONS_COMPARED, 1)
    target = open_place(str(tmp_path / "to.db"))
    moved = move_sessions(source, target, ["s", "t"], progress=progress, remove=True)
    assert (moved.stopped, moved.compared, moved.removed) == (True, ("s",), ())
    assert [info.session_id for info, _, _ in dump(source)] == [info.session_id for info, _, _ in dump(target)]


@pytest.mark.parametrize(
    ("erase", "what"),
    [
        (lambda place, progress: erase_sessions(place, ["s"], progress), "rows erased"),
        (lambda place, progress: erase_text(place, "Number 7", progress), "rows read"),
    ],
)
def test_an_erasure_that_is_stopped_between_two_rows_changes_nothing(erase, what, source):
    before = dump(source)
    progress, told = stopping_at(what, EVERY)
    with pytest.raises(Refused, match="stopped"):
        erase(source, progress)
    assert told[-1] == (what, EVERY, len(MANY))
    assert dump(source) == before


def test_an_erasure_that_is_stopped_later_is_done_and_not_proved(source):
    progress, _ = stopping_at("texts searched", 0)
    erased = erase_sessions(source, ["s"], progress)
    assert (erased.rows, erased.proved) == (len(MANY), False)
    assert erased.why_not_proved == ("It was stopped before the bytes were looked through.",)
    assert dump(source) == []


def test_an_export_that_is_stopped_leaves_no_file(source, tmp_path):
    progress, _ = stopping_at("rows written", EVERY)
    with pytest.raises(Refused, match="stopped"):
        write_export(source, ["s"], tmp_path / "all.sessions", progress)
    assert [path.name for path in tmp_path.iterdir() if "sessions" in path.name] == []


class NeverAnswers:
    """A session of a server that does not answer."""

    session_id, session_settings = "s", None

    async def get_items(self, limit=None):
        await asyncio.sleep(600)


def test_the_comparison_of_the_next_run_can_be_stopped_while_a_server_does_not_answer(source, tmp_path, monkeypatch):
    """The stop was looked at only between two sessions."""
    target, stop = open_place(str(tmp_path / "to.db")), threading.Event()

    @asynccontextmanager
    async def opened(self, session_id):
        stop.set()
        yield NeverAnswers()

    monkeypatch.setattr(SqlPlace, "opened", opened)
    moved = move_sessions(source, target, ["s"], progress=Progress(stop=stop), remove=True)
    assert (moved.stopped, moved.compared, moved.removed) == (True, (), ())
    assert len(dump(source)) == len(dump(target)) == 1


def test_an_import_can_be_stopped_while_its_file_is_checked(source, tmp_path):
    write_export(source, ["s"], tmp_path / "all.jsonl")
    progress, _ = stopping_at(CHECKED, len(MANY))
    with pytest.raises(Refused, match="stopped"), staged(tmp_path / "all.jsonl", progress):
        pass


def test_the_statement_that_sorts_an_imported_file_can_be_stopped(source, tmp_path, monkeypatch):
    """It ends because of the stop, or this test does not end."""
    write_export(source, ["s"], tmp_path / "all.jsonl")
    monkeypatch.setattr(staged_file, "_INDEXES", ENDLESS["sqlite"])
    stop = threading.Event()
    progress = Progress(lambda *_: threading.Timer(0.05, stop.set).start(), stop)
    with pytest.raises(Refused, match="stopped"), staged(tmp_path / "all.jsonl", progress):
        pass


@pytest.mark.parametrize("name", ["json_files", "sqlite_memory"])
def test_a_copy_of_a_store_without_tables_can_be_stopped(name, source, tmp_path):
    with opened_store(name, tmp_path) as store:
        place = store_place(store)
        copy_sessions(source, place, ["s"])
        before, stop = dump(place), threading.Event()

        class Interrupted(type(store)):
            def whole_sessions(self):
                place.interrupt()
                return super().whole_sessions()

        store.__class__ = Interrupted
        stop.set()
        with pytest.raises(Refused, match="stopped"):
            erase_sessions(place, ["s"], Progress(stop=stop))
        store.__class__ = Interrupted.__base__
        assert dump(place) == before


def test_a_stop_does_not_wait_for_a_driver_that_is_imported(tmp_path, monkeypatch):
    """The first use of PostgreSQL in a process was not stopped for four seconds on a busy machine."""
    (tmp_path / "slow_driver.py").write_text("import time\ntime.sleep(2)\n")
    monkeypatch.syspath_prepend(tmp_path)
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(Refused, match="stopped"):
        Progress(stop=stop).load(["slow_driver"])
    for thread in threading.enumerate():
        if thread.name == "load":  # its module is in the folder of this test
            thread.join()


def test_a_driver_that_cannot_be_imported_raises_nothing_in_the_thread_that_loads_it():
    """It was a traceback in the log. The error belongs where the driver is needed."""
    Progress().load(["a_driver_that_is_not_installed", "json"])


def test_the_modules_of_a_place_are_those_that_reach_it(monkeypatch):
    monkeypatch.setenv("A", "postgresql://h/d")
    monkeypatch.setenv("B", "mysql://h/d")
    monkeypatch.setenv("C", "redis://h/0")
    for name in ("A", "B", "C"):
        Progress().load(open_place(name).modules)
        assert set(open_place(name).modules) <= set(sys.modules)


CTRL_C = """
import os, signal, sys, threading
from lessons.terminal.life_cycle.command import Command, place_of, progress_to_stderr

def work(chosen):
    place, progress = place_of(chosen, "from.db"), progress_to_stderr(chosen)
    with progress.interrupting(place.interrupt), place.writing() as writing:
        writing.remove("s")
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        writing.ask(sys.argv[1])

sys.exit(Command("test", "").run([], work))
"""


def test_ctrl_c_ends_a_statement_that_would_not_end(source, tmp_path):
    """Python itself looks for Ctrl+C only after the statement: without help, this test would end by its time limit."""
    before = dump(source)
    ended = subprocess.run(
        [sys.executable, "-c", CTRL_C, ENDLESS["sqlite"]],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (130, ""), ended.stderr
    assert "Nothing is half done" in ended.stderr
    assert dump(source) == before
