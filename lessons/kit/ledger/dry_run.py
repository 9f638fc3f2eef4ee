"""What the next run would send, as a ledger: nothing is stored and no model is asked."""

import dataclasses
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

from agents import Agent, OpenAIConversationsSession, RunConfig, RunHooks, Runner, SessionSettings
from agents.models import get_default_model
from agents.models.interface import Model

from lessons.kit.ledger.ledger import Ledger
from lessons.kit.ledger.observation import Observation
from lessons.kit.ledger.row_sources import source_of
from lessons.kit.ledger.rows import NEWEST_ROWS
from lessons.kit.ledger.watching.context import seen_only_by
from lessons.kit.ledger.watching.events import LookedAt
from lessons.kit.ledger.watching.session_calls import Known
from lessons.kit.stores.sdk_private import conversation


class _NoModel(Model):
    """Stands for the model of a run that never asks it."""

    async def get_response(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("next_run asks no model")

    def stream_response(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        raise AssertionError("next_run asks no model")


class _StopBeforeTheModel(RunHooks[Any]):
    async def on_llm_start(self, *args: Any, **kwargs: Any) -> None:
        raise LookedAt


@cache
def _assistant(default_model: str) -> "Agent[Any]":
    """The agent for a caller who gives none, with the settings of the default model. Making it takes a tenth of a dry run."""
    return Agent("Assistant", model=_NoModel(), model_settings=Agent("Assistant").model_settings)


async def next_run(
    session: Any,
    message: Any,
    *,
    agent: "Agent[Any] | None" = None,
    run_config: RunConfig | None = None,
    limit: int | None = None,
    rows_limit: int = NEWEST_ROWS,
    known: Known | None = None,
    has_tables: bool = False,
) -> Ledger:
    """The ledger of the run that `Runner.run(agent, message, session=session, run_config=run_config)` would begin with.

    The real Runner does the run, streamed: a streamed run stores nothing before it asks the model, and this one ends there. It
    runs an agent with the same name and model settings, without tools, guardrails, hooks and instructions. So of the
    caller's code, only the session, the callback and the filter run.
    `limit` is set as the limit of the run, in place of the one in `run_config`. The ledger knows the newest `rows_limit` rows.
    `known` says where the rows are, if the caller knows more than the session tells. With `has_tables`, nobody asks the storage
    whether it has the tables of the session yet. Raises what the session, the callback or the filter raises.
    """
    config = _bare_config(run_config or RunConfig(), limit)
    bare = _assistant(get_default_model())
    if agent is not None:
        bare = Agent(name=agent.name, model=_NoModel(), model_settings=agent.model_settings)
    looked_at = _empty(session) if not has_tables and await _is_unborn(session) else session
    observation = Observation([looked_at], is_private=True, rows_limit=rows_limit)
    if known is not None and looked_at is session:
        observation.watch(session, known)
    observation.begin()
    try:
        with seen_only_by(observation):
            hooks = _StopBeforeTheModel()
            result = Runner.run_streamed(bare, message, session=looked_at, run_config=config, hooks=hooks)
            try:
                async for _ in result.stream_events():
                    pass
            except LookedAt:
                pass
    finally:
        observation.end()
    return observation.ledger


def _bare_config(config: RunConfig, limit: int | None) -> RunConfig:
    # One copy, since each is checked field by field.
    more: dict[str, Any] = {"session_settings": SessionSettings(limit=limit)} if limit is not None else {}
    return dataclasses.replace(
        config, model=_NoModel(), input_guardrails=None, output_guardrails=None, tracing_disabled=True, **more
    )


async def _is_unborn(session: Any) -> bool:
    """Whether a read of the session would create a conversation at the service, or tables. Then it has no history yet."""
    while hasattr(session, "underlying_session"):
        session = session.underlying_session
    if isinstance(session, OpenAIConversationsSession):
        return conversation(session) is None
    makes_tables = type(session).__name__ in ("AsyncSQLiteSession", "SQLAlchemySession")
    source = source_of(session) if makes_tables else None
    if source is None:
        return False
    try:
        return not await source.exists()
    finally:
        source.close()


def _empty(session: Any) -> Any:
    """A session of the same class without items, which touches no storage."""

    async def get_items(self: Any, limit: int | None = None) -> list[Any]:
        return []

    empty: Any = object.__new__(type("Unborn", (type(session),), {"get_items": get_items, "touches_no_storage": True}))
    empty.__dict__.update(session.__dict__)
    return empty
