"""What the Compare page does: the same turn on several stores at once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.models.providers import Provider
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.planned_turn import PlannedTurn
from lessons.kit.turns.running_work import RunningTurn
from lessons.kit.visitors.workspace import open_workspace

if TYPE_CHECKING:
    from agents import Agent, Session

SESSION_ID = "compare"
AGENT_OF = "memory_operations"
"""The lesson whose agent answers: it has a tool, so one question can become four rows."""

FIRST_CHOICE = ("sqlite_file", "json_files", "sqlalchemy_sqlite", "encrypted_sqlite_file", "redis_fake")


def open_desks(visitor: str, stores: Iterable[str]) -> dict[str, Desk]:
    """A desk for each store, so that their turns do not wait for each other. Raises what open_desk raises."""
    return {name: open_desk(visitor, f"compare-{name}") for name in stores}


def titles(visitor: str) -> dict[str, str]:
    """The session class and the label of each kind of store, as "SQLiteSession: …", by its name."""
    folder = open_workspace(visitor).folder  # opening a store on it connects to nothing and makes no file
    opened = {name: kind.open(folder) for name, kind in usable_kinds().items()}
    # The class says already that it encrypts.
    return {name: f"{store.session_type}: {store.label.removesuffix(', encrypted')}" for name, store in opened.items()}


def start_on_all(desks: Mapping[str, Desk], message: str, provider: Provider) -> list[RunningTurn]:
    """Send the message to the session of every store, at the same time. Raises Refused."""
    walk.check_message(message)
    make_agent, run = load_lesson(AGENT_OF).make_agent, _ask_and_read_back(message)
    turns: list[RunningTurn] = []
    for name, desk in desks.items():
        try:
            turns.append(
                desk.start(PlannedTurn("Compare", run, SESSION_ID, name, provider, make_agent, message=message))
            )
        except Refused as refused:
            if not turns:
                raise
            kept = f"The message was sent on {len(turns)} of {len(desks)} stores, and not on the others."
            raise Refused(replace(refused.problem, kept=kept)) from refused
    return turns


def _ask_and_read_back(message: str) -> Callable[..., Any]:
    """One run, then all items of the session: what a store returns is compared, and not what it was given."""
    from lessons.kit.turns.chat_run import ask

    run = ask(message)

    async def ask_and_read_back(agent: "Agent", session: "Session", say: Callable[[str], None]) -> Any:
        result = await run(agent, session, say)
        await session.get_items()
        return result

    return ask_and_read_back


def running_turns(desks: Mapping[str, Desk]) -> dict[str, RunningTurn]:
    """The turns that are not done, each by the name of its store."""
    found = {name: [work for work in desk.running() if isinstance(work, RunningTurn)] for name, desk in desks.items()}
    return {name: turns[0] for name, turns in found.items() if turns}


def start_over(visitor: str) -> None:
    """Delete all that was compared, on every store that can be reached. Then raises Refused if a store cannot be reached."""
    refused = None
    for desk in open_desks(visitor, usable_kinds()).values():
        try:
            desk.reset()
        except Refused as one:
            refused = refused or one
    if refused is not None:
        raise refused
