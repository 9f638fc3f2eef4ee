"""Failures of the model and of its service, and stopped turns: what is said, what is kept, and that the next turn works."""

import asyncio
import threading

import openai
import pytest
from agents import Agent, Runner, function_tool
from agents.testing import ScriptedModel, assistant_message, function_call

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.ledger.cause import Cause
from lessons.kit.models.providers import read_provider
from lessons.kit.records import load_records
from tests.support.model_endpoint import ModelEndpoint
from tests.support.turns import FailingModel, SilentModel, ask_name, do, start, stored, tell, with_model

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"


def wait_and_ask(agent, session):
    return Runner.run_sync(agent, "What's my name?", session=session)


async def ask_streamed(agent, session):
    result = Runner.run_streamed(agent, "What's my name?", session=session)
    async for _ in result.stream_events():
        pass
    return result


WAYS = [ask_name, wait_and_ask, ask_streamed]


# The model.


@pytest.mark.parametrize("code", WAYS)
def test_a_model_that_raises(told, provider, code):
    before = stored(told)
    error = RuntimeError(f"no answer with {KEY}")
    record = do(told, provider, code, make_agent=with_model(FailingModel(error)))
    assert record.problem.what.startswith("RuntimeError: no answer with")
    assert KEY not in repr(record)
    assert record.problem.kept == "Stored before it failed: row 3. The next run will send it too."
    assert record.problem.next
    assert (record.reply, record.stopped) == (None, False)
    assert stored(told)[:2] == before
    (line,) = [line for line in record.ledger.lines if line.mark == "added"]
    assert (line.sent, line.cause) == ((1,), Cause.NEW_INPUT)
    assert record.ledger.runs[0].ended_by == "the run failed with RuntimeError"
    assert do(told, provider, ask_name).was_sent("alice")


def too_long(desk, provider, code, model):
    """Run `code` with a short time limit, and longer ones until the model was asked: the rows before, and the record.

    On a busy machine the time can be up before the run has come to the model.
    """
    with pytest.MonkeyPatch.context() as limited:
        for seconds in ("0.2", "2", "20"):
            limited.setenv("SESSIONS_TURN_SECONDS", seconds)
            before = stored(desk)
            record = do(desk, provider, code, make_agent=with_model(model))
            assert record.problem.what == "The run took too long and was cancelled: no answer came in time."
            if record.requests:
                return before, record
    raise AssertionError("the model was not asked")


@pytest.mark.parametrize("code", WAYS)
def test_a_model_that_hangs_is_cancelled(told, provider, code):
    before, record = too_long(told, provider, code, SilentModel())
    assert not record.stopped
    assert stored(told)[:-1] == before
    assert record.problem.kept.startswith("Stored before it failed: row ")
    assert do(told, provider, ask_name).problem is None


@pytest.mark.parametrize("code", WAYS)
def test_nothing_of_a_turn_that_took_too_long_goes_on(told, provider, code):
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

    too_long(told, provider, code, LateModel([[assistant_message("Late.")]]))
    go_on.set()
    before = stored(told)
    do(told, provider, ask_name)  # gives the loop the time to go on with it
    after = stored(told)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 2
    assert "Late." not in str(after)


@pytest.mark.parametrize("setting", ["abc", "-1", "0", "nan", "inf", ""])
def test_a_setting_that_is_not_a_time_limit_leaves_the_usual_one(told, provider, setting, monkeypatch):
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
    before = stored(told)
    endpoint.fail_with(status)
    for code in WAYS:
        record = do(told, hosted, code)
        assert words in record.problem.what
        assert next_ in record.problem.next
        assert "Stored before it failed" in record.problem.kept
        assert KEY[:12] not in repr(record)
    assert stored(told)[:2] == before
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
    assert len(stored(told)) == 3


def test_an_agent_that_cannot_be_made_is_a_record_and_no_endless_turn(told, provider):
    def make_agent(model):
        raise openai.OpenAIError("no key")

    record = do(told, provider, ask_name, make_agent=make_agent)
    assert record.problem.what == "OpenAIError: no key"
    assert told.running() == []
    assert len(stored(told)) == 2
    assert load_records(told.folder / "records")[-1] == record


# Stop.


@pytest.mark.parametrize("code", WAYS)
def test_stop_while_the_model_is_silent(told, provider, code):
    model = SilentModel()
    turn = start(told, provider, code, make_agent=with_model(model))
    assert model.asked.wait(60)
    turn.stop()
    turn.stop()
    record = turn.result(60)  # the model never answers
    assert record.stopped
    assert record.problem is None
    assert [row.key for row in record.added] == [3]
    before = stored(told)
    told.store("sqlite_file").close()
    assert stored(told) == before
    assert len(before) == 3
    assert do(told, provider, tell).problem is None


def test_a_stopped_chat_message_keeps_the_words_that_were_said(told):
    slow = read_provider({"SESSIONS_OFFLINE_SECONDS_PER_WORD": "2"})
    turn = walk.start_message(walk.Walk(load_lesson("basic"), told, "sqlite_file", slow), "What's my name?", "alice")
    version = 0
    while not turn.text:
        assert turn.wait(version, 60)
        version = turn.version
    said = turn.text
    turn.stop()
    record = turn.result(60)
    assert record.stopped
    assert record.reply == turn.text == said  # it did not wait for the next word
    in_ledger = [line.row.key for line in record.ledger.lines if line.row]
    assert in_ledger == [row.key for row in told.store("sqlite_file").page("alice").rows]
    last = record.ledger.lines[-1]
    assert (last.item.kind, last.row, last.cause) == ("assistant", None, Cause.REPLY_NOT_STORED)
    assert last.why == "said as far as it came, and not stored: the turn was stopped"
    assert len(stored(told)) == 3


def test_a_turn_that_is_stopped_while_it_waits_asks_nobody(told, provider):
    model, never = SilentModel(), SilentModel()
    first = start(told, provider, ask_name, make_agent=with_model(model))
    second = start(told, provider, ask_name, make_agent=with_model(never))
    assert model.asked.wait(60)
    second.stop()
    first.stop()
    assert second.result(60).stopped
    assert not never.asked.is_set()
    assert len(stored(told)) == 3


def test_nothing_of_a_stopped_turn_goes_on(told, provider):
    """A tool that still runs when the turn is stopped must not add a row later."""
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
    assert started.wait(60)
    turn.stop()
    assert turn.result(60).stopped
    go_on.set()
    record = do(told, provider, ask_name)  # gives the loop the time to go on with it
    assert "late" not in str(stored(told)).lower()
    assert [row.key for row in record.added] == [4, 5]


# The app itself.


def test_a_turn_that_ran_and_could_not_be_read_does_not_claim_that_nothing_was_stored(desk, provider, monkeypatch):
    def fail(*given, **more):
        raise RuntimeError("a fault of the app")

    monkeypatch.setattr("lessons.kit.turns.run_turn.session_calls", fail)
    record = do(desk, provider, tell)
    assert len(stored(desk)) == 2
    assert record.problem.what.startswith("RuntimeError: a fault of the app")
    assert record.problem.kept == "The turn ran, and the app could not read what it did. What it stored is in the rows."
