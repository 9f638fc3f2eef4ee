"""What messages mean to a challenge: which facts they tell and what they ask, in whatever words. Imports no SDK."""

import re
from functools import lru_cache

from lessons.kit.items import Item
from lessons.kit.models.offline.language.arithmetic import find_sum, value
from lessons.kit.models.offline.language.statements import sentences, stated, told_by_the_assistant

_ASKS = re.compile(
    r"\?|^(?:(?:so|and|now|please|ok|hey|hi|hello)\W+)*(?:what|who|do|can|could|tell|say|remind|guess|repeat|how)\b",
    re.I,
)
_ASKS_NAME = re.compile(
    r"\bname\b|\bwho (?:am i|i am)\b|\bcall(?:ed)? me\b|\bdo you (?:know|remember) me\b|\bam i called\b"
    r"|\bi(?:'m| am) called\b",
    re.I,
)


def told(item: Item, kind: str) -> list[str]:
    """The values of the facts of this kind (`name`, `home`, …) that an item tells a model about the user."""
    facts = told_by_the_assistant(item.text) if item.kind == "assistant" else []
    if item.kind in ("user", "system", "developer"):
        facts = [*stated(item.text), *stated(item.text, first_person=False)]
    return [fact.value for fact in facts if fact.kind == kind and not fact.retracted]


@lru_cache(maxsize=2_000)  # a check asks it of the same rows again
def tells_a_name(item: Item) -> bool:
    """Whether a model that is sent this item can know the user's name: `I'm Ann`, or a note `The user is called Ann`."""
    return bool(told(item, "name"))


def tells_this_name(item: Item, name: str) -> bool:
    """Whether it tells that the user has this name, in any case; `I am Bob Smith` tells the name `Bob` too."""
    return any(name.casefold() in found.casefold().split() for found in told(item, "name"))


def asks_for_the_name(message: str) -> bool:
    """Whether a message asks for the user's name: `What's my name?`, `Who am I?`."""
    return any(_ASKS_NAME.search(sentence) and _asks(sentence) for sentence in sentences(message))


def _asks(sentence: str) -> bool:
    return bool(_ASKS.search(sentence.strip()))


_REJECTED = re.compile(
    r"(?:\b(?:not|never|no)|n['’]t) (?:been |be |yet |finally )*"
    r"(?:approve|allow|authori[sz]e|permit|confirm)(?:d|ed|ted)?\b"
    r"|(?<!not )(?<!n't )(?<!never )\b(?:rejected|declined|denied|refused|disapproved|disallowed|turned down|vetoed|cancell?ed"
    r"|said no)\b",
    re.I,
)
_IS_OPEN = re.compile(r"\b(?:if|unless|whether|in case|until)\b", re.I)


def says_not_approved(text: str) -> bool:
    """Whether a text tells that something was not approved: `Rejected by Ann.`, `The booking was not approved.`"""
    return any(
        _REJECTED.search(sentence) and not _IS_OPEN.search(sentence) and not _asks(sentence)
        for sentence in sentences(text)
    )


def same_question(text: str) -> str:
    """What two spellings of one question have in common: its sum, or its words in small letters."""
    return sum_of(text) or " ".join(re.findall(r"\w+", text.casefold().replace("'", "").replace("’", "")))


def sum_of(text: str) -> str:
    """The sum that a text asks for, without spaces, such as `2+2` for `What is two plus two?`; '' if it asks for none."""
    found = find_sum(text)
    return re.sub(r"\s", "", found) if found and value(found) is not None else ""


_SAYS_NO_PERSON = re.compile(
    r"support|sales|help(?:desk)?|shop|store|billing|password|upgrades?|service|hilfe|verkauf|ventas|soporte"
    r"|sessions?|chats?|topics?|threads?|conversations?|contexts?|users?|persons?|people|customers?|clients?|agents?"
    r"|\b(?:ids?|my|the|of|for|and|with)\b"
)


def shared_part(one: str, other: str) -> str:
    """The longest word about a person that two different ids have in common, `ann` of `ann-support` and `SalesAnn`.

    Words such as `support` and `user`, and a number after a word, do not name a person. It is '' without a word in common.
    """
    return max(_about_people(one) & _about_people(other), key=len, default="") if one != other else ""


def _about_people(id_: str) -> set[str]:
    words = _SAYS_NO_PERSON.sub(" ", re.sub(r"[\W_]+", " ", id_.casefold())).split()
    return {*words, *(bare for word in words if len(bare := word.rstrip("0123456789")) > 2)}
