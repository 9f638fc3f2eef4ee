"""Memory operations: reading, adding, taking back and clearing what a session keeps."""

import sqlite3
from contextlib import closing

from agents import Agent, Runner, function_tool
from agents.models.interface import Model
from openai import BadRequestError

from lessons.course.index import entry
from lessons.course.memory_operations.evidence import (
    changed_sessions,
    corrected,
    gave_a_list_of_dicts,
    kept_and_sent_two,
    kinds,
    left_out_for,
    left_out_the_call,
    popped_the_newest_two,
    removed_the_question,
    returned_the_newest_reply,
    sessions_rows_gone,
    stored,
    stored_a_tool_turn,
    stored_pair,
    stored_texts,
    texts,
    undone,
)
from lessons.frame.evidence import did, without_an_error, without_thoughts
from lessons.frame.lesson import Lesson, Step
from lessons.kit.ledger.cause import Cause
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


def from_the_user(item):
    return isinstance(item, dict) and item.get("role") == "user"


async def undo_turn(session):
    """Take back the newest turn: the user's last message, those right before it, and all that came after."""
    items = await session.get_items()
    turn = len(items)
    while turn and not from_the_user(items[turn - 1]):
        turn -= 1
    if turn == 0:
        return []  # nobody has asked anything: a note is not a turn
    while turn and from_the_user(items[turn - 1]):
        turn -= 1
    return [await session.pop_item() for _ in items[turn:]]


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


async def keep_the_newest_two(agent, open_session):
    session = open_session("sliced")
    await Runner.run(agent, "What's the weather in Oslo?", session=session)
    items = await session.get_items()
    await session.clear_session()
    await session.add_items(items[-2:])  # wrong: it cuts the output from its call
    try:
        return await Runner.run(agent, "What's 3 + 3?", session=session)
    except BadRequestError as error:  # a hosted model may refuse such a list
        return str(error)


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
    broken, not_an_item = '{"role": "user", "content": "cut o', '"a text, not an item"'
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
        asks="How many rows does one question make?",
        look_for="Two rows: your question and the reply. The next steps work on them. With the Responses API, a "
        "reasoning model also stores reasoning items: add them to the numbers of rows in this lesson.",
        holds=lambda seen: did(seen) == ["run in alice: What's 2 + 2?"] and stored_pair(seen),
    ),
    Step(
        "Read everything",
        read_everything,
        asks="What will get_items() return, and will reading change a row?",
        look_for="get_items() returns all items in stored order, as a list of dicts. Reading changes no row.",
        holds=lambda seen: (
            did(seen) == ["get_items() of alice"]
            and [item.text for item in seen.returned] == stored_texts(seen)
            and seen.returned_kinds == stored(seen)
            and gave_a_list_of_dicts(seen)
            and not seen.changes
        ),
    ),
    Step(
        "Read the newest one",
        read_the_last_one,
        asks="With limit=1: which item will be returned, the oldest or the newest?",
        look_for="A limit counts items, not turns. It takes the newest ones, and returns them in stored order.",
        holds=lambda seen: (
            did(seen) == ["get_items(limit=1) of alice"] and returned_the_newest_reply(seen) and not seen.changes
        ),
    ),
    Step(
        "Correct the question",
        correct_the_question,
        asks="The question was wrong. What has to be removed so that the model is not sent it again?",
        look_for="The whole turn was removed: the reply and the question. Then the model was sent 2 + 3, and not 2 + 2. Look "
        "at the ids: SQLiteSession never uses an id again. In Redis, a place in the list is used again.",
        holds=lambda seen: (
            corrected(seen) and removed_the_question(seen, "2 + 2") and stored_pair(seen) and not seen.was_sent("2 + 2")
        ),
    ),
    Step(
        "Ask with a tool",
        ask_with_a_tool,
        asks="The answer needs a tool. How many rows will one question make, and how often will the model be asked?",
        look_for="One question made four rows: the tool call and its output are items too. The model was asked twice.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's the weather in Oslo?"]
            and stored_a_tool_turn(seen)
            and len(seen.requests) == 2
        ),
    ),
    Step(
        "Pop twice, as guides teach",
        pop_twice,
        asks="The SDK's documentation pops twice to undo a turn. What will two pops remove of the turn with the tool?",
        look_for="Two pops removed the reply and the tool's output. The question and the call are still stored: a call without "
        "its output. Where a reasoning item is before the reply, two pops remove these two, and the call keeps its output.",
        holds=lambda seen: did(seen) == ["pop_item() of alice", "pop_item() of alice"] and popped_the_newest_two(seen),
    ),
    Step(
        "Ask after popping twice",
        ask_after_popping_twice,
        asks="The session now has a call without its output. Will the model be sent it?",
        look_for="The session returned the call, and the runner left it out, because its output is missing. The row stays: a "
        "run sends it as soon as an output with its call_id is stored too. The weather question was sent again. A "
        "call that has kept its output is sent with it.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's 1 + 1?"]
            and left_out_the_call(seen)
            and seen.was_sent("Oslo")
            and not seen.removed
        ),
    ),
    Step(
        "Undo a tool turn",
        undo_a_tool_turn,
        asks="How many rows does undo_turn have to take back here, and how does it know?",
        look_for="A turn starts with the user's message. undo_turn counted the items from there to the end, and popped that "
        "many: all rows of this turn, and nothing else. They came and went in this step, so the table is "
        "as it was before.",
        holds=lambda seen: undone(seen) and "Rome" not in texts(seen) and not seen.item_changes,
    ),
    Step(
        "Keep the newest two",
        keep_the_newest_two,
        asks="Only the newest two items are kept. What will be cut apart?",
        deeper=True,
        look_for="items[-2:] kept the tool's output and the reply, but not the call. The output was sent without its call: the "
        "runner leaves such an output out only with a limit and without a session_input_callback. Users report that hosted "
        "models refuse it, so cut before a user message. Where a reasoning item is before the reply, items[-2:] keeps these "
        "two.",
        holds=lambda seen: (
            did(seen)
            == [
                "run in sliced: What's the weather in Oslo?",
                "get_items() of sliced",
                "clear_session() of sliced",
                "add_items(2) of sliced",
                "run in sliced: What's 3 + 3?",
            ]
            and kept_and_sent_two(seen)
        ),
        session_id="sliced",
    ),
    Step(
        "Add a system note",
        add_a_system_note,
        asks="The code adds a row that nobody said. Will the model use it?",
        look_for="add_items stored a row that nobody said. The model was sent it, and used it in its answer.",
        holds=lambda seen: (
            did(seen) == ["add_items(1) of alice", "run in alice: What's my name?"]
            and kinds(seen, "added")[0] == "system"
            and seen.was_sent("The user's name is Alice")
        ),
    ),
    Step(
        "Add a prepared exchange",
        add_a_prepared_exchange,
        asks="Two items are added by hand. Can the model tell them from a real exchange?",
        deeper=True,
        look_for="Two items were stored in one batch, and the model was sent them like any others. Only their form differs: a "
        "real reply has an id, a type, a status and a list of parts. These two have a role and a text, unless a service adds "
        "the rest.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of alice", "run in alice: What hobbies do I have?"]
            and kinds(seen, "added")[:2] == ["user", "assistant"]
            and seen.was_sent("I also love hiking")
            and seen.was_sent("Noted: hiking")
        ),
    ),
    Step(
        "Carry the list by hand",
        carry_the_list_by_hand,
        asks="No session at all. How can the second run know what was said in the first?",
        deeper=True,
        look_for="This run has no session: to_input_list() returns the items of a run, and the code passes them on. The model "
        "was sent the same items, and nothing was stored. When the program ends, the list is gone.",
        holds=lambda seen: (
            did(seen) == ["run: My name is Bob", "run: What's my name?"]
            and not seen.calls
            and not seen.changes
            and without_thoughts(seen.sent_kinds) == ["user", "assistant", "user"]
            and seen.was_sent("My name is Bob")
        ),
    ),
    Step(
        "Damage a row",
        damage_a_row,
        asks="One row is broken JSON, one is JSON and not an item. What will get_items() return, and will "
        "there be an error?",
        deeper=True,
        look_for="Two rows were written into the SQLite file without the SDK. The one that is not JSON is skipped, without "
        "an error. The one that is JSON but not an item is returned. A run then fails or sends it, depending on the model "
        "class.",
        holds=lambda seen: (
            did(seen) == ["get_items() of alice"]
            and len(seen.added) == 2
            and stored(seen)[-2:] == ["unreadable", "unreadable"]
            and [item.text for item in seen.returned] == [*stored_texts(seen)[:-2], stored_texts(seen)[-1]]
            and left_out_for(seen, Cause.UNREADABLE) == ["unreadable"]
            and without_an_error(seen)
        ),
        store="sqlite_file",
    ),
    Step(
        "Clear the session",
        clear_it,
        asks="What will clear_session() delete besides the rows of the messages?",
        look_for="All rows of this id are gone, also those that could not be read. The row about the session itself is gone "
        "too: in SQLite its row in agent_sessions, with created_at. Other sessions did not change.",
        holds=lambda seen: (
            did(seen) == ["clear_session() of alice"]
            and not stored(seen)
            and bool(seen.removed)
            and sessions_rows_gone(seen)
            and changed_sessions(seen) == {"alice"}
        ),
    ),
)


LESSON = Lesson(
    entry=entry("memory_operations"),
    make_agent=make_agent,
    session_id="alice",
    walk_stores=("sqlite_file", "sqlite_custom_tables"),
    steps=STEPS,
    learned=(
        "get_items() returns the items in stored order. A limit takes the newest, and counts items, not turns.",
        "A turn with one tool call is at least four rows. To undo it, pop everything from the user's message on, not two rows.",
        "clear_session() deletes all rows of one id, and the row of SQLiteSession about that session. Other sessions stay.",
    ),
    needs=(UNCHANGED,),
)
