"""Which facts about the user are true after a list of items. The latest of a kind counts; some kinds can have several."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from lessons.kit.items import Item
from lessons.kit.models.offline.language.statements import ALL, Fact, stated, told_by_the_assistant

_SEVERAL = frozenset({"likes", "dislikes", "prefers", "has", "remember", "is", "speaks"})
ONE_ONLY = frozenset({"name", "home", "origin", "age", "work", "birth"})
"""The kinds of which a person has only one, so that another value is denied."""

_NOT = re.compile(r"\b(am|is|are|was|were) not\b|\b(is|are|was|were)n['’]t\b|(['’](?:m|s|re)) not\b", re.IGNORECASE)
_OPPOSITES = {"likes": "dislikes", "dislikes": "likes"}

# The whole conversation is read again for each message. What a text states is cached, since it is always the same.
_SHORT = 1_000
_stated_before, _told_before = lru_cache(1_000)(stated), lru_cache(1_000)(told_by_the_assistant)


@dataclass(frozen=True)
class Told:
    """A fact that was stated once, true now or not, and the item that states it."""

    fact: Fact
    item: Item


def facts_in(items: Iterable[Item], instructions: str = "", *, forgets: bool = True) -> tuple[Fact, ...]:
    """The facts that are true after these items, in the order in which they were stated."""
    return facts_and_history(items, instructions, forgets=forgets)[0]


def facts_and_history(
    items: Iterable[Item], instructions: str = "", *, forgets: bool = True
) -> tuple[tuple[Fact, ...], tuple[Told, ...]]:
    """The facts that are true after these items, and all facts that the items state, oldest first.

    With `forgets=False` the facts that the user has asked to forget are included.

    User, system and developer items state facts in the first person. Every item and the instructions can speak of `the user`.
    A reply can say `Your name is Alice`, which counts if no other fact of this kind is known.
    """
    held: dict[tuple[str, str], Fact] = {}
    for fact in _stated(instructions, first_person=False):
        _hold(held, fact)
    history: list[Told] = []
    correctable: Fact | None = None
    for item in items:
        if item.kind not in ("user", "system", "developer", "assistant"):
            continue
        told = item.kind != "assistant"
        last = None
        for denied in _denied(item.text) if told else ():
            history.append(Told(Fact(denied.kind, denied.value, "", retracted=True), item))
            if (old := held.get(_key(denied))) and old.value.lower() == denied.value.lower():
                del held[_key(denied)]
        for known in [] if told else _told(item.text):
            if not any(fact.kind == known.kind for fact in held.values()):
                _hold(held, known)  # the user's own words count more than a reply
        for said in _stated(item.text, first_person=told):
            if not forgets and said.retracted and not said.said:
                continue
            if said.of:
                old = next(
                    (fact for fact in reversed(held.values()) if said.of.lower() in fact.value.lower().split()), None
                )
                meant: Fact | None = _corrected(old, said.value)
                if old and meant:
                    del held[_key(old)]
            elif said.kind == "correction" and (old := _counted(held, said.value)):
                del held[_key(old)]
                meant = Fact(old.kind, said.value, old.said.replace(old.value, said.value))
            else:
                meant = _corrected(last or correctable, said.value) if said.kind == "correction" else said
            if meant is not None:
                _hold(held, meant)
                history.append(Told(meant, item))
                last = meant if meant.kind not in _SEVERAL else last
        if told:
            correctable = last
    return tuple(held.values()), tuple(history)


@lru_cache(1_000)
def _denied(text: str) -> tuple[Fact, ...]:
    """The facts that a text denies: what it states if its `not` is removed."""
    plain = _NOT.sub(lambda said: said[1] or said[2] or said[3], text) if len(text) <= _SHORT else text
    return () if plain == text else tuple(stated(plain, first_person=True))


def _stated(text: str, *, first_person: bool) -> Iterable[Fact]:
    return (_stated_before if len(text) <= _SHORT else stated)(text, first_person=first_person)


def _told(text: str) -> Iterable[Fact]:
    return (_told_before if len(text) <= _SHORT else told_by_the_assistant)(text)


def _hold(held: dict[tuple[str, str], Fact], fact: Fact) -> None:
    if fact.retracted and not fact.said:
        for key in [
            key
            for key in held
            if fact.kind in (ALL, key[0]) and fact.value.lower() in ("", key[1] or fact.value.lower())
        ]:
            del held[key]
        return
    key = _key(fact)
    held.pop(key, None)
    if fact.kind in _OPPOSITES:
        held.pop((_OPPOSITES[fact.kind], key[1]), None)
    if not fact.retracted:
        held[key] = fact


def _key(fact: Fact) -> tuple[str, str]:
    return fact.kind, fact.value.lower() if fact.kind in _SEVERAL else ""


def _counted(held: dict[tuple[str, str], Fact], value: str) -> Fact | None:
    """The newest fact that a value corrects, of a kind that can have several: `two dogs` corrects `three dogs`."""
    thing = value.split()[-1].lower()
    alike = (
        fact for fact in reversed(held.values()) if fact.kind in _SEVERAL and fact.value.split()[-1].lower() == thing
    )
    return next((fact for fact in alike if fact.value.lower() != value.lower()), None)


def _corrected(fact: Fact | None, value: str) -> Fact | None:
    """The same fact with another value. None if there is no fact to correct, or if the value does not fit it."""
    if fact is None or (fact.kind == "name" and not value[:1].isupper()) or value.isdigit() != fact.value.isdigit():
        return None
    return Fact(fact.kind, value, value.join(fact.said.rsplit(fact.value, 1)))
