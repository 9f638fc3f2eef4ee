"""Asks a question again after its run has failed, so that it is stored once, whatever was stored before the failure."""

from dataclasses import replace
from typing import Any

from agents import (
    Agent,
    InputGuardrailTripwireTriggered,
    OutputGuardrailTripwireTriggered,
    RunConfig,
    Runner,
    Session,
    SessionSettings,
    UserError,
)

ALL_ITEMS = 1_000_000_000
"""As a limit: get_items() without one would use the session's own limit."""


async def ask_until_answered(
    agent: Agent[Any], question: str, session: Session, attempts: int = 3, **options: Any
) -> Any:
    """Runner.run, and again if it fails. `options` are those of Runner.run.

    Returns the result, or None if an attempt before the last failed after its answer was stored. Raises the last error. Raises
    a UserError and the error of a guardrail at once: a blocked question must not be asked again (see `take_back`).
    """
    before = await times_stored(session, question)
    for attempt in range(1, attempts + 1):
        try:
            if attempt == 1:
                return await Runner.run(agent, question, session=session, **options)
            return await ask_again(agent, question, session, before, **options)
        except (InputGuardrailTripwireTriggered, OutputGuardrailTripwireTriggered, UserError):
            raise
        except Exception:
            if attempt == attempts:
                raise
    return None


async def ask_again(
    agent: Agent[Any],
    question: str,
    session: Session,
    before: int,
    run_config: RunConfig | None = None,
    **options: Any,
) -> Any:
    """Go on with the turn of a question whose run has failed. `before` is `times_stored` as it was before that run.

    If the question is not stored, it is asked. If it is stored, the run goes on from what is stored, so that no tool that has
    answered is called again. If it is answered, nothing is asked, and None is returned. Raises ValueError if another question
    was stored after it.
    """
    found = await what_to_ask(question, session, before, run_config)
    if found is None:
        return None
    given, config = found
    return await Runner.run(agent, given, session=session, run_config=config, **options)


async def what_to_ask(
    question: str, session: Session, before: int, run_config: RunConfig | None = None
) -> tuple[Any, RunConfig | None] | None:
    """The input and configuration of the run that goes on, also for Runner.run_streamed; None if it is answered."""
    if await times_stored(session, question) <= before:
        return question, run_config
    turn = await newest_turn(session, question)
    if is_answered(turn):
        return None
    # With no new input, the runner and the guardrails of the agent take the question from what the session returns.
    return [], with_turn(run_config or RunConfig(), session, len(turn))


async def take_back(session: Session, question: str) -> list[Any]:
    """Remove the newest turn, if it is that of the question: a question that a guardrail has blocked is sent again
    by later runs. Returns the items, the newest first. Raises ValueError if another question was stored after it.
    """
    taken = []
    for item in reversed(await newest_turn(session, question)):
        popped = await session.pop_item()
        if popped != item:
            if popped is not None:
                await session.add_items([popped])
            raise ValueError("something was stored in this session at the same time")
        taken.append(popped)
    return taken


async def times_stored(session: Session, question: str) -> int:
    """How often the question is stored in the session."""
    items = await session.get_items(limit=ALL_ITEMS)
    return sum(asks(item, question) for item in items)


async def newest_turn(session: Session, question: str) -> list[Any]:
    """The items from the question on, if no other question follows it. Raises ValueError if one does, or it is not stored."""
    items = list(await session.get_items(limit=ALL_ITEMS))
    asked = [at for at, item in enumerate(items) if isinstance(item, dict) and item.get("role") == "user"]
    if not asked or not asks(items[asked[-1]], question):
        raise ValueError("the question is not the newest one that is stored in this session")
    return items[asked[-1] :]


def asks(item: Any, question: str) -> bool:
    """Whether an item is the question. A service may store its text as a list of parts."""
    if not isinstance(item, dict) or item.get("role") != "user":
        return False
    content = item.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content == question


def is_answered(turn: list[Any]) -> bool:
    """Whether the last item of a turn is a message of the assistant."""
    return isinstance(turn[-1], dict) and turn[-1].get("role") == "assistant"


def with_turn(config: RunConfig, session: Session, count: int) -> RunConfig:
    """The same limit of history as before, and room for the items of the turn, which were not history when it began."""
    settings = config.session_settings or getattr(session, "session_settings", None)
    limit = settings.get("limit") if isinstance(settings, dict) else getattr(settings, "limit", None)
    if limit is None:
        return config
    return replace(config, session_settings=SessionSettings(limit=limit + count))
