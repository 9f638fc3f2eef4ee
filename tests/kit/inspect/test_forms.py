"""Forms of an item that a service refuses, and outputs without or before their call, for every type of tool."""

import asyncio
import json
import sqlite3
from contextlib import closing

import pytest
from agents import SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession

from lessons.kit.inspect.browse import open_session, try_deletes
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.taking_away.fixture_file import fixture_of
from tests.support.checked_sessions import KEY, OTHER_KEY, advanced, envelope, findings, found, without_owner
from tests.support.stored_sessions import assistant, call, output, reasoning, store, user

AT = "2026-11-01 09:00:00"
TOOLS = {
    "function": (call("a"), output("a")),
    "shell": (
        {"type": "shell_call", "id": "sh_1", "call_id": "a", "action": {"commands": ["ls"]}, "status": "completed"},
        {"type": "shell_call_output", "call_id": "a", "output": []},
    ),
    "apply_patch": (
        {"type": "apply_patch_call", "id": "ap_1", "call_id": "a", "operation": {}, "status": "completed"},
        {"type": "apply_patch_call_output", "call_id": "a", "status": "completed", "output": "ok"},
    ),
    "local_shell": (
        {"type": "local_shell_call", "id": "ls_1", "call_id": "a", "action": {}, "status": "completed"},
        {"type": "local_shell_call_output", "call_id": "a", "output": "x"},
    ),
    "computer": (
        {"type": "computer_call", "id": "cu_1", "call_id": "a", "action": {}, "status": "completed"},
        {"type": "computer_call_output", "call_id": "a", "output": {"type": "computer_screenshot"}},
    ),
    "custom": (
        {"type": "custom_tool_call", "id": "ctc_1", "call_id": "a", "name": "x", "input": "1"},
        {"type": "custom_tool_call_output", "call_id": "a", "output": "1"},
    ),
    "program": (
        {"type": "program", "id": "pr_1", "call_id": "a", "code": "x", "fingerprint": "f"},
        {"type": "program_output", "id": "po_1", "call_id": "a", "result": "1", "status": "completed"},
    ),
}


def check(tmp_path, items, times=None, **settings):
    return found(store(tmp_path / "a.db", items, times=times or [AT] * len(items)), **settings)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_pair_of_every_tool_is_clean_and_a_half_of_it_is_found(tool, tmp_path):
    asked, answered = TOOLS[tool]
    path = store(tmp_path / "a.db", [user(), asked, answered, assistant()], "whole", times=[AT] * 4)
    store(path, [user(), answered, assistant()], "alone", times=[AT] * 3)
    store(path, [user(), asked, assistant()], "open", times=[AT] * 3)
    store(path, [user(), answered, asked, assistant()], "before", times=[AT] * 4)
    assert sorted(found(path)) == [
        ("error", "output-without-call", (6,)),
        ("error", "output-without-call", (12,)),
        ("warning", "call-without-output", (9,)),
    ]


def without(item, name):
    return {key: value for key, value in item.items() if key != name}


FORMS = {
    "a message without a role": {"type": "message", "content": "x"},
    "a number as content": {"role": "user", "content": 5},
    "an object as content": {"role": "user", "content": {"text": "x"}},
    "a list of texts as content": {"role": "user", "content": ["x"]},
    "an unknown part": {"role": "user", "content": [{"type": "banana"}]},
    "a part without its text": {"role": "user", "content": [{"type": "input_text"}]},
    "a field of Chat Completions": {"role": "assistant", "content": "x", "refusal": None},
    "an own field": {**user(), "timestamp": 5},
    "an id that is a number": {**assistant(), "id": 5},
    "an id that is too long": assistant(id_=f"msg_{'a' * 61}"),
    "reasoning without a summary": {"type": "reasoning", "id": "rs_1", "encrypted_content": "x"},
}
CALLS = {
    "arguments as an object": ({**call("a"), "arguments": {}}, output("a"), (2,)),
    "no arguments": (without(call("a"), "arguments"), output("a"), (2,)),
    "no name": (without(call("a"), "name"), output("a"), (2,)),
    "an empty call id": ({**call(""), "id": "fc_1"}, output(""), (2, 3)),
    "a long call id": ({**call("a" * 65), "id": "fc_1"}, output("a" * 65), (2, 3)),
    "an output that is an object": (call("a"), {**output("a"), "output": {}}, (3,)),
    "an output that is null": (call("a"), {**output("a"), "output": None}, (3,)),
    "no output": (call("a"), without(output("a"), "output"), (3,)),
    "arguments that were parsed": ({**call("a"), "parsed_arguments": {}}, output("a"), (2,)),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_is_refused_is_found(name, tmp_path):
    assert check(tmp_path, [user(), FORMS[name], assistant()]) == [("error", "refused-by-responses", (2,))]


@pytest.mark.parametrize("name", CALLS)
def test_a_call_or_an_output_in_a_form_that_is_refused_is_found(name, tmp_path):
    asked, answered, rows = CALLS[name]
    assert check(tmp_path, [user(), asked, answered, assistant()]) == [("error", "refused-by-responses", rows)]


@pytest.mark.parametrize(
    "item", [{**user(), "id": "msg_2"}, {**user(), "name": "Ann"}, without(call("a"), "arguments"), {"type": {}}]
)
def test_what_the_class_for_chat_completions_does_not_take_is_found(item, tmp_path):
    items = [user(), item, *([output("a")] if "call_id" in item else []), assistant()]
    (finding,) = check(tmp_path, items, api="Chat Completions")
    assert (finding[0], finding[2]) == ("error", (2,))


def test_an_item_in_which_the_sdk_goes_too_deep_is_blamed_alone(tmp_path):
    deep = '{"role": "user", "content": ' + "[" * 700 + "]" * 700 + "}"
    assert check(tmp_path, [user(), assistant(), deep, assistant(id_="msg_2")]) == [("error", "run-raises", (3,))]


def test_an_encrypted_null_that_the_session_skips_is_found(tmp_path):
    assert check(tmp_path, [envelope(None), envelope(assistant())], key=KEY) == [("warning", "left-out", (1,))]


def test_the_output_of_a_call_that_another_key_wrote_is_named_with_both_causes(tmp_path):
    items = [envelope(user()), envelope(call("a")), envelope(output("a"), OTHER_KEY), envelope(assistant())]
    expected = [("warning", "wrong-key", (3,)), ("warning", "call-without-output", (2,))]
    assert check(tmp_path, items, key=KEY, ttl=10**9) == expected


def test_an_order_by_time_that_puts_an_output_before_its_call_is_found(tmp_path):
    path = store(
        tmp_path / "a.db",
        [user(), call("a"), output("a"), assistant()],
        times=[f"2026-11-01 09:0{minute}:00" for minute in (0, 2, 1, 3)],
    )
    assert ("error", "output-without-call", (3,)) in found(path, class_name="SQLAlchemySession")


def test_an_order_by_sequence_that_puts_an_output_before_its_call_is_found(tmp_path):
    path = advanced(tmp_path / "a.db", [user(), call("a"), output("a")], [1, 3, 2])
    assert ("error", "output-without-call", (3,)) in found(path)


def test_a_row_that_the_structure_names_twice_is_sent_twice(tmp_path):
    path = advanced(tmp_path / "a.db", [user(), call("a"), output("a"), assistant()], [1, 2, 3, 4, 4])
    assert found(path) == [("error", "structure-repeated", (4,))]


@pytest.mark.parametrize("class_name", ["SQLiteSession", "AsyncSQLiteSession", "SQLAlchemySession"])
def test_a_text_that_is_not_utf8_ends_every_read(class_name, tmp_path):
    path = store(tmp_path / "a.db", [user(), assistant()], times=[AT] * 2)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE agent_messages SET message_data = CAST(? AS TEXT) WHERE id = 1", (b'{"role": "\xff"}',))
    connection.commit()
    connection.close()
    (finding,) = findings(path, class_name=class_name)
    assert (finding.level, finding.code, finding.rows) == ("error", "not-json", (1,))
    assert "OperationalError" in finding.says


def test_columns_in_capital_letters_are_the_same_columns(tmp_path):
    path = store(tmp_path / "a.db", [user(), output("a")], times=[AT] * 2)
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE agent_messages RENAME COLUMN message_data TO MESSAGE_DATA")
    connection.close()
    assert [code for _, code, _ in found(path)] == ["output-without-call"]


def test_a_generated_column_is_a_column(tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as file:
        file.executescript(
            "CREATE TABLE agent_sessions (session_id TEXT PRIMARY KEY, created_at TEXT, updated_at TEXT);"
            "CREATE TABLE agent_messages (id INTEGER PRIMARY KEY, session_id TEXT, created_at TEXT, role TEXT, content TEXT,"
            " message_data TEXT GENERATED ALWAYS AS (json_object('role', role, 'content', content)));"
            "INSERT INTO agent_sessions (session_id) VALUES ('alice');"
            f"INSERT INTO agent_messages VALUES (1, 'alice', '{AT}', 'user', 'hello');"
        )
    assert found(path) == [("note", "unanswered-question", (1,))]


@pytest.mark.parametrize("tool", ["computer", "shell", "apply_patch", "local_shell"])
def test_the_half_of_a_call_without_its_call_id_is_found_if_it_is_sent(tool, tmp_path):
    asked, answer = TOOLS[tool]
    lost = {name: value for name, value in answer.items() if name != "call_id"}
    says = check(tmp_path, [user(), asked, lost, assistant()])
    assert ("warning", "call-without-output", (2,)) in says
    # OpenAI's reference of a local_shell_call_output has no call_id.
    refused = [("error", "refused-by-responses", (3,))] if tool != "local_shell" else []
    assert [one for one in says if one[0] == "error"] == refused


def test_the_result_of_a_tool_in_the_form_of_chat_completions_is_told_by_its_role(tmp_path):
    path = store(tmp_path / "a.db", [user(), {"role": "tool", "tool_call_id": "c", "content": "sent"}, assistant()])
    (finding,) = findings(path)
    assert (finding.code, finding.rows) == ("refused-by-responses", (2,))
    assert "the role 'tool'" in finding.says
    assert "tool_call_id" not in finding.says


def test_reasoning_whose_item_was_popped_is_found(tmp_path):
    assert ("error", "reasoning-alone", (5,)) in check(
        tmp_path, [user(), reasoning(), assistant(), user("b"), reasoning("rs_2")]
    )


def test_tables_that_the_class_refuses_to_open_are_found_in_its_own_words(tmp_path):
    path = without_owner(tmp_path / "a.db")
    (finding,) = findings(path)
    assert (finding.level, finding.code, finding.rows) == ("error", "structure-not-owned", (1, 2))
    with pytest.raises(ValueError, match="turn_usage") as raised:
        AdvancedSQLiteSession(session_id="s", db_path=path, create_tables=True)
    assert str(raised.value).partition(" in ")[0] in finding.says
    assert str(tmp_path) not in finding.says
    assert found(path, class_name="SQLiteSession") == []


def test_what_a_call_deletes_of_tables_that_the_class_does_not_open_is_said(tmp_path):
    storage = SQLiteStorage(without_owner(tmp_path / "a.db"))
    picture = open_session(storage, "s", None, Settings())
    storage.close()
    assert picture.raises.startswith("ValueError")
    assert "pop_item() raises ValueError and deletes nothing" in {
        one.words for one in try_deletes(picture) if one.class_name == "AdvancedSQLiteSession"
    }


def test_a_fixture_of_branches_is_opened_by_the_class_and_one_of_such_tables_is_not(tmp_path):
    for name, path in (
        ("owned", advanced(tmp_path / "a.db", [user(), assistant()], usage=[1])),
        ("not owned", without_owner(tmp_path / "b.db")),
    ):
        storage = SQLiteStorage(path)
        statements = fixture_of(storage.read(storage.newest(storage.pairs()[0], 1)[0]), Settings()).as_sql()
        storage.close()
        made = tmp_path / f"{name}.db"
        with closing(sqlite3.connect(made)) as connection:
            connection.executescript(statements)
        assert found(made) == found(path)
        if name == "owned":
            session = AdvancedSQLiteSession(session_id="s", db_path=made, create_tables=True)
            assert len(asyncio.run(session.get_items())) == 2
            session.close()
        else:
            with pytest.raises(ValueError, match="owner foreign key"):
                AdvancedSQLiteSession(session_id="s", db_path=made, create_tables=True)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-le"])
def test_an_item_that_is_stored_as_bytes_is_the_row_that_is_sent(coding, tmp_path):
    path = store(tmp_path / "a.db", [user("a"), assistant()])
    with closing(sqlite3.connect(path)) as connection:
        data = json.dumps(user("b")).encode(coding)
        connection.execute("INSERT INTO agent_messages (session_id, message_data) VALUES ('s', ?)", (data,))
        connection.commit()
    storage = SQLiteStorage(path)
    rows = open_session(storage, "s", None, Settings()).rows
    storage.close()
    assert [(row.key, row.sent) for row in rows] == [(1, True), (2, True), (3, True)]
    assert "b" in rows[2].item.text
    session = SQLiteSession("s", path)
    assert asyncio.run(session.get_items())[2] == user("b")
    session.close()
