"""Rows that are close to a finding and must not give it: a check with false alarms is worse than none."""

import asyncio
import re
from pathlib import Path

import pytest
from agents.extensions.memory import AdvancedSQLiteSession

from tests.support.checked_sessions import KEY, OTHER_KEY, advanced, envelope, found, with_ids
from tests.support.stored_sessions import assistant, call, output, reasoning, store, user

HOSTED = ("web_search", "file_search", "code_interpreter", "image_generation", "mcp")
CUSTOM = {"id": "ctc_1", "call_id": "a", "name": "x", "input": "y"}
CUSTOM_OUTPUT = {"type": "custom_tool_call_output", "call_id": "a", "output": "z"}

PARTS = ("call", "output")
RARE_BUT_KNOWN = (
    ("item_reference", {"id": "msg_9"}),
    ("additional_tools", {"role": "developer", "tools": []}),
    ("configuration_update", {"id": "cu_1"}),
    ("compaction_trigger", {}),
    ("mcp_list_tools", {"id": "mcpl_1", "server_label": "f", "tools": []}),
)

MUST_NOT = {
    "foreign-id": ([user(), assistant(id_="__fake_id__"), {**user("more"), "id": "msg_2"}, assistant()], {}),
    "foreign-id by Chat Completions": ([user(), assistant(id_="chatcmpl-9")], {"api": "Chat Completions"}),
    "id-repeated by Chat Completions": (
        [user(), assistant(id_="msg_of_another_service"), user("b"), assistant(id_="msg_of_another_service")],
        {"api": "Chat Completions"},
    ),
    "id-repeated of a service that counts": ([user(), assistant(id_="msg_0"), user("b"), assistant(id_="msg_0")], {}),
    "output-without-call cut off by a limit": ([user(), call(), output(), assistant()], {"limit": 2}),
    "output-without-call with a callback": ([user(), call(), output(), assistant()], {"limit": 3, "callback": True}),
    "order-differs-by-class": ([user("a"), assistant()], {}),
    "overlapping-runs": ([user("a"), assistant(), user("b"), call(), output(), assistant(id_="msg_2")], {}),
    "overlapping-runs of one input": (
        [user("a"), user("b"), assistant("one moment"), call(), output(), assistant()],
        {},
    ),
    "not-json": ([user(), assistant()], {}),
    "null-content-with-tool-calls": ([user(), {"role": "assistant", "content": "Yes."}], {}),
    "refused-by-chat-completions": ([user(), call(), output(), assistant()], {"api": "Chat Completions"}),
    "refused-by-responses": ([{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}, assistant()], {}),
    "refused-by-responses and Chat Completions": (
        [{"role": "user", "content": [{"type": "text", "text": "hi"}]}, assistant()],
        {"api": "Chat Completions"},
    ),
    "item-dominates": ([user(), assistant("x" * 5_000)], {}),
    "item-dominates of many": (
        [user("x" * 45_000), assistant("y" * 45_000, "msg_1"), user("z" * 45_000), assistant()],
        {},
    ),
    "call-id-repeated": ([user(), call("a"), output("a"), call("b"), output("b"), assistant()], {}),
    "call-without-output of a service": (
        [user(), {"type": "web_search_call", "id": "ws_1", "status": "completed"}, assistant()],
        {},
    ),
    "reasoning-by-reference": (
        [
            user(),
            reasoning(encrypted_content="x"),
            call(name="transfer"),
            output("call_1", '{"assistant": "b"}'),
            assistant(),
        ],
        {},
    ),
    "reasoning-by-reference of a tool": (
        [user(), reasoning(), call(name="transfer_to_savings"), output("call_1", "done"), assistant()],
        {},
    ),
    "output-without-call of the same id and another type": (
        [user(), call("a"), output("a"), {**CUSTOM, "type": "custom_tool_call"}, CUSTOM_OUTPUT, assistant()],
        {},
    ),
    "output-without-call before its call": ([user(), call("a"), call("b"), output("b"), output("a"), assistant()], {}),
    "call-without-output of hosted tools": (
        [user(), *({"type": f"{name}_call", "id": "x_1", "status": "completed"} for name in HOSTED), assistant()],
        {},
    ),
    "call-id-repeated where no item has one": (
        [
            user(),
            *({"type": f"tool_search_{what}", "id": f"ts_{n}", "call_id": None} for n in (1, 2) for what in PARTS),
        ],
        {},
    ),
    "not-an-item of a reference": (
        [user(), {"type": "item_reference", "id": "msg_9"}, {"id": "msg_8"}, assistant()],
        {},
    ),
    "not-json with white space": ([user(), '  {"role": "assistant", "content": "Hi."}  '], {}),
    "null-content-with-tool-calls of an empty text": ([user(), {"role": "assistant", "content": ""}], {}),
    "refused-by-responses of a refusal": (
        [user(), {**assistant(), "content": [{"type": "refusal", "refusal": "No."}]}],
        {},
    ),
    "refused-by-responses of other parts": (
        [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}, {"type": "input_file"}]}, assistant()],
        {},
    ),
    "unanswered-question before a system message": ([{"role": "system", "content": "x"}, user(), assistant()], {}),
    "overlapping-runs of calls at the same time": (
        [
            user(),
            call("a"),
            call("b"),
            output("b"),
            output("a"),
            assistant("One.", "msg_1"),
            assistant("Two.", "msg_2"),
        ],
        {},
    ),
    "item-dominates outside the limit": (
        [user("x" * 50_000), assistant(), user(), assistant(id_="msg_2")],
        {"limit": 2},
    ),
    "left-out of compaction": (
        [{"type": "compaction", "id": "cmp_1", "encrypted_content": "x"}, user(), assistant()],
        {},
    ),
    "encrypted in words only": ([user(), assistant('{"__enc__": 1, "payload": "x"}')], {}),
    "reasoning-alone of several": ([user(), reasoning("rs_1"), reasoning("rs_2"), assistant()], {}),
    "reasoning-alone before a tool of a service": (
        [user(), reasoning(), {"type": "web_search_call", "id": "ws_1", "status": "completed"}, assistant()],
        {},
    ),
    "reasoning-alone by Chat Completions": ([user(), assistant(), reasoning()], {"api": "Chat Completions"}),
    "reasoning-alone of another provider": (
        [user(), assistant(), reasoning("rs_1", provider_data={"model": "x"})],
        {},
    ),
    "reasoning-cut-off that is kept": (
        [user(), assistant(), user(), reasoning(), assistant(id_="msg_2")],
        {"limit": 3},
    ),
    "reasoning-cut-off after its response": (
        [user(), reasoning(), call(), output(), assistant(), user("b"), assistant(id_="msg_2")],
        {"limit": 3},
    ),
    "unknown-type of every known type": (
        [user(), *({"type": name, **more} for name, more in RARE_BUT_KNOWN), assistant()],
        {},
    ),
    "refused-by-responses of what the SDK takes away": (
        [user(), {**call("a"), "provider_data": {"x": 1}, "created_by": "me"}, output("a"), assistant()],
        {},
    ),
    "refused-by-responses of an id of 64 characters": (
        [user(), {**call("a" * 64), "id": "fc_1"}, output("a" * 64), assistant()],
        {},
    ),
    "output-without-call that names its tool alone": (
        [user(), {"type": "function_call_output", "name": "weather", "output": "x"}, assistant()],
        {},
    ),
    "approval-without-response of an answered request": (
        [
            user(),
            {"type": "mcp_approval_request", "id": "mcpr_1", "arguments": "{}", "name": "a", "server_label": "b"},
            {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True},
            assistant(),
        ],
        {},
    ),
    "left-out of an output whose call the limit hides": (
        [user(), reasoning(), call(), output(), assistant()],
        {"limit": 2},
    ),
    "call-id-repeated whose first call the limit hides": (
        [user(), call(), output(), assistant(), user(), call(arguments='{"a": 1}'), output(), assistant(id_="msg_2")],
        {"limit": 4},
    ),
    "call-id-repeated whose first call the limit hides, and not its output": (
        [user(), call(), output(), assistant(), user(), call(arguments='{"a": 1}'), output(), assistant(id_="msg_2")],
        {"limit": 6},
    ),
    "not-json with the word": ([user("NaN and Infinity"), assistant()], {}),
    "run-raises of a whole surrogate pair": (['{"role": "user", "content": "\\ud83d\\ude00"}', assistant()], {}),
    "run-raises of the words for half a pair": ([user("\\ud83d"), assistant()], {}),
}


@pytest.mark.parametrize("name", MUST_NOT)
def test_rows_that_must_not_give_it(name, tmp_path):
    items, settings = MUST_NOT[name]
    same = ["2026-11-01 09:00:00"] * len(items)
    assert not found(store(tmp_path / "a.db", items, times=same), **settings)


def _of_two_sessions(path):
    """Two sessions in one file, each listed."""
    store(path, [user(), assistant()])
    return store(path, [user(), assistant()], "other")


def _of_the_class_with_own_names(path):
    session = AdvancedSQLiteSession(
        session_id="s", db_path=path, create_tables=True, sessions_table="chats", messages_table="lines"
    )
    asyncio.run(session.add_items(PAIR))
    session.close()
    return path


PAIR = [user(), assistant()]
RARER = {
    "wrong-key": (lambda path: store(path, [envelope(one) for one in PAIR]), {"key": KEY, "ttl": 10**6}),
    "not-encrypted": (lambda path: store(path, [envelope(one) for one in PAIR]), {"key": KEY}),
    "ahead-of-the-clock": (lambda path: store(path, [envelope(one, age=-30) for one in PAIR]), {"key": KEY}),
    "envelope-broken": (lambda path: store(path, [envelope(one, kid="another") for one in PAIR]), {"key": KEY}),
    "expired": (lambda path: store(path, [envelope(one, age=500) for one in PAIR]), {"key": KEY}),
    "rows-without-structure": (
        lambda path: advanced(path, [*PAIR, user("b"), assistant(id_="msg_2")]),
        {"class_name": "AdvancedSQLiteSession"},
    ),
    "structure-not-owned": (_of_the_class_with_own_names, {}),
    "structure-dangling": (lambda path: advanced(path, PAIR, structure=[1, 2]), {}),
    "structure-repeated": (lambda path: advanced(path, [*PAIR, user("b"), assistant(id_="msg_2")]), {}),
    "usage-missing": (lambda path: advanced(path, [*PAIR, user("b"), assistant(id_="msg_2")], usage=[1, 2]), {}),
    "message-without-session": (_of_two_sessions, {}),
    "id-not-text": (lambda path: with_ids(path, "INTEGER", [7]), {}),
}


@pytest.mark.parametrize("code", RARER)
def test_rarer_rows_that_must_not_give_it(code, tmp_path):
    make, settings = RARER[code]
    assert not [one for one in found(make(tmp_path / "a.db"), **settings) if one[1] == code]


def test_a_key_that_opens_nothing_is_not_called_expired(tmp_path):
    path = store(tmp_path / "a.db", [envelope(one, age=5_000) for one in PAIR])
    assert [code for _, code, _ in found(path, key=OTHER_KEY)] == ["wrong-key"]


def test_each_code_has_rows_that_must_not_give_it():
    table = Path("docs/inspect.md").read_text(encoding="utf-8")
    codes = set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE))
    assert codes - {name.partition(" ")[0] for name in (*MUST_NOT, *RARER)} == set()
