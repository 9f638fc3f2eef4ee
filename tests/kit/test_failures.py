"""Bad input and failures: what is said, what is kept, and that the next turn works."""

import asyncio
import json
import os
import shutil
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import openai
import pytest
from agents import Agent, Runner, function_tool
from agents.testing import ScriptedModel, assistant_message, function_call

from lessons import walk
from lessons.course import load_lesson
from lessons.kit.desk import open_desk
from lessons.kit.providers import read_provider
from lessons.kit.records import Refused, load_records
from lessons.kit.workspace import new_visitor
from tests.model_endpoint import ModelEndpoint
from tests.turns import FailingModel, SilentModel, do, insert_row, start, with_model

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"


async def tell(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


async def ask_name(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


def wait_and_ask(agent, session):
    return Runner.run_sync(agent, "What's my name?", session=session)


async def ask_streamed(agent, session):
    result = Runner.run_streamed(agent, "What's my name?", session=session)
    async for _ in result.stream_events():
        pass
    return result


WAYS = [ask_name, wait_and_ask, ask_streamed]


def rows(desk, store="sqlite_file", session_id="alice"):
    return [row.data for row in desk.store(store).page(session_id).rows]


@pytest.fixture
def told(desk, provider):
    """A desk on which two rows are stored."""
    do(desk, provider, tell)
    return desk


# The model.


@pytest.mark.parametrize("code", WAYS)
def test_a_model_that_raises(told, provider, code):
    before = rows(told)
    error = RuntimeError(f"no answer with {KEY}")
    record = do(told, provider, code, make_agent=with_model(FailingModel(error)))
    assert record.problem.what.startswith("RuntimeError: no answer with")
    assert KEY not in repr(record)
    assert record.problem.kept == "Stored before it failed: row 3. The next run will be sent it too."
    assert record.problem.next
    assert (record.reply, record.stopped) == (None, False)
    assert rows(told)[:2] == before
    assert [line.why for line in record.trace.lines if line.mark == "added"] == [
        "new input, stored before the model was asked"
    ]
    assert do(told, provider, ask_name).was_sent("alice")


@pytest.mark.parametrize("code", WAYS)
def test_a_model_that_hangs_is_cancelled(told, provider, code, monkeypatch):
    monkeypatch.setenv("SESSIONS_TURN_SECONDS", "0.2")
    began = time.monotonic()
    record = do(told, provider, code, make_agent=with_model(SilentModel()))
    assert time.monotonic() - began < 2
    assert record.problem.what == "The run took too long and was cancelled: no answer came in time."
    assert not record.stopped
    assert len(rows(told)) == 3
    monkeypatch.delenv("SESSIONS_TURN_SECONDS")
    assert do(told, provider, ask_name).problem is None


@pytest.mark.parametrize("code", WAYS)
def test_nothing_of_a_turn_that_took_too_long_goes_on(told, provider, code, monkeypatch):
    """An answer that comes after the time is up must not become a row of the next turn."""
    go_on = threading.Event()

    class LateModel(ScriptedModel):
        async def get_response(self, *args, **kwargs):
            while not go_on.is_set():
                await asyncio.sleep(0.01)
            return await super().get_response(*args, **kwargs)

        async def stream_response(self, *args, **kwargs):
            while not go_on.is_set():
                await asyncio.sleep(0.01)
            async for event in super().stream_response(*args, **kwargs):
                yield event

    monkeypatch.setenv("SESSIONS_TURN_SECONDS", "0.1")
    record = do(told, provider, code, make_agent=with_model(LateModel([[assistant_message("Late.")]])))
    assert "took too long" in record.problem.what
    go_on.set()
    monkeypatch.delenv("SESSIONS_TURN_SECONDS")
    do(told, provider, ask_name)  # the loop has had its time
    assert "Late." not in str(rows(told))
    assert len(rows(told)) == 5


@pytest.mark.parametrize("setting", ["abc", "-1", "0", "nan", "inf", ""])
def test_a_time_limit_that_is_none_is_the_usual_one(told, provider, setting, monkeypatch):
    monkeypatch.setenv("SESSIONS_TURN_SECONDS", setting)
    assert do(told, provider, ask_name).problem is None


@pytest.fixture(scope="module")
def endpoint():
    with ModelEndpoint() as running:
        yield running


@pytest.fixture
def hosted(endpoint):
    """A provider whose service is the endpoint."""
    yield read_provider({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": endpoint.url})
    endpoint.release()


@pytest.mark.parametrize(
    ("status", "words", "next_"),
    [
        (401, "refused the key (401)", "Check the key"),
        (429, "too many requests, or no quota left (429)", "Wait a little"),
        (500, "failed (500)", "Wait a little"),
        (404, "refused the request (404)", "Check the model's name"),
    ],
)
def test_an_error_of_the_service_is_told_without_the_key(told, endpoint, hosted, status, words, next_):
    before = rows(told)
    endpoint.fail_with(status)
    for code in WAYS:
        record = do(told, hosted, code)
        assert words in record.problem.what
        assert next_ in record.problem.next
        assert "Stored before it failed" in record.problem.kept
        assert KEY[:12] not in repr(record)
    assert rows(told)[:2] == before
    kept = "".join(path.read_text() for path in (told.folder / "records").iterdir())
    assert KEY[:12] not in kept
    endpoint.release()
    assert do(told, hosted, ask_name).was_sent("alice")


@pytest.mark.parametrize("code", WAYS)
def test_an_answer_without_anything_is_a_problem(told, endpoint, hosted, code):
    endpoint.answer_nothing()
    record = do(told, hosted, code)
    assert record.problem.what == "The model answered with nothing."
    assert record.problem.kept.startswith("Stored before it failed: row 3")


def test_a_service_that_is_not_there(told):
    nowhere = read_provider({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    record = do(told, nowhere, ask_name)
    assert record.problem.what == "The model's service could not be reached."
    assert len(rows(told)) == 3


def test_an_agent_that_cannot_be_made_is_a_record_and_no_endless_turn(told, provider):
    def make_agent(model):
        raise openai.OpenAIError("no key")

    record = do(told, provider, ask_name, make_agent=make_agent)
    assert record.problem.what == "OpenAIError: no key"
    assert told.under_way() == []
    assert len(rows(told)) == 2
    assert load_records(told.folder / "records")[-1] == record


def test_a_verdict_that_fails_does_not_cost_the_record(told, provider):
    def judge(record):
        raise IndexError("nothing there")

    record = start(told, provider, ask_name, judge=judge).result(10)
    assert record.problem.what == "IndexError: nothing there"
    assert "Alice" in record.reply
    assert len(told.records) == 2


# Stop.


@pytest.mark.parametrize("code", WAYS)
def test_stop_while_the_model_is_silent(told, provider, code):
    model = SilentModel()
    turn = start(told, provider, code, make_agent=with_model(model))
    assert model.asked.wait(10)
    began = time.monotonic()
    turn.stop()
    turn.stop()
    record = turn.result(5)
    assert time.monotonic() - began < 1
    assert record.stopped
    assert record.problem is None
    assert [row.key for row in record.added] == [3]
    stored = rows(told)
    told.store("sqlite_file").close()
    assert rows(told) == stored
    assert len(stored) == 3
    assert do(told, provider, tell).problem is None


def test_a_stopped_chat_message_keeps_the_words_that_were_said(told):
    slow = read_provider({"SESSIONS_OFFLINE_SECONDS_PER_WORD": "0.2"})
    turn = walk.start_message(told, load_lesson("basic"), "What's my name?", "alice", "sqlite_file", slow)
    version = 0
    while not turn.text:
        assert turn.wait(version, 5)
        version = turn.version
    turn.stop()
    record = turn.result(5)
    assert record.stopped
    assert record.reply == turn.text
    last = record.trace.lines[-1]
    assert (last.item.kind, last.key, last.why) == ("assistant", None, "said, but not stored: the run did not end")
    assert len(rows(told)) == 3


def test_a_turn_that_is_stopped_while_it_waits_asks_nobody(told, provider):
    model, never = SilentModel(), SilentModel()
    first = start(told, provider, ask_name, make_agent=with_model(model))
    second = start(told, provider, ask_name, make_agent=with_model(never))
    assert model.asked.wait(10)
    second.stop()
    first.stop()
    assert second.result(5).stopped
    assert not never.asked.is_set()
    assert len(rows(told)) == 3


def test_nothing_of_a_stopped_turn_goes_on(told, provider):
    """A tool that is still at work when the turn is stopped must not lead to a row later."""
    started, go_on = threading.Event(), threading.Event()

    @function_tool
    async def slow_tool() -> str:
        """Slow."""
        started.set()
        while not go_on.is_set():
            await asyncio.sleep(0.01)
        return "late"

    script = ScriptedModel([[function_call("slow_tool", {}, call_id="c1")], [assistant_message("Late.")]])
    turn = start(told, provider, ask_streamed, make_agent=lambda _: Agent(name="A", model=script, tools=[slow_tool]))
    assert started.wait(10)
    turn.stop()
    assert turn.result(5).stopped
    go_on.set()
    record = do(told, provider, ask_name)  # the loop has had its time
    assert "late" not in str(rows(told)).lower()
    assert [row.key for row in record.added] == [4, 5]


# Messages.


@pytest.fixture
def lesson():
    return load_lesson("basic")


@pytest.mark.parametrize("message", ["", "   ", "\n\t", "x" * 100_000])
def test_a_message_that_cannot_be_sent_is_refused_and_changes_nothing(told, provider, lesson, message):
    with pytest.raises(Refused) as refused:
        walk.start_message(told, lesson, message, "alice", "sqlite_file", provider)
    assert refused.value.problem.next
    assert len(rows(told)) == 2
    assert len(told.records) == 1


@pytest.mark.parametrize(
    "message",
    [
        "\x00\x01\x02 bell \x07",
        "\u202eright to left",
        "🙂" * 2_000,
        "\ud83d half an emoji",
        "'; DROP TABLE agent_messages; --",
    ],
    ids=["control", "direction", "emoji", "surrogate", "sql"],
)
def test_strange_messages_are_stored_as_they_are(told, provider, lesson, message):
    record = walk.start_message(told, lesson, message, "alice", "sqlite_file", provider).result(10)
    assert record.problem is None
    assert record.trace.lines[-1].mark == "added"
    assert len(rows(told)) == 4
    assert json.loads(rows(told)[2])["content"] == message
    assert load_records(told.folder / "records")[-1] == record


@pytest.mark.parametrize("session_id", ["", "a/b", "../up", "x" * 5_000, "ü🙂", "'; --", 'quo"te'])
@pytest.mark.parametrize("store", ["sqlite_file", "sqlite_memory"])
def test_any_session_id_can_be_used_and_undone(desk, provider, session_id, store):
    before = sorted(path.name for path in desk.workspace.folder.rglob("*.db"))
    record = do(desk, provider, tell, session_id=session_id, store=store, snapshot="one")
    assert record.problem is None
    assert len(rows(desk, store, session_id)) == 2
    do(desk, provider, ask_name, session_id=session_id, store=store, snapshot="two")
    assert desk.restore("two")
    assert len(rows(desk, store, session_id)) == 2
    assert desk.restore("one")
    assert rows(desk, store, session_id) == []
    assert sorted(path.name for path in desk.workspace.folder.rglob("*.db")) == before


# The storage.


@contextmanager
def locked(path):
    """Another program is in the middle of a write."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


def test_a_lock_that_is_released_in_time_is_waited_for(told, provider):
    connection = sqlite3.connect(told.store("sqlite_file").path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    turn = start(told, provider, ask_name)
    threading.Timer(0.3, connection.rollback).start()
    record = turn.result(10)
    connection.close()
    assert record.problem is None
    assert record.milliseconds > 200


def test_a_locked_database_fails_the_turn_and_nobody_else(told, provider):
    other = open_desk(new_visitor(), "basic")
    with locked(told.store("sqlite_file").path):
        turn = start(told, provider, ask_name)
        began = time.monotonic()
        assert do(other, provider, tell).problem is None
        assert time.monotonic() - began < 2
        assert len(rows(told)) == 2  # and the page can still be drawn
        record = turn.result(20)
    assert "locked" in record.problem.what
    assert record.problem.kept == "Nothing was stored in this turn; all rows that were there before are kept."
    assert "end its transaction" in record.problem.next
    assert do(told, provider, ask_name).was_sent("alice")
    other.close()


def damage(path):
    path.write_bytes(b"this is no database" * 500)


def test_a_damaged_file_is_told_and_a_reset_mends_it(desk, provider):
    path = desk.store("sqlite_file").path
    damage(path)
    with pytest.raises(Refused) as refused:
        desk.store("sqlite_file").page("alice")
    assert "not a usable SQLite database" in refused.value.problem.what
    record = do(desk, provider, tell)
    assert "not a usable SQLite database" in record.problem.what
    assert record.session_id == "alice"
    desk.reset()
    assert do(desk, provider, tell).problem is None
    assert len(rows(desk)) == 2


def test_a_damaged_file_that_is_moved_away_is_forgotten(desk, provider):
    path = desk.store("sqlite_file").path
    damage(path)
    with pytest.raises(Refused):
        desk.store("sqlite_file").page("alice")
    path.rename(path.with_suffix(".broken"))
    assert do(desk, provider, tell).problem is None
    assert len(rows(desk)) == 2


def test_a_file_that_is_damaged_during_the_turn_does_not_cost_the_reply(desk, provider):
    async def run_and_damage(agent, session):
        result = await Runner.run(agent, "My name is Alice", session=session)
        path = Path(session.db_path)
        session.close()
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(name).unlink(missing_ok=True)
        damage(path)
        return result

    record = do(desk, provider, run_and_damage)
    assert "Alice" in record.reply
    assert record.problem.what
    assert record.requests[0].count == 1


def test_a_step_on_a_damaged_file_fails_and_stepping_back_deletes_nothing(desk, provider, lesson):
    do(desk, provider, tell, store="sqlite_custom_tables")
    damage(desk.store("sqlite_file").path)
    record = walk.start_step(desk, lesson, 0, "sqlite_file", provider).result(10)
    assert "not a usable SQLite database" in record.problem.what
    assert desk.progress.steps_done == 0
    assert walk.step_back(desk) is False
    assert len(rows(desk, "sqlite_custom_tables")) == 2
    assert desk.store("sqlite_file").path.read_bytes().startswith(b"this is no database")


def test_a_foreign_database_keeps_its_tables(desk, provider):
    path = desk.store("sqlite_file").path
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE cities (name TEXT)")
        other.execute("INSERT INTO cities VALUES ('Oslo')")
    assert rows(desk) == []
    assert desk.store("sqlite_file").session_ids() == []
    assert do(desk, provider, tell).problem is None
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT * FROM cities").fetchall() == [("Oslo",)]


def test_a_foreign_table_of_the_same_name_is_told_and_left_alone(desk, provider):
    path = desk.store("sqlite_file").path
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE agent_messages (number INTEGER, body TEXT)")
        other.execute("INSERT INTO agent_messages VALUES (1, 'mine')")
    with pytest.raises(Refused) as refused:
        rows(desk)
    assert "no such column" in refused.value.problem.what
    record = do(desk, provider, tell)
    assert "no such column" in record.problem.what
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT * FROM agent_messages").fetchall() == [(1, "mine")]


def test_rows_that_are_no_items_do_not_stop_a_turn(told, provider):
    path = told.store("sqlite_file").path
    for data in ("{broken", "null", b"\xff\xfe", 7, '{"role": "assistant", "content": [1, null]}'):
        insert_row(path, "alice", data)
    record = do(told, provider, ask_name)
    assert len(record.trace.lines) >= 8
    page = told.store("sqlite_file").page("alice")
    assert page.total == len(page.rows)


def test_a_data_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SESSIONS_DATA_DIR", str(tmp_path / "file" / "data"))
    with pytest.raises(Refused) as refused:
        open_desk(new_visitor(), "basic")
    assert "Not a directory" in refused.value.problem.what
    assert str(tmp_path) not in refused.value.problem.what
    assert "SESSIONS_DATA_DIR" in refused.value.problem.next


def refused_as_nobody(visitor):
    """What a process says that may read the data folder and not write it. Root may write everywhere."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            open_desk(visitor, "basic")
            os.write(writer, b"it was opened")
        except Refused as refused:
            os.write(writer, refused.problem.what.encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as words:
        said = words.read().decode()
    os.waitpid(child, 0)
    return said


@pytest.mark.skipif(not hasattr(os, "fork"), reason="another user's process is made with fork()")
def test_a_data_folder_that_may_not_be_written(told, data_folder):
    """Nothing is lost when the folder becomes read-only: the visitor is refused, and has the rows afterwards."""
    inside = [path for path in (data_folder, *data_folder.rglob("*")) if path.is_dir()]
    above = [folder for folder in data_folder.parents if folder.stat().st_uid == os.getuid()]
    modes = {folder: folder.stat().st_mode for folder in (*inside, *above)}
    try:
        for folder in inside:
            folder.chmod(0o555)
        for folder in above:
            folder.chmod(modes[folder] | 0o555)
        said = refused_as_nobody(told.workspace.visitor)
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)
    assert said == "The data folder cannot be written: Permission denied (data)."
    assert len(rows(told)) == 2


def test_a_data_folder_that_is_deleted_while_the_app_runs(told, provider, data_folder):
    visitor = told.workspace.visitor
    shutil.rmtree(data_folder)
    again = open_desk(visitor, "basic")
    assert again.records == ()
    assert do(again, provider, tell).problem is None
    assert [row.key for row in again.store("sqlite_file").page("alice").rows] == [1, 2]
    again.close()


def test_records_that_cannot_be_saved_do_not_cost_the_turn(told, provider):
    folder = told.folder / "records"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file where the folder should be")
    record = do(told, provider, ask_name)
    assert "Alice" in record.reply
    assert record.problem.what.startswith("The record of this turn was not saved.")
    assert len(told.records) == 2  # once, and not once as a success and once as a failure
    folder.unlink()
    assert do(told, provider, ask_name).problem is None


def test_a_full_folder_takes_no_more_and_loses_nothing(told, provider, lesson, monkeypatch):
    monkeypatch.setenv("SESSIONS_VISITOR_LIMIT_MB", "0.01")
    desk = open_desk(told.workspace.visitor, "full")
    (desk.folder / "large.bin").write_bytes(b"0" * 20_000)
    with pytest.raises(Refused) as refused:
        walk.start_message(desk, lesson, "Hello", "alice", "sqlite_file", provider)
    assert "Your folder is full" in refused.value.problem.what
    assert desk.under_way() == []
    desk.reset()
    desk.close()
