"""Every item type of the installed SDK is described, and a handoff is told by its pair of call and output."""

import asyncio
from typing import get_args, get_type_hints

import pytest
from agents import Agent, Runner, handoff
from agents.testing import ScriptedModel, assistant_message, function_call
from openai.types.responses.response_input_item_param import ResponseInputItemParam

from lessons.kit.items import describe, handoffs_among, handoffs_in
from lessons.kit.ledger import observe
from tests.support.scripted import call, file_session, make_agent, output, user

TYPES = sorted(
    {
        name
        for shape in get_args(ResponseInputItemParam)
        for name in get_args(get_type_hints(shape)["type"])
        if isinstance(name, str)
    }
)


@pytest.mark.parametrize("type_", TYPES)
def test_no_item_of_the_sdk_is_unreadable(type_):
    role = {"role": "user", "content": "Hi"} if type_ == "message" else {}
    assert describe({"type": type_, **role}).kind != "unreadable"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (
            {"type": "mcp_list_tools", "server_label": "shop", "tools": [{"name": "pay"}, {"name": "refund"}]},
            "tool output",
            "tools of shop: pay, refund",
        ),
        (
            {"type": "mcp_approval_response", "approval_request_id": "r1", "approve": False, "reason": "too dear"},
            "tool output",
            "not approved: too dear",
        ),
        ({"type": "item_reference", "id": "msg_1"}, "system", "refers to the item msg_1"),
        ({"type": "compaction_trigger"}, "compaction", "asks the service to compact"),
        ({"type": "program", "call_id": "c1", "code": "print(1)"}, "tool call", "print(1)"),
        (
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}],
            },
            "assistant",
            'get_weather({"city": "Oslo"})',
        ),
    ],
)
def test_what_an_item_says(value, kind, text):
    assert (describe(value).kind, describe(value).text) == (kind, text)


SAVINGS = call(name="transfer_to_savings")
HANDED = [call(call_id="c2", name="ask_billing"), output("c2", '{"assistant": "Billing"}')]


def test_a_handoff_is_told_by_its_output_and_not_by_its_name():
    assert handoffs_among([SAVINGS, output(), *HANDED]) == {"c2"}
    assert describe(SAVINGS, {"c2"}).kind == "tool call"
    assert [describe(item, {"c2"}).kind for item in HANDED] == ["handoff", "handoff"]


@pytest.mark.parametrize("text", ["{broken", '"function_call"', '{"type": "function_call", "call_id": []}'])
def test_odd_texts_are_no_handoffs(text):
    assert handoffs_in([text]) == frozenset()


def test_a_run_that_hands_off_with_its_own_name(tmp_path):
    """The stored pair of an earlier run is a handoff too, and the tool that only sounds like one is not."""

    async def run():
        billing = Agent(name="Billing", model=ScriptedModel([[assistant_message("done")]]))
        first = make_agent(
            [function_call("ask_billing", {}, call_id="c9")],
            handoffs=[handoff(billing, tool_name_override="ask_billing")],
        )
        session = await file_session(tmp_path, user("Hello"), SAVINGS, output())
        async with observe(session) as seen:
            await Runner.run(first, "Hi", session=session)
        async with observe(session) as later:
            await Runner.run(make_agent(), "Bye", session=session)
        return seen.ledger, later.ledger

    for ledger in asyncio.run(run()):
        kinds = {line.item.name or line.item.text: line.item.kind for line in ledger.lines}
        assert kinds["transfer_to_savings"] == "tool call"
        assert kinds["ask_billing"] == kinds['{"assistant": "Billing"}'] == "handoff"
