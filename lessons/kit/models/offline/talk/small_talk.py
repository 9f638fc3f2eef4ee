"""The answers of the offline model to small talk, and to requests that it cannot fulfil."""

import re

from lessons.kit.models.offline.language.pleasantries import pleasantry
from lessons.kit.models.offline.language.text import asks
from lessons.kit.models.offline.request import Request
from lessons.kit.models.offline.talk.about_itself import WHAT_IT_IS

_GREETING = re.compile(
    r"(?:hi|hello|hey|yo|greetings|good (?:morning|afternoon|evening|day))\b[^?]{0,30}$", re.IGNORECASE
)
_THANKS = re.compile(r"(?:many thanks|thanks|thank you|thx|cheers|much appreciated)\b.{0,40}$", re.IGNORECASE)
_WHO = re.compile(
    r"\b(?:(?:who|what) are you|(?:what|which) (?:model|ai|llm)|are you real)\b"
    r"|\bare you (?:an? )?\w+\b.{0,20}\?"
    r"|\bis (?:this|that|it) (?:an? )?(?:real |actual |true )?(?:ai|llm|bot|chat ?gpt|gpt\S*|claude|gemini|human|person|model"
    r"|language model)\b",
    re.IGNORECASE,
)
_HOW_ARE_YOU = re.compile(
    r"\bhow(?:'s it going| is it going| are you| do you do|'s your day|'s life)\b|\bwhat's up\b|^(?:what's new|sup|wassup)\b",
    re.IGNORECASE,
)
_REPLIES = {
    "goodbye": "Goodbye.",
    "night": "Good night.",
    "met": "The pleasure is mine.",
    "here": "I am here.",
    "wrong": "Then correct me: say “No, I meant …”, or say it again, such as “My name is …”. The newest counts.",
    "kind": "I am a program and feel nothing, but I read it.",
    "start": "A word alone changes nothing. Tell me something about you, or ask me what I was told.",
    "why": "I answer by rules, from the items that I am sent and from nothing else.",
    "mood": "I read that, but I am a program and feel nothing.",
}
# Patterns of requests that it cannot fulfil, each with its answer.
_CANNOT = tuple(
    (re.compile(pattern, re.IGNORECASE), said)
    for pattern, said in (
        (r"\bwhat(?:'s| is) (?:the )?(?:time|date|day|year|month)\b|\bwhat (?:time|day|date|year|month) is it\b"
         r"|\bwhat day is today\b"
         r"|\bwhat(?:'s| is) today\b|\bhow late is it\b", "I have no clock and no calendar."),
        (r"\btell me (?:something|a fact|a story|about the world)\b|\bare we friends\b|\bwho won\b"
         r"|\bwho is the (?:president|king|queen"
         r"|prime minister|chancellor|ceo)\b|\bmeaning of life\b", "I know hardly anything of the world, only a few "
         "places and sums."),
        (r"\bjokes?\b|\bmake me laugh\b|\bfunny\b", "I have no jokes: I only have rules."),
        (r"^(?:please |can you |could you )*(?:write|compose|draft|create|generate|draw|paint|sing|tell me a story"
         r"|translate|code"
         r"|program|proofread|rewrite)\b", "I cannot write, draw or translate."),
        (r"\bwho (?:made|built|created|wrote|programmed|trained) you\b|\bwho(?:'s| is) your (?:maker|creator|developer)\b",
         "I was written for this app, as a set of rules."),
        (r"\bwhat(?:'s| is) your name\b|\bdo you have a name\b|\bwhat (?:can|should|do) i call you\b|\bare you called\b",
         "I have no name."),
        (r"\bhow old are you\b|\bwhere (?:do you live|are you(?: from)?|do you come from)\b|\bwhen were you (?:born|made)\b"
         r"|\bdo you have (?:a family|feelings|friends|a body|children|hobbies)\b|\bdo you (?:like|love|feel|sleep|eat"
         r"|dream)\b",
         "I am a program: I have no age, no home and no feelings."),
        (r"\b(?:do|can) you (?:speak|understand|know|read|answer in) (?:german"
         r"|dutch|polish|finnish|swedish|turkish"
         r"|french|spanish|portuguese|hindi|chinese|english|italian|arabic|russian"
         r"|japanese|other languages|my language)\b|\bwhat languages (?:do|can) you\b",
         "I read introductions, and questions about you, in English, German, French, Spanish, Portuguese, Italian, Chinese and "
         "Hindi in Latin letters; names, places and ages also in Dutch, Polish, Russian, Finnish, Swedish, Turkish and "
         "Japanese. I answer in English."),
        (r"\b(?:internet|google|search the web|look (?:it |that )?up online|web ?sites?|the news)\b",
         "I have no connection to the internet."),
    )
)  # fmt: skip


def small_talk(request: Request) -> str | None:
    """The answer to small talk, None for anything else."""
    message = request.message
    if _HOW_ARE_YOU.search(message):
        return f"I am a program, and I only know the items that I am sent. {request.sight}."
    for pattern, said in _CANNOT:
        if pattern.search(message):
            return f"{said} {WHAT_IT_IS}. {request.sight}."
    kind = pleasantry(message)
    if kind:
        return f"{_REPLIES.get(kind, 'All right.')} {request.sight}."
    if _WHO.search(message):
        return f"{WHAT_IT_IS}: I answer from the items, instructions, tools and handoffs I am sent. {request.sight}."
    if _GREETING.match(message):
        name = request.fact("name")
        return f"Hello{f', {name.value}' if name else ''}. {request.sight}."
    if _THANKS.match(message) and not asks(message):
        return f"You are welcome. {request.sight}."
    return None
