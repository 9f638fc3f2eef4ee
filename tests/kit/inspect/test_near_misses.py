"""Rows that only look like a problem give no finding at all. Rows with one problem give exactly one."""

import asyncio
from contextlib import closing

import pytest
from agents import Agent, RunConfig, Runner, SQLiteSession, function_tool
from agents.extensions.memory import AdvancedSQLiteSession, EncryptedSession, SQLAlchemySession
from agents.testing import assistant_message, function_call
from openai.types.responses import ResponseReasoningItem

from lessons.kit.ledger.explaining.risk import SCRIPTED_ID
from lessons.kit.models.offline.model import OfflineModel
from tests.support.checked_sessions import KEY, OTHER_KEY, envelope, findings, found
from tests.support.random_turns import Witness
from tests.support.scripted import scripted
from tests.support.stored_sessions import assistant, call, output, reasoning, store, user

AT = "2026-11-01 09:00:00"
PARTS = [
    {"type": "input_text", "text": "a"},
    {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "auto"},
    {"type": "input_file", "file_id": "file-1"},
]
REFUSAL = [{"type": "refusal", "refusal": "No"}]
CUSTOM = {"type": "custom_tool_call", "call_id": "a", "name": "x", "input": "1", "id": "ctc_1"}
CUSTOM_OUTPUT = {"type": "custom_tool_call_output", "call_id": "a", "output": "1"}
MCP = {"server_label": "files", "name": "look", "arguments": "{}"}
COMPUTER = {
    "type": "computer_call",
    "id": "cu_1",
    "call_id": "a",
    "action": {"type": "screenshot"},
    "status": "completed",
}
SCREEN = {"type": "computer_screenshot", "image_url": "data:image/png;base64,aa"}
TURN = (user(), assistant(), user("b"), assistant(id_="msg_2"))

CLEAN = {
    "parallel calls whose outputs come in another order": [
        user(),
        call("a"),
        call("b"),
        output("b"),
        output("a"),
        assistant(),
    ],
    "a custom tool": [user(), CUSTOM, CUSTOM_OUTPUT, assistant()],
    "one call id for two types of tools": [user(), call("a"), output("a"), CUSTOM, CUSTOM_OUTPUT, assistant()],
    "a web search": [user(), {"type": "web_search_call", "id": "ws_1", "status": "completed"}, assistant()],
    "a file search": [
        user(),
        {"type": "file_search_call", "id": "fs_1", "queries": ["x"], "results": None},
        assistant(),
    ],
    "an MCP call that holds its output": [
        user(),
        {"type": "mcp_list_tools", "id": "mcpl_1", "server_label": "files", "tools": []},
        {"type": "mcp_call", "id": "mcp_1", "output": "1", **MCP},
        assistant(),
    ],
    "an approval that was answered": [
        user(),
        {"type": "mcp_approval_request", "id": "mcpr_1", **MCP},
        {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True},
        assistant(),
    ],
    "an image that was made": [user(), {"type": "image_generation_call", "id": "ig_1", "result": "aGk="}, assistant()],
    "a computer call": [
        user(),
        {**COMPUTER, "pending_safety_checks": []},
        {"type": "computer_call_output", "call_id": "a", "output": SCREEN},
        assistant(),
    ],
    "ids of the Chat Completions class": [
        user(),
        {**call("a"), "id": "__fake_id__"},
        output("a"),
        assistant(id_="__fake_id__"),
    ],
    "ids that are null": [user(), {**call("a"), "id": None}, output("a"), {**assistant(), "id": None}],
    "an id of another service that begins as it should": [user(), assistant(id_="msg_01AbC")],
    "messages of the system": [{"role": "system", "content": "x"}, {"role": "developer", "content": "y"}, *TURN],
    "parts of a message": [{"role": "user", "type": "message", "content": PARTS}, assistant()],
    "a refusal": [user(), {**assistant(), "content": REFUSAL}],
    "an output of parts": [user(), call("a"), {**output("a"), "output": PARTS[:1]}, assistant()],
    "a compaction": [{"type": "compaction", "id": "cmp_1", "encrypted_content": "gAAA"}, user(), assistant()],
    "reasoning before a handoff that is stored whole": [
        user(),
        reasoning(encrypted_content="x"),
        call("h", name="transfer_to_b"),
        output("h", '{"assistant": "B"}'),
        assistant(),
    ],
    "reasoning before a tool whose output begins as that of a handoff": [
        user(),
        reasoning(),
        call("h"),
        output("h", '{"assistant": "B", "score": 1}'),
        assistant(),
    ],
    "words before a call": [user(), assistant("One moment"), call("a"), output("a"), assistant(id_="msg_2")],
    "empty texts": [user(""), assistant("")],
    "large items that are not most": [
        user("x" * 41_000),
        assistant("y" * 41_000),
        user("z" * 41_000),
        assistant("!", "msg_2"),
    ],
    "spaces and escapes": [' {"role": "user", "content": "h\\u00e9 \\ud83d\\ude00"} ', assistant()],
    "a text about encryption": [user('{"__enc__": 1}'), assistant()],
    "tools that were added, which have a role and are not a message": [
        user(),
        {"type": "additional_tools", "id": "at_1", "role": "developer", "tools": []},
        assistant(),
    ],
    "reasoning without an id that has a summary": [
        user(),
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "x"}]},
        assistant(),
    ],
    "an answer of two messages after a turn that was answered": [user(), assistant(), user("b"), *TURN[1::2]],
    "reasoning that is kept for another call": [
        user(),
        reasoning(status="completed"),
        call("a"),
        output("a"),
        assistant(),
    ],
    "no tool_calls": [user(), {"role": "assistant", "content": "hi", "tool_calls": []}],
    "no item": [],
}


@pytest.mark.parametrize("name", CLEAN)
def test_rows_that_only_look_like_a_problem_give_no_finding(name, tmp_path):
    assert found(store(tmp_path / "a.db", CLEAN[name])) == []


@pytest.mark.parametrize(
    "times",
    [
        [AT] * 4,
        ["2026-11-01T09:00:00", "2026-11-01T09:00:01", "2026-11-01T09:01:00", "2026-11-01T09:01:01"],
        [f"{AT}.00000{position}" for position in range(4)],
    ],
)
def test_times_that_keep_the_order_give_no_finding(times, tmp_path):
    assert found(store(tmp_path / "a.db", TURN, times=times)) == []


@pytest.mark.parametrize(
    "answer", [[assistant()], [reasoning(), {**assistant(), "phase": "commentary"}, assistant(id_="msg_2")]]
)
def test_messages_that_were_stored_together_were_not_left_unanswered(answer, tmp_path):
    items = [user("a"), user("b"), *answer]
    assert found(store(tmp_path / "a.db", items, times=[AT] * len(items))) == []


PICTURE = {"role": "user", "content": [PARTS[1]]}


@pytest.mark.parametrize(
    "items",
    [
        [PICTURE, user("What is this?"), assistant()],
        [PICTURE, user("What is this?"), assistant("One moment."), assistant(id_="msg_2")],
        [user(), assistant(), PICTURE],
    ],
)
def test_an_image_that_was_stored_before_the_question_is_not_an_unanswered_question(items, tmp_path):
    assert found(store(tmp_path / "a.db", items)) == []


def test_a_question_before_a_stored_image_was_left_unanswered(tmp_path):
    path = store(tmp_path / "a.db", [user(), PICTURE, user("What is this?"), assistant()])
    assert found(path) == [("note", "unanswered-question", (1,))]


@pytest.mark.parametrize("role", ["system", "developer"])
def test_a_message_of_the_application_does_not_answer_a_question(role, tmp_path):
    told = {"role": role, "content": "Be short."}
    assert found(store(tmp_path / "a.db", [user(), told])) == [("note", "unanswered-question", (1,))]
    assert found(store(tmp_path / "b.db", [user(), told, assistant()])) == []


def test_a_question_that_was_asked_again_within_a_second_was_left_unanswered(tmp_path):
    path = store(tmp_path / "a.db", [user("a"), user("a"), assistant()], times=[AT] * 3)
    assert found(path) == [("note", "unanswered-question", (1,))]


@pytest.mark.parametrize(
    ("item", "advice"),
    [
        ({"role": "user", "content": [{**PARTS[1], "image_url": f"data:image/png;base64,{'a' * 50_000}"}]}, "Shorten"),
        ({**output("a"), "output": "x" * 50_000}, "Let the tool return less"),
    ],
)
def test_only_of_an_output_it_is_said_that_the_tool_should_return_less(item, advice, tmp_path):
    rows = [user(), call("a"), item, *([output("a")] if item.get("role") else []), assistant()]
    (one,) = (one for one in findings(store(tmp_path / "a.db", rows)) if one.code == "item-dominates")
    assert f"no limit shortens it. {advice}" in one.says


def test_an_odd_id_of_a_session_is_read(tmp_path):
    assert found(store(tmp_path / "a.db", TURN, "a'\"; --\n☃")) == []


@pytest.mark.parametrize(
    ("items", "settings", "expected"),
    [
        ([user(), call("a"), call("b"), output("b"), assistant()], {}, ("warning", "call-without-output", (2,))),
        ([user(), {**call("a"), "id": "call_a"}, output("a"), assistant()], {}, ("error", "foreign-id", (2,))),
        ([user(), assistant(id_="chatcmpl-9")], {"api": "Chat Completions"}, None),
        ([{"role": "user"}, assistant()], {}, ("error", "refused-by-responses", (1,))),
        ([user(), {"role": "assistant", "content": None}], {}, ("error", "refused-by-responses", (2,))),
        ([user(), "[1]", assistant()], {}, ("error", "not-an-item", (2,))),
        ([user(), "{}", assistant()], {}, ("error", "not-an-item", (2,))),
        ([user(), "", assistant()], {}, ("warning", "not-json", (2,))),
        ([user(), assistant(), user("b")], {}, ("note", "unanswered-question", (3,))),
        ([user(), call("a"), output("a"), assistant()], {"limit": 2}, None),
        (
            [user(), call("a"), call("b"), output("b"), output("a"), assistant(), user("b"), call("c"), output("c")],
            {"api": "Chat Completions"},
            None,
        ),
        ([user(), call("a"), assistant(), output("a"), assistant(id_="msg_2")], {"api": "Chat Completions"}, None),
        ([user(), {**call("a"), "async_": False}, output("a"), assistant()], {"api": "Chat Completions"}, None),
        ([envelope(user()), envelope(assistant())], {"key": KEY, "ttl": 10**9}, None),
        ([envelope(user()), envelope(assistant())], {"key": OTHER_KEY, "ttl": 10**9}, ("warning", "wrong-key", (1, 2))),
    ],
)
def test_one_problem_gives_one_finding(items, settings, expected, tmp_path):
    assert found(store(tmp_path / "a.db", items), **settings) == ([expected] if expected else [])


@function_tool
def weather(city: str) -> str:
    return "sunny"


@function_tool(name_override="weather", needs_approval=True)
def approved_weather(city: str) -> str:
    return "sunny"


def agent(**options):
    return Agent("Assistant", model=OfflineModel(seconds_per_word=0), **options)


def billing():
    return Agent("Billing desk", handoff_description="billing questions", model=OfflineModel(seconds_per_word=0))


ASKS = "What's the weather in Oslo?"


async def branched(path):
    session = AdvancedSQLiteSession(session_id="s", db_path=path, create_tables=True)
    for message in ("a", ASKS, "b"):
        await session.store_run_usage(await Runner.run(agent(tools=[weather]), message, session=session))
    await session.create_branch_from_turn(2, "alt")
    await session.store_run_usage(await Runner.run(agent(), "What's 2 + 2?", session=session))
    session.close()


async def popped_and_cleared(path):
    session = AdvancedSQLiteSession(session_id="s", db_path=path, create_tables=True)
    await Runner.run(agent(), "a", session=session)
    await session.clear_session()
    for message in ("b", "c"):
        await Runner.run(agent(), message, session=session)
    await session.pop_item()
    await session.pop_item()
    session.close()


async def handed_over(path):
    session = SQLiteSession("s", path)
    for message in ("I have a billing question", ASKS):
        await Runner.run(agent(handoffs=[billing()], tools=[weather]), message, session=session)
    config = RunConfig(nest_handoff_history=True)
    await Runner.run(agent(handoffs=[billing()]), "A billing question again", session=session, run_config=config)
    session.close()


async def approved_and_rejected(path):
    session = SQLiteSession("s", path)
    asking = agent(tools=[approved_weather])
    for decide in ("approve", "reject"):
        state = (await Runner.run(asking, ASKS, session=session)).to_state()
        for waiting in state.get_interruptions():
            getattr(state, decide)(waiting)
        await Runner.run(asking, state, session=session)
    session.close()


async def of_a_list(path):
    session = SQLiteSession("s", path)
    await Runner.run(agent(), [user("a"), user("b")], session=session)
    await Runner.run(agent(), "c", session=session)
    session.close()


async def encrypted(path):
    inner = SQLAlchemySession.from_url("s", url=f"sqlite+aiosqlite:///{path}", create_tables=True)
    session = EncryptedSession("s", inner, KEY)
    for message in ("a", ASKS):
        await Runner.run(agent(tools=[weather]), message, session=session)
    await inner.engine.dispose()


@pytest.mark.parametrize(
    ("fill", "settings"),
    [
        (branched, {}),
        (branched, {"branch": "alt"}),
        (branched, {"limit": 3}),
        (branched, {"class_name": "SQLiteSession"}),
        (popped_and_cleared, {}),
        (handed_over, {}),
        (handed_over, {"api": "Chat Completions"}),
        (approved_and_rejected, {}),
        (of_a_list, {}),
        (encrypted, {"key": KEY}),
    ],
)
def test_what_real_runs_store_gives_no_finding(fill, settings, tmp_path):
    asyncio.run(fill(tmp_path / "a.db"))
    assert found(tmp_path / "a.db", **settings) == []


def test_reasoning_whose_id_is_omitted_is_stored_and_sent_without_one(tmp_path):
    thought = ResponseReasoningItem(id="rs_1", type="reasoning", summary=[])
    answers = scripted([thought, assistant_message("ok")], [assistant_message("ok")])
    witness, path = Witness(), tmp_path / "a.db"

    async def two_runs():
        session, config = SQLiteSession("s", path), RunConfig(reasoning_item_id_policy="omit")
        await Runner.run(Agent("A", model=answers), "a", session=session, run_config=config)
        stored = await session.get_items()
        await Runner.run(Agent("A", model=answers), "b", session=session, run_config=config, hooks=witness)
        session.close()
        return stored

    stored = asyncio.run(two_runs())
    assert stored[1] == {"summary": [], "type": "reasoning"}
    assert witness.sent[0][1] == stored[1]
    assert ("note", "refused-by-responses", (2,)) in found(path)


async def three_runs_of_the_scripted_model(path):
    asked = function_call("weather", {"city": "Oslo"}, call_id="call_1")
    again = function_call("weather", {"city": "Rome"}, call_id="call_1")
    with closing(SQLiteSession("s", path)) as session:
        for answers in (
            [[assistant_message("Hi.")]],
            *([[one], [assistant_message("Sunny.")]] for one in (asked, again)),
        ):
            await Runner.run(Agent("A", model=scripted(*answers), tools=[weather]), ASKS, session=session)


def test_ids_of_a_model_for_tests_are_a_note_and_hide_no_other_cause(tmp_path):
    asyncio.run(three_runs_of_the_scripted_model(tmp_path / "a.db"))
    wrong, placeholders = findings(tmp_path / "a.db")
    assert (wrong.level, wrong.code, wrong.rows) == ("error", "call-id-repeated", (4, 5, 8, 9))
    assert (placeholders.level, placeholders.code) == ("note", "foreign-id")
    assert placeholders.rows == (2, 6, 8, 10)  # the SDK sends the later call for the earlier one
    assert SCRIPTED_ID in placeholders.says


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([assistant("a", "1"), assistant("b", "1")], [("error", "foreign-id", (2, 4))]),
        ([assistant("a", "0b6d7e1e-55f4"), assistant("b", "1c7e8f2f-66a5")], [("error", "foreign-id", (2, 4))]),
        ([assistant("a", "a_long_foreign_id"), assistant("a", "a_long_foreign_id")], [("error", "foreign-id", (2, 4))]),
        (
            [assistant("a", SCRIPTED_ID), assistant("b", "chatcmpl-9")],
            [("error", "foreign-id", (4,)), ("note", "foreign-id", (2,))],
        ),
    ],
)
def test_only_the_ids_of_the_scripted_model_are_a_note(answers, expected, tmp_path):
    assert found(store(tmp_path / "a.db", [user(), answers[0], user("b"), answers[1]])) == expected


def test_what_mixes_up_the_history_stands_before_what_one_service_refuses(tmp_path):
    rows = [user(), output("lost"), assistant(id_="chatcmpl-1"), user(), output("gone"), assistant(id_="chatcmpl-2")]
    assert [code for _, code, _ in found(store(tmp_path / "a.db", rows))] == ["output-without-call", "foreign-id"]


@pytest.mark.parametrize("more", [{}, {"call_id": None}])
def test_an_output_without_a_call_id_is_a_note_unless_it_names_its_tool(more, tmp_path):
    lost = {"type": "function_call_output", "output": "4 degrees", **more}
    assert found(store(tmp_path / "a.db", [user(), lost, assistant()])) == [("note", "output-without-call", (2,))]
    assert found(store(tmp_path / "b.db", [user(), {**lost, "name": "weather"}, assistant()])) == []
    (refused,) = found(tmp_path / "a.db", api="Chat Completions")
    assert refused == ("error", "refused-by-chat-completions", (2,))
