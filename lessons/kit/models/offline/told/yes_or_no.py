"""Answers yes-or-no questions of users about themselves: `Is my name Bob?`, `Do I live in Rome?`

It answers No only if two values of one kind exclude each other: two names, numbers, cities, countries or colours. For `Do I
live in France?` after `I live in Paris`, the answer is what was told.
"""

import re

from lessons.kit.models.offline.language.comparing import age_compared
from lessons.kit.models.offline.language.facts import ONE_ONLY
from lessons.kit.models.offline.language.statements import Fact, stated
from lessons.kit.models.offline.language.text import bare, capital
from lessons.kit.models.offline.language.word_lists import CITIES, COLORS, COUNTRIES, GIVEN_NAMES
from lessons.kit.models.offline.request import Request
from lessons.kit.models.offline.told.holding import can_hold

_ASKS_YES_OR_NO = re.compile(
    r"(?:and |so |but )?(?P<verb>do|am|don't|aren't) i (?:really |still )?(?P<rest>[^?]{1,80})\?*$", re.IGNORECASE
)
_EXTRA = re.compile(
    r"\b(?:please|pls|really|actually|still|now|right|called|indeed|in)\b|[^\w\s'-]|(?<!\w)'|'(?!\w)", re.IGNORECASE
)
"""Words and signs in a claim that are not part of its value: `Is my name really Alice, please?`"""
_ANY = re.compile(r"\b(?:any|some)(?:thing|one|body|where)?\b", re.IGNORECASE)
"""Words for no particular value: `Am I allergic to anything?`"""
_WHAT_ONE_IS = frozenset({"is", "work", "job", "occupation", "profession"})
_OPPOSITE = {"likes": "dislikes", "dislikes": "likes"}


def confirmed(claimed: str, known: Fact) -> str:
    """`Yes: …`, `No: …`, or only what was told.

    The answer to `Is my name Alice or Bob?` and to `Is my name stored?` is not No.
    """
    claim, value = _plain(claimed), _plain(known.value)
    if claim == value:
        return f"Yes: {known.said}."
    return f"No: {known.said}." if _excluded(claim, claimed, value, known.kind) else f"{capital(known.said)}."


def yes_or_no(request: Request) -> str | None:
    """Answers `Do I live in Bergen?`: reads the question as the statement `I live in Bergen` and compares it with the facts."""
    age = request.fact("age")
    if age and (said := age_compared(request.message, age.value)):
        return said
    match = _ASKS_YES_OR_NO.match(request.message)
    if match is None:
        return None
    verb = "I am" if match["verb"].lower() in ("am", "aren't") else "I"
    claimed = stated(f"{verb} {match['rest']}.")
    if not claimed or _ANY.search(match["rest"]):
        return None
    claim = claimed[0]
    same = [fact for fact in request.facts if bare(fact.value) == bare(claim.value)]
    kinds = _WHAT_ONE_IS if claim.kind in _WHAT_ONE_IS else {claim.kind, _OPPOSITE.get(claim.kind)}
    if found := next((fact for fact in same if fact.kind in kinds), None):
        return f"{'No' if found.kind == _OPPOSITE.get(claim.kind) else 'Yes'}: {found.said}."
    if claim.kind in ONE_ONLY and (known := request.fact(claim.kind)):
        # `stated` gives a name a capital. Without one in the message it is not a name: `Am I stored?`
        return confirmed(claim.value if claim.value in match["rest"] else claim.value.lower(), known)
    return _near(request, claim)


def _near(request: Request, claim: Fact) -> str | None:
    """The newest fact of the kind of the claim. It says that nothing says so only if no unread item can say so."""
    told = [fact for fact in request.facts if claim.kind and fact.kind == claim.kind]
    if not told:
        return None
    if says_it_too := [fact for fact in told if set(_plain(claim.value)) <= set(_plain(fact.value))]:
        return f"{capital(says_it_too[-1].said)}."
    unread = any(can_hold(item, request.message) for item in request.earlier)
    lacks = request.no_rule if unread else "I found nothing that says so in the items I was sent."
    return f"{lacks} Near to it: {told[-1].said}."


def _plain(value: str) -> list[str]:
    return _EXTRA.sub(" ", bare(value)).split()


def _excluded(claim: list[str], claimed: str, value: list[str], kind: str) -> bool:
    """Whether nobody can have both the value and the claimed value."""
    if set(claim) <= set(value) or set(value) <= set(claim):
        return False
    one, other = " ".join(claim), " ".join(value)
    if kind == "name" or kind.endswith("'s name"):
        return _names(claim, claimed)
    return (one.isdigit() and other.isdigit()) or any({one, other} <= values for values in (CITIES, COUNTRIES, COLORS))


def _names(claim: list[str], claimed: str) -> bool:
    """Whether a claim is a name: it has a capital or is a known given name."""
    if any(map(str.isupper, claimed)):
        return True
    return bool(claim) and claim[0] in GIVEN_NAMES and len(claim) < 3
