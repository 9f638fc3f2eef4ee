"""Run hooks that note what is sent to the model. They pass every call on to the caller's hooks."""

import functools
from collections.abc import Callable
from typing import Any

from agents import Handoff, OpenAIChatCompletionsModel, OpenAIResponsesModel, RunHooks
from agents.lifecycle import RunHooksBase

from lessons.kit.ledger.phase import Phase
from lessons.kit.ledger.watching.events import Answered, HandedOff, Kept, Sending, WatchedRun, copied
from lessons.kit.ledger.watching.models import watch_model
from lessons.kit.ledger.watching.observer import Observer


class WatchingHooks(RunHooks[Any]):
    """`theirs` are the hooks of the caller or None. `watch_filter` returns a wrapper for the input filter of a handoff.

    `note_asked` notes that the innermost run asks a model.
    """

    def __init__(
        self,
        run: WatchedRun,
        observer: Observer,
        theirs: Any,
        watch_filter: Callable[[Any], Any],
        note_asked: Callable[[], None],
    ) -> None:
        self._run, self._observer, self._theirs = run, observer, theirs
        self._watch_filter, self._note_asked = watch_filter, note_asked
        self._asking: dict[int, int] = {}

    async def on_llm_start(self, context: Any, agent: Any, system_prompt: str | None, input_items: list[Any]) -> None:
        number = self._observer.next_request()
        self._asking[id(context)] = number
        self._observer.notice(Phase.ASKING)
        # The run can change the items later.
        kept = Kept(input_items)
        self._observer.note(Sending(self._run, agent.name, number, kept, system_prompt or "", input_items))
        self._watch_handoffs(agent)
        self._watch_model(agent)
        # The model is not asked yet: the caller's hook can raise first, and a stream stores the new input first.
        self._run.preparing = number
        if self._theirs is not None:
            await self._theirs.on_llm_start(context, agent, system_prompt, input_items)

    async def on_llm_end(self, context: Any, agent: Any, response: Any) -> None:
        number = self._asking.get(id(context))
        if number is not None:
            self._run.asked.add(number)
            self._observer.notice(Phase.ANSWERED)
            answered = copied(response.to_input_items())
            self._observer.note(Answered(self._run, number, answered, response.usage))
        if self._theirs is not None:
            await self._theirs.on_llm_end(context, agent, response)

    async def on_handoff(self, context: Any, from_agent: Any, to_agent: Any) -> None:
        self._observer.note(HandedOff(self._run, from_agent.name, to_agent.name))
        if self._theirs is not None:
            # The SDK passes these by name.
            await self._theirs.on_handoff(context=context, from_agent=from_agent, to_agent=to_agent)

    def _watch_model(self, agent: Any) -> None:
        configured = getattr(self._run.config, "model", None)
        model = configured if configured is not None else agent.model
        undo = watch_model(model, self._note_asked)
        self._run.sees_model = undo is not None
        self._run.posts_bodies = type(model) in (OpenAIResponsesModel, OpenAIChatCompletionsModel)
        if undo is not None:
            self._observer.undo_later(undo)

    def _watch_handoffs(self, agent: Any) -> None:
        """Wrap the handoffs' own filters, which are not in the RunConfig, and note the names of their tools.

        A name alone does not show whether a tool is a handoff.
        """
        for handoff in getattr(agent, "handoffs", ()):
            self._run.handoff_tools.add(
                handoff.tool_name if isinstance(handoff, Handoff) else Handoff.default_tool_name(handoff)
            )
            theirs = handoff.input_filter if isinstance(handoff, Handoff) else None
            if theirs is not None and not hasattr(theirs, "watched_function"):
                handoff.input_filter = self._watch_filter(theirs)
                self._observer.undo_later(functools.partial(setattr, handoff, "input_filter", theirs))


def _passed_on(name: str) -> Any:
    async def call(self: WatchingHooks, *args: Any, **kwargs: Any) -> None:
        if self._theirs is not None:
            await getattr(self._theirs, name)(*args, **kwargs)

    call.__name__ = name
    return call


for _name in vars(RunHooksBase):
    if _name.startswith("on_") and _name not in vars(WatchingHooks):
        setattr(WatchingHooks, _name, _passed_on(_name))
