"""A session of 500 turns with four branches and tools, made by real runs of the SDK, for charts and trees to show.

The offline model answers, whatever provider is set: 500 turns with a hosted model would cost money. Nothing is random, so two
data sets have the same items, except for the ids that the SDK and the model give out.
"""

import asyncio
import threading
from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from lessons.kit.analytics.branches import read_used_names
from lessons.kit.background import background
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.sqlite.advanced_store import MAIN, AdvancedSQLiteStore
from lessons.kit.turns.running_work import LongWork
from lessons.kit.visitors.storage_limits import check_room
from lessons.kit.visitors.workspace import Workspace

if TYPE_CHECKING:
    from agents import Agent

SESSION_ID = "dataset_500"
TURNS = 500
ROOM_CHECKED_EVERY = 25
"""Turns between two checks of the size of the visitor's folder."""

CITIES = ("Oslo", "Rome", "Lima", "Kyoto", "Cairo", "Quito", "Perth", "Delhi")


@dataclass(frozen=True)
class Part:
    """Some turns on one branch: the fraction `share` of all turns.

    A new branch is made from the branch `begins_on`, and includes the fraction `at` of its turns.
    """

    branch: str
    share: float
    begins_on: str = ""
    at: float = 0


PARTS = (
    Part("main", 0.24),
    Part("by_train", 0.24, "main", 0.5),
    Part("by_ferry", 0.24, "by_train", 0.6),
    Part("stay_home", 0.24, "main", 0.2),
    Part("main", 0.04),
)


@dataclass(frozen=True)
class Stretch:
    """`turns` turns to run on `branch`, from turn number `first`.

    A new branch is made from `begins_on`; '' if it is not new.
    """

    branch: str
    turns: int
    first: int
    begins_on: str


def plan(turns: int) -> tuple[Stretch, ...]:
    """The stretches to run, for `turns` turns in all."""
    length: dict[str, int] = {}
    stretches: list[Stretch] = []
    for part in PARTS:
        runs = turns - sum(one.turns for one in stretches) if part is PARTS[-1] else round(turns * part.share)
        if part.begins_on:
            length[part.branch] = max(1, round(length[part.begins_on] * part.at))
        known = length.get(part.branch, 0)
        stretches.append(Stretch(part.branch, runs, known + 1, part.begins_on))
        length[part.branch] = known + runs
    return tuple(stretches)


def question(number: int, start: int) -> str:
    """The message of turn `number`. Half of the messages ask for a tool call, and a third of these for two calls.

    With another `start`, a branch speaks of other cities.
    """
    city, other = CITIES[(number + start) % len(CITIES)], CITIES[(number + start + 3) % len(CITIES)]
    match number % 6:
        case 0:
            return f"What's the weather in {city}?"
        case 1:
            return f"What's {number} + {start + 2}?"
        case 2:
            return f"I love the museums in {city}"
        case 3:
            return f"What's the weather in {city} and {other}?"
        case 4:
            return f"How many kilometres is it by train to {city}?"
        case _:
            return f"My hotel in {city} is near the station."


def make_agent() -> "Agent":
    """The agent of the data set: two tools, and the offline model, which answers at once."""
    from agents import Agent, function_tool

    from lessons.kit.models.offline.model import OfflineModel

    @function_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"{city}: {len(city) * 3} °C and {'rain' if len(city) % 2 else 'sun'}"

    @function_tool
    def get_distance(city: str) -> str:
        """How many kilometres it is by train to a city."""
        return f"{city}: {len(city) * 117} km"

    instructions = "You plan a journey. Use the tools. Reply in one short sentence."
    return Agent(name="Planner", instructions=instructions, model=OfflineModel(), tools=[get_weather, get_distance])


def generate(
    store: AdvancedSQLiteStore, workspace: Workspace, work: LongWork, stop: threading.Event, turns: int = TURNS
) -> None:
    """Run `turns` turns in SESSION_ID and tell `work` of each, until all are done or `stop` is set. Blocks.

    The session is cleared first. It can be stopped only between two turns: what is stored then is whole. Raises Refused if the
    visitor's folder is full, and any error of the SDK.
    """
    agent = make_agent()  # in the caller's thread: importing the SDK would block the loop
    background().run(_generate(store, workspace, work, stop, turns, agent), timeout=None)


async def _generate(
    store: AdvancedSQLiteStore, workspace: Workspace, work: LongWork, stop: threading.Event, turns: int, agent: "Agent"
) -> None:
    from agents import Runner

    session: Any = store.open_session(SESSION_ID)
    await session.clear_session()
    used = await asyncio.to_thread(_used_names, store)
    names = {part.branch: _free_name(part.branch, used) for part in PARTS}
    done = 0
    for start, stretch in enumerate(plan(turns)):
        if stretch.begins_on:
            await session.switch_to_branch(names[stretch.begins_on])
            await session.create_branch_from_turn(stretch.first, names[stretch.branch])
        elif done:
            await session.switch_to_branch(names[stretch.branch])
        for number in range(stretch.first, stretch.first + stretch.turns):
            if stop.is_set():
                break
            if done % ROOM_CHECKED_EVERY == 0:
                await asyncio.to_thread(check_room, workspace)
            result = await Runner.run(agent, question(number, start), session=session)
            await session.store_run_usage(result)
            done += 1
            work.advance(done / turns, f"{done} of {turns} turns")
        if stop.is_set():
            break
    if done:
        await session.switch_to_branch(MAIN)


def _used_names(store: AdvancedSQLiteStore) -> Collection[str]:
    return store.look(("names", SESSION_ID), lambda reader: read_used_names(reader, SESSION_ID), frozenset[str]())


def _free_name(branch: str, used: Collection[str]) -> str:
    """The name, or the first free one with a number: the SDK never frees the name of a branch."""
    names = chain([branch], (f"{branch}_{number}" for number in count(2)))
    return branch if branch == MAIN else next(name for name in names if name not in used)


def check_store(store: Any) -> AdvancedSQLiteStore:
    """Raises Refused for a store that keeps no branches."""
    if isinstance(store, AdvancedSQLiteStore):
        return store
    raise Refused(
        Problem(
            f"{store.session_type} keeps no branches and no usage.",
            "Nothing was stored.",
            "Choose the store With branches next to the message box.",
        )
    )
