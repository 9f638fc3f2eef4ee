"""What the lessons say about items, turns and models: each claim is run with the installed SDK."""

import json
from typing import Any

import httpx2
import pytest
from agents import (
    Agent,
    MaxTurnsExceeded,
    ModelSettings,
    OpenAIResponsesModel,
    RunConfig,
    RunHooks,
    Runner,
    ShellTool,
    SQLiteSession,
    handoff,
)
from agents.models.chatcmpl_converter import Converter
from agents.testing import assistant_message, function_call
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessage
from openai.types.responses import (
    ResponseFunctionShellToolCall,
    ResponseFunctionShellToolCallOutput,
    ResponseFunctionWebSearch,
    ResponseToolSearchCall,
    ResponseToolSearchOutputItem,
)
from openai.types.responses.response_function_web_search import ActionSearch
from openai.types.responses.response_output_item import McpCall, McpListTools, McpListToolsTool

from lessons.course.failures.lesson import a_tool_fails
from lessons.course.failures.lesson import make_agent as weather_agent
from lessons.course.memory_operations.lesson import add_a_system_note, undo_turn
from lessons.kit.models.offline.model import OfflineModel
from lessons.kit.sdk_version import since
from tests.support.scripted import assistant, call, get_weather, make_agent, output, scripted, user


@pytest.fixture
def anyio_backend():
    return "asyncio"


def kinds(items: list[Any]) -> list[str]:
    return [item.get("role") or item["type"] for item in items]


def offline(**more: Any) -> Agent:
    return Agent(name="A", model=OfflineModel(), **more)


def watched(requests: list[Any]) -> RunConfig:
    """A run config that adds the items of each request to `requests`."""

    def look(data: Any) -> Any:
        requests.append(list(data.model_data.input))
        return data.model_data

    return RunConfig(call_model_input_filter=look)


@pytest.mark.anyio
async def test_a_streamed_reply_becomes_a_row_after_the_models_last_piece():
    session, rows = SQLiteSession("streamed"), []

    class AtTheEnd(RunHooks):
        async def on_llm_end(self, *_: Any) -> None:
            rows.append(len(await session.get_items()))

    result, pieces = Runner.run_streamed(offline(), "What's 2 + 2?", session=session, hooks=AtTheEnd()), []
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            pieces.append(event.data.delta)
    assert [*rows, len(await session.get_items())] == [1, 2]
    assert len(pieces) > 1
    assert "".join(pieces) == result.final_output


@pytest.mark.anyio
@pytest.mark.parametrize(("calls", "rows"), [(1, 4), (2, 6)])
async def test_a_turn_with_one_tool_call_is_four_rows_and_two_calls_are_six(calls, rows):
    asked = [function_call("get_weather", '{"city": "Oslo"}', call_id=f"c{number}") for number in range(calls)]
    agent = Agent(name="A", model=scripted(asked, [assistant_message("rain")]), tools=[get_weather])
    session = SQLiteSession("tools")
    await Runner.run(agent, "weather?", session=session)
    assert len(await session.get_items()) == rows
    assert len(await undo_turn(session)) == rows


@pytest.mark.anyio
async def test_to_input_list_is_what_a_run_was_given_and_what_it_made():
    first = await Runner.run(offline(), "My name is Bob")
    assert kinds(first.to_input_list()) == ["user", "assistant"]


@pytest.mark.anyio
async def test_the_list_with_a_session_tears_a_call_from_its_output():
    requests: list[Any] = []
    asked = [function_call("get_weather", '{"city": "Oslo"}', call_id="c1")]
    agent = Agent(
        name="A", model=scripted(asked, [assistant_message("rain")], [assistant_message("bye")]), tools=[get_weather]
    )
    session = SQLiteSession("twice")
    first = await Runner.run(agent, "weather?", session=session)
    await Runner.run(agent, [*first.to_input_list(), user("bye")], session=session, run_config=watched(requests))
    assert kinds(requests[0]) == [
        *("user", "function_call", "assistant", "user", "function_call_output", "assistant", "user")
    ]
    assert len(await session.get_items()) == 10


@pytest.mark.anyio
async def test_a_note_that_nobody_said_is_used_in_the_answer():
    session = SQLiteSession("note")
    assert "Alice" in str((await add_a_system_note(offline(), session)).final_output)


@pytest.mark.anyio
async def test_a_conversation_twice_as_long_sends_about_four_times_as_many_items():
    async def sent(turns: int) -> int:
        requests: list[Any] = []
        session = SQLiteSession("long")
        for _ in range(turns):
            await Runner.run(make_agent(), "hi", session=session, run_config=watched(requests))
        return sum(map(len, requests))

    assert 3.5 < await sent(12) / await sent(6) <= 4


# Models


@pytest.mark.parametrize("thought", ["two and two make four"])
def test_what_a_chat_completions_model_thought_word_by_word_is_an_item(thought):
    message = ChatCompletionMessage.model_validate({"role": "assistant", "content": "4", "reasoning_content": thought})
    reasoning, _ = Converter.message_to_output_items(message)
    assert reasoning.type == "reasoning"
    assert [part.text for part in reasoning.summary] == [thought]


@pytest.mark.anyio
async def test_the_list_of_an_mcp_server_is_a_row():
    tools = [McpListToolsTool(name="list_orders", input_schema={})]
    listed = McpListTools(id="mcpl_1", server_label="shop", tools=tools, type="mcp_list_tools")
    session = SQLiteSession("mcp")
    await Runner.run(make_agent([listed, assistant_message("done")]), "hi", session=session)
    assert kinds(await session.get_items()) == ["user", "mcp_list_tools", "assistant"]


WEB_SEARCH = ResponseFunctionWebSearch(
    id="ws_1", type="web_search_call", status="completed", action=ActionSearch(type="search", query="hours")
)
MCP = McpCall(id="mcp_1", type="mcp_call", server_label="shop", name="list_orders", arguments="{}", output="order 7")
SEARCHED = {"execution": "server", "status": "completed", "call_id": None}
TOOL_SEARCH = (
    ResponseToolSearchCall.model_validate({"id": "ts_1", "type": "tool_search_call", "arguments": {}, **SEARCHED}),
    ResponseToolSearchOutputItem.model_validate({"id": "to_1", "type": "tool_search_output", "tools": [], **SEARCHED}),
)
SHELL = (
    ResponseFunctionShellToolCall.model_construct(id="sh_1", call_id="s1", type="shell_call", status="completed"),
    ResponseFunctionShellToolCallOutput.model_construct(id="so_1", call_id="s1", type="shell_call_output", output=[]),
)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("made", "rows"),
    [
        ([WEB_SEARCH], ["web_search_call"]),
        ([MCP], ["mcp_call"]),
        (TOOL_SEARCH, ["tool_search_call", "tool_search_output"]),
        (SHELL, ["shell_call", "shell_call_output"]),
    ],
)
async def test_how_many_rows_a_call_that_the_service_runs_makes(made, rows):
    session = SQLiteSession("hosted_tools")
    hosted_shell = ShellTool(environment={"type": "container_auto"})
    await Runner.run(make_agent([*made, assistant_message("done")], tools=[hosted_shell]), "hi", session=session)
    assert kinds(await session.get_items()) == ["user", *rows, "assistant"]


@pytest.mark.anyio
async def test_the_responses_class_removes_the_id_that_stands_for_none():
    bodies: list[Any] = []

    def answer(request: Any) -> httpx2.Response:
        bodies.append(json.loads(request.content))
        said = assistant_message("ok").model_dump()
        made = {"id": "resp_1", "object": "response", "created_at": 0, "model": "m", "output": [said], "tools": []}
        return httpx2.Response(
            200, json={**made, "parallel_tool_calls": False, "tool_choice": "auto", "status": "completed"}
        )

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    client = AsyncOpenAI(api_key="any", base_url="http://service.invalid/v1", http_client=http, max_retries=0)
    (made_by_chat,) = Converter.message_to_output_items(ChatCompletionMessage(role="assistant", content="Hello."))
    session = SQLiteSession("ids")
    await session.add_items([user("hi"), made_by_chat.model_dump(exclude_unset=True)])
    assert (await session.get_items())[1]["id"] == "__fake_id__"
    agent = Agent(name="A", model=OpenAIResponsesModel("gpt-4.1", client), model_settings=ModelSettings())
    await Runner.run(agent, "again", session=session)
    assert "__fake_id__" not in json.dumps(bodies)
    assert "Hello." in json.dumps(bodies)


# Agents


@pytest.mark.anyio
async def test_no_row_names_the_agent_that_spoke_and_a_handoff_names_the_next():
    session = SQLiteSession("agents")
    billing = Agent(name="Billing desk", model=scripted([assistant_message("Paid.")]))
    first = scripted([function_call("transfer_to_billing_desk", "{}", call_id="h1")])
    await Runner.run(Agent(name="Front desk", model=first, handoffs=[handoff(billing)]), "my bill", session=session)
    rows = await session.get_items()
    assert not [row for row in rows if "Front desk" in json.dumps(row)]
    assert [row["type"] for row in rows if "Billing desk" in json.dumps(row)] == ["function_call_output"]


@pytest.mark.anyio
async def test_max_turns_counts_the_requests_to_the_model():
    requests: list[Any] = []
    asked = scripted([function_call("get_weather", '{"city": "Oslo"}', call_id="c1")], [assistant_message("rain")])
    agent = Agent(name="A", model=asked, tools=[get_weather])
    with pytest.raises(MaxTurnsExceeded):
        await Runner.run(agent, "weather?", max_turns=1, run_config=watched(requests))
    assert len(requests) == 1


@pytest.mark.anyio
async def test_since_0_23_the_model_is_not_told_which_error_a_tool_had():
    session = SQLiteSession("broken")
    await a_tool_fails(weather_agent(OfflineModel()), session)
    told = json.dumps(await session.get_items())
    assert "An error occurred while running the tool" in told
    assert ("no weather today" in told) is since((0, 23), False, before=True)


@pytest.mark.anyio
async def test_the_kept_state_is_a_text_of_several_thousand_characters():
    from lessons.course.approvals.lesson import make_agent as booking_agent
    from lessons.course.approvals.lesson import stop_for_approval

    kept = await stop_for_approval(booking_agent(OfflineModel()), SQLiteSession("waiting"))
    assert 3_000 < len(kept) < 20_000


@pytest.mark.anyio
async def test_a_stored_call_whose_output_comes_from_a_person_is_sent_in_every_later_run():
    session, requests = SQLiteSession("rejected"), []
    await session.add_items([user("book"), call(), output(text="It was not approved."), assistant("All right.")])
    await Runner.run(make_agent(), "and now?", session=session, run_config=watched(requests))
    assert kinds(requests[0]) == ["user", "function_call", "function_call_output", "assistant", "user"]


@pytest.mark.anyio
async def test_a_guardrail_runs_after_the_message_is_stored():
    from lessons.course.failures.lesson import block_a_question

    session = SQLiteSession("blocked")
    assert "InputGuardrailTripwireTriggered" in str(await block_a_question(weather_agent(OfflineModel()), session))
    assert kinds(await session.get_items()) == ["user"]


@pytest.mark.anyio
@pytest.mark.parametrize(("number", "expected"), [(2, ["function_call_output", "assistant"]), (1, ["assistant"])])
async def test_a_limit_counts_items_and_takes_the_newest_in_stored_order(number, expected):
    session = SQLiteSession("limit")
    await session.add_items([user("weather?"), call(), output(), assistant("4 degrees")])
    assert kinds(await session.get_items(limit=number)) == expected
