"""The turns of tests/kit/ledger/test_turns.py as turns of the app: their records have the same lines, also when read again."""

import pytest
from agents import Agent, GuardrailFunctionOutput, RunConfig, Runner, SessionSettings, input_guardrail
from agents.run import ModelInputData
from agents.testing import assistant_message, function_call

from lessons.kit.records import load_records
from tests.support.scripted import assistant, call, make_agent, output, reasoning, user
from tests.support.turns import do, fill

ASKED, SAID, CALL, OUTPUT, THOUGHT = user("I am Ann"), assistant("Hello Ann"), call(), output(), reasoning()
TAIL = ("user no 1 new-input", "assistant no - reply")


def lines(ledger):
    """Each line as "kind returned sent cause", with - for nothing. The test checks the rows separately: they count from 1."""
    return [
        " ".join(
            (
                line.item.kind.replace(" ", "_"),
                "yes" if line.returned else "no",
                ",".join(map(str, line.sent)) or "-",
                line.cause or "-",
            )
        )
        for line in ledger.lines
    ]


def without_output(history, new):
    return [item for item in [*history, *new] if item.get("type") != "function_call_output"]


def edited_copy(history, new):
    return [{**history[0], "content": "I am Bob"}, *history[1:], *new]


def edited_in_place(history, new):
    history[0]["content"] = "I am Bob"
    return [*history, *new]


def only_history(history, new):
    return history


def shorter(data):
    return ModelInputData(input=data.model_data.input[1:], instructions=data.model_data.instructions)


@input_guardrail(run_in_parallel=False)
def no_greetings(context, agent, given):
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


def limit(count):
    return RunConfig(session_settings=SessionSettings(limit=count))


def callback(function):
    return RunConfig(session_input_callback=function)


ROME = (call(arguments='{"city":"Rome"}'), output(text="Rome: 9"))
NOT_ASKED = ("user yes - model-not-asked", "assistant yes - model-not-asked", "user no - model-not-asked")
TOOL = ([function_call("get_weather", {"city": "Oslo"}, call_id="c9")], [assistant_message("4")])
TURNS = {
    "over the limit": (
        (ASKED, SAID, ASKED, SAID),
        {"config": limit(2)},
        ("user no - over-limit", "assistant no - over-limit", "user yes 1 -", "assistant yes 1 -", *TAIL),
    ),
    "call without output": ((ASKED, CALL), {}, ("user yes 1 -", "tool_call yes - output-missing", *TAIL)),
    "call of another type without output": (
        (ASKED, {"type": "custom_tool_call", "id": "x1", "call_id": "c1", "name": "it", "input": ""}),
        {},
        ("user yes 1 -", "tool_call yes - output-missing", *TAIL),
    ),
    "reasoning of such a call": (
        (ASKED, THOUGHT, CALL),
        {},
        ("user yes 1 -", "reasoning yes - reasoning-of-left-out-call", "tool_call yes - output-missing", *TAIL),
    ),
    "output without call": (
        (ASKED, OUTPUT, SAID),
        {},
        ("user yes 1 -", "tool_output yes 1 -", "assistant yes 1 -", *TAIL),
    ),
    "call over the limit": (
        (CALL, OUTPUT, SAID),
        {"config": limit(2)},
        ("tool_call no - over-limit", "tool_output yes - call-missing", "assistant yes 1 -", *TAIL),
    ),
    "callback drops the output": (
        (ASKED, CALL, OUTPUT, SAID),
        {"config": callback(without_output)},
        (
            "user yes 1 -",
            "tool_call yes - output-missing",
            "tool_output yes - callback-removed",
            "assistant yes 1 -",
            *TAIL,
        ),
    ),
    "callback returns an edited copy": (
        (ASKED, SAID),
        {"config": callback(edited_copy)},
        ("user yes - callback-changed", "assistant yes 1 -", "user no 1 callback-added", *TAIL),
    ),
    "callback edits in place": (
        (ASKED, SAID),
        {"config": callback(edited_in_place)},
        ("user yes 1 callback-changed", "assistant yes 1 -", *TAIL),
    ),
    "callback drops the new input": (
        (ASKED, SAID),
        {"config": callback(only_history)},
        ("user yes 1 -", "assistant yes 1 -", "user no - callback-removed", "assistant no - reply"),
    ),
    "filter drops the first": (
        (ASKED, SAID),
        {"config": RunConfig(call_model_input_filter=shorter)},
        ("user yes - filter-removed", "assistant yes 1 -", *TAIL),
    ),
    "two pairs with one call id": (
        (ASKED, CALL, OUTPUT, *ROME, SAID),
        {},
        (
            "user yes 1 -",
            "tool_call yes - same-id",
            "tool_output yes - same-id",
            "tool_call yes 1 -",
            "tool_output yes 1 -",
            "assistant yes 1 -",
            *TAIL,
        ),
    ),
    "input guardrail": ((ASKED, SAID), {"agent": {"input_guardrails": [no_greetings]}}, NOT_ASKED),
    "tool call in the run": (
        (),
        {"steps": TOOL},
        (
            "user no 1,2 new-input",
            "tool_call no 2 stored-in-run",
            "tool_output no 2 stored-in-run",
            "assistant no - reply",
        ),
    ),
    "call that waits for approval": (
        (),
        {"steps": ([function_call("refund", {"order": "1"}, call_id="c9")],)},
        ("user no 1 new-input", "tool_call no - waiting-for-approval"),
    ),
}
STREAMED, WAITED = "streamed", "run_sync"


def run_in_the_app(desk, provider, name, way="run"):
    """Store the rows of the turn, run it on the desk, and return its record."""
    stored, setting, _ = TURNS[name]
    if stored:
        fill(desk, *stored)
    config = setting.get("config")

    async def ask(agent: Agent, session):
        if way == STREAMED:
            result = Runner.run_streamed(agent, "Hi", session=session, run_config=config)
            async for _ in result.stream_events():
                pass
            return result
        return await Runner.run(agent, "Hi", session=session, run_config=config)

    def wait(agent: Agent, session):
        return Runner.run_sync(agent, "Hi", session=session, run_config=config)

    def agent_of(model):
        return make_agent(*setting.get("steps", ()), **setting.get("agent", {}))

    return do(desk, provider, wait if way == WAITED else ask, make_agent=agent_of)


@pytest.mark.parametrize("way", ["run", WAITED, STREAMED])
@pytest.mark.parametrize("name", sorted(TURNS))
def test_a_turn_of_the_app_has_the_right_lines(desk, provider, name, way):
    """All three ways to run are tried: a streamed run stores its input later than the others."""
    record = run_in_the_app(desk, provider, name, way)
    assert lines(record.ledger) == list(TURNS[name][2])
    rows = [line.row for line in record.ledger.lines if line.row is not None]
    assert [(row.store, row.session_id, row.key) for row in rows] == [
        ("sqlite_file", "alice", key) for key in range(1, len(rows) + 1)
    ]
    assert load_records(desk.folder / "records") == [record]
    (run,) = record.ledger.runs
    assert run.kind == {"run": "run", WAITED: "run_sync", STREAMED: "run_streamed"}[way]
    for number, count in zip(run.requests, run.sent, strict=True):
        assert sum(number in line.sent for line in record.ledger.lines) == count
