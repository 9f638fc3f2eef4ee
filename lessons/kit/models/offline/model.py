"""The offline model: a real `Model` of the SDK that needs no key and no network. It keeps nothing between requests."""

import asyncio
import itertools
import json
import math
import re
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any, TypedDict

from agents.agent_output import AgentOutputSchemaBase
from agents.handoffs import Handoff
from agents.items import ModelResponse, TResponseInputItem, TResponseStreamEvent
from agents.model_settings import ModelSettings
from agents.models.interface import Model, ModelTracing
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from agents.tool import Tool
from agents.usage import Usage

from lessons.kit.models.offline.answers import answer

OFFLINE_MODEL_NAME = "offline model"

ESTIMATED_RESPONSE_PREFIX = "offline_"
"""Every response id of the offline model begins with this. The usage of such a response is an estimate."""

CHARACTERS_PER_TOKEN = 4

_WORDS = re.compile(r"\s*\S+\s*|\s+")
_TO_JSON = json.JSONEncoder(ensure_ascii=False, skipkeys=True, default=str)


class OfflineModel(Model):
    """A deterministic model. It answers by rules from the input items, instructions, tools and handoffs.

    It keeps nothing between requests: it ignores `previous_response_id`, `conversation_id` and `prompt`, and knows no
    conversation except the input. It writes plain text, so it does not suit agents with an `output_type`.

    Token counts are estimates (`estimated_tokens`). Two places say so: the response id begins with
    `ESTIMATED_RESPONSE_PREFIX`, and `raw_usage` has `"estimated": True` if `ModelSettings.preserve_raw_usage` asks for
    it. Ids are random, because a call id that repeats in a stored session corrupts later input.

    `seconds_per_word` is the pause before each word of a streamed answer. Other answers come at once.
    """

    def __init__(self, *, seconds_per_word: float = 0.0) -> None:
        self.seconds_per_word = seconds_per_word

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: Any | None,
    ) -> ModelResponse:
        step = _step(system_instructions, input, tools, handoffs)
        return await ScriptedModel([step]).get_response(**_nothing_sent(model_settings))

    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: Any | None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        step = _step(system_instructions, input, tools, handoffs)
        sequence = itertools.count()
        async for event in ScriptedModel([step]).stream_response(**_nothing_sent(model_settings)):
            if event.type == "response.output_text.delta":
                # The SDK's ScriptedModel sends a text as one delta, but a reader should see it word by word.
                for word in _WORDS.findall(event.delta):
                    await asyncio.sleep(self.seconds_per_word)
                    yield event.model_copy(update={"delta": word, "sequence_number": next(sequence)})
                continue
            if hasattr(event, "response"):
                event.response.model = OFFLINE_MODEL_NAME
            yield event.model_copy(update={"sequence_number": next(sequence)})


def estimated_tokens(*parts: Any) -> int:
    """A rough count of tokens: the characters of the parts as JSON, divided by 4, and at least 1.

    A part that cannot be written as JSON counts as 0.
    """
    return max(1, math.ceil(sum(map(_characters, parts)) / CHARACTERS_PER_TOKEN))


class _Arguments(TypedDict):
    """The arguments of `Model.get_response`, as `_nothing_sent` makes them."""

    system_instructions: None
    input: list[TResponseInputItem]
    model_settings: ModelSettings
    tools: list[Tool]
    output_schema: None
    handoffs: list[Handoff]
    tracing: ModelTracing
    previous_response_id: None
    conversation_id: None
    prompt: None


def _nothing_sent(model_settings: ModelSettings) -> _Arguments:
    """Arguments for the SDK's ScriptedModel. It has its answer already and would only copy the input."""
    return {
        "system_instructions": None,
        "input": [],
        "model_settings": model_settings,
        "tools": [],
        "output_schema": None,
        "handoffs": [],
        "tracing": ModelTracing.DISABLED,
        "previous_response_id": None,
        "conversation_id": None,
        "prompt": None,
    }


def _step(instructions: str | None, sent: Any, tools: Sequence[Tool], handoffs: Sequence[Handoff]) -> ModelStep:
    """The whole response to one request."""
    said = answer(sent, instructions, tools, handoffs)
    if isinstance(said, str):
        output = [assistant_message(said, item_id=_new_id("msg_"))]
        written = [said]
    else:
        output = [
            function_call(call.name, call.arguments, call_id=_new_id("call_"), item_id=_new_id("fc_")) for call in said
        ]
        written = [call.name + call.arguments for call in said]
    read = estimated_tokens(instructions or "", *([sent] if isinstance(sent, str) else sent or ()))
    wrote = estimated_tokens(*written)
    return ModelStep(
        output=output,
        usage=Usage(requests=1, input_tokens=read, output_tokens=wrote, total_tokens=read + wrote),
        response_id=_new_id(ESTIMATED_RESPONSE_PREFIX),
        raw_usage={"estimated": True, "characters_per_token": CHARACTERS_PER_TOKEN},
    )


def _characters(part: Any) -> int:
    try:
        return len(_TO_JSON.encode(part))
    except Exception:  # An item can be any object.
        return 0


def _new_id(prefix: str) -> str:
    return prefix + uuid.uuid4().hex[:16]
