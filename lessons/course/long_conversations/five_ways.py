"""One conversation of forty turns, held in five ways: what each sends, stores and forgets. All of it is measured as it runs."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agents import Agent, RunConfig, RunHooks, Runner, SessionSettings
from agents.run import CallModelData, ModelInputData

from lessons.course.long_conversations.lesson import last_two_turns, make_agent, summary_of
from lessons.kit.analytics.ways_measured import TURNS, Outcome, outcomes_file
from lessons.kit.background import background, in_thread
from lessons.kit.items import describe
from lessons.kit.models.offline.model import OfflineModel

SECRET = "Alice"
QUESTIONS = (
    "What city is the Golden Gate Bridge in?",
    "What state is it in?",
    "What's the weather in Oslo?",
    "What's 12 + 30?",
    "I love hiking in Colorado",
    "Tell me about Python",
    "What's the weather in Lima?",
    "I want to visit Japan next month",
)


def messages() -> Iterator[str]:
    """What is said in the forty turns: the first says the name, and the last asks for it."""
    yield f"My name is {SECRET}"
    for number in range(TURNS - 2):
        yield QUESTIONS[number % len(QUESTIONS)]
    yield "What's my name?"


async def with_no_limit(agent, session, message, notes, hooks):
    return await Runner.run(agent, message, session=session, hooks=hooks)


async def with_a_limit(agent, session, message, notes, hooks):
    eight = RunConfig(session_settings=SessionSettings(limit=8))
    return await Runner.run(agent, message, session=session, hooks=hooks, run_config=eight)


async def with_a_callback(agent, session, message, notes, hooks):
    trimmed = RunConfig(session_input_callback=last_two_turns)
    return await Runner.run(agent, message, session=session, hooks=hooks, run_config=trimmed)


async def with_a_running_summary(agent, session, message, notes, hooks):
    items = await session.get_items()
    covered = notes.get("covered", 0)
    if len(items) - covered >= 12:
        known = [{"role": "system", "content": notes["summary"]}] if covered else []
        notes["summary"] = await summary_of(agent, known + items[covered:], hooks)
        notes["covered"] = covered = len(items)

    def shorten(data: CallModelData) -> ModelInputData:
        note = [{"role": "system", "content": notes["summary"]}] if covered else []
        newer = data.model_data.input[covered:]
        return ModelInputData(input=note + newer, instructions=data.model_data.instructions)

    filtered = RunConfig(call_model_input_filter=shorten)
    return await Runner.run(agent, message, session=session, hooks=hooks, run_config=filtered)


async def with_compaction(agent, session, message, notes, hooks):
    # The session compacts by itself: nothing is different here.
    return await Runner.run(agent, message, session=session, hooks=hooks)


@dataclass(frozen=True)
class Way:
    """One way to hold the conversation: `run` does one turn, on a session of a store of the kind `store`."""

    name: str
    run: Callable[..., Any]
    store: str = "sqlite_file"

    @property
    def session_id(self) -> str:
        return f"forty_turns: {self.name.lower()}"


WAYS = (
    Way("No limit", with_no_limit),
    Way("Limit of 8", with_a_limit),
    Way("Callback: two turns", with_a_callback),
    Way("Filter with a summary", with_a_running_summary),
    Way("Compaction", with_compaction, "compaction_emulated"),
)


@dataclass
class Watch(RunHooks):
    """Counts what each request of one way is sent."""

    tokens: int = 0
    requests: int = 0
    items: list[Any] = field(default_factory=list)

    async def on_llm_start(self, context: Any, agent: Agent, system_prompt: str | None, input_items: list[Any]) -> None:
        self.items = list(input_items)

    async def on_llm_end(self, context: Any, agent: Agent, response: Any) -> None:
        self.requests += 1
        self.tokens += response.usage.input_tokens


async def hold(
    way: Way,
    agent: Agent,
    session: Any,
    said: Callable[[int], None] = lambda turn: None,
    stop: Callable[[], bool] = bool,
) -> Outcome | None:
    """Hold the conversation in one way on an empty session, telling `said` of each turn. None when `stop` says so."""
    watch, notes, tokens, items = Watch(), {}, [], []
    reply = ""
    for turn, message in enumerate(messages(), start=1):
        if stop():
            return None
        before = watch.tokens
        result = await way.run(agent, session, message, notes, watch)
        # The run's usage has its compaction too, which no hook sees; the hooks saw the run of a summary too.
        tokens.append(max(watch.tokens - before, result.context_wrapper.usage.input_tokens))
        items.append(len(watch.items))
        reply = str(result.final_output)
        said(turn)
    stored = await session.get_items()
    return Outcome(
        way.name,
        way.session_id,
        way.store,
        tuple(tokens),
        tuple(items),
        watch.requests,
        dict(Counter(describe(item).kind for item in stored)),
        sum(len(json.dumps(item)) for item in stored),
        reply,
        any(SECRET in describe(item).text for item in watch.items),
    )


def hold_all(
    desk_store: Callable[[str], Any],
    folder: Path,
    told: Callable[[float, str], None] = lambda share, words: None,
    stop: Callable[[], bool] = bool,
) -> None:
    """Hold the conversation in every way, one after the other, and keep the outcomes in `folder`. Blocks.

    The offline model answers, whatever provider is set: some 230 requests of a hosted one would cost money. `desk_store` gives
    the store of a kind; the sessions of the ways are cleared first. A stop leaves nothing of the way that was under way.
    """
    outcomes_file(folder).unlink(missing_ok=True)
    outcomes: list[Outcome] = []
    for number, way in enumerate(WAYS):

        def said(turn: int, number: int = number, way: Way = way) -> None:
            told((number + turn / TURNS) / len(WAYS), f"{way.name}: turn {turn} of {TURNS}")

        outcome = background().run(_hold_one(desk_store(way.store), way, said, stop), timeout=None)
        if outcome is None:
            return
        outcomes.append(outcome)
        part = outcomes_file(folder).with_suffix(".part")
        part.write_text(json.dumps([asdict(one) for one in outcomes]), encoding="utf-8")
        part.replace(outcomes_file(folder))


async def _hold_one(store: Any, way: Way, said: Callable[[int], None], stop: Callable[[], bool]) -> Outcome | None:
    session = await in_thread(lambda: store.open_session(way.session_id))
    await session.clear_session()
    outcome = await hold(way, make_agent(OfflineModel(seconds_per_word=0)), session, said, stop)
    if outcome is None:
        await session.clear_session()
    return outcome
