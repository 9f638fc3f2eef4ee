"""The function of a chat turn: one run whose text is shown as it arrives."""

from collections.abc import Callable, Coroutine
from typing import Any

from agents import Agent, Runner, RunResultStreaming, Session

Say = Callable[[str], None]
Run = Callable[..., Coroutine[Any, Any, RunResultStreaming]]


def ask(message: str) -> Run:
    """The function of a chat turn: one streamed run. It shows its text as it arrives, and keeps its usage."""

    async def run(agent: Agent, session: Session, say: Say) -> RunResultStreaming:
        result = await _say_pieces(Runner.run_streamed(agent, message, session=session), say)
        # A session that wraps another one passes unknown calls on to it: the class itself must have the method.
        if hasattr(type(session), "store_run_usage"):
            keeping: Any = session
            await keeping.store_run_usage(result)  # nothing is kept without this call
        return result

    return run


def ask_without_session(message: str) -> Run:
    """The same run with no session: nothing is read and nothing is stored."""

    async def run(agent: Agent, say: Say) -> RunResultStreaming:
        return await _say_pieces(Runner.run_streamed(agent, message), say)

    return run


async def _say_pieces(result: RunResultStreaming, say: Say) -> RunResultStreaming:
    async for event in result.stream_events():
        # The client takes any JSON for an event. An error raised here would leave the run at work, to store a reply later.
        data: Any = event.data if event.type == "raw_response_event" else None
        if getattr(data, "type", None) == "response.output_text.delta":
            say(str(data.delta))
    return result
