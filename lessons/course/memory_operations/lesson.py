"""Memory operations: reading, adding, taking back and clearing what a session keeps."""

import sqlite3
from contextlib import closing

from agents import Agent, RunConfig, Runner, SessionSettings, function_tool
from agents.models.interface import Model

from lessons.course.index import entry
from lessons.course.memory_operations.evidence import (
    TOOL_TURN,
    kinds,
    never_sent,
    sessions_rows_gone,
    stored,
    stored_pair,
    texts,
)
from lessons.frame.lesson import Lesson, Step
from lessons.kit.stores.kind import UNCHANGED


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: 4 °C and rain"


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one short sentence.", model=model, tools=[get_weather])


async def ask_two_and_two(agent, session):
    return await Runner.run(agent, "What's 2 + 2?", session=session)


async def read_everything(session):
    return await session.get_items()


async def read_the_last_one(session):
    return await session.get_items(limit=1)


async def undo_turn(session):
    """Take back the newest turn: pop until the user's message is gone."""
    undone = []
    while (item := await session.pop_item()) is not None:
        undone.append(item)
        if isinstance(item, dict) and item.get("role") == "user":
            break
    return undone


async def correct_the_question(agent, session):
    await undo_turn(session)
    return await Runner.run(agent, "What's 2 + 3?", session=session)


async def ask_with_a_tool(agent, session):
    return await Runner.run(agent, "What's the weather in Oslo?", session=session)


async def pop_twice(session):
    return [await session.pop_item(), await session.pop_item()]


async def ask_after_popping_twice(agent, session):
    return await Runner.run(agent, "What's 1 + 1?", session=session)


async def undo_a_tool_turn(agent, session):
    await Runner.run(agent, "What's the weather in Rome?", session=session)
    return await undo_turn(session)


async def cut_the_call_from_its_output(agent, session):
    settings = RunConfig(session_settings=SessionSettings(limit=2))
    return await Runner.run(agent, "What's 3 + 3?", session=session, run_config=settings)


async def add_a_system_note(agent, session):
    await session.add_items([{"role": "system", "content": "The user's name is Alice."}])
    return await Runner.run(agent, "What's my name?", session=session)


async def add_a_prepared_exchange(agent, session):
    await session.add_items(
        [
            {"role": "user", "content": "I also love hiking and photography"},
            {"role": "assistant", "content": "Noted: hiking and photography."},
        ]
    )
    return await Runner.run(agent, "What hobbies do I have?", session=session)


async def carry_the_list_by_hand(agent):
    first = await Runner.run(agent, "My name is Bob")
    return await Runner.run(agent, [*first.to_input_list(), {"role": "user", "content": "What's my name?"}])


async def damage_a_row(agent, session):
    broken, not_an_item = '{"role": "user", "content": "cut o', '"a text, and no item"'
    with closing(sqlite3.connect(session.db_path)) as file, file:
        for data in (broken, not_an_item):
            file.execute(
                f"INSERT INTO {session.messages_table} (session_id, message_data) VALUES (?, ?)",
                (session.session_id, data),
            )
    return await session.get_items()


async def clear_it(session):
    await session.clear_session()


STEPS = (
    Step(
        "Ask 2 + 2",
        ask_two_and_two,
        look_for="Two rows: your question and the reply. The next steps work on them.",
        holds=lambda seen: kinds(seen, "added") == ["user", "assistant"],
    ),
    Step(
        "Read everything",
        read_everything,
        look_for="get_items() returns all items in stored order, as a list of dicts. Reading changes no row.",
        holds=lambda seen: seen.returned_kinds == stored(seen) and not seen.changes,
    ),
    Step(
        "Read the newest one",
        read_the_last_one,
        look_for="A limit counts items, not turns, from the newest. The list is still in stored order.",
        holds=lambda seen: seen.returned_kinds == ["assistant"] and not seen.changes,
    ),
    Step(
        "Correct the question",
        correct_the_question,
        look_for="The turn was taken back whole: the reply and the question. The model was then sent 2 + 3 and "
        "never saw 2 + 2. Look at the ids: SQLiteSession gives none out twice; some other stores do.",
        holds=lambda seen: (
            kinds(seen, "removed") == ["user", "assistant"] and stored_pair(seen) and not seen.was_sent("2 + 2")
        ),
    ),
    Step(
        "Ask with a tool",
        ask_with_a_tool,
        look_for="One question, four rows: the tool call and its output are items too. The model was asked twice.",
        holds=lambda seen: kinds(seen, "added") == TOOL_TURN and len(seen.requests) == 2,
    ),
    Step(
        "Pop twice, as guides teach",
        pop_twice,
        look_for="Two pops took the reply and the tool's output. The question and the call are still there: "
        "the call is an orphan now.",
        holds=lambda seen: kinds(seen, "removed") == ["tool output", "assistant"] and stored(seen)[-1] == "tool call",
    ),
    Step(
        "Ask after popping twice",
        ask_after_popping_twice,
        look_for="The session returned the orphan, and the runner dropped it: its output is missing. "
        "The row stays, and no run will ever send it. The weather question was sent again.",
        holds=lambda seen: never_sent(seen) == ["tool call"] and seen.was_sent("Oslo"),
    ),
    Step(
        "Undo a tool turn",
        undo_a_tool_turn,
        look_for="Popping until the user's message is gone took all four rows of the turn, and nothing else.",
        holds=lambda seen: seen.called.count("pop_item") == 4 and "Rome" not in texts(seen),
    ),
    Step(
        "Ask with the tool again",
        ask_with_a_tool,
        look_for="A whole tool turn is stored once more: call and output belong together, by their call_id.",
        holds=lambda seen: kinds(seen, "added") == TOOL_TURN,
    ),
    Step(
        "Let a limit cut a pair",
        cut_the_call_from_its_output,
        look_for="A limit of 2 returned the tool's output and the reply, but not the call. The output without its call "
        "was not sent. A limit deletes nothing: the rows over it are still stored.",
        holds=lambda seen: seen.returned_kinds == ["tool output", "assistant"] and never_sent(seen) == ["tool output"],
    ),
    Step(
        "Add a system note",
        add_a_system_note,
        look_for="add_items stored a row that nobody said. The model was sent it like any other and answered from it.",
        holds=lambda seen: kinds(seen, "added")[0] == "system" and "system" in seen.sent_kinds,
    ),
    Step(
        "Add a prepared exchange",
        add_a_prepared_exchange,
        look_for="Two items were stored in one batch, as if they had been said. Nothing in the rows tells them apart "
        "from a real exchange.",
        holds=lambda seen: kinds(seen, "added")[:2] == ["user", "assistant"] and seen.was_sent("photography"),
    ),
    Step(
        "Carry the list by hand",
        carry_the_list_by_hand,
        look_for="No session: to_input_list() gives the items of a run, and the code passes them on. The model was sent the "
        "same, and nothing is stored. When the process ends, the list is gone.",
        holds=lambda seen: not seen.calls and not seen.changes and seen.was_sent("Bob"),
    ),
    Step(
        "Damage a row",
        damage_a_row,
        look_for="Two rows were written past the SDK, into the SQLite file. The one that is not JSON is skipped without a "
        "word. The one that is JSON but no item is returned, and would be sent.",
        holds=lambda seen: (
            stored(seen)[-2:] == ["unreadable", "unreadable"] and seen.returned_kinds[-1] == "unreadable"
        ),
        store="sqlite_file",
    ),
    Step(
        "Clear the session",
        clear_it,
        look_for="All rows of this id are gone, unreadable ones too, and what was kept of the session itself: in SQLite its "
        "row in agent_sessions with its created_at. Other sessions are untouched.",
        holds=lambda seen: not stored(seen) and bool(seen.removed) and sessions_rows_gone(seen),
    ),
)


LESSON = Lesson(
    entry=entry("memory_operations"),
    make_agent=make_agent,
    session_id="alice",
    walk_stores=("sqlite_file", "sqlite_custom_tables"),
    steps=STEPS,
    needs=(UNCHANGED,),
)
