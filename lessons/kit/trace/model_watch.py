"""What the model is sent in one turn, seen through the agents' hooks: they get the items after every filter."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from agents import Agent, AgentHooks, ModelResponse, ModelSettings
from agents.models.interface import Model

from lessons.kit.items import Item, describe
from lessons.kit.ledger.phase import Phase
from lessons.kit.ledger.recorder import last_read_by_a_run
from lessons.kit.models.providers import redact
from lessons.kit.models.service_answer import ServiceAnswer, listen
from lessons.kit.records import DATA_LIMIT, ModelRequest, Usage
from lessons.kit.seen_text import printable
from lessons.kit.trace.trace import SHOWN_LINES

WORDS_LIMIT = 300


@dataclass(frozen=True)
class SentRequest:
    """The newest items of one model request. `read` is the order of the get_items() call of its run, if it has a session.

    `answered` are the items of the answer, and `ended_early` says why it is not whole, '' if it is.
    """

    items: list[Any]
    read: int | None
    answered: tuple[Item, ...] = ()
    ended_early: str = ""


class ModelWatch(AgentHooks):
    """Keeps what each model request of a turn was sent, by which run, and how its answer ended.

    `notice` is given the phase when a model is asked and when it has answered. `no_answer` says what came in place of an answer
    to the last request, '' if one came.
    """

    def __init__(self, notice: Callable[[Phase], object], estimated: bool) -> None:
        self.requests: list[ModelRequest] = []
        self.sent: list[SentRequest] = []
        self.no_answer = ""
        self._notice, self._estimated = notice, estimated
        self._runs: list[tuple[Any, int | None]] = []
        self._latest: dict[int, int] = {}
        self._asked: dict[int, int] = {}
        self._heard: list[Model] = []

    async def on_llm_start(self, context: Any, agent: Agent, system_prompt: str | None, input_items: list[Any]) -> None:
        self._notice(Phase.ASKING)
        newest = input_items[-SHOWN_LINES:]
        # The run may change the items afterwards, so their text is kept and not the items.
        raw = [json.dumps(item, default=str, ensure_ascii=False) for item in newest]
        # A run has one context, and asks the model with the very list that it gives here.
        self._latest[id(context)] = self._asked[id(input_items)] = len(self.requests)
        self.no_answer = ""
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
        answered = tuple(describe(item) for item in response.to_input_items())
        self.sent[asked] = replace(self.sent[asked], answered=answered)

    def hear(self, model: Model) -> None:
        """Keep also how the answers of this model end, if it asks a service."""
        if not any(known is model for known in self._heard):
            self._heard.append(model)
            listen(model, self._hear)

    def _hear(self, asked: Any, answer: ServiceAnswer) -> None:
        number = self._asked.get(id(asked))
        if number is None:
            return  # asked without a run
        early, self.no_answer = _cut(answer.ended_early), _cut(answer.is_no_answer)
        self.requests[number] = replace(self.requests[number], ended_early=early, choices=len(answer.choices))
        self.sent[number] = replace(self.sent[number], ended_early=early)

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


def watch(agent: Agent, hooks: ModelWatch, settings: ModelSettings) -> None:
    """Have `hooks` see every request of the agent and of all that it can hand off to. Changes these agents.

    `settings` give way to the agent's own.
    """
    if agent.hooks is hooks:
        return  # agents may hand off to each other
    agent.hooks, agent.model_settings = hooks, settings.resolve(agent.model_settings)
    if isinstance(agent.model, Model):
        hooks.hear(agent.model)
    for target in agent.handoffs:
        if isinstance(target, Agent):
            watch(target, hooks, settings)
        else:
            target.on_invoke_handoff = _watching(target.on_invoke_handoff, hooks, settings)


def _watching(
    invoke: Callable[..., Awaitable[Agent]], hooks: ModelWatch, settings: ModelSettings
) -> Callable[..., Any]:
    async def invoke_and_watch(context: Any, arguments: str) -> Agent:
        agent = await invoke(context, arguments)
        watch(agent, hooks, settings)
        return agent

    return invoke_and_watch


def _cut(words: str) -> str:
    """Words that repeat a part of an answer, without secrets."""
    words = printable(redact(words))
    return words if len(words) <= WORDS_LIMIT else f"{words[:WORDS_LIMIT]}…"
