"""What the model is sent in one turn, seen through the agents' hooks: they get the items after every filter."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from agents import Agent, AgentHooks, ModelResponse, ModelSettings

from lessons.kit.items import describe
from lessons.kit.ledger.phase import Phase
from lessons.kit.ledger.recorder import last_read_by_a_run
from lessons.kit.records import DATA_LIMIT, ModelRequest, Usage
from lessons.kit.seen_text import printable
from lessons.kit.trace.trace import SHOWN_LINES


@dataclass(frozen=True)
class SentRequest:
    """The newest items of one model request. `read` is the order of the get_items() call of its run, if it has a session."""

    items: list[Any]
    read: int | None


class ModelWatch(AgentHooks):
    """Keeps what each model request of a turn was sent, and by which run.

    `notice` is given the phase when a model is asked and when it has answered.
    """

    def __init__(self, notice: Callable[[Phase], object], estimated: bool) -> None:
        self.requests: list[ModelRequest] = []
        self.sent: list[SentRequest] = []
        self._notice, self._estimated = notice, estimated
        self._runs: list[tuple[Any, int | None]] = []
        self._latest: dict[int, int] = {}

    async def on_llm_start(self, context: Any, agent: Agent, system_prompt: str | None, input_items: list[Any]) -> None:
        self._notice(Phase.ASKING)
        newest = input_items[-SHOWN_LINES:]
        # The run may change the items afterwards, so their text is kept and not the items.
        raw = [json.dumps(item, default=str, ensure_ascii=False) for item in newest]
        self._latest[id(context)] = len(self.requests)
        self.sent.append(SentRequest([json.loads(text) for text in raw], self._read_of(context)))
        self.requests.append(
            ModelRequest(
                agent=agent.name,
                instructions=system_prompt or "",
                items=tuple(describe(item) for item in newest),
                raw=tuple(printable(text[:DATA_LIMIT]) for text in raw),
                count=len(input_items),
            )
        )

    async def on_llm_end(self, context: Any, agent: Agent, response: ModelResponse) -> None:
        self._notice(Phase.ANSWERED)
        usage = Usage(response.usage.input_tokens, response.usage.output_tokens, self._estimated)
        asked = self._latest[id(context)]  # several runs of one turn may be running
        self.requests[asked] = replace(self.requests[asked], usage=usage)

    def _read_of(self, context: Any) -> int | None:
        """The read of the run that `context` belongs to: every run has one context, and reads its session once."""
        for known, read in self._runs:
            if known is context:
                return read
        read = last_read_by_a_run()
        if read in [taken for _, taken in self._runs]:
            read = None  # it was an earlier run's: this one has no session
        self._runs.append((context, read))
        return read


def watch(agent: Agent, hooks: AgentHooks, settings: ModelSettings) -> None:
    """Have `hooks` see every request of the agent and of all that it can hand off to. Changes these agents.

    `settings` give way to the agent's own.
    """
    if agent.hooks is hooks:
        return  # agents may hand off to each other
    agent.hooks, agent.model_settings = hooks, settings.resolve(agent.model_settings)
    for target in agent.handoffs:
        if isinstance(target, Agent):
            watch(target, hooks, settings)
        else:
            target.on_invoke_handoff = _watching(target.on_invoke_handoff, hooks, settings)


def _watching(
    invoke: Callable[..., Awaitable[Agent]], hooks: AgentHooks, settings: ModelSettings
) -> Callable[..., Any]:
    async def invoke_and_watch(context: Any, arguments: str) -> Agent:
        agent = await invoke(context, arguments)
        watch(agent, hooks, settings)
        return agent

    return invoke_and_watch
