"""One turn, from the code that runs to its record."""

import asyncio
import sqlite3
import threading
from dataclasses import replace

import pytest
from agents import Agent, ModelSettings, OpenAIResponsesCompactionSession, Runner, handoff
from agents.testing import ScriptedModel, assistant_message, function_call
from openai import AsyncOpenAI

from lessons.kit.ledger.phase import Phase
from lessons.kit.records import load_records, save_record
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.turns.chat_run import ask
from lessons.kit.turns.running_work import RunningTurn, State
from tests.support.turns import SilentModel, do, start, weather_agent, with_model


async def tell(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


async def ask_name(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


def tell_and_wait(agent, session):
    return Runner.run_sync(agent, "My name is Alice", session=session)


async def tell_streamed(agent, session):
    result = Runner.run_streamed(agent, "My name is Alice", session=session)
    async for _ in result.stream_events():
        pass
    return result


@pytest.mark.parametrize("code", [tell, tell_and_wait, tell_streamed])
def test_the_three_ways_to_run_leave_the_same_evidence(desk, provider, code):
    record = do(desk, provider, code)
    assert record.problem is None
    assert record.reply
    assert record.message == "My name is Alice"
    assert record.called == ["get_items", "add_items", "add_items"]
    assert (record.returned, record.sent_kinds) == ((), ["user"])
    assert [row.key for row in record.added] == [1, 2]
    assert (record.session_id, record.store, record.model) == ("alice", "sqlite_file", "offline model")
    assert record.agent == "Assistant"
    assert record.requests[0].instructions == "Reply in one or two short sentences."
    assert record.requests[0].usage.estimated
    assert record.requests[0].usage.input_tokens > 0


@pytest.mark.parametrize("store", ["sqlite_file", "async_sqlite", "advanced_sqlite", "encrypted_sqlite_file"])
def test_a_turn_looks_at_its_rows_through_the_connection_of_its_store(desk, provider, store, monkeypatch):
    do(desk, provider, tell, store=store)
    opened, connect = [], sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, *rest, **how: opened.append(str(path)) or connect(path, *rest, **how)
    )
    record = do(desk, provider, ask_name, store=store)
    assert [row.key for row in record.added] == [3, 4]
    assert not [path for path in opened if "mode=ro" in path]


@pytest.mark.parametrize("store", sorted(usable_kinds()))
def test_every_store_remembers_from_turn_to_turn(desk, provider, store):
    do(desk, provider, tell, store=store)
    record = do(desk, provider, ask_name, store=store)
    assert record.returned_kinds == ["user", "assistant"]
    assert record.was_sent("alice")
    assert "Alice" in record.reply


def test_a_record_is_the_same_when_it_is_read_again(desk, provider, tmp_path):
    async def ask_weather(agent, session):
        return await Runner.run(agent, "What's the weather in Oslo?", session=session)

    record = do(desk, provider, ask_weather, make_agent=weather_agent)
    save_record(tmp_path / "records", record)
    assert load_records(tmp_path / "records") == [record]
    assert "api_key" not in (tmp_path / "records" / f"{record.id}.json").read_text()


def test_the_changes_of_every_opened_session_are_told(desk, provider):
    async def talk_to_both(agent, open_session):
        await Runner.run(agent, "My name is Alice", session=open_session("alice"))
        return await Runner.run(agent, "My name is Bob", session=open_session("bob"))

    record = do(desk, provider, talk_to_both)
    assert {(table.session_id, table.table, len(table.added)) for table in record.changes} == {
        ("alice", "agent_messages", 2),
        ("alice", "agent_sessions", 1),
        ("bob", "agent_messages", 2),
        ("bob", "agent_sessions", 1),
    }
    assert {call.session_id for call in record.calls} == {"alice", "bob"}


def test_a_restart_closes_the_session_that_the_code_still_holds(desk, provider):
    async def use_after_restart(session, restart):
        restart()
        await session.get_items()

    record = do(desk, provider, use_after_restart)
    assert record.dropped_handles == ("alice in chat.db",)
    assert "closed" in record.problem.what


def test_a_restart_that_finds_nothing_open_is_still_a_restart(desk, provider):
    def only_restart(restart):
        restart()

    record = do(desk, provider, only_restart)
    assert record.restarted
    assert record.dropped_handles == ()
    assert record.calls == ()
    assert record.problem is None


def test_rows_survive_a_restart_in_a_file_and_not_in_memory(desk, provider):
    async def restart_and_ask(agent, open_session, restart):
        restart()
        return await Runner.run(agent, "What's my name?", session=open_session("alice"))

    for store, knows in (("sqlite_file", True), ("sqlite_memory", False)):
        do(desk, provider, tell, store=store)
        record = do(desk, provider, restart_and_ask, store=store)
        assert record.was_sent("alice") == knows
        assert [row.key for row in record.removed] == ([] if knows else [1, 2])
        assert [row.key for row in record.added] == ([3, 4] if knows else [1, 2])


def test_a_session_is_not_left_recorded_after_the_turn(desk, provider):
    do(desk, provider, tell)
    assert "get_items" not in desk.store("sqlite_file").open_session("alice").__dict__


def test_the_newest_read_is_the_one_that_is_returned(desk, provider):
    async def read_twice(session):
        await session.add_items([{"role": "user", "content": "one"}, {"role": "user", "content": "two"}])
        await session.get_items()
        return await session.get_items(limit=1)

    record = do(desk, provider, read_twice)
    assert [item.text for item in record.returned] == ["two"]
    assert [(call.method, call.arguments, call.rows) for call in record.calls] == [
        ("add_items", "", 2),
        ("get_items", "", 2),
        ("get_items", "limit=1", 1),
    ]
    assert record.reply is None


def test_the_reply_of_several_runs_is_that_of_the_last(desk, provider):
    async def tell_and_ask(agent, session):
        return [
            await Runner.run(agent, "My name is Alice", session=session),
            await Runner.run(agent, "What's my name?", session=session),
        ]

    record = do(desk, provider, tell_and_ask)
    assert record.reply == "Your name is Alice."
    assert "RunResult" not in repr(record)


def test_whatever_the_code_returns_the_turn_has_a_record(desk, provider):
    circle = []
    circle.append(circle)
    for value in (circle, {("a", "b"): 1}, object(), {"text": "\ud800"}):

        async def give(session, value=value):
            return value

        assert do(desk, provider, give).problem is None
    assert len(load_records(desk.folder / "records")) == 4


# Who is watched.


def triage(model):
    """Two agents that can hand off to each other, and a third behind handoff()."""
    support = Agent(name="Support", instructions="Help.", model=model)
    billing = Agent(name="Billing", instructions="Bill.", model=model, model_settings=ModelSettings(temperature=0.5))
    front = Agent(name="Front", instructions="Route.", model=model, handoffs=[support, handoff(billing)])
    support.handoffs = [front]
    return front


@pytest.mark.parametrize("target", ["support", "billing"])
def test_agents_that_are_handed_off_to_are_watched(desk, provider, target):
    script = ScriptedModel([[function_call(f"transfer_to_{target}", {}, call_id="c1")], [assistant_message("Done.")]])

    async def ask_front(agent, session):
        return await Runner.run(agent, "Help me", session=session)

    record = do(desk, provider, ask_front, make_agent=lambda _: triage(script))
    assert record.problem is None
    assert [request.agent for request in record.requests] == ["Front", target.capitalize()]
    assert record.agent == target.capitalize()
    assert [line.item.kind for line in record.ledger.lines] == ["user", "handoff", "handoff", "assistant"]


def test_the_settings_of_an_agent_are_kept(desk, provider):
    seen = []

    class Noting(ScriptedModel):
        async def get_response(self, *args, **kwargs):
            seen.append(kwargs["model_settings"])
            return await super().get_response(*args, **kwargs)

    def make_agent(_):
        return Agent(
            name="A", model=Noting([[assistant_message("Hi.")]]), model_settings=ModelSettings(temperature=0.25)
        )

    do(desk, provider, tell, make_agent=make_agent)
    assert seen[0].temperature == 0.25


def test_runs_side_by_side_keep_their_own_usage(desk, provider):
    second_is_done = asyncio.Event()

    class Slow(ScriptedModel):
        async def get_response(self, *args, **kwargs):
            response = await super().get_response(*args, **kwargs)
            first = "first" in str(kwargs["input"])
            if first:
                await second_is_done.wait()
            else:
                second_is_done.set()
            return replace(response, usage=replace(response.usage, input_tokens=111 if first else 222))

    model = Slow([[assistant_message("One.")], [assistant_message("Two.")]])

    async def ask_both(agent, open_session):
        return await asyncio.gather(
            Runner.run(agent, "first", session=open_session("alice")),
            Runner.run(agent, "second", session=open_session("bob")),
        )

    record = do(desk, provider, ask_both, make_agent=with_model(model))
    usages = {request.items[-1].text: request.usage.input_tokens for request in record.requests}
    assert usages == {"first": 111, "second": 222}
    (line,) = [line for line in record.ledger.lines if line.item.kind == "user"]
    assert line.item.text == "first"
    assert [record.requests[number - 1].items[-1].text for number in line.sent] == ["first"]


def test_a_record_holds_what_was_sent_and_not_what_became_of_it(desk, provider):
    """The code may go on to change the items that it passed."""
    items = [{"role": "user", "content": "original"}]

    async def change_later(agent):
        result = await Runner.run(agent, items)
        items[0]["content"] = "changed"
        return result

    assert do(desk, provider, change_later).sent[0].text == "original"


# A turn that others wait for.


def test_pieces_of_the_reply_arrive_while_it_runs(desk, provider, monkeypatch):
    pieces, say = [], RunningTurn.say
    monkeypatch.setattr(RunningTurn, "say", lambda turn, text: pieces.append((text, turn.state)) or say(turn, text))
    turn = start(desk, provider, ask("Hello"), message="Hello")
    record = turn.result(60)
    assert len(pieces) > 1
    assert {state for _, state in pieces} == {State.RUNNING}
    assert "".join(text for text, _ in pieces) == turn.text == record.reply
    assert turn.state is State.DONE


def test_waiting_for_a_change_ends_with_the_change_or_with_the_time(desk, provider):
    turn = RunningTurn("t", "", "alice", "sqlite_file")
    assert turn.wait(turn.version, 0.01) is False
    version = turn.version
    threading.Timer(0.02, turn.say, ["word"]).start()
    assert turn.wait(version, 60) is True
    assert turn.text == "word"
    with pytest.raises(TimeoutError):
        turn.result(0.01)


def test_steps_that_block_do_not_keep_other_visitors_waiting(provider, data_folder):
    """Runner.run_sync takes a thread for as long as the model thinks; every session call takes one, too."""
    from lessons.kit.turns.open_desks import open_desk
    from lessons.kit.visitors.workspace import new_visitor

    silent = [SilentModel() for _ in range(12)]
    busy = [open_desk(new_visitor(), "basic") for _ in silent]
    turns = [
        start(desk, provider, tell_and_wait, make_agent=with_model(model))
        for desk, model in zip(busy, silent, strict=True)
    ]
    assert all(model.asked.wait(60) for model in silent)
    other = open_desk(new_visitor(), "basic")
    assert do(other, provider, tell).problem is None
    assert all(desk.running() for desk in busy)
    for turn in turns:
        turn.stop()
    assert all(turn.result(60).stopped for turn in turns)
    for desk in (*busy, other):
        desk.close()


def changes_of_the_store(desk, provider, code, store):
    """How often a turn says that the stored rows may have changed."""
    turn = start(desk, provider, code, store=store)
    record = turn.result(60)
    assert record.problem is None
    return turn.store_changes


def test_a_compaction_counts_as_a_change_of_the_stored_rows(desk, provider):
    """The page went on to show the rows from before it."""

    async def compact(session):
        await session.run_compaction({"force": True})

    do(desk, provider, tell, store="compaction_emulated")
    assert changes_of_the_store(desk, provider, compact, "compaction_emulated") >= 1


def test_every_call_on_branches_counts_as_a_change_of_the_stored_rows(desk, provider):
    async def branch(session):
        await session.create_branch_from_turn(2, "other")
        await session.switch_to_branch("main")
        await session.delete_branch("other")
        await session.list_branches()
        await session.get_items()

    for code in (tell, tell):
        do(desk, provider, code, store="advanced_sqlite")
    changes = changes_of_the_store(desk, provider, branch, "advanced_sqlite")
    assert changes == 3


def test_reading_counts_as_no_change_of_the_stored_rows(told, provider):
    async def read(session):
        await session.get_items()

    assert changes_of_the_store(told, provider, read, "sqlite_file") == 0


def test_a_streamed_run_that_stores_its_input_late_still_says_that_the_model_is_asked():
    turn = RunningTurn("t", "", "alice", "sqlite_file")
    shown = []
    for phase in (Phase.READING, Phase.ASKING, Phase.STORING, Phase.STORED, Phase.ANSWERED, Phase.STORED):
        turn.notice(phase)
        shown.append(turn.phase)
    assert shown == [Phase.READING, Phase.ASKING, Phase.ASKING, Phase.ASKING, Phase.ANSWERED, Phase.STORED]
    assert turn.store_changes == 3


def test_a_turn_whose_first_run_failed_is_not_said_to_ask_for_ever():
    turn = RunningTurn("t", "", "alice", "sqlite_file")
    for phase in (Phase.ASKING, Phase.READING, Phase.STORED):
        turn.notice(phase)
    assert turn.phase is Phase.STORED


@pytest.mark.parametrize(
    "store", ["sqlite_file", "sqlalchemy_sqlite", "json_files", "redis_fake", "encrypted_sqlite_file"]
)
def test_rows_that_come_through_a_session_around_the_stores_own_stand_once_in_its_ledger(desk, provider, store):
    """On JSON files each stood twice, and elsewhere in another ledger, under the name of the file."""

    async def around(agent, session):
        compacting = OpenAIResponsesCompactionSession(
            session.session_id, session, client=AsyncOpenAI(api_key="none"), should_trigger_compaction=lambda _: False
        )
        return (await Runner.run(agent, "What's 7 + 7?", session=compacting)).final_output

    record = do(desk, provider, around, store=store)
    assert record.problem is None
    assert [(line.row.store, line.row.key, line.mark) for line in record.ledger.lines] == [
        (store, 1, "added"),
        (store, 2, "added"),
    ]
    assert [run.stored_count for run in record.ledger.runs] == [2]
    assert record.other_ledgers == ()
