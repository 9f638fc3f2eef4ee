"""Prepares the agents of a turn: gives them the settings of the provider, and notes how the service ends each answer."""

from collections.abc import Awaitable, Callable
from typing import Any

from agents import Agent, ModelSettings
from agents.models.interface import Model

from lessons.kit.ledger.observation import Observation
from lessons.kit.ledger.watching.events import EndedEarly, Sending
from lessons.kit.models.providers import redact
from lessons.kit.models.service_answer import ServiceAnswer, listen
from lessons.kit.seen_text import printable

WORDS_LIMIT = 300


class HeardAnswers:
    """What a service says about its answers, by the number of the request. `choices` has the number of choices of an answer."""

    def __init__(self, observation: Observation) -> None:
        self.ended_early: dict[int, str] = {}
        self.choices: dict[int, int] = {}
        self._no_answer: dict[int, str] = {}
        self._observation = observation
        self._models: list[Model] = []

    @property
    def no_answer(self) -> str:
        """In words, what came in place of an answer to the last request, '' if an answer came."""
        return self._no_answer.get(max(self._asked.values(), default=0), "")

    @property
    def _asked(self) -> dict[int, int]:
        return {id(one.given): one.number for one in self._observation.events if isinstance(one, Sending)}

    def hear(self, model: Model) -> None:
        """Note from now on how the answers of this model end, if it asks a service. Changes the model."""
        if not any(known is model for known in self._models):
            self._models.append(model)
            listen(model, self._hear)

    def _hear(self, asked: Any, answer: ServiceAnswer) -> None:
        number = self._asked.get(id(asked))
        if number is None:
            return  # not asked by a watched run
        early = _cut(answer.ended_early)
        self.ended_early[number], self._no_answer[number] = early, _cut(answer.why_not_an_answer)
        self.choices[number] = len(answer.choices)
        if early:
            self._observation.note(EndedEarly(number, early))


def prepare(agent: Agent, heard: HeardAnswers, settings: ModelSettings) -> None:
    """Give these settings to the agent and to all agents of its handoffs, where they have none. Changes the agents."""
    _prepare(agent, heard, settings, set())


def _prepare(agent: Agent, heard: HeardAnswers, settings: ModelSettings, known: set[int]) -> None:
    if id(agent) in known:
        return  # agents can hand off to each other
    known.add(id(agent))
    agent.model_settings = settings.resolve(agent.model_settings)
    if isinstance(agent.model, Model):
        heard.hear(agent.model)
    for target in agent.handoffs:
        if isinstance(target, Agent):
            _prepare(target, heard, settings, known)
        else:
            target.on_invoke_handoff = _preparing(target.on_invoke_handoff, heard, settings, known)


def _preparing(
    invoke: Callable[..., Awaitable[Agent]], heard: HeardAnswers, settings: ModelSettings, known: set[int]
) -> Callable[..., Any]:
    async def invoke_and_prepare(context: Any, arguments: str) -> Agent:
        agent = await invoke(context, arguments)
        _prepare(agent, heard, settings, known)
        return agent

    return invoke_and_prepare


def _cut(words: str) -> str:
    """Words that can quote an answer, cut and without secrets."""
    words = printable(redact(words))
    return words if len(words) <= WORDS_LIMIT else f"{words[:WORDS_LIMIT]}…"
