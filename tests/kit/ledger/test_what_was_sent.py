"""Limits, filters, tools, handoffs and model classes: which rows a run sends, and which it stores, with the cause."""

import pytest
from agents import (
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
    SessionSettings,
    function_tool,
    handoff,
)
from agents.extensions.handoff_filters import remove_all_tools
from agents.run import ModelInputData
from agents.testing import assistant_message, function_call
from openai import AsyncOpenAI

from lessons.kit.ledger import Cause, observe
from lessons.kit.sdk_version import since
from tests.support.model_endpoint import ModelEndpoint
from tests.support.observed import PAIR, go, ledger_of, lines
from tests.support.scripted import call, file_session, make_agent, output


def test_whose_limit_it_is(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR, session_settings=SessionSettings(limit=1))
        return await ledger_of(session)

    assert go(work()).lines[0].why == "older than the newest item: the session's limit, its session_settings"


def test_both_limits_are_named_as_they_were_when_the_run_read_the_session(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR, session_settings=SessionSettings(limit=2))
        async with observe(session) as seen:
            await Runner.run(make_agent([assistant_message("Hi")]), "Hello", session=session, run_config=limited(1))
            session.session_settings = SessionSettings(limit=7)
        return seen.ledger

    limit = "the run's limit, session_settings of its RunConfig (the session's own is 2)"
    assert go(work()).lines[0].why == f"older than the newest item: {limit}"


def limited(limit):
    return RunConfig(session_settings=SessionSettings(limit=limit))


def test_a_filter_says_for_which_request(tmp_path):
    def newest_two(data):
        data.model_data.input = data.model_data.input[-2:]
        return data.model_data

    async def work():
        agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c1")], [assistant_message("4")])
        session = await file_session(tmp_path, *PAIR)
        return await ledger_of(session, agent, run_config=RunConfig(call_model_input_filter=newest_two))

    ledger = go(work())
    assert lines(ledger)[1:3] == ["assistant 2 yes 1 filter-removed", "user 3 no 1 filter-removed"]
    assert ledger.lines[2].why == "removed by the call_model_input_filter newest_two for request 2"


@function_tool
def transfer_to_savings(amount: int) -> str:
    """Move money."""
    return f"moved {amount}"


def test_a_tool_with_the_name_of_a_handoff_is_a_tool(tmp_path):
    async def work():
        steps = [function_call("transfer_to_savings", {"amount": 5}, call_id="c1")], [assistant_message("Done")]
        return await ledger_of(await file_session(tmp_path), make_agent(*steps, tools=[transfer_to_savings]))

    assert [line.cause for line in go(work()).lines][1:3] == [Cause.STORED_IN_RUN, Cause.STORED_IN_RUN]


def bank(**options):
    """An agent that hands off to another one."""
    target = make_agent([assistant_message("Moved")], name="Bank")
    return make_agent(
        [function_call("go_to_bank", {}, call_id="h1")],
        handoffs=[handoff(target, tool_name_override="go_to_bank", **options)],
    )


def test_a_handoff_with_its_own_name(tmp_path):
    async def work():
        return await ledger_of(await file_session(tmp_path), bank())

    causes = [(line.sent, line.cause) for line in go(work()).lines]
    assert causes == [
        ((1, 2), Cause.NEW_INPUT),
        ((2,), Cause.HANDOFF),
        ((2,), Cause.HANDOFF),
        ((), Cause.REPLY),
    ]


def test_a_handoff_with_an_input_filter(tmp_path):
    async def work():
        session = await file_session(tmp_path, PAIR[0], call(), output(), PAIR[1])
        return await ledger_of(session, bank(input_filter=remove_all_tools))

    ledger = go(work())
    assert [(line.sent, line.cause) for line in ledger.lines[:5]] == [
        ((1, 2), None),
        ((1,), Cause.HANDOFF_FILTER),
        ((1,), Cause.HANDOFF_FILTER),
        ((1, 2), None),
        ((1, 2), Cause.NEW_INPUT),
    ]
    assert "remove_all_tools" in ledger.lines[1].why
    assert ledger.lines[-2].cause is Cause.HANDOFF_FILTER  # the handoff's own call is in no row


def test_an_agent_keeps_its_handoff_filter(tmp_path):
    agent = bank(input_filter=remove_all_tools)

    async def work():
        await ledger_of(await file_session(tmp_path), agent)

    go(work())
    assert agent.handoffs[0].input_filter is remove_all_tools


def test_nested_history_is_one_summary(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        return await ledger_of(session, bank(), run_config=RunConfig(nest_handoff_history=True))

    ledger = go(work())
    assert [one.value["role"] for one in ledger.requests[2]] == ["assistant"]
    by_row = {line.row.key: (line.sent, line.cause) for line in ledger.lines if line.row}
    assert by_row[1] == by_row[2] == ((1,), Cause.NESTED_HISTORY)


def test_an_agent_as_a_tool_is_a_run_without_the_session(tmp_path):
    async def work():
        inner = make_agent([assistant_message("inner says")], name="Inner")
        steps = [function_call("ask_inner", {"input": "q"}, call_id="c1")], [assistant_message("outer says")]
        return await ledger_of(
            await file_session(tmp_path), make_agent(*steps, tools=[inner.as_tool("ask_inner", "Asks.")])
        )

    assert lines(go(work())) == [
        "user 1 no 1,3 new-input",
        "tool_call 2 no 3 stored-in-run",
        "user - no 2 no-session",
        "assistant - no - no-session",
        "tool_output 3 no 3 stored-in-run",
        "assistant 4 no - reply",
    ]


def of_a_provider(model_class, endpoint):
    client = AsyncOpenAI(base_url=endpoint.url, api_key="any")
    return make_agent(model=model_class("gpt-4o", openai_client=client))


@pytest.mark.parametrize(
    ("model_class", "path"), [(OpenAIResponsesModel, "/responses"), (OpenAIChatCompletionsModel, "/chat/completions")]
)
def test_what_the_model_class_leaves_out_of_the_http_body_was_not_sent(tmp_path, model_class, path):
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "provider_data": {"model": "another"}}

    async def work(endpoint):
        agent = of_a_provider(model_class, endpoint)
        await Runner.run(agent, "Hi")  # a client that was used before
        return await ledger_of(await file_session(tmp_path, PAIR[0], thought, PAIR[1]), agent)

    with ModelEndpoint() as endpoint:
        ledger = go(work(endpoint))
        assert "request" not in vars(AsyncOpenAI)
        posted = endpoint.requests[-1]
    assert posted.path == f"/v1{path}"
    assert lines(ledger)[:3] == ["user 1 yes 1 -", "reasoning 2 yes - model-class-dropped", "assistant 3 yes 1 -"]
    assert "rs_1" not in str(posted.json)
    sent = [line for line in ledger.lines if 1 in line.sent]
    assert len(sent) == len(
        posted.json.get("input") or [one for one in posted.json["messages"] if one["role"] != "system"]
    )


def test_what_the_model_class_takes_out_of_an_item_is_named(tmp_path):
    said = {"type": "message", "id": "__fake_id__", "role": "assistant", "status": "completed", "content": []}

    async def work(endpoint):
        session = await file_session(tmp_path, PAIR[0], {**said, "provider_data": {"model": "another"}})
        return await ledger_of(session, of_a_provider(OpenAIResponsesModel, endpoint))

    with ModelEndpoint() as endpoint:
        ledger = go(work(endpoint))
    assert lines(ledger)[:2] == ["user 1 yes 1 -", "assistant 2 yes 1 sdk-stripped"]
    assert ledger.lines[1].why == "sent without id and provider_data: the model class of Responses takes that out"


@pytest.mark.parametrize("stored", [True, False])
def test_a_call_that_the_run_makes_with_the_id_of_an_older_pair_is_sent_instead(tmp_path, stored):
    """This holds also where the two outputs are equal."""

    async def work():
        agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c1")], [assistant_message("4")])
        older = [PAIR[0], call(), output(), PAIR[1]]
        if stored:
            return await ledger_of(await file_session(tmp_path, *older), agent)
        async with observe() as seen:
            await Runner.run(agent, [*older, PAIR[0]])
        return seen.ledger

    ledger = go(work())
    by_kind = [(line.item.kind, line.sent, line.cause) for line in ledger.lines if line.item.kind.startswith("tool")]
    assert by_kind[:2] == [
        ("tool call", (1,), Cause.SAME_ID if stored else Cause.NO_SESSION),
        ("tool output", (1,), Cause.SAME_ID if stored else Cause.NO_SESSION),
    ]
    assert [sent for _, sent, _ in by_kind[2:]] == [(2,), (2,)]
    if stored:
        assert [line.why for line in ledger.lines if line.cause is Cause.SAME_ID] == [
            "another item with the same id is sent instead: row 6",
            "another item with the same id is sent instead: row 7",
        ]


def test_a_model_class_that_stumbles_over_an_item_before_it_posts_was_not_asked(tmp_path):
    """A call without a name ends the Chat Completions class with KeyError: its request was said to be sent."""
    nameless = {"type": "function_call", "call_id": "c1", "arguments": "{}"}

    def put_in(data):
        return ModelInputData([*data.model_data.input, nameless], data.model_data.instructions)

    async def work(endpoint):
        session = await file_session(tmp_path, *PAIR)
        agent = of_a_provider(OpenAIChatCompletionsModel, endpoint)
        return await ledger_of(session, agent, raises=KeyError, run_config=RunConfig(call_model_input_filter=put_in))

    with ModelEndpoint() as endpoint:
        ledger = go(work(endpoint))
        assert endpoint.requests == []
    assert ledger.requests == {}
    assert [(line.sent, line.cause) for line in ledger.lines[:2]] == [((), Cause.MODEL_NOT_ASKED)] * 2
    assert ledger.lines[0].why == "the run failed with KeyError before the model was asked"


def test_what_two_parts_of_the_sdk_take_out_of_an_item_is_all_named(tmp_path):
    """Where the SDK had taken out created_by, the line did not say what the model class took out."""
    search = {"type": "web_search_call", "id": "__fake_id__", "status": "completed", "created_by": "someone"}

    async def work(endpoint):
        session = await file_session(tmp_path, PAIR[0], search)
        return await ledger_of(session, of_a_provider(OpenAIResponsesModel, endpoint))

    with ModelEndpoint() as endpoint:
        ledger = go(work(endpoint))
        posted = endpoint.requests[-1].json["input"][1]
    taken_out = [name for name in search if name not in posted]
    assert taken_out == since((0, 23), ["id", "created_by"], before=["id"])
    assert ledger.lines[1].cause is Cause.SDK_STRIPPED
    assert all(name in ledger.lines[1].why for name in taken_out)
