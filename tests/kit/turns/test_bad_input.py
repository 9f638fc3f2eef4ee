"""Bad input: messages and session ids that no one expects."""

import json

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.problems.problem import Refused
from lessons.kit.records import load_records
from tests.support.turns import ask_name, do, stored, tell


@pytest.fixture
def lesson():
    return load_lesson("basic")


@pytest.mark.parametrize("message", ["", "   ", "\n\t", "x" * 100_000])
def test_a_message_that_cannot_be_sent_is_refused_and_changes_nothing(told, provider, lesson, message):
    with pytest.raises(Refused) as refused:
        walk.start_message(walk.Walk(lesson, told, "sqlite_file", provider), message, "alice")
    assert refused.value.problem.next
    assert len(stored(told)) == 2
    assert len(told.records) == 1


@pytest.mark.parametrize(
    "message",
    [
        "\x00\x01\x02 bell \x07",
        "\u202eright to left",
        "🙂" * 2_000,
        "\ud83d half an emoji",
        "'; DROP TABLE agent_messages; --",
    ],
    ids=["control", "direction", "emoji", "surrogate", "sql"],
)
def test_strange_messages_are_stored_as_they_are(told, provider, lesson, message):
    record = walk.start_message(walk.Walk(lesson, told, "sqlite_file", provider), message, "alice").result(60)
    assert record.problem is None
    assert record.ledger.lines[-1].mark == "added"
    assert len(stored(told)) == 4
    assert json.loads(stored(told)[2])["content"] == message
    assert load_records(told.folder / "records")[-1] == record


@pytest.mark.parametrize("session_id", ["", "a/b", "../up", "x" * 5_000, "ü🙂", "'; --", 'quo"te'])
@pytest.mark.parametrize("store", ["sqlite_file", "sqlite_memory"])
def test_any_session_id_can_be_used_and_undone(desk, provider, session_id, store):
    before = sorted(path.name for path in desk.workspace.folder.rglob("*.db"))
    record = do(desk, provider, tell, session_id=session_id, store=store, snapshot="one")
    assert record.problem is None
    assert len(stored(desk, store, session_id)) == 2
    do(desk, provider, ask_name, session_id=session_id, store=store, snapshot="two")
    assert desk.restore("two")
    assert len(stored(desk, store, session_id)) == 2
    assert desk.restore("one")
    assert stored(desk, store, session_id) == []
    assert sorted(path.name for path in desk.workspace.folder.rglob("*.db")) == before
