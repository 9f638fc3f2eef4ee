"""The functions of chat turns: each makes one run, whose text is shown as it arrives."""

from collections.abc import Callable, Coroutine
from typing import Any

from agents import Agent, Runner, RunResultStreaming, Session

from lessons.kit.copyable.ask_again import times_stored, what_to_ask

Say = Callable[[str], None]
Run = Callable[..., Coroutine[Any, Any, RunResultStreaming]]


def ask(message: str) -> Run:
    """The function of a chat turn: one streamed run. It passes text to `say`, and stores the usage if the session class can."""

    async def run(agent: Agent, session: Session, say: Say) -> RunResultStreaming:
        result = await _say_pieces(Runner.run_streamed(agent, message, session=session), say)
        await _keep_usage(session, result)
        return result

    return run


def ask_again(message: str, *, is_stored: bool) -> Callable[..., Coroutine[Any, Any, RunResultStreaming | None]]:
    """The function of a turn that repeats a failed one without storing the message twice.

    `is_stored`: the failed turn stored the message, and it is still stored. The function returns None if the answer is stored
    already.
    """

    async def run(agent: Agent, session: Session, say: Say) -> RunResultStreaming | None:
        before = await times_stored(session, message) - is_stored
        found = await what_to_ask(message, session, before)
        if found is None:
            return None  # the answer was stored although that turn failed
        given, config = found
        result = await _say_pieces(Runner.run_streamed(agent, given, session=session, run_config=config), say)
        await _keep_usage(session, result)
        return result

    return run


async def _keep_usage(session: Session, result: RunResultStreaming) -> None:
    # A wrapping session passes unknown calls on to the session inside, so check that the class itself has the method.
    if hasattr(type(session), "store_run_usage"):
        keeping: Any = session
        await keeping.store_run_usage(result)  # the SDK does not store usage without this call


def ask_without_session(message: str) -> Run:
    """The same run without a session: it reads and stores nothing."""

    async def run(agent: Agent, say: Say) -> RunResultStreaming:
        return await _say_pieces(Runner.run_streamed(agent, message), say)

    return run


async def _say_pieces(result: RunResultStreaming, say: Say) -> RunResultStreaming:
    async for event in result.stream_events():
        # The client accepts any JSON as an event. An error here would leave the run running, and it would store a reply later.
        data: Any = event.data if event.type == "raw_response_event" else None
        if getattr(data, "type", None) == "response.output_text.delta":
            say(str(data.delta))
    return result
