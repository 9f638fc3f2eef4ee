"""The ledger of a turn: stored, returned and sent, with the cause of every difference. Each turn here is real."""

import json

import pytest
from agents import RunConfig, Runner, SessionSettings
from agents.run import CallModelData, ModelInputData

from lessons.kit.ledger.cause import Cause
from tests.support.turns import EXCHANGE, assistant, do, fill, insert_row, key_of, line_of, user, weather_agent

CALL = {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "sunny"}


async def ask(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


async def ask_without_session(agent):
    return await Runner.run(agent, "What's my name?")


def test_history_new_input_and_reply(desk, provider):
    fill(desk, *EXCHANGE)
    record = do(desk, provider, ask)
    lines = record.ledger.lines
    assert [(key_of(line), line.mark, line.returned, line.sent) for line in lines] == [
        (1, "", True, (1,)),
        (2, "", True, (1,)),
        (3, "added", False, (1,)),
        (4, "added", False, ()),
    ]
    assert [line.why for line in lines] == [
        "",
        "",
        "the new input of run 1",
        "the reply of run 1",
    ]
    assert "Alice" in record.reply


@pytest.mark.parametrize("where", ["run", "session"])
def test_rows_over_the_limit_are_not_returned(desk, provider, where):
    fill(desk, *EXCHANGE, *EXCHANGE)

    async def ask_with_limit(agent, session):
        if where == "session":
            session.session_settings = SessionSettings(limit=2)
            return await Runner.run(agent, "What's my name?", session=session)
        config = RunConfig(session_settings={"limit": 2})
        return await Runner.run(agent, "What's my name?", session=session, run_config=config)

    record = do(desk, provider, ask_with_limit)
    lines = record.ledger.lines
    assert [(line.returned, line.sent) for line in lines[:4]] == [(False, ()), (False, ()), (True, (1,)), (True, (1,))]
    whose = {
        "run": "the run's limit, session_settings of its RunConfig",
        "session": "the session's limit, its session_settings",
    }[where]
    assert {line.why for line in lines[:2]} == {f"older than the newest 2 items: {whose}"}
    assert record.ledger.runs[0].whose_limit == whose


def test_a_limit_that_the_session_applies_by_itself_is_named(desk, provider):
    fill(desk, *EXCHANGE, *EXCHANGE)

    async def read(session):
        session.session_settings = SessionSettings(limit=2)
        await session.get_items()

    lines = do(desk, provider, read).ledger.lines
    words = "older than the newest 2 items: the session's limit, its session_settings"
    assert [line.why for line in lines[:2]] == [words] * 2


def test_a_call_without_its_output_is_returned_and_never_sent(desk, provider):
    fill(desk, *EXCHANGE, CALL)
    line = line_of(do(desk, provider, ask), "get_weather")
    assert (line.returned, line.sent) == (True, ())
    assert line.cause is Cause.OUTPUT_MISSING
    assert "never" not in line.why


@pytest.mark.parametrize(
    ("settings", "sent", "cause"),
    [(None, (1,), None), ({"limit": 10}, (), Cause.CALL_MISSING)],
)
def test_an_output_without_its_call(desk, provider, settings, sent, cause):
    """The SDK leaves it out where a limit may have cut its call off, and sends it otherwise."""
    fill(desk, *EXCHANGE, OUTPUT)

    async def ask_with_settings(agent, session):
        config = RunConfig(session_settings=settings)
        return await Runner.run(agent, "What's my name?", session=session, run_config=config)

    line = line_of(do(desk, provider, ask_with_settings), "sunny")
    assert (line.returned, line.sent, line.cause) == (True, sent, cause)
    assert bool(line.risk) is bool(sent)


def test_an_output_whose_call_is_over_the_limit_may_be_sent_another_time(desk, provider):
    fill(desk, *EXCHANGE, user("Weather?"), CALL, OUTPUT, assistant("Sunny."))

    async def ask_with_limit(agent, session):
        config = RunConfig(session_settings={"limit": 2})
        return await Runner.run(agent, "And now?", session=session, run_config=config)

    record = do(desk, provider, ask_with_limit)
    output = line_of(record, "sunny")
    assert (output.returned, output.sent) == (True, ())
    assert output.cause is Cause.CALL_MISSING
    assert line_of(record, "get_weather").cause is Cause.OVER_LIMIT
    assert line_of(do(desk, provider, ask), "sunny").sent == (1,)  # so "never" would be wrong


def test_a_row_that_is_not_json_is_skipped_by_the_session(desk, provider):
    store = fill(desk, *EXCHANGE)
    key = insert_row(store.path, "alice", "{broken")
    record = do(desk, provider, ask)
    (line,) = [line for line in record.ledger.lines if key_of(line) == key]
    assert (line.returned, line.sent, line.why) == (False, (), "not JSON: the session skips it")


@pytest.mark.parametrize("data", ["null", '"text"', "{}", "[1]"])
def test_json_that_is_not_an_item_is_returned_and_sent_or_said_not_to_be(desk, provider, data):
    """The SDK returns such rows. Whatever it does with them next, the trace agrees with what the model got."""
    store = fill(desk, *EXCHANGE)
    key = insert_row(store.path, "alice", data)
    record = do(desk, provider, ask)
    (line,) = [line for line in record.ledger.lines if key_of(line) == key]
    assert line.item.kind == "unreadable"
    assert line.returned
    got = [json.loads(raw) for request in record.requests for raw in request.raw]
    assert bool(line.sent) == (json.loads(data) in got)
    assert bool(line.why) == (not line.sent)


def test_a_run_without_a_session_stores_and_returns_nothing(desk, provider):
    fill(desk, *EXCHANGE)
    record = do(desk, provider, ask_without_session)
    assert record.calls == ()
    assert record.session_id is None
    assert [(key_of(line), line.returned, line.sent) for line in record.ledger.lines] == [
        (None, False, (1,)),
        (None, False, ()),
    ]
    assert {line.cause for line in record.ledger.lines} == {Cause.NO_SESSION}


def test_a_tool_round_is_stored_in_the_run_and_sent_in_the_next_request(desk, provider):
    async def ask_weather(agent, session):
        return await Runner.run(agent, "What's the weather in Oslo?", session=session)

    record = do(desk, provider, ask_weather, make_agent=weather_agent)
    assert [(line.item.kind, line.mark, line.returned, line.sent) for line in record.ledger.lines] == [
        ("user", "added", False, (1, 2)),
        ("tool call", "added", False, (2,)),
        ("tool output", "added", False, (2,)),
        ("assistant", "added", False, ()),
    ]
    assert [line.cause for line in record.ledger.lines[1:3]] == [Cause.STORED_IN_RUN] * 2


def test_an_item_that_an_input_callback_adds_is_stored(desk, provider):
    fill(desk, *EXCHANGE)

    async def ask_with_callback(agent, session):
        config = RunConfig(session_input_callback=lambda old, new: [*old, user("Be kind."), *new])
        return await Runner.run(agent, "What's my name?", session=session, run_config=config)

    record = do(desk, provider, ask_with_callback)
    line = line_of(record, "Be kind.")
    assert (line.mark, line.sent) == ("added", (1,))


def test_history_that_an_input_callback_drops_is_returned_and_not_sent(desk, provider):
    fill(desk, *EXCHANGE)

    async def ask_with_callback(agent, session):
        def only_new(old, new):
            return new

        config = RunConfig(session_input_callback=only_new)
        return await Runner.run(agent, "What's my name?", session=session, run_config=config)

    lines = do(desk, provider, ask_with_callback).ledger.lines
    assert [(line.returned, line.sent, line.why) for line in lines[:2]] == [
        (True, (), "removed by the session_input_callback only_new")
    ] * 2


def test_an_item_that_a_model_input_filter_adds_is_sent_and_not_stored(desk, provider):
    fill(desk, *EXCHANGE)

    def add_note(data: CallModelData) -> ModelInputData:
        return ModelInputData([user("Today is Monday."), *data.model_data.input], data.model_data.instructions)

    async def ask_with_filter(agent, session):
        config = RunConfig(call_model_input_filter=add_note)
        return await Runner.run(agent, "What's my name?", session=session, run_config=config)

    record = do(desk, provider, ask_with_filter)
    note = record.ledger.lines[2]
    assert (note.item.text, note.row, note.sent) == ("Today is Monday.", None, (1,))
    assert note.why == "added by the call_model_input_filter add_note for request 1"


@pytest.mark.parametrize("rounds", [1, 2])
def test_an_item_that_a_model_input_filter_changes_is_one_line(desk, provider, rounds):
    """This is so also when it is changed again for the second request of a tool round."""
    answer = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
    answer["content"] = [{"type": "output_text", "text": "Your number is 12345.", "annotations": []}]
    fill(desk, user("What is my number?"), answer)

    def hide(data: CallModelData) -> ModelInputData:
        items = [json.loads(json.dumps(item).replace("12345", "*****")) for item in data.model_data.input]
        return ModelInputData(items, data.model_data.instructions)

    async def ask_with_filter(agent, session):
        config = RunConfig(call_model_input_filter=hide)
        question = "Hello" if rounds == 1 else "What's the weather in Oslo?"
        return await Runner.run(agent, question, session=session, run_config=config)

    record = do(desk, provider, ask_with_filter, make_agent=weather_agent)
    assert len(record.requests) == rounds
    line = line_of(record, "12345")
    assert (line.returned, line.sent) == (True, tuple(range(1, rounds + 1)))
    assert line.why == f"changed by the call_model_input_filter hide for request {rounds}"
    assert not [line for line in record.ledger.lines if "*****" in line.item.text]


def test_ids_that_every_item_shares_do_not_make_items_the_same(desk, provider):
    """Chat Completions models give all their items one id."""
    fake = {"id": "__fake_id__", "type": "message", "role": "assistant", "status": "completed"}
    one = {**fake, "content": [{"type": "output_text", "text": "One.", "annotations": []}]}
    two = {**fake, "content": [{"type": "output_text", "text": "Two.", "annotations": []}]}
    fill(desk, user("Count."), one, user("Go on."), two)

    def change_two(data: CallModelData) -> ModelInputData:
        kept = [item for item in data.model_data.input if "One." not in str(item)]
        items = [json.loads(json.dumps(item).replace("Two.", "Three.")) for item in kept]
        return ModelInputData(items, data.model_data.instructions)

    async def ask_with_filter(agent, session):
        config = RunConfig(call_model_input_filter=change_two)
        return await Runner.run(agent, "Go on again.", session=session, run_config=config)

    record = do(desk, provider, ask_with_filter)
    assert line_of(record, "One.").sent == ()


SIZES = [99, 100, 101, 150, 1_000]


@pytest.mark.parametrize("size", SIZES)
def test_long_sessions_are_traced_without_false_claims(desk, provider, size):
    fill(desk, *(user(f"message {number}") for number in range(size)))
    record = do(desk, provider, ask)
    *history, question, reply = record.ledger.lines
    assert record.removed == ()
    assert [row.key for row in record.added] == [size + 1, size + 2]
    assert [key_of(line) for line in history] == list(range(size - len(history) + 1, size + 1))
    assert all(line.returned and line.sent == (1,) and line.why == "" for line in history)
    assert (question.mark, reply.mark) == ("added", "added")
    assert record.ledger.has_earlier
    assert record.requests[0].count == size + 1
    assert record.calls[0].rows == size


@pytest.mark.parametrize("size", SIZES)
def test_long_sessions_with_rows_that_are_not_sent(desk, provider, size):
    """Broken rows push the windows of rows, of returned and of sent items apart."""
    store = fill(desk, *(user(f"message {number}") for number in range(size)))
    broken = [insert_row(store.path, "alice", "{") for _ in range(5)]
    fill(desk, CALL, user("last"))
    record = do(desk, provider, ask)
    for line in record.ledger.lines:
        expected = {
            "unreadable": (False, (), Cause.UNREADABLE),
            "tool call": (True, (), Cause.OUTPUT_MISSING),
        }.get(line.item.kind, (True, (1,), None))
        if line.mark == "":
            assert (line.returned, line.sent, line.cause) == expected, line
    assert {key_of(line) for line in record.ledger.lines if line.item.kind == "unreadable"} == set(broken)


def test_a_limit_on_a_long_session(desk, provider):
    fill(desk, *(user(f"message {number}") for number in range(1_000)))

    async def ask_with_limit(agent, session):
        config = RunConfig(session_settings={"limit": 10})
        return await Runner.run(agent, "What's my name?", session=session, run_config=config)

    record = do(desk, provider, ask_with_limit)
    history = record.ledger.lines[:-2]
    assert [line.returned for line in history[-10:]] == [True] * 10
    assert {(line.returned, line.sent, line.cause) for line in history[:-10]} == {(False, (), Cause.OVER_LIMIT)}


def test_equal_messages_are_told_apart_by_their_order(desk, provider):
    fill(desk, user("Hi"), assistant("Hi"), user("Hi"))

    async def say_hi(agent, session):
        config = RunConfig(session_settings={"limit": 1})
        return await Runner.run(agent, "Hi", session=session, run_config=config)

    lines = do(desk, provider, say_hi).ledger.lines
    assert [(key_of(line), line.returned, line.sent) for line in lines[:4]] == [
        (1, False, ()),
        (2, False, ()),
        (3, True, (1,)),
        (4, False, (1,)),
    ]
