"""Finds messages of the user after a fact that can change it, and that no rule has read."""

import re

from lessons.kit.items import Item
from lessons.kit.models.offline.language.facts import ONE_ONLY
from lessons.kit.models.offline.language.rephrasing import readable
from lessons.kit.models.offline.language.statements import Fact, stated
from lessons.kit.models.offline.language.text import asks, listed, quote, stems
from lessons.kit.models.offline.request import Request
from lessons.kit.models.offline.told.holding import is_hinted, is_understood, says_more

TOO_COMMON = stems("name called thing")
"""Words that many facts have in common."""

ADDS = re.compile(r"(?:and |also |please |then )*(?:add|remove|cross out|take off|put|delete|plus)\b", re.IGNORECASE)
_CORRECTS = re.compile(
    r"(?:(?:hm+|oh|ah|um+|well|lol|haha|ok)\b[\s,.]*)*(?:no|nah|nope|not|sorry|oops|wait|actually|correction|scratch that"
    r"|my mistake|i mean(?:t)?|make (?:that|it)|nvm|never ?mind|jk|just kidding|update"
    r"|nein|falsch|non|não|nao|nahin?|incorrecto|不对|不是)\b",
    re.IGNORECASE,
)
_ALTERS = re.compile(
    r"\b(?:instead|now|my mind|changed?|(?:new|another|third|fourth|last) one|make (?:it|that)|no longer|any ?more)\b",
    re.IGNORECASE,
)
_MAKE_IT = re.compile(r"\bmake (?:it|that)\b", re.IGNORECASE)
_TAKES_BACK = re.compile(rf"\b{_CORRECTS.pattern}", re.IGNORECASE)
_GOES_ON = re.compile(
    rf"(?:(?:and |but |also )?(?:he|she|it|they|his|her|its|their|one|both|all|none)(?:'s|'re)?\b|\w+ed it\b"
    rf"|{_CORRECTS.pattern}|{ADDS.pattern})",
    re.IGNORECASE,
)


def later(request: Request, told: Item | None) -> list[str]:
    """The last three texts that the user wrote after an item, that no rule reads, and that can change the item or add to it.

    Examples are `They moved it to Friday` after `My exam is on Monday`, and `She is 20` after `I have a sister`.
    """
    if told is None or told not in request.earlier:
        return []
    after = [item for item in request.earlier[request.earlier.index(told) + 1 :] if item.kind == "user"]
    subject = (stems(request.message) | stems(told.text)) - TOO_COMMON
    read = {one.item for one in request.history}
    # `It's raining` says nothing about a name, but `No, it's Ann` does.
    one_only = any(one.item == told and one.fact.kind in ONE_ONLY for one in request.history)
    goes_on = _CORRECTS if one_only else _GOES_ON
    found, still_of_it = [], True
    for item in after:
        text = readable(item.text)
        corrects = bool(_ALTERS.search(text)) or any(fact.kind == "correction" for fact in stated(text))
        only_asks = text == request.message or (asks(text) and not _MAKE_IT.search(text))
        if item in read or only_asks or (is_understood(item.text) and not corrects):
            still_of_it = still_of_it and item not in read
        elif (
            (still_of_it and (corrects or goes_on.match(text)))
            or (subject & stems(text))
            or is_hinted(text, request.message)
        ):
            found.append(item.text)
        else:
            still_of_it = False
    return found[-3:]


def also(later: list[str]) -> str:
    return f" You also wrote {listed([quote(text) for text in later])}." if later else ""


def is_doubtful(fact: Fact, source: Item, question: str) -> bool:
    """Whether the message that states a fact says more about the question, which no rule reads.

    It has a word of the question that the fact does not have (`I'm called Jo, but Joanna at work`), or it withdraws the fact.
    """
    rest = source.text[source.text.lower().find(fact.value.lower()) + len(fact.value) :]
    lacking = stems(question) & stems(source.text) - stems(f"{fact.said} {fact.kind}") - TOO_COMMON
    doubtful = (lacking and says_more(source.text)) or (_TAKES_BACK.search(rest) and says_more(rest))
    return source.kind == "user" and bool(doubtful)
