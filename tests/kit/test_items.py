"""Every item can be described, whatever is stored."""

import json
import sys

import pytest

from lessons.kit.items import TEXT_LIMIT, describe, fingerprint, read

ASSISTANT = {
    "id": "msg_1",
    "role": "assistant",
    "type": "message",
    "status": "completed",
    "content": [{"annotations": [], "text": "Hello, Alice.", "type": "output_text", "logprobs": []}],
}


def test_an_assistant_item_whose_content_is_a_list_is_described():
    """The best-known tutorial prints the list as a Python repr, or fails on it."""
    item = describe(ASSISTANT)
    assert (item.kind, item.text, item.length) == ("assistant", "Hello, Alice.", 13)


@pytest.mark.parametrize(
    ("value", "kind", "text", "call_id"),
    [
        (
            {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": '{"city": "Oslo"}'},
            "tool call",
            'get_weather({"city": "Oslo"})',
            "c1",
        ),
        ({"type": "function_call_output", "call_id": "c1", "output": "sunny"}, "tool output", "sunny", "c1"),
        (
            {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "sunny"}]},
            "tool output",
            "sunny",
            "c2",
        ),
        (
            {"type": "function_call", "call_id": "c3", "name": "transfer_to_billing", "arguments": "{}"},
            "tool call",
            "transfer_to_billing({})",
            "c3",
        ),
        (
            {"type": "function_call_output", "call_id": "c3", "output": '{"assistant": "billing"}'},
            "handoff",
            '{"assistant": "billing"}',
            "c3",
        ),
        ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "First"}]}, "reasoning", "First", None),
        ({"type": "web_search_call", "id": "ws_1", "status": "completed"}, "tool call", "web_search_call({})", None),
        (
            {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": ["hours"]},
            "tool call",
            'file_search_call({"queries": ["hours"]})',
            None,
        ),
        (
            {
                "type": "mcp_call",
                "id": "mcp_1",
                "server_label": "shop",
                "name": "list_orders",
                "arguments": '{"day": 1}',
            },
            "tool call",
            'list_orders({"day": 1})',
            None,
        ),
        (
            {"type": "custom_tool_call", "call_id": "c5", "name": "sql", "input": "SELECT 1"},
            "tool call",
            "sql(SELECT 1)",
            "c5",
        ),
        (
            {"type": "computer_call_output", "call_id": "c4", "output": {"image_url": "data:"}},
            "tool output",
            "image_url",
            "c4",
        ),
    ],
)
def test_items_without_a_role_are_described(value, kind, text, call_id):
    """The best-known tutorial fails with KeyError: 'role' on every one of them."""
    item = describe(value)
    assert (item.kind, item.call_id) == (kind, call_id)
    assert text in item.text


@pytest.mark.parametrize("role", ["system", "developer"])
def test_instructions_are_of_the_kind_of_their_role(role):
    assert describe({"role": role, "content": "Be brief."}).kind == role


def test_parts_that_are_not_text_are_named_and_refusals_are_read():
    content = [{"type": "input_text", "text": "Look:"}, {"type": "input_image", "image_url": "data:"}]
    assert describe({"role": "user", "content": content}).text == "Look: [input_image]"
    refusal = [{"type": "refusal", "refusal": "I cannot."}]
    assert describe({"role": "assistant", "content": refusal}).text == "I cannot."


def test_an_envelope_is_encrypted_and_not_unreadable():
    assert describe({"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": "gAAAAA"}).kind == "encrypted"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("{broken", "not JSON"),
        ("", "not JSON"),
        ("null", "not an item"),
        ("[1, 2]", "not an item"),
        ('"text"', "not an item"),
        ("{}", "no role and no type"),
        ('{"role": "pirate", "content": "arr"}', "pirate"),
        ('{"type": "hologram"}', "hologram"),
    ],
)
def test_what_is_not_an_item_is_unreadable_and_says_why(data, reason):
    item = read(data)
    assert item.kind == "unreadable"
    assert reason in item.problem


DEEP = sys.getrecursionlimit() * 40
STRANGE = [
    "[" * DEEP + "]" * DEEP,
    '{"role": "user", "content": ' + "[" * 600 + "]" * 600 + "}",
    '{"role": "user", "content": {"a": NaN}}',
    '{"role": "user", "content": 5}',
    '{"role": ["user"], "content": "x"}',
    '{"type": 3}',
    '{"type": "function_call"}',
    '{"type": "function_call", "name": {"a": 1}, "arguments": [1], "call_id": 7}',
    '{"type": "function_call_output", "output": null}',
    '{"type": "reasoning", "summary": 4}',
    '{"role": "assistant", "content": [null, 3, [], {"text": 5}, {"type": 6}]}',
    '{"__enc__": true, "payload": {}}',
    '{"role": "user", "content": "\\ud83d cut emoji"}',
    '"\\udc00"',
    "\x00\x01",
    "\ud800",
]


@pytest.mark.parametrize("data", STRANGE, ids=range(len(STRANGE)))
def test_strange_input_is_described_in_text_that_can_be_written(data):
    item = read(data)
    item.text.encode()  # a lone surrogate could be neither kept in a record nor sent to a browser
    assert item.length >= 0


def test_a_long_text_is_cut_and_its_true_length_is_told():
    item = describe({"role": "user", "content": "x" * 100_000})
    assert (len(item.text), item.length) == (TEXT_LIMIT, 100_000)


def test_a_fingerprint_depends_on_the_content_and_not_on_the_order_of_keys():
    backwards = dict(reversed(ASSISTANT.items()))
    assert json.dumps(backwards) != json.dumps(ASSISTANT)
    assert fingerprint(backwards) == fingerprint(ASSISTANT)
    assert fingerprint({**ASSISTANT, "id": "msg_2"}) != fingerprint(ASSISTANT)
