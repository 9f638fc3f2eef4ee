"""Runs one conversation of forty turns in each of the five ways, and measures what each one sends, stores and forgets."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agents import Agent, RunHooks

from lessons.course.long_conversations.lesson import make_agent
from lessons.course.long_conversations.ways_to_send_less import WAYS, Way
from lessons.kit.analytics.measured_ways import TURNS, MeasuredWay, measured_ways_file
from lessons.kit.background import background, in_thread
from lessons.kit.files import write_file
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


@dataclass
class RequestCounter(RunHooks):
    """Counts the requests of one way and their input tokens, and keeps the items of the last request."""

    tokens: int = 0
    requests: int = 0
    items: list[Any] = field(default_factory=list)

    async def on_llm_start(self, context: Any, agent: Agent, system_prompt: str | None, input_items: list[Any]) -> None:
        self.items = list(input_items)

    async def on_llm_end(self, context: Any, agent: Agent, response: Any) -> None:
        self.requests += 1
        self.tokens += response.usage.input_tokens


def run_all_ways(
    open_store: Callable[[str], Any],
    folder: Path,
    progress: Callable[[float, str], None] = lambda share, words: None,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Run the conversation in every way, one after the other, and keep what was measured in `folder`. Blocks.

    The offline model answers, whatever provider is set: about 250 requests to a hosted one would cost money. `open_store` gives
    the store of a kind; the sessions of the ways are cleared first. `progress` is told the share that is done, 0 to 1, and
    what that is in words. A stop leaves nothing of the way that was running.
    """
    file = measured_ways_file(folder)
    file.unlink(missing_ok=True)
    measured: list[MeasuredWay] = []
    for number, way in enumerate(WAYS):

        def turn_done(turn: int, number: int = number, way: Way = way) -> None:
            progress((number + turn / TURNS) / len(WAYS), f"{way.name}: turn {turn} of {TURNS}")

        one = background().run(_run_way(open_store(way.store), way, turn_done, stopped), timeout=None)
        if one is None:
            return
        measured.append(one)
        write_file(file, json.dumps([asdict(one) for one in measured]).encode())


async def _run_way(
    store: Any, way: Way, turn_done: Callable[[int], None], stopped: Callable[[], bool]
) -> MeasuredWay | None:
    """Run the conversation in one way, in a session that is cleared first. After a stop it is empty, and the result is None."""
    session = await in_thread(lambda: store.open_session(way.session_id))
    await session.clear_session()
    measured = await _run_turns(way, session, turn_done, stopped)
    if measured is None:
        await session.clear_session()
    return measured


async def _run_turns(
    way: Way, session: Any, turn_done: Callable[[int], None], stopped: Callable[[], bool]
) -> MeasuredWay | None:
    agent, counter = make_agent(OfflineModel(seconds_per_word=0)), RequestCounter()
    notes: dict[str, Any] = {}
    tokens: list[int] = []
    items: list[int] = []
    reply = ""
    for turn, message in enumerate(messages(), start=1):
        if stopped():
            return None
        before = counter.tokens
        result = await way.run(agent, session, message, notes, counter)
        # A compaction is in the usage of the run, and no hook sees it. A summary is a run with the same hooks.
        tokens.append(max(counter.tokens - before, result.context_wrapper.usage.input_tokens))
        items.append(len(counter.items))
        reply = str(result.final_output)
        turn_done(turn)
    stored = await session.get_items()
    return MeasuredWay(
        way.name,
        way.session_id,
        way.store,
        tuple(tokens),
        tuple(items),
        counter.requests,
        dict(Counter(describe(item).kind for item in stored)),
        sum(len(json.dumps(item)) for item in stored),
        reply,
        any(SECRET in describe(item).text for item in counter.items),
    )
