"""Chooses the tool or the handoff that fits the user's message, and says what a tool returned."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents import FunctionTool
from agents.handoffs import Handoff
from agents.tool import Tool

from lessons.kit.models.offline.arguments import MissingArgumentError, arguments_for, places_named
from lessons.kit.models.offline.language.arithmetic import find_sum
from lessons.kit.models.offline.language.statements import only_states
from lessons.kit.models.offline.language.text import asks, clip, stem, stems
from lessons.kit.models.offline.request import Request
from lessons.kit.models.offline.roles import Role, fitness, persona, role_of

_FITS = 2
"""The lowest score for which a tool or handoff is called."""

_ALSO_MEANS = {
    "weather": "forecast temperature rain snow sunny hot cold degrees",
    "time": "clock hour date today",
    "order": "package parcel shipment delivery",
    "invoice": "bill charge payment",
    "charge": "bill invoice payment",
    "calculate": "+ - * /",
    "calculator": "+ - * /",
    "math": "+ - * /",
    "add": "+",
    "sum": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
}
_MEANT_BY = {stem(word): frozenset(map(stem, others.split())) for word, others in _ALSO_MEANS.items()}
_NOT_DISTINCT = stems(
    "tool function lookup find fetch list show check return returns information info data handoff transfer agent "
    "handle request question customer user assistant"
)
_EXPLICIT = re.compile(r"\b(\w+) (?:questions?|issues?|problems?|support|team|department|agent)\b", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:and|what about|how about|same for|also)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    """A call of a tool or of a handoff. `arguments` is JSON text."""

    name: str
    arguments: str


def choose_tool(request: Request, tools: Sequence[Tool]) -> list[Call]:
    """The calls of the tool that fits the message best: one call, or one for each place that the message names.

    Empty if no tool fits, if a tool was called in this turn already, or if an argument is missing.
    """
    tool = _best_tool(request, tools)
    return (_calls(request, tool.name, tool.params_json_schema) or []) if tool else []


def say_what_a_tool_lacks(request: Request, tools: Sequence[Tool]) -> str | None:
    """`The get_weather tool needs “city”, and nothing …`: a tool fits the question, but an argument is missing."""
    tool = _best_tool(request, tools)
    if tool is None or not asks(request.message):
        return None
    try:
        arguments_for(request, tool.params_json_schema)
    except MissingArgumentError as missing:
        return f"The {tool.name} tool needs “{missing}”. {request.lacks('says it')}"
    return None


def choose_handoff(request: Request, handoffs: Sequence[Handoff]) -> Call | None:
    """The handoff whose agent fits the message better than the current agent.

    None if there is none, and after a handoff or a tool output in this turn.
    """
    message = request.message
    if not handoffs or any(item.kind in ("handoff", "tool output") for item in request.turn):
        return None
    best = max(handoffs, key=lambda handoff: _handoff_score(handoff, message))
    if _handoff_score(best, message) < max(_FITS, _role_score(persona(request), message) + 1):
        return None
    calls = _calls(request, best.tool_name, best.input_json_schema)
    return calls[0] if calls else None


def say_outputs(request: Request) -> str | None:
    """The answer from the tool outputs of this turn, None if there are none."""
    names = {item.call_id: item.name for item in request.turn if item.kind == "tool call"}
    said = [_say_output(names.get(item.call_id), item.text) for item in request.turn if item.kind == "tool output"]
    return " ".join(said) or None


def _say_output(name: str | None, output: str) -> str:
    tool = f"The {name} tool" if name else "A tool"
    shown = clip(output, 500)
    if not shown:
        return f"{tool} gave no output."
    if shown.startswith("Tool execution was not approved"):
        return f"{tool} was not approved, so it did not run."
    if shown.startswith("An error occurred while running the tool"):
        return f"{tool} failed, so I have no answer from it."
    return f"{tool} says: {shown}{'' if shown.endswith(('.', '!', '?', '…')) else '.'}"


def _calls(request: Request, name: str, schema: object) -> list[Call] | None:
    try:
        filled = arguments_for(request, schema)
    except MissingArgumentError:
        return None
    return [Call(name, json.dumps(arguments, ensure_ascii=False)) for arguments in filled]


def _best_tool(request: Request, tools: Iterable[Tool]) -> FunctionTool | None:
    usable = [tool for tool in tools if isinstance(tool, FunctionTool)]
    message = request.message
    if not usable or any(item.kind in ("tool call", "tool output") for item in request.turn):
        return None
    # `And in Paris?` continues the newest message that fits a tool.
    goes_on = _GOES_ON.match(message) and places_named(message)
    for text in (message, *(reversed(request.said("user")[-5:]) if goes_on else ())):
        expression = find_sum(text) or ""
        said = stems(text) | frozenset(re.findall(r"[-+*/]", expression))
        widened = asks(text) or bool(expression)
        scores = {tool.name: _tool_score(tool, said, widened) for tool in usable}
        best = max(usable, key=lambda tool: scores[tool.name])
        if scores[best.name] >= _FITS:
            verb = stem(re.split(r"[^a-z]", best.name.lower())[0])
            return None if only_states(message) and verb not in stems(message) else best
    return None


def _tool_score(tool: FunctionTool, said: frozenset[str], widened: bool) -> int:
    """The score of a tool: 3 for each word of its name that was said, 1 for each word of the start of its description.

    `widened`: words with the same meaning as the name count too.
    """
    named = stems(tool.name) - _NOT_DISTINCT
    described = stems(tool.description[:200]) - _NOT_DISTINCT - named
    if widened:
        named = named.union(*(_MEANT_BY.get(name, ()) for name in named))
    return 3 * len(said & named) + len(said & described)


def _handoff_score(handoff: Handoff, message: str) -> int:
    described = f"{handoff.agent_name} {handoff.tool_description}"
    shared = (stems(message) & stems(described)) - _NOT_DISTINCT
    return 2 * len(shared) + _role_score(role_of(handoff.agent_name) or role_of(described), message)


def _role_score(role: Role | None, message: str) -> int:
    if role is None:
        return 0
    explicit = [word for word in _EXPLICIT.findall(message) if role.known_by.search(word) or role.takes.search(word)]
    return 2 * fitness(role, message) + 4 * len(explicit)
