"""Long conversations: what each turn costs, ways to send less, and what each of them forgets."""

from agents import Agent, RunConfig, Runner, SessionSettings, function_tool
from agents.models.interface import Model
from agents.run import CallModelData, ModelInputData

from lessons.course.index import entry
from lessons.course.long_conversations.evidence import (
    counts,
    each_sent_all_before,
    kinds,
    knew_the_name,
    never_sent,
    newest_alone,
    newest_turns_sent,
    one_item_for_all_others,
    sent_but_not_stored,
    six_turns,
    stored_before,
    summary_and_newest_turn,
)
from lessons.frame.evidence import did, limits, opened, reads, unforced, without_thoughts
from lessons.frame.lesson import Lesson, Step
from lessons.kit.stores.hosted.compaction_store import NEXT_TO_A_FILE_SCRIPT
from lessons.kit.stores.kind import UNCHANGED


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: 4 °C and rain"


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one short sentence.", model=model, tools=[get_weather])


async def talk_for_six_turns(agent, session):
    said = ["My name is Alice", "I work as a developer"]
    said += ["What city is the Golden Gate Bridge in?"]
    said += ["What state is it in?", "What's 2 + 2?"]
    said += ["What's the weather in Oslo?"]
    turns = []
    for message in said:
        turns.append(await Runner.run(agent, message, session=session))
    return turns


async def ask_with_everything(agent, session):
    return await Runner.run(agent, "What's my name?", session=session)


async def ask_with_a_limit(agent, session):
    four = RunConfig(session_settings=SessionSettings(limit=4))
    return await Runner.run(agent, "What's my name?", session=session, run_config=four)


async def let_the_run_win(agent, session):
    session.session_settings = SessionSettings(limit=2)
    six = RunConfig(session_settings=SessionSettings(limit=6))
    try:
        return await Runner.run(agent, "What's 1 + 1?", session=session, run_config=six)
    finally:
        session.session_settings = SessionSettings()


def from_the_newest_output(items):
    """How many items there are from the newest output of a tool on."""
    outputs = [at for at, item in enumerate(items) if item.get("type") == "function_call_output"]
    return len(items) - max(outputs, default=0)


async def cut_a_tool_turn(agent, session):
    rome = await Runner.run(agent, "What's the weather in Rome?", session=session)
    count = from_the_newest_output(rome.to_input_list())
    cut = RunConfig(session_settings=SessionSettings(limit=count))
    return await Runner.run(agent, "Is it warm there?", session=session, run_config=cut)


def newest_turns(items, count):
    """The newest turns, whole: each starts with a message of the user, so no tool call loses its output."""
    starts = [at for at, item in enumerate(items) if item.get("role") == "user"]
    return items[starts[-count] :] if len(starts) >= count else items


def last_two_turns(history, new):
    return [*newest_turns(history, 2), *new]


async def keep_whole_turns(agent, session):
    trimmed = RunConfig(session_input_callback=last_two_turns)
    return await Runner.run(agent, "What's my name?", session=session, run_config=trimmed)


def with_a_summary(history, new):
    words = f"The user's name is Alice. There were {len(history)} items."
    return [{"role": "system", "content": words}, *newest_turns(history, 1), *new]


async def store_a_summary_by_accident(agent, session):
    noted = RunConfig(session_input_callback=with_a_summary)
    await Runner.run(agent, "What's my name?", session=session, run_config=noted)
    return await Runner.run(agent, "What's 3 + 3?", session=session, run_config=noted)


async def summary_of(agent, items, hooks=None):
    """Ask the model itself, in a run without a session: nothing of it is stored."""
    question = {"role": "user", "content": "Summarize the conversation so far"}
    result = await Runner.run(agent, [*items, question], hooks=hooks)
    return result.final_output


async def summarise_in_a_filter(agent, session):
    summary = await summary_of(agent, await session.get_items())

    def shorten(data: CallModelData) -> ModelInputData:
        note = {"role": "system", "content": summary}
        turn = newest_turns(data.model_data.input, 1)  # the question, and what a tool has said
        return ModelInputData(input=[note, *turn], instructions=data.model_data.instructions)

    filtered = RunConfig(call_model_input_filter=shorten)
    return await Runner.run(agent, "What's my name?", session=session, run_config=filtered)


async def replace_old_rows(agent, session):
    items = await session.get_items()
    summary = await summary_of(agent, items)
    await session.clear_session()
    await session.add_items([{"role": "system", "content": summary}, *newest_turns(items, 1)])
    return await Runner.run(agent, "What's my name?", session=session)


def four_or_more(found) -> bool:
    return len(found["compaction_candidate_items"]) >= 4


async def have_it_compacted(agent, open_session):
    session = open_session("compacted", should_trigger_compaction=four_or_more)
    await talk_for_six_turns(agent, session)
    if not any(item.get("type") == "compaction" for item in await session.get_items()):
        await session.run_compaction({"force": True})  # a Chat Completions model does not start it
    return await session.get_items()


STEPS = (
    Step(
        "Talk for six turns",
        talk_for_six_turns,
        asks="Six turns. How many items will be sent with the last one?",
        look_for="Each turn sent all turns before it again. The items of the requests add up: a conversation twice as long "
        "sends about four times as many.",
        holds=lambda seen: did(seen) == six_turns("alice") and each_sent_all_before(seen) and len(counts(seen)) >= 7,
    ),
    Step(
        "Ask with everything",
        ask_with_everything,
        asks="Without a limit: which rows will be sent with the question?",
        look_for="Without a limit all rows were returned and sent, the first one too: it says your name.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?"]
            and limits(seen)[0][0] is None
            and knew_the_name(seen)
            and not never_sent(seen)
            and len(seen.returned) == len(stored_before(seen)) >= 14
            and "Alice" in seen.returned[0].text
        ),
    ),
    Step(
        "Set a limit of 4",
        ask_with_a_limit,
        asks="With a limit of 4: what will be returned, and what becomes of the older rows?",
        look_for="get_items(limit=4) returned the newest four items. The older ones are still stored, and were not sent.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?"]
            and limits(seen)[0][0] == len(seen.returned) == 4
            and newest_alone(seen, 4)
            and not seen.removed
        ),
    ),
    Step(
        "Let the run's limit win",
        let_the_run_win,
        asks="The session says 2, the run says 6. How many items will be returned?",
        deeper=True,
        look_for="The session's own setting said 2, the run's said 6: six were returned. The run's setting wins.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's 1 + 1?"]
            and limits(seen) == [(6, "the run's limit, session_settings of its RunConfig (the session's own is 2)")]
            and len(seen.returned) == 6
        ),
    ),
    Step(
        "Let a limit cut a tool turn",
        cut_a_tool_turn,
        asks="The limit falls between a call and its output. What will the model be sent?",
        look_for="A limit counts items. It returned the tool's output without its call, and the runner left the output out: it "
        "does that only when a limit is set and there is no session_input_callback. Of that turn, the model was sent only what "
        "came after the output.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's the weather in Rome?", "run in alice: Is it warm there?"]
            and limits(seen)[1][0] == len(seen.returned)
            and without_thoughts(seen.returned_kinds) == ["tool output", "assistant"]
            and seen.sent[: len(seen.returned) - 1] == seen.returned[1:]
            and seen.sent_kinds[len(seen.returned) - 1] == "user"
        ),
    ),
    Step(
        "Keep whole turns",
        keep_whole_turns,
        asks="Can you send less without cutting a turn in two?",
        look_for="session_input_callback was given all items, and cut before a message of yours: two whole turns were sent, no "
        "call without its output. Your name was not sent. Every row is still stored.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?"]
            and len(seen.returned) == len(stored_before(seen))
            and newest_turns_sent(seen, 2)
            and seen.sent_kinds.count("tool call") == seen.sent_kinds.count("tool output")
            and not knew_the_name(seen)
            and not seen.removed
        ),
    ),
    Step(
        "Store a summary by accident",
        store_a_summary_by_accident,
        asks="A callback puts a summary in front. Will the summary become a row?",
        deeper=True,
        look_for="The callback put a summary in front, and both runs stored theirs: the runner treats what the callback adds "
        "as new input. An item that equals one of the items just read is not stored again. With a limit that hides the old "
        "one, it is.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?", "run in alice: What's 3 + 3?"]
            and kinds(seen, "added").count("system") == 2
            and all(request.items[0].kind == "system" for request in seen.requests)
        ),
    ),
    Step(
        "Summarise in a filter",
        summarise_in_a_filter,
        asks="Can a summary be sent and not stored?",
        look_for="The model wrote a summary in a separate run. call_model_input_filter then replaced what was sent: the "
        "summary, and the newest turn from your question on. None of it is stored, and your name was sent.",
        holds=lambda seen: (
            did(seen)
            == ["get_items() of alice", "run: Summarize the conversation so far", "run in alice: What's my name?"]
            and seen.sent_kinds == ["system", "user"]
            and sent_but_not_stored(seen)
            and "Alice" in seen.sent[0].text
        ),
    ),
    Step(
        "Replace old rows by the summary",
        replace_old_rows,
        asks="The old rows are replaced by a summary. What will be left if this stops half way?",
        look_for="The old rows are gone. A system row with the summary replaces them, followed by the newest turn, whole. What "
        "the summary left out is lost. If this had stopped after clear_session, everything would be lost.",
        holds=lambda seen: (
            did(seen)
            == [
                "get_items() of alice",
                "run: Summarize the conversation so far",
                "clear_session() of alice",
                f"add_items({reads(seen)[-1]}) of alice",
                "run in alice: What's my name?",
            ]
            and len(seen.removed) >= 14
            and summary_and_newest_turn(seen)
            and seen.sent_kinds[0] == "system"
        ),
    ),
    Step(
        "Have it compacted",
        have_it_compacted,
        asks="The service compacts the conversation. Which rows will be replaced, and which stay?",
        deeper=True,
        look_for="Whenever four or more items that are not your messages were stored, the session sent all items to be "
        "compacted. Your messages stay, word for word, so the next run sends your name. One item (its letter is K) "
        "replaces all others. The service is emulated. A Chat Completions model never starts this, and refuses the item K: "
        "then the code forces it.",
        holds=lambda seen: (
            unforced(did(seen)) == [*six_turns("compacted"), *["get_items() of compacted"] * 2]
            and opened(seen) == ["compacted(should_trigger_compaction=four_or_more)"]
            and "compaction" in kinds(seen, "added")
            and any("compact" in call.method for call in seen.exchanges)
            and one_item_for_all_others(seen)
        ),
        session_id="compacted",
        store="compaction_emulated",
    ),
)


LESSON = Lesson(
    entry=entry("long_conversations"),
    make_agent=make_agent,
    session_id="alice",
    walk_stores=("sqlite_file", "sqlite_custom_tables", "sqlite_memory"),
    steps=STEPS,
    learned=(
        "By default all rows are sent each time: a conversation twice as long sends about four times as many items.",
        "A limit counts items and can cut a turn in two. session_input_callback can cut before a message of yours.",
        "What a callback adds is stored. What call_model_input_filter puts in is sent and not stored.",
    ),
    script=NEXT_TO_A_FILE_SCRIPT,
    needs=(UNCHANGED,),
)
