"""The rules of the offline model: what it says or calls for given input items, instructions, tools and handoffs.

Pure and deterministic. It knows only what is passed in and a little general knowledge (where the Golden Gate Bridge is,
what Python is). `request.py` says how much of a long input is read.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agents.handoffs import Handoff
from agents.tool import Tool

from lessons.kit.models.offline.language.arithmetic import find_continuation, find_sum, last_result, say_sum
from lessons.kit.models.offline.language.comparing import compared
from lessons.kit.models.offline.language.rephrasing import readable
from lessons.kit.models.offline.language.statements import stated
from lessons.kit.models.offline.language.text import asks, listed
from lessons.kit.models.offline.places import geography, travel
from lessons.kit.models.offline.request import Request, read_request
from lessons.kit.models.offline.roles import desk, history_seen, in_role, persona
from lessons.kit.models.offline.talk.about_itself import WHAT_IT_IS, about_itself
from lessons.kit.models.offline.talk.conversation import conversation
from lessons.kit.models.offline.talk.small_talk import small_talk
from lessons.kit.models.offline.told.recall import near, recall, recall_nothing, recall_related, told_nothing
from lessons.kit.models.offline.tools import Call, choose_handoff, choose_tool, say_outputs, say_what_a_tool_lacks
from lessons.kit.models.offline.topics import outdoor_ideas, topic

_OF_ONESELF = re.compile(
    r"(?:(?:and|but|so|also|well|hi|hello|hey)\W+)*(?:i|i'm|i've|i'd|my|we|we're|we've|our)\b", re.IGNORECASE
)


def answer(sent: Any, instructions: str | None, tools: Sequence[Tool], handoffs: Sequence[Handoff]) -> str | list[Call]:
    """What the model says (a text), or the calls that it makes: one or more of one tool, or one handoff.

    It speaks after a tool output and does not hand off again after a handoff, so a run always ends. It answers without a
    tool what the items already say about the user.
    """
    request = read_request(sent, instructions)
    if (told := say_outputs(request) or _forget(request) or recall(request)) is not None:
        return told
    handoff = choose_handoff(request, handoffs)
    calls = [handoff] if handoff else choose_tool(request, tools)
    return calls or about_itself(request, tools, handoffs) or say_what_a_tool_lacks(request, tools) or _say(request)


def _say(request: Request) -> str:
    """The answer of the first rule that has one."""
    if not request.message:
        return f"{WHAT_IT_IS}. {request.sight}, and there is no message from you to answer."
    return next(filter(None, (rule(request) for rule in _RULES)))


def _arithmetic(request: Request) -> str | None:
    if (expression := find_sum(request.message)) is not None:
        return say_sum(expression)
    if said := compared(request.message):
        return said
    rest = find_continuation(request.message)
    if rest is None:
        return None
    asked = [say_sum(found) for text in request.said("user") if (found := find_sum(readable(text)))]
    result = next(filter(None, map(last_result, (*reversed(request.said("assistant")), *asked[-1:]))), None)
    return say_sum(f"{result} {rest}") if result else request.lacks("is a result to go on with")


def _topic_in_role(request: Request) -> str | None:
    said = topic(request)
    return said and in_role(persona(request), said)


def _desk_in_role(request: Request) -> str | None:
    """The answer of the agent's desk, only for an agent with a role. An agent without one first notes what is stated."""
    return desk(request) if persona(request) else None


def _acknowledge(request: Request) -> str | None:
    """Confirms what the message states about the user."""
    facts = [fact for fact in stated(request.message) if not fact.retracted]
    if not facts:
        return None
    if facts[0].kind == "correction":
        corrected = [fact.said for fact in request.facts if fact.value == facts[0].value]
        return f"I noted the correction: {corrected[-1]}." if corrected else None
    if any(fact.kind == "correction" for fact in facts):  # `My name is Tom. No wait, it's Tim.`
        facts = list(request.of_the_message)
    name = next((fact.value for fact in reversed(facts) if fact.kind == "name"), None)
    others = [fact for fact in facts if fact.kind != "name"]
    met = f"Nice to meet you, {name}." if name else ""
    noted = in_role(persona(request), f"I noted that {listed([fact.said for fact in others])}.") if others else ""
    ideas = [f"For that: {text}." for fact in others if fact.kind == "likes" and (text := outdoor_ideas(fact.value))]
    return " ".join(filter(None, (met, noted, *ideas)))


def _forget(request: Request) -> str | None:
    """Answers a request to forget something: it is left out of later answers, and nothing is deleted."""
    facts = stated(request.message)
    if not any(fact.retracted and not fact.said for fact in facts):
        return None
    leaves_out = "I leave that out from here on."
    if not request.said("user"):
        return f"{leaves_out} I do not delete rows, and I cannot see an earlier message from you. {request.sight}."
    if replace(request, forgets=False).facts == request.facts:
        return f"I do not delete rows, and no rule of mine found what to leave out. {request.sight}."
    return f"{leaves_out} The messages that say it are still stored, and are still sent to me."


def _told_without_rule(request: Request) -> str | None:
    """Answers a statement about the user that no rule reads. `recall_related` can quote it for a later question."""
    message = request.message
    if asks(message) or not _OF_ONESELF.match(message):
        return None
    return in_role(persona(request), "I found no rule for this, but I can quote it as long as it is sent to me.")


def _no_rule(request: Request) -> str:
    role = persona(request)
    seen = f"{in_role(role, history_seen(request))} " if role else ""
    return f"{seen}{request.no_rule} {near(request) or f'{WHAT_IT_IS}.'}"


_RULES = (
    conversation,
    recall_nothing,
    _arithmetic,
    geography,
    _topic_in_role,
    travel,
    _desk_in_role,
    _acknowledge,
    recall_related,
    desk,
    small_talk,
    told_nothing,
    _told_without_rule,
    _no_rule,
)
