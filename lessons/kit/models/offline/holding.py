"""Whether an item that was sent can hold an answer which no rule has found in it.

"Nothing in what I was sent says …" is the learner's signal that something was not sent, so it must not be said where an item
says something that the rules do not understand.
"""

import re
from functools import lru_cache

from lessons.kit.items import Item
from lessons.kit.models.offline.language.arithmetic import find_continuation, find_sum
from lessons.kit.models.offline.language.statements import sentences, stated
from lessons.kit.models.offline.language.text import asks, stems

_SMALL_TALK = re.compile(
    r"(?:(?:hi|hello|hey|hola|hallo|bonjour|ok|okay|yes|no|sure|thanks|thank you|great|good|cool|nice|bye|please|test|there"
    r"|again|so much|a lot|very much|morning|afternoon|evening|night|day|how are you)\b[\s,.!]*){1,5}$",
    re.IGNORECASE,
)
_TELLS_IN_A_QUESTION = re.compile(
    r"[,;:]\s*(?:and |but |because |since )?(?:i|my|we|our|this is|call me)\b", re.IGNORECASE
)
_OWN = re.compile(
    r"(?:as [\w ]+, )?(?:nothing in what i|i found no rule|i am a |nice to meet you|i noted|you are welcome|hello|the \S+ tool"
    r"|i was sent|i was given|i leave|your |you |yes: |no: |for |some |research notes|summary|the capital|in \w+, japan"
    r"|python is|javascript is|upgrade |to upgrade|reset |i can see no|i cannot|a session |i keep |i can |the \w+ is in)"
    r"|.{1,80} = |.{1,60} is in .{1,40}\.$|.{1,60} has .{1,40} people\.$",
    re.IGNORECASE,
)
_LONGEST_CLOSED = 4
"""A fact with more words than this can hold more than was read from it."""


def can_hold(item: Item, question: str) -> bool:
    """Whether the item says anything that the rules do not understand and that could answer the question."""
    match item.kind:
        case "user" | "system":
            return not is_understood(item.text)
        case "assistant":
            return not (_OWN.match(item.text) and _quotes_are_understood(item.text))
        case "tool call" | "tool output" | "handoff":
            return bool(stems(item.text) & stems(question)) or "user" in stems(item.text)
        case _:
            return True


@lru_cache(maxsize=1_000)
def is_understood(text: str) -> bool:
    """Whether every sentence of the text is one that the rules read: a question, small talk, a sum or facts."""
    return not text or all(map(_sentence_is_understood, sentences(text)))


def _sentence_is_understood(sentence: str) -> bool:
    if _SMALL_TALK.match(sentence) or find_sum(sentence) or find_continuation(sentence):
        return True
    facts = stated(sentence)
    if facts:
        return all(fact.retracted or len(fact.value.split()) <= _LONGEST_CLOSED for fact in facts)
    return asks(sentence) and not _TELLS_IN_A_QUESTION.search(sentence)


def _quotes_are_understood(text: str) -> bool:
    return all(map(is_understood, re.findall(r"“([^”]*)”", text)))
