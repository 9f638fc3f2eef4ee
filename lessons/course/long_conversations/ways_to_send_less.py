"""Five ways to run a long conversation: all of it is sent, or less. The page shows their code, and measures them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agents import RunConfig, Runner, SessionSettings
from agents.run import CallModelData, ModelInputData

from lessons.course.long_conversations.lesson import last_two_turns, summary_of


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
    # The session compacts itself: the code is the same.
    return await Runner.run(agent, message, session=session, hooks=hooks)


@dataclass(frozen=True)
class Way:
    """One way: `run` does one turn, on a session of a store of the kind `store`."""

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
