"""What the offline model says about itself, about sessions and memory, and about its tools."""

import re
from collections.abc import Sequence

from agents.handoffs import Handoff
from agents.tool import Tool

from lessons.kit.models.offline.language.text import listed
from lessons.kit.models.offline.request import Request

WHAT_IT_IS = "I am a small rule-based stand-in for a model"

_TOOLS = re.compile(
    r"\b(?:what|which|list|show|any|have you|do you have)\b.{0,20}\b(?:tools?|functions?|plugins?|handoffs?)\b.{0,30}$",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"\b(?:what(?:'s| is| are)|explain|tell me about|define|meaning of) (?:a |an |the |this |my )?sessions?(?P<id> ids?)?\b",
    re.IGNORECASE,
)
_MEMORY = re.compile(
    r"\bhow (?:does|do|is|can|are)\b.{0,30}\b(?:memory|remember|remembering|recall)\b"
    r"|\b(?:what(?:'s| is)|explain) (?:agent |the |your |this )?memory\b"
    r"|\bdo you (?:have (?:a |any )?memory|remember (?:things|everything|anything|conversations?|messages))\b"
    r"|\bhow (?:does|do) (?:this|it|the app|you) work\b|\bwhat is (?:this|this app|going on here)\b",
    re.IGNORECASE,
)
_ABILITIES = re.compile(
    r"\bwhat (?:else )?(?:can|could) (?:you (?:do|help|answer)|i (?:ask|say|try))\b|^(?:please )?help(?: me)?\s*[?!.]*$"
    r"|\bwhat do you (?:do|know|understand)\b(?!.*\bme\b)|\bwhat should i (?:ask|say|try|type)\b",
    re.IGNORECASE,
)


def about_itself(request: Request, tools: Sequence[Tool], handoffs: Sequence[Handoff]) -> str | None:
    """The answer to a question about sessions, memory, its abilities or its tools; None if the message asks none of these."""
    message = request.message
    if _TOOLS.search(message):
        return _say_tools(tools, handoffs)
    if match := _SESSION.search(message):
        if match["id"]:
            return (
                "A session id is the name under which a session's rows are stored, such as “alice”. Another id is another "
                f"session, and begins empty. {request.sight}."
            )
        return (
            "A session is a list of items that is stored under a session_id. Before a run its rows are read and sent to me in "
            f"front of your message. After the run your message and my reply are stored. {request.sight}."
        )
    if _MEMORY.search(message):
        return (
            "I keep nothing between two requests. What was said is stored as rows. Before each run they are read and sent to "
            "me "
            f"again, and I answer from what I am sent. {request.sight}."
        )
    if _ABILITIES.search(message):
        return (
            "I can remember what you tell me about yourself as long as it is sent to me: your name, where you live, what you "
            "like, what you work as. I can also do sums, answer questions about our conversation, and use the tools that an "
            f"agent has. {WHAT_IT_IS}."
        )
    return None


def _say_tools(tools: Sequence[Tool], handoffs: Sequence[Handoff]) -> str:
    names = [tool.name for tool in tools]
    agents = [handoff.agent_name for handoff in handoffs]
    said = (
        f"I was given {'the tool' if len(names) == 1 else 'the tools'} {listed(names)}."
        if names
        else "I was given no tools."
    )
    return f"{said} I can hand over to {listed(agents)}." if agents else said
