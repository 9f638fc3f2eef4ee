"""observe over runs of every kind and sessions of every class, and next_run."""

import asyncio
import hashlib
import json
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from agents import (
    AgentHooks,
    GuardrailFunctionOutput,
    MaxTurnsExceeded,
    OpenAIChatCompletionsModel,
    OpenAIConversationsSession,
    OpenAIResponsesModel,
    OutputGuardrailTripwireTriggered,
    RunConfig,
    RunHooks,
    Runner,
    SessionSettings,
    SQLiteSession,
    function_tool,
    handoff,
    output_guardrail,
)
from agents.extensions.handoff_filters import remove_all_tools
from agents.extensions.memory import AdvancedSQLiteSession, AsyncSQLiteSession, EncryptedSession, SQLAlchemySession
from agents.run import get_default_agent_runner
from agents.testing import assistant_message, function_call
from openai import AsyncOpenAI

from lessons.kit.ledger import Cause, next_run, observe
from lessons.kit.sdk_version import since
from tests.kit.ledger.test_turns import lines
from tests.support.model_endpoint import ModelEndpoint
from tests.support.scripted import assistant, call, file_session, make_agent, output, user

ROOT = Path(__file__).parents[3]
PAIR = user("I am Ann"), assistant("Hello Ann")
TWO = ["user 1 no 1 new-input", "assistant 2 no - reply"]


def go(work):
    return asyncio.run(work)


async def ledger_of(session, agent=None, message="Hi", raises=None, **options):
    async with observe(session) as seen:
        if raises is None:
            await Runner.run(agent or make_agent(), message, session=session, **options)
        else:
            with pytest.raises(raises):
                await Runner.run(agent or make_agent(), message, session=session, **options)
    return seen.ledger


def test_two_runs_in_a_row(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        agent = make_agent([assistant_message("Hello")], [assistant_message("Ann")])
        async with observe(session) as seen:
            await Runner.run(agent, "I am Ann", session=session)
            await Runner.run(agent, "Who am I?", session=session)
        return seen.ledger

    assert lines(go(work())) == [
        "user 1 yes 1,2 new-input",
        "assistant 2 yes 2 reply",
        "user 3 no 2 new-input",
        "assistant 4 no - reply",
    ]


def test_two_runs_at_once_on_one_session(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await asyncio.gather(
                *(Runner.run(make_agent([assistant_message(f"to {name}")]), name, session=session) for name in "ab")
            )
        return seen.ledger

    ledger = go(work())
    assert lines(ledger)[:2] == ["user 1 yes 1,2 -", "assistant 2 yes 1,2 -"]
    said = {line.item.text: (line.sent, line.cause) for line in ledger.lines[2:]}
    assert {name: cause for name, (_, cause) in said.items()} == {
        "a": Cause.NEW_INPUT,
        "b": Cause.NEW_INPUT,
        "to a": Cause.REPLY,
        "to b": Cause.REPLY,
    }
    assert sorted([said["a"][0], said["b"][0]]) == [(1,), (2,)]


def test_two_sessions_have_a_ledger_each(tmp_path):
    async def work():
        one, other = await file_session(tmp_path, name="one"), await file_session(tmp_path, *PAIR, name="other")
        async with observe(one, other) as seen:
            await asyncio.gather(
                Runner.run(make_agent(), "first", session=one), Runner.run(make_agent(), "second", session=other)
            )
        return seen.ledger, seen.of(other)

    first, second = go(work())
    assert [line.item.text for line in first.lines] == ["first", "ok"]
    assert [line.item.text for line in second.lines] == ["I am Ann", "Hello Ann", "second", "ok"]


def test_a_run_in_another_thread_is_seen_by_its_session(tmp_path):
    session = SQLiteSession("chat", tmp_path / "chat.db")
    with observe(session) as seen:
        thread = threading.Thread(target=lambda: Runner.run_sync(make_agent(), "Hi", session=session))
        thread.start()
        thread.join()
    assert lines(seen.ledger) == TWO


def test_run_sync_and_a_plain_with(tmp_path):
    session = SQLiteSession("chat", tmp_path / "chat.db")
    with observe(session) as seen:
        Runner.run_sync(make_agent(), "Hi", session=session)
    assert lines(seen.ledger) == TWO
    assert str(seen.ledger).splitlines()[1].split()[:4] == ["1", "added", "no", "1"]


def test_a_streamed_run(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        async with observe(session) as seen:
            result = Runner.run_streamed(make_agent(), "Hi", session=session)
            async for _ in result.stream_events():
                pass
        return seen.ledger

    assert lines(go(work())) == TWO


def test_what_a_stream_stores_after_it_was_left(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        async with observe(session) as seen:
            result = Runner.run_streamed(make_agent(), "Hi", session=session)
            async for _ in result.stream_events():
                break
        await result.run_loop_task
        return seen.ledger

    assert lines(go(work()))[-1] == "assistant 2 no - stored-later"


def test_no_session(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await Runner.run(make_agent(), "Hi")
        return seen.ledger

    assert lines(go(work())) == [
        "user 1 no - not-read",
        "assistant 2 no - not-read",
        "user - no 1 no-session",
        "assistant - no - no-session",
    ]


def test_a_run_without_the_session_on_what_was_read_by_hand(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            newest = await session.get_items(limit=1)
            await Runner.run(make_agent(), [*newest, user("Hi")])
        return seen.ledger

    ledger = go(work())
    assert lines(ledger)[:3] == ["user 1 no - over-limit", "assistant 2 yes 1 -", "user - no 1 no-session"]
    assert ledger.lines[0].why == "older than the newest item: the limit of the call get_items()"


def test_calls_without_a_run_are_named(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await session.pop_item()
            await session.add_items([user("by hand")])
        return seen.ledger

    ledger = go(work())
    assert lines(ledger) == ["user 1 no - not-read", "assistant 2 no - popped", "user 3 no - stored-by-hand"]
    assert ledger.lines[0].why == "this turn did not read the session: pop_item(), add_items(), no run"
    assert [line.mark for line in ledger.lines] == ["", "removed", "added"]


def test_a_cleared_session(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await session.clear_session()
        return seen.ledger

    assert lines(go(work())) == ["user 1 no - cleared", "assistant 2 no - cleared"]


def test_whose_limit_it_is(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR, session_settings=SessionSettings(limit=1))
        return await ledger_of(session)

    assert go(work()).lines[0].why == "older than the newest item: the session's limit, its session_settings"


def test_both_limits_are_named_as_they_were_when_the_run_read_the_session(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR, session_settings=SessionSettings(limit=2))
        async with observe(session) as seen:
            await Runner.run(make_agent([assistant_message("Hi")]), "Hello", session=session, run_config=limited(1))
            session.session_settings = SessionSettings(limit=7)
        return seen.ledger

    limit = "the run's limit, session_settings of its RunConfig (the session's own is 2)"
    assert go(work()).lines[0].why == f"older than the newest item: {limit}"


def limited(limit):
    return RunConfig(session_settings=SessionSettings(limit=limit))


@function_tool
def transfer_to_savings(amount: int) -> str:
    """Move money."""
    return f"moved {amount}"


def test_a_tool_with_the_name_of_a_handoff_is_a_tool(tmp_path):
    async def work():
        steps = [function_call("transfer_to_savings", {"amount": 5}, call_id="c1")], [assistant_message("Done")]
        return await ledger_of(await file_session(tmp_path), make_agent(*steps, tools=[transfer_to_savings]))

    assert [line.cause for line in go(work()).lines][1:3] == [Cause.STORED_IN_RUN, Cause.STORED_IN_RUN]


def bank(**options):
    """An agent that hands off to another one."""
    target = make_agent([assistant_message("Moved")], name="Bank")
    return make_agent(
        [function_call("go_to_bank", {}, call_id="h1")],
        handoffs=[handoff(target, tool_name_override="go_to_bank", **options)],
    )


def test_a_handoff_with_a_name_of_its_own(tmp_path):
    async def work():
        return await ledger_of(await file_session(tmp_path), bank())

    causes = [(line.sent, line.cause) for line in go(work()).lines]
    assert causes == [
        ((1, 2), Cause.NEW_INPUT),
        ((2,), Cause.HANDOFF),
        ((2,), Cause.HANDOFF),
        ((), Cause.REPLY),
    ]


def test_a_handoff_with_an_input_filter(tmp_path):
    async def work():
        session = await file_session(tmp_path, PAIR[0], call(), output(), PAIR[1])
        return await ledger_of(session, bank(input_filter=remove_all_tools))

    ledger = go(work())
    assert [(line.sent, line.cause) for line in ledger.lines[:5]] == [
        ((1, 2), None),
        ((1,), Cause.HANDOFF_FILTER),
        ((1,), Cause.HANDOFF_FILTER),
        ((1, 2), None),
        ((1, 2), Cause.NEW_INPUT),
    ]
    assert "remove_all_tools" in ledger.lines[1].why
    assert ledger.lines[-1].cause is Cause.HANDOFF_FILTER  # the handoff's own call is in no row


def test_nested_history_is_one_summary(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        return await ledger_of(session, bank(), run_config=RunConfig(nest_handoff_history=True))

    ledger = go(work())
    assert [one.value["role"] for one in ledger.requests[2]] == ["assistant"]
    by_row = {line.row.key: (line.sent, line.cause) for line in ledger.lines if line.row}
    assert by_row[1] == by_row[2] == ((1,), Cause.NESTED_HISTORY)


def test_an_agent_as_a_tool_is_a_run_without_the_session(tmp_path):
    async def work():
        inner = make_agent([assistant_message("inner says")], name="Inner")
        steps = [function_call("ask_inner", {"input": "q"}, call_id="c1")], [assistant_message("outer says")]
        return await ledger_of(
            await file_session(tmp_path), make_agent(*steps, tools=[inner.as_tool("ask_inner", "Asks.")])
        )

    assert lines(go(work())) == [
        "user 1 no 1,3 new-input",
        "tool_call 2 no 3 stored-in-run",
        "tool_output 3 no 3 stored-in-run",
        "assistant 4 no - reply",
        "user - no 2 no-session",
        "assistant - no - no-session",
    ]


def test_a_resumed_run_sends_what_its_state_holds(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        agent = make_agent([function_call("refund", {"order": "1"}, call_id="c9")], [assistant_message("Done")])
        result = await Runner.run(agent, "Refund", session=session)
        state = result.to_state()
        state.approve(result.interruptions[0])
        await session.add_items([user("meanwhile")])
        async with observe(session) as seen:
            await Runner.run(agent, state, session=session)
        return seen.ledger

    assert lines(go(work())) == [
        "user 1 no 1 resumed",
        "assistant 2 no 1 resumed",
        "user 3 no 1 resumed",
        "tool_call 4 no 1 resumed",
        "user 5 no - resumed",
        "tool_output 6 no 1 stored-in-run",
        "assistant 7 no - reply",
    ]


@output_guardrail
def no_answers(context, agent, said):
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


def test_an_output_guardrail_keeps_the_reply_from_being_stored(tmp_path):
    async def work():
        agent = make_agent(output_guardrails=[no_answers])
        return await ledger_of(await file_session(tmp_path), agent, raises=OutputGuardrailTripwireTriggered)

    ledger = go(work())
    assert lines(ledger) == ["user 1 no 1 new-input", "assistant - no - reply-not-stored"]
    assert ledger.lines[1].why == "said, and not stored: the output guardrail no_answers stopped the run"


def test_max_turns(tmp_path):
    async def work():
        agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c1")])
        return await ledger_of(await file_session(tmp_path), agent, raises=MaxTurnsExceeded, max_turns=1)

    ledger = go(work())
    assert lines(ledger)[1:] == ["tool_call 2 no - model-not-asked", "tool_output 3 no - model-not-asked"]
    assert ledger.lines[2].why == "max_turns ended the run before the model was asked"


class Refusing(RunHooks):
    async def on_llm_start(self, *args):
        raise ValueError("no")


def test_a_hook_that_raises_before_the_model_is_asked(tmp_path):
    async def work():
        return await ledger_of(await file_session(tmp_path, *PAIR), raises=ValueError, hooks=Refusing())

    assert lines(go(work()))[:2] == ["user 1 yes - model-not-asked", "assistant 2 yes - model-not-asked"]


class Counting(RunHooks):
    def __init__(self):
        self.called = []

    async def on_llm_start(self, *args):
        self.called.append("start")

    async def on_llm_end(self, *args):
        self.called.append("end")

    async def on_agent_end(self, *args):
        self.called.append("agent end")

    async def on_tool_start(self, *args):
        self.called.append("tool start")


def test_the_hooks_of_the_caller_are_called(tmp_path):
    hooks = Counting()

    async def work():
        agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c1")], [assistant_message("4")])
        await ledger_of(await file_session(tmp_path), agent, hooks=hooks)

    go(work())
    assert hooks.called == ["start", "end", "tool start", "start", "end", "agent end"]


def test_hooks_of_the_wrong_kind_are_refused_by_the_sdk(tmp_path):
    async def work():
        return await ledger_of(await file_session(tmp_path), raises=TypeError, hooks=AgentHooks())

    go(work())


def test_nothing_is_left_behind(tmp_path):
    before = get_default_agent_runner()
    session = SQLiteSession("chat", tmp_path / "chat.db")
    with observe(session), observe(session):
        assert "get_items" in vars(session)
    assert "get_items" not in vars(session)
    assert get_default_agent_runner() is before


def test_an_observation_within_another_one_takes_nothing_from_it(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        async with observe(session) as outer, observe(session) as inner:
            await Runner.run(make_agent(), "Hi", session=session)
        return outer.ledger, inner.ledger

    outer, inner = go(work())
    assert lines(outer) == lines(inner) == TWO


class OwnSession:
    """A class that a user might write."""

    session_id, session_settings = "own", None

    def __init__(self, *items):
        self.items = list(items)

    async def get_items(self, limit=None):
        return list(self.items) if limit is None else self.items[-limit:]

    async def add_items(self, items):
        self.items += items

    async def pop_item(self):
        return self.items.pop() if self.items else None

    async def clear_session(self):
        self.items.clear()


def test_a_class_of_ones_own_has_lines_without_rows():
    async def work():
        session = OwnSession(*PAIR)
        async with observe(session) as seen:
            await Runner.run(make_agent(), "Hi", session=session)
            await session.pop_item()
        return seen.ledger

    assert lines(go(work())) == [
        "user - yes 1 -",
        "assistant - yes 1 -",
        "user - no 1 new-input",
        "assistant - no - popped",
    ]


def test_rows_that_another_key_has_encrypted(tmp_path):
    async def work():
        inner = SQLiteSession("chat", tmp_path / "chat.db")
        await EncryptedSession("chat", inner, "one key").add_items([user("secret")])
        await inner.add_items([user("plain")])
        return await ledger_of(EncryptedSession("chat", inner, "another key"))

    assert [(line.row.key, line.cause) for line in go(work()).lines] == [
        (1, Cause.WRONG_KEY),
        (2, since((0, 23), Cause.NOT_ENCRYPTED, before=None)),  # 0.22 returns it
        (3, Cause.NEW_INPUT),
        (4, Cause.REPLY),
    ]


def test_rows_on_another_branch(tmp_path):
    async def work():
        session = AdvancedSQLiteSession(session_id="chat", db_path=str(tmp_path / "chat.db"), create_tables=True)
        agent = make_agent([assistant_message("one")], [assistant_message("two")])
        for message in ("first", "second"):
            await Runner.run(agent, message, session=session)
        await session.create_branch_from_turn(2, "other")
        return await ledger_of(session)

    ledger = go(work())
    assert [line.cause for line in ledger.lines][:4] == [None, None, Cause.OTHER_BRANCH, Cause.OTHER_BRANCH]
    assert ledger.lines[2].why == "on another branch: main"


@pytest.mark.parametrize("make", ["memory", "async_sqlite", "sqlalchemy", "advanced", "encrypted"])
def test_every_class_of_the_sdk(tmp_path, make):
    async def work():
        path = tmp_path / "chat.db"
        session = {
            "memory": lambda: SQLiteSession("chat"),
            "async_sqlite": lambda: AsyncSQLiteSession("chat", str(path)),
            "sqlalchemy": lambda: SQLAlchemySession.from_url(
                "chat", url=f"sqlite+aiosqlite:///{path}", create_tables=True
            ),
            "advanced": lambda: AdvancedSQLiteSession(session_id="chat", db_path=str(path), create_tables=True),
            "encrypted": lambda: EncryptedSession("chat", SQLiteSession("chat", path), "a key"),
        }[make]()
        agent = make_agent([assistant_message("one")], [assistant_message("two")])
        first = await ledger_of(session, agent)
        second = await ledger_of(
            session, agent, "Again", run_config=RunConfig(session_settings=SessionSettings(limit=1))
        )
        if hasattr(session, "engine"):
            await session.engine.dispose()
        elif make == "async_sqlite":
            await session.close()
        return first, second

    first, second = go(work())
    assert lines(first) == TWO
    assert lines(second) == [
        "user 1 no - over-limit",
        "assistant 2 yes 1 -",
        "user 3 no 1 new-input",
        "assistant 4 no - reply",
    ]


def digest(folder):
    """The hashes of the files with rows in them; in the -shm file SQLite notes who reads."""
    files = [path for path in sorted(folder.iterdir()) if not path.name.endswith("-shm")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_next_run_says_what_the_next_run_sends_and_stores_nothing(tmp_path):
    def shorter(history, new):
        return [*history[1:], *new]

    async def work():
        session = await file_session(tmp_path, *PAIR, call())
        config = RunConfig(session_input_callback=shorter)
        before = digest(tmp_path)
        looked = await next_run(session, "Hi", agent=make_agent(), run_config=config)
        assert digest(tmp_path) == before
        async with observe(session) as seen:
            await Runner.run(make_agent(), "Hi", session=session, run_config=config)
        return looked, seen.ledger

    looked, real = go(work())
    assert [one.value for one in looked.requests[1]] == [one.value for one in real.requests[1]]
    assert lines(looked) == [
        "user 1 yes - callback-removed",
        "assistant 2 yes 1 -",
        "tool_call 3 yes - output-missing",
        "user - no 1 new-input",
    ]


def test_an_answer_that_its_service_marked_as_incomplete_is_said_to_be_not_whole(tmp_path):
    """Chat Completions has no such mark: there only the stream tells, which a turn of the app looks at."""
    part = {**assistant_message("The capital of Nor").model_dump(), "status": "incomplete"}

    async def both():
        session = await file_session(tmp_path, user("Where?"), part)
        return await next_run(session, "Go on"), await ledger_of(session, message="Go on")

    for ledger in go(both()):
        (line,) = [one for one in ledger.lines if one.item.text == "The capital of Nor"]
        assert (line.returned, line.sent) == (True, (1,))
        assert line.why.endswith("not whole: its service marked it as incomplete")


def test_next_run_with_a_limit_and_without_an_agent(tmp_path):
    async def work():
        return await next_run(await file_session(tmp_path, *PAIR), "Hi", limit=1)

    assert lines(go(work())) == ["user 1 no - over-limit", "assistant 2 yes 1 -", "user - no 1 new-input"]


def test_an_observation_does_not_see_next_run(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await next_run(session, "Hi")
            await Runner.run(make_agent(), "Hello", session=session)
        return seen.ledger

    ledger = go(work())
    assert lines(ledger) == ["user 1 yes 1 -", "assistant 2 yes 1 -", "user 3 no 1 new-input", "assistant 4 no - reply"]


def test_rows_of_another_writer_are_not_taken_for_the_runs(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)

        @function_tool
        def write_along() -> str:
            with sqlite3.connect(tmp_path / "chat.db") as other:
                other.execute(
                    "INSERT INTO agent_messages (session_id, message_data) VALUES ('chat', ?)",
                    ('{"role": "user", "content": "from elsewhere"}',),
                )
            return "done"

        steps = [function_call("write_along", {}, call_id="c1")], [assistant_message("ok")]
        return await ledger_of(session, make_agent(*steps, tools=[write_along]))

    ledger = go(work())
    assert lines(ledger)[2:] == [
        "user 3 no 1,2 new-input",
        "user 4 no - unknown",
        "tool_call 5 no 2 stored-in-run",
        "tool_output 6 no 2 stored-in-run",
        "assistant 7 no - reply",
    ]
    assert ledger.lines[3].why == "stored by code that was not watched"


def test_the_run_config_of_the_caller_is_not_changed(tmp_path):
    def keep(history, new):
        return [*history, *new]

    config = RunConfig(session_input_callback=keep)

    async def work():
        await ledger_of(await file_session(tmp_path), run_config=config)

    go(work())
    assert config.session_input_callback is keep


def test_an_agent_keeps_its_handoff_filter(tmp_path):
    agent = bank(input_filter=remove_all_tools)

    async def work():
        await ledger_of(await file_session(tmp_path), agent)

    go(work())
    assert agent.handoffs[0].input_filter is remove_all_tools


def test_an_empty_observation_says_so(tmp_path):
    with observe(SQLiteSession("chat", tmp_path / "chat.db")) as seen:
        pass
    assert str(seen.ledger) == "Nothing was stored, returned or sent."


def test_a_module_of_the_package_is_imported_without_the_sdk():
    code = "import sys, lessons.kit.ledger.phase; sys.exit('agents' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def of_a_provider(model_class, endpoint):
    client = AsyncOpenAI(base_url=endpoint.url, api_key="any")
    return make_agent(model=model_class("gpt-4o", openai_client=client))


@pytest.mark.parametrize(
    ("model_class", "path"), [(OpenAIResponsesModel, "/responses"), (OpenAIChatCompletionsModel, "/chat/completions")]
)
def test_what_the_model_class_leaves_out_of_the_http_body_was_not_sent(tmp_path, model_class, path):
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "provider_data": {"model": "another"}}

    async def work(endpoint):
        agent = of_a_provider(model_class, endpoint)
        await Runner.run(agent, "Hi")  # a client that was used before
        return await ledger_of(await file_session(tmp_path, PAIR[0], thought, PAIR[1]), agent)

    with ModelEndpoint() as endpoint:
        ledger = go(work(endpoint))
        assert "request" not in vars(AsyncOpenAI)
        posted = endpoint.requests[-1]
    assert posted.path == f"/v1{path}"
    assert lines(ledger)[:3] == ["user 1 yes 1 -", "reasoning 2 yes - model-class-dropped", "assistant 3 yes 1 -"]
    assert "rs_1" not in str(posted.json)
    sent = [line for line in ledger.lines if 1 in line.sent]
    assert len(sent) == len(
        posted.json.get("input") or [one for one in posted.json["messages"] if one["role"] != "system"]
    )


def test_cancel_at_once_and_after_the_turn(tmp_path):
    async def work(mode):
        session = await file_session(tmp_path, name=mode)
        agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c1")], [assistant_message("4")])
        async with observe(session) as seen:
            result = Runner.run_streamed(agent, "Hi", session=session)
            async for event in result.stream_events():
                if event.type == "run_item_stream_event":
                    result.cancel(mode=mode)
        return seen.ledger

    assert lines(go(work("after_turn"))) == [
        "user 1 no 1 new-input",
        "tool_call 2 no - stored-in-run",
        "tool_output 3 no - stored-in-run",
    ]
    assert lines(go(work("immediate")))[0] == "user 1 no 1 new-input"


async def streamed(agent, message, **options):
    async for _ in Runner.run_streamed(agent, message, **options).stream_events():
        pass


def test_max_turns_of_zero_stores_the_input_with_run_and_not_with_run_streamed(tmp_path):
    async def work(name, run):
        session = await file_session(tmp_path, name=name)
        async with observe(session) as seen:
            with pytest.raises(MaxTurnsExceeded):
                await run(make_agent(), "Hi", session=session, max_turns=0)
        return seen.ledger

    assert lines(go(work("run", Runner.run))) == ["user 1 no - model-not-asked"]
    assert lines(go(work("streamed", streamed))) == ["user - no - model-not-asked"]


def test_a_filter_says_for_which_request(tmp_path):
    def newest_two(data):
        data.model_data.input = data.model_data.input[-2:]
        return data.model_data

    async def work():
        agent = make_agent([function_call("get_weather", {"city": "Oslo"}, call_id="c1")], [assistant_message("4")])
        session = await file_session(tmp_path, *PAIR)
        return await ledger_of(session, agent, run_config=RunConfig(call_model_input_filter=newest_two))

    ledger = go(work())
    assert lines(ledger)[1:3] == ["assistant 2 yes 1 filter-removed", "user 3 no 1 filter-removed"]
    assert ledger.lines[2].why == "removed by the call_model_input_filter newest_two for request 2"


def test_rows_older_than_the_ttl(tmp_path):
    async def work():
        session = EncryptedSession("chat", SQLiteSession("chat", tmp_path / "chat.db"), "a key", ttl=60)
        token = session.cipher.encrypt_at_time(json.dumps(user("old")).encode(), int(time.time()) - 90).decode()
        await session.underlying_session.add_items([{"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": token}])
        return await ledger_of(session)

    ledger = go(work())
    assert lines(ledger)[0] == "user 1 no - expired"
    assert ledger.lines[0].why == "expired: older than the ttl of 60 seconds"


def test_a_row_that_is_not_json(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        with sqlite3.connect(tmp_path / "chat.db") as other:
            other.execute("UPDATE agent_messages SET message_data = 'not json' WHERE id = 1")
        other.close()
        return await ledger_of(session)

    assert lines(go(work()))[0] == "unreadable 1 no - unreadable"


def test_rows_that_go_with_their_branch(tmp_path):
    async def work():
        session = AdvancedSQLiteSession(session_id="chat", db_path=str(tmp_path / "chat.db"), create_tables=True)
        agent = make_agent(*([assistant_message(name)] for name in "abc"))
        for message in ("first", "second"):
            await Runner.run(agent, message, session=session)
        await session.create_branch_from_turn(2, "other")
        await Runner.run(agent, "third", session=session)
        async with observe(session) as seen:
            await session.switch_to_branch("main")
            await session.delete_branch("other")
        return seen.ledger

    assert [line.cause for line in go(work()).lines] == [
        *[Cause.NOT_READ] * 4,
        Cause.BRANCH_DELETED,
        Cause.BRANCH_DELETED,
    ]


UNBORN = {
    "async_sqlite": lambda path: AsyncSQLiteSession("chat", str(path)),
    "sqlalchemy": lambda path: SQLAlchemySession.from_url(
        "chat", url=f"sqlite+aiosqlite:///{path}", create_tables=True
    ),
    "encrypted": lambda path: EncryptedSession("chat", AsyncSQLiteSession("chat", str(path)), "a key"),
}


@pytest.mark.parametrize("make", UNBORN.values(), ids=UNBORN)
def test_next_run_makes_no_file_and_no_table(tmp_path, make):
    ledger = go(next_run(make(tmp_path / "chat.db"), "Hi"))
    assert lines(ledger) == ["user - no 1 new-input"]
    assert list(tmp_path.iterdir()) == []


def test_next_run_makes_no_conversation():
    """Nobody answers at this address: a request would raise."""
    client = AsyncOpenAI(base_url="http://127.0.0.1:9/v1", api_key="any", max_retries=0)
    ledger = go(next_run(OpenAIConversationsSession(openai_client=client), "Hi"))
    assert lines(ledger) == ["user - no 1 new-input"]


def test_what_stood_on_the_session_before_stands_there_again(tmp_path):
    """The app's own recorder is such a function: an observation within a step took it away."""
    session, called = SQLiteSession("chat", tmp_path / "chat.db"), []
    inner = session.add_items

    async def recorded(items):
        called.append(len(items))
        await inner(items)

    session.add_items = recorded
    with observe(session):
        go(session.add_items([user("Hi")]))
    assert session.add_items is recorded
    assert called == [1]


def without_the_first_row(folder):
    """Another program deletes row 1."""
    with sqlite3.connect(folder / "chat.db") as other:
        other.execute("DELETE FROM agent_messages WHERE id = 1")
    other.close()


def test_a_message_about_compaction_is_no_compaction(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        session.run_compaction = None  # all rows are looked at after each call of such a class
        async with observe(session) as seen:
            await session.get_items()
            without_the_first_row(tmp_path)
            await session.add_items([{"role": "user", "content": [{"type": "input_text", "text": "compaction"}]}])
            await session.add_items([{"role": "user", "content": [{"type": "compaction"}]}])
        return seen.ledger

    assert go(work()).lines[0].cause is Cause.UNKNOWN


def test_a_pop_takes_out_one_row_and_no_other_that_is_gone(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await session.get_items()
            without_the_first_row(tmp_path)
            await session.pop_item()
        return seen.ledger

    assert [line.cause for line in go(work()).lines] == [Cause.UNKNOWN, Cause.POPPED]


def test_a_row_that_comes_during_a_pop_is_not_claimed_for_it(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        async with observe(session) as seen:
            await session.get_items()
            with sqlite3.connect(tmp_path / "chat.db") as other:
                for text in ("one", "two"):
                    other.execute(
                        "INSERT INTO agent_messages (session_id, message_data) VALUES ('chat', ?)",
                        (json.dumps(user(text)),),
                    )
            other.close()
            await session.pop_item()
        return seen.ledger

    found = [(line.item.text, line.cause) for line in go(work()).lines if line.mark == "added"]
    assert found == [("one", Cause.UNKNOWN)]
