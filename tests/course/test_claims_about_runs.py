"""What the lessons say about runs: each claim is run with the installed SDK, and fails here if it is false."""

import asyncio
import inspect
import json
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner, SessionSettings, SQLiteSession, UserError, handoff
from agents.extensions import handoff_filters
from agents.models.chatcmpl_converter import Converter
from agents.testing import assistant_message, function_call

from lessons.course.index import LESSONS, load_lesson
from lessons.course.long_conversations.lesson import newest_turns
from lessons.course.memory_operations.lesson import undo_turn
from lessons.course.multi_session.lesson import make_agent as make_assistant
from lessons.course.multi_session.lesson import make_triage
from lessons.kit.ledger.explaining.risk import Risks
from lessons.kit.models.offline.model import OfflineModel
from tests.support.scripted import assistant, call, make_agent, output, scripted, user

TOOL_TURN = [user("weather?"), call(), output(), assistant("4 degrees")]


@pytest.fixture
def anyio_backend():
    return "asyncio"


def kinds(items: list[Any]) -> list[str]:
    return [item.get("role") or item["type"] for item in items]


async def stored(*items: Any) -> SQLiteSession:
    session = SQLiteSession("claims")
    await session.add_items(list(items))
    return session


async def sent(session: SQLiteSession, message: Any = "hi", agent: Agent | None = None, **config: Any) -> list[Any]:
    """The items of each request of one run."""
    requests = []

    def look(data: Any) -> Any:
        requests.append(list(data.model_data.input))
        return data.model_data

    config.setdefault("call_model_input_filter", look)
    await Runner.run(agent or make_agent(), message, session=session, run_config=RunConfig(**config))
    return requests


def limit(number: int) -> SessionSettings:
    return SessionSettings(limit=number)


# A call and its output


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("config", "is_sent"),
    [
        ({}, True),
        ({"session_settings": limit(2)}, False),
        ({"session_settings": limit(2), "session_input_callback": lambda history, new: history + new}, True),
    ],
)
async def test_an_output_without_its_call_is_left_out_only_with_a_limit_and_without_a_callback(config, is_sent):
    session = await stored(*(TOOL_TURN if config else TOOL_TURN[2:]))
    (request,) = await sent(session, **config)
    assert ("function_call_output" in kinds(request)) is is_sent


@pytest.mark.anyio
async def test_a_call_without_its_output_is_left_out_until_the_output_is_stored():
    session = await stored(*TOOL_TURN[:2])
    assert kinds((await sent(session))[0]) == ["user", "user"]
    await session.add_items([output()])
    assert "function_call" in kinds((await sent(session))[0])


@pytest.mark.anyio
async def test_a_stored_call_is_sent_when_its_output_comes_with_the_new_input():
    (request,) = await sent(await stored(*TOOL_TURN[:2]), [output(), user("hi")])
    assert kinds(request) == ["user", "function_call", "function_call_output", "user"]


HISTORIES = [
    [],
    [assistant("hello")],
    [user("a")],
    [user("a"), user("b"), assistant("c")],
    TOOL_TURN,
    [user("a"), assistant("b"), *TOOL_TURN],
    [*TOOL_TURN, user("and Rome?"), call("c2"), output("c2"), call("c3"), output("c3"), assistant("5")],
]


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("count", [1, 2])
def test_the_newest_turns_are_whole(history, count):
    """The newest items remain after the cut, and among them nothing that hosted models are reported to refuse."""
    kept = newest_turns(history, count)
    risks = Risks(kept)
    assert not any(risks.at(place) for place in range(len(kept)))
    assert history[len(history) - len(kept) :] == kept
    assert kinds(kept).count("user") == min(count, kinds(history).count("user"))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "step", ["summarise_in_a_filter", "replace_old_rows", "store_a_summary_by_accident", "keep_whole_turns"]
)
async def test_what_the_lesson_cuts_has_no_output_without_its_call(step):
    """Also if the newest stored turn used a tool, and if the new turn uses one."""
    from agents import function_tool

    from lessons.course.long_conversations import lesson
    from lessons.kit.ledger import observe

    @function_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        return "rain"

    agent = Agent(name="A", model=OfflineModel(), tools=[get_weather])
    session = SQLiteSession("cut")
    await lesson.talk_for_six_turns(agent, session)
    async with observe(session) as seen:
        await getattr(lesson, step)(agent, session)
        await Runner.run(agent, "What's the weather in Rome?", session=session)
    assert not [line for line in seen.ledger.lines if line.risk]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("message", "left"),
    [("one", []), ([user("one"), user("two")], [])],
)
async def test_undo_takes_back_the_whole_turn(message, left):
    session = SQLiteSession("undo")
    await Runner.run(make_agent(), message, session=session)
    await undo_turn(session)
    assert await session.get_items() == left


@pytest.mark.anyio
async def test_undo_leaves_a_note_where_nobody_has_asked_anything():
    note = {"role": "system", "content": "Be brief."}
    session = await stored(note)
    assert await undo_turn(session) == []
    assert await session.get_items() == [note]


# What is stored


@pytest.mark.anyio
async def test_a_real_reply_is_stored_in_another_form_than_a_prepared_one():
    session = await stored(user("hi"), assistant("hello"))
    await Runner.run(make_agent(), "hi", session=session)
    prepared, real = (await session.get_items())[1::2]
    assert set(prepared) == {"role", "content"}
    assert {"id", "type", "status"} <= set(real)
    assert isinstance(real["content"], list)


@pytest.mark.anyio
@pytest.mark.parametrize(("config", "notes"), [({}, 1), ({"session_settings": limit(1)}, 2)])
async def test_an_item_that_a_callback_adds_is_stored_once_unless_a_limit_hides_it(config, notes):
    def with_a_note(history, new):
        return [{"role": "system", "content": "The same note."}, *history, *new]

    session = SQLiteSession("note")
    for _ in range(2):
        await sent(session, session_input_callback=with_a_note, **config)
    assert kinds(await session.get_items()).count("system") == notes


def test_run_sync_stores_what_run_stores_and_returns_when_it_has_ended():
    async def awaited() -> list[Any]:
        session = SQLiteSession("awaited")
        await Runner.run(make_agent([assistant_message("Hello")]), "hi", session=session)
        return await session.get_items()

    session = SQLiteSession("waited_for")
    result = Runner.run_sync(make_agent([assistant_message("Hello")]), "hi", session=session)
    assert result.final_output == "Hello"
    without_ids = [[{**item, "id": ""} for item in asyncio.run(read)] for read in (session.get_items(), awaited())]
    assert without_ids[0] == without_ids[1]
    assert kinds(without_ids[0]) == ["user", "assistant"]


def test_two_steps_of_the_course_wait_with_run_sync():
    """docs/reliability.md names their lessons: each such step takes a thread while it waits."""
    steps = [(entry.slug, step) for entry in LESSONS for step in load_lesson(entry.slug).steps]
    assert [slug for slug, step in steps if not inspect.iscoroutinefunction(step.run)] == ["basic", "redis"]


@pytest.mark.anyio
async def test_run_sync_raises_in_async_code():
    with pytest.raises(RuntimeError, match="event loop is already running"):
        Runner.run_sync(make_agent(), "hi", session=SQLiteSession("loop"))


@pytest.mark.anyio
async def test_the_runner_does_not_change_the_list_that_a_session_returns():
    class Own:
        session_id, session_settings = "own", None

        def __init__(self) -> None:
            self.items: list[Any] = [user("a")]
            self.added: list[Any] = []

        async def get_items(self, limit=None):
            return self.items

        async def add_items(self, items):
            self.added += items

    own = Own()
    before = json.dumps(own.items)
    await Runner.run(make_agent(), "b", session=own)
    assert json.dumps(own.items) == before
    assert kinds(own.added) == ["user", "assistant"]


# Handoffs


def only_the_request(data: Any) -> Any:
    """Filters what the next agent is sent, and leaves new_items as they are."""
    return data.clone(input_items=())


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("question", "level"), [("I forgot my password", "Level 1 support"), ("My deployment fails", "Level 2 support")]
)
async def test_triage_can_hand_over_to_either_level(question, level):
    found = await Runner.run(make_triage(make_assistant(OfflineModel())), question, session=SQLiteSession("ticket"))
    assert found.last_agent.name == level


def triage(**options: Any) -> Agent:
    billing = Agent(name="Billing", model=scripted())
    first = scripted([function_call("transfer_to_billing", "{}", call_id="h1")])
    return Agent(name="Triage", model=first, handoffs=[handoff(billing, **options)])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("options", "rows", "second_request"),
    [
        (
            {},
            ["user", "function_call", "function_call_output", "assistant"],
            ["user", "function_call", "function_call_output"],
        ),
        ({"input_filter": handoff_filters.remove_all_tools}, ["user", "assistant"], ["user"]),
        (
            {"input_filter": only_the_request},
            ["user", "function_call", "function_call_output", "assistant"],
            ["user"],
        ),
        ({"nest_handoff_history": True}, ["user", "function_call", "function_call_output", "assistant"], ["assistant"]),
    ],
)
async def test_what_a_handoff_stores_and_sends(options, rows, second_request):
    session = SQLiteSession("handoff")
    requests = await sent(session, agent=triage(**options))
    assert kinds(await session.get_items()) == rows
    assert kinds(requests[1]) == second_request


@pytest.mark.anyio
@pytest.mark.parametrize(("tool_name", "stored_name"), [(None, "checker"), ("ask", "ask")])
async def test_an_agent_as_a_tool_leaves_its_name_unless_the_tool_has_another(tool_name, stored_name):
    inner = Agent(name="checker", model=scripted())
    calls = scripted([function_call(stored_name, '{"input":"x"}', call_id="t1")], [assistant_message("done")])
    session = SQLiteSession("as_tool")
    tools = [inner.as_tool(tool_name, "checks")]
    await Runner.run(Agent(name="Outer", model=calls, tools=tools), "hi", session=session)
    assert [item["name"] for item in await session.get_items() if item.get("type") == "function_call"] == [stored_name]


# Rows that are not items


@pytest.mark.anyio
async def test_what_is_json_and_not_an_item_is_returned_and_the_model_classes_differ():
    session = await stored("a text, not an item")
    assert await session.get_items() == ["a text, not an item"]
    with pytest.raises((UserError, AttributeError, TypeError)):
        Converter.items_to_messages(["a text, not an item"])
    (request,) = await sent(session)
    assert request[0] == "a text, not an item"


# The lines that make the sessions are shown


def test_basic_shows_the_line_that_opens_a_file_next_to_the_line_that_opens_memory():
    from lessons.frame.lesson import shown_source

    early = [shown_source(step.run) for step in load_lesson("basic").steps[:4]]
    assert any('SQLiteSession("alice", path)' in code and 'SQLiteSession("alice")' in code for code in early)
