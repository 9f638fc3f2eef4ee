"""The function of a chat turn: one run whose text is shown as it arrives."""

from collections.abc import Callable, Coroutine
from typing import Any

from agents import Agent, Runner, RunResultStreaming, Session

from lessons.kit.take_away.ask_again import times_stored, what_to_ask

Say = Callable[[str], None]
Run = Callable[..., Coroutine[Any, Any, RunResultStreaming]]


def ask(message: str) -> Run:
    """The function of a chat turn: one streamed run. It shows its text as it arrives, and keeps its usage."""

    async def run(agent: Agent, session: Session, say: Say) -> RunResultStreaming:
        result = await _say_pieces(Runner.run_streamed(agent, message, session=session), say)
        await _keep_usage(session, result)
        return result

    return run


def ask_again(message: str, *, is_stored: bool) -> Callable[..., Coroutine[Any, Any, RunResultStreaming | None]]:
    """The function of a turn that goes on after one that failed, so that the message is stored once.

    `is_stored` says whether the turn that failed has stored it, and it is still there.
    """

    async def run(agent: Agent, session: Session, say: Say) -> RunResultStreaming | None:
        before = await times_stored(session, message) - is_stored
        found = await what_to_ask(message, session, before)
        if found is None:
            return None  # the answer was stored although the turn failed
        given, config = found
        result = await _say_pieces(Runner.run_streamed(agent, given, session=session, run_config=config), say)
        await _keep_usage(session, result)
        return result

    return run


async def _keep_usage(session: Session, result: RunResultStreaming) -> None:
    # A session that wraps another one passes unknown calls on to it: the class itself must have the method.
    if hasattr(type(session), "store_run_usage"):
        keeping: Any = session
        await keeping.store_run_usage(result)  # nothing is kept without this call


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
