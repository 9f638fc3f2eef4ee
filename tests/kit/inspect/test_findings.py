"""Each finding: rows that give it."""

import asyncio
import json

import pytest
from agents import SQLiteSession
from agents.extensions.memory import EncryptedSession

from lessons.kit.inspect.check import check_storage
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.finding import TABLE, minors_with, sdk_minor_name
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.stored import CannotRead
from lessons.kit.inspect.wanted import Wanted
from lessons.kit.sdk_version import since
from tests.support.checked_sessions import KEY, OTHER_KEY, advanced, envelope, findings, found
from tests.support.stored_sessions import assistant, call, fixture, output, reasoning, store, user


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("control-clean", []),
        ("approval-never-answered", [("warning", "call-without-output", (2, 3))]),
        ("output-without-call", [("error", "output-without-call", (2,))]),
        ("stale-reasoning-id", [("note", "reasoning-by-reference", (2,))]),
        ("rows-before-the-upgrade", [("error", "rows-without-structure", (1, 2, 3, 4))]),
        ("two-keys", [("note", "encrypted", (1, 2, 3, 4, 5, 6))]),
        ("blocked-text-remains", [("note", "unanswered-question", (3,))]),
        ("repeated-call-ids", [("error", "call-id-repeated", (2, 3, 6, 7))]),
        ("huge-tool-output", [("note", "item-dominates", (3,))]),
    ],
)
def test_a_stuck_session_has_its_finding_and_no_other(name, expected, tmp_path):
    assert found(fixture(name, tmp_path)) == expected


def test_the_words_of_the_findings_have_what_was_measured(tmp_path):
    (orphan,) = findings(fixture("output-without-call", tmp_path))
    assert "Any limit hides it: the SDK then leaves it out, but not if a session_input_callback is set." in orphan.says
    (repeated,) = findings(fixture("repeated-call-ids", tmp_path))
    assert (
        'Row 2 asked {"city": "Oslo"}; the model is now told that the first call asked {"city": "Rome"}'
        in repeated.says
    )
    (lost,) = findings(fixture("rows-before-the-upgrade", tmp_path))
    assert "returns 2 of 6 rows" in lost.says
    assert "one pop_item() deletes rows 1 to 4" in lost.says
    (stale,) = findings(fixture("stale-reasoning-id", tmp_path))
    assert 'RunConfig(reasoning_item_id_policy="omit") sends no id' in stale.says
    (large,) = findings(fixture("huge-tool-output", tmp_path))
    assert "99 % of what every run sends" in large.says
    assert "75,0" in large.says


def test_a_key_says_which_rows_it_opens_and_what_a_pop_would_delete(tmp_path):
    path = fixture("two-keys", tmp_path)
    (wrong,) = [one for one in findings(path, key=KEY, ttl=10**9) if one.code == "wrong-key"]
    assert (wrong.level, wrong.rows) == ("warning", (5, 6))
    guarded = "on SQLiteSession pop_item() raises InvalidToken and deletes nothing"
    assert since((0, 23), guarded, before="on SQLiteSession, AsyncSQLiteSession") in wrong.says
    assert "SQLAlchemySession pop_item() deletes rows 4 to 6" in wrong.says
    assert [one.rows for one in findings(path, key=OTHER_KEY, ttl=10**9)] == [(1, 2, 3, 4)]


OF_A_SERVICE = f"msg_{'0a' * 24}"
OUTPUT_TEXT = {"type": "output_text", "text": "hi"}
GIVES = {
    "foreign-id": ([user(), assistant(id_="chatcmpl-9")], {}, "error", (2,)),
    "foreign-id of a model for tests": ([user(), assistant(id_="scripted-message")], {}, "note", (2,)),
    "output-without-call without a call_id": (
        [user(), {"type": "function_call_output", "output": "x"}, assistant()],
        {},
        "note",
        (2,),
    ),
    "order-differs-by-class": ([user("a"), assistant(), user("b"), assistant(id_="msg_2")], {}, "warning", (2, 3)),
    "overlapping-runs": ([user("a"), user("b"), assistant(), assistant(id_="msg_2")], {}, "note", (1, 2, 3, 4)),
    "not-json": ([user(), assistant(), "{not json"], {}, "warning", (3,)),
    "not-an-item": ([user(), "null", assistant()], {}, "error", (2,)),
    "null-content-with-tool-calls": (
        [user(), {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function"}]}],
        {},
        "error",
        (2,),
    ),
    "refused-by-chat-completions": (
        [user(), {"type": "code_interpreter_call", "id": "ci_1", "code": "1"}, assistant()],
        {"api": "Chat Completions"},
        "error",
        (2,),
    ),
    "refused-by-responses": (
        [user(), {"role": "user", "content": [{"type": "text", "text": "hi"}]}, assistant()],
        {},
        "error",
        (2,),
    ),
    "refused-by-responses for its role": (
        [user(), {"role": "tool", "tool_call_id": "c", "content": "x"}],
        {},
        "error",
        (2,),
    ),
    "refused-by-responses for its part": ([{"role": "user", "content": [OUTPUT_TEXT]}, assistant()], {}, "error", (1,)),
    "refused-by-responses for tool_calls": (
        [user(), {"role": "assistant", "content": "One moment.", "tool_calls": [{"id": "c"}]}],
        {},
        "error",
        (2,),
    ),
    "item-dominates with a limit": (
        [*[user("x" * 4_000), assistant("y" * 4_000)] * 20, user("z" * 45_000), assistant()],
        {"limit": 2},
        "note",
        (41,),
    ),
    "refused-by-chat-completions for an output after another message": (
        [user(), call(), user("b"), output(), assistant()],
        {"api": "Chat Completions"},
        "error",
        (2, 4),
    ),
    "refused-by-chat-completions for a call that was stored twice": (
        [user(), call(), output(), assistant(), user("b"), call(), output(), assistant(id_="msg_2")],
        {"api": "Chat Completions"},
        "error",
        (6, 7),
    ),
    "refused-by-chat-completions for a file search": (
        [user(), {"type": "file_search_call", "id": "fs_1", "queries": ["x"], "status": "completed"}, assistant()],
        {"api": "Chat Completions"},
        "error",
        (2,),
    ),
    "overlapping-runs with reasoning": (
        [user("a"), user("b"), reasoning(), assistant(), reasoning("rs_2"), assistant(id_="msg_2")],
        {},
        "note",
        (1, 2, 3, 4, 5, 6),
    ),
    "overlapping-runs after a tool": (
        [user("a"), call(), output(), user("b"), assistant(), assistant(id_="msg_2")],
        {},
        "note",
        (1, 2, 3, 4, 5, 6),
    ),
    "overlapping-runs between a call and its output": (
        [user("a"), call(), user("b"), output(), assistant()],
        {},
        "note",
        (2, 3, 4),
    ),
    "reasoning-cut-off by a call without an output": (
        [user(), reasoning(), call("a"), call("b"), output("b"), assistant()],
        {},
        "note",
        (2, 4),
    ),
    "refused-by-responses for the status of reasoning": (
        [user(), reasoning(status=None), assistant()],
        {},
        "error",
        (2,),
    ),
    "refused-by-responses for a renamed field": (
        [user(), {**call(), "async_": False}, output(), assistant()],
        {},
        "note",
        (2,),
    ),
    "unanswered-question": ([user("a"), user("b"), assistant()], {}, "note", (1,)),
    "item-dominates": ([user(), assistant("x" * 50_000)], {}, "note", (2,)),
    "output-without-call before its call": (
        [user(), output(), call(), call("in order"), output("in order"), assistant()],
        {},
        "error",
        (2,),
    ),
    "output-without-call cut off by a limit": (
        [user(), call(), output(), assistant()],
        {"limit": 2, "callback": True},
        "error",
        (3,),
    ),
    "id-repeated": (
        [user(), assistant(id_=OF_A_SERVICE), user("b"), assistant("Yes.", OF_A_SERVICE)],
        {},
        "error",
        (2, 4),
    ),
    "reasoning-alone": ([user(), reasoning(), user("b"), assistant()], {}, "error", (2,)),
    "reasoning-cut-off": ([user(), reasoning(), call(), output(), assistant()], {"limit": 3}, "warning", (2, 3)),
    "reasoning-cut-off of a later call": (
        [user(), reasoning(), call("a"), call("b"), output("a"), output("b"), assistant()],
        {"limit": 4},
        "note",
        (2, 4),
    ),
    "refused-by-responses for reasoning without an id": (
        [user(), {"type": "reasoning", "summary": []}, assistant()],
        {},
        "note",
        (2,),
    ),
    "unknown-type": ([user(), {"type": "x_search_call", "id": "x_1"}, assistant()], {}, "note", (2,)),
    "not-an-item of an unknown type": ([user(), {"type": "banana"}, assistant()], {}, "error", (2,)),
    "not-json for NaN": ([user(), '{"role": "user", "content": NaN}', assistant()], {}, "error", (2,)),
    "refused-by-responses for reasoning that is empty": (
        [user(), {"type": "reasoning", "id": None, "summary": []}, assistant()],
        {},
        "error",
        (2,),
    ),
    "run-raises for half a surrogate pair": (
        [user(), '{"role": "assistant", "content": "\\ud83d"}'],
        {},
        "error",
        (2,),
    ),
    "run-raises for half a pair by Chat Completions": (
        [user(), '{"role": "assistant", "content": "\\uD83D"}'],
        {"api": "Chat Completions"},
        "error",
        (2,),
    ),
    "not-json for an encrypted NaN": (
        [envelope(user()), envelope({**user(), "content": float("nan")})],
        {"key": KEY},
        "error",
        (2,),
    ),
    "approval-without-response": (
        [user(), {"type": "mcp_approval_request", "id": "mcpr_1", "arguments": "{}", "name": "a", "server_label": "b"}],
        {},
        "note",
        (2,),
    ),
    "call-id-repeated": (
        [user(), call(), output(), assistant(), user(), call(), output(), assistant(id_="msg_2")],
        {},
        "warning",
        (2, 3, 6, 7),
    ),
}


@pytest.mark.parametrize("code", GIVES)
def test_rows_that_give_a_finding(code, tmp_path):
    items, settings, level, rows = GIVES[code]
    times = ["2026-11-01 09:00:00", "2026-11-01 09:03:00", "2026-11-01 09:02:00", "2026-11-01 09:04:00"]
    path = store(tmp_path / "a.db", items, times=times if code == "order-differs-by-class" else None)
    assert (level, code.partition(" ")[0], rows) in found(path, **settings)


def test_a_limit_that_hides_the_rows_takes_the_error_away(tmp_path):
    path = store(tmp_path / "a.db", [user(), output(), assistant(), user(), assistant(id_="msg_2")])
    assert found(path) == [("error", "output-without-call", (2,))]
    assert found(path, limit=10) == [("warning", "output-without-call", (2,))]
    assert found(path, limit=2) == []


def test_a_session_that_goes_on_after_1000_rows_is_judged_by_all_of_them(tmp_path):
    items = [item for position in range(700) for item in (user(f"{position}"), assistant(id_=f"msg_{position}"))]
    items[11] = output("gone")
    path = store(tmp_path / "a.db", items, times=["2026-11-01 09:00:00"] * len(items))
    assert found(path) == [("error", "output-without-call", (12,))]


def test_a_call_that_may_be_among_rows_that_were_not_read_is_not_reported_missing(tmp_path):
    path = store(tmp_path / "a.db", [user(), call(), output(), assistant()])
    storage = SQLiteStorage(path)
    report = check_storage(storage, Settings(), Wanted(rows=2))
    assert (report.findings, report.is_complete) == ([], False)
    storage.close()


# Encrypted sessions.


def test_an_envelope_without_a_payload_ends_every_read_and_is_found_without_a_key(tmp_path):
    path = store(tmp_path / "a.db", [envelope(user()), envelope(assistant(), payload=None)])
    (broken,) = [one for one in findings(path) if one.code == "envelope-broken"]
    assert (broken.level, broken.rows) == ("error", (2,))
    assert "AttributeError" in broken.says


def test_a_cut_envelope_is_skipped_and_no_key_is_blamed(tmp_path):
    cut = envelope(user())
    cut["payload"] = cut["payload"][:40]
    path = store(tmp_path / "a.db", [envelope(user()), envelope(assistant()), cut])
    assert found(path, key=KEY, ttl=10**6) == [("warning", "envelope-broken", (3,))]


def test_a_row_without_encryption_is_found_with_and_without_a_key(tmp_path):
    path = store(
        tmp_path / "a.db", [envelope(user()), envelope(assistant()), user("added by hand"), assistant(id_="msg_2")]
    )
    skipped = since((0, 23), [("warning", "not-encrypted", (3, 4))], before=[])  # 0.22 returns such rows
    assert [one for one in found(path) if one[1] != "encrypted"] == skipped
    assert found(path, key=KEY, ttl=10**6) == skipped


def test_a_key_for_a_session_that_is_not_encrypted_is_not_passed_over_in_silence(tmp_path):
    path = store(tmp_path / "a.db", [user(), assistant(), output()])
    plain, skipped = found(path), since((0, 23), [("note", "not-encrypted", (1, 2, 3))], before=[])
    assert found(path, key=KEY) == [*plain, *skipped]
    inner = SQLiteSession("s", path)
    assert len(asyncio.run(EncryptedSession("s", inner, KEY).get_items())) == since((0, 23), 0, before=3)
    inner.close()


def test_rows_older_than_the_ttl_are_named_and_a_ttl_that_nobody_gave_is_a_note(tmp_path):
    path = store(tmp_path / "a.db", [envelope(user(), age=5_000), envelope(assistant(), age=5_000)])
    assert found(path, key=KEY, ttl=100) == [("warning", "expired", (1, 2))]
    assert found(path, key=KEY) == [("note", "expired", (1, 2))]
    assert found(path, key=KEY, ttl=10_000) == []


def test_a_ttl_that_hides_a_call_leaves_its_output_alone_and_does_not_call_it_lost(tmp_path):
    rows = [(user(), 900), (call(), 700), (output(), 500), (assistant(), 400)]
    path = store(tmp_path / "a.db", [envelope(item, age=age) for item, age in rows])
    assert found(path, key=KEY, ttl=10**9) == []
    alone, old = findings(path, key=KEY, ttl=600)
    assert (alone.level, alone.code, alone.rows) == ("error", "output-without-call", (3,))
    assert "not among the rows that the session returns" in alone.says
    assert (old.code, old.rows) == ("expired", (1, 2))


@pytest.mark.parametrize("ttl", [None, 600])
def test_rows_that_are_written_ahead_of_the_clock_are_skipped_and_found(ttl, tmp_path):
    path = store(tmp_path / "a.db", [envelope(user(), age=-900), envelope(assistant(), age=-30)])
    assert found(path, key=KEY, ttl=ttl) == [("warning", "ahead-of-the-clock", (1,))]


def test_a_branch_that_no_session_has_cannot_be_checked(tmp_path):
    path = advanced(tmp_path / "a.db", [user(), assistant()])
    storage = SQLiteStorage(path)
    with pytest.raises(CannotRead, match="no branch 'lost'"):
        check_storage(storage, Settings(branch="lost"), Wanted())
    assert check_storage(storage, Settings("SQLiteSession", branch="lost"), Wanted()).sessions == 1
    storage.close()


def test_encrypted_rows_that_a_key_opens_are_clean(tmp_path):
    assert found(store(tmp_path / "a.db", [envelope(user()), envelope(assistant())]), key=KEY) == []


def test_findings_are_made_of_what_was_decrypted(tmp_path):
    path = store(tmp_path / "a.db", [envelope(user()), envelope(output()), envelope(assistant())])
    assert found(path, key=KEY) == [("error", "output-without-call", (2,))]


# The tables of an AdvancedSQLiteSession, and sessions that nothing lists.


def test_structure_without_its_row_is_found(tmp_path):
    path = advanced(tmp_path / "a.db", [user(), assistant()], structure=[1, 2, 9])
    assert found(path) == [("warning", "structure-dangling", (3,))]


def test_whole_structure_is_clean(tmp_path):
    assert found(advanced(tmp_path / "a.db", [user(), assistant()], usage=[1])) == []


def test_rows_without_structure_are_no_matter_to_another_class(tmp_path):
    path = fixture("rows-before-the-upgrade", tmp_path)
    assert found(path, class_name="SQLiteSession") == []


def test_a_plain_file_that_is_to_be_opened_as_advanced_loses_all(tmp_path):
    path = store(tmp_path / "a.db", [user(), assistant()])
    assert found(path, class_name="AdvancedSQLiteSession") == [("error", "rows-without-structure", (1, 2))]


def test_usage_is_missed_only_where_other_turns_have_it(tmp_path):
    items = [user("a"), assistant(), user("b"), assistant(id_="msg_2")]
    assert found(advanced(tmp_path / "a.db", items, usage=[1])) == [("note", "usage-missing", (3,))]
    assert found(advanced(tmp_path / "b.db", items)) == []


def test_messages_without_their_session_are_found(tmp_path):
    path = store(tmp_path / "a.db", [user(), assistant()])
    store(path, [user(), assistant(id_="msg_2")], "gone", listed=False)
    (lost,) = findings(path)
    assert (lost.level, lost.code, lost.session, lost.rows) == ("warning", "message-without-session", "gone", (3, 4))
    assert "still sends 2 of 2" in lost.says


def test_a_fault_of_the_check_itself_is_not_called_a_fault_of_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("lessons.kit.ledger.observation.Story", None)  # calling it raises, in the code of the ledger
    path = fixture("output-without-call", tmp_path)
    storage = SQLiteStorage(path)
    report = check_storage(storage, Settings(), Wanted())
    storage.close()
    assert report.findings == []
    assert list(map(str, report.incomplete)) == ["Session s: could not be checked (TypeError)."]


def test_the_table_of_minors_is_what_is_found_with_this_one():
    from tests.kit.inspect.by_version import found_now

    table = json.loads(TABLE.read_text(encoding="utf-8"))
    assert table[sdk_minor_name()] == found_now()


def test_a_finding_says_with_which_minors_the_same_was_found(tmp_path):
    (orphan,) = findings(fixture("output-without-call", tmp_path))
    assert orphan.conditions["tried_with"] == "0.22, 0.23, 0.24"
    assert minors_with("not-encrypted", "warning") == "0.23, 0.24"


def test_a_row_that_ends_every_read_is_blamed_and_no_other(tmp_path):
    path = store(tmp_path / "a.db", [user(), "[" * 100_000, "null", assistant()])
    (deep, *others) = findings(path)
    assert (deep.code, deep.level, deep.rows) == ("not-json", "error", (2,))
    assert "RecursionError" in deep.says
    assert not others
