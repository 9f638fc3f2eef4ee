"""Where a line without a row stands, and which cause a line names when a later run, a move or a stop decides."""

import asyncio

import pytest
from agents import Agent, RunConfig, Runner, SessionSettings, function_tool
from agents.run import ModelInputData
from agents.testing import assistant_message, function_call

from lessons.kit.ledger import observe
from tests.support.observed import PAIR, go, ledger_of, lines
from tests.support.scripted import assistant, file_session, make_agent, scripted, user


def with_callback(folder, callback, message="Hi"):
    async def work():
        session = await file_session(folder, *PAIR)
        return await ledger_of(session, message=message, run_config=RunConfig(session_input_callback=callback))

    return go(work())


def test_new_input_that_a_callback_removes_stands_before_the_reply(tmp_path):
    assert lines(with_callback(tmp_path, lambda history, new: history))[2:] == [
        "user - no - callback-removed",
        "assistant 3 no - reply",
    ]


def test_new_input_that_a_callback_replaces_stands_before_its_copy(tmp_path):
    def replace(history, new):
        return [*history, {**new[0], "content": "other"}]

    assert lines(with_callback(tmp_path, replace))[2:] == [
        "user - no - callback-changed",
        "user 3 no 1 callback-added",
        "assistant 4 no - reply",
    ]


def test_of_two_items_that_change_places_both_are_moved(tmp_path):
    ledger = with_callback(tmp_path, lambda history, new: [*history[::-1], *new])
    assert lines(ledger)[:2] == ["user 1 yes 1 callback-moved", "assistant 2 yes 1 callback-moved"]
    assert ledger.lines[0].why == "moved by the session_input_callback <lambda>"


def test_an_item_that_changes_places_with_several_is_moved_alone(tmp_path):
    ledger = with_callback(tmp_path, lambda history, new: [*history[1:], *new, history[0]], [user("a"), user("b")])
    assert [line.cause for line in ledger.lines] == ["callback-moved", None, "new-input", "new-input", "reply"]


def test_what_another_session_sends_from_a_run_state_stands_before_what_is_stored_there(tmp_path):
    async def work():
        first, second = await file_session(tmp_path), await file_session(tmp_path, name="second")
        agent = make_agent([function_call("refund", {"order": "1"}, call_id="r1")], [assistant_message("ok")])
        async with observe(first, second) as seen:
            state = (await Runner.run(agent, "Hi", session=first)).to_state()
            state.approve(state.get_interruptions()[0])
            await Runner.run(agent, state, session=second)
        return seen.of(second)

    assert lines(go(work())) == [
        "user - no 2 resumed",
        "tool_call - no 2 resumed",
        "tool_output 1 no 2 stored-in-run",
        "assistant 2 no - reply",
    ]


@pytest.mark.parametrize("limit", [0, 1])
def test_a_row_that_a_later_run_sends_as_it_is_has_no_cause(tmp_path, limit):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        agent = make_agent([assistant_message("1")], [assistant_message("2")])
        async with observe(session) as seen:
            settings = SessionSettings(limit=limit)
            await Runner.run(agent, "Hi", session=session, run_config=RunConfig(session_settings=settings))
            await Runner.run(agent, "Ho", session=session)
        return seen.ledger

    ledger = go(work())
    assert lines(ledger)[0] == "user 1 yes 2 -"
    assert ledger.lines[0].why.startswith("in run 1: ")


def test_a_call_and_its_output_that_a_stop_after_the_turn_keeps_from_being_sent(tmp_path):
    async def work():
        session = await file_session(tmp_path)
        call = function_call("get_weather", {"city": "Oslo"}, call_id="c1")
        async with observe(session) as seen:
            result = Runner.run_streamed(make_agent([call], [assistant_message("ok")]), "Hi", session=session)
            async for event in result.stream_events():
                if event.type == "raw_response_event":
                    result.cancel("after_turn")
        return seen.ledger

    ledger = go(work())
    assert lines(ledger)[1:] == ["tool_call 2 no - stored-in-run", "tool_output 3 no - stored-in-run"]
    not_sent = "not sent: the run was cancelled before the model was asked again"
    assert ledger.lines[1].why == f"made and stored in run 1; {not_sent}"


def texts(ledger):
    """Each line as "row text", with - for no row."""
    return [f"{line.row.key if line.row else '-'} {line.item.text}" for line in ledger.lines]


def replies(*said):
    return make_agent(*([assistant_message(text, item_id=f"msg_{text}")] for text in said))


def note_alone(data):
    """Send a note and the newest item."""
    note = {"role": "system", "content": "note"}
    return ModelInputData(input=[note, *data.model_data.input[-1:]], instructions=data.model_data.instructions)


NOTED = RunConfig(call_model_input_filter=note_alone)


def test_what_a_run_without_a_session_says_stands_before_the_rows_that_a_later_run_stores(tmp_path):
    """A summary stood below the reply that was made from it, and each reply below the question after it."""

    async def work():
        session, agent = await file_session(tmp_path, *PAIR), replies("1", "2", "3", "4")
        async with observe(session) as seen:
            await Runner.run(agent, [*await session.get_items(), user("Sum up")])
            await Runner.run(agent, "Shorter", run_config=NOTED)
            await Runner.run(agent, "Hi", session=session)
            await session.clear_session()
            await session.add_items([assistant("2")])
            await Runner.run(agent, "Ho", session=session)
        return seen.ledger

    assert texts(go(work())) == [
        "1 I am Ann",
        "2 Hello Ann",
        "- Sum up",
        "- 1",
        "- note",
        "- Shorter",
        "- 2",
        "3 Hi",
        "4 3",
        "5 2",
        "6 Ho",
        "7 4",
    ]


def test_what_a_tool_asks_another_agent_stands_between_the_call_and_its_output(tmp_path):
    """Call and output are stored together, after the tool has ended."""

    async def work():
        session, inner = await file_session(tmp_path), replies("inner")

        @function_tool
        async def ask() -> str:
            await Runner.run(inner, "within")
            return "asked"

        steps = [function_call("ask", {}, call_id="c1")], [assistant_message("ok", item_id="msg_ok")]
        return await ledger_of(session, make_agent(*steps, tools=[ask]))

    assert texts(go(work())) == ["1 Hi", "2 ask({})", "- within", "- inner", "3 asked", "4 ok"]


def test_rows_that_a_tool_stores_stand_within_its_run_without_a_session(tmp_path):
    async def work():
        session, inner = await file_session(tmp_path), replies("inner")

        @function_tool
        async def ask() -> str:
            await Runner.run(inner, "within", session=session)
            return "asked"

        steps = [function_call("ask", {}, call_id="c1")], [assistant_message("ok", item_id="msg_ok")]
        async with observe(session) as seen:
            await Runner.run(make_agent(*steps, tools=[ask]), "Hi")
        return seen.ledger

    assert texts(go(work())) == ["- Hi", "- ask({})", "1 within", "2 inner", "- asked", "- ok"]


def test_what_a_filter_puts_first_stands_before_the_input_of_its_run(tmp_path):
    """The notes of all runs stood above the oldest row, the last one first."""

    async def work():
        session, agent = await file_session(tmp_path, *PAIR), replies("1", "2")
        async with observe(session) as seen:
            await Runner.run(agent, "Hi", session=session, run_config=NOTED)
            await Runner.run(agent, "Ho", session=session, run_config=NOTED)
        return seen.ledger

    assert texts(go(work())) == ["1 I am Ann", "2 Hello Ann", "- note", "3 Hi", "4 1", "- note", "5 Ho", "6 2"]


def test_the_summary_of_a_nested_history_stands_after_the_handoff(tmp_path):
    async def work():
        session = await file_session(tmp_path, *PAIR)
        billing = Agent("Billing", model=scripted([assistant_message("ok")]))
        handoff = [function_call("transfer_to_billing", {}, call_id="h1")]
        agent = make_agent(handoff, handoffs=[billing])
        return await ledger_of(session, agent, run_config=RunConfig(nest_handoff_history=True))

    ledger = go(work())
    assert [line.row.key if line.row else "-" for line in ledger.lines] == [1, 2, 3, 4, 5, "-", 6]


def test_removed_rows_of_two_runs_at_once_stand_in_stored_order(tmp_path):
    """The input of the slower run stood above the rows that were stored before it."""

    async def work():
        session, agent, stored = await file_session(tmp_path), replies("1", "2"), asyncio.Event()

        async def wait(history, new):
            await stored.wait()
            return [*history, *new]

        async with observe(session) as seen:
            waits = RunConfig(session_input_callback=wait)
            slower = asyncio.create_task(Runner.run(agent, "slower", session=session, run_config=waits))
            await asyncio.sleep(0)
            await Runner.run(agent, "faster", session=session)
            stored.set()
            await slower
            await session.clear_session()
        return seen.ledger

    assert texts(go(work())) == ["1 faster", "2 1", "3 slower", "4 2"]
