"""One session under two settings, two sessions, and a session with what a model answers now."""

import asyncio
import sys

import pytest
from agents import Agent, Runner, SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession

from lessons.kit.inspect.browse import in_time
from lessons.kit.inspect.check import check_storage
from lessons.kit.inspect.comparing.replay import replay
from lessons.kit.inspect.comparing.sessions import compare_sessions
from lessons.kit.inspect.comparing.settings import changed, what_if
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.stored import CannotRead
from lessons.kit.inspect.wanted import Wanted
from lessons.kit.models.offline.model import OfflineModel
from lessons.kit.models.providers import read_provider
from lessons.kit.problems.problem import Problem, Refused
from lessons.terminal.own_sessions import inspect
from tests.support.stored_sessions import assistant, call, fixture, output, reasoning, store, user

OFFLINE = read_provider({"SESSIONS_OFFLINE_SECONDS_PER_WORD": "0"})


def stored(path, session_id=None):
    storage, seen = SQLiteStorage(path), []
    check_storage(storage, Settings(), Wanted(session=session_id), seen.append)
    storage.close()
    return seen[0]


def differs(path, change, settings=None):
    found = what_if(stored(path), settings or Settings(), *changed(settings or Settings(), change))
    return found, [(one.key, one.first, one.second) for one in found.rows]


def test_a_limit_names_the_rows_that_it_hides_and_the_finding_that_goes(tmp_path):
    _, rows = differs(fixture("output-without-call", tmp_path), "limit=2")
    assert [row[:2] for row in rows] == [(1, "sent"), (2, "sent")]
    assert [row[2].partition(":")[0] for row in rows] == ["not returned", "returned and not sent"]


def test_another_class_returns_the_rows_that_the_first_does_not(tmp_path):
    found, rows = differs(fixture("rows-before-the-upgrade", tmp_path), "class=SQLiteSession")
    assert [(key, second) for key, _, second in rows] == [(key, "sent") for key in (1, 2, 3, 4)]
    assert (found.codes_gone, found.codes_new) == (("rows-without-structure",), ())


def test_a_callback_sends_the_output_that_a_limit_alone_leaves_out(tmp_path):
    path = fixture("output-without-call", tmp_path)
    found, rows = differs(path, "callback=yes", Settings(limit=9))
    assert [(key, second) for key, _, second in rows] == [(2, "sent")]
    assert found.first.codes == found.second.codes == ("output-without-call",)


def test_chat_completions_leaves_reasoning_out_and_raises_on_what_it_does_not_know(tmp_path):
    of_a_service = {"type": "code_interpreter_call", "id": "ci_1", "code": "1"}
    items = [user(), reasoning(), call(), output(), assistant(), user("b"), of_a_service, assistant(id_="msg_2")]
    found, rows = differs(store(tmp_path / "a.db", items), "api=chat-completions")
    assert [(key, first) for key, first, _ in rows] == [(2, "sent"), (7, "sent")]
    assert rows[0][2].endswith("leaves it out of the request")
    assert "raises UserError" in rows[1][2]
    assert found.second.raises.endswith("(row 7)")
    assert found.codes_new == ("refused-by-chat-completions",)


def test_two_settings_at_once_are_compared_with_none(tmp_path):
    found, _ = differs(fixture("output-without-call", tmp_path), "limit=9, callback=yes")
    assert found.rows == ()


def branched_file(path):
    async def talk():
        session = AdvancedSQLiteSession(session_id="s", db_path=path, create_tables=True)
        await session.add_items([user("a"), assistant(), user("b"), assistant(id_="msg_2")])
        await session.create_branch_from_turn(2, "alt")
        await session.add_items([user("c"), assistant(id_="msg_3")])
        session.close()

    asyncio.run(talk())
    return path


def test_two_branches_are_compared_row_by_row(tmp_path):
    path = branched_file(tmp_path / "a.db")
    _, rows = differs(path, "branch=alt")
    assert [(key, first.partition(":")[0], second.partition(":")[0]) for key, first, second in rows] == [
        (3, "sent", "not returned"),
        (4, "sent", "not returned"),
        (5, "not returned", "sent"),
        (6, "not returned", "sent"),
    ]
    with pytest.raises(CannotRead, match="no branch 'other': it has main, alt"):
        differs(path, "branch=other")


def test_another_interpreter_makes_the_dry_run_with_its_own_sdk(tmp_path):
    found, rows = differs(fixture("approval-never-answered", tmp_path), f"python={sys.executable}, limit=1")
    assert [row[0] for row in rows] == [1, 2]
    assert found.second.sdk == found.first.sdk
    with pytest.raises(CannotRead, match="cannot be run"):
        differs(fixture("control-clean", tmp_path), f"python={tmp_path / 'none'}")


@pytest.mark.parametrize("change", ["limit=x", "class=Other", "limit", "", "api=rest", "callback=", "branch="])
def test_another_change_is_refused(change):
    with pytest.raises(CannotRead):
        changed(Settings(), change)


def test_two_sessions_are_compared_without_the_ids_that_each_run_makes(tmp_path):
    path = tmp_path / "a.db"
    store(path, [user("a"), call("c1"), output("c1"), assistant("one", "msg_1"), user("b")], "first")
    store(path, [user("a"), call("c9"), output("c9"), assistant("two", "msg_7")], "second")
    found = compare_sessions(stored(path, "first"), stored(path, "second"), Settings())
    assert found.same == 3
    keys = [(one.first and one.first.key, one.second and one.second.key) for one in found.rows]
    assert keys == [(4, 9), (5, None)]


def test_a_session_of_the_offline_model_is_answered_the_same_again(tmp_path):
    path = tmp_path / "a.db"
    session = SQLiteSession("s", path)

    async def talk():
        agent = Agent(name="Assistant", model=OfflineModel(seconds_per_word=0))
        for message in ("My name is Alice", "What's my name?"):
            await Runner.run(agent, message, session=session)

    asyncio.run(talk())
    session.close()
    found = replay(stored(path), Settings(), OFFLINE)
    assert (found.asked, found.messages, found.raised, found.comparison.same) == (2, 2, "", 4)
    assert found.comparison.rows == ()
    forgot = replay(stored(path), Settings(limit=0), OFFLINE)
    assert [one.first.key for one in forgot.comparison.rows] == [4]


def test_what_another_model_had_answered_is_shown_next_to_the_new_answer(tmp_path):
    path = store(tmp_path / "a.db", [user("My name is Alice"), assistant("As you say.")])
    before = path.read_bytes()
    (row,) = replay(stored(path), Settings(), OFFLINE).comparison.rows
    assert (row.first.item.text, row.second.key) == ("As you say.", None)
    assert "Alice" in row.second.item.text
    assert path.read_bytes() == before
    with pytest.raises(CannotRead, match="nothing to send again"):
        replay(stored(store(tmp_path / "b.db", [assistant()])), Settings(), OFFLINE)


def test_the_command_says_each_of_them_and_keeps_its_report_as_it_is(tmp_path, capsys):
    path = str(fixture("rows-before-the-upgrade", tmp_path))
    assert inspect.main([path, "--session", "s", "--what-if", "class=SQLiteSession"]) == 1
    assert "findings that go: rows-without-structure" in capsys.readouterr().err
    path = tmp_path / "two.db"
    store(path, [user("My name is Alice"), assistant("As you say.")], "first")
    store(path, [user("My name is Alice"), assistant("Yes.", "msg_2")], "second")
    asked = ["--session", "first", "--compare", "second", "--replay", "offline"]
    assert inspect.main([str(path), *asked]) == 0
    printed = capsys.readouterr()
    assert "row 2, assistant: As you say. -> row 4, assistant: Yes." in printed.err
    assert "1 of 1 messages were sent again to offline model" in printed.err
    assert "first and second: 1 row is the same, ids aside; these differ:" in printed.err
    assert printed.out == "two.db: 1 session checked, no findings.\n"
    assert inspect.main([str(path), "--session", "first", "--compare", "first"]) == 0
    assert capsys.readouterr().err == "first and first: 2 rows are the same, ids aside; no row differs.\n"
    assert inspect.main([str(path), "--replay", "offline"]) == 2
    assert "name it with --session" in capsys.readouterr().err


def test_a_replay_ends_where_a_limit_of_turns_is_reached(tmp_path):
    path = store(tmp_path / "a.db", [user("one"), assistant(), user("two"), assistant("Yes.", "msg_2")])
    turns = []

    def take_one():
        if turns:
            raise Refused(Problem("You have started 1 turn within a minute.", "Nothing was stored.", "Wait."))
        turns.append(1)

    found = replay(stored(path), Settings(), OFFLINE, before_each=take_one)
    assert (found.asked, found.messages) == (1, 2)
    assert found.raised == "You have started 1 turn within a minute."


def test_work_that_takes_too_long_names_the_limit_that_it_had():
    with pytest.raises(CannotRead, match=r"^This took longer than 0\.05 seconds\.$"):
        in_time(asyncio.sleep(5), 0.05)
