"""The four operations as data: what is refused and in which words, and that the code that is shown is what is called."""

import ast
import asyncio
import json

import pytest
from agents import SQLiteSession

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.problems.problem import Refused
from lessons.kit.turns.session_operations import METHODS, Operation, items_from_json, message_item
from tests.support.turns import key_of

NOTE = {"role": "system", "content": "The user's name is Alice."}
CALL = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": '{"city": "Oslo"}'}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "Oslo: 4 °C"}
REPLY = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "4 °C.", "annotations": []}],
}
REASONING = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Look it up."}]}


def refusal(text):
    with pytest.raises(Refused) as refused:
        items_from_json(text)
    assert refused.value.problem.kept == "Nothing was stored."
    return refused.value.problem.what


@pytest.mark.parametrize("item", [NOTE, {"role": "developer", "content": "Be brief."}, CALL, OUTPUT, REPLY, REASONING])
def test_every_shape_that_the_sdk_stores_is_taken_as_it_is(item):
    assert items_from_json(json.dumps(item)) == (item,)
    assert items_from_json(json.dumps([NOTE, item])) == (NOTE, item)


def test_what_a_run_has_stored_is_taken_again(desk, provider):
    """A real tool turn, copied out of the rows and pasted into the toolbar."""
    lesson = load_lesson("memory_operations")
    ask = walk.start_message(walk.Walk(lesson, desk, "sqlite_file", provider), "What's the weather in Oslo?", "alice")
    assert ask.result(60).problem is None
    rows = [row.data for row in desk.store("sqlite_file").page("alice").rows]
    assert len(rows) == 4
    assert items_from_json(f"[{','.join(rows)}]") == tuple(map(json.loads, rows))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "This is not JSON: Expecting value: line 1 column 1 (char 0)."),
        ('{"role": "user",}', "Expecting property name enclosed in double quotes: line 1 column 17"),
        ("[" * 100_000, "This is not JSON: maximum recursion depth exceeded"),
        ('"a text"', "Item 1 is not an item that the SDK knows: it is a text and must be an object."),
        ("null", "it is null and must be an object"),
        ("[[]]", "it is a list and must be an object"),
        ("true", "it is a truth value and must be an object"),
        ("3", "it is a number and must be an object"),
        ("{}", "it has neither a role nor a type"),
        ('{"role": "robot", "content": "x"}', "role: input should be 'user', 'assistant', 'system' or 'developer'."),
        ('{"role": "user"}', "knows: content: field required."),
        (
            '{"role": "user", "content": 5}',
            "content: input should be a valid string; content: input should be a valid list.",
        ),
        ('{"role": "user", "content": [{"type": "input_text"}]}', "knows: content.0.text: field required."),
        ('{"type": "function_call", "name": "f", "arguments": "{}"}', "knows: call_id: field required."),
        (json.dumps(CALL | {"id": None}), "knows: id: input should be a valid string."),
        (
            '{"type": "message", "role": "assistant", "status": "completed", "id": null, '
            '"content": [{"type": "output_text", "text": "Hi", "annotations": []}]}',
            "knows: id: input should be a valid string.",
        ),
        (json.dumps(CALL | {"arguments": {}}), "knows: arguments: input should be a valid string."),
        (
            json.dumps(REPLY | {"content": [{"type": "output_text", "text": 5, "annotations": []}]}),
            "knows: content.0.text: ",
        ),
        (json.dumps(REASONING | {"summary": ["x"]}), "knows: summary.0: input should be a valid dictionary."),
        ('{"type": "nonsense"}', "no item has the type 'nonsense'"),
        ('{"type": []}', "no item has the type '[]'"),
        (json.dumps([NOTE, {"role": "user"}]), "Item 2 is not an item that the SDK knows: content: field required."),
    ],
)
def test_what_is_not_an_item_is_refused_with_the_place_and_the_reason(text, words):
    assert words in refusal(text)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_a_message_without_text_is_refused(text):
    with pytest.raises(Refused, match="The item has no text"):
        message_item("user", text)


class Listening(SQLiteSession):
    """Notes the calls that it gets from outside."""

    def __init__(self):
        super().__init__("alice")
        self.heard = []

    def __getattribute__(self, name):
        if name in METHODS:
            return self.hear(name)
        return super().__getattribute__(name)

    def hear(self, name):
        real = super().__getattribute__(name)

        async def call(*given, **named):
            self.heard.append((name, list(given), named))
            return await real(*given, **named)

        return call


OPERATIONS = [
    Operation("get_items"),
    Operation("get_items", limit=0),
    Operation("get_items", limit=2),
    Operation("get_items", limit=-1),
    Operation("add_items", items=()),
    Operation("add_items", items=(NOTE, CALL)),
    Operation("add_items", items=({"role": "user", "content": "'\"\\ \n \u202e \ud800 </script> {}"},)),
    Operation("pop_item"),
    Operation("clear_session"),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: ascii(operation.code)[:60])
def test_the_code_that_is_shown_is_the_call_that_is_made(operation):
    """The line is parsed, and what it says is what the session heard."""
    session = Listening()
    asyncio.run(operation.function()(session))
    awaited = ast.parse(operation.code).body[0].value
    assert isinstance(awaited, ast.Await)
    said = awaited.value
    given = [ast.literal_eval(argument) for argument in said.args]
    named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in said.keywords}
    assert ast.unparse(said.func) == f"session.{operation.method}"
    assert session.heard == [(operation.method, given, named)]
    session.close()


def call(desk, provider, operation):
    lesson = load_lesson("memory_operations")
    return walk.start_operation(walk.Walk(lesson, desk, "sqlite_file", provider), operation, "alice").result(60)


def test_each_operation_leaves_a_record_of_its_call_its_result_and_the_rows(desk, provider):
    added = call(desk, provider, Operation("add_items", items=(NOTE, {"role": "user", "content": "Hi"})))
    assert (added.called, [row.key for row in added.added], added.requests) == (["add_items"], [1, 2], ())
    read = call(desk, provider, Operation("get_items", limit=1))
    assert json.loads(read.result) == [{"role": "user", "content": "Hi"}]
    assert (read.title, read.changes) == ("await session.get_items(limit=1)", ())
    assert [(key_of(line), line.returned, line.why) for line in read.ledger.lines] == [
        (1, False, "older than the newest item: the limit of the call get_items()"),
        (2, True, "returned to the code of the turn, and no run with the session sent it"),
    ]
    popped = call(desk, provider, Operation("pop_item"))
    assert json.loads(popped.result) == {"role": "user", "content": "Hi"}
    assert [row.key for row in popped.removed] == [2]
    cleared = call(desk, provider, Operation("clear_session"))
    assert (cleared.result, [row.key for row in cleared.removed]) == ("null", [1])
    assert {table.table for table in cleared.changes} == {"agent_messages", "agent_sessions"}
    empty = call(desk, provider, Operation("pop_item"))
    assert (empty.result, empty.changes, empty.problem) == ("null", (), None)


def test_a_large_item_is_stored_whole_and_its_record_stays_small(desk, provider):
    large = {"role": "user", "content": "x" * 1_000_000}
    record = call(desk, provider, Operation("add_items", items=items_from_json(json.dumps(large))))
    assert record.problem is None
    assert json.loads(desk.store("sqlite_file").page("alice").rows[0].data) == large
    assert record.title.startswith("await session.add_items([{'role': 'user', 'content': 'xxx")
    assert sum(path.stat().st_size for path in (desk.folder / "records").iterdir()) < 30_000
    assert len(call(desk, provider, Operation("get_items")).result) < 10_000
